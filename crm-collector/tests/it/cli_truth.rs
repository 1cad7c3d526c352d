//! What commands print is so: the days and the clocks that are named, the advice that is given.

use std::path::Path;

use crm_collector::store::{Config, NewRejected, SentText, Store, StoreError, WriteTx};
use crm_models::{Code, Invalid, Timestamp};

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
    // It is longer than a line is wide.
    let told = sales.lines().skip_while(|line| !line.contains("far before all others"));
    let note = &told.take(2).map(str::trim).collect::<Vec<_>>().join(" ");
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
    assert_eq!(utc.0, "customers, in the order in which they were told of (Asia/Tokyo)");
    let set = ["workspace", "set", "--timezone", "UTC"];
    assert_eq!(run_with(shop.path(), &set, "").code, 0);
    let later = title_and_since(shop.path());
    assert_eq!(later.0, "customers, in the order in which they were told of (UTC)");
    assert_eq!((utc.1 - later.1).num_hours(), 9);
}

/// The title of the customers, and when the first of them bought first.
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

#[test]
fn a_first_day_that_somebody_said_sets_what_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    // Four orders of 2019 are no accident, so that they count where nobody says otherwise.
    let old = (1..5).map(|n| format!("o{n},2019-03-0{n},a,100\n"));
    let new = (1..9).map(|n| format!("n{n},2026-0{n}-15,a,5\n"));
    let lines: String = old.chain(new).collect();
    std::fs::write(&file, format!("id,at,c,sum\n{lines}")).unwrap();
    let map = "purchase_id=id,occurred_at=at,customer_id=c,total=sum";
    let args = ["import", file.to_str().unwrap(), "--currency", "USD", "--map", map];
    assert_eq!(run_with(folder.path(), &args, "").code, 0);
    let title = || {
        let report = run_with(folder.path(), &["report", "channels"], "").out;
        let total = report.lines().last().unwrap().split_whitespace().nth(1).unwrap().to_owned();
        (report.lines().next().unwrap().to_owned(), total, report)
    };
    let (told, ..) = title();
    assert!(told.contains("from 2019-03-01 to before 2026-08-16"), "{told}");
    let set = |day: &str| run_with(folder.path(), &["workspace", "set", "--known-from", day], "");
    assert_eq!(set("2026-01-01").err, "default: known from 2026-01-01 instead of auto\n");
    let (told, _, report) = title();
    assert!(told.contains("from 2026-01-15 to before 2026-08-16"), "{told}");
    assert!(report.contains("40.00") && report.contains("4 purchases"), "{report}");
    assert_eq!(set("auto").err, "default: known from auto instead of 2026-01-01\n");
    assert_eq!(set("soon").code, 2);
}

#[test]
fn a_limit_of_0_prints_all_of_any_list() {
    let shop = shop("UTC", "1,2025-08-29,c-1,MUG,,9\n2,2025-08-30,c-2,MUG,,9\n");
    let data = shop.path();
    let file = data.join("more.csv");
    std::fs::write(&file, "order,date,who,price\n3,2025-08-31,c-3,9\n").unwrap();
    let map = "purchase_id=order,occurred_at=date,customer_id=who,line_total=price";
    out(data, &["import", file.to_str().unwrap(), "--map", map]);
    for name in ["one", "two"] {
        out(data, &["key", "create", "--name", name, "--scopes", "read"]);
    }
    {
        let store = Store::open_existing(data, &Config::default()).unwrap();
        let reject = |tx: &WriteTx<'_>| {
            let workspace = tx.workspaces()?[0].id;
            let reason = Invalid::new(Code::InvalidField, "total", "is no amount".into());
            let event = SentText::new("{}");
            let rejected = NewRejected { key: None, reason: &reason, event: &event };
            (0..2).try_for_each(|_| tx.keep_rejected(workspace, &rejected, 1_000, now()).map(drop))
        };
        store.write::<_, StoreError>(reject).unwrap();
    }
    for (list, entries) in [
        (&["imports", "list"][..], 2),
        (&["audit"], 3),
        (&["rejected", "list"], 2),
        (&["customers", "--format", "csv"], 3),
    ] {
        let lines = |limit: &str| out(data, &[list, &["--limit", limit]].concat()).lines().count();
        assert_eq!((lines("0"), lines("1")), (entries + 1, 2), "{list:?}");
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_756_500_000_000)
}
