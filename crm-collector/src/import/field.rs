//! What a column can mean.

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What a column can mean.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Field {
            $($(#[$doc])* $name,)*
        }

        impl Field {
            /// Every field, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name in a mapping.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

fields! {
    /// Order or invoice number; lines that share it become one purchase. Where there is none, those of
    /// one customer and time do.
    PurchaseId = "purchase_id";
    /// When it happened. Always needed.
    OccurredAt = "occurred_at";
    /// The time of day, where [`Self::OccurredAt`] is a date.
    Time = "time";
    /// The time zone of the two.
    Zone = "timezone";
    /// Who bought; an empty one makes the purchase anonymous.
    CustomerId = "customer_id";
    /// The customer's name.
    CustomerName = "customer_name";
    /// The customer's first name, where there is no whole one.
    FirstName = "first_name";
    /// The customer's last name, where there is no whole one.
    LastName = "last_name";
    /// The customer's email address.
    Email = "email";
    /// The customer's phone number.
    Phone = "phone";
    /// Stock-keeping unit. Without this column and a name purchases have a total and no line items.
    Sku = "sku";
    /// Name of the product.
    Name = "name";
    /// Which of the product it was, such as its size.
    Variant = "variant";
    /// Category of the product.
    Category = "category";
    /// How many; negative for a refund. One where there is no such column.
    Quantity = "quantity";
    /// Price of one.
    UnitPrice = "unit_price";
    /// What the line comes to: checked where there is a unit price, divided where there is none. Where
    /// each line is a whole purchase, that is the purchase's total.
    Total = "line_total";
    /// Money off the line.
    LineDiscount = "line_discount";
    /// Tax on the line.
    LineTax = "line_tax";
    /// What one cost the host.
    Cost = "cost";
    /// What was paid for the purchase.
    OrderTotal = "order_total";
    /// All that was taken off the purchase.
    Discount = "discount";
    /// Delivery.
    Shipping = "shipping";
    /// All tax.
    Tax = "tax";
    /// What was given on top.
    Tip = "tip";
    /// Charges that are neither goods nor delivery.
    Fees = "fees";
    /// What was given back of the purchase, in all.
    Refunded = "refunded";
    /// Currency of the purchase.
    Currency = "currency";
    /// Where the order stands, in a word.
    State = "state";
    /// When it was called off; empty where it was not.
    CancelledAt = "cancelled_at";
    /// Country it was sold to.
    Country = "country";
    /// Where it was sold, such as `web`.
    Channel = "channel";
    /// Which shop it comes from.
    Source = "source";
    /// How it was paid.
    PaymentMethod = "payment_method";
    /// The code of the coupon that was used.
    Coupon = "coupon";
    /// `sale` or `refund`, where the sign of the quantity does not say it.
    Kind = "kind";
    /// Of a refund: the number of the purchase that was given back.
    RefundOf = "refund_of";
}

impl Field {
    /// How many there are.
    pub(super) const COUNT: usize = Self::ALL.len();

    /// Those that hold numbers.
    pub(super) const NUMBERS: [Self; 13] = [
        Self::UnitPrice,
        Self::Total,
        Self::Quantity,
        Self::LineDiscount,
        Self::LineTax,
        Self::Cost,
        Self::OrderTotal,
        Self::Discount,
        Self::Shipping,
        Self::Tax,
        Self::Tip,
        Self::Fees,
        Self::Refunded,
    ];

    /// Those that hold money of a whole purchase, wherever among its lines they stand.
    pub(super) const OF_ORDER: [Self; 7] = [
        Self::OrderTotal,
        Self::Discount,
        Self::Shipping,
        Self::Tax,
        Self::Tip,
        Self::Fees,
        Self::Refunded,
    ];
}
