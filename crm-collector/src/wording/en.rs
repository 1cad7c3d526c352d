//! English.

use chrono::NaiveDate;
use crm_api::Bucket;
use crm_api::answer::{Accuracy, Breakdown, Missing, Naive, Reason, Why};
use crm_stats::segment::{RfmSegment, Stage};

use crate::words::counted;

/// The part that has all parts that a limit left out.
pub const ALL_OTHERS: &str = "all others";
/// The part that has what is in no other part.
pub const NONE_OF_THESE: &str = "none of these";
/// The part that has the purchases without a customer.
pub const ANONYMOUS: &str = "anonymous";

/// What the forecasts of a whole and of its parts differ by.
pub fn not_told_by(by: Breakdown) -> String {
    format!("not told by {by}")
}

/// Why a method was chosen.
pub fn why(why: &Why) -> String {
    match why {
        Why::Nothing => "There is nothing to forecast from.".to_owned(),
        Why::Ended { silent, bucket } => format!(
            "Nothing has been sold for {}, so nothing more is forecast.",
            counted_periods(*silent, *bucket)
        ),
        Why::MostlyZero => {
            "Most steps are zero, so the mean rate of demand is forecast.".to_owned()
        }
        Why::Difference => {
            "It is what the forecasts of the whole and of its parts differ by.".to_owned()
        }
        Why::ModelsCloser { gain_percent: change, naive, trials, steps }
        | Why::ModelsFurther { loss_percent: change, naive, trials, steps }
            if *change < 0.5 =>
        {
            format!(
                "The combined models were as close as {}; {}.",
                repeating(*naive),
                tested(*trials, *steps)
            )
        }
        Why::ModelsCloser { gain_percent, naive, trials, steps } => format!(
            "The combined models were {gain_percent:.0}% closer than {}; {}.",
            repeating(*naive),
            tested(*trials, *steps)
        ),
        Why::ModelsFurther { loss_percent, naive, trials, steps } => format!(
            "The combined models were {loss_percent:.0}% further off than {}, in too few tries to \
             prefer that; {}.",
            repeating(*naive),
            tested(*trials, *steps)
        ),
        Why::ModelsTested { trials, steps } => {
            format!("Models were combined; {}.", tested(*trials, *steps))
        }
        Why::ModelsUntested => {
            "The models were combined without a test, for which the series is too short.".to_owned()
        }
        Why::NaiveCloser { naive, trials, steps } => {
            format!("No model was closer than {}; {}.", repeating(*naive), tested(*trials, *steps))
        }
        Why::OnlyNaive { naive } => {
            format!("There is too little for more than {}.", repeating(*naive))
        }
        Why::LikeliestModel { models, best, with_regression } => {
            let likeliest = format!(
                "of {models} models of buying and leaving, {best} makes these histories likeliest"
            );
            if *with_regression {
                format!(
                    "{likeliest}; it is averaged with a regression that was trained on an earlier \
                     part of them"
                )
            } else {
                likeliest
            }
        }
        Why::NoModel => "there is too little for a model of buying and leaving".to_owned(),
    }
}

fn repeating(naive: Naive) -> &'static str {
    match naive {
        Naive::LastValue => "repeating the last value",
        Naive::LastSeason => "repeating the last season",
        Naive::LastSeasonOrValue => {
            "repeating the last season, or the last value where too little of the past was known"
        }
    }
}

fn tested(trials: usize, steps: usize) -> String {
    format!("tested {} on the past, {} ahead", times(trials), counted(steps, "period", "periods"))
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// How far off a forecast would have been in the past. How that is beside what it was compared with,
/// [`why`] says, by another measure.
pub fn accuracy(accuracy: &Accuracy) -> String {
    let Accuracy { origins, smape, .. } = *accuracy;
    // Of forecast and outcome together, so that a forecast of something where nothing came is off by
    // 200 %, which says nothing to anybody.
    let off = match smape {
        ..100.0 => format!("by {smape:.1} %"),
        _ => "by more than came in".to_owned(),
    };
    format!("on the past ({}) it would have been off {off}", times(origins))
}

/// What a better answer would have needed; `None` where nothing is missing.
pub fn missing(missing: &[Missing]) -> Option<String> {
    let said: Vec<_> = missing.iter().map(one_missing).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn one_missing(missing: &Missing) -> String {
    match missing {
        Missing::FirstPeriod { bucket, on } => {
            let on = on.map(|on| format!(", which there will be on {}", on.format("%-d %B %Y")));
            let on = on.unwrap_or_default();
            format!("a first complete {bucket} is needed to forecast from{on}")
        }
        Missing::NothingSold { currency } => format!("nothing was sold in {currency}"),
        Missing::PeriodsForSeason { more, bucket, season } => {
            let season = match (bucket, season) {
                (Bucket::Day, 7) => "a weekly season".to_owned(),
                (Bucket::Day, 365)
                | (Bucket::Week, 52)
                | (Bucket::Month, 12)
                | (Bucket::Quarter, 4) => "a yearly season".to_owned(),
                _ => format!("a season of {}", counted_periods(*season, *bucket)),
            };
            format!("{} needed for {season}", more_periods(*more, "", *bucket))
        }
        Missing::PeriodsForTest { more, bucket } => {
            format!("{} needed to test the models on the past", more_periods(*more, "", *bucket))
        }
        Missing::PeriodsForTrends { more, bucket } => {
            format!("{} needed to tell what changed", more_periods(*more, "complete ", *bucket))
        }
        Missing::PeriodsForYearOnYear { known, needed, bucket, on } => format!(
            "{known} of {needed} {bucket}s are there; each {bucket} of a year can be compared with the \
             one a year before from {} on",
            on.format("%B %Y")
        ),
        Missing::CustomersForFifths { more } => {
            let one = if *more == 1 { "is" } else { "are" };
            format!(
                "{} {one} needed for fifths by recency, frequency and money",
                counted(*more, "more customer", "more customers")
            )
        }
        Missing::FirstPurchase => "a first purchase by a known customer is needed".to_owned(),
        Missing::FirstPurchaseOfCustomer { currency } => {
            format!("a first purchase of this customer in {currency} is needed")
        }
        Missing::FirstWholeDay { bought_on, counted_from } => {
            format!("the first purchase was on {bought_on}, {}", begin(*counted_from))
        }
        Missing::FirstWholeDayOfCustomer { bought_on, counted_from } => format!(
            "the first purchase of this customer was on {bought_on}, {}",
            begin(*counted_from)
        ),
        Missing::Customers { customers, repeat_purchases } => {
            let of = [
                (*customers, "more customer", "more customers"),
                (*repeat_purchases, "more repeat purchase", "more repeat purchases"),
            ];
            format!(
                "{} needed to fit how customers differ",
                all_of(&of, "customers who differ more")
            )
        }
        Missing::EarlierBuyers { buyers, purchases } => {
            let of = [
                (
                    *buyers,
                    "more repeat buyer as of earlier days",
                    "more repeat buyers as of earlier days",
                ),
                (*purchases, "more purchase after those days", "more purchases after those days"),
            ];
            format!("{} needed to learn from", all_of(&of, "repeat buyers who differ more"))
        }
        Missing::DaysForSeason { days } => {
            let of = [(to_count(*days), "more day of purchases", "more days of purchases")];
            format!("{} needed to tell the season", all_of(&of, "more days of purchases"))
        }
        Missing::RepeatBuyers { buyers } => {
            let of = [(*buyers, "more repeat buyer", "more repeat buyers")];
            let alike = "repeat buyers who spend less alike";
            format!("{} needed to fit how spend differs", all_of(&of, alike))
        }
        Missing::FirstBasket => "a first basket of anybody is needed".to_owned(),
        Missing::BasketsWithProduct { more } => {
            let of = [(
                to_count(*more),
                "more basket with the product",
                "more baskets with the product",
            )];
            format!("{} needed", all_of(&of, "more baskets with the product"))
        }
        Missing::Products { more, baskets } => {
            let baskets = counted(*baskets, "basket", "baskets");
            let is_or_are = if *more == 1 { "is" } else { "are" };
            let products = counted(*more, "more product", "more products");
            format!("{products} in at least {baskets} {is_or_are} needed")
        }
        Missing::ReturningCustomers { more } => {
            let of = [(
                *more,
                "more customer with two days of purchases",
                "more customers with two days of purchases",
            )];
            let customers = all_of(&of, "more customers with two days of purchases");
            format!("{customers} needed; until then the weights are those of another shop")
        }
        Missing::ProductNotLookedAt { products } => {
            format!("only the {products} products in most baskets are looked at, without this one")
        }
        Missing::ProductsLeftOut { products, of } => {
            let were = if *products == 1 { "was" } else { "were" };
            let products = counted(*products, "product", "products");
            format!("{products} in fewer baskets than the {of} looked at {were} left out")
        }
        Missing::OnlyLatestEvents { events } => {
            format!("only the latest {events} events were looked at")
        }
        Missing::OnlyLatestBaskets { baskets } => {
            format!("only the latest {baskets} baskets were looked at")
        }
    }
}

fn begin(counted_from: NaiveDate) -> String {
    format!("and only whole days count: figures begin on {counted_from}")
}

fn to_count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn counted_periods(count: usize, bucket: Bucket) -> String {
    counted(count, bucket.as_str(), &format!("{bucket}s"))
}

/// `1 more month is`, `2 more complete weeks are`.
fn more_periods(more: usize, which: &str, bucket: Bucket) -> String {
    let one = format!("more {which}{bucket}");
    let is_or_are = if more == 1 { "is" } else { "are" };
    format!("{} {is_or_are}", counted(more, &one, &format!("{one}s")))
}

/// `1 more customer is`, `2 more customers and 1 more repeat purchase are`, without those of which
/// none are missing; `otherwise` and its verb where none are.
fn all_of(counts: &[(usize, &str, &str)], otherwise: &str) -> String {
    let missing: Vec<_> = counts.iter().filter(|(count, ..)| *count > 0).collect();
    let said: Vec<_> =
        missing.iter().map(|(count, one, many)| counted(*count, one, many)).collect();
    match missing.as_slice() {
        [] => format!("{otherwise} are"),
        [(1, ..)] => format!("{} is", said.join(" and ")),
        _ => format!("{} are", said.join(" and ")),
    }
}

/// Why a product is likely to be bought next.
pub fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Bought { days, last_on } => {
            let on = if *days == 1 { "one day".to_owned() } else { format!("{days} days") };
            format!("bought on {on}, last on {last_on}")
        }
        Reason::Together { sku, name, lift } => {
            let name = name.as_ref().unwrap_or(sku);
            format!("bought with {name} {lift:.1} times as often as by chance")
        }
        Reason::Beside { sku, name } => {
            format!("bought with {} too, which may be chance", name.as_ref().unwrap_or(sku))
        }
        Reason::Popular { baskets, days } => {
            format!("in {} of the last {days} days", counted(*baskets, "basket", "baskets"))
        }
    }
}

/// The same in few words, for a column of reasons.
pub fn brief_reason(reason: &Reason) -> String {
    match reason {
        Reason::Bought { days: 1, last_on } => format!("bought once, {last_on}"),
        Reason::Bought { days, last_on } => format!("bought on {days} days, last {last_on}"),
        Reason::Together { sku, name, lift } => {
            format!("{lift:.1} times as often with {}", name.as_ref().unwrap_or(sku))
        }
        Reason::Beside { sku, name } => {
            format!("with {}, maybe by chance", name.as_ref().unwrap_or(sku))
        }
        Reason::Popular { baskets, days } => {
            format!("in {} of {days} days", counted(*baskets, "basket", "baskets"))
        }
    }
}

/// Who is in a stage.
pub fn about_stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Loyal => "among those who buy most often, and likely to buy within a year",
        Stage::Active => "came back, and likely to buy again within a year",
        Stage::New => "bought for the first time, no longer ago than customers usually wait",
        Stage::Slipping => "came back, and as likely as not to buy again within a year",
        Stage::OneTime => "bought once, longer ago than customers usually wait",
        Stage::Lost => "came back once, and not likely to buy again within a year",
    }
}

/// Who is in a segment.
pub fn about_segment(segment: RfmSegment) -> &'static str {
    match segment {
        RfmSegment::Champions => "bought just now, often and much",
        RfmSegment::Loyal => "buy often, and lately",
        RfmSegment::PotentialLoyalists => "bought lately, more than once or much",
        RfmSegment::New => "bought most lately, and least often so far",
        RfmSegment::Promising => "bought lately, and least often so far",
        RfmSegment::NeedAttention => "middling in everything",
        RfmSegment::AboutToSleep => "bought some time ago, seldom or little",
        RfmSegment::AtRisk => "bought often or much, but long ago",
        RfmSegment::CannotLoseThem => "bought most of all, but long ago",
        RfmSegment::Hibernating => "bought long ago, seldom and little",
        RfmSegment::Lost => "bought longest ago, least often and least",
    }
}

#[cfg(test)]
mod tests {
    use crm_models::Currency;

    use super::*;

    #[test]
    fn how_far_off_a_forecast_was_is_told_and_what_it_was_compared_with() {
        let of = |origins, smape| {
            let (mase, naive_mase, naive_smape) = (1.0, 1.0, 14.5);
            accuracy(&Accuracy { origins, mase, naive_mase, smape, naive_smape, coverage_95: None })
        };
        assert_eq!(of(6, 30.68), "on the past (6 times) it would have been off by 30.7 %");
        assert_eq!(of(1, 200.0), "on the past (once) it would have been off by more than came in");
        let why =
            Why::ModelsCloser { gain_percent: 0.4, naive: Naive::LastValue, trials: 6, steps: 3 };
        assert_eq!(
            super::why(&why),
            "The combined models were as close as repeating the last value; tested 6 times on the past, 3 \
             periods ahead."
        );
        let why = Why::NaiveCloser { naive: Naive::LastSeason, trials: 6, steps: 3 };
        assert_eq!(
            super::why(&why),
            "No model was closer than repeating the last season; tested 6 times on the past, 3 periods \
             ahead."
        );
    }

    #[test]
    fn what_is_missing_is_what_has_to_come_and_agrees_with_its_number() {
        let month = Bucket::Month;
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let cases = [
            (
                Missing::PeriodsForSeason { more: 1, bucket: month, season: 12 },
                "1 more month is needed for a yearly season",
            ),
            (
                Missing::PeriodsForSeason { more: 3, bucket: Bucket::Day, season: 7 },
                "3 more days are needed for a weekly season",
            ),
            (
                Missing::PeriodsForTest { more: 2, bucket: month },
                "2 more months are needed to test the models on the past",
            ),
            (
                Missing::PeriodsForTrends { more: 9, bucket: Bucket::Week },
                "9 more complete weeks are needed to tell what changed",
            ),
            (
                Missing::PeriodsForYearOnYear {
                    known: 52,
                    needed: 104,
                    bucket: Bucket::Week,
                    on: chrono::NaiveDate::from_ymd_opt(2027, 3, 8).unwrap(),
                },
                "52 of 104 weeks are there; each week of a year can be compared with the one a year \
                 before from March 2027 on",
            ),
            (
                Missing::FirstPeriod { bucket: Bucket::Quarter, on: None },
                "a first complete quarter is needed to forecast from",
            ),
            (
                Missing::FirstPeriod { bucket: month, on: Some(day("2026-12-01")) },
                "a first complete month is needed to forecast from, which there will be on 1 December \
                 2026",
            ),
            (Missing::NothingSold { currency: Currency::USD }, "nothing was sold in USD"),
            (
                Missing::Customers { customers: 4, repeat_purchases: 1 },
                "4 more customers and 1 more repeat purchase are needed to fit how customers differ",
            ),
            (
                Missing::Customers { customers: 1, repeat_purchases: 0 },
                "1 more customer is needed to fit how customers differ",
            ),
            (
                Missing::Customers { customers: 0, repeat_purchases: 0 },
                "customers who differ more are needed to fit how customers differ",
            ),
            (
                Missing::EarlierBuyers { buyers: 48, purchases: 0 },
                "48 more repeat buyers as of earlier days are needed to learn from",
            ),
            (
                Missing::DaysForSeason { days: 61 },
                "61 more days of purchases are needed to tell the season",
            ),
            (
                Missing::RepeatBuyers { buyers: 1 },
                "1 more repeat buyer is needed to fit how spend differs",
            ),
            (
                Missing::FirstPurchaseOfCustomer { currency: Currency::EUR },
                "a first purchase of this customer in EUR is needed",
            ),
            (
                Missing::FirstWholeDay {
                    bought_on: day("2026-11-29"),
                    counted_from: day("2026-11-30"),
                },
                "the first purchase was on 2026-11-29, and only whole days count: figures begin on \
                 2026-11-30",
            ),
            (
                Missing::FirstWholeDayOfCustomer {
                    bought_on: day("2026-11-29"),
                    counted_from: day("2026-11-30"),
                },
                "the first purchase of this customer was on 2026-11-29, and only whole days count: \
                 figures begin on 2026-11-30",
            ),
            (Missing::BasketsWithProduct { more: 1 }, "1 more basket with the product is needed"),
            (
                Missing::Products { more: 2, baskets: 5 },
                "2 more products in at least 5 baskets are needed",
            ),
            (
                Missing::ProductsLeftOut { products: 1, of: 4_096 },
                "1 product in fewer baskets than the 4096 looked at was left out",
            ),
        ];
        for (code, said) in cases {
            assert_eq!(missing(&[code]).as_deref(), Some(said));
        }
        assert_eq!(missing(&[]), None);
        let two = [Missing::FirstBasket, Missing::OnlyLatestBaskets { baskets: 7 }];
        let said = "a first basket of anybody is needed; only the latest 7 baskets were looked at";
        assert_eq!(missing(&two).as_deref(), Some(said));
    }
}
