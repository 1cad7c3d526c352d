/* https by a certificate that the collector has signed itself; what stands in the way is told, of
   the network, of the disk, and of a single event. */
#define _POSIX_C_SOURCE 200809L

#include "expect.h"

#include <time.h>

static crm_options *options_for(const char *endpoint)
{
    crm_options *options = NULL;
    OK(crm_options_new(endpoint, "crm_sk_none", &options));
    OK(crm_options_set_batch_age(options, 1));
    OK(crm_options_set_retry_between(options, 1, 20));
    OK(crm_options_set_gzip_above(options, SIZE_MAX));
    return options;
}

static crm_client *client_of(crm_options *options)
{
    crm_client *client = NULL;
    OK(crm_client_new(options, &client));
    crm_options_free(options);
    return client;
}

static crm_stats stats_of(const crm_client *client)
{
    struct timespec time = {0, 10000000};
    nanosleep(&time, NULL);
    crm_stats stats;
    OK(crm_client_stats(client, &stats, sizeof stats));
    return stats;
}

static void tell_of(const crm_client *client, const char *customer)
{
    char json[128];
    snprintf(json, sizeof json, "{\"type\":\"customer\",\"customer_id\":\"%s\"}", customer);
    OK(crm_client_track_json(client, json, NULL));
}

static void a_certificate_of_nobody_known_is_the_reason(const char *endpoint)
{
    crm_client *client = client_of(options_for(endpoint));
    char reason[256] = "as it was";
    OK(crm_client_failure_reason(client, reason, sizeof reason));
    EXPECT(strcmp(reason, "") == 0);
    FAILS(crm_client_failure_reason(client, NULL, 8), CRM_MISUSE, "reason is NULL");
    FAILS(crm_client_failure_reason(client, reason, 0), CRM_MISUSE, "reason_size: at least 1");
    FAILS(crm_client_failure_reason(NULL, reason, 8), CRM_MISUSE, "client is NULL");
    tell_of(client, "c-1");
    for (int i = 0; i < 6000 && stats_of(client).failure != CRM_UNREACHABLE; i++) {
    }
    OK(crm_client_failure_reason(client, reason, sizeof reason));
    EXPECT(strstr(reason, "extra_root_certificates"));
    char start[8];
    OK(crm_client_failure_reason(client, start, sizeof start));
    EXPECT(strlen(start) == 7 && strncmp(start, reason, 7) == 0);
    FAILS(crm_client_shutdown(client, 1, NULL, 0), CRM_UNSENT, "1 events unsent");
    crm_client_free(client);
}

static void an_event_that_always_fails_is_parked(const char *endpoint, const char *pem)
{
    crm_options *options = options_for(endpoint);
    FAILS(crm_options_set_extra_root_certificates(options, NULL), CRM_MISUSE, "pem is NULL");
    OK(crm_options_set_extra_root_certificates(options, pem));
    crm_client *client = client_of(options);
    tell_of(client, "c-1");
    tell_of(client, "poison");
    tell_of(client, "c-2");
    for (int i = 0; i < 6000 && stats_of(client).parked == 0; i++) {
    }
    /* It holds up neither those beside it nor a flush. */
    FAILS(crm_client_flush(client, 60000, NULL, 0), CRM_UNSENT, "1 events unsent, 0 of them on disk");
    crm_stats stats = stats_of(client);
    EXPECT(stats.accepted == 2 && stats.parked == 1 && stats.queued == 1 && stats.lost == 0);
    FAILS(crm_client_shutdown(client, 1, NULL, 0), CRM_UNSENT, "1 events unsent");
    crm_client_free(client);
}

static void nonsense_is_no_certificate(const char *endpoint)
{
    crm_options *options = options_for(endpoint);
    crm_client *client = NULL;
    OK(crm_options_set_extra_root_certificates(options, "no PEM"));
    FAILS(crm_client_new(options, &client), CRM_CONFIGURATION,
          "the client is misconfigured: extra_root_certificates: ");
    crm_options_free(options);
}

/* The file `spool` is where a directory ought to be. */
static void a_spool_that_is_required_has_to_be_there(const char *endpoint, const char *spool)
{
    crm_options *options = options_for(endpoint);
    crm_client *client = NULL;
    OK(crm_options_set_spool_dir(options, spool));
    OK(crm_options_set_spool_required(options, true));
    FAILS(crm_client_new(options, &client), CRM_SPOOL, "");
    EXPECT(client == NULL && strstr(crm_last_error(), spool));
    FAILS(crm_options_set_spool_required(NULL, true), CRM_MISUSE, "options is NULL");

    OK(crm_options_set_spool_required(options, false));
    client = client_of(options);
    EXPECT(stats_of(client).spool == CRM_SPOOL_FAILING);
    crm_client_free(client);
}

int main(int argc, char **argv)
{
    EXPECT(argc == 4);
    char pem[8192];
    FILE *file = fopen(argv[2], "r");
    EXPECT(file != NULL);
    size_t bytes = fread(pem, 1, sizeof pem - 1, file);
    pem[bytes] = '\0';
    fclose(file);
    a_certificate_of_nobody_known_is_the_reason(argv[1]);
    an_event_that_always_fails_is_parked(argv[1], pem);
    nonsense_is_no_certificate(argv[1]);
    a_spool_that_is_required_has_to_be_there(argv[1], argv[3]);
    puts("all expectations hold");
    return 0;
}
