//! What real files and real bug reports did to the collector: the cases of ../shared/cases that are about
//! figures, read in place, each with its right value.

use std::path::PathBuf;
use std::process::Command;

use crm_tests::harness::places;

/// The folder of a case; `None` where the cases are absent and that was said.
fn case(name: &str) -> Option<PathBuf> {
    places::shared(&format!("cases/{name}"))
}

/// Runs the collector in a folder, on a database of its own; what it printed and told.
fn run(data: &tempfile::TempDir, case: &PathBuf, args: &[&str]) -> (String, String) {
    let mut command = Command::new(places::collector_binary());
    let output =
        command.args(args).current_dir(case).env("CRM_DATA", data.path()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in(places::scratch_folder()).unwrap()
}

/// The rows of a CSV answer without its header, by a key in the first field, or in the first ones.
fn rows(csv: &str) -> Vec<Vec<String>> {
    let fields = |line: &str| line.split(',').map(str::to_owned).collect();
    csv.lines().skip(1).map(fields).collect()
}

fn numbers(text: &str) -> Vec<f64> {
    text.split(' ').map(|number| number.parse().unwrap()).collect()
}

#[test]
fn a_series_without_a_negative_value_stays_above_zero_beside_one_that_has_some() {
    let Some(case) = case("analyze-forecast-negative-neighbour") else { return };
    for file in ["alone.csv", "beside.csv"] {
        let args = ["analyze", "forecast", "--input", file, "--season", "12", "--horizon", "3"];
        let (csv, err) = run(&scratch(), &case, &args);
        let rows = rows(&csv);
        let gone = rows.iter().find(|row| row[0] == "gone").expect(&err);
        for band in &gone[1..6] {
            let least = numbers(band).into_iter().fold(f64::INFINITY, f64::min);
            assert!(least >= 0.0, "{file}: {gone:?}");
        }
    }
}

#[test]
fn a_header_does_not_steer_the_terminal() {
    let Some(case) = case("analyze-header-escapes") else { return };
    let args = ["analyze", "value", "--input", "x.csv", "--as-of", "2026-01-01"];
    let args = [&args[..], &["--horizon-days", "180"]].concat();
    let (_, err) = run(&scratch(), &case, &args);
    assert!(err.contains("x.csv has no column \"customer_id\""), "{err}");
    assert!(!err.chars().any(|letter| letter.is_control() && letter != '\n'), "{err:?}");
}

#[test]
fn a_straight_line_has_neither_changes_nor_outliers() {
    let Some(case) = case("analyze-line-without-noise") else { return };
    for of in ["changepoints", "anomalies"] {
        let (csv, err) = run(&scratch(), &case, &["analyze", of, "--input", "lin.csv"]);
        assert_eq!(csv, "id,indexes\nlin,\n", "{of}: {err}");
    }
}

const MAP: &str = "purchase_id=id,occurred_at=at,customer_id=c,";

/// A database with a file of the case.
fn imported(case: &PathBuf, file: &str, map: &str, more: &[&str]) -> (tempfile::TempDir, String) {
    let (data, map) = (scratch(), format!("{MAP}{map}"));
    let (out, err) = run(&data, case, &[&["import", file, "--map", &map], more].concat());
    assert!(out.contains(" 0 rejected"), "{out}{err}");
    (data, out)
}

#[test]
fn a_product_that_always_sold_the_same_is_forecast_the_same_beside_a_new_one() {
    let Some(case) = case("forecast-certain-product-moved") else { return };
    let map = "sku=sku,quantity=q,unit_price=p";
    let (data, _) = imported(&case, "shop.csv", map, &["--currency", "USD"]);
    let args = ["forecast", "--by", "product", "--horizon", "2", "--as-of", "2026-01-01"];
    let (csv, _) = run(&data, &case, &[&args[..], &["--format", "csv"]].concat());
    let rows = rows(&csv);
    let of = |product: &str| -> Vec<&[String]> {
        rows.iter().filter(|row| row[0] == product).map(|row| &row[3..8]).collect()
    };
    for (product, sold) in [("OLD", "1000.00"), ("NEW", "500.00")] {
        assert_eq!(of(product), [[sold; 5], [sold; 5]], "{product}\n{csv}");
    }
    for whole in of("all") {
        let forecast: f64 = whole[0].parse().unwrap();
        assert!((1_350.0..=1_650.0).contains(&forecast), "{csv}");
    }
}

#[test]
fn what_is_said_of_a_month_does_not_depend_on_how_many_are_asked_for() {
    let Some(case) = case("forecast-interval-depends-on-horizon") else { return };
    let first = |horizon: &str| {
        let args = ["analyze", "forecast", "--input", "series.csv", "--season", "12"];
        let (csv, _) = run(&scratch(), &case, &[&args[..], &["--horizon", horizon]].concat());
        rows(&csv)[0][1..6].iter().map(|steps| numbers(steps)[0]).collect::<Vec<_>>()
    };
    let of_one = first("1");
    assert!(of_one[3] < of_one[0] && of_one[0] < of_one[4], "{of_one:?}");
    for horizon in ["2", "3", "6", "12"] {
        assert_eq!(first(horizon), of_one, "{horizon}");
    }
}

#[test]
fn one_order_of_1970_changes_no_forecast() {
    let Some(case) = case("forecast-one-order-of-1970") else { return };
    let forecast = |file| {
        let (data, _) = imported(&case, file, "line_total=sum", &["--currency", "USD"]);
        let args = ["forecast", "--horizon", "2", "--as-of", "2026-01-01", "--format", "csv"];
        run(&data, &case, &args).0
    };
    let good = forecast("good.csv");
    let january: f64 = rows(&good)[0][1].parse().unwrap();
    assert!((2_735.0..=2_850.0).contains(&january), "{good}");
    assert_eq!(forecast("with1970.csv"), good);
}

#[test]
fn decimal_commas_and_signs_of_money_are_read_as_a_spreadsheet_shows_them() {
    let Some(case) = case("import-decimal-comma") else { return };
    let comma = ["--delimiter", ";", "--currency", "RUB", "--timezone", "Europe/Moscow"];
    let (_, out) = imported(&case, "ru.csv", "line_total=sum", &comma);
    assert!(out.contains("RUB: gross 3469.12, refunds 0.00, net 3469.12"), "{out}");
    assert!(out.contains("numbers are read as 1.234,56, as the file shows"), "{out}");
    let (_, out) = imported(&case, "us.csv", "line_total=sum", &["--currency", "USD"]);
    assert!(out.contains("USD: gross 2780.06, refunds 10.00, net 2770.06"), "{out}");
    assert!(!out.contains("numbers are read as"), "{out}");
}

/// A case of imports: its file, what is said of it, and what is told then.
type Imported<'a> = (&'a str, &'a str, &'a [&'a str], &'a [&'a str]);

const IMPORTS: &[Imported<'_>] = &[
    (
        "import-contact-field-drops-all",
        "orders.csv",
        &[
            "--map",
            "purchase_id=id,occurred_at=at,customer_id=c,customer_name=name,email=mail,phone=tel,total=sum",
        ],
        &[
            "USD: gross 11.00, refunds 0.00",
            "2 customer events",
            "4 events stored, 0 stored before, 0 rejected",
        ],
    ),
    (
        "import-dash-dates-month-first",
        "orders.csv",
        &["--map", "purchase_id=id,occurred_at=at,customer_id=c,total=sum"],
        &["dates are read month-first, as \"1/27/2019\" (line 8) shows", "USD: gross 90.00"],
    ),
    (
        "import-discount-line",
        "orders.csv",
        &["--map", "purchase_id=id,occurred_at=at,customer_id=c,sku=sku,quantity=q,unit_price=p"],
        &["USD: gross 90.00"],
    ),
    (
        "import-fractional-quantity",
        "orders.csv",
        &["--map", "purchase_id=id,occurred_at=at,customer_id=c,sku=sku,quantity=q,unit_price=p"],
        &["USD: gross 43.00"],
    ),
    (
        "import-fractional-quantity",
        "totals.csv",
        &["--map", "purchase_id=id,occurred_at=at,customer_id=c,sku=sku,quantity=q,total=t"],
        &["USD: gross 30.00"],
    ),
    (
        "import-long-product-name",
        "orders.csv",
        &["--timezone", "Europe/Moscow"],
        &["3 sales", "USD: gross 370.6667"],
    ),
    (
        "import-map-column-with-comma",
        "orders.csv",
        &["--map", "purchase_id=id,occurred_at=at", "--map", "total=Сумма, руб."],
        &["USD: gross 5.00"],
    ),
    (
        "import-no-time-column-of-its-own",
        "orders.csv",
        &["--timezone", "America/New_York"],
        &["USD: gross 85.00"],
    ),
    (
        "import-two-digit-year",
        "orders.csv",
        &["--map", "purchase_id=id,occurred_at=at,customer_id=c,total=sum"],
        &["3 lines read, 0 skipped", "USD: gross 2930.85"],
    ),
    (
        "import-two-digit-year",
        "more.csv",
        &["--map", "purchase_id=id,occurred_at=at,customer_id=c,total=sum"],
        &["10 lines read, 0 skipped", "10 sales"],
    ),
];

#[test]
fn each_file_of_an_import_comes_in_with_its_right_value() {
    for (name, file, said, expected) in IMPORTS {
        let Some(case) = case(name) else { return };
        let args = [&["import", file, "--currency", "USD"], *said].concat();
        let (out, err) = run(&scratch(), &case, &args);
        for text in *expected {
            assert!(out.contains(text), "{name}/{file}: {text}\n{out}{err}");
        }
    }
}

#[test]
fn dates_and_times_of_the_cases_are_those_of_their_reports() {
    let Some(case) = case("import-dash-dates-month-first") else { return };
    let (data, _) = imported(&case, "orders.csv", "total=sum", &["--currency", "USD"]);
    let (csv, _) = run(&data, &case, &["report", "sales", "--format", "csv"]);
    let months: Vec<_> = rows(&csv).into_iter().map(|row| row[..2].join(" ")).collect();
    assert_eq!(months, ["2019-01 30.00", "2019-02 30.00", "2019-03 30.00"]);

    let Some(case) = self::case("import-no-time-column-of-its-own") else { return };
    let data = scratch();
    let zone = ["--currency", "USD", "--timezone", "America/New_York"];
    run(&data, &case, &[&["import", "orders.csv"], &zone[..]].concat());
    let (csv, _) = run(&data, &case, &["report", "heatmap", "--format", "csv"]);
    let sold: Vec<_> = rows(&csv).into_iter().filter(|row| row[2] != "0").collect();
    let hours: Vec<_> = sold.iter().map(|row| row[..2].join(" ")).collect();
    assert_eq!(hours, ["Monday 10", "Monday 23"], "{csv}");
}

#[test]
fn an_export_of_shopify_is_understood_and_an_order_is_mended_by_a_later_file() {
    let Some(case) = case("import-shopify-orders") else { return };
    let data = scratch();
    let args = ["import", "orders_export.csv", "--timezone", "Europe/Istanbul"];
    let (out, err) = run(&data, &case, &args);
    for text in [
        "TRY: gross 250.00, refunds 0.00, net 250.00",
        "USD: gross 40.00, refunds 40.00, net 0.00",
        "1 order called off, in none of these sums: TRY 50.00",
    ] {
        assert!(out.contains(text), "{text}\n{out}{err}");
    }
    assert!(err.contains("made the workspace default: TRY, Europe/Istanbul"), "{err}");
    let (csv, _) = run(&data, &case, &["report", "customers", "--format", "csv"]);
    let customers: Vec<_> = rows(&csv).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(customers, ["ann@example.com", "bob@example.com"], "{csv}");

    let Some(case) = self::case("import-partial-order-is-final") else { return };
    let data = scratch();
    let map = "purchase_id=id,occurred_at=at,customer_id=c,sku=sku,quantity=q,unit_price=p";
    let of = |file: &str| run(&data, &case, &["import", file, "--currency", "USD", "--map", map]).0;
    assert!(of("first.csv").contains("USD: gross 50.00"));
    assert!(of("mended.csv").contains("1 event stored, 1 stored before, 0 rejected"));
    let (csv, _) = run(&data, &case, &["report", "sales", "--format", "csv"]);
    assert_eq!(rows(&csv)[0][1], "170.00");
}
