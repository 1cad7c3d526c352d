//! Any orders, written in any style, come back as they were, or it is asked how they are meant: never is
//! there a difference that nobody is told.

use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

/// An order as a shop has it.
#[derive(Clone, Debug)]
struct Order {
    day: u32,
    minute: u32,
    customer: u8,
    /// Product, quantity and price in cents.
    lines: Vec<(u8, u8, u32)>,
    shipping: u32,
}

impl Order {
    fn goods(&self) -> u32 {
        self.lines.iter().map(|(_, quantity, price)| u32::from(*quantity) * price).sum()
    }
}

/// How a file is written.
#[derive(Clone, Debug)]
struct Style {
    delimiter: u8,
    encoding: &'static str,
    is_comma: bool,
    thousands: &'static str,
    date: &'static str,
    layout: Layout,
    is_russian: bool,
    line_end: &'static str,
    title: bool,
    is_packed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    /// What the order has stands on its first line.
    FirstLine,
    /// It stands on each line.
    Repeated,
    /// There are lines alone.
    Lines,
    /// There are orders alone.
    Orders,
}

const PRODUCTS: [&str; 4] =
    ["Чай с мятой и мёдом", "Кружка большая, белая", "Кофе в зёрнах", "Ложка чайная"];

fn orders() -> impl Strategy<Value = Vec<Order>> {
    let line = (0_u8..4, 1_u8..5, 1_u32..400_000);
    let order =
        (0_u32..2_000, 0_u32..1_440, 0_u8..5, prop::collection::vec(line, 1..4), 0_u32..2_000);
    let order = order.prop_map(|(day, minute, customer, lines, shipping)| Order {
        day,
        minute,
        customer,
        lines,
        shipping,
    });
    prop::collection::vec(order, 1..12)
}

fn styles() -> impl Strategy<Value = Style> {
    let delimiter = prop::sample::select(vec![b',', b';', b'\t', b'|']);
    let encoding =
        prop::sample::select(vec!["utf-8", "utf-8-mark", "utf-16", "windows-1251", "koi8-r"]);
    let thousands = prop::sample::select(vec!["", " ", "\u{a0}", "mark"]);
    let date = prop::sample::select(vec![
        "%Y-%m-%d %H:%M",
        "%d/%m/%Y %H:%M",
        "%m/%d/%Y %H:%M",
        "%d.%m.%Y %H:%M",
        "%d.%m.%y %H:%M",
        "%m/%d/%y %I:%M %p",
        "%d-%m-%Y %H:%M",
        "%d %b %Y %H:%M",
        "%b %d, %Y %H:%M",
        "%Y%m%d%H%M",
        "%s",
        "%Y-%m-%dT%H:%M:%SZ",
    ]);
    let layout = prop::sample::select(vec![
        Layout::FirstLine,
        Layout::Repeated,
        Layout::Lines,
        Layout::Orders,
    ]);
    let line_end = prop::sample::select(vec!["\n", "\r\n"]);
    let first = (delimiter, encoding, any::<bool>(), thousands, date);
    let second = (layout, any::<bool>(), line_end, any::<bool>(), any::<bool>());
    (first, second).prop_map(|(first, second)| {
        let (delimiter, encoding, is_comma, thousands, date) = first;
        let (layout, is_russian, line_end, title, is_packed) = second;
        Style {
            delimiter,
            encoding,
            is_comma,
            thousands,
            date,
            layout,
            is_russian,
            line_end,
            title,
            is_packed,
        }
    })
}

fn number(cents: u32, style: &Style) -> String {
    let (mark, other) = if style.is_comma { (",", ".") } else { (".", ",") };
    let part = if style.thousands == "mark" { other } else { style.thousands };
    let units = (cents / 100).to_string();
    let mut grouped = String::new();
    for (index, digit) in units.chars().enumerate() {
        if index > 0 && (units.len() - index).is_multiple_of(3) {
            grouped += part;
        }
        grouped.push(digit);
    }
    format!("{grouped}{mark}{:02}", cents % 100)
}

fn time(order: &Order) -> chrono::NaiveDateTime {
    let day =
        chrono::NaiveDate::from_ymd_opt(2019, 1, 1).unwrap() + chrono::Days::new(order.day.into());
    day.and_hms_opt(order.minute / 60, order.minute % 60, 0).unwrap()
}

fn written(orders: &[Order], style: &Style) -> Vec<u8> {
    let names = |english: &[&'static str], russian: &[&'static str]| {
        if style.is_russian { russian.to_vec() } else { english.to_vec() }
    };
    let of_order =
        names(&["Order ID", "Date", "Customer ID"], &["Номер заказа", "Дата", "ID клиента"]);
    let of_line = names(&["Product", "Quantity", "Price"], &["Товар", "Количество", "Цена"]);
    let sums = names(&["Shipping", "Order total"], &["Доставка", "Сумма заказа"]);
    let header = match style.layout {
        Layout::FirstLine | Layout::Repeated => [of_order, of_line, sums].concat(),
        Layout::Lines => [of_order, of_line].concat(),
        Layout::Orders => [of_order, sums].concat(),
    };
    let mut text = String::new();
    if style.title {
        text = format!("Продажи{0}{0}", style.line_end);
    }
    let mut rows = vec![header.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()];
    for (index, order) in orders.iter().enumerate() {
        let head = [
            format!("N-{}", 1001 + index),
            time(order).format(style.date).to_string(),
            format!("c-{}", order.customer),
        ];
        let sums = [number(order.shipping, style), number(order.goods() + order.shipping, style)];
        if style.layout == Layout::Orders {
            rows.push([head.to_vec(), sums.to_vec()].concat());
            continue;
        }
        for (place, (product, quantity, price)) in order.lines.iter().enumerate() {
            let line = [
                PRODUCTS[usize::from(*product)].to_owned(),
                quantity.to_string(),
                number(*price, style),
            ];
            let empty = |count: usize| vec![String::new(); count];
            let (head, sums) = match style.layout {
                Layout::FirstLine if place > 0 => {
                    (vec![head[0].clone(), String::new(), String::new()], empty(2))
                }
                Layout::Lines => (head.to_vec(), Vec::new()),
                _ => (head.to_vec(), sums.to_vec()),
            };
            rows.push([head, line.to_vec(), sums].concat());
        }
    }
    let mut writer = csv::WriterBuilder::new().delimiter(style.delimiter).from_writer(Vec::new());
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    let body = String::from_utf8(writer.into_inner().unwrap()).unwrap();
    text += &body.replace('\n', style.line_end);
    let bytes = match style.encoding {
        "utf-8" => text.into_bytes(),
        "utf-8-mark" => format!("\u{feff}{text}").into_bytes(),
        "utf-16" => {
            std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
        }
        name => {
            let encoding = encoding_rs::Encoding::for_label(name.as_bytes()).unwrap();
            encoding.encode(&text).0.into_owned()
        }
    };
    match style.is_packed {
        true => zstd::encode_all(&*bytes, 1).unwrap(),
        false => bytes,
    }
}

/// What comes back of a file: number, time, customer and total of each order; nothing where it is asked
/// how the file is meant.
fn read(bytes: &[u8]) -> Option<Vec<(String, i64, String, i64)>> {
    let mut files = Files::open(&[Source::Bytes(bytes)], &Reading::default()).unwrap();
    let look = match look(&files, None, None) {
        Ok(look) if look.unsure.is_empty() => look,
        _ => return None,
    };
    let plan = Plan {
        mapping: look.mapping,
        currency: Currency::EUR,
        timezone: chrono_tz::UTC,
        date_order: None,
        decimals: None,
        states: States::new(),
        skip_open: false,
        replace: None,
    };
    let mut found = Vec::new();
    let mut sink = |events: Vec<Event>| {
        for event in &events {
            let Event::Purchase(purchase) = event else { continue };
            found.push((
                purchase.purchase_id.as_ref().unwrap().as_str().to_owned(),
                purchase.occurred_at.unwrap().millis(),
                purchase.customer_id.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default(),
                purchase.total_or_sum().unwrap().ten_thousandths(),
            ));
        }
        Ok::<_, Infallible>(vec![Outcome::Accepted; events.len()])
    };
    match run(&mut files, &plan, None, &mut sink, &mut |_| ControlFlow::Continue(())) {
        Ok(summary) if !summary.is_short() => {}
        Ok(_) | Err(ImportError::Open(_)) => return None,
        Err(error) => panic!("{error}"),
    }
    found.sort_unstable();
    Some(found)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 400 } else { 100_000 }))]
    #[test]
    fn orders_in_any_style_come_back_as_they_were_or_are_asked_about(
        orders in orders(), style in styles()
    ) {
        let bytes = written(&orders, &style);
        if let Some(found) = read(&bytes) {
            let mut expected: Vec<_> = orders
                .iter()
                .enumerate()
                .map(|(index, order)| {
                    let cents = match style.layout {
                        Layout::Lines => order.goods(),
                        _ => order.goods() + order.shipping,
                    };
                    (
                        format!("N-{}", 1001 + index),
                        time(order).and_utc().timestamp_millis(),
                        format!("c-{}", order.customer),
                        i64::from(cents) * 100,
                    )
                })
                .collect();
            expected.sort_unstable();
            prop_assert_eq!(found, expected, "{}", String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn most_styles_need_no_question() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut all, mut read_at_once) = (0, 0);
    for _ in 0..200 {
        let tree = (orders(), styles()).new_tree(&mut runner).unwrap();
        let (orders, style) = proptest::strategy::ValueTree::current(&tree);
        if orders.len() < 4 {
            continue;
        }
        all += 1;
        read_at_once += u32::from(read(&written(&orders, &style)).is_some());
    }
    assert!(read_at_once * 10 >= all * 8, "{read_at_once} of {all}");
}
