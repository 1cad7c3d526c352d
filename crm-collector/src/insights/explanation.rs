//! The statistics' explanations as the answers have them: codes with parameters, where numbers inside
//! have become periods, days and names.

use chrono::NaiveDate;
use crm_api::Bucket;
use crm_api::answer::{Change, Compared, Direction, Figure, Missing, Naive, Why};
use crm_stats::{basket, forecast, trend, value};

/// Why a forecast came about as it did.
pub(super) fn of_forecast(why: forecast::Why, bucket: Bucket) -> Why {
    use forecast::Tested;
    match why {
        forecast::Why::Nothing => Why::Nothing,
        forecast::Why::Ended { silent } => Why::Ended { silent, bucket },
        forecast::Why::MostlyZero => Why::MostlyZero,
        forecast::Why::Difference => Why::Difference,
        forecast::Why::ModelsCloser { gain_percent, naive: by, tested } => {
            let Tested { trials, steps } = tested;
            Why::ModelsCloser {
                gain_percent: rounded(gain_percent),
                naive: naive(by),
                trials,
                steps,
            }
        }
        forecast::Why::ModelsFurther { loss_percent, naive: by, tested } => {
            let Tested { trials, steps } = tested;
            Why::ModelsFurther {
                loss_percent: rounded(loss_percent),
                naive: naive(by),
                trials,
                steps,
            }
        }
        forecast::Why::ModelsTested(Tested { trials, steps }) => {
            Why::ModelsTested { trials, steps }
        }
        forecast::Why::ModelsUntested => Why::ModelsUntested,
        forecast::Why::NaiveCloser { naive: by, tested: Tested { trials, steps } } => {
            Why::NaiveCloser { naive: naive(by), trials, steps }
        }
        forecast::Why::TooLittle { naive: by } => Why::OnlyNaive { naive: naive(by) },
    }
}

fn naive(naive: forecast::Naive) -> Naive {
    match naive {
        forecast::Naive::LastValue => Naive::LastValue,
        forecast::Naive::LastSeason => Naive::LastSeason,
        forecast::Naive::LastSeasonOrValue => Naive::LastSeasonOrValue,
    }
}

/// To the 1/10,000 that each form of an answer has.
fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

/// What a better forecast would have needed; `first` is the day on which a first complete period will be
/// there.
pub(super) fn missing_of_forecast(
    lacks: &[forecast::Lack],
    bucket: Bucket,
    first: Option<NaiveDate>,
) -> Vec<Missing> {
    let one = |lack: &forecast::Lack| match *lack {
        forecast::Lack::Value => Missing::FirstPeriod { bucket, on: first },
        forecast::Lack::Season { more, length } => {
            Missing::PeriodsForSeason { more, bucket, season: length }
        }
        forecast::Lack::Test { more } => Missing::PeriodsForTest { more, bucket },
    };
    lacks.iter().map(one).collect()
}

/// Why values were estimated by a method.
pub(super) fn of_values(method: value::Method, models: usize) -> Why {
    let (best, with_regression) = match method {
        value::Method::Averaged(best) => (best, true),
        value::Method::Model(best) => (best, false),
        value::Method::PooledRate | value::Method::Nothing => return Why::NoModel,
    };
    Why::LikeliestModel { models, best: best.to_string(), with_regression }
}

/// What a better estimate of values would have needed.
pub fn missing_of_values(lacks: &[value::Lack]) -> Vec<Missing> {
    let one = |lack: &value::Lack| match *lack {
        value::Lack::Buyer => Missing::FirstPurchase,
        value::Lack::Differences { customers, repeats } => {
            Missing::Customers { customers, repeat_purchases: repeats }
        }
        value::Lack::Trials { buyers, purchases } => Missing::EarlierBuyers { buyers, purchases },
        value::Lack::Season { days } => Missing::DaysForSeason { days },
        value::Lack::Spend { buyers } => Missing::RepeatBuyers { buyers },
    };
    lacks.iter().map(one).collect()
}

/// What more pairs would have needed.
pub(super) fn missing_of_pairs(lack: basket::Lack) -> Missing {
    match lack {
        basket::Lack::Baskets { more } => Missing::BasketsWithProduct { more },
        basket::Lack::Rank { items } => Missing::ProductNotLookedAt { products: items },
        basket::Lack::Items { more, baskets } => Missing::Products { more, baskets },
        basket::Lack::LeftOut { items, of } => Missing::ProductsLeftOut { products: items, of },
    }
}

/// How a series changed.
pub(super) fn change(found: &trend::Finding) -> Change {
    let direction = if found.per_period() < 0.0 { Direction::Down } else { Direction::Up };
    match (found.kind, found.price) {
        (trend::Kind::Price, Some(price)) => Change::Price {
            direction,
            before: Figure::estimate(price.before),
            after: Figure::estimate(price.after),
            sold_before: Figure::estimate(price.sold_before),
            sold_after: Figure::estimate(price.sold_after),
        },
        (trend::Kind::LevelChange | trend::Kind::Price, _) => Change::LevelChange { direction },
        (trend::Kind::Growth, _) => Change::Growth { direction },
        (trend::Kind::Launch, _) => Change::Launch,
        (trend::Kind::End, _) => Change::End,
        (trend::Kind::OneOff, _) => Change::OneOff { direction },
        (trend::Kind::Mix, _) => Change::Mix { direction },
        (trend::Kind::CustomersLost, _) => Change::CustomersLost,
    }
}

/// What a change is compared with.
pub(super) fn compared(basis: trend::Basis) -> Compared {
    match basis {
        trend::Basis::YearsBefore(years) => Compared::YearsBefore { years },
        trend::Basis::ShareBefore => Compared::ShareBefore,
        trend::Basis::Before => Compared::Before,
        trend::Basis::CustomersWhoStayed => Compared::CustomersWhoStayed,
    }
}
