/* Eight threads share one client, each with events and a message of its own; flushes, figures and
   verdicts go on meanwhile. */
#define _POSIX_C_SOURCE 200809L

#include "expect.h"

#include <pthread.h>

#define THREADS 8
#define EACH 100

struct work {
    const crm_client *client;
    int number;
};

/* What the callback of the client's thread counts; read after the shutdown. */
struct counts {
    uint64_t accepted;
    uint64_t rejected;
};

static void count(const crm_verdict *verdict, void *context)
{
    struct counts *counts = context;
    counts->accepted += verdict->accepted;
    counts->rejected += verdict->rejected_count;
    for (size_t i = 0; i < verdict->rejected_count; i++) {
        const crm_rejection *rejection = verdict->rejected[i];
        EXPECT(strlen(rejection->event_id) == 36);
        EXPECT(strcmp(rejection->code, "conflict") == 0);
        EXPECT(strlen(rejection->message) > 0);
    }
}

static void *track(void *argument)
{
    const struct work *work = argument;
    char text[64];
    crm_purchase *sale = NULL;
    for (int i = 0; i < EACH; i++) {
        OK(crm_purchase_new(CRM_SALE, "EUR", &sale));
        snprintf(text, sizeof text, "order-%d-%d", work->number, i);
        OK(crm_purchase_set_purchase_id(sale, text));
        OK(crm_purchase_add_item_x10000(sale, "A", 1, 10000));
        OK(crm_purchase_set_occurred_at(sale, "2026-03-01T09:30:00Z"));
        OK(crm_client_purchase(work->client, sale, NULL));
        crm_purchase_free(sale);

        /* A mistake of this thread's own, whose message no other thread overwrites. */
        FAILS(crm_client_purchase(NULL, NULL, NULL), CRM_MISUSE, "client is NULL");
        snprintf(text, sizeof text, "reason: none is called \"%d\"", work->number);
        char name[16];
        uint64_t events;
        snprintf(name, sizeof name, "%d", work->number);
        FAILS(crm_client_losses(work->client, name, &events), CRM_MISUSE, text);
        if (i % 20 == 0) {
            crm_stats stats;
            OK(crm_client_stats(work->client, &stats, sizeof stats));
            EXPECT(stats.tracked > (uint64_t)i);
            OK(crm_client_flush(work->client, 60000, NULL, 0));
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    EXPECT(argc == 3);
    crm_options *options = NULL;
    crm_client *client = NULL;
    struct counts counts = {0, 0};
    OK(crm_options_new(argv[1], argv[2], &options));
    OK(crm_options_set_on_verdict(options, count, &counts));
    OK(crm_options_set_batch_age(options, 1));
    OK(crm_client_new(options, &client));
    crm_options_free(options);

    /* The number of one of the orders with another content: the collector refuses whichever of
       the two comes second. */
    OK(crm_client_track_json(client,
                             "{\"type\":\"purchase\",\"purchase_id\":\"order-3-50\","
                             "\"currency\":\"EUR\",\"total\":\"7\"}",
                             NULL));
    pthread_t threads[THREADS];
    struct work work[THREADS];
    for (int i = 0; i < THREADS; i++) {
        work[i].client = client;
        work[i].number = i;
        EXPECT(pthread_create(&threads[i], NULL, track, &work[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    OK(crm_client_shutdown(client, 60000, NULL, 0));
    crm_stats stats;
    OK(crm_client_stats(client, &stats, sizeof stats));
    EXPECT(stats.tracked == THREADS * EACH + 1);
    EXPECT(stats.accepted == THREADS * EACH && stats.rejected == 1 && stats.queued == 0);
    EXPECT(counts.accepted == stats.accepted && counts.rejected == 1);
    crm_client_free(client);
    puts("800 events, one refused");
    return 0;
}
