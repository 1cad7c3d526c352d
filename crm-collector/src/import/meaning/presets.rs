//! Files of well-known shops, known by their headers.

use std::str::FromStr;

use crate::import::field::Field;
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
    /// Columns that it is known by, one behind the other.
    needs: &'static str,
    /// What its columns are, by the names of fields; several stand where versions of it differ.
    columns: &'static str,
}

impl Known {
    fn needs(&self) -> impl Iterator<Item = &'static str> {
        self.needs.split(", ")
    }

    /// Fields with the names of their columns.
    fn columns(&self) -> impl Iterator<Item = (Field, &'static str)> {
        self.columns.split(", ").filter_map(|pair| {
            let (name, columns) = pair.split_once('=')?;
            let field = Field::ALL.iter().find(|field| field.as_str() == name)?;
            Some((*field, columns))
        })
    }
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
        let fits = |known: &&Known| known.needs().all(has);
        let count = |known: &&Known| known.columns().filter(|(_, name)| has(name)).count();
        KNOWN.iter().filter(fits).max_by_key(count).map(|known| known.preset)
    }

    /// Its mapping, whatever a file has of it.
    pub fn mapping(self) -> Mapping {
        self.with(|names| names.split('|').next().map(str::to_owned))
    }

    /// Its mapping as far as a file has its columns. What it is known by is asked for in any case, so
    /// that what is missing is told.
    pub fn mapping_for(self, header: &[String]) -> Mapping {
        let needs: Vec<_> = self.known().into_iter().flat_map(Known::needs).collect();
        self.with(|names| {
            let there = names.split('|').find(|name| header.iter().any(|column| column == name));
            let needed = names.split('|').find(|name| needs.contains(name));
            there.or(needed).map(str::to_owned)
        })
    }

    fn with(self, column: impl Fn(&'static str) -> Option<String>) -> Mapping {
        let columns = self.known().into_iter().flat_map(Known::columns);
        let pairs = columns.filter_map(|(field, names)| Some((field, column(names)?)));
        let mapping = Mapping::of(pairs);
        match self {
            Self::OnlineRetail | Self::OnlineRetailFirst => mapping.with_fees(ONLINE_RETAIL_FEES),
            Self::AmazonOrders => mapping.with_per_line(&[Field::Shipping]),
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
        needs: "Invoice, StockCode, InvoiceDate, Price",
        columns: "purchase_id=Invoice, occurred_at=InvoiceDate, customer_id=Customer ID, \
                  sku=StockCode, name=Description, quantity=Quantity, unit_price=Price, \
                  country=Country",
    },
    Known {
        preset: Preset::OnlineRetailFirst,
        name: "online-retail-1",
        what: "Online Retail of the UCI Machine Learning Repository",
        needs: "InvoiceNo, StockCode, InvoiceDate, UnitPrice",
        columns: "purchase_id=InvoiceNo, occurred_at=InvoiceDate, customer_id=CustomerID, \
                  sku=StockCode, name=Description, quantity=Quantity, unit_price=UnitPrice, \
                  country=Country",
    },
    Known {
        preset: Preset::ShopifyOrders,
        name: "shopify-orders",
        what: "orders of Shopify",
        needs: "Name, Created at, Lineitem name, Lineitem quantity, Lineitem price",
        columns: "purchase_id=Name, occurred_at=Created at, customer_id=Email, email=Email, \
                  customer_name=Billing Name, phone=Phone, sku=Lineitem sku, name=Lineitem name, \
                  quantity=Lineitem quantity, unit_price=Lineitem price, order_total=Total, \
                  discount=Discount Amount, shipping=Shipping, tax=Taxes, refunded=Refunded \
                  Amount, currency=Currency, state=Financial Status, cancelled_at=Cancelled at, \
                  country=Billing Country, payment_method=Payment Method, coupon=Discount Code, \
                  channel=Source",
    },
    Known {
        preset: Preset::WooCommerce,
        name: "woocommerce-export",
        what: "orders of WooCommerce, by the plugin Advanced Order Export",
        needs: "Order Number, Order Date, Order Status, Item Name, Order Total Amount",
        columns: "purchase_id=Order Number, occurred_at=Order Date, customer_id=Email (Billing), \
                  email=Email (Billing), first_name=First Name (Billing), last_name=Last Name \
                  (Billing), phone=Phone (Billing), sku=SKU, name=Item Name, quantity=Quantity \
                  (- Refund), unit_price=Item Cost, order_total=Order Total Amount, \
                  discount=Cart Discount Amount, shipping=Order Shipping Amount, tax=Order Total \
                  Tax Amount, refunded=Order Refund Amount, state=Order Status, country=Country \
                  Code (Billing), payment_method=Payment Method Title, coupon=Coupon Code",
    },
    Known {
        preset: Preset::WooCommerceSuite,
        name: "woocommerce-suite",
        what: "orders of WooCommerce, by the plugin Customer/Order/Coupon Export",
        needs: "order_number, order_date, status, order_total, item_name",
        columns: "purchase_id=order_number, occurred_at=order_date, customer_id=billing_email, \
                  email=billing_email, first_name=billing_first_name, \
                  last_name=billing_last_name, phone=billing_phone, sku=item_sku, \
                  name=item_name, quantity=item_quantity, line_total=item_subtotal, \
                  order_total=order_total, discount=discount_total, shipping=shipping_total, \
                  tax=tax_total, refunded=refunded_total, currency=order_currency, state=status, \
                  country=billing_country, payment_method=payment_method, coupon=coupons",
    },
    Known {
        preset: Preset::WooCommerceAnalytics,
        name: "woocommerce-analytics",
        what: "orders of WooCommerce Analytics",
        needs: "Date, Order #, Status, Customer, Items sold, N. Revenue",
        columns: "purchase_id=Order #, occurred_at=Date, customer_id=Customer, \
                  customer_name=Customer, order_total=N. Revenue, state=Status",
    },
    Known {
        preset: Preset::StripePayments,
        name: "stripe-payments",
        what: "payments of Stripe",
        needs: "id, Amount, Amount Refunded, Currency, Status",
        columns: "purchase_id=id, occurred_at=Created date (UTC)|Created (UTC), \
                  customer_id=Customer ID, email=Customer Email, order_total=Amount, \
                  refunded=Amount Refunded, currency=Currency, state=Status",
    },
    Known {
        preset: Preset::EtsyOrders,
        name: "etsy-orders",
        what: "sold orders of Etsy",
        needs: "Sale Date, Order ID, Order Value, Order Total",
        columns: "purchase_id=Order ID, occurred_at=Sale Date, customer_id=Buyer User ID|Buyer, \
                  customer_name=Full Name, order_total=Order Total, discount=Discount Amount, \
                  shipping=Shipping, tax=Sales Tax, currency=Currency, country=Ship Country, \
                  payment_method=Payment Method, coupon=Coupon Code",
    },
    Known {
        preset: Preset::EtsyItems,
        name: "etsy-items",
        what: "sold order items of Etsy",
        needs: "Sale Date, Item Name, Price, Item Total, Transaction ID, Order ID",
        columns: "purchase_id=Order ID, occurred_at=Sale Date, customer_id=Buyer, \
                  customer_name=Ship Name, sku=SKU, name=Item Name, variant=Variations, \
                  quantity=Quantity, unit_price=Price, line_discount=Discount Amount, \
                  shipping=Order Shipping, tax=Order Sales Tax, currency=Currency, country=Ship \
                  Country, coupon=Coupon Code",
    },
    Known {
        preset: Preset::SquareItems,
        name: "square-items",
        what: "item sales of Square",
        needs: "Date, Time, Item, Qty, Gross Sales, Net Sales, Transaction ID",
        columns: "purchase_id=Transaction ID, occurred_at=Date, time=Time, timezone=Time Zone, \
                  customer_id=Customer ID, customer_name=Customer Name, sku=SKU, name=Item, \
                  variant=Price Point Name, category=Category, quantity=Qty, line_total=Gross \
                  Sales, line_discount=Discounts, line_tax=Tax, kind=Event Type, channel=Channel",
    },
    Known {
        preset: Preset::SquareTransactions,
        name: "square-transactions",
        what: "transactions of Square",
        needs: "Date, Time, Gross Sales, Net Sales, Total Collected, Transaction ID",
        columns: "purchase_id=Transaction ID, occurred_at=Date, time=Time, timezone=Time Zone, \
                  customer_id=Customer ID, customer_name=Customer Name, order_total=Total \
                  Collected, discount=Discounts, tax=Tax, tip=Tip, kind=Event Type, \
                  channel=Channel",
    },
    Known {
        preset: Preset::AmazonOrders,
        name: "amazon-orders",
        what: "the report of all orders of an Amazon seller",
        needs: "amazon-order-id, purchase-date, order-status, item-price, quantity",
        columns: "purchase_id=amazon-order-id, occurred_at=purchase-date, customer_id=buyer- \
                  email, email=buyer-email, customer_name=buyer-name, sku=sku, name=product- \
                  name, quantity=quantity, line_total=item-price, line_tax=item-tax, \
                  line_discount=item-promotion-discount, shipping=shipping-price, \
                  currency=currency, state=order-status, country=ship-country, channel=sales- \
                  channel",
    },
    Known {
        preset: Preset::AmazonHistory,
        name: "amazon-history",
        what: "the order history of an Amazon account",
        needs: "Order Date, Order ID, Title, Quantity, Item Total",
        columns: "purchase_id=Order ID, occurred_at=Order Date, customer_id=Account Group, \
                  sku=ASIN/ISBN, name=Title, category=Category, quantity=Quantity, \
                  line_total=Item Subtotal, line_tax=Item Subtotal Tax, currency=Currency, \
                  state=Order Status",
    },
    Known {
        preset: Preset::EbayOrders,
        name: "ebay-orders",
        what: "orders of eBay",
        needs: "Order Number, Buyer Username, Item Title, Quantity, Sold For",
        columns: "purchase_id=Order Number, occurred_at=Sale Date, customer_id=Buyer Username, \
                  customer_name=Buyer Name, email=Buyer Email, sku=Custom Label, name=Item \
                  Title, variant=Variation Details, quantity=Quantity, unit_price=Sold For, \
                  shipping=Shipping And Handling, payment_method=Payment Method, country=Buyer \
                  Country",
    },
    Known {
        preset: Preset::Tiendanube,
        name: "tiendanube",
        what: "orders of Tiendanube",
        needs: "Número de orden, Fecha, Estado del pago, Nombre del producto, Precio del \
                  producto",
        columns: "purchase_id=Número de orden, occurred_at=Fecha, customer_id=Email, \
                  email=Email, customer_name=Nombre del comprador, phone=Teléfono, sku=SKU, \
                  name=Nombre del producto, quantity=Cantidad del producto, unit_price=Precio \
                  del producto, order_total=Total, discount=Descuento, shipping=Costo de envío, \
                  currency=Moneda, state=Estado del pago, country=País, payment_method=Medio de \
                  pago, coupon=Cupón de descuento, channel=Canal",
    },
    Known {
        preset: Preset::Nuvemshop,
        name: "nuvemshop",
        what: "orders of Nuvemshop",
        needs: "Número do Pedido, Data, Status do Pagamento, Nome do Produto, Valor do Produto",
        columns: "purchase_id=Número do Pedido, occurred_at=Data, customer_id=E-mail, \
                  email=E-mail, customer_name=Nome do comprador, phone=Telefone, sku=SKU, \
                  name=Nome do Produto, quantity=Quantidade Comprada, unit_price=Valor do \
                  Produto, order_total=Total, discount=Desconto, shipping=Valor do Frete, \
                  currency=Moeda, state=Status do Pagamento, country=País, payment_method=Forma \
                  de Pagamento, coupon=Cupom de Desconto, channel=Canal",
    },
    Known {
        preset: Preset::Ozon,
        name: "ozon",
        what: "orders of Ozon",
        needs: "Номер заказа, Номер отправления, Принят в обработку, Статус, Артикул",
        columns: "purchase_id=Номер отправления, occurred_at=Принят в обработку, sku=Артикул, \
                  name=Наименование товара|Название товара, quantity=Количество, unit_price=Ваша \
                  цена, currency=Код валюты отправления, state=Статус",
    },
    Known {
        preset: Preset::MagentoOrders,
        name: "magento-orders",
        what: "the grid of orders of Magento",
        needs: "ID, Purchase Date, Bill-to Name, Grand Total (Purchased), Status",
        columns: "purchase_id=ID, occurred_at=Purchase Date, customer_id=Customer Email, \
                  email=Customer Email, customer_name=Bill-to Name, order_total=Grand Total \
                  (Purchased), shipping=Shipping and Handling, refunded=Total Refunded, \
                  state=Status, payment_method=Payment Method",
    },
    Known {
        preset: Preset::OpenCart,
        name: "opencart",
        what: "the list of orders of OpenCart",
        needs: "Order ID, Customer, Status, Total, Date Added",
        columns: "purchase_id=Order ID, occurred_at=Date Added, customer_id=Customer, \
                  customer_name=Customer, order_total=Total, state=Status",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_preset_is_known_by_its_own_header_and_by_its_name() {
        for known in KNOWN {
            let columns: Vec<_> = known.columns().map(|(_, names)| names).collect();
            assert_eq!(columns.len(), known.columns.split(", ").count(), "{}", known.name);
            let mut header: Vec<String> = columns
                .into_iter()
                .chain(known.needs())
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
