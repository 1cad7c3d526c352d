/* Events on disk: one run takes them and is killed, the next one sends them. What the collector
   will not take can be listed and sent again. */
#define _POSIX_C_SOURCE 200809L

#include "expect.h"

#include <signal.h>
#include <unistd.h>

static crm_client *connected(const char *endpoint, const char *key, const char *dir)
{
    crm_options *options = NULL;
    crm_client *client = NULL;
    OK(crm_options_new(endpoint, key, &options));
    OK(crm_options_set_spool_dir(options, dir));
    OK(crm_options_set_spool_bytes(options, 4 * 1024 * 1024));
    OK(crm_options_set_spool_age(options, 24 * 60 * 60 * 1000));
    OK(crm_options_add_spool_key(options, "crm_sk_of_last_year"));
    OK(crm_options_set_batch_age(options, 1));
    OK(crm_client_new(options, &client));
    crm_options_free(options);
    return client;
}

static crm_purchase *sale(const char *number, const char *total)
{
    crm_purchase *sale = NULL;
    OK(crm_purchase_new(CRM_SALE, "EUR", &sale));
    OK(crm_purchase_set_purchase_id(sale, number));
    OK(crm_purchase_set_total(sale, total));
    OK(crm_purchase_set_occurred_at_ms(sale, 1772357400000));
    return sale;
}

/* Takes five events, each in a way of its own, and is killed. */
static void take(const char *endpoint, const char *key, const char *dir)
{
    crm_client *client = connected(endpoint, key, dir);
    crm_purchase *one = sale("one", "1");
    crm_purchase *two = sale("two", "2");
    crm_customer *ada = NULL;
    crm_interaction *note = NULL;
    OK(crm_customer_new("c-1", &ada));
    OK(crm_interaction_new("c-1", CRM_NOTE, &note));
    OK(crm_client_purchase(client, one, NULL));
    OK(crm_client_purchase_durable(client, two, NULL));
    OK(crm_client_customer_durable(client, ada, NULL));
    OK(crm_client_interaction_durable(client, note, NULL));
    OK(crm_client_track_json_durable(client, "{\"type\":\"customer\",\"customer_id\":\"c-2\"}",
                                     NULL));
    crm_stats stats;
    OK(crm_client_stats(client, &stats, sizeof stats));
    EXPECT(stats.spool == CRM_SPOOL_WORKING && stats.unspooled == 0 && stats.spool_bytes > 0);
    EXPECT(stats.tracked == 5 && stats.queued == 5);
    /* Nobody listens: all is left, and all of it on disk. */
    crm_unsent unsent;
    FAILS(crm_client_flush(client, 1, &unsent, sizeof unsent), CRM_UNSENT,
          "5 events unsent, 5 of them on disk, ");
    EXPECT(unsent.events == 5 && unsent.on_disk == 5);
    kill(getpid(), SIGKILL);
}

/* Finds the events of the run before, and sends them. */
static void deliver(const char *endpoint, const char *key, const char *dir)
{
    crm_client *client = connected(endpoint, key, dir);
    OK(crm_client_flush(client, 60000, NULL, 0));
    crm_stats stats;
    OK(crm_client_stats(client, &stats, sizeof stats));
    EXPECT(stats.tracked == 0 && stats.recovered == 5 && stats.accepted == 5);

    /* An order of the same number with another content, which the collector refuses. */
    crm_purchase *other = sale("one", "7");
    char event_id[CRM_EVENT_ID_SIZE];
    OK(crm_client_purchase(client, other, event_id));
    crm_purchase_free(other);
    OK(crm_client_flush(client, 60000, NULL, 0));
    uint64_t rejected = 0;
    OK(crm_client_losses(client, "rejected", &rejected));
    EXPECT(rejected == 1);

    crm_dead_letters *letters = NULL;
    OK(crm_client_dead_letters(client, &letters));
    EXPECT(crm_dead_letters_count(letters) == 1);
    const crm_dead_letter *letter = crm_dead_letters_get(letters, 0);
    EXPECT(letter->at_ms > 1772357400000);
    EXPECT(strcmp(letter->reason, "rejected") == 0 && strcmp(letter->code, "conflict") == 0);
    EXPECT(strcmp(letter->field, "purchase_id") == 0 && strlen(letter->message) > 0);
    EXPECT(strstr(letter->event_json, event_id) && strstr(letter->event_json, "\"total\":\"7.00\""));
    EXPECT(crm_dead_letters_get(letters, 1) == NULL);
    crm_dead_letters_free(letters);

    /* Nothing was mended, so it comes back. */
    uint64_t taken = 0;
    OK(crm_client_resend_dead_letters(client, &taken));
    EXPECT(taken == 1);
    OK(crm_client_flush(client, 60000, NULL, 0));
    OK(crm_client_resend_dead_letters(client, NULL));
    OK(crm_client_shutdown(client, 60000, NULL, 0));
    OK(crm_client_losses(client, "rejected", &rejected));
    EXPECT(rejected == 3);
    crm_client_free(client);
}

int main(int argc, char **argv)
{
    EXPECT(argc == 5);
    if (strcmp(argv[1], "take") == 0) {
        take(argv[2], argv[3], argv[4]);
    } else {
        deliver(argv[2], argv[3], argv[4]);
    }
    puts("delivered");
    return 0;
}
