//! When people buy: the year, the week, the day and the growth of the demo shop, as factors in
//! thousandths of the usual.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::dice::Dice;

/// Middle of each month, January first. Between two middles the factor moves in a straight line.
const YEAR: [u64; 12] = [840, 800, 880, 930, 950, 880, 770, 740, 960, 1080, 1380, 1680];
/// Monday first.
const WEEK: [u64; 7] = [950, 940, 960, 1000, 1070, 1170, 910];
/// Of the days of the great sale, its Friday and its Monday; see [`is_sale`].
const BLACK_FRIDAY: u64 = 2_100;
/// Christmas Eve to the day after Christmas.
const CLOSED: u64 = 350;
/// How much more is bought after a year, against the beginning.
const GROWTH_A_YEAR: u64 = 120;

/// How lively a day is, `since` days after the shop's first.
pub(super) fn liveliness(day: NaiveDate, since: u64) -> u64 {
    let growth = 1_000 + GROWTH_A_YEAR * since / 365;
    let week = WEEK[day.weekday().num_days_from_monday() as usize];
    year(day) * week / 1_000 * special(day) / 1_000 * growth / 1_000
}

/// Hour of the day, by the habits of a channel.
pub(super) fn hour(shop_floor: bool, dice: &mut Dice) -> u64 {
    const FLOOR: [u64; 10] = [3, 6, 8, 9, 8, 8, 9, 10, 9, 5];
    const ONLINE: [u64; 18] = [1, 3, 5, 6, 6, 6, 7, 7, 6, 6, 6, 7, 8, 10, 13, 14, 10, 5];
    let (opens, weights) = if shop_floor { (9, &FLOOR[..]) } else { (6, &ONLINE[..]) };
    opens + dice.weighted(weights.iter().copied()) as u64
}

fn year(day: NaiveDate) -> u64 {
    // In December the rush ends with the last delivery before Christmas; the line to January's
    // middle begins there.
    let (month, middle) = (day.month0() as usize, 15);
    let from_middle = i64::from(day.day()) - middle;
    let other = if from_middle < 0 { (month + 11) % 12 } else { (month + 1) % 12 };
    let share = from_middle.unsigned_abs().min(15);
    (YEAR[month] * (30 - share) + YEAR[other] * share) / 30
}

/// Whether it is one of the four days from the Friday after the fourth Thursday of November on.
pub(super) fn is_sale(day: NaiveDate) -> bool {
    let since_friday = (day.weekday().num_days_from_monday() + 3) % 7;
    let friday = day - Days::new(since_friday.into());
    since_friday < 4 && friday.month() == 11 && (23..=29).contains(&friday.day())
}

fn special(day: NaiveDate) -> u64 {
    match (day.month(), day.day(), day.weekday()) {
        (_, _, Weekday::Fri | Weekday::Mon) if is_sale(day) => BLACK_FRIDAY,
        (12, 24..=26, _) | (1, 1, _) => CLOSED,
        _ => 1_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_sale_is_four_days_also_where_the_last_of_them_are_in_december() {
        let sales = |from: &str| day(from).iter_days().take(14).filter(|day| is_sale(*day)).count();
        assert_eq!((sales("2024-11-22"), sales("2025-11-20"), sales("2025-12-02")), (4, 4, 0));
        assert!(is_sale(day("2024-11-29")) && is_sale(day("2024-12-02")));
        assert!(!is_sale(day("2024-11-28")) && !is_sale(day("2024-12-03")));
    }

    #[test]
    fn december_outdoes_august_and_saturday_outdoes_tuesday() {
        assert!(liveliness(day("2024-12-14"), 0) > 2 * liveliness(day("2024-08-17"), 0));
        assert!(liveliness(day("2024-05-18"), 0) > liveliness(day("2024-05-14"), 0));
        assert!(liveliness(day("2024-05-18"), 365) > liveliness(day("2024-05-18"), 0));
        assert!(liveliness(day("2024-12-25"), 0) < liveliness(day("2024-12-18"), 0));
    }
}
