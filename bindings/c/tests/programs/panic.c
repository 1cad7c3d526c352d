/* A panic of the library comes as a code, and the program and its clients go on. */

#include "expect.h"

/* In libraries that were built for tests, and in no header. */
extern crm_code crm_testing_panic(void);

int main(int argc, char **argv)
{
    EXPECT(argc == 3);
    crm_options *options = NULL;
    crm_client *client = NULL;
    OK(crm_options_new(argv[1], argv[2], &options));
    OK(crm_client_new(options, &client));
    crm_options_free(options);
    for (int i = 0; i < 3; i++) {
        FAILS(crm_testing_panic(), CRM_PANIC,
              "a defect in the library: it panicked: as the test wants it");
        OK(crm_client_track_json(client, "{\"type\":\"customer\",\"customer_id\":\"c-1\"}", NULL));
    }
    OK(crm_client_shutdown(client, 60000, NULL, 0));
    crm_stats stats;
    OK(crm_client_stats(client, &stats, sizeof stats));
    EXPECT(stats.accepted == 3);
    crm_client_free(client);
    puts("three panics, three events");
    return 0;
}
