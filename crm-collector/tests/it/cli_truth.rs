//! What commands print is so: the days and the clocks that are named, the advice that is given.

use std::path::Path;

use crate::cli::run_with;

/// A workspace of a zone with orders imported from lines of `order,date,who,sku,category,price`.
fn shop(timezone: &str, lines: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    std::fs::write(&file, format!("order,date,who,sku,category,price\n{lines}")).unwrap();
    let map = "purchase_id=order,occurred_at=date,customer_id=who,sku=sku,category=category,\
               unit_price=price";
    let file = file.to_str().unwrap();
    let import = ["import", file, "--map", map, "--currency", "EUR", "--timezone", timezone];
    let imported = run_with(folder.path(), &import, "");
    assert_eq!(imported.code, 0, "{}", imported.err);
    folder
}

fn out(data: &Path, args: &[&str]) -> String {
    let ran = run_with(data, args, "");
    assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
    ran.out
}

fn title(data: &Path, args: &[&str]) -> String {
    out(data, args).lines().next().unwrap().to_owned()
}

#[test]
fn the_advice_how_far_purchases_are_shown_works_where_their_day_lies_before_1900() {
    let mut lines = "1,1900-01-01T00:30:00Z,c-1,MUG,,9\n".to_owned();
    for day in 10..30 {
        lines += &format!("{day},2026-01-{day}T12:00:00Z,c-{day},MUG,,1\n");
    }
    let shop = shop("America/New_York", &lines);
    let sales = out(shop.path(), &["report", "sales", "--bucket", "year"]);
    let note = sales.lines().find(|line| line.contains("far before all others")).unwrap();
    assert_eq!(
        note,
        "1 purchase (9.00 EUR net) lies far before all others, on 1899-12-31, in none of these \
         figures; --from 1899-12-31 --to 1900-01-01 shows them"
    );
    let (_, advice) = note.split_once("; ").unwrap();
    let mut args = vec!["report", "sales", "--bucket", "year", "--format", "csv"];
    args.extend(advice.strip_suffix(" shows them").unwrap().split(' '));
    let shown = out(shop.path(), &args);
    assert!(shown.lines().nth(1).unwrap().starts_with("1899,9.00,"), "{shown}");
}

#[test]
fn titles_name_the_days_that_were_asked_for() {
    let some = shop("UTC", "1,2025-08-29,c-1,MUG,,9\n");
    let report = |args: &[&str]| title(some.path(), &[&["report", "sales"], args].concat());
    assert_eq!(report(&["--to", "2020-01-01"]), "sales in EUR, before 2020-01-01 (UTC)");
    assert_eq!(report(&["--from", "2030-01-01"]), "sales in EUR, from 2030-01-01 on (UTC)");
    let empty = tempfile::tempdir().unwrap();
    let add = ["user", "add", "--email", "a@example.com", "--name", "A", "--password-stdin"];
    assert_eq!(run_with(empty.path(), &add, "a long password\n").code, 0);
    let summary = out(empty.path(), &["report", "summary"]);
    assert!(summary.starts_with("summary in EUR, nothing was bought yet (UTC)\n"), "{summary}");
    assert!(!summary.contains("1970"), "{summary}");
}

#[test]
fn a_date_in_another_form_is_told_the_form_that_is_meant() {
    let shop = shop("UTC", "1,2026-01-05,c-1,MUG,,9\n");
    let cases: [&[&str]; 7] = [
        &["report", "sales", "--from"],
        &["report", "sales", "--to"],
        &["trends", "--as-of"],
        &["forecast", "--bucket", "day", "--holidays"],
        &["customers", "--with", "value", "--as-of"],
        &["analyze", "value", "--input", "x.csv", "--horizon-days", "9", "--as-of"],
        &["analyze", "next", "--input", "x.csv", "--as-of"],
    ];
    for args in cases {
        for given in ["01.02.2026", "2026-13-01", "today"] {
            let ran = run_with(shop.path(), &[args, &[given]].concat(), "");
            let told = "is a day such as 2026-01-31";
            assert!(ran.err.contains(told), "{args:?} {given}: {}", ran.err);
            assert_eq!(ran.code, 2, "{args:?} {given}");
        }
    }
}

#[test]
fn times_are_shown_by_the_clocks_of_the_workspace() {
    let shop = shop("Asia/Tokyo", "1,2026-01-05,c-1,MUG,,9\n");
    let utc = title_and_since(shop.path());
    assert_eq!(utc.0, "customers, in order of first acquaintance (Asia/Tokyo)");
    let set = ["workspace", "set", "--timezone", "UTC"];
    assert_eq!(run_with(shop.path(), &set, "").code, 0);
    let later = title_and_since(shop.path());
    assert_eq!(later.0, "customers, in order of first acquaintance (UTC)");
    assert_eq!((utc.1 - later.1).num_hours(), 9);
}

/// The title of the customers, and when the first became known.
fn title_and_since(data: &Path) -> (String, chrono::NaiveDateTime) {
    let table = out(data, &["customers"]);
    let row = table.lines().find(|line| line.trim_start().starts_with("c-1")).unwrap();
    let at = &row[row.len() - "2026-01-05 10:00".len()..];
    let at = chrono::NaiveDateTime::parse_from_str(at, "%Y-%m-%d %H:%M").unwrap();
    (table.lines().next().unwrap().to_owned(), at)
}

#[test]
fn a_fee_is_told_to_be_in_no_basket() {
    let shop = shop("UTC", "1,2026-01-05,c-1,MUG,,9\n1,2026-01-05,c-1,POST,fee,2\n");
    assert_eq!(
        out(shop.path(), &["together", "POST"]),
        "POST counts as a fee, and fees are left out of baskets\n\
         nothing is bought together with a fee\n"
    );
    let mug = title(shop.path(), &["together", "MUG"]);
    assert_eq!(mug, "bought together with MUG, which is in 1 of 1 basket");
}
