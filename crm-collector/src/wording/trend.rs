//! Trends in words, in English: what changed, from what to what, against what, since when, and what
//! drove it.

use chrono::NaiveDate;
use crm_api::Bucket;
use crm_api::answer::{Change, Compared, Direction, Driver, Factor, Figure, Trend};

use super::TrendParts;
use crate::words::grouped;

/// What changed and what drove it.
pub fn trend(of: &TrendParts<'_>) -> String {
    let TrendParts { trend, currency, bucket } = *of;
    let what = part(&trend.dimension, trend.key.as_deref(), trend.name.as_deref());
    let since = trend.since_date.format("%-d %B %Y");
    let (expected, actual) = (whole(trend.expected), whole(trend.actual));
    let percent = percent(trend);
    let from_to = match trend.compared {
        Compared::YearsBefore { .. } | Compared::Before => format!(
            "{expected} → {actual} {currency} a {bucket}{}{percent}",
            against(&trend.compared, bucket)
        ),
        Compared::ShareBefore => format!(
            "{actual} {currency} a {bucket} where its earlier share of sales would be \
             {expected}{percent}"
        ),
        Compared::CustomersWhoStayed => format!(
            "{actual} {currency} a {bucket} where it would be {expected} with them{percent}"
        ),
    };
    let told = match trend.change {
        Change::LevelChange { .. } => format!("{what}: {from_to}, since {since}"),
        Change::Growth { direction } => {
            let way = if direction == Direction::Down { "falling" } else { "growing" };
            format!("{what}: {way}, {from_to}")
        }
        Change::Launch => {
            let others = others(trend, "new too, each since a day of its own");
            return format!("{what}: new since {since}, {actual} {currency} a {bucket}{others}");
        }
        Change::End => {
            let others = others(trend, "sold no more either, each since a day of its own");
            // The period in which it ended may have some of it.
            let left = match &*actual {
                "0" => format!("not sold since {since}"),
                actual => format!("hardly sold since {since}, {actual} {currency} a {bucket}"),
            };
            return format!(
                "{what}: {left}; {expected} {currency} a {bucket} would be usual{others}"
            );
        }
        Change::OneOff { .. } => format!("{what}: {from_to}, once, in the {bucket} of {since}"),
        Change::Mix { .. } => format!("{what}: {from_to}, since {since}{}", exchanged(trend)),
        Change::Price { direction, before, after, sold_before, sold_after } => {
            let (more, like) = match direction {
                Direction::Down => ("less", "cheaper too"),
                Direction::Up => ("more", "dearer too"),
            };
            return format!(
                "{what}: average price {} → {} {currency} since {since}{percent}, {} {currency} {more} a \
                 {bucket} for what is sold; sales {} → {} {currency} a {bucket}{}{}",
                cents(before),
                cents(after),
                whole(trend.size).trim_start_matches('-'),
                whole(sold_before),
                whole(sold_after),
                against(&trend.compared, bucket),
                others(trend, like)
            );
        }
        Change::CustomersLost => {
            format!("{what}: regular customers stopped buying about {since}: {from_to}")
        }
    };
    let mut told = told;
    if let Some(factor) = trend.main_factor().and_then(factor) {
        told.push_str(&format!("; {factor}"));
    }
    if let Some((driver, named)) = trend.driver.as_ref().zip(trend.main_driver()) {
        let named = part(&named.dimension, named.key.as_deref(), named.name.as_deref());
        match driver {
            Driver::MostOfIt { .. } => told.push_str(&format!("; most of it is {named}")),
            Driver::AboveAll { .. } => told.push_str(&format!("; above all {named}")),
        }
    }
    told
}

/// What is compared with what, where it is periods with others.
fn against(compared: &Compared, bucket: Bucket) -> String {
    match compared {
        Compared::YearsBefore { years: 1 } => {
            format!(" against the same {bucket}s of the year before")
        }
        Compared::YearsBefore { years } => {
            format!(" against the same {bucket}s {years} years before")
        }
        Compared::Before => format!(" against the {bucket}s before"),
        Compared::ShareBefore | Compared::CustomersWhoStayed => String::new(),
    }
}

/// What repeats itself each year.
pub fn season(best: NaiveDate, times: f64, bucket: Bucket) -> String {
    let best = match bucket {
        Bucket::Day | Bucket::Week => format!("about {}", best.format("%-d %B")),
        Bucket::Month => format!("in {}", best.format("%B")),
        _ => format!("in the {bucket} that begins with {}", best.format("%B")),
    };
    format!("each year most is sold {best}: {times:.1} times as much as in a usual {bucket}")
}

/// The cause in few words, for a column.
pub fn cause(trend: &Trend) -> Option<String> {
    let factor = trend.main_factor().and_then(factor);
    let driver = trend
        .main_driver()
        .map(|named| part(&named.dimension, named.key.as_deref(), named.name.as_deref()));
    match (factor, driver) {
        (Some(factor), Some(driver)) => Some(format!("{factor}; {driver}")),
        (Some(factor), None) => Some(factor.to_owned()),
        (None, driver) => driver,
    }
}

/// What a trend is of: the whole, or a part by its name, or else by its key.
fn part(dimension: &str, key: Option<&str>, name: Option<&str>) -> String {
    match (dimension, name.or(key)) {
        ("all", _) => "all sales".to_owned(),
        (_, Some(named)) => named.to_owned(),
        (dimension, None) => format!("no {dimension}"),
    }
}

/// Who gave what this part has won, or has what it lost.
fn exchanged(trend: &Trend) -> String {
    let Some(other) = trend.explains.first() else { return String::new() };
    let other = part(&other.dimension, other.key.as_deref(), other.name.as_deref());
    if trend.size.is_negative() {
        format!("; {other} has won what it lost")
    } else {
        format!("; {other} has lost what it won")
    }
}

/// `; 17 other products are new too`, where one renewal is told by its largest.
fn others(trend: &Trend, what: &str) -> String {
    let other = trend.explains.iter().filter(|other| other.dimension == trend.dimension).count();
    let more = trend.explained.saturating_sub(trend.explains.len());
    let dimension = &trend.dimension;
    match other + more {
        0 => String::new(),
        1 => format!("; 1 other {dimension} is {what}"),
        many => format!("; {} other {dimension}s are {what}", grouped(&many.to_string())),
    }
}

fn factor(of: &Factor) -> Option<&'static str> {
    let more = !of.contribution.is_negative();
    Some(match (&*of.factor, more) {
        ("customers", true) => "more customers",
        ("customers", false) => "fewer customers",
        ("frequency", true) => "more orders a customer",
        ("frequency", false) => "fewer orders a customer",
        ("basket", true) => "more units an order",
        ("basket", false) => "fewer units an order",
        ("price", true) => "more money a unit",
        ("price", false) => "less money a unit",
        _ => return None,
    })
}

/// ` (−19 %)`; nothing where nothing was.
fn percent(trend: &Trend) -> String {
    let Some(share) = trend.share else { return String::new() };
    let sign = if share < 0.0 { '−' } else { '+' };
    format!(" ({sign}{:.0} %)", share.abs() * 100.0)
}

/// Without cents.
fn whole(figure: Figure) -> String {
    let text = rounded(figure, 0);
    grouped(&text)
}

fn cents(figure: Figure) -> String {
    grouped(&rounded(figure, 2))
}

fn rounded(figure: Figure, digits: usize) -> String {
    let number: f64 = match figure {
        Figure::Money(total) => total.to_string().parse().unwrap_or_default(),
        Figure::Number(number) => number,
    };
    // No sign before a nought.
    let text = format!("{number:.digits$}");
    match text.strip_prefix('-') {
        Some(nought) if nought.chars().all(|sign| "0.".contains(sign)) => nought.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use crm_api::answer::{Contribution, Explained, Rows};
    use crm_models::Currency;

    use super::*;

    fn told(change: Change, compared: Compared, more: impl FnOnce(&mut Trend)) -> String {
        let (before, after) = (3_441.0, 2_772.0);
        let mut trend = Trend {
            dimension: "product".into(),
            key: Some("85123A".to_owned()),
            name: Some("HEART HOLDER".to_owned()),
            kind: change.as_str().to_owned(),
            first: true,
            summary: String::new(),
            cause: None,
            change,
            compared,
            driver: None,
            since: "2011-W11".to_owned(),
            since_date: NaiveDate::from_ymd_opt(2011, 3, 14).unwrap(),
            size: Figure::estimate(after - before),
            share: Some((after - before) / before),
            at_stake: Figure::estimate(-2_900.0),
            expected: Figure::estimate(before),
            actual: Figure::estimate(after),
            confidence: 0.99,
            explains: Vec::new(),
            explained: 0,
            factors: Vec::new(),
            drivers: Vec::new(),
            rows: Rows { purchases: 1, href: String::new() },
        };
        more(&mut trend);
        super::trend(&TrendParts { trend: &trend, currency: Currency::GBP, bucket: Bucket::Week })
    }

    const DOWN: Direction = Direction::Down;
    const LAST_YEAR: Compared = Compared::YearsBefore { years: 1 };

    #[test]
    fn a_change_is_told_with_what_it_is_compared_with_and_its_cause() {
        let level = Change::LevelChange { direction: DOWN };
        let with_cause = told(level, LAST_YEAR, |trend| {
            trend.factors = vec![Factor {
                factor: "customers".into(),
                before: 90.0,
                after: 70.0,
                contribution: Figure::money(-600.0),
            }];
            trend.drivers = vec![Contribution {
                dimension: "country".into(),
                key: Some("France".to_owned()),
                name: None,
                contribution: Figure::money(-400.0),
                share: 0.6,
                surprise: 0.1,
            }];
            trend.driver = Some(Driver::MostOfIt { driver: 0 });
        });
        assert_eq!(
            with_cause,
            "HEART HOLDER: 3,441 → 2,772 GBP a week against the same weeks of the year before \
             (−19 %), since 14 March 2011; fewer customers; most of it is France"
        );
        assert_eq!(
            told(level, Compared::ShareBefore, |_| {}),
            "HEART HOLDER: 2,772 GBP a week where its earlier share of sales would be 3,441 (−19 %), \
             since 14 March 2011"
        );
        assert_eq!(
            told(Change::CustomersLost, Compared::CustomersWhoStayed, |trend| {
                (trend.dimension, trend.key, trend.name) = ("all".into(), None, None);
            }),
            "all sales: regular customers stopped buying about 14 March 2011: 2,772 GBP a week where \
             it would be 3,441 with them (−19 %)"
        );
    }

    #[test]
    fn what_begins_ends_or_costs_more_is_told_with_its_like() {
        let launch = told(Change::Launch, LAST_YEAR, |trend| trend.explained = 438);
        assert_eq!(
            launch,
            "HEART HOLDER: new since 14 March 2011, 2,772 GBP a week; 438 other products are new too, each since \
             a day of its own"
        );
        assert_eq!(
            told(Change::End, LAST_YEAR, |trend| trend.actual = Figure::estimate(0.0)),
            "HEART HOLDER: not sold since 14 March 2011; 3,441 GBP a week would be usual"
        );
        let (before, after) = (Figure::estimate(10.0), Figure::estimate(12.5));
        let (sold_before, sold_after) = (Figure::estimate(1_304.0), Figure::estimate(1_552.0));
        let price =
            Change::Price { direction: Direction::Up, before, after, sold_before, sold_after };
        let dearer = told(price, LAST_YEAR, |trend| {
            trend.size = Figure::estimate(310.4);
            trend.share = Some(0.25);
        });
        assert_eq!(
            dearer,
            "HEART HOLDER: average price 10.00 → 12.50 GBP since 14 March 2011 (+25 %), 310 GBP more a week \
             for what is sold; sales 1,304 → 1,552 GBP a week against the same weeks of the year before"
        );
        let mix = told(Change::Mix { direction: DOWN }, LAST_YEAR, |trend| {
            trend.dimension = "channel".into();
            trend.name = Some("web".to_owned());
            let app = Some("app".to_owned());
            trend.explains = vec![Explained { dimension: "channel".into(), key: app, name: None }];
        });
        assert!(mix.ends_with(", since 14 March 2011; app has won what it lost"), "{mix}");
    }
}
