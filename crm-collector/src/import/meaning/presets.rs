//! Files of well-known shops, known by their headers.

use std::str::FromStr;

use crate::import::field::Field::{
    self, CancelledAt, Category, Channel, Country, Coupon, Currency, CustomerId, CustomerName,
    Discount, Email, FirstName, Kind, LastName, LineDiscount, LineTax, Name, OccurredAt,
    OrderTotal, PaymentMethod, Phone, PurchaseId, Quantity, Refunded, Shipping, Sku, State, Tax,
    Time, Tip, Total, UnitPrice, Variant, Zone,
};
use crate::import::mapping::Mapping;

/// A well-known file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Online Retail II of the UCI Machine Learning Repository.
    OnlineRetail,
    /// Online Retail of the UCI Machine Learning Repository.
    OnlineRetailFirst,
    /// Orders of Shopify.
    ShopifyOrders,
    /// Orders of WooCommerce, by the plugin Advanced Order Export.
    WooCommerce,
    /// Orders of WooCommerce, by the plugin Customer/Order/Coupon Export.
    WooCommerceSuite,
    /// Orders of WooCommerce Analytics.
    WooCommerceAnalytics,
    /// Payments of Stripe.
    StripePayments,
    /// Sold orders of Etsy.
    EtsyOrders,
    /// Sold order items of Etsy.
    EtsyItems,
    /// Item sales of Square.
    SquareItems,
    /// Transactions of Square.
    SquareTransactions,
    /// The report of all orders of an Amazon seller.
    AmazonOrders,
    /// The order history of an Amazon account.
    AmazonHistory,
    /// Orders of eBay.
    EbayOrders,
    /// Orders of Tiendanube.
    Tiendanube,
    /// Orders of Nuvemshop.
    Nuvemshop,
    /// Orders of Ozon.
    Ozon,
    /// The grid of orders of Magento.
    MagentoOrders,
    /// The list of orders of OpenCart.
    OpenCart,
}

/// A text that is no [`Preset`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a preset is one of {}", Preset::names())]
pub struct UnknownPreset;

/// What is known of a file.
struct Known {
    preset: Preset,
    name: &'static str,
    what: &'static str,
    /// Columns that it is known by.
    needs: &'static [&'static str],
    /// What its columns are; several names stand where versions of it differ.
    columns: &'static [(Field, &'static str)],
}

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        let known = KNOWN.iter().find(|known| known.name == text);
        known.map(|known| known.preset).ok_or(UnknownPreset)
    }
}

impl Preset {
    fn names() -> String {
        KNOWN.iter().map(|known| known.name).collect::<Vec<_>>().join(", ")
    }

    fn known(self) -> Option<&'static Known> {
        KNOWN.iter().find(|known| known.preset == self)
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        self.known().map_or("", |known| known.name)
    }

    /// What it is.
    pub fn what(self) -> &'static str {
        self.known().map_or("", |known| known.what)
    }

    /// The preset that a header shows: that of which the most columns are there.
    pub(super) fn of(header: &[String]) -> Option<Self> {
        let has =
            |name: &str| name.split('|').any(|name| header.iter().any(|column| column == name));
        let fits = |known: &&Known| known.needs.iter().all(|name| has(name));
        let count = |known: &&Known| known.columns.iter().filter(|(_, name)| has(name)).count();
        KNOWN.iter().filter(fits).max_by_key(count).map(|known| known.preset)
    }

    /// Its mapping, whatever a file has of it.
    pub fn mapping(self) -> Mapping {
        self.with(|names| names.split('|').next().map(str::to_owned))
    }

    /// Its mapping as far as a file has its columns. What it is known by is asked for in any case, so
    /// that what is missing is told.
    pub fn mapping_for(self, header: &[String]) -> Mapping {
        let needs = self.known().map(|known| known.needs).unwrap_or_default();
        self.with(|names| {
            let there = names.split('|').find(|name| header.iter().any(|column| column == name));
            let needed = names.split('|').find(|name| needs.contains(name));
            there.or(needed).map(str::to_owned)
        })
    }

    fn with(self, column: impl Fn(&'static str) -> Option<String>) -> Mapping {
        let columns = self.known().map(|known| known.columns).unwrap_or_default();
        let pairs = columns.iter().filter_map(|(field, names)| Some((*field, column(names)?)));
        let mapping = Mapping::of(pairs);
        match self {
            Self::OnlineRetail | Self::OnlineRetailFirst => mapping.with_fees(ONLINE_RETAIL_FEES),
            Self::AmazonOrders => mapping.with_per_line(&[Shipping]),
            Self::StripePayments => mapping.with_utc(true),
            _ => mapping,
        }
    }
}

/// What Online Retail II charges beside goods: postage, carriage, manual corrections, discounts,
/// samples, bank and marketplace fees, donations.
const ONLINE_RETAIL_FEES: &[&str] = &[
    "POST",
    "DOT",
    "C2",
    "C3",
    "M",
    "m",
    "D",
    "S",
    "B",
    "PADS",
    "CRUK",
    "ADJUST",
    "ADJUST2",
    "BANK CHARGES",
    "AMAZONFEE",
];

const KNOWN: &[Known] = &[
    Known {
        preset: Preset::OnlineRetail,
        name: "online-retail",
        what: "Online Retail II of the UCI Machine Learning Repository",
        needs: &["Invoice", "StockCode", "InvoiceDate", "Price"],
        columns: &[
            (PurchaseId, "Invoice"),
            (OccurredAt, "InvoiceDate"),
            (CustomerId, "Customer ID"),
            (Sku, "StockCode"),
            (Name, "Description"),
            (Quantity, "Quantity"),
            (UnitPrice, "Price"),
            (Country, "Country"),
        ],
    },
    Known {
        preset: Preset::OnlineRetailFirst,
        name: "online-retail-1",
        what: "Online Retail of the UCI Machine Learning Repository",
        needs: &["InvoiceNo", "StockCode", "InvoiceDate", "UnitPrice"],
        columns: &[
            (PurchaseId, "InvoiceNo"),
            (OccurredAt, "InvoiceDate"),
            (CustomerId, "CustomerID"),
            (Sku, "StockCode"),
            (Name, "Description"),
            (Quantity, "Quantity"),
            (UnitPrice, "UnitPrice"),
            (Country, "Country"),
        ],
    },
    Known {
        preset: Preset::ShopifyOrders,
        name: "shopify-orders",
        what: "orders of Shopify",
        needs: &["Name", "Created at", "Lineitem name", "Lineitem quantity", "Lineitem price"],
        columns: &[
            (PurchaseId, "Name"),
            (OccurredAt, "Created at"),
            (CustomerId, "Email"),
            (Email, "Email"),
            (CustomerName, "Billing Name"),
            (Phone, "Phone"),
            (Sku, "Lineitem sku"),
            (Name, "Lineitem name"),
            (Quantity, "Lineitem quantity"),
            (UnitPrice, "Lineitem price"),
            (OrderTotal, "Total"),
            (Discount, "Discount Amount"),
            (Shipping, "Shipping"),
            (Tax, "Taxes"),
            (Refunded, "Refunded Amount"),
            (Currency, "Currency"),
            (State, "Financial Status"),
            (CancelledAt, "Cancelled at"),
            (Country, "Billing Country"),
            (PaymentMethod, "Payment Method"),
            (Coupon, "Discount Code"),
            (Channel, "Source"),
        ],
    },
    Known {
        preset: Preset::WooCommerce,
        name: "woocommerce-export",
        what: "orders of WooCommerce, by the plugin Advanced Order Export",
        needs: &["Order Number", "Order Date", "Order Status", "Item Name", "Order Total Amount"],
        columns: &[
            (PurchaseId, "Order Number"),
            (OccurredAt, "Order Date"),
            (CustomerId, "Email (Billing)"),
            (Email, "Email (Billing)"),
            (FirstName, "First Name (Billing)"),
            (LastName, "Last Name (Billing)"),
            (Phone, "Phone (Billing)"),
            (Sku, "SKU"),
            (Name, "Item Name"),
            (Quantity, "Quantity (- Refund)"),
            (UnitPrice, "Item Cost"),
            (OrderTotal, "Order Total Amount"),
            (Discount, "Cart Discount Amount"),
            (Shipping, "Order Shipping Amount"),
            (Tax, "Order Total Tax Amount"),
            (Refunded, "Order Refund Amount"),
            (State, "Order Status"),
            (Country, "Country Code (Billing)"),
            (PaymentMethod, "Payment Method Title"),
            (Coupon, "Coupon Code"),
        ],
    },
    Known {
        preset: Preset::WooCommerceSuite,
        name: "woocommerce-suite",
        what: "orders of WooCommerce, by the plugin Customer/Order/Coupon Export",
        needs: &["order_number", "order_date", "status", "order_total", "item_name"],
        columns: &[
            (PurchaseId, "order_number"),
            (OccurredAt, "order_date"),
            (CustomerId, "billing_email"),
            (Email, "billing_email"),
            (FirstName, "billing_first_name"),
            (LastName, "billing_last_name"),
            (Phone, "billing_phone"),
            (Sku, "item_sku"),
            (Name, "item_name"),
            (Quantity, "item_quantity"),
            (Total, "item_subtotal"),
            (OrderTotal, "order_total"),
            (Discount, "discount_total"),
            (Shipping, "shipping_total"),
            (Tax, "tax_total"),
            (Refunded, "refunded_total"),
            (Currency, "order_currency"),
            (State, "status"),
            (Country, "billing_country"),
            (PaymentMethod, "payment_method"),
            (Coupon, "coupons"),
        ],
    },
    Known {
        preset: Preset::WooCommerceAnalytics,
        name: "woocommerce-analytics",
        what: "orders of WooCommerce Analytics",
        needs: &["Date", "Order #", "Status", "Customer", "Items sold", "N. Revenue"],
        columns: &[
            (PurchaseId, "Order #"),
            (OccurredAt, "Date"),
            (CustomerId, "Customer"),
            (CustomerName, "Customer"),
            (OrderTotal, "N. Revenue"),
            (State, "Status"),
        ],
    },
    Known {
        preset: Preset::StripePayments,
        name: "stripe-payments",
        what: "payments of Stripe",
        needs: &["id", "Amount", "Amount Refunded", "Currency", "Status"],
        columns: &[
            (PurchaseId, "id"),
            (OccurredAt, "Created date (UTC)|Created (UTC)"),
            (CustomerId, "Customer ID"),
            (Email, "Customer Email"),
            (OrderTotal, "Amount"),
            (Refunded, "Amount Refunded"),
            (Currency, "Currency"),
            (State, "Status"),
        ],
    },
    Known {
        preset: Preset::EtsyOrders,
        name: "etsy-orders",
        what: "sold orders of Etsy",
        needs: &["Sale Date", "Order ID", "Order Value", "Order Total"],
        columns: &[
            (PurchaseId, "Order ID"),
            (OccurredAt, "Sale Date"),
            (CustomerId, "Buyer User ID|Buyer"),
            (CustomerName, "Full Name"),
            (OrderTotal, "Order Total"),
            (Discount, "Discount Amount"),
            (Shipping, "Shipping"),
            (Tax, "Sales Tax"),
            (Currency, "Currency"),
            (Country, "Ship Country"),
            (PaymentMethod, "Payment Method"),
            (Coupon, "Coupon Code"),
        ],
    },
    Known {
        preset: Preset::EtsyItems,
        name: "etsy-items",
        what: "sold order items of Etsy",
        needs: &["Sale Date", "Item Name", "Price", "Item Total", "Transaction ID", "Order ID"],
        columns: &[
            (PurchaseId, "Order ID"),
            (OccurredAt, "Sale Date"),
            (CustomerId, "Buyer"),
            (CustomerName, "Ship Name"),
            (Sku, "SKU"),
            (Name, "Item Name"),
            (Variant, "Variations"),
            (Quantity, "Quantity"),
            (UnitPrice, "Price"),
            (LineDiscount, "Discount Amount"),
            (Shipping, "Order Shipping"),
            (Tax, "Order Sales Tax"),
            (Currency, "Currency"),
            (Country, "Ship Country"),
            (Coupon, "Coupon Code"),
        ],
    },
    Known {
        preset: Preset::SquareItems,
        name: "square-items",
        what: "item sales of Square",
        needs: &["Date", "Time", "Item", "Qty", "Gross Sales", "Net Sales", "Transaction ID"],
        columns: &[
            (PurchaseId, "Transaction ID"),
            (OccurredAt, "Date"),
            (Time, "Time"),
            (Zone, "Time Zone"),
            (CustomerId, "Customer ID"),
            (CustomerName, "Customer Name"),
            (Sku, "SKU"),
            (Name, "Item"),
            (Variant, "Price Point Name"),
            (Category, "Category"),
            (Quantity, "Qty"),
            (Total, "Gross Sales"),
            (LineDiscount, "Discounts"),
            (LineTax, "Tax"),
            (Kind, "Event Type"),
            (Channel, "Channel"),
        ],
    },
    Known {
        preset: Preset::SquareTransactions,
        name: "square-transactions",
        what: "transactions of Square",
        needs: &["Date", "Time", "Gross Sales", "Net Sales", "Total Collected", "Transaction ID"],
        columns: &[
            (PurchaseId, "Transaction ID"),
            (OccurredAt, "Date"),
            (Time, "Time"),
            (Zone, "Time Zone"),
            (CustomerId, "Customer ID"),
            (CustomerName, "Customer Name"),
            (OrderTotal, "Total Collected"),
            (Discount, "Discounts"),
            (Tax, "Tax"),
            (Tip, "Tip"),
            (Kind, "Event Type"),
            (Channel, "Channel"),
        ],
    },
    Known {
        preset: Preset::AmazonOrders,
        name: "amazon-orders",
        what: "the report of all orders of an Amazon seller",
        needs: &["amazon-order-id", "purchase-date", "order-status", "item-price", "quantity"],
        columns: &[
            (PurchaseId, "amazon-order-id"),
            (OccurredAt, "purchase-date"),
            (CustomerId, "buyer-email"),
            (Email, "buyer-email"),
            (CustomerName, "buyer-name"),
            (Sku, "sku"),
            (Name, "product-name"),
            (Quantity, "quantity"),
            (Total, "item-price"),
            (LineTax, "item-tax"),
            (LineDiscount, "item-promotion-discount"),
            (Shipping, "shipping-price"),
            (Currency, "currency"),
            (State, "order-status"),
            (Country, "ship-country"),
            (Channel, "sales-channel"),
        ],
    },
    Known {
        preset: Preset::AmazonHistory,
        name: "amazon-history",
        what: "the order history of an Amazon account",
        needs: &["Order Date", "Order ID", "Title", "Quantity", "Item Total"],
        columns: &[
            (PurchaseId, "Order ID"),
            (OccurredAt, "Order Date"),
            (CustomerId, "Account Group"),
            (Sku, "ASIN/ISBN"),
            (Name, "Title"),
            (Category, "Category"),
            (Quantity, "Quantity"),
            (Total, "Item Subtotal"),
            (LineTax, "Item Subtotal Tax"),
            (Currency, "Currency"),
            (State, "Order Status"),
        ],
    },
    Known {
        preset: Preset::EbayOrders,
        name: "ebay-orders",
        what: "orders of eBay",
        needs: &["Order Number", "Buyer Username", "Item Title", "Quantity", "Sold For"],
        columns: &[
            (PurchaseId, "Order Number"),
            (OccurredAt, "Sale Date"),
            (CustomerId, "Buyer Username"),
            (CustomerName, "Buyer Name"),
            (Email, "Buyer Email"),
            (Sku, "Custom Label"),
            (Name, "Item Title"),
            (Variant, "Variation Details"),
            (Quantity, "Quantity"),
            (UnitPrice, "Sold For"),
            (Shipping, "Shipping And Handling"),
            (PaymentMethod, "Payment Method"),
            (Country, "Buyer Country"),
        ],
    },
    Known {
        preset: Preset::Tiendanube,
        name: "tiendanube",
        what: "orders of Tiendanube",
        needs: &[
            "Número de orden",
            "Fecha",
            "Estado del pago",
            "Nombre del producto",
            "Precio del producto",
        ],
        columns: &[
            (PurchaseId, "Número de orden"),
            (OccurredAt, "Fecha"),
            (CustomerId, "Email"),
            (Email, "Email"),
            (CustomerName, "Nombre del comprador"),
            (Phone, "Teléfono"),
            (Sku, "SKU"),
            (Name, "Nombre del producto"),
            (Quantity, "Cantidad del producto"),
            (UnitPrice, "Precio del producto"),
            (OrderTotal, "Total"),
            (Discount, "Descuento"),
            (Shipping, "Costo de envío"),
            (Currency, "Moneda"),
            (State, "Estado del pago"),
            (Country, "País"),
            (PaymentMethod, "Medio de pago"),
            (Coupon, "Cupón de descuento"),
            (Channel, "Canal"),
        ],
    },
    Known {
        preset: Preset::Nuvemshop,
        name: "nuvemshop",
        what: "orders of Nuvemshop",
        needs: &[
            "Número do Pedido",
            "Data",
            "Status do Pagamento",
            "Nome do Produto",
            "Valor do Produto",
        ],
        columns: &[
            (PurchaseId, "Número do Pedido"),
            (OccurredAt, "Data"),
            (CustomerId, "E-mail"),
            (Email, "E-mail"),
            (CustomerName, "Nome do comprador"),
            (Phone, "Telefone"),
            (Sku, "SKU"),
            (Name, "Nome do Produto"),
            (Quantity, "Quantidade Comprada"),
            (UnitPrice, "Valor do Produto"),
            (OrderTotal, "Total"),
            (Discount, "Desconto"),
            (Shipping, "Valor do Frete"),
            (Currency, "Moeda"),
            (State, "Status do Pagamento"),
            (Country, "País"),
            (PaymentMethod, "Forma de Pagamento"),
            (Coupon, "Cupom de Desconto"),
            (Channel, "Canal"),
        ],
    },
    Known {
        preset: Preset::Ozon,
        name: "ozon",
        what: "orders of Ozon",
        needs: &["Номер заказа", "Номер отправления", "Принят в обработку", "Статус", "Артикул"],
        columns: &[
            (PurchaseId, "Номер отправления"),
            (OccurredAt, "Принят в обработку"),
            (Sku, "Артикул"),
            (Name, "Наименование товара|Название товара"),
            (Quantity, "Количество"),
            (UnitPrice, "Ваша цена"),
            (Currency, "Код валюты отправления"),
            (State, "Статус"),
        ],
    },
    Known {
        preset: Preset::MagentoOrders,
        name: "magento-orders",
        what: "the grid of orders of Magento",
        needs: &["ID", "Purchase Date", "Bill-to Name", "Grand Total (Purchased)", "Status"],
        columns: &[
            (PurchaseId, "ID"),
            (OccurredAt, "Purchase Date"),
            (CustomerId, "Customer Email"),
            (Email, "Customer Email"),
            (CustomerName, "Bill-to Name"),
            (OrderTotal, "Grand Total (Purchased)"),
            (Shipping, "Shipping and Handling"),
            (Refunded, "Total Refunded"),
            (State, "Status"),
            (PaymentMethod, "Payment Method"),
        ],
    },
    Known {
        preset: Preset::OpenCart,
        name: "opencart",
        what: "the list of orders of OpenCart",
        needs: &["Order ID", "Customer", "Status", "Total", "Date Added"],
        columns: &[
            (PurchaseId, "Order ID"),
            (OccurredAt, "Date Added"),
            (CustomerId, "Customer"),
            (CustomerName, "Customer"),
            (OrderTotal, "Total"),
            (State, "Status"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_preset_is_known_by_its_own_header_and_by_its_name() {
        for known in KNOWN {
            let columns = known.columns.iter().map(|(_, names)| *names);
            let mut header: Vec<String> = columns
                .chain(known.needs.iter().copied())
                .filter_map(|names| names.split('|').next())
                .map(str::to_owned)
                .collect();
            header.sort_unstable();
            header.dedup();
            assert_eq!(Preset::of(&header), Some(known.preset), "{}", known.name);
            assert_eq!(known.name.parse(), Ok(known.preset));
            assert_eq!(known.preset.mapping_for(&header).check(), Ok(()), "{}", known.name);
        }
        assert_eq!(Preset::of(&["id".to_owned(), "sum".to_owned()]), None);
    }
}
