//! Names of columns and of what stands in them, as people say them.

use std::borrow::Cow;

use crate::charts::Locale;

/// The name of a column, a report, or a word of an answer.
pub fn name(word: &str, locale: Locale) -> Cow<'_, str> {
    let known = NAMES.iter().find(|(known, ..)| *known == word);
    match (known, locale) {
        (Some((_, en, _)), Locale::En) => Cow::Borrowed(en),
        (Some((.., ru)), Locale::Ru) => Cow::Borrowed(ru),
        (None, _) => Cow::Owned(word.replace('_', " ")),
    }
}

/// The same with a capital, as a heading.
pub fn heading(word: &str, locale: Locale) -> String {
    capital(&name(word, locale))
}

/// A text with a capital at its beginning.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

const NAMES: &[(&str, &str, &str)] = &[
    // Reports.
    ("summary", "summary", "сводка"),
    ("sales", "sales", "продажи"),
    ("products", "products", "товары"),
    ("countries", "countries", "страны"),
    ("channels", "channels", "каналы"),
    ("repeat", "new and returning", "новые и вернувшиеся"),
    ("heatmap", "when people buy", "когда покупают"),
    ("rfm", "recency and value", "давность и ценность"),
    ("cohorts", "cohorts", "когорты"),
    ("forecast", "forecast", "прогноз"),
    ("trends", "trends", "тренды"),
    ("values", "customer value", "ценность клиентов"),
    ("segments", "segments", "сегменты"),
    // Columns.
    ("gross", "gross sales", "выручка"),
    ("discounts", "discounts", "скидки"),
    ("sold", "sold", "продано"),
    ("refunds", "refunds", "возвраты"),
    ("net", "net sales", "чистая выручка"),
    ("orders", "orders", "заказы"),
    ("items", "items", "единиц товара"),
    ("quantity", "quantity", "количество"),
    ("customers", "customers", "клиенты"),
    ("new_customers", "new customers", "новые клиенты"),
    ("returning_customers", "returning customers", "вернувшиеся клиенты"),
    ("average_order", "average order", "средний чек"),
    ("refund_orders", "orders with refunds", "заказы с возвратом"),
    ("refund_quantity", "pieces given back", "возвращено единиц"),
    ("refund_rate", "share given back", "доля возвратов"),
    ("anonymous_orders", "orders without a customer", "заказы без клиента"),
    ("shipping", "delivery", "доставка"),
    ("tax", "tax", "налог"),
    ("tips", "tips", "чаевые"),
    ("fees", "fees", "сборы"),
    ("gift_cards", "gift cards", "подарочные карты"),
    ("rounding", "rounding", "округление"),
    ("adjustments", "adjustments", "поправки"),
    ("total", "total", "итого"),
    ("cost", "cost", "себестоимость"),
    ("margin", "margin", "маржа"),
    ("pending_orders", "pending orders", "ожидающие заказы"),
    ("pending", "pending", "ожидает оплаты"),
    ("cancelled_orders", "cancelled orders", "отменённые заказы"),
    ("cancelled", "cancelled", "отменено"),
    ("period", "period", "период"),
    ("from", "from", "с"),
    ("to", "to before", "до"),
    ("number", "number", "номер"),
    ("occurred_at", "when", "когда"),
    ("email", "email", "почта"),
    ("phone", "phone", "телефон"),
    ("unit_price", "price", "цена"),
    ("amount", "amount", "сумма"),
    ("sale", "sale", "продажа"),
    ("refund", "refund", "возврат"),
    ("sku", "sku", "артикул"),
    ("name", "name", "название"),
    ("product", "product", "товар"),
    ("country", "country", "страна"),
    ("channel", "channel", "канал"),
    ("segment", "segment", "сегмент"),
    ("customer_id", "customer", "клиент"),
    ("first_order", "first order", "первый заказ"),
    ("last_order", "last order", "последний заказ"),
    ("weekday", "weekday", "день недели"),
    ("hour", "hour", "час"),
    ("buyers", "buyers", "покупатели"),
    ("repeat_rate", "share that came back", "доля вернувшихся"),
    ("median_days_between", "days between orders, median", "дней между заказами, медиана"),
    ("mean_days_between", "days between orders, mean", "дней между заказами, среднее"),
    ("share", "share", "доля"),
    ("net_per_customer", "net per customer", "на клиента"),
    ("mean_days_since", "days since the last order, mean", "дней с последнего заказа, среднее"),
    ("cohort", "first bought", "первая покупка"),
    ("months_since", "months since", "месяцев спустя"),
    ("lower_80", "4 times in 5: from", "4 случая из 5: от"),
    ("upper_80", "to", "до"),
    ("lower_95", "19 times in 20: from", "19 случаев из 20: от"),
    ("upper_95", "to", "до"),
    ("method", "method", "метод"),
    ("dimension", "what", "что"),
    ("key", "which", "какой"),
    ("kind", "kind", "вид"),
    ("since", "since", "с"),
    ("expected", "would have been", "было бы"),
    ("actual", "is", "стало"),
    ("size", "change", "изменение"),
    ("at_stake", "at stake a month", "сколько это в месяц"),
    ("confidence", "how sure", "уверенность"),
    ("cause", "cause", "причина"),
    ("purchases", "purchases", "покупки"),
    ("stage", "stage", "этап"),
    ("last_purchase", "last purchase", "последняя покупка"),
    ("spent", "spent", "потрачено"),
    ("p_alive", "likely still a customer", "вероятность, что вернётся"),
    ("expected_purchases", "purchases expected", "ожидается покупок"),
    ("expected_value", "value expected", "ожидаемая ценность"),
    ("next_purchase", "next purchase by, if any", "следующая покупка, если будет"),
    ("by", "by", "по"),
    ("about", "who they are", "кто они"),
    ("together", "together", "вместе"),
    ("support", "share of baskets", "доля корзин"),
    ("lift", "times chance", "во сколько раз чаще случайного"),
    ("p_value", "p value", "p-значение"),
    ("q_value", "q value", "q-значение"),
    ("score", "score", "оценка"),
    ("reason", "reason", "почему"),
    // What stands in cells.
    ("current", "now", "сейчас"),
    ("previous", "before", "раньше"),
    ("new", "new", "новые"),
    ("returning", "returning", "вернувшиеся"),
    ("active", "active", "активные"),
    ("loyal", "loyal", "постоянные"),
    ("slipping", "slipping", "уходящие"),
    ("lost", "lost", "потерянные"),
    ("one-time", "one-time", "купившие однажды"),
    ("revenue", "net sales", "чистая выручка"),
    ("units", "items", "единиц товара"),
    ("frequency", "orders of each", "заказов на каждого"),
    ("basket", "items in an order", "товаров в заказе"),
    ("price", "price of an item", "цена товара"),
    ("other", "everything else", "всё остальное"),
    ("all", "all sales", "все продажи"),
    ("level_change", "another level", "другой уровень"),
    ("growth", "a year before", "к прошлому году"),
    ("launch", "new product", "новинка"),
    ("end", "sold no more", "больше не продаётся"),
    ("one_off", "once only", "разовое"),
    ("mix", "another mix", "другой состав"),
    ("customers_lost", "customers who left", "ушедшие клиенты"),
    ("anonymous", "without a customer", "без клиента"),
    ("(no line items)", "(no line items)", "(без позиций)"),
    ("pooled-ensemble", "models combined", "сочетание моделей"),
    ("ensemble", "models of this series combined", "сочетание моделей этого ряда"),
    ("autoregression", "model of what follows what", "модель зависимости от прошлого"),
    ("intermittent", "model of rare sales", "модель редких продаж"),
    ("seasonal-naive", "the season before again", "повтор прошлого сезона"),
    ("difference", "what others leave", "остаток"),
    ("naive", "the last value again", "повтор последнего значения"),
    ("ended", "sold no more", "больше не продаётся"),
    ("Champions", "Champions", "Лучшие"),
    ("Loyal", "Loyal", "Постоянные"),
    ("Potential loyalists", "Potential loyalists", "Возможно постоянные"),
    ("New", "New", "Новые"),
    ("Promising", "Promising", "Многообещающие"),
    ("Need attention", "Need attention", "Требуют внимания"),
    ("About to sleep", "About to sleep", "Засыпающие"),
    ("At risk", "At risk", "Под угрозой"),
    ("Cannot lose them", "Cannot lose them", "Нельзя потерять"),
    ("Hibernating", "Hibernating", "Спящие"),
    ("Lost", "Lost", "Потерянные"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_word_is_named_once_and_in_both_languages() {
        let words: BTreeSet<_> = NAMES.iter().map(|(word, ..)| word).collect();
        assert_eq!(words.len(), NAMES.len());
        for (word, en, ru) in NAMES {
            assert!(en.is_ascii() && !ru.is_ascii(), "{word}");
        }
        assert_eq!(name("no_such_word", Locale::Ru), "no such word");
        assert_eq!(heading("net", Locale::Ru), "Чистая выручка");
    }
}
