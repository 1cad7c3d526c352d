//! The demo: each line that it prints about its shop is true of the shop.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, Days, NaiveDate, Utc};
use crm_collector::demo::{Parameters, Shop};
use crm_models::{Amount, Event, LineItem, Purchase, PurchaseKind, State};

use crate::cli::run_with;

/// What was sold and what came back, as it stands in the end, each with its day in UTC.
fn purchases(until: NaiveDate) -> Vec<(NaiveDate, Purchase)> {
    let shop = Shop::new(Parameters::three_years(42, until));
    let mut newest = BTreeMap::new();
    for event in shop {
        let Event::Purchase(purchase) = event else { continue };
        newest.insert((purchase.source.clone(), purchase.purchase_id.clone()), purchase);
    }
    let counted = newest.into_values().filter(|purchase| purchase.state == State::Paid);
    let dated = counted.map(|purchase| {
        let at = DateTime::<Utc>::from(purchase.occurred_at.unwrap());
        (at.date_naive(), purchase)
    });
    dated.collect()
}

/// What was paid for products, without tax, 1/10,000.
fn net(purchase: &Purchase) -> i64 {
    purchase.parts().and_then(|parts| parts.net()).unwrap().ten_thousandths()
}

fn is_sale(purchase: &Purchase) -> bool {
    purchase.kind == PurchaseKind::Sale
}

fn names(purchase: &Purchase) -> BTreeSet<&str> {
    let products = purchase.items.iter().filter(|item| item.product().is_some());
    products.map(|item| item.name.as_deref().unwrap()).collect()
}

/// What was paid for a line, without the tax that is in its price, 1/10,000.
fn net_of(item: &LineItem) -> i64 {
    let [off, tax] = [item.discount, item.tax].map(Option::unwrap_or_default);
    let off = off.checked_add(tax).unwrap();
    item.amount().unwrap().checked_sub(off).unwrap().ten_thousandths()
}

fn line<'a>(printed: &'a str, topic: &str) -> &'a str {
    let line = printed.lines().find_map(|line| line.strip_prefix(topic));
    line.unwrap_or_else(|| panic!("no {topic} in {printed}")).trim()
}

/// The text between two others.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let found = text.split_once(before).and_then(|(_, rest)| rest.split_once(after));
    found.unwrap_or_else(|| panic!("no {before:?} and {after:?} in {text}")).0
}

fn number(text: &str) -> f64 {
    text.replace(',', "").parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

#[test]
fn what_the_demo_says_is_true_of_its_shop() {
    let folder = tempfile::tempdir().unwrap();
    let command = ["demo", "--once", "--until", "2026-09-20", "--listen", "127.0.0.1:0"];
    let ran = run_with(folder.path(), &command, "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let printed = ran.out.as_str();
    assert!(!printed.contains("too little is known"), "{printed}");
    let until: NaiveDate = between(printed, " to before ", " (UTC)").parse().unwrap();
    let purchases = purchases(until);
    let sales = || purchases.iter().filter(|(_, purchase)| is_sale(purchase));

    // Together: pairs are counted in baskets, and chance is that of one beside the other.
    let together = line(printed, "together ");
    let (pair, counts) = together.split_once(": in ").unwrap();
    let (one, other) = pair.split_once(" with ").unwrap();
    let with = |wanted: &[&str]| {
        let all = |purchase: &Purchase| wanted.iter().all(|name| names(purchase).contains(name));
        f64::from(u32::try_from(sales().filter(|(_, sale)| all(sale)).count()).unwrap())
    };
    let (both, all) = (with(&[one, other]), with(&[]));
    let by_chance = with(&[one]) * with(&[other]) / all;
    let lift = number(between(counts, "baskets, ", " times"));
    assert_eq!(number(counts.split(' ').next().unwrap()), both, "{together}");
    assert_eq!(number(between(counts, "of ", " baskets")), all, "{together}");
    assert!((lift - both / by_chance).abs() <= 0.05, "{together}: {}", both / by_chance);

    // The customer: days with a purchase, and what was paid for products less what came back.
    let customer = line(printed, "customer ");
    let id = between(customer, "(", ")");
    let own = purchases
        .iter()
        .filter(|(_, one)| one.customer_id.as_ref().is_some_and(|own| own.as_str() == id));
    let (mut days, mut spent) = (BTreeSet::new(), 0);
    for (day, purchase) in own {
        if is_sale(purchase) {
            days.insert(day);
            spent += net(purchase);
        } else {
            spent -= net(purchase);
        }
    }
    assert_eq!(between(customer, "on ", " days"), days.len().to_string(), "{customer}");
    let told = between(customer, "for ", " EUR").replace(',', "");
    assert_eq!(told, Amount::from_ten_thousandths(spent).to_string(), "{customer}");

    // The product: the teapot, from about the week in which it was praised, against the same weeks of
    // the year before.
    let product = line(printed, "product ");
    assert!(product.starts_with("Stoneware Teapot, 1.2 l: "), "{product}");
    let said = between(product, "since ", ";");
    let since = NaiveDate::parse_from_str(said, "%d %B %Y").unwrap();
    let praised = until - Days::new(140);
    let weeks_off = (since - praised).num_weeks().abs();
    assert!(weeks_off <= 2, "{product}: praised on {praised}");
    // Whole weeks alone.
    let weeks = (until - since).num_weeks();
    let of_teapot = |from: NaiveDate| {
        let days = from..from + Days::new(7 * weeks.unsigned_abs());
        let there = purchases.iter().filter(|(day, _)| days.contains(day));
        let sum: i64 = there
            .map(|(_, one)| {
                let items = one.items.iter().filter(|item| item.product() == Some("TEA-202"));
                let sum: i64 = items.map(net_of).sum();
                if is_sale(one) { sum } else { -sum }
            })
            .sum();
        f64::from(i32::try_from(sum / 10_000).unwrap()) / f64::from(i32::try_from(weeks).unwrap())
    };
    let (before, after) = between(product, ": ", " EUR a week").split_once(" → ").unwrap();
    let raw = [of_teapot(since - Days::new(364)), of_teapot(since)];
    for (told, raw) in [before, after].into_iter().zip(raw) {
        assert!((number(told) - raw).abs() < 1.0 + 0.02 * raw, "{product}: {raw}");
    }

    // The forecast: of the next month, near what the month brought a year and two years ago.
    let forecast = line(printed, "forecast ");
    let month = forecast.split(' ').next().unwrap();
    let mut months: BTreeMap<String, f64> = BTreeMap::new();
    for (day, sale) in sales() {
        *months.entry(day.format("%Y-%m").to_string()).or_default() +=
            f64::from(i32::try_from(net(sale) / 10_000).unwrap());
    }
    let next = (until - Days::new(1)).format("%Y-%m").to_string();
    assert!(month > next.as_str(), "{forecast}: known until {next}");
    let (year, rest) = month.split_once('-').unwrap();
    let before = &months[&format!("{}-{rest}", year.parse::<i32>().unwrap() - 1)];
    let told = number(between(forecast, "about ", " EUR"));
    assert!((0.6..1.7).contains(&(told / before)), "{forecast}: {before} a year before");
}

#[test]
fn a_demo_that_is_interrupted_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_crm-collector"));
    command.args(["demo", "--listen", "127.0.0.1:0"]).env("TMPDIR", folder.path());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let made = || {
        let entry = std::fs::read_dir(folder.path()).unwrap().next()?.unwrap();
        std::fs::metadata(entry.path().join("crm.db-wal")).ok().filter(|log| log.len() > 1 << 19)
    };
    let began = Instant::now();
    // Events are in, and more are on their way.
    while made().is_none() {
        assert!(began.elapsed() < Duration::from_secs(120), "nothing comes in");
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert_eq!(err.lines().last(), Some("error: stopped before everything was shown"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{err}");
}
