/* A fork leaves the client to the parent, who goes on. In the child it refuses, does not hang, and
   may be freed; a client of the child's own works, in the same spool. */
#define _POSIX_C_SOURCE 200809L

#include "expect.h"

#include <sys/wait.h>
#include <unistd.h>

static crm_code buy(const crm_client *client, const char *number)
{
    crm_purchase *sale = NULL;
    OK(crm_purchase_new(CRM_SALE, "EUR", &sale));
    OK(crm_purchase_set_purchase_id(sale, number));
    OK(crm_purchase_set_total(sale, "1"));
    crm_code code = crm_client_purchase(client, sale, NULL);
    crm_purchase_free(sale);
    return code;
}

static void nothing(const crm_verdict *verdict, void *context)
{
    (void)verdict;
    (void)context;
}

static void child(const crm_options *options, crm_client *parents)
{
    FAILS(buy(parents, "refused"), CRM_FORKED, "the client belongs to the process that forked");
    crm_stats stats;
    OK(crm_client_stats(parents, &stats, sizeof stats));
    EXPECT(stats.tracked == 0 && stats.queued == 0);
    crm_unsent unsent = {9, 9, 9};
    OK(crm_client_flush(parents, 60000, &unsent, sizeof unsent));
    EXPECT(unsent.events == 0);
    OK(crm_client_shutdown(parents, 60000, NULL, 0));
    crm_client_free(parents);

    crm_client *own = NULL;
    OK(crm_client_new(options, &own));
    OK(buy(own, "child"));
    OK(crm_client_shutdown(own, 60000, NULL, 0));
    crm_client_free(own);
}

int main(int argc, char **argv)
{
    EXPECT(argc == 3 || argc == 4);
    crm_options *options = NULL;
    crm_client *client = NULL;
    OK(crm_options_new(argv[1], argv[2], &options));
    OK(crm_options_set_on_verdict(options, nothing, NULL));
    if (argc == 4) {
        OK(crm_options_set_spool_dir(options, argv[3]));
    }
    /* Long enough that what was taken before the fork is still queued in both processes. */
    OK(crm_options_set_batch_age(options, 3600000));
    OK(crm_client_new(options, &client));
    OK(buy(client, "before"));

    pid_t forked = fork();
    EXPECT(forked >= 0);
    if (forked == 0) {
        child(options, client);
        crm_options_free(options);
        /* Not _exit: what the parent's threads held is nobody's in the child, and valgrind would
           take it for leaks of the library. */
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    int status = -1;
    EXPECT(waitpid(forked, &status, 0) == forked);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);

    OK(buy(client, "after"));
    OK(crm_client_flush(client, 60000, NULL, 0));
    crm_stats stats;
    OK(crm_client_stats(client, &stats, sizeof stats));
    EXPECT(stats.accepted == 2 && stats.duplicate == 0 && stats.recovered == 0);
    OK(crm_client_shutdown(client, 60000, NULL, 0));
    crm_client_free(client);
    crm_options_free(options);
    puts("two of the parent");
    return 0;
}
