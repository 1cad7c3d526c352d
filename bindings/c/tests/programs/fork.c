/* A fork leaves the client of the parent unharmed. The child makes one of its own. */
#define _POSIX_C_SOURCE 200809L

#include "expect.h"

#include <sys/wait.h>
#include <unistd.h>

static void buy(const crm_client *client, const char *number)
{
    crm_purchase *sale = NULL;
    OK(crm_purchase_new(CRM_SALE, "EUR", &sale));
    OK(crm_purchase_set_purchase_id(sale, number));
    OK(crm_purchase_set_total(sale, "1"));
    OK(crm_client_purchase(client, sale, NULL));
    crm_purchase_free(sale);
}

int main(int argc, char **argv)
{
    EXPECT(argc == 3);
    crm_options *options = NULL;
    crm_client *client = NULL;
    OK(crm_options_new(argv[1], argv[2], &options));
    /* Long enough that what was taken before the fork is still queued in both processes. */
    OK(crm_options_set_batch_age(options, 3600000));
    OK(crm_client_new(options, &client));
    buy(client, "before");

    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        crm_client *own = NULL;
        OK(crm_client_new(options, &own));
        buy(own, "child");
        OK(crm_client_shutdown(own, 60000, NULL));
        crm_client_free(own);
        crm_options_free(options);
        /* Not _exit: what the parent's threads held is nobody's in the child, and valgrind would
           take it for leaks of the library. */
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    int status = -1;
    EXPECT(waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);

    buy(client, "after");
    OK(crm_client_flush(client, 60000, NULL));
    crm_stats stats;
    OK(crm_client_stats(client, &stats, sizeof stats));
    EXPECT(stats.accepted == 2 && stats.duplicate == 0);
    OK(crm_client_shutdown(client, 60000, NULL));
    crm_client_free(client);
    crm_options_free(options);
    puts("two of the parent");
    return 0;
}
