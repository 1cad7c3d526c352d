/* What a program is told: by callbacks, and by asking. */
#define _POSIX_C_SOURCE 200809L

#include "expect.h"

#include <time.h>

typedef struct told {
    uint64_t rejected;
    char rejected_id[CRM_EVENT_ID_SIZE];
    crm_failure failure;
    uint32_t status;
    char message[128];
    int verdicts;
} told;

static void pause_ms(long ms)
{
    struct timespec time = {0, ms * 1000000};
    nanosleep(&time, NULL);
}

/* The place of a reason among all of them. */
static size_t reason(const char *name)
{
    size_t index = 0;
    while (strcmp(crm_loss_name(index), name) != 0) {
        index++;
    }
    return index;
}

static void on_loss(const crm_loss_report *report, void *context)
{
    told *told = context;
    EXPECT(report->reasons > reason("rejected"));
    told->rejected += report->events[reason("rejected")];
    if (report->samples_count > 0) {
        EXPECT(strcmp(report->samples[0]->code, "conflict") == 0);
        snprintf(told->rejected_id, sizeof told->rejected_id, "%s", report->samples[0]->event_id);
    }
}

static void on_error(const crm_error_report *report, void *context)
{
    told *told = context;
    EXPECT(report->spool == CRM_SPOOL_OFF);
    told->failure = report->failure;
    told->status = report->failure_status;
    snprintf(told->message, sizeof told->message, "%s", report->message);
}

static void on_verdict(const crm_verdict *verdict, void *context)
{
    told *told = context;
    EXPECT(verdict->accepted + verdict->rejected_count > 0);
    told->verdicts++;
}

/* Guests go, names are redacted, orders pass. */
static bool before_send(crm_event *event, void *context)
{
    int *shown = context;
    ++*shown;
    if (strstr(crm_event_json(event), "\"customer_id\":\"guest\"")) {
        return false;
    }
    if (strstr(crm_event_json(event), "\"name\":\"Ada\"")) {
        FAILS(crm_event_set_json(event, "{"), CRM_INVALID, "the event is invalid: json: ");
        OK(crm_event_set_json(event, "{\"type\":\"customer\",\"customer_id\":\"c-1\","
                                     "\"name\":\"[redacted]\"}"));
        EXPECT(strstr(crm_event_json(event), "[redacted]"));
    }
    return true;
}

static crm_client *client_of(const char *endpoint, const char *key, told *told, int *shown)
{
    crm_options *options = NULL;
    crm_client *client = NULL;
    OK(crm_options_new(endpoint, key, &options));
    OK(crm_options_set_batch_age(options, 1));
    OK(crm_options_set_retry_between(options, 1, 20));
    OK(crm_options_set_on_loss(options, on_loss, told));
    OK(crm_options_set_on_error(options, on_error, told));
    OK(crm_options_set_on_verdict(options, on_verdict, told));
    OK(crm_options_set_before_send(options, before_send, shown));
    FAILS(crm_options_set_keep_verdicts(options, 10001), CRM_MISUSE, "verdicts: at most 10000");
    OK(crm_options_set_keep_verdicts(options, 2));
    OK(crm_client_new(options, &client));
    crm_options_free(options);
    return client;
}

static void sell(const crm_client *client, const char *total, char *event_id)
{
    crm_purchase *sale = NULL;
    OK(crm_purchase_new(CRM_SALE, "EUR", &sale));
    OK(crm_purchase_set_purchase_id(sale, "one"));
    OK(crm_purchase_set_total(sale, total));
    OK(crm_client_purchase(client, sale, event_id));
    crm_purchase_free(sale);
    OK(crm_client_flush(client, 60000, NULL, 0));
}

static void hears_of_what_becomes_of_events(const char *endpoint, const char *key)
{
    told told = {0};
    int shown = 0;
    crm_client *client = client_of(endpoint, key, &told, &shown);
    crm_customer *customer = NULL;
    OK(crm_customer_new("guest", &customer));
    OK(crm_client_customer(client, customer, NULL));
    crm_customer_free(customer);
    OK(crm_customer_new("c-1", &customer));
    OK(crm_customer_set_name(customer, "Ada"));
    OK(crm_client_customer(client, customer, NULL));
    crm_customer_free(customer);
    OK(crm_client_flush(client, 60000, NULL, 0));
    sell(client, "1", NULL);
    char event_id[CRM_EVENT_ID_SIZE];
    sell(client, "2", event_id);
    EXPECT(shown == 4);

    /* Three verdicts came and two are kept: of the first order, and of the second. */
    crm_kept_verdict *kept = NULL;
    OK(crm_client_poll_verdict(client, &kept));
    EXPECT(crm_kept_verdict_get(kept)->accepted == 1);
    EXPECT(crm_kept_verdict_get(kept)->rejected_count == 0);
    crm_kept_verdict_free(kept);
    OK(crm_client_poll_verdict(client, &kept));
    const crm_verdict *verdict = crm_kept_verdict_get(kept);
    EXPECT(verdict->accepted == 0 && verdict->rejected_count == 1);
    EXPECT(strcmp(verdict->rejected[0]->event_id, event_id) == 0);
    EXPECT(strcmp(verdict->rejected[0]->code, "conflict") == 0);
    crm_kept_verdict_free(kept);
    FAILS(crm_client_poll_verdict(client, &kept), CRM_EMPTY, "no verdict came");
    EXPECT(kept == NULL && crm_kept_verdict_get(NULL) == NULL);
    crm_kept_verdict_free(NULL);

    OK(crm_client_shutdown(client, 60000, NULL, 0));
    crm_client_free(client);
    EXPECT(told.verdicts == 3);
    EXPECT(told.rejected == 1 && strcmp(told.rejected_id, event_id) == 0);
    EXPECT(told.failure == CRM_NO_FAILURE && told.message[0] == '\0');
}

static void hears_of_a_wrong_key(const char *endpoint)
{
    told told = {0};
    int shown = 0;
    crm_client *client = client_of(endpoint, "crm_sk_wrong", &told, &shown);
    OK(crm_client_track_json(client, "{\"type\":\"customer\",\"customer_id\":\"c-2\"}", NULL));
    crm_stats stats = {0};
    for (int i = 0; i < 6000 && stats.failure == CRM_NO_FAILURE; i++) {
        pause_ms(10);
        OK(crm_client_stats(client, &stats, sizeof stats));
    }
    FAILS(crm_client_shutdown(client, 1, NULL, 0), CRM_UNSENT, "1 events unsent");
    crm_client_free(client);
    EXPECT(told.failure == CRM_KEY_REFUSED && told.status == 401);
    EXPECT(strncmp(told.message, "the key is refused (status 401)", 31) == 0);

    crm_log_level level = CRM_LOG_DEBUG;
    char line[1024];
    FAILS(crm_poll_log(&level, NULL, sizeof line), CRM_MISUSE, "line is NULL");
    FAILS(crm_poll_log(&level, line, 0), CRM_MISUSE, "line_size: at least 1");
    do {
        OK(crm_poll_log(&level, line, sizeof line));
    } while (strstr(line, "the key is refused") == NULL);
    EXPECT(level == CRM_LOG_ERROR);
    while (crm_poll_log(NULL, line, 8) == CRM_OK) {
        EXPECT(strlen(line) == 7);
    }
    EXPECT(crm_poll_log(NULL, line, 8) == CRM_EMPTY);
}

int main(int argc, char **argv)
{
    EXPECT(argc == 3);
    EXPECT(crm_abi_version() == CRM_ABI_VERSION);
    FAILS(crm_keep_log(CRM_LOG_WARN, 0), CRM_MISUSE, "lines: between 1 and 10000");
    OK(crm_keep_log(CRM_LOG_WARN, 100));
    FAILS(crm_keep_log(CRM_LOG_WARN, 100), CRM_MISUSE, "crm_set_log or crm_keep_log was called");
    hears_of_what_becomes_of_events(argv[1], argv[2]);
    hears_of_a_wrong_key(argv[1]);
    puts("all expectations hold");
    return 0;
}
