/* The examples of docs/what-to-send.md, in its order, as a program in C tells them. */
#include "expect.h"

#define SHIRTS_ORDER "5500112233"

static crm_purchase *begin(crm_purchase_kind kind, const char *currency, const char *time)
{
    crm_purchase *purchase = NULL;
    OK(crm_purchase_new(kind, currency, &purchase));
    OK(crm_purchase_set_occurred_at(purchase, time));
    return purchase;
}

/* Which it is: the number, the shop and the customer, each of which may be none. */
static void identify(crm_purchase *purchase, const char *id, const char *source, const char *customer)
{
    if (id != NULL) {
        OK(crm_purchase_set_purchase_id(purchase, id));
    }
    if (source != NULL) {
        OK(crm_purchase_set_source(purchase, source));
    }
    if (customer != NULL) {
        OK(crm_purchase_set_customer_id(purchase, customer));
    }
}

static void add(crm_purchase *purchase, const char *sku, const char *name, const char *quantity,
                const char *unit_price)
{
    OK(crm_purchase_add_line(purchase, CRM_LINE_PRODUCT, sku, quantity, unit_price));
    OK(crm_purchase_set_item_name(purchase, name));
}

static void add_beside(crm_purchase *purchase, crm_line_kind kind, const char *name,
                       const char *amount)
{
    OK(crm_purchase_add_line(purchase, kind, NULL, "1", amount));
    OK(crm_purchase_set_item_name(purchase, name));
}

static void tell(const crm_client *client, crm_purchase *purchase)
{
    OK(crm_client_purchase(client, purchase, NULL));
    crm_purchase_free(purchase);
}

static void tell_shop_that_adds_tax(const crm_client *client)
{
    crm_purchase *order = begin(CRM_SALE, "USD", "2026-03-02T17:04:10-05:00");
    identify(order, SHIRTS_ORDER, "shopify-us", "700144");
    OK(crm_purchase_set_number(order, "#1042"));
    OK(crm_purchase_set_updated_at(order, "2026-03-02T17:04:12-05:00"));
    add(order, "TEE-M", "T-shirt", "2", "29.99");
    OK(crm_purchase_set_item_variant(order, "M / navy"));
    OK(crm_purchase_set_item_discount(order, "6.00"));
    OK(crm_purchase_set_item_cost(order, "11.20"));
    add(order, "MUG-01", "Mug", "1", "14.50");
    OK(crm_purchase_set_item_discount(order, "1.45"));
    OK(crm_purchase_set_discount(order, "7.45"));
    OK(crm_purchase_set_shipping(order, "4.90"));
    OK(crm_purchase_set_tax(order, "5.53"));
    OK(crm_purchase_set_total(order, "77.46"));
    OK(crm_purchase_add_coupon(order, "WELCOME10"));
    OK(crm_purchase_set_payment_method(order, "card"));
    OK(crm_purchase_set_channel(order, "web"));
    OK(crm_purchase_set_country(order, "US"));
    tell(client, order);
}

static void tell_shop_with_tax_in_its_prices(const crm_client *client)
{
    crm_purchase *order = begin(CRM_SALE, "EUR", "2026-03-03T09:12:00+01:00");
    identify(order, "8812", "woo-de", "311");
    add(order, "TEA-250", "Assam, 250 g", "2", "23.80");
    OK(crm_purchase_set_item_category(order, "Tea"));
    OK(crm_purchase_set_item_discount(order, "5.00"));
    OK(crm_purchase_set_item_tax(order, "6.80"));
    add_beside(order, CRM_LINE_SHIPPING, "Parcel", "5.95");
    OK(crm_purchase_set_item_tax(order, "0.95"));
    OK(crm_purchase_set_tax_included(order, true));
    OK(crm_purchase_set_total(order, "48.55"));
    OK(crm_purchase_add_coupon(order, "SPRING5"));
    OK(crm_purchase_set_payment_method(order, "paypal"));
    OK(crm_purchase_set_country(order, "DE"));
    tell(client, order);
}

static void tell_invoice(const crm_client *client)
{
    crm_purchase *invoice = begin(CRM_SALE, "EUR", "2026-03-01T00:00:00Z");
    identify(invoice, "in_1PqR", "stripe", "cus_N9");
    OK(crm_purchase_set_number(invoice, "INV-0007"));
    add(invoice, "plan_pro", "Pro, monthly", "1", "49.00");
    add(invoice, "seat", "Seat", "3", "9.00");
    OK(crm_purchase_set_discount(invoice, "15.20"));
    OK(crm_purchase_set_tax(invoice, "12.16"));
    OK(crm_purchase_set_total(invoice, "72.96"));
    tell(client, invoice);
}

static void tell_subscription(const crm_client *client)
{
    static const char *const months[] = {"2026-02", "2026-03"};
    for (size_t i = 0; i < 2; i++) {
        char id[32], time[32];
        snprintf(id, sizeof id, "sub-17-%s", months[i]);
        snprintf(time, sizeof time, "%s-01T00:00:00Z", months[i]);
        crm_purchase *payment = begin(CRM_SALE, "EUR", time);
        identify(payment, id, NULL, "u-17");
        add(payment, "basic", "Basic", "1", "20.00");
        tell(client, payment);
    }
    crm_purchase *upgrade = begin(CRM_SALE, "EUR", "2026-03-16T08:30:00Z");
    identify(upgrade, "sub-17-upgrade", NULL, "u-17");
    add(upgrade, "pro", "Pro", "1", "30.00");
    add(upgrade, "basic", "Basic", "-0.5", "20.00");
    OK(crm_purchase_set_total(upgrade, "20.00"));
    tell(client, upgrade);
    crm_purchase *refund = begin(CRM_REFUND, "EUR", "2026-03-20T10:00:00Z");
    identify(refund, "sub-17-refund", NULL, "u-17");
    OK(crm_purchase_set_refund_of(refund, "sub-17-upgrade"));
    OK(crm_purchase_set_total(refund, "10.00"));
    tell(client, refund);
}

static void tell_gems(const crm_client *client, crm_purchase *purchase, const char *quantity,
                      const char *unit_price, int64_t level)
{
    add(purchase, "gems-500", "500 gems", quantity, unit_price);
    OK(crm_purchase_set_item_category(purchase, "Gems"));
    OK(crm_purchase_set_attribute_integer(purchase, "level", level));
    tell(client, purchase);
}

static void tell_game(const crm_client *client)
{
    crm_purchase *in_euro = begin(CRM_SALE, "EUR", "2026-03-07T19:40:00Z");
    identify(in_euro, "GPA.3310", "game-android", "player-81723");
    tell_gems(client, in_euro, "2", "4.99", 31);
    crm_purchase *in_yen = begin(CRM_SALE, "JPY", "2026-03-08T20:02:00+09:00");
    identify(in_yen, "20000331", "game-ios", "player-90210");
    tell_gems(client, in_yen, "1", "600", 7);
}

static crm_purchase *bill(const char *id, const char *time, const char *tax, const char *total)
{
    crm_purchase *purchase = begin(CRM_SALE, "EUR", time);
    identify(purchase, id, NULL, "acme");
    OK(crm_purchase_set_tax(purchase, tax));
    OK(crm_purchase_set_total(purchase, total));
    return purchase;
}

static void tell_invoices_to_a_firm(const crm_client *client)
{
    static const char *const updated_at[] = {"2026-03-05T09:00:00Z", "2026-03-19T14:20:00Z"};
    static const crm_purchase_state states[] = {CRM_PENDING, CRM_PAID};
    for (size_t i = 0; i < 2; i++) {
        crm_purchase *first = bill("2026-0031", "2026-03-05T00:00:00Z", "370.50", "2320.50");
        OK(crm_purchase_set_state(first, states[i]));
        OK(crm_purchase_set_updated_at(first, updated_at[i]));
        add(first, NULL, "Consulting, hours", "12.5", "96.00");
        add(first, "LIC-9", "Licence", "3", "250.00");
        OK(crm_purchase_set_item_cost(first, "180.00"));
        OK(crm_purchase_set_payment_method(first, "transfer"));
        tell(client, first);
    }
    crm_purchase *called_off = bill("2026-0032", "2026-03-06T00:00:00Z", "19.00", "119.00");
    OK(crm_purchase_set_state(called_off, CRM_CANCELLED));
    OK(crm_purchase_set_updated_at(called_off, "2026-03-07T08:00:00Z"));
    tell(client, called_off);
    crm_purchase *open = bill("2026-0033", "2026-03-25T00:00:00Z", "38.00", "238.00");
    OK(crm_purchase_set_state(open, CRM_PENDING));
    tell(client, open);
}

static void tell_what_is_bought_in_passing(const crm_client *client)
{
    crm_purchase *plain = begin(CRM_SALE, "EUR", "2026-03-04T12:00:00Z");
    identify(plain, NULL, NULL, "miller");
    OK(crm_purchase_set_event_id(plain, "018e0000-0000-7000-8000-00000000002a"));
    OK(crm_purchase_set_total(plain, "42.00"));
    tell(client, plain);
    crm_purchase *postcards = begin(CRM_SALE, "EUR", "2026-03-06T15:05:00Z");
    add(postcards, NULL, "Postcard", "3", "3.33");
    OK(crm_purchase_set_total(postcards, "10.00"));
    tell(client, postcards);
    crm_purchase *counter = begin(CRM_SALE, "CHF", "2026-03-11T09:30:00+01:00");
    identify(counter, "2-0417", "till", NULL);
    add(counter, NULL, "Coffee beans, kg", "0.3", "32.40");
    OK(crm_purchase_set_item_category(counter, "Coffee"));
    add_beside(counter, CRM_LINE_FEE, "Bag", "0.30");
    add_beside(counter, CRM_LINE_GIFT_CARD, "Gift card", "25.00");
    OK(crm_purchase_set_tip(counter, "1.00"));
    OK(crm_purchase_set_rounding(counter, "-0.02"));
    OK(crm_purchase_set_total(counter, "36.00"));
    OK(crm_purchase_set_payment_method(counter, "cash"));
    OK(crm_purchase_set_channel(counter, "store"));
    OK(crm_purchase_set_country(counter, "CH"));
    tell(client, counter);
}

static void tell_correction_and_refunds(const crm_client *client)
{
    crm_purchase *order = begin(CRM_SALE, "USD", "2026-03-02T17:04:10-05:00");
    identify(order, SHIRTS_ORDER, "shopify-us", "700144");
    OK(crm_purchase_set_replace(order, true));
    add(order, "TEE-M", "T-shirt", "2", "29.99");
    OK(crm_purchase_set_item_discount(order, "6.00"));
    OK(crm_purchase_set_tax(order, "4.45"));
    OK(crm_purchase_set_total(order, "58.43"));
    tell(client, order);
    crm_purchase *shirt = begin(CRM_REFUND, "USD", "2026-03-09T11:00:00Z");
    identify(shirt, SHIRTS_ORDER "-r1", "shopify-us", "700144");
    OK(crm_purchase_set_refund_of(shirt, SHIRTS_ORDER));
    add(shirt, "TEE-M", "T-shirt", "1", "29.99");
    OK(crm_purchase_set_item_discount(shirt, "3.00"));
    OK(crm_purchase_set_tax(shirt, "2.23"));
    OK(crm_purchase_set_total(shirt, "29.22"));
    tell(client, shirt);
    crm_purchase *amount = begin(CRM_REFUND, "USD", "2026-03-12T11:00:00Z");
    identify(amount, SHIRTS_ORDER "-r2", "shopify-us", "700144");
    OK(crm_purchase_set_refund_of(amount, SHIRTS_ORDER));
    OK(crm_purchase_set_total(amount, "5.00"));
    tell(client, amount);
}

static void tell_two_shops(const crm_client *client)
{
    crm_purchase *london = begin(CRM_SALE, "GBP", "2026-03-10T10:15:00Z");
    identify(london, "1001", "shop-london", NULL);
    OK(crm_purchase_set_total(london, "12.00"));
    tell(client, london);
    crm_purchase *leeds = begin(CRM_SALE, "GBP", "2026-03-10T16:40:00Z");
    identify(leeds, "1001", "shop-leeds", NULL);
    OK(crm_purchase_set_total(leeds, "8.50"));
    tell(client, leeds);
}

int main(int argc, char **argv)
{
    EXPECT(argc == 3);
    crm_options *options = NULL;
    crm_client *client = NULL;
    OK(crm_options_new(argv[1], argv[2], &options));
    OK(crm_client_new(options, &client));
    crm_options_free(options);
    tell_shop_that_adds_tax(client);
    tell_shop_with_tax_in_its_prices(client);
    tell_invoice(client);
    tell_subscription(client);
    tell_game(client);
    tell_invoices_to_a_firm(client);
    tell_what_is_bought_in_passing(client);
    tell_correction_and_refunds(client);
    tell_two_shops(client);
    OK(crm_client_shutdown(client, 60000, NULL, 0));
    crm_stats stats;
    OK(crm_client_stats(client, &stats, sizeof stats));
    EXPECT(stats.accepted == stats.tracked - 2 && stats.updated == 2);
    EXPECT(stats.duplicate == 0 && stats.rejected == 0 && stats.warnings == 0);
    crm_client_free(client);
    puts("all expectations hold");
    return 0;
}
