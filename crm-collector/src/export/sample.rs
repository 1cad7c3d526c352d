//! A report to test the forms with: names of many scripts, money below zero, gaps.

use chrono::NaiveDate;
use crm_api::answer::{Column, Report, ReportName, Unit, Value};
use crm_api::{Far, Outside, Total};
use crm_models::{Currency, Timestamp};

pub(super) fn products() -> Report {
    let column = Column::new;
    let money = |minor| Value::Money(Total::from_ten_thousandths(minor));
    let text = |text: &str| Value::Text(text.into());
    let time = |millis| Value::Time(Timestamp::from_millis(millis));
    Report {
        report: ReportName::Products,
        currency: Currency::GBP,
        period: None,
        from: NaiveDate::from_ymd_opt(2010, 11, 1),
        to: NaiveDate::from_ymd_opt(2011, 12, 1),
        timezone: "Europe/London".into(),
        columns: vec![
            column("sku", Unit::Text),
            column("name", Unit::Text),
            column("net", Unit::Money),
            column("orders", Unit::Count),
            column("repeat_rate", Unit::Ratio),
            column("days_between", Unit::Days),
            column("last_order", Unit::Time),
        ],
        rows: vec![
            vec![
                text("22423"),
                text("REGENCY CAKESTAND 3 TIER"),
                money(3_445_632_500),
                Value::Count(1_234_567),
                Value::Ratio(4_321),
                Value::Days(12_345),
                time(1_320_138_000_000),
            ],
            vec![
                text("T-1"),
                text("Teekanne \"Łódź\", 1 l"),
                money(-123_456_789),
                Value::Count(-12),
                Value::Ratio(-50),
                Value::Days(5),
                time(1_320_138_000_250),
            ],
            vec![
                text("茶"),
                text("=HYPERLINK(\"http://x\")"),
                money(1_000),
                Value::Count(999),
                Value::None,
                Value::None,
                Value::None,
            ],
        ],
        omitted_rows: 0,
        totals: vec![
            Value::None,
            Value::None,
            money(3_322_176_711),
            Value::Count(1_235_554),
            Value::Ratio(4_300),
            Value::None,
            Value::None,
        ],
        outside: Outside {
            since: None,
            before: Some(Far {
                purchases: 3,
                net: Total::from_ten_thousandths(125_000),
                first: NaiveDate::from_ymd_opt(1900, 1, 1).unwrap(),
                last: NaiveDate::from_ymd_opt(1970, 1, 1).unwrap(),
            }),
            after: None,
            other_currencies: [(Currency::EUR, 1_204), (Currency::USD, 1)].into(),
        },
    }
}

/// Three months, of which the last is not over.
pub(super) fn sales() -> Report {
    let money = |minor| Value::Money(Total::from_ten_thousandths(minor));
    let row = |period: &str, net, orders, customers, new| {
        vec![
            Value::Text(period.into()),
            money(net),
            Value::Count(orders),
            Value::Count(customers),
            Value::Count(new),
        ]
    };
    let mut totals = row("", 29_661_469_300, 5_628, 2_211, 440);
    totals[0] = Value::None;
    let units = [Unit::Money, Unit::Count, Unit::Count, Unit::Count];
    let names = ["net", "orders", "customers", "new_customers"];
    let columns = names.iter().zip(units).map(|(name, unit)| Column::new(name, unit));
    Report {
        report: ReportName::Sales,
        period: Some("everything so far".into()),
        from: NaiveDate::from_ymd_opt(2011, 10, 1),
        to: NaiveDate::from_ymd_opt(2011, 12, 10),
        columns: [Column::new("period", Unit::Text)].into_iter().chain(columns).collect(),
        rows: vec![
            row("2011-10", 10_707_046_700, 2_040, 1_364, 221),
            row("2011-11", 14_617_562_500, 2_769, 1_664, 191),
            row("2011-12", 4_336_860_100, 819, 615, 28),
        ],
        totals,
        outside: Outside::default(),
        ..products()
    }
}
