//! Questions that can be asked instead, with the workspace's own names. Each is one that the grammar understands:
//! whoever offers them tries them first.

use crm_api::Language;

use crate::assistant::ask::names::{Named, title};
use crate::assistant::ask::refusal::Refusal;
use crate::assistant::ask::sense::{Bound, Missing};
use crate::assistant::ask::shop::Shop;

/// Names of products, countries and customers that are tried at the most.
const TRIED: usize = 4;

/// What can be asked in the place of a question, what fits best first. More than are shown, as some may not be
/// understood.
pub(in crate::assistant::ask) fn examples(
    refusal: &Refusal,
    text: &str,
    shop: &Shop,
    language: Language,
) -> Vec<String> {
    let mut examples = match refusal {
        Refusal::Unclear(span, named) => with_names(text, *span, named, shop),
        _ => Vec::new(),
    };
    let mut add = |templates: &[(&str, &str)]| {
        for (english, russian) in templates {
            let template = if language == Language::English { english } else { russian };
            examples.extend(filled(template, shop));
        }
    };
    match refusal {
        Refusal::WhichProduct => add(&[WITH]),
        Refusal::WhichCustomer | Refusal::DaysOfCustomer => add(&[HISTORY, NEXT, WORTH]),
        Refusal::DaysOfSegments => add(&[SLIPPING, GROUPS, NEW_LAST_MONTH]),
        Refusal::Ahead | Refusal::Forecast(_) | Refusal::Missing(Missing::Targets) => {
            add(&[AHEAD, AHEAD_OF, AHEAD_ORDERS]);
        }
        Refusal::Compare | Refusal::Worst | Refusal::Missing(Missing::Competitors) => {
            add(&[TREND_PRODUCTS, CHANGED, BESIDE]);
        }
        Refusal::Category | Refusal::Missing(Missing::Suppliers) => add(&[BEST, OF_PRODUCT]),
        Refusal::NoSales(_) => add(&[BY_COUNTRY, IN_COUNTRY]),
        Refusal::Bound(Bound::Mean) => add(&[AVERAGE, REPEAT]),
        Refusal::Bound(_) => add(&[BEST, BY_COUNTRY, TOP_CUSTOMERS]),
        Refusal::Missing(Missing::Stock) => add(&[AHEAD_OF, BEST, OF_PRODUCT]),
        Refusal::Missing(Missing::Visits | Missing::Conversion) => {
            add(&[ORDERS_BY_DAY, NEW_LAST_MONTH, REPEAT]);
        }
        Refusal::Missing(Missing::Profit) => add(&[MARGIN, SALES, BEST]),
        Refusal::Missing(Missing::Weather | Missing::Staff) => add(&[WHEN, CHANGED, BY_CHANNEL]),
        Refusal::Missing(Missing::Marketing) => add(&[NEW_LAST_MONTH, BY_CHANNEL, REPEAT]),
        Refusal::Missing(Missing::Reviews) => add(&[RETURNED, BEST]),
        Refusal::Missing(Missing::People) => add(&[BY_COUNTRY, GROUPS, REPEAT]),
        Refusal::Missing(Missing::Delivery) => add(&[DELIVERY, ORDERS_BY_DAY]),
        Refusal::Missing(Missing::Payments) => add(&[UNPAID, BY_CHANNEL]),
        Refusal::Missing(Missing::Advice) => add(&[SLIPPING, CHANGED, WITH]),
        _ => {}
    }
    add(&[SALES, BEST, AHEAD, IN_COUNTRY, CHANGED]);
    let mut seen = Vec::new();
    examples.retain(|example| {
        let is_new = !seen.contains(example);
        seen.push(example.clone());
        is_new
    });
    examples
}

/// The question with each of the names that may be meant in its place.
fn with_names(text: &str, span: (usize, usize), named: &[Named], shop: &Shop) -> Vec<String> {
    let (Some(before), Some(behind)) = (text.get(..span.0), text.get(span.1..)) else {
        return Vec::new();
    };
    let trimmed = |text: &str| text.trim_end_matches(['"', '«', '“', '„']).to_owned();
    let rest = behind.trim_start_matches(['"', '»', '”', '“']);
    let name = |named: &Named| match named {
        // A name that is part of another is told by its id.
        Named::Product(at) => shop.products.get(*at).map(|product| {
            let title = product.title();
            let is_part = shop
                .products
                .iter()
                .any(|other| other.sku != product.sku && other.title().contains(title));
            if is_part { product.sku.clone() } else { title.to_owned() }
        }),
        Named::Customer(at) => shop.customers.get(*at).map(|customer| customer.id.clone()),
        other => Some(title(shop, other)),
    };
    let names = named.iter().filter_map(name);
    names.map(|name| format!("{}\"{name}\"{rest}", trimmed(before))).collect()
}

type Template = (&'static str, &'static str);

const SALES: Template = ("sales last month", "продажи за прошлый месяц");
const BEST: Template = ("best products this year", "лучшие товары за этот год");
const OF_PRODUCT: Template =
    ("how many {product} did we sell this year", "сколько {product} продали в этом году");
const IN_COUNTRY: Template = ("sales in {country} this year", "продажи в {country} за этот год");
const BY_COUNTRY: Template = ("sales by country this year", "продажи по странам за этот год");
const BY_CHANNEL: Template = ("sales by channel last month", "продажи по каналам за прошлый месяц");
const AHEAD: Template = ("sales forecast for next month", "прогноз продаж на следующий месяц");
const AHEAD_OF: Template =
    ("forecast for {product} for next month", "прогноз по {product} на следующий месяц");
const AHEAD_ORDERS: Template = ("orders forecast by week", "прогноз заказов по неделям");
const CHANGED: Template = ("what changed and why", "что изменилось и почему");
const TREND_PRODUCTS: Template = ("which products are falling", "какие товары падают");
const BESIDE: Template = (
    "sales last month compared to the month before",
    "продажи за прошлый месяц по сравнению с предыдущим периодом",
);
const WITH: Template =
    ("what is bought together with {product}", "что покупают вместе с {product}");
const HISTORY: Template = ("history of customer {customer}", "история клиента {customer}");
const NEXT: Template =
    ("what will customer {customer} buy next", "что купит клиент {customer} в следующий раз");
const WORTH: Template = ("most valuable customers", "самые ценные клиенты");
const SLIPPING: Template = ("who is about to leave", "кто может уйти");
const GROUPS: Template = ("customer segments", "сегменты клиентов");
const NEW_LAST_MONTH: Template = ("new customers last month", "новые клиенты за прошлый месяц");
const TOP_CUSTOMERS: Template = ("top 10 customers this year", "топ 10 клиентов за этот год");
const AVERAGE: Template = ("average order last month", "средний чек за прошлый месяц");
const REPEAT: Template =
    ("new and returning customers this year", "новые и вернувшиеся клиенты за этот год");
const ORDERS_BY_DAY: Template = ("orders this week by day", "заказы за эту неделю по дням");
const MARGIN: Template = ("margin by product this year", "маржа по товарам за этот год");
const WHEN: Template = ("when do people buy", "когда чаще покупают");
const RETURNED: Template = ("refunds by product this year", "возвраты по товарам за этот год");
const DELIVERY: Template = ("delivery fees last month", "выручка от доставки за прошлый месяц");
const UNPAID: Template = ("unpaid orders this month", "неоплаченные заказы за этот месяц");

/// A template with the names of the workspace in it; none where it has no such names.
fn filled(template: &str, shop: &Shop) -> Vec<String> {
    let fill = |place: &str, names: Vec<String>| -> Vec<String> {
        names.iter().map(|name| template.replace(place, name)).collect()
    };
    if template.contains("{product}") {
        let products = shop.products.iter().filter(|product| !product.title().contains('"'));
        return fill("{product}", products.take(TRIED).map(|one| one.title().to_owned()).collect());
    }
    if template.contains("{country}") {
        return fill("{country}", shop.countries.iter().take(TRIED).cloned().collect());
    }
    if template.contains("{customer}") {
        return fill(
            "{customer}",
            shop.customers.iter().take(TRIED).map(|one| one.id.clone()).collect(),
        );
    }
    vec![template.to_owned()]
}
