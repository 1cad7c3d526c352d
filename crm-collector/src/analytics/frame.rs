//! Which days are looked at when nobody says: where the purchases are, without the few whose clock
//! was wrong.
//!
//! A clock that says 1970 would stretch every report over decades and drown every forecast in zeros,
//! and a stored purchase stays. So a few purchases that lie far before all others do not set the
//! frame; nor do those that lie in the future. What is left out is counted and told.

use std::collections::BTreeMap;
use std::ops::Range;

use crm_api::{Far, Outside, Total};
use crm_models::Currency;

use crate::facts::{Sums, date_of_day};

/// What was bought when.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// On each day, in each currency.
    pub days: BTreeMap<(i32, Currency), Sums>,
    /// The first day that counts when nobody says, where the workspace says so.
    pub known_from: Option<i32>,
}

/// Purchases are far from the rest when so many days lie between.
const FAR_DAYS: i32 = 366;
/// And when the gap is so many times the longest one within the rest: whoever sells once in two years
/// is not cut.
const FAR_GAPS: i32 = 3;
/// They are few: at most so many, and a quarter of the rest,
const FEW: i64 = 3;
/// or one of so many.
const FEW_OF: i64 = 100;
/// A shop that has sold nothing for so many days is looked at as of its last sale: what was imported
/// from years ago has no zeros since.
const QUIET_DAYS: i32 = 35;

/// The frame of some purchases: from the first day that counts to past the last one. `None` where
/// nothing was bought.
pub fn frame(activity: &Activity, today: i32) -> Option<Range<i32>> {
    let mut days: Vec<(i32, i64)> = Vec::new();
    for ((day, _), sums) in &activity.days {
        let purchases = sums.orders + sums.refund_orders;
        match days.last_mut() {
            Some((last, count)) if last == day => *count += purchases,
            _ => days.push((*day, purchases)),
        }
    }
    // By tomorrow, clocks of the east have the day that is not here yet. When all lies ahead, it is
    // the collector's clock that is wrong.
    let past = days.partition_point(|(day, _)| *day <= today + 1);
    let mut days = if past > 0 { &days[..past] } else { &days };
    // What somebody says is not weighed against anything.
    if let Some(known_from) = activity.known_from {
        days = &days[days.partition_point(|(day, _)| *day < known_from)..];
    }
    let (last, _) = days.last()?;
    let first = match activity.known_from {
        Some(_) => days.first().map(|(day, _)| *day),
        None => first(days),
    };
    Some(first?..last + 1)
}

/// The first day that is not far before the rest.
fn first(days: &[(i32, i64)]) -> Option<i32> {
    let (earliest, _) = days.first()?;
    let all: i64 = days.iter().map(|(_, purchases)| purchases).sum();
    let mut widest_gap_behind = 0;
    let mut rest = 0;
    // From the last day back, so that the gaps behind each place are known.
    for pair in days.windows(2).rev() {
        let [(day, _), (next, purchases)] = *pair else { continue };
        rest += purchases;
        let (gap, early) = (next - day, all - rest);
        let few = early <= (all / FEW_OF).max(FEW.min(rest / 4));
        if few && gap > FAR_DAYS && gap > widest_gap_behind * FAR_GAPS {
            return Some(next);
        }
        widest_gap_behind = widest_gap_behind.max(gap);
    }
    Some(*earliest)
}

/// The day that figures are looked at from: today, or, in a shop that has been quiet for long, the day
/// behind its last.
pub fn end(frame: &Range<i32>, today: i32) -> i32 {
    if frame.end - 1 + QUIET_DAYS >= today { today } else { frame.end }
}

impl Activity {
    /// Adds orders that are pending or were cancelled: they were made on their days, and come to nothing.
    pub fn add_unpaid(&mut self, days: BTreeMap<(i32, Currency), Sums>) {
        for (day, Sums { orders, .. }) in days {
            if orders != 0 {
                self.days.entry(day).or_default().orders += orders;
            }
        }
    }

    /// What was bought in a currency on some days; `None` where nothing was.
    pub fn purchases(&self, days: &Range<i32>, currency: Currency) -> Option<Far> {
        let of_days =
            self.days.iter().filter(|((day, of), _)| days.contains(day) && *of == currency);
        let mut found: Option<Far> = None;
        for ((day, _), sums) in of_days {
            let date = date_of_day(*day);
            let none = Far { purchases: 0, net: Total::ZERO, first: date, last: date };
            let far = found.get_or_insert(none);
            far.purchases += sums.orders + sums.refund_orders;
            far.net = far.net + Total::from_ten_thousandths(sums.net());
            far.last = date;
        }
        found
    }

    /// What is in none of the figures of some days: what lies before or behind them because they were
    /// not asked for, and what is in other currencies.
    pub fn outside(
        &self,
        days: &Range<i32>,
        currency: Currency,
        (from_is_asked, to_is_asked): (bool, bool),
    ) -> Outside {
        let far = |is_asked: bool, days| match is_asked {
            true => None,
            false => self.purchases(&days, currency),
        };
        let mut other_currencies = BTreeMap::new();
        for ((day, of), sums) in &self.days {
            if days.contains(day) && *of != currency {
                *other_currencies.entry(*of).or_insert(0) += sums.orders + sums.refund_orders;
            }
        }
        Outside {
            before: far(from_is_asked, i32::MIN..days.start),
            after: far(to_is_asked, days.end..i32::MAX),
            since: None,
            other_currencies,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TODAY: i32 = 20_000;

    fn shop(days: impl IntoIterator<Item = (i32, i64)>) -> Activity {
        let sums = |orders| Sums { orders, gross: i128::from(orders) * 10_000, ..Sums::default() };
        let days = days.into_iter().map(|(day, orders)| ((day, Currency::GBP), sums(orders)));
        Activity { days: days.collect(), known_from: None }
    }

    fn monthly(from: i32, to: i32) -> impl Iterator<Item = (i32, i64)> {
        (from..to).step_by(30).map(|day| (day, 1))
    }

    #[test]
    fn a_few_orders_decades_before_all_others_do_not_set_the_frame() {
        let far = [(-25_567, 1), (0, 2)];
        let activity = shop(far.into_iter().chain(monthly(19_000, TODAY)));
        let days = frame(&activity, TODAY).unwrap();
        assert_eq!(days, 19_000..19_991);
        let outside = activity.outside(&days, Currency::GBP, (false, false));
        let before = outside.before.unwrap();
        assert_eq!((before.purchases, before.net.to_string().as_str()), (3, "3.00"));
        assert_eq!(
            (before.first.to_string().as_str(), before.last),
            ("1900-01-01", date_of_day(0))
        );
        assert_eq!(outside.after, None);
        assert_eq!(activity.outside(&days, Currency::GBP, (true, true)), Outside::default());
    }

    #[test]
    fn a_first_day_that_somebody_said_is_the_first_day() {
        let of = |known_from| {
            let activity = Activity { known_from, ..shop(monthly(19_000, TODAY)) };
            let days = frame(&activity, TODAY);
            let told = days.as_ref().map(|days| {
                let outside = activity.outside(days, Currency::GBP, (false, false));
                outside.before.map_or(0, |before| before.purchases)
            });
            (days, told)
        };
        assert_eq!(of(None), (Some(19_000..19_991), Some(0)));
        assert_eq!(of(Some(19_031)), (Some(19_060..19_991), Some(2)));
        assert_eq!(of(Some(10_000)), (Some(19_000..19_991), Some(0)));
        assert_eq!(of(Some(TODAY)), (None, None));
    }

    #[test]
    fn what_lies_in_the_future_does_not_set_the_frame() {
        let activity = shop(monthly(19_000, TODAY).chain([(TODAY + 1, 1), (60_000, 4)]));
        let days = frame(&activity, TODAY).unwrap();
        assert_eq!(days, 19_000..TODAY + 2);
        assert_eq!(
            activity.outside(&days, Currency::GBP, (false, false)).after.unwrap().purchases,
            4
        );
        // A collector whose own clock is wrong sees all of it in the future.
        assert_eq!(frame(&shop(monthly(19_000, 19_100)), 0).unwrap(), 19_000..19_091);
    }

    #[test]
    fn a_shop_keeps_its_first_years_however_slow_they_were() {
        let kept = [
            // Once in thirteen months.
            shop((15_000..TODAY).step_by(395).map(|day| (day, 1))),
            // Closed for two years, with more than a few sales before.
            shop(
                (17_000..17_300)
                    .step_by(7)
                    .map(|day| (day, 1))
                    .chain((18_000..TODAY).map(|day| (day, 1))),
            ),
            // Two orders in all.
            shop([(10_000, 1), (19_000, 1)]),
            shop([(10_000, 1), (10_200, 1)].into_iter().chain(monthly(10_500, TODAY))),
        ];
        for activity in kept {
            let (first, _) = activity.days.first_key_value().unwrap().0;
            assert_eq!(frame(&activity, TODAY).unwrap().start, *first);
        }
        assert_eq!(frame(&Activity::default(), TODAY), None);
    }

    proptest! {
        #[test]
        fn what_is_left_out_is_counted(days in proptest::collection::btree_map(-25_000_i32..60_000, 1_i64..9, 1..40)) {
            let activity = shop(days.clone());
            let frame = frame(&activity, TODAY).unwrap();
            let inside: i64 = days.iter().filter(|(day, _)| frame.contains(day)).map(|(_, n)| n).sum();
            let outside = activity.outside(&frame, Currency::GBP, (false, false));
            let told: i64 = [outside.before, outside.after].into_iter().flatten().map(|far| far.purchases).sum();
            prop_assert_eq!(inside + told, days.values().sum::<i64>());
            prop_assert!(inside > 0);
        }
    }
}
