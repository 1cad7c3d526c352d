//! The import as a whole: small files of every awkward shape, any file at all, and the real one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::convert::Infallible;
use std::path::Path;

use crm_models::{Amount, Purchase, PurchaseKind, Timestamp};
use proptest::prelude::*;

use super::*;

const FIELDS: &str = "purchase_id=no,occurred_at=at,customer_id=who,sku=sku,name=what,\
                      quantity=n,unit_price=price,country=where";
const HEADER: &str = "no,at,who,sku,what,n,price,where\n";

fn plan(mapping: &str) -> Plan {
    Plan {
        replace: None,
        mapping: mapping.parse().unwrap(),
        currency: Currency::GBP,
        timezone: chrono_tz::Europe::London,
        date_order: None,
        decimals: None,
        states: States::new(),
        skip_open: true,
    }
}

fn online_retail() -> Plan {
    Plan { mapping: Preset::OnlineRetail.mapping(), ..plan(FIELDS) }
}

struct Imported {
    summary: Summary,
    events: Vec<Event>,
    rejects: String,
}

impl Imported {
    fn purchases(&self) -> impl Iterator<Item = &Purchase> {
        self.events.iter().filter_map(|event| match event {
            Event::Purchase(purchase) => Some(purchase),
            _ => None,
        })
    }
}

fn import(plan: &Plan, bytes: &[u8]) -> Result<Imported, ImportError<Infallible>> {
    let (mut events, mut rejects) = (Vec::new(), Vec::new());
    let now = Timestamp::from_millis(1_800_000_000_000);
    let judge = |event: &Event| match event.validate(now) {
        Ok(()) => Outcome::Accepted,
        Err(invalid) => Outcome::Rejected(invalid),
    };
    let mut files = Files::open(&[Source::Bytes(bytes)], &Reading::default())?;
    let summary = run(
        &mut files,
        plan,
        Some(&mut rejects),
        &mut |chunk| {
            events.extend_from_slice(&chunk);
            Ok(chunk.iter().map(judge).collect())
        },
        &mut go_on,
    )?;
    Ok(Imported { summary, events, rejects: String::from_utf8_lossy(&rejects).into_owned() })
}

fn opened(text: &str) -> Files<'_> {
    Files::open(&[Source::Bytes(text.as_bytes())], &Reading::default()).unwrap()
}

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn import_lines(lines: &str) -> Imported {
    import(&plan(FIELDS), format!("{HEADER}{lines}").as_bytes()).unwrap()
}

#[test]
fn a_placeholder_is_no_number_that_strangers_share() {
    let imported = import_lines(
        "n/a,2011-05-01 10:00,c,A,apple,1,10,UK\n\
         N/A,2011-06-01 10:00,d,A,apple,1,11,UK\n\
         null,2011-06-02 10:00,e,A,apple,1,12,UK\n\
         7,2011-06-03 10:00,f,A,apple,1,13,UK\n",
    );
    assert_eq!(imported.purchases().count(), 1);
    assert_eq!(imported.summary.skipped.get(&Reason::MissingPurchaseId), Some(&3));
}

#[test]
fn who_has_no_account_is_nobody_as_on_the_wire() {
    for nobody in ["0", "n/a", "00000000-0000-0000-0000-000000000000"] {
        let imported = import_lines(&format!("7,2011-06-03 10:00,{nobody},A,apple,1,13,UK\n"));
        let buyers: Vec<_> =
            imported.purchases().map(|purchase| purchase.customer_id.clone()).collect();
        assert_eq!(buyers, [None], "{nobody}");
        assert_eq!((imported.summary.customers, imported.events.len()), (0, 1));
    }
}

#[test]
fn lines_of_one_invoice_become_one_purchase_wherever_they_stand() {
    let imported = import_lines(
        "1,2011-01-05 10:01,c,A,apple,2,1.5,UK\n\
         2,2011-01-05 11:00,,B,,1,4,\n\
         1,2011-01-05 10:00,c,B,pear,1,3,UK\n\
         3,2011-01-05 12:00,d,A,,-1,1.5,UK\n\
         1,2011-01-05 10:02,c,C,,1,0.005,UK\n",
    );
    let purchases: Vec<_> = imported
        .purchases()
        .map(|purchase| {
            let id = purchase.purchase_id.as_ref().unwrap().as_str();
            let sum = purchase.total_or_sum().unwrap().to_string();
            (id, sum, purchase.items.len(), purchase.occurred_at.unwrap().to_string())
        })
        .collect();
    let expected = [
        ("1", "6.005", 3, "2011-01-05T10:00:00.000Z"),
        ("2", "4.00", 1, "2011-01-05T11:00:00.000Z"),
        ("3", "1.50", 1, "2011-01-05T12:00:00.000Z"),
    ];
    assert_eq!(purchases, expected.map(|(id, sum, n, at)| (id, sum.into(), n, at.into())));
    assert_eq!((imported.summary.sales, imported.summary.refunds), (2, 1));
    assert_eq!((imported.summary.scattered, imported.summary.several_times), (1, 1));
}

#[test]
fn a_purchase_whose_lines_all_stand_twice_is_told() {
    let first = "1,2011-01-05 10:01,c,A,apple,2,1.5,UK\n";
    let second = "1,2011-01-05 10:01,c,B,pear,1,3,UK\n";
    let sale = &[first, second].concat();
    let other = "2,2011-01-05 11:00,,B,,1,4,\n";
    let repeated = |file: &[&str]| {
        let imported = import_lines(&file.concat());
        (imported.summary.repeated, imported.summary.money[&Currency::GBP].gross.to_string())
    };
    assert_eq!(repeated(&[sale, other, sale]), (1, "16.00".to_owned()));
    assert_eq!(repeated(&[sale, other, second, first]), (1, "16.00".to_owned()));
    // The second time with a line less, with another text, next to each other, not a second time.
    for (file, gross) in [
        (vec![sale, other, second], "13.00"),
        (vec![sale, other, &sale.replace("pear", "bear")], "16.00"),
        (vec![sale, sale, other], "16.00"),
        (vec![first, other, second], "10.00"),
    ] {
        assert_eq!(repeated(&file), (0, gross.to_owned()), "{file:?}");
    }
}

#[test]
fn what_is_skipped_is_written_down_as_it_stood() {
    let imported = import_lines(
        "1,2011-01-05,c,A,\"a \"\"b\"\"\",1,0,UK\n\
         1,2011-01-05,c,A,,1,-2,UK\n\
         ,2011-01-05,c,A,,1,2,UK\n\
         \n\
         2,2011-01-05,c,A,,1,2\n\
         3,2011-01-05,c,\u{1},,1,2,UK\n",
    );
    insta::assert_snapshot!("rejects", imported.rejects);
    insta::assert_snapshot!("summary", imported.summary);
    insta::assert_json_snapshot!("summary_json", imported.summary);
}

#[test]
fn rejects_name_the_line_that_an_editor_shows() {
    for (end, last) in [("\n", "\n"), ("\r\n", "\r\n"), ("\n", ""), ("\r\n", "")] {
        let lines = [
            HEADER.trim_end(),
            "1,2011-01-05,c,A,\"two\nlines\",1,2,UK",
            "",
            "2,2011-01-05,c,A,,1,0,UK",
            "3,2011-01-05,c,A,\"two\nlines\",1,0,UK",
            "4,2011-01-05,c,A,,1,0,UK",
        ];
        let text = lines.join(end) + last;
        let imported = import(&plan(FIELDS), text.as_bytes()).unwrap();
        let mut reader = csv::Reader::from_reader(imported.rejects.as_bytes());
        let numbers: Vec<_> =
            reader.records().map(|record| record.unwrap()[0].to_owned()).collect();
        assert_eq!(numbers, ["5", "6", "8"], "{end:?} {last:?}");
    }
}

#[test]
fn names_and_addresses_become_customer_events_when_they_change() {
    let plan = plan("purchase_id=no,occurred_at=at,customer_id=who,customer_name=name,total=sum");
    let imported = import(
        &plan,
        b"no,at,who,name,sum\n\
          1,2011-01-05,c,Ann,1\n\
          2,2011-01-06,c,Ann,1\n\
          3,2011-01-07,c,Anne,-1\n\
          4,2011-01-08,,Nobody,1\n",
    )
    .unwrap();
    let names: Vec<_> = imported
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Customer(customer) => customer.name.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["Ann", "Anne"]);
    assert_eq!(imported.summary.customers, 2);
    assert_eq!(imported.summary.refunds, 1);
    assert!(imported.purchases().all(|purchase| purchase.items.is_empty()));
}

#[test]
fn a_second_run_adds_nothing() {
    let rows: Vec<Row> =
        (0..240).map(|n| (n, u16::from(n), 1 - 2 * i8::from(n % 7 == 0), 500)).collect();
    let text = csv_of(&rows);
    let mut stored = HashSet::new();
    let mut run_once = || {
        let mut sink = |chunk: Vec<Event>| {
            let store = |event: &Event| match stored.insert(event.id()) {
                true => Outcome::Accepted,
                false => Outcome::Duplicate,
            };
            Ok::<_, Infallible>(chunk.iter().map(store).collect())
        };
        run(&mut opened(&text), &plan(FIELDS), None, &mut sink, &mut go_on).unwrap()
    };
    let (first, second) = (run_once(), run_once());
    assert_eq!((first.accepted, first.duplicate), (240, 0));
    assert_eq!((second.accepted, second.duplicate), (0, 240));
    assert_eq!(first.money, second.money);
}

#[test]
fn a_byte_order_mark_does_not_hide_the_first_column() {
    let text = format!("\u{feff}{HEADER}1,2011-01-05,c,A,,1,2,UK\n");
    assert_eq!(import(&plan(FIELDS), text.as_bytes()).unwrap().summary.sales, 1);
}

#[test]
fn a_file_that_cannot_be_used_says_why() {
    let failure = |bytes: &[u8]| match import(&plan(FIELDS), bytes) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it was imported"),
    };
    assert_eq!(failure(b""), "the file is empty");
    assert!(failure(b"a,b\n1,2\n").contains("no column \"no\" for purchase_id"));
    let unclosed = format!("{HEADER}1,2011-01-05,c,\"{}", "A,b\n".repeat(600_000));
    assert_eq!(failure(unclosed.as_bytes()), "the file cannot be read");
}

#[test]
fn an_import_that_is_stopped_has_whole_purchases_in_and_a_second_run_adds_the_rest() {
    // Purchase 0 is open until the last line; most others have three lines.
    let line = |number: u64| match number {
        1 | 36_001 => "0,2011-01-05,c,A,,1,2,UK\n".to_owned(),
        number => format!("{},2011-01-05,c,A,,1,2,UK\n", number / 3 + 1),
    };
    let text = HEADER.to_owned() + &(1..=36_001).map(line).collect::<String>();
    let mut stored = HashSet::new();
    let mut run_until = |most_lines: u64| {
        let mut sink = |chunk: Vec<Event>| {
            let store = |event: &Event| match stored.insert(event.id()) {
                true => Outcome::Accepted,
                false => Outcome::Duplicate,
            };
            Ok::<_, Infallible>(chunk.iter().map(store).collect())
        };
        let mut progress = |progress: Progress| match progress.lines >= most_lines {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        run(&mut opened(&text), &plan(FIELDS), None, &mut sink, &mut progress)
    };
    let Err(ImportError::Stopped(summary)) = run_until(0) else { panic!("went on") };
    assert_eq!((summary.lines, summary.accepted), (0, 0));
    let Err(ImportError::Stopped(summary)) = run_until(20_000) else { panic!("went on") };
    // Line 20,000 is the third of purchase 6,667, which is open as well.
    assert_eq!((summary.lines, summary.accepted), (19_996, 6_666));
    let summary = run_until(u64::MAX).unwrap();
    assert_eq!((summary.lines, summary.accepted), (36_001, 12_001 - 6_666 + 1));
    assert_eq!(summary.duplicate, 6_666);
}

#[test]
fn a_sink_that_fails_stops_the_import() {
    let text = format!("{HEADER}1,2011-01-05,c,A,,1,2,UK\n");
    let outcome = run(&mut opened(&text), &plan(FIELDS), None, &mut |_| Err("full"), &mut go_on);
    assert!(matches!(outcome, Err(ImportError::Sink("full"))), "{outcome:?}");
}

/// A file's line: invoice, minute, quantity, price in 1/1000.
type Row = (u8, u16, i8, i16);

/// Prices of three decimals look like thousands.
fn with_points() -> Plan {
    Plan { decimals: Some(Decimals::Point), ..plan(FIELDS) }
}

fn csv_of(rows: &[Row]) -> String {
    let mut text = HEADER.to_owned();
    for (no, minute, quantity, price) in rows {
        let (hour, minute) = (minute / 60 % 24, minute % 60);
        let sign = if *price < 0 { "-" } else { "" };
        let (units, rest) = (price.unsigned_abs() / 1000, price.unsigned_abs() % 1000);
        text += &format!(
            "{no},2011-01-05 {hour}:{minute:02},c{no},A,x,{quantity},{sign}{units}.{rest:03},UK\n"
        );
    }
    text
}

proptest! {
    #[test]
    fn no_file_makes_an_import_panic(bytes: Vec<u8>, lines in "([0-9a-z,\"\n;. -]{0,12},){0,40}") {
        let _any = import(&plan(FIELDS), &bytes);
        let mut text = HEADER.as_bytes().to_vec();
        text.extend_from_slice(lines.as_bytes());
        text.extend_from_slice(&bytes);
        if let Ok(imported) = import(&plan(FIELDS), &text) {
            let summary = imported.summary;
            prop_assert_eq!(summary.accepted + summary.duplicate + summary.rejected_events(),
                summary.sales + summary.refunds + summary.customers);
        }
    }

    #[test]
    fn sums_of_lines_equal_sums_of_purchases(
        rows in prop::collection::vec((0_u8..6, 0_u16..3000, -3_i8..4, -500_i16..3000), 0..60)
    ) {
        let imported = import(&with_points(), csv_of(&rows).as_bytes()).unwrap();
        let mut groups: BTreeMap<(u8, bool), (i64, u64)> = BTreeMap::new();
        let mut skipped = 0;
        for (no, _, quantity, price) in &rows {
            if *price == 0 || *quantity == 0 {
                skipped += 1;
                continue;
            }
            let (sum, lines) = groups.entry((*no, *quantity < 0)).or_default();
            *sum += i64::from(*price) * 10 * i64::from(quantity.unsigned_abs());
            *lines += 1;
        }
        // What comes to less than nothing is left out whole.
        groups.retain(|_, (sum, lines)| {
            skipped += if *sum < 0 { *lines } else { 0 };
            *sum >= 0
        });
        let of_half = |refund| -> i64 {
            groups.iter().filter(|((_, of), _)| *of == refund).map(|(_, (sum, _))| sum).sum()
        };
        let sums = [of_half(false), of_half(true)];
        let of_kind = |kind| imported.purchases().filter(|purchase| purchase.kind == kind)
            .map(|purchase| purchase.total_or_sum().unwrap().ten_thousandths()).sum::<i64>();
        prop_assert_eq!(of_kind(PurchaseKind::Sale), sums[0]);
        prop_assert_eq!(of_kind(PurchaseKind::Refund), sums[1]);
        prop_assert_eq!(imported.events.len(), groups.len());
        prop_assert_eq!(imported.summary.skipped_lines(), skipped);
        let told = imported.summary.money.get(&Currency::GBP).copied().unwrap_or_default();
        prop_assert_eq!(told.gross.ten_thousandths(), i128::from(sums[0]));
        prop_assert_eq!(told.net.ten_thousandths(), i128::from(sums[0] - sums[1]));
        let ids: HashSet<_> = imported.events.iter().map(Event::id).collect();
        prop_assert_eq!(ids.len(), groups.len());
    }

    #[test]
    fn ids_do_not_depend_on_the_order_of_lines(
        rows in prop::collection::vec((0_u8..6, 0_u16..3000, -3_i8..4, 1_i16..3000), 0..40)
    ) {
        let turned: Vec<_> = rows.iter().rev().copied().collect();
        let ids = |rows: &[Row]| import(&with_points(), csv_of(rows).as_bytes()).unwrap()
            .events.iter().map(Event::id).collect::<BTreeSet<_>>();
        prop_assert_eq!(ids(&rows), ids(&turned));
    }
}

#[test]
fn online_retail_ii_agrees_with_the_truth() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/online_retail_ii.csv.gz");
    if !path.exists() && std::env::var_os("CRM_WITHOUT_DATA").is_some() {
        println!("skipped: {} is not there", path.display());
        return;
    }
    assert!(path.exists(), "{} is not there; CRM_WITHOUT_DATA=1 skips this", path.display());
    let started = std::time::Instant::now();
    let mut truth = Truth::default();
    let mut lines = 0;
    let summary = run(
        &mut Files::open(&[Source::File(&path)], &Reading::default()).unwrap(),
        &online_retail(),
        None,
        &mut |chunk: Vec<Event>| Ok::<_, Infallible>(truth.take(&chunk)),
        &mut |progress| {
            lines = progress.lines;
            go_on(progress)
        },
    )
    .unwrap();
    let elapsed = started.elapsed();
    eprintln!("{} lines in {elapsed:?}", summary.lines);

    assert_eq!((summary.lines, lines), (1_067_371, 1_067_371));
    let skipped = BTreeMap::from([(Reason::PriceZero, 6_202), (Reason::PriceNegative, 5)]);
    assert_eq!(summary.skipped, skipped);
    assert_eq!((summary.sales, summary.refunds), (40_078, 8_291));
    assert_eq!((summary.accepted, summary.duplicate), (48_369, 0));
    assert_eq!(summary.several_times, 83);
    let sums = summary.money[&Currency::GBP];
    assert_eq!(sums.gross.to_string(), "20972968.138");
    assert_eq!(sums.refunds.to_string(), "1527041.43");
    assert_eq!(sums.net.to_string(), "19445926.708");
    assert_eq!(truth.customers.len(), 5_878);
    assert_eq!(truth.months["2010-11"], (amount("1470272.482"), 2_747));
    assert_eq!(truth.months["2011-11"], (amount("1509496.33"), 2_769));
    let best = truth.products.iter().max_by_key(|(_, gross)| **gross).unwrap();
    assert_eq!(best, (&"22423".to_owned(), &amount("344563.25")));
    assert_eq!(truth.countries["United Kingdom"], amount("17871351.347"));
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// What the reports have to say of the sales of Online Retail II.
#[derive(Default)]
struct Truth {
    ids: HashSet<Option<crm_models::EventId>>,
    customers: HashSet<String>,
    months: HashMap<String, (Amount, u32)>,
    products: HashMap<String, Amount>,
    countries: HashMap<String, Amount>,
}

impl Truth {
    fn take(&mut self, events: &[Event]) -> Vec<Outcome> {
        events.iter().map(|event| self.take_one(event)).collect()
    }

    fn take_one(&mut self, event: &Event) -> Outcome {
        if !self.ids.insert(event.id()) {
            return Outcome::Duplicate;
        }
        event.validate(Timestamp::from_millis(1_800_000_000_000)).unwrap();
        let Event::Purchase(purchase) = event else { panic!("only purchases") };
        if purchase.kind == PurchaseKind::Refund {
            return Outcome::Accepted;
        }
        let total = purchase.total_or_sum().unwrap();
        let add = |sum: &mut Amount, more: Amount| *sum = sum.checked_add(more).unwrap();
        let at: chrono::DateTime<chrono::Utc> = purchase.occurred_at.unwrap().into();
        let month = at.with_timezone(&chrono_tz::Europe::London).format("%Y-%m").to_string();
        let (gross, orders) = self.months.entry(month).or_default();
        add(gross, total);
        *orders += 1;
        self.customers.extend(purchase.customer_id.as_ref().map(|id| id.as_str().to_owned()));
        let country = purchase.country.clone().unwrap_or_default();
        add(self.countries.entry(country).or_default(), total);
        for item in &purchase.items {
            let sum = self.products.entry(item.product().unwrap().to_owned()).or_default();
            add(sum, item.amount().unwrap());
        }
        Outcome::Accepted
    }
}
