// The shop in C++: the same calls with owners that free, and failures that throw.
//
//   c++ -std=c++17 -o shop shop.cpp $(pkg-config --cflags --libs crm)
//   SHOP_CRM_KEY=crm_sk_... SHOP_CRM_SPOOL=/var/lib/shop/crm ./shop
//
// The first part, `crm`, is all the wrapping there is: copy it as it stands.

#include <crm.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

namespace crm {

// Frees a handle by the function that belongs to it.
struct Free {
    void operator()(crm_options *handle) const { crm_options_free(handle); }
    void operator()(crm_client *handle) const { crm_client_free(handle); }
    void operator()(crm_customer *handle) const { crm_customer_free(handle); }
    void operator()(crm_purchase *handle) const { crm_purchase_free(handle); }
    void operator()(crm_interaction *handle) const { crm_interaction_free(handle); }
};

template <typename Handle> using Owned = std::unique_ptr<Handle, Free>;

// A failure with its code.
class Error : public std::runtime_error {
public:
    explicit Error(crm_code code)
        : std::runtime_error(std::string(crm_error_name(code)) + ": " + crm_last_error()),
          code_(code)
    {
    }

    crm_code code() const { return code_; }

private:
    crm_code code_;
};

inline void check(crm_code code)
{
    if (code != CRM_OK) {
        throw Error(code);
    }
}

// Makes a handle by a function that gives it as its last argument.
template <typename Handle, typename Make> Owned<Handle> make(Make make)
{
    Handle *handle = nullptr;
    check(make(&handle));
    return Owned<Handle>(handle);
}

} // namespace crm

namespace {

using crm::check;

// The shop's line to the CRM. Any number of threads may share it.
class Crm {
public:
    // With a directory, events are on disk before a call returns, and survive this program.
    Crm(const std::string &endpoint, const std::string &key, const char *spool_dir)
    {
        auto options = crm::make<crm_options>([&](crm_options **made) {
            return crm_options_new(endpoint.c_str(), key.c_str(), made);
        });
        if (spool_dir != nullptr) {
            check(crm_options_set_spool_dir(options.get(), spool_dir));
        }
        check(crm_options_set_on_verdict(options.get(), on_verdict, nullptr));
        client_ = crm::make<crm_client>(
            [&](crm_client **made) { return crm_client_new(options.get(), made); });
    }

    // An account was made or changed. What is not set stays as the CRM knows it.
    void account(const std::string &id, const std::string &name, bool newsletter)
    {
        auto customer = crm::make<crm_customer>(
            [&](crm_customer **made) { return crm_customer_new(id.c_str(), made); });
        check(crm_customer_set_name(customer.get(), name.c_str()));
        check(crm_customer_set_consent(customer.get(), "email_marketing", newsletter));
        check(crm_client_customer(client_.get(), customer.get(), nullptr));
    }

    // An order of one product, with postage and the tax that is in what was paid.
    struct Order {
        std::string number, customer_id, sku;
        std::uint32_t quantity;
        std::string unit_price, postage, tax;
    };

    // An order was paid. Told again with `replace`, it takes the place of what was told before.
    // Returns the id of the event.
    std::string sold(const Order &order, bool replace = false)
    {
        auto sale = crm::make<crm_purchase>(
            [](crm_purchase **made) { return crm_purchase_new(CRM_SALE, "EUR", made); });
        check(crm_purchase_set_purchase_id(sale.get(), order.number.c_str()));
        check(crm_purchase_set_customer_id(sale.get(), order.customer_id.c_str()));
        check(crm_purchase_add_item(sale.get(), order.sku.c_str(), order.quantity,
                                    order.unit_price.c_str()));
        check(crm_purchase_set_shipping(sale.get(), order.postage.c_str()));
        check(crm_purchase_set_tax(sale.get(), order.tax.c_str()));
        check(crm_purchase_set_tax_included(sale.get(), true));
        check(crm_purchase_set_replace(sale.get(), replace));
        char event_id[CRM_EVENT_ID_SIZE];
        check(crm_client_purchase(client_.get(), sale.get(), event_id));
        return event_id;
    }

    // Some of an order was paid back, with the tax that is in it.
    void paid_back(const std::string &number, const Order &order, const std::string &total,
                   const std::string &tax)
    {
        auto refund = crm::make<crm_purchase>(
            [](crm_purchase **made) { return crm_purchase_new(CRM_REFUND, "EUR", made); });
        check(crm_purchase_set_purchase_id(refund.get(), number.c_str()));
        check(crm_purchase_set_refund_of(refund.get(), order.number.c_str()));
        check(crm_purchase_set_customer_id(refund.get(), order.customer_id.c_str()));
        check(crm_purchase_set_tax(refund.get(), tax.c_str()));
        check(crm_purchase_set_tax_included(refund.get(), true));
        check(crm_purchase_set_total(refund.get(), total.c_str()));
        check(crm_client_purchase(client_.get(), refund.get(), nullptr));
    }

    // Somebody called.
    void called(const std::string &customer_id, const std::string &subject)
    {
        auto call = crm::make<crm_interaction>([&](crm_interaction **made) {
            return crm_interaction_new(customer_id.c_str(), CRM_CALL, made);
        });
        check(crm_interaction_set_direction(call.get(), CRM_INBOUND));
        check(crm_interaction_set_subject(call.get(), subject.c_str()));
        check(crm_client_interaction(client_.get(), call.get(), nullptr));
    }

    // Waits until the collector has decided on all that was told; what it has not decided on by
    // then is still going to be sent.
    bool flush(std::chrono::milliseconds timeout)
    {
        auto code = crm_client_flush(client_.get(), milliseconds(timeout), nullptr, 0);
        if (code != CRM_UNSENT) {
            check(code);
        }
        return code == CRM_OK;
    }

    // Sends what is queued and ends; returns how many events were lost, which are none of those
    // on disk.
    std::uint64_t close(std::chrono::milliseconds timeout)
    {
        crm_unsent unsent{};
        auto code = crm_client_shutdown(client_.get(), milliseconds(timeout), &unsent, sizeof unsent);
        if (code != CRM_UNSENT) {
            check(code);
        }
        return unsent.events - unsent.on_disk;
    }

    crm_stats stats() const
    {
        crm_stats stats{};
        check(crm_client_stats(client_.get(), &stats, sizeof stats));
        return stats;
    }

private:
    static std::uint64_t milliseconds(std::chrono::milliseconds timeout)
    {
        return static_cast<std::uint64_t>(timeout.count());
    }

    // Called by the library, through which no exception may pass.
    static void on_verdict(const crm_verdict *verdict, void *) noexcept
    {
        for (std::size_t i = 0; i < verdict->rejected_count; ++i) {
            std::cerr << "rejected: " << verdict->rejected[i]->message << '\n';
        }
    }

    crm::Owned<crm_client> client_;
};

int run(const std::string &endpoint, const std::string &key)
{
    using namespace std::chrono_literals;

    Crm crm(endpoint, key, std::getenv("SHOP_CRM_SPOOL"));
    // To the CRM an order number is one order for good, so that no run may reuse one.
    auto run = std::to_string(std::chrono::system_clock::now().time_since_epoch().count());

    crm.account("customer-8", "Bjarne Åström", true);
    Crm::Order pens{"order-" + run, "customer-8", "PEN-03", 4, "1.25", "3.50", "1.42"};
    auto event_id = crm.sold(pens);
    std::cout << pens.number << " is event " << event_id << '\n';
    // Two of them were not there any more; one came without ink.
    pens.quantity = 2;
    pens.tax = "1.00";
    crm.sold(pens, true);
    crm.paid_back("refund-" + run, pens, "1.25", "0.21");
    crm.called("customer-8", "asked for the other colour");
    try {
        pens.unit_price = "1.25 EUR";
        crm.sold(pens, true);
    } catch (const crm::Error &error) {
        // A sale is a sale, whatever becomes of its report.
        std::cerr << "the CRM was not told of an order: " << error.what() << '\n';
    }

    crm.flush(5s);
    auto stats = crm.stats();
    std::cout << "taken " << stats.tracked << ", stored " << stats.accepted + stats.updated << '\n';
    auto lost = crm.close(5s);
    if (lost > 0) {
        std::cerr << "closed before the CRM had it all: " << lost << " events are lost\n";
    }
    return lost > 0 ? 1 : 0;
}

} // namespace

int main()
{
    const char *endpoint = std::getenv("SHOP_CRM_ENDPOINT");
    const char *key = std::getenv("SHOP_CRM_KEY");
    if (key == nullptr) {
        std::cerr << "SHOP_CRM_KEY is not set; `crm-collector key create --name shop --scopes "
                     "ingest` makes one\n";
        return 2;
    }
    try {
        return run(endpoint ? endpoint : "http://127.0.0.1:8787", key);
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}
