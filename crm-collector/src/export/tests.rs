//! Every table fits, whatever is in it.

use crm_api::answer::{
    CustomerValues, Forecasts, NextItems, Report, ReportName, Segments, Together, Trends,
};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use unicode_width::UnicodeWidthStr;

use super::{ExportError, Format, Look, Tabular, list, sample, to_text};

/// Answers as they were recorded.
const EXAMPLES: &str = include_str!("../http/openapi/examples.json");
/// Fields that hold what the host has written.
const NAMES: [&str; 6] = ["name", "sku", "key", "customer_id", "cause", "reason"];

/// Names of two hundred letters.
fn long_names() -> [String; 6] {
    [
        "REGENCY CAKESTAND ".repeat(12),
        "X".repeat(200),
        "Чайник заварочный стеклянный ".repeat(7),
        "茶碗と急須のセット".repeat(22),
        "👩‍👩‍👧🫖".repeat(100),
        "e\u{301}".repeat(200),
    ]
}

fn rename(json: &mut Json, name: &str) {
    match json {
        Json::Array(entries) => entries.iter_mut().for_each(|entry| rename(entry, name)),
        Json::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Json::String(_) if NAMES.contains(&key.as_str()) => *value = name.into(),
                    Json::Null if key == "name" || key == "cause" => *value = name.into(),
                    value => rename(value, name),
                }
            }
        }
        _ => {}
    }
}

/// None was recorded.
fn trend() -> Json {
    json!({
        "dimension": "product", "key": "a", "name": "a", "kind": "customers_lost", "first": true,
        "summary": "a b c ".repeat(60), "cause": "a", "change": { "code": "customers_lost" },
        "compared": { "code": "share_before" }, "driver": null, "since": "2011-W35",
        "since_date": "2011-08-29", "size": "-123456789.12", "share": -0.12345,
        "at_stake": "-123456789.12", "expected": "123456789.12", "actual": "123456789.12",
        "confidence": 0.99, "explains": [], "explained": 0, "factors": [], "drivers": [],
        "rows": { "purchases": 1_234_567, "href": "" }
    })
}

/// An answer as it was recorded, with another name in the place of each.
fn recorded<T: DeserializeOwned>(operation: &str, name: &str) -> T {
    let examples: Json = serde_json::from_str(EXAMPLES).unwrap();
    let mut response = examples[operation]["response"].clone();
    match operation {
        "get_trends" => response["trends"] = json!([trend()]),
        "get_forecasts" => {
            response["by"] = json!("product");
            response["forecasts"][0]["key"] = json!("a");
        }
        _ => {}
    }
    rename(&mut response, name);
    serde_json::from_value(response).unwrap()
}

#[track_caller]
fn assert_fits(answer: &impl Tabular, what: &str) {
    for width in [40, 60, 80, 100, 140] {
        for drawn in [false, true] {
            let look = Look { width, drawn, columns: Vec::new() };
            let text = to_text(answer, Format::Table, &look).unwrap();
            let shown = text.replace("\u{1b}[0m", "");
            for line in shown.lines() {
                let parts = line.split('\u{1b}').enumerate();
                let plain: String = parts
                    .map(|(place, part)| match place {
                        0 => part,
                        _ => part.split_once('m').unwrap().1,
                    })
                    .collect();
                assert!(plain.width() <= width, "{what}, {width} wide: {plain}");
                assert!(drawn || plain == line, "{what}: a pipe shows no styles: {line:?}");
            }
        }
    }
}

#[test]
fn each_table_fits_with_the_longest_names() {
    for name in long_names() {
        assert_fits(&recorded::<Forecasts>("get_forecasts", &name), "forecasts");
        assert_fits(&recorded::<Trends>("get_trends", &name), "trends");
        assert_fits(&recorded::<CustomerValues>("list_values", &name), "values");
        assert_fits(&recorded::<Segments>("get_segments", &name), "segments");
        assert_fits(&recorded::<Together>("get_together", &name), "together");
        assert_fits(&recorded::<NextItems>("get_next", &name), "next");
        assert_fits(&recorded::<Report>("get_cohorts", &name), "cohorts");
        let mut report = sample::products();
        report.rows.iter_mut().for_each(|row| row[1] = crm_api::answer::Value::Text(name.clone()));
        assert_fits(&report, "products");
        let look = Look::default();
        let listed = list(&["ID", "EMAIL", "NAME"], vec![vec![name.clone(); 3]], &look);
        assert!(listed.lines().all(|line| line.width() <= look.width), "{listed}");
    }
}

#[test]
fn columns_are_chosen_in_their_order_and_others_are_refused() {
    let products = sample::products();
    let choose = |format, columns: &[&str]| {
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        to_text(&products, format, &Look { columns, ..Look::default() })
    };
    let csv = choose(Format::Csv, &["orders", "sku"]).unwrap();
    assert_eq!(csv, "orders,sku\n1234567,22423\n-12,T-1\n999,茶\n");
    let table = choose(Format::Table, &["orders", "sku"]).unwrap();
    assert_eq!(table.lines().nth(1), Some("   orders  sku"), "{table}");
    let Err(ExportError::NoColumn { name, there }) = choose(Format::Csv, &["colour"]) else {
        panic!("there is a colour")
    };
    assert_eq!((name.as_str(), there.split(", ").count()), ("colour", 7));
    let refused = choose(Format::Json { pretty: false }, &["sku"]);
    assert!(matches!(refused, Err(ExportError::AllColumns)));
}

#[test]
fn what_does_not_fit_is_named() {
    let products = Report { report: ReportName::Products, ..sample::products() };
    let look = Look { width: 40, ..Look::default() };
    let text = to_text(&products, Format::Table, &look).unwrap();
    let told = "not shown for want of room: ";
    let told = text.lines().skip_while(|line| !line.starts_with(told)).collect::<Vec<_>>();
    let told = told.join(" ").replace("  ", "");
    assert!(told.contains("last_order") && told.ends_with("--columns chooses"), "{text}");
    let wide = to_text(&products, Format::Table, &Look { width: 140, ..look }).unwrap();
    assert!(!wide.contains("not shown"), "{wide}");
}
