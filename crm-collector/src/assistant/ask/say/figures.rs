//! Names of figures and of periods.

use crm_api::{Bucket, Language};

const FIGURES: [(&str, &str, &str); 23] = [
    ("net", "net sales", "чистая выручка"),
    ("gross", "gross sales", "выручка до скидок и возвратов"),
    ("orders", "orders", "заказы"),
    ("average_order", "average order", "средний чек"),
    ("items", "units sold", "продано единиц"),
    ("quantity", "units sold", "продано единиц"),
    ("customers", "customers who bought", "покупатели"),
    ("new_customers", "new customers", "новые клиенты"),
    ("returning_customers", "returning customers", "вернувшиеся клиенты"),
    ("discounts", "discounts", "скидки"),
    ("refunds", "refunds", "возвраты"),
    ("refund_rate", "share given back", "доля возвратов"),
    ("margin", "margin", "маржа"),
    ("cost", "cost of goods", "себестоимость"),
    ("shipping", "delivery", "доставка"),
    ("tax", "tax", "налог"),
    ("tips", "tips", "чаевые"),
    ("fees", "fees", "сборы"),
    ("gift_cards", "gift cards", "подарочные карты"),
    ("pending_orders", "unpaid orders", "неоплаченные заказы"),
    ("cancelled_orders", "cancelled orders", "отменённые заказы"),
    ("anonymous_orders", "orders without a customer", "заказы без клиента"),
    ("total", "total paid", "всего оплачено"),
];

/// What a column is called.
pub(super) fn figure(column: &str, language: Language) -> String {
    let found = FIGURES.iter().find(|(key, ..)| *key == column);
    let text = found.map_or(column, |(_, english, russian)| match language {
        Language::English => english,
        Language::Russian => russian,
    });
    text.to_owned()
}

/// `by month`, `по месяцам`.
pub(super) fn by_bucket(bucket: Bucket, language: Language) -> String {
    match language {
        Language::English => format!("by {bucket}"),
        Language::Russian => match bucket {
            Bucket::Day => "по дням",
            Bucket::Week => "по неделям",
            Bucket::Month => "по месяцам",
            Bucket::Quarter => "по кварталам",
            Bucket::Year => "по годам",
        }
        .to_owned(),
    }
}
