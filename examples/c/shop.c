/*
 * A shop in C that tells the CRM of an account, an order, its correction, a refund and a message.
 *
 *   cc -o shop shop.c $(pkg-config --cflags --libs crm)
 *   SHOP_CRM_KEY=crm_sk_... SHOP_CRM_SPOOL=/var/lib/shop/crm ./shop
 *
 * No call here waits for the network but the last two, and none fails the shop: a sale is a sale,
 * whatever becomes of its report.
 */

#include <crm.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* How long the shop waits at its end for the CRM to take what is still queued. */
#define LAST_EVENTS_MS 5000

/* What the CRM was not told of, and why. The message may quote the event: mind where it goes. */
static int told(crm_code code, const char *what)
{
    if (code == CRM_OK) {
        return 1;
    }
    fprintf(stderr, "the CRM was not told of %s: %s: %s\n", what, crm_error_name(code),
            crm_last_error());
    return 0;
}

/* What the SDK has to say: without this nobody learns that a key is refused. */
static void log_line(crm_log_level level, const char *message, void *context)
{
    (void)context;
    fprintf(stderr, "crm: %s%s\n", level == CRM_LOG_ERROR ? "error: " : "", message);
}

/* Events that broke a rule only the collector knows, such as an order number that was used
   before. It keeps them in its quarantine. Called on the client's own thread. */
static void on_verdict(const crm_verdict *verdict, void *context)
{
    (void)context;
    for (size_t i = 0; i < verdict->warnings_count; i++) {
        fprintf(stderr, "stored, and worth a look: %s\n", verdict->warnings[i]->message);
    }
    for (size_t i = 0; i < verdict->rejected_count; i++) {
        fprintf(stderr, "rejected: %s: %s\n", verdict->rejected[i]->code,
                verdict->rejected[i]->message);
    }
}

/* Connects to nothing yet: a collector that is down does not keep the shop from opening. */
static crm_client *connect_to_crm(const char *endpoint, const char *key, const char *spool_dir)
{
    crm_options *options = NULL;
    crm_client *client = NULL;

    crm_code code = crm_options_new(endpoint, key, &options);
    if (code == CRM_OK) {
        code = crm_options_set_on_verdict(options, on_verdict, NULL);
    }
    /* On disk, events survive this program; left out, they are in memory alone. */
    if (code == CRM_OK && spool_dir != NULL) {
        code = crm_options_set_spool_dir(options, spool_dir);
    }
    if (code == CRM_OK) {
        code = crm_client_new(options, &client);
    }
    if (code != CRM_OK) {
        fprintf(stderr, "no CRM: %s: %s\n", crm_error_name(code), crm_last_error());
    }
    crm_options_free(options);
    return client;
}

/* An account was made or changed. What is not set stays as the CRM knows it. */
static void tell_account(const crm_client *client)
{
    crm_customer *grace = NULL;

    if (told(crm_customer_new("customer-7", &grace), "an account")) {
        crm_customer_set_name(grace, "Grace Hopper");
        crm_customer_set_email(grace, "grace@example.com");
        crm_customer_set_country(grace, "United Kingdom");
        crm_customer_set_consent(grace, "email_marketing", true);
        crm_customer_set_attribute_integer(grace, "loyalty_points", 120);
        told(crm_client_customer(client, grace, NULL), "an account");
    }
    crm_customer_free(grace);
}

/* What of an order depends on how many mugs are in it. */
struct basket {
    uint32_t mugs;
    const char *discount, *tax, *total;
};

/* An order was paid. Its number makes it unique: reported twice, it counts once. What was taken off,
   postage and the tax that is in the prices are of the whole order; lines may tell theirs, too. Told
   again to replace what was told before, it takes its place. */
static void tell_order(const crm_client *client, const char *number, int64_t placed_at_ms,
                       struct basket basket, bool replace)
{
    crm_purchase *sale = NULL;
    char event_id[CRM_EVENT_ID_SIZE];

    if (told(crm_purchase_new(CRM_SALE, "GBP", &sale), "an order")) {
        crm_purchase_set_purchase_id(sale, number);
        crm_purchase_set_occurred_at_ms(sale, placed_at_ms);
        crm_purchase_set_customer_id(sale, "customer-7");
        crm_purchase_set_channel(sale, "web");
        told(crm_purchase_add_item(sale, "MUG-01", basket.mugs, "6.95"), "some mugs");
        crm_purchase_set_item_name(sale, "Mug");
        crm_purchase_set_item_category(sale, "Kitchen");
        /* The same price as a number, in 1/10,000 of a pound: 24.99. */
        told(crm_purchase_add_item_x10000(sale, "POT-02", 1, 249900), "a pot");
        crm_purchase_set_item_name(sale, "Pot");
        crm_purchase_add_coupon(sale, "WELCOME");
        told(crm_purchase_set_discount(sale, basket.discount), "what was taken off");
        told(crm_purchase_set_shipping(sale, "3.50"), "postage");
        told(crm_purchase_set_tax(sale, basket.tax), "tax");
        crm_purchase_set_tax_included(sale, true);
        told(crm_purchase_set_total(sale, basket.total), "what was paid");
        crm_purchase_set_replace(sale, replace);
        if (told(crm_client_purchase(client, sale, event_id), "an order")) {
            printf("order %s is event %s\n", number, event_id);
        }
    }
    crm_purchase_free(sale);
}

/* The pot was paid back. A refund is a purchase of its own, so it has a number of its own, and names
   what it is of; amounts are positive here too. */
static void tell_refund(const crm_client *client, const char *number, const char *order)
{
    crm_purchase *refund = NULL;

    if (told(crm_purchase_new(CRM_REFUND, "GBP", &refund), "a refund")) {
        crm_purchase_set_purchase_id(refund, number);
        crm_purchase_set_refund_of(refund, order);
        crm_purchase_set_customer_id(refund, "customer-7");
        told(crm_purchase_add_item(refund, "POT-02", 1, "24.99"), "a pot");
        crm_purchase_set_item_discount(refund, "2.50");
        crm_purchase_set_tax(refund, "3.75");
        crm_purchase_set_tax_included(refund, true);
        told(crm_purchase_set_total(refund, "22.49"), "what was paid back");
        told(crm_client_purchase(client, refund, NULL), "a refund");
    }
    crm_purchase_free(refund);
}

/* A customer wrote to the shop. */
static void tell_message(const crm_client *client)
{
    crm_interaction *ticket = NULL;

    if (told(crm_interaction_new("customer-7", CRM_TICKET, &ticket), "a message")) {
        crm_interaction_set_direction(ticket, CRM_INBOUND);
        crm_interaction_set_channel(ticket, "web");
        crm_interaction_set_subject(ticket, "My mug");
        crm_interaction_set_text(ticket, "It came without a handle.");
        told(crm_client_interaction(client, ticket, NULL), "a message");
    }
    crm_interaction_free(ticket);
}

int main(void)
{
    const char *endpoint = getenv("SHOP_CRM_ENDPOINT");
    const char *key = getenv("SHOP_CRM_KEY");
    if (key == NULL) {
        fprintf(stderr, "SHOP_CRM_KEY is not set; `crm-collector key create --name shop --scopes "
                        "ingest` makes one\n");
        return 2;
    }
    crm_set_log(log_line, NULL, CRM_LOG_WARN);
    crm_client *client = connect_to_crm(endpoint ? endpoint : "http://127.0.0.1:8787", key,
                                        getenv("SHOP_CRM_SPOOL"));
    if (client == NULL) {
        return 2;
    }

    /* To the CRM an order number is one order for good, so that no run may reuse one. */
    char order[32], refund[32];
    long long run = (long long)time(NULL);
    snprintf(order, sizeof order, "order-%lld", run);
    snprintf(refund, sizeof refund, "refund-%lld", run);

    tell_account(client);
    struct basket basket = {.mugs = 2, .discount = "3.89", .tax = "6.42", .total = "38.50"};
    tell_order(client, order, run * 1000, basket, false);
    /* One mug less, before it was sent. */
    struct basket changed = {.mugs = 1, .discount = "3.19", .tax = "5.38", .total = "32.25"};
    tell_order(client, order, run * 1000, changed, true);
    tell_refund(client, refund, order);
    tell_message(client);
    /* What is JSON already goes as it is. */
    told(crm_client_track_json(client,
                               "{\"type\": \"purchase\", \"currency\": \"GBP\", \"total\": \"5.00\"}",
                               NULL),
         "a sale to a guest");

    /* Waits until the collector has decided on all of it, for five seconds at most; what it has not
       is still going to be sent. A program that runs on has no need of this. */
    if (crm_client_flush(client, 5000, NULL, 0) == CRM_UNSENT) {
        printf("not yet all: %s\n", crm_last_error());
    }
    crm_stats stats;
    if (crm_client_stats(client, &stats, sizeof stats) == CRM_OK) {
        printf("taken %" PRIu64 ", stored %" PRIu64 ", waiting %" PRIu64 ", given up %" PRIu64 "\n",
               stats.tracked, stats.accepted + stats.updated + stats.duplicate, stats.queued, stats.lost);
        if (stats.failure != CRM_NO_FAILURE) {
            printf("the latest request failed: %s\n", crm_failure_text(stats.failure));
        }
    }

    crm_unsent unsent;
    crm_code closed = crm_client_shutdown(client, LAST_EVENTS_MS, &unsent, sizeof unsent);
    if (closed == CRM_UNSENT) {
        printf("closed before the CRM had it all: %" PRIu64 " events wait on disk, %" PRIu64
               " are lost\n",
               unsent.on_disk, unsent.events - unsent.on_disk);
    }
    crm_client_free(client);
    return closed == CRM_OK ? 0 : 1;
}
