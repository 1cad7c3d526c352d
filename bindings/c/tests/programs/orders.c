/* Orders as shops have them, their refunds and their corrections, and what a program is told. */
#include "expect.h"

#include <stddef.h>

/* The counts of all verdicts, and the first notice. */
typedef struct told {
    uint64_t updated;
    uint64_t superseded;
    uint64_t duplicate;
    size_t warnings;
    char event_id[CRM_EVENT_ID_SIZE];
    char code[32];
    char field[32];
} told;

static void on_verdict(const crm_verdict *verdict, void *context)
{
    told *told = context;
    EXPECT(verdict->rejected_count == 0);
    told->updated += verdict->updated;
    told->superseded += verdict->superseded;
    told->duplicate += verdict->duplicate;
    for (size_t i = 0; i < verdict->warnings_count; i++) {
        const crm_notice *notice = verdict->warnings[i];
        EXPECT(strlen(notice->message) > 0);
        if (told->warnings++ == 0) {
            snprintf(told->event_id, sizeof told->event_id, "%s", notice->event_id);
            snprintf(told->code, sizeof told->code, "%s", notice->code);
            snprintf(told->field, sizeof told->field, "%s", notice->field);
        }
    }
}

static crm_client *client_of(const char *endpoint, const char *key, told *told)
{
    crm_options *options = NULL;
    crm_client *client = NULL;
    OK(crm_options_new(endpoint, key, &options));
    OK(crm_options_set_on_verdict(options, on_verdict, told));
    OK(crm_options_set_keep_verdicts(options, 40));
    OK(crm_client_new(options, &client));
    crm_options_free(options);
    return client;
}

static crm_purchase *begin(crm_purchase_kind kind, const char *id)
{
    crm_purchase *purchase = NULL;
    OK(crm_purchase_new(kind, "EUR", &purchase));
    OK(crm_purchase_set_purchase_id(purchase, id));
    OK(crm_purchase_set_source(purchase, "shop-c"));
    OK(crm_purchase_set_customer_id(purchase, "c-1"));
    OK(crm_purchase_set_occurred_at(purchase, "2023-03-01T12:00:00Z"));
    return purchase;
}

static void send(const crm_client *client, crm_purchase *purchase, char *event_id)
{
    OK(crm_client_purchase(client, purchase, event_id));
    crm_purchase_free(purchase);
    OK(crm_client_flush(client, 60000, NULL, 0));
}

/* All that can be told of an order, as text. */
static void tell_in_texts(const crm_client *client)
{
    crm_purchase *order = begin(CRM_SALE, "texts");
    OK(crm_purchase_set_number(order, "#1042"));
    OK(crm_purchase_set_state(order, CRM_PAID));
    OK(crm_purchase_set_updated_at(order, "2023-03-02T00:00:00Z"));
    OK(crm_purchase_add_item(order, "MUG-01", 2, "6.95"));
    OK(crm_purchase_set_item_variant(order, "blue"));
    OK(crm_purchase_set_item_discount(order, "1.90"));
    OK(crm_purchase_set_item_tax(order, "2.40"));
    OK(crm_purchase_set_item_cost(order, "3.10"));
    OK(crm_purchase_add_line(order, CRM_LINE_PRODUCT, NULL, "1.5", "4.00"));
    OK(crm_purchase_set_item_name(order, "Apples"));
    OK(crm_purchase_add_line(order, CRM_LINE_GIFT_CARD, NULL, "1", "10"));
    OK(crm_purchase_set_discount(order, "2.90"));
    OK(crm_purchase_set_shipping(order, "4.90"));
    OK(crm_purchase_set_tax(order, "3.40"));
    OK(crm_purchase_set_tip(order, "1.00"));
    OK(crm_purchase_set_fees(order, "0.50"));
    OK(crm_purchase_set_rounding(order, "-0.02"));
    OK(crm_purchase_set_total(order, "36.78"));
    OK(crm_purchase_set_payment_method(order, "card"));
    OK(crm_purchase_add_coupon(order, "HELLO"));
    OK(crm_purchase_add_coupon(order, "SPRING"));
    OK(crm_purchase_set_attribute(order, "note", "gift"));
    OK(crm_purchase_set_attribute_integer(order, "boxes", 2));
    OK(crm_purchase_set_attribute_bool(order, "wrapped", true));
    OK(crm_purchase_set_attribute_json(order, "tags", "[1]"));
    send(client, order, NULL);
}

/* The same money as numbers. */
static void tell_in_numbers(const crm_client *client)
{
    crm_purchase *order = begin(CRM_SALE, "numbers");
    OK(crm_purchase_set_updated_at_ms(order, 1677715200000));
    OK(crm_purchase_add_item_x10000(order, "MUG-01", 2, 69500));
    OK(crm_purchase_set_item_discount_x10000(order, 19000));
    OK(crm_purchase_set_item_tax_x10000(order, 24000));
    OK(crm_purchase_set_item_cost_x10000(order, 31000));
    OK(crm_purchase_add_line_x10000(order, CRM_LINE_PRODUCT, "APL", 15000, 40000));
    OK(crm_purchase_add_line_x10000(order, CRM_LINE_GIFT_CARD, NULL, 10000, 100000));
    OK(crm_purchase_set_discount_x10000(order, 29000));
    OK(crm_purchase_set_shipping_x10000(order, 49000));
    OK(crm_purchase_set_tax_x10000(order, 34000));
    OK(crm_purchase_set_tip_x10000(order, 10000));
    OK(crm_purchase_set_fees_x10000(order, 5000));
    OK(crm_purchase_set_rounding_x10000(order, -200));
    OK(crm_purchase_set_total_x10000(order, 367800));
    send(client, order, NULL);
}

static void tell_corrections(const crm_client *client, told *told)
{
    /* Changed later, with tax in the prices. */
    crm_purchase *order = begin(CRM_SALE, "corrected");
    OK(crm_purchase_set_total(order, "10"));
    OK(crm_purchase_set_updated_at(order, "2023-03-02T00:00:00Z"));
    send(client, order, NULL);
    order = begin(CRM_SALE, "corrected");
    OK(crm_purchase_add_line(order, CRM_LINE_PRODUCT, "TEA", "1", "11.90"));
    OK(crm_purchase_set_tax(order, "1.90"));
    OK(crm_purchase_set_tax_included(order, true));
    OK(crm_purchase_set_updated_at(order, "2023-03-03T00:00:00Z"));
    send(client, order, NULL);
    EXPECT(told->updated == 1);
    /* Too late. */
    order = begin(CRM_SALE, "corrected");
    OK(crm_purchase_set_total(order, "12"));
    OK(crm_purchase_set_updated_at(order, "2023-03-01T13:00:00Z"));
    send(client, order, NULL);
    EXPECT(told->superseded == 1 && told->warnings == 0);

    crm_purchase *refund = begin(CRM_REFUND, "corrected-r1");
    OK(crm_purchase_set_refund_of(refund, "corrected"));
    OK(crm_purchase_set_total(refund, "4"));
    send(client, refund, NULL);

    /* Called off; it was a mistake to begin with. */
    order = begin(CRM_SALE, "cancelled");
    OK(crm_purchase_set_total(order, "5"));
    OK(crm_purchase_set_state(order, CRM_PENDING));
    send(client, order, NULL);
    order = begin(CRM_SALE, "cancelled");
    OK(crm_purchase_set_total(order, "5"));
    OK(crm_client_cancel(client, order, NULL));
    OK(crm_client_flush(client, 60000, NULL, 0));
    crm_purchase_free(order);
    EXPECT(told->updated == 2);

    /* Never to have been sent: by what was sent, and by its id alone. */
    order = begin(CRM_SALE, "void");
    OK(crm_purchase_set_total(order, "7"));
    send(client, order, NULL);
    order = begin(CRM_SALE, "void");
    OK(crm_client_void(client, order, NULL));
    OK(crm_client_flush(client, 60000, NULL, 0));
    crm_purchase_free(order);
    EXPECT(told->updated == 3);
    order = begin(CRM_SALE, "void");
    OK(crm_purchase_set_void(order, true));
    send(client, order, NULL);
    EXPECT(told->updated == 3 && told->duplicate == 1);

    /* A total that its lines do not come to. */
    char event_id[CRM_EVENT_ID_SIZE];
    order = begin(CRM_SALE, "adjusted");
    OK(crm_purchase_add_item(order, "MUG-01", 1, "6.95"));
    OK(crm_purchase_set_total(order, "9"));
    send(client, order, event_id);
    EXPECT(told->warnings == 1 && strcmp(told->event_id, event_id) == 0);
    EXPECT(strcmp(told->code, "adjusted") == 0 && strcmp(told->field, "total") == 0);
}

static crm_interaction *note(const char *subject)
{
    crm_interaction *note = NULL;
    OK(crm_interaction_new("c-1", CRM_NOTE, &note));
    OK(crm_interaction_set_subject(note, subject));
    OK(crm_interaction_set_occurred_at(note, "2023-03-01T12:00:00Z"));
    return note;
}

static void tell(const crm_client *client, crm_interaction *note, char *event_id)
{
    OK(crm_client_interaction(client, note, event_id));
    OK(crm_client_flush(client, 60000, NULL, 0));
    crm_interaction_free(note);
}

/* Corrected in each way there is, and one that comes too late. */
static void tell_corrections_of_an_interaction(const crm_client *client, told *told)
{
    char first[CRM_EVENT_ID_SIZE];
    char second[CRM_EVENT_ID_SIZE];
    tell(client, note("late parcel"), first);
    tell(client, note("sent to the wrong person"), second);
    const struct told before = *told;

    crm_interaction *mended = note("late parcel, on its way");
    OK(crm_interaction_set_interaction_id(mended, first));
    OK(crm_interaction_set_updated_at(mended, "2023-03-02T00:00:00Z"));
    tell(client, mended, NULL);
    EXPECT(told->updated == before.updated + 1);
    mended = note("late parcel, lost");
    OK(crm_interaction_set_interaction_id(mended, first));
    OK(crm_interaction_set_updated_at_ms(mended, 1677628800000));
    tell(client, mended, NULL);
    EXPECT(told->superseded == before.superseded + 1);
    mended = note("late parcel, found");
    OK(crm_interaction_set_interaction_id(mended, first));
    OK(crm_interaction_set_replace(mended, true));
    tell(client, mended, NULL);
    EXPECT(told->updated == before.updated + 2);

    crm_interaction *gone = note("");
    OK(crm_interaction_set_interaction_id(gone, second));
    OK(crm_interaction_set_void(gone, true));
    tell(client, gone, NULL);
    EXPECT(told->updated == before.updated + 3);

    /* What corrects nothing has no business with another's id. */
    mended = note("late parcel");
    EXPECT(crm_interaction_set_interaction_id(mended, "first") == CRM_INVALID);
    OK(crm_interaction_set_interaction_id(mended, first));
    EXPECT(crm_client_interaction(client, mended, NULL) == CRM_INVALID);
    crm_interaction_free(mended);
}

/* A field that is no such thing costs that field, and not the customer. */
static void tell_a_customer(const crm_client *client)
{
    crm_customer *customer = NULL;
    OK(crm_customer_new("c-1", &customer));
    OK(crm_customer_set_name(customer, "Ada"));
    OK(crm_customer_set_email(customer, "nowhere"));
    OK(crm_client_customer(client, customer, NULL));
    crm_customer_free(customer);
    OK(crm_client_flush(client, 60000, NULL, 0));
}

int main(int argc, char **argv)
{
    EXPECT(argc == 3);
    told told = {0};
    crm_client *client = client_of(argv[1], argv[2], &told);
    tell_in_texts(client);
    tell_in_numbers(client);
    tell_corrections(client, &told);
    tell_corrections_of_an_interaction(client, &told);
    tell_a_customer(client);
    crm_stats stats;
    OK(crm_client_stats(client, &stats, sizeof stats));
    EXPECT(stats.accepted == 10 && stats.updated == 6 && stats.superseded == 2);
    EXPECT(stats.duplicate == 1 && stats.rejected == 0 && stats.warnings == 2);
    /* What was kept tells the same. */
    told = (struct told){0};
    crm_kept_verdict *kept = NULL;
    while (crm_client_poll_verdict(client, &kept) == CRM_OK) {
        on_verdict(crm_kept_verdict_get(kept), &told);
        crm_kept_verdict_free(kept);
    }
    EXPECT(told.updated == 6 && told.superseded == 2 && told.warnings == 1);
    OK(crm_client_shutdown(client, 60000, NULL, 0));
    crm_client_free(client);
    puts("all expectations hold");
    return 0;
}
