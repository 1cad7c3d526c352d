/* Wrong use of every kind: each is answered by a code and a message, and harms nothing. */

#include "expect.h"

#include <stddef.h>

static const char *const INVALID = "the event is invalid: ";

/* A text of so many letters. */
static char *letters(size_t count)
{
    char *text = malloc(count + 1);
    EXPECT(text != NULL);
    memset(text, 'x', count);
    text[count] = '\0';
    return text;
}

static void names_are_those_of_the_header(void)
{
    EXPECT(strcmp(crm_version(), CRM_VERSION) == 0);
    EXPECT(strcmp(crm_error_name(CRM_OK), "CRM_OK") == 0);
    EXPECT(strcmp(crm_error_name(CRM_QUEUE_FULL), "CRM_QUEUE_FULL") == 0);
    EXPECT(strcmp(crm_error_name((crm_code)12345), "unknown") == 0);
    EXPECT(strcmp(crm_failure_text(CRM_NO_FAILURE), "") == 0);
    EXPECT(strcmp(crm_failure_text(CRM_KEY_REFUSED), "the key is refused") == 0);
    EXPECT(strcmp(crm_last_error(), "") == 0);
    EXPECT(strcmp(crm_loss_name(0), "invalid") == 0);
    size_t reasons = 0;
    while (crm_loss_name(reasons) != NULL) {
        reasons++;
    }
    EXPECT(reasons >= 11);
    EXPECT(crm_loss_name((size_t)-1) == NULL);
}

static void null_is_refused(const crm_client *client)
{
    crm_options *options = (crm_options *)client;
    FAILS(crm_options_new(NULL, "key", &options), CRM_MISUSE, "endpoint is NULL");
    EXPECT(options == NULL);
    FAILS(crm_options_new("http://localhost", NULL, &options), CRM_MISUSE, "key is NULL");
    FAILS(crm_options_new("http://localhost", "key", NULL), CRM_MISUSE,
          "the place for the new options is NULL");
    FAILS(crm_options_set_batch_events(NULL, 1), CRM_MISUSE, "options is NULL");

    crm_client *none = (crm_client *)&options;
    FAILS(crm_client_new(NULL, &none), CRM_MISUSE, "options is NULL");
    EXPECT(none == NULL);

    crm_customer *customer = NULL;
    FAILS(crm_customer_new(NULL, &customer), CRM_MISUSE, "customer_id is NULL");
    FAILS(crm_customer_set_name(NULL, "Ada"), CRM_MISUSE, "customer is NULL");
    OK(crm_customer_new("c-1", &customer));
    FAILS(crm_customer_set_name(customer, NULL), CRM_MISUSE, "name is NULL");
    FAILS(crm_customer_set_consent(customer, NULL, true), CRM_MISUSE, "flag is NULL");
    FAILS(crm_customer_set_attribute(customer, "tier", NULL), CRM_MISUSE, "value is NULL");
    FAILS(crm_customer_set_attribute_json(customer, "tier", NULL), CRM_MISUSE, "json is NULL");
    FAILS(crm_client_customer(NULL, customer, NULL), CRM_MISUSE, "client is NULL");
    FAILS(crm_client_customer(client, NULL, NULL), CRM_MISUSE, "customer is NULL");
    crm_customer_free(customer);

    FAILS(crm_client_purchase(client, NULL, NULL), CRM_MISUSE, "purchase is NULL");
    FAILS(crm_client_interaction(client, NULL, NULL), CRM_MISUSE, "interaction is NULL");
    FAILS(crm_client_track_json(client, NULL, NULL), CRM_MISUSE, "json is NULL");
    FAILS(crm_client_track_json_n(client, NULL, 0, NULL), CRM_MISUSE, "json is NULL");
    FAILS(crm_client_flush(NULL, 0, NULL, 0), CRM_MISUSE, "client is NULL");
    FAILS(crm_client_shutdown(NULL, 0, NULL, 0), CRM_MISUSE, "client is NULL");
    FAILS(crm_client_losses(client, "invalid", NULL), CRM_MISUSE, "events is NULL");
    FAILS(crm_client_stats(client, NULL, 8), CRM_MISUSE, "stats is NULL");
    FAILS(crm_set_log(NULL, NULL, CRM_LOG_WARN), CRM_MISUSE, "callback is NULL");

    crm_options_free(NULL);
    crm_client_free(NULL);
    crm_customer_free(NULL);
    crm_purchase_free(NULL);
    crm_interaction_free(NULL);

    crm_dead_letters *letters = (crm_dead_letters *)client;
    FAILS(crm_client_dead_letters(NULL, &letters), CRM_MISUSE, "client is NULL");
    EXPECT(letters == NULL);
    EXPECT(crm_dead_letters_count(NULL) == 0 && crm_dead_letters_get(NULL, 0) == NULL);
    crm_dead_letters_free(NULL);
    OK(crm_client_dead_letters(client, &letters));
    EXPECT(crm_dead_letters_count(letters) == 0 && crm_dead_letters_get(letters, 0) == NULL);
    crm_dead_letters_free(letters);
}

static void numbers_that_name_nothing_are_refused(const crm_client *client)
{
    crm_purchase *purchase = NULL;
    FAILS(crm_purchase_new((crm_purchase_kind)0, "GBP", &purchase), CRM_MISUSE,
          "kind: there is none of number 0");
    EXPECT(purchase == NULL);
    OK(crm_purchase_new(CRM_SALE, "GBP", &purchase));
    FAILS(crm_purchase_set_state(purchase, (crm_purchase_state)4), CRM_MISUSE,
          "state: there is none of number 4");
    FAILS(crm_purchase_add_line(purchase, (crm_line_kind)7, "A", "1", "1"), CRM_MISUSE,
          "kind: there is none of number 7");
    FAILS(crm_purchase_add_line_x10000(purchase, (crm_line_kind)0, NULL, 1, 1), CRM_MISUSE,
          "kind: there is none of number 0");
    crm_purchase_free(purchase);
    crm_interaction *interaction = NULL;
    FAILS(crm_interaction_new("c-1", (crm_interaction_kind)-7, &interaction), CRM_MISUSE,
          "kind: there is none of number -7");
    OK(crm_interaction_new("c-1", CRM_NOTE, &interaction));
    FAILS(crm_interaction_set_direction(interaction, (crm_direction)99), CRM_MISUSE,
          "direction: there is none of number 99");
    crm_interaction_free(interaction);
    crm_options *options = NULL;
    OK(crm_options_new("http://localhost", "key", &options));
    FAILS(crm_options_set_when_full(options, (crm_when_full)4, 0), CRM_MISUSE,
          "policy: there is none of number 4");
    crm_options_free(options);

    uint64_t events = 7;
    FAILS(crm_client_losses(client, "bad_luck", &events), CRM_MISUSE,
          "reason: none is called \"bad_luck\"");
    EXPECT(events == 7);
}

static void texts_that_are_not_utf8_are_refused(const crm_client *client)
{
    crm_customer *customer = NULL;
    FAILS(crm_customer_new("Stra\xdf""e", &customer), CRM_NOT_UTF8,
          "customer_id: not UTF-8 from byte 4 on");
    EXPECT(customer == NULL);
    FAILS(crm_client_track_json(client, "{\"type\": \"\xff\"}", NULL), CRM_NOT_UTF8, "json: ");
    crm_interaction *interaction = NULL;
    OK(crm_interaction_new("c-1", CRM_NOTE, &interaction));
    /* The first two bytes of a letter of three. */
    FAILS(crm_interaction_set_text_n(interaction, "\xe2\x82\xac", 2), CRM_NOT_UTF8, "text: ");
    OK(crm_interaction_set_text_n(interaction, "\xe2\x82\xac", 3));
    FAILS(crm_interaction_set_text_n(interaction, "", (size_t)-1), CRM_MISUSE, "text: ");
    crm_interaction_free(interaction);
}

static void values_that_do_not_fit_their_field_are_refused_where_they_are_set(void)
{
    crm_purchase *purchase = NULL;
    FAILS(crm_purchase_new(CRM_SALE, "Euro", &purchase), CRM_INVALID,
          "the event is invalid: currency: ");
    OK(crm_purchase_new(CRM_SALE, "EUR", &purchase));
    FAILS(crm_purchase_set_total(purchase, "1,50"), CRM_INVALID, "the event is invalid: total: ");
    FAILS(crm_purchase_add_item(purchase, "A", 1, "0.12345"), CRM_INVALID,
          "the event is invalid: unit_price: an amount has at most 4 decimals");
    FAILS(crm_purchase_set_item_name(purchase, "Mug"), CRM_MISUSE, "the purchase has no line yet");
    FAILS(crm_purchase_set_item_discount(purchase, "1"), CRM_MISUSE, "the purchase has no line");
    FAILS(crm_purchase_set_item_cost_x10000(purchase, 1), CRM_MISUSE, "the purchase has no line");
    FAILS(crm_purchase_add_line(purchase, CRM_LINE_PRODUCT, NULL, "1,5", "1"), CRM_INVALID,
          "the event is invalid: quantity: a quantity is a decimal number");
    FAILS(crm_purchase_add_line(purchase, CRM_LINE_PRODUCT, NULL, NULL, "1"), CRM_MISUSE,
          "quantity is NULL");
    FAILS(crm_purchase_set_shipping(purchase, "free"), CRM_INVALID,
          "the event is invalid: shipping: ");
    FAILS(crm_purchase_set_updated_at(purchase, "yesterday"), CRM_INVALID,
          "the event is invalid: updated_at: ");
    FAILS(crm_purchase_set_attribute_json(purchase, "gift", "{"), CRM_INVALID,
          "the event is invalid: attributes: ");
    FAILS(crm_purchase_set_occurred_at(purchase, "yesterday"), CRM_INVALID,
          "the event is invalid: occurred_at: ");
    FAILS(crm_purchase_set_event_id(purchase, "1"), CRM_INVALID, "the event is invalid: id: ");
    crm_purchase_free(purchase);
    crm_customer *customer = NULL;
    OK(crm_customer_new("c-1", &customer));
    FAILS(crm_customer_set_attribute_json(customer, "tier", "{"), CRM_INVALID,
          "the event is invalid: attributes: ");
    crm_customer_free(customer);
}

static void events_that_break_a_rule_are_refused_and_counted(const crm_client *client)
{
    char event_id[CRM_EVENT_ID_SIZE] = "as it was";

    char *long_id = letters(129);
    crm_customer *customer = NULL;
    OK(crm_customer_new(long_id, &customer));
    FAILS(crm_client_customer(client, customer, event_id), CRM_INVALID,
          "the event is invalid: customer_id: ");
    EXPECT(strstr(crm_last_error(), "128") && strstr(crm_last_error(), "129"));
    crm_customer_free(customer);
    OK(crm_customer_new("c-1", &customer));
    OK(crm_customer_set_consent(customer, long_id, true));
    FAILS(crm_client_customer(client, customer, event_id), CRM_INVALID,
          "the event is invalid: consent: ");
    crm_customer_free(customer);
    free(long_id);

    crm_purchase *purchase = NULL;
    OK(crm_purchase_new(CRM_SALE, "EUR", &purchase));
    FAILS(crm_client_purchase(client, purchase, event_id), CRM_INVALID,
          "the event is invalid: total: ");
    OK(crm_purchase_add_item(purchase, "A", 2, "1.50"));
    OK(crm_purchase_set_refund_of(purchase, "1042"));
    FAILS(crm_client_purchase(client, purchase, event_id), CRM_INVALID,
          "the event is invalid: refund_of: only a purchase of kind");
    crm_purchase_free(purchase);

    crm_interaction *interaction = NULL;
    OK(crm_interaction_new("", CRM_VISIT, &interaction));
    FAILS(crm_client_interaction(client, interaction, event_id), CRM_INVALID,
          "the event is invalid: customer_id: may not be empty");
    crm_interaction_free(interaction);

    uint64_t before = 0, after = 0;
    OK(crm_client_losses(client, "invalid", &before));
    EXPECT(before == 5);
    const char *const wrong[] = {
        "",
        "{",
        "[]",
        "{\"type\": \"order\"}",
        "{\"type\": \"customer\"}",
        "{\"type\": \"customer\", \"customer_id\": \"c\", \"nme\": \"x\"}",
        "{\"type\": \"purchase\", \"currency\": \"XXX\", \"total\": 1}",
        "{\"type\": \"purchase\", \"currency\": \"EUR\", \"total\": -1}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        FAILS(crm_client_track_json(client, wrong[i], event_id), CRM_INVALID, INVALID);
    }
    /* A NUL does not end what has a length. */
    FAILS(crm_client_track_json_n(client, "{}\0", 3, event_id), CRM_INVALID, INVALID);
    EXPECT(strcmp(event_id, "as it was") == 0);
    /* Only the last of them was an event that could be read. */
    OK(crm_client_losses(client, "invalid", &after));
    EXPECT(after == before + 1);
    OK(crm_client_losses(client, NULL, &after));
    EXPECT(after == before + 1);
}

static void options_that_cannot_be_are_all_named_at_once(void)
{
    crm_options *options = NULL;
    crm_client *client = NULL;
    OK(crm_options_new("nowhere", "", &options));
    OK(crm_options_set_batch_events(options, 1001));
    OK(crm_options_set_queue_events(options, 0));
    OK(crm_options_set_request_timeout(options, 0));
    FAILS(crm_client_new(options, &client), CRM_CONFIGURATION, "the client is misconfigured: ");
    EXPECT(client == NULL);
    const char *const mistakes[] = {
        "batch_events: between 1 and 1000, 1001 given",
        "queue_events: between 1 and",
        "request_timeout: ",
        "endpoint: ",
        "key: ",
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        if (strstr(crm_last_error(), mistakes[i]) == NULL) {
            fprintf(stderr, "%s is not in: %s\n", mistakes[i], crm_last_error());
            exit(1);
        }
    }
    crm_options_free(options);
}

/* What was logged; under no lock, as this program's clients are one after the other. */
static size_t logged = 0;

static void count_line(crm_log_level level, const char *message, void *context)
{
    EXPECT(level >= CRM_LOG_ERROR && level <= CRM_LOG_DEBUG);
    EXPECT(strlen(message) > 0 && strchr(message, '\n') == NULL);
    *(size_t *)context += 1;
}

static void a_log_is_set_once(void)
{
    FAILS(crm_set_log(count_line, &logged, (crm_log_level)0), CRM_MISUSE,
          "most: there is none of number 0");
    OK(crm_set_log(count_line, &logged, CRM_LOG_DEBUG));
    FAILS(crm_set_log(count_line, &logged, CRM_LOG_DEBUG), CRM_MISUSE,
          "crm_set_log or crm_keep_log was called before");
}

static void a_full_queue_and_a_client_that_is_shut_down_take_nothing(const char *endpoint)
{
    crm_options *options = NULL;
    crm_client *client = NULL;
    crm_customer *customer = NULL;
    char event_id[CRM_EVENT_ID_SIZE];
    OK(crm_options_new(endpoint, "crm_sk_none", &options));
    OK(crm_options_set_queue_events(options, 2));
    OK(crm_options_set_when_full(options, CRM_BLOCK, 1));
    OK(crm_options_set_drop_timeout(options, 0));
    OK(crm_client_new(options, &client));
    OK(crm_customer_new("c-1", &customer));
    OK(crm_client_customer(client, customer, event_id));
    EXPECT(strlen(event_id) == 36);
    FAILS(crm_client_customer_durable(client, customer, NULL), CRM_SPOOL,
          "the spool cannot make the event durable: the client has no spool_dir");
    OK(crm_client_customer(client, customer, NULL));
    FAILS(crm_client_customer(client, customer, NULL), CRM_QUEUE_FULL,
          "the queue is full: 2 events, ");

    crm_unsent unsent = {9, 9, 9};
    FAILS(crm_client_flush(client, 1, &unsent, 0), CRM_MISUSE,
          "unsent_size is sizeof(crm_unsent), 0 given");
    FAILS(crm_client_shutdown(client, 1, &unsent, 4097), CRM_MISUSE,
          "unsent_size is sizeof(crm_unsent), 4097 given");
    EXPECT(unsent.events == 9);
    /* A program of an older version, which knows fewer fields. */
    FAILS(crm_client_flush(client, 1, &unsent, sizeof unsent.events), CRM_UNSENT, "2 events");
    EXPECT(unsent.events == 2 && unsent.on_disk == 9);
    FAILS(crm_client_flush(client, 1, &unsent, sizeof unsent), CRM_UNSENT,
          "2 events unsent, ");
    EXPECT(unsent.events == 2 && unsent.on_disk == 0);
    FAILS(crm_client_shutdown(client, 1, &unsent, sizeof unsent), CRM_UNSENT,
          "2 events unsent, ");
    EXPECT(unsent.events == 2 && unsent.on_disk == 0);
    FAILS(crm_client_shutdown(client, 1, NULL, 0), CRM_UNSENT, "2 events unsent");
    FAILS(crm_client_customer(client, customer, NULL), CRM_SHUT_DOWN, "the client is shut down");

    uint64_t events = 0;
    OK(crm_client_losses(client, "queue_full", &events));
    EXPECT(events == 1);
    OK(crm_client_losses(client, "unsent", &events));
    EXPECT(events == 2);
    crm_customer_free(customer);
    crm_client_free(client);
    crm_options_free(options);
}

static void stats_are_written_as_far_as_the_caller_knows_them(const crm_client *client)
{
    crm_stats stats;
    memset(&stats, 0xff, sizeof stats);
    /* A program that knows the first three fields. */
    OK(crm_client_stats(client, &stats, 3 * sizeof(uint64_t)));
    EXPECT(stats.tracked == 0 && stats.recovered == 0 && stats.queued == 0);
    EXPECT(stats.queued_bytes == UINT64_MAX);
    /* One of the version before corrections were counted. */
    memset(&stats, 0xff, sizeof stats);
    OK(crm_client_stats(client, &stats, offsetof(crm_stats, updated)));
    EXPECT(stats.parked == 0 && stats.updated == UINT64_MAX && stats.warnings == UINT64_MAX);
    /* One that knows a field more than the library. */
    struct {
        crm_stats known;
        uint64_t later;
        uint64_t beyond;
    } wide;
    memset(&wide, 0xff, sizeof wide);
    OK(crm_client_stats(client, &wide.known, sizeof wide - sizeof wide.beyond));
    EXPECT(wide.later == 0 && wide.beyond == UINT64_MAX);
    EXPECT(wide.known.failure == CRM_NO_FAILURE && wide.known.lost > 0);
    FAILS(crm_client_stats(client, &stats, 0), CRM_MISUSE, "stats_size is sizeof(crm_stats), 0");
    FAILS(crm_client_stats(client, &stats, 100000), CRM_MISUSE, "stats_size is ");
}

int main(int argc, char **argv)
{
    EXPECT(argc == 2);
    const char *endpoint = argv[1];
    names_are_those_of_the_header();
    a_log_is_set_once();

    crm_options *options = NULL;
    crm_client *client = NULL;
    OK(crm_options_new(endpoint, "crm_sk_none", &options));
    OK(crm_client_new(options, &client));
    crm_options_free(options);
    null_is_refused(client);
    numbers_that_name_nothing_are_refused(client);
    texts_that_are_not_utf8_are_refused(client);
    values_that_do_not_fit_their_field_are_refused_where_they_are_set();
    events_that_break_a_rule_are_refused_and_counted(client);
    stats_are_written_as_far_as_the_caller_knows_them(client);
    crm_client_free(client);

    options_that_cannot_be_are_all_named_at_once();
    a_full_queue_and_a_client_that_is_shut_down_take_nothing(endpoint);
    /* Nobody listened, which was said. */
    EXPECT(logged > 0);
    puts("all expectations hold");
    return 0;
}
