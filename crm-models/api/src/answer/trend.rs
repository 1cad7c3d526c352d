//! What changed.

use std::borrow::Cow;

use chrono::NaiveDate;
use crm_models::Currency;
use serde::{Deserialize, Serialize};

use super::{Change, Compared, Driver, Figure, Missing};
use crate::{Bucket, Outside};

/// What changed: what is worth a look first, then the rest, each by the money at stake a month from
/// now on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trends {
    /// Length of a period.
    pub bucket: Bucket,
    /// Currency of the purchases that count.
    pub currency: Currency,
    /// IANA name of the time zone whose days these are.
    pub timezone: String,
    /// First day that counts.
    pub from: NaiveDate,
    /// First day that counts no more; the period that it lies in is not complete and not used.
    pub as_of: NaiveDate,
    /// Series that were looked at: the whole, and its parts.
    pub examined: usize,
    /// The chance that a shop in which nothing changed shows anything, at the most.
    pub false_alarm_rate: f64,
    /// What repeats itself each year; null where two years have not shown it alike.
    pub season: Option<Season>,
    /// The trends.
    pub trends: Vec<Trend>,
    /// Trends that the limit left out.
    pub omitted: usize,
    /// What more would have been needed, in a sentence; null when nothing was missing.
    pub missing: Option<String>,
    /// The same as codes with their parameters.
    pub missing_codes: Vec<Missing>,
    /// Purchases that are in none of these figures.
    pub outside: Outside,
}

/// A change that chance does not explain.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trend {
    /// What changed: `all`, `product`, `country`, `channel`.
    pub dimension: Cow<'static, str>,
    /// Which part; null for the whole, and for what has no key.
    pub key: Option<String>,
    /// Its name, if it has one beside its key.
    pub name: Option<String>,
    /// How: `level_change`, `growth`, `launch`, `end`, `one_off`, `mix`, `price`, `customers_lost`.
    pub kind: String,
    /// Whether it is worth a look first; at most five are.
    pub first: bool,
    /// What changed and what drove it, in a sentence.
    pub summary: String,
    /// What drove it, in few words; null where nothing stands out.
    pub cause: Option<String>,
    /// How it changed, as a code with its parameters.
    pub change: Change,
    /// What the periods since are compared with: like with like.
    pub compared: Compared,
    /// What drove it, as far as one part can be named; null where none changed more than its size
    /// explains.
    pub driver: Option<Driver>,
    /// The period it began in.
    pub since: String,
    /// First day of that period.
    pub since_date: NaiveDate,
    /// Money a period: what is, less what would have been.
    pub size: Figure,
    /// The same as a share of what would have been; null where that is nothing.
    pub share: Option<f64>,
    /// Money a month from now on, if it stays as in the last three months.
    pub at_stake: Figure,
    /// What would have been, a period.
    pub expected: Figure,
    /// What is, a period.
    pub actual: Figure,
    /// How sure it is, 0 to 1, with regard to all that was looked at.
    pub confidence: f64,
    /// What the same cause has changed as well, and is not told apart: the first of it, by what is at
    /// stake.
    pub explains: Vec<Explained>,
    /// How much that is in all.
    pub explained: usize,
    /// What the size is made of: customers, orders of each, units of an order, price of a unit. They
    /// add up to it. A sale without a customer counts as one of its own.
    pub factors: Vec<Factor>,
    /// Where the change is, the most surprising part first.
    pub drivers: Vec<Contribution>,
    /// The purchases behind it.
    pub rows: Rows,
}

/// What another trend explains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explained {
    /// `all`, `product`, `country`, `channel`.
    pub dimension: Cow<'static, str>,
    /// Which part; null for the whole, and for what has no key.
    pub key: Option<String>,
    /// Its name, if it has one beside its key.
    pub name: Option<String>,
}

/// What repeats itself each year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Season {
    /// The period of the last year about which most is sold.
    pub best: String,
    /// How many times the usual is sold then.
    pub times: f64,
    /// The same in a sentence.
    pub summary: String,
}

impl Trend {
    /// The driver to tell of where one alone is told.
    pub fn main_driver(&self) -> Option<&Contribution> {
        let (Driver::MostOfIt { driver } | Driver::AboveAll { driver }) = self.driver.as_ref()?;
        self.drivers.get(*driver)
    }
}

impl Driver {
    /// The most surprising of some drivers of a change of a size; none where it has moved the other
    /// way.
    pub fn of(drivers: &[Contribution], size: Figure) -> Option<Self> {
        let first = drivers.first()?;
        let goes_its_way = first.contribution.is_negative() == size.is_negative();
        let told = if first.share >= 0.5 {
            Self::MostOfIt { driver: 0 }
        } else {
            Self::AboveAll { driver: 0 }
        };
        goes_its_way.then_some(told)
    }
}

impl Trend {
    /// The factor that has most of the change; none where none has half of it, or all changes at
    /// once.
    pub fn main_factor(&self) -> Option<&Factor> {
        let size = self.size.to_f64();
        let largest = self.factors.iter().max_by(|one, other| {
            let toward = |factor: &Factor| factor.contribution.to_f64() * size.signum();
            toward(one).total_cmp(&toward(other))
        })?;
        (largest.contribution.to_f64() * size.signum() >= 0.5 * size.abs() && size != 0.0)
            .then_some(largest)
    }
}

/// A part of a change by what it is made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Factor {
    /// `customers`, `frequency`, `basket`, `price`; and `other` for what none of them explains.
    pub factor: Cow<'static, str>,
    /// Over the periods before; customers as many as would have been in those since.
    pub before: f64,
    /// Over the periods since.
    pub after: f64,
    /// Money a period of the change that is due to it.
    pub contribution: Figure,
}

/// A part of a change by where it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contribution {
    /// `product`, `country`, `channel`.
    pub dimension: Cow<'static, str>,
    /// Which; null for what has no key.
    pub key: Option<String>,
    /// Its name, if it has one beside its key.
    pub name: Option<String>,
    /// Money a period of the change.
    pub contribution: Figure,
    /// The share of the whole change: 1 is all of it, below 0 is against it.
    pub share: f64,
    /// How far its share of the sales is from what it was (Bhagwan et al. 2014).
    pub surprise: f64,
}

/// Where the purchases behind a figure are found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rows {
    /// Purchases of these days, with this product, country or channel.
    pub purchases: usize,
    /// To ask for them.
    pub href: String,
}

#[cfg(test)]
mod tests {
    use super::super::Direction;
    use super::*;

    fn trend(size: f64, drivers: &[(&str, f64, f64)]) -> Trend {
        let driver = |&(key, contribution, share): &(&str, f64, f64)| Contribution {
            dimension: "country".into(),
            key: Some(key.to_owned()),
            name: None,
            contribution: Figure::money(contribution),
            share,
            surprise: 0.0,
        };
        let drivers: Vec<_> = drivers.iter().map(driver).collect();
        Trend {
            dimension: "all".into(),
            key: None,
            name: None,
            kind: "growth".to_owned(),
            first: true,
            summary: String::new(),
            cause: None,
            change: Change::Growth { direction: Direction::Up },
            compared: Compared::YearsBefore { years: 1 },
            driver: Driver::of(&drivers, Figure::estimate(size)),
            since: "2026-01".to_owned(),
            since_date: NaiveDate::default(),
            size: Figure::estimate(size),
            share: None,
            at_stake: Figure::estimate(size),
            expected: Figure::estimate(0.0),
            actual: Figure::estimate(size),
            confidence: 1.0,
            explains: Vec::new(),
            explained: 0,
            factors: Vec::new(),
            drivers,
            rows: Rows { purchases: 1, href: String::new() },
        }
    }

    #[test]
    fn the_main_driver_is_the_most_surprising_and_goes_the_trends_way() {
        let main = |size, drivers: &[_]| {
            trend(size, drivers).main_driver().and_then(|driver| driver.key.clone())
        };
        let down = [("Netherlands", -41.15, 0.12), ("United Kingdom", -296.15, 0.84)];
        assert_eq!(main(-13.02, &down).as_deref(), Some("Netherlands"));
        assert_eq!(main(16.04, &down), None);
        assert_eq!(main(16.04, &[]), None);
    }

    #[test]
    fn the_main_factor_has_half_of_the_change_or_more() {
        let main = |size, parts: &[(&'static str, f64)]| {
            let factor = |&(factor, contribution): &(&'static str, f64)| Factor {
                factor: factor.into(),
                before: 1.0,
                after: 1.0,
                contribution: Figure::money(contribution),
            };
            let factors = parts.iter().map(factor).collect();
            let trend = Trend { factors, ..trend(size, &[]) };
            trend.main_factor().map(|factor| factor.factor.to_string())
        };
        let parts = [("customers", -60.0), ("price", -50.0), ("basket", 10.0)];
        assert_eq!(main(-100.0, &parts).as_deref(), Some("customers"));
        assert_eq!(main(-150.0, &parts), None);
        assert_eq!(main(100.0, &parts), None);
    }
}
