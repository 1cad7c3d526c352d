//! What changed.

use std::borrow::Cow;

use chrono::NaiveDate;
use crm_models::Currency;
use serde::{Deserialize, Serialize};

use super::{Change, Driver, Figure, Missing};
use crate::{Bucket, Outside};

/// What changed, the largest first.
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
    /// The share of false trends that is held to among those reported.
    pub false_discovery_rate: f64,
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
    /// How: `level_shift`, `slope`, `season`, `outlier`.
    pub kind: String,
    /// What changed and what drove it, in a sentence.
    pub summary: String,
    /// How it changed, as a code with its parameters.
    pub change: Change,
    /// What drove it, as far as one part can be named; null where no driver goes the change's way, as
    /// what was sold can fall while it is above what was to be expected.
    pub driver: Option<Driver>,
    /// The period it began in.
    pub since: String,
    /// First day of that period.
    pub since_date: NaiveDate,
    /// Money a period: what is, less what would have been.
    pub size: Figure,
    /// The same over all periods since.
    pub total: Figure,
    /// What would have been, a period.
    pub expected: Figure,
    /// What is, a period.
    pub actual: Figure,
    /// How sure it is, 0 to 1, with regard to all that was looked at.
    pub confidence: f64,
    /// What the change is made of: customers, orders of each, units of an order, price of a unit.
    /// They add up to the change between the periods since and as many before. A sale without a
    /// customer counts as one of its own.
    pub factors: Vec<Factor>,
    /// Where the change is, the most surprising part first.
    pub drivers: Vec<Contribution>,
    /// The purchases behind it.
    pub rows: Rows,
}

impl Trend {
    /// The driver to tell of where one alone is told.
    pub fn main_driver(&self) -> Option<&Contribution> {
        let (Driver::MostOfIt { driver } | Driver::AboveAll { driver }) = self.driver.as_ref()?;
        self.drivers.get(*driver)
    }
}

impl Driver {
    /// The one of some drivers with the largest share of a change of a size; none where the sales
    /// behind it have moved the other way.
    pub fn of(drivers: &[Contribution], size: Figure) -> Option<Self> {
        let by_share = |one: &(usize, &Contribution), other: &(usize, &Contribution)| {
            one.1.share.total_cmp(&other.1.share)
        };
        let (driver, largest) = drivers.iter().enumerate().max_by(by_share)?;
        let goes_its_way = largest.contribution.is_negative() == size.is_negative();
        let told = if largest.share >= 0.5 {
            Self::MostOfIt { driver }
        } else {
            Self::AboveAll { driver }
        };
        goes_its_way.then_some(told)
    }
}

/// A part of a change by what it is made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Factor {
    /// `customers`, `frequency`, `basket`, `price`; and `other` for what none of them explains.
    pub factor: Cow<'static, str>,
    /// Over the periods before.
    pub before: f64,
    /// Over the periods since.
    pub after: f64,
    /// Money of the change that is due to it.
    pub contribution: Figure,
}

/// A part of a change by where it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contribution {
    /// `product`, `country`, `channel`, `segment`.
    pub dimension: Cow<'static, str>,
    /// Which; null for what has no key.
    pub key: Option<String>,
    /// Its name, if it has one beside its key.
    pub name: Option<String>,
    /// Money of the change.
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
            kind: "slope".to_owned(),
            summary: String::new(),
            change: Change::Slope { direction: Direction::Up },
            driver: Driver::of(&drivers, Figure::estimate(size)),
            since: "2026-01".to_owned(),
            since_date: NaiveDate::default(),
            size: Figure::estimate(size),
            total: Figure::estimate(size),
            expected: Figure::estimate(0.0),
            actual: Figure::estimate(size),
            confidence: 1.0,
            factors: Vec::new(),
            drivers,
            rows: Rows { purchases: 1, href: String::new() },
        }
    }

    #[test]
    fn the_main_driver_has_the_largest_share_and_goes_the_trends_way() {
        let main = |size, drivers: &[_]| {
            trend(size, drivers).main_driver().and_then(|driver| driver.key.clone())
        };
        let down = [("Netherlands", -41.15, 0.12), ("United Kingdom", -296.15, 0.84)];
        assert_eq!(main(-13.02, &down).as_deref(), Some("United Kingdom"));
        // By now above what was to be expected, and yet less than at first.
        assert_eq!(main(16.04, &down), None);
        assert_eq!(main(16.04, &[]), None);
    }
}
