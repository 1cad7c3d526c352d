//! Customers scored from 1 to 5 by recency, frequency and money, and the eleven segments with their
//! usual names.

use std::fmt;

use super::Stage;

/// Fewer customers have no fifths: five in each.
pub const FEWEST_RANKED: usize = 25;

/// What a customer is scored by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// When the customer bought last, in any unit that grows with time.
    pub last: i64,
    /// How many sales there were.
    pub orders: u32,
    /// What they brought, net of refunds, in any unit.
    pub net: i128,
}

/// A customer's scores, 5 the best, and segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rfm {
    /// How recently the customer bought.
    pub recency: u8,
    /// How often.
    pub frequency: u8,
    /// How much.
    pub money: u8,
    /// What that makes the customer.
    pub segment: RfmSegment,
}

/// The eleven segments, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RfmSegment {
    /// Bought just now, often and much.
    Champions,
    /// Buy often, and lately.
    Loyal,
    /// Bought lately, and more than once or much.
    PotentialLoyalists,
    /// Bought just now for the first time.
    New,
    /// Bought lately for the first time.
    Promising,
    /// In the middle in everything.
    NeedAttention,
    /// Below the middle, and not seen for some time.
    AboutToSleep,
    /// Bought often or much, and have not been seen for long.
    AtRisk,
    /// Bought most of all, and have not been seen for long.
    CannotLoseThem,
    /// Bought little, long ago.
    Hibernating,
    /// Bought least, longest ago.
    Lost,
}

impl RfmSegment {
    /// All of them, from best to worst.
    pub const ALL: [Self; 11] = [
        Self::Champions,
        Self::Loyal,
        Self::PotentialLoyalists,
        Self::New,
        Self::Promising,
        Self::NeedAttention,
        Self::AboutToSleep,
        Self::AtRisk,
        Self::CannotLoseThem,
        Self::Hibernating,
        Self::Lost,
    ];

    /// Its name, as people write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Champions => "Champions",
            Self::Loyal => "Loyal",
            Self::PotentialLoyalists => "Potential loyalists",
            Self::New => "New",
            Self::Promising => "Promising",
            Self::NeedAttention => "Need attention",
            Self::AboutToSleep => "About to sleep",
            Self::AtRisk => "At risk",
            Self::CannotLoseThem => "Cannot lose them",
            Self::Hibernating => "Hibernating",
            Self::Lost => "Lost",
        }
    }

    /// The segment of some scores. Who has the lowest frequency is new or promising whatever was
    /// spent; of all others the mean of frequency and money counts, rounded up.
    fn of(recency: u8, frequency: u8, money: u8) -> Self {
        let worth = (frequency + money).div_ceil(2);
        match (recency, worth) {
            (5.., _) if frequency <= 1 => Self::New,
            (4, _) if frequency <= 1 => Self::Promising,
            (5.., 4..) | (4, 5..) => Self::Champions,
            (4, 4) | (3, 4..) => Self::Loyal,
            (4.., _) => Self::PotentialLoyalists,
            (3, 3) => Self::NeedAttention,
            (3, _) => Self::AboutToSleep,
            (_, 5..) => Self::CannotLoseThem,
            (_, 3..) => Self::AtRisk,
            (..=1, ..=1) => Self::Lost,
            _ => Self::Hibernating,
        }
    }
}

impl Rfm {
    /// The same scores under the name that fits a stage of life. Scores say when a customer bought last
    /// beside all others; whether it is still there, its own gaps tell better. So that a name never says
    /// other than the stage, the stage decides on that, and the scores on how much it is worth.
    #[must_use]
    pub fn in_stage(self, stage: Stage) -> Self {
        let worth = (self.frequency + self.money).div_ceil(2);
        let segment = match (stage, worth) {
            (Stage::New, _) if self.recency >= 5 => RfmSegment::New,
            (Stage::New, _) => RfmSegment::Promising,
            (Stage::Loyal | Stage::Active, 5..) => RfmSegment::Champions,
            (Stage::Loyal, _) | (Stage::Active, 4) => RfmSegment::Loyal,
            (Stage::Active, _) => RfmSegment::PotentialLoyalists,
            (Stage::Slipping | Stage::Lost, 5..) => RfmSegment::CannotLoseThem,
            (Stage::Slipping, 4) | (Stage::Lost, 3..) => RfmSegment::AtRisk,
            (Stage::Slipping, 3) => RfmSegment::NeedAttention,
            (Stage::Slipping, _) => RfmSegment::AboutToSleep,
            (Stage::OneTime | Stage::Lost, _) if self.recency <= 1 => RfmSegment::Lost,
            (Stage::OneTime | Stage::Lost, _) => RfmSegment::Hibernating,
        };
        Self { segment, ..self }
    }
}

impl fmt::Display for RfmSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Scores customers against each other by fifths, in the order in which they are given.
///
/// Equal values have equal scores. For recency and money that of their middle rank, as in a fair
/// draw. For frequency that of their lowest rank: most customers of most shops have bought once, and
/// they belong into the first fifth however many they are. Scores of fewer than [`FEWEST_RANKED`]
/// customers say little.
pub fn rfm(customers: &[Standing]) -> Vec<Rfm> {
    let recency = fifths(customers, |customer| customer.last, middle);
    let frequency = fifths(customers, |customer| i64::from(customer.orders), lowest);
    let money = fifths(customers, |customer| customer.net, middle);
    let scores = recency.into_iter().zip(frequency).zip(money);
    scores
        .map(|((recency, frequency), money)| {
            let segment = RfmSegment::of(recency, frequency, money);
            Rfm { recency, frequency, money, segment }
        })
        .collect()
}

/// Twice the rank that stands for `equal` values above `less` others.
fn middle(less: usize, equal: usize) -> usize {
    2 * less + equal
}

fn lowest(less: usize, _equal: usize) -> usize {
    2 * less
}

fn fifths<T: Copy + Ord>(
    customers: &[Standing],
    value: impl Fn(&Standing) -> T,
    twice_rank: fn(usize, usize) -> usize,
) -> Vec<u8> {
    let mut ranked: Vec<(T, usize)> =
        customers.iter().enumerate().map(|(index, customer)| (value(customer), index)).collect();
    ranked.sort_unstable();
    let mut scores = vec![1; customers.len()];
    let mut less = 0;
    for equal in ranked.chunk_by(|one, next| one.0 == next.0) {
        let fifth = 5 * twice_rank(less, equal.len()) / (2 * customers.len());
        let score = u8::try_from(fifth.min(4)).unwrap_or(4) + 1;
        equal.iter().for_each(|&(_, index)| scores[index] = score);
        less += equal.len();
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn standing(last: i64, orders: u32, net: impl Into<i128>) -> Standing {
        Standing { last, orders, net: net.into() }
    }

    #[test]
    fn ten_customers_fall_into_fifths() {
        let customers: Vec<_> = (1..=10).map(|n| standing(n.into(), n, -i64::from(n))).collect();
        let scores: Vec<_> =
            rfm(&customers).iter().map(|s| (s.recency, s.frequency, s.money)).collect();
        let expected = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5].map(|score| (score, score, 6 - score));
        assert_eq!(scores, expected);
    }

    #[test]
    fn who_bought_once_is_new_promising_or_gone_however_many_they_are() {
        let mut customers: Vec<_> = (0..80).map(|n| standing(n, 1, 1_000 - n)).collect();
        customers.extend((80..100).map(|n| standing(n, 3, 5_000)));
        let scores = rfm(&customers);
        assert!(scores[..80].iter().all(|score| score.frequency == 1));
        assert!(scores[80..].iter().all(|score| (score.frequency, score.recency) == (5, 5)));
        assert!(scores[80..].iter().all(|score| score.segment == RfmSegment::Champions));
        assert!(scores[60..80].iter().all(|score| score.segment == RfmSegment::Promising));
        assert_eq!(scores[0].segment, RfmSegment::AtRisk);
    }

    #[test]
    fn each_score_has_a_segment_and_each_segment_a_score() {
        let mut found: Vec<_> = (1..=5)
            .flat_map(|r| (1..=5).flat_map(move |f| (1..=5).map(move |m| RfmSegment::of(r, f, m))))
            .collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, RfmSegment::ALL);
        let names = |r, f, m| RfmSegment::of(r, f, m).as_str();
        assert_eq!(names(5, 5, 5), "Champions");
        assert_eq!(names(3, 5, 5), "Loyal");
        assert_eq!(names(4, 2, 3), "Potential loyalists");
        assert_eq!(names(5, 1, 5), "New");
        assert_eq!(names(4, 1, 1), "Promising");
        assert_eq!(names(3, 3, 3), "Need attention");
        assert_eq!(names(3, 1, 2), "About to sleep");
        assert_eq!(names(2, 3, 4), "At risk");
        assert_eq!(names(1, 5, 5), "Cannot lose them");
        assert_eq!(names(2, 1, 1), "Hibernating");
        assert_eq!(names(1, 1, 1), "Lost");
    }

    #[test]
    fn in_a_stage_the_name_says_what_the_stage_does() {
        use RfmSegment::{
            AboutToSleep, AtRisk, CannotLoseThem, Champions, Hibernating, Lost, Loyal,
            NeedAttention, New, PotentialLoyalists, Promising,
        };
        let mut found = Vec::new();
        for (stage, may) in [
            (Stage::New, &[New, Promising][..]),
            (Stage::Active, &[Champions, Loyal, PotentialLoyalists]),
            (Stage::Loyal, &[Champions, Loyal]),
            (Stage::Slipping, &[CannotLoseThem, AtRisk, NeedAttention, AboutToSleep]),
            (Stage::OneTime, &[Hibernating, Lost]),
            (Stage::Lost, &[CannotLoseThem, AtRisk, Hibernating, Lost]),
        ] {
            for (recency, frequency, money) in
                (1..=5).flat_map(|r| (1..=5).flat_map(move |f| (1..=5).map(move |m| (r, f, m))))
            {
                let segment = RfmSegment::of(recency, frequency, money);
                let one = Rfm { recency, frequency, money, segment }.in_stage(stage);
                assert!(may.contains(&one.segment), "{stage}: {one:?}");
                assert_eq!((one.recency, one.frequency, one.money), (recency, frequency, money));
                found.push(one.segment);
            }
        }
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, RfmSegment::ALL);
    }

    #[test]
    fn nobody_and_everybody_alike_are_scored() {
        assert_eq!(rfm(&[]), []);
        let alike = rfm(&[standing(i64::MIN, u32::MAX, i64::MAX); 7]);
        assert!(
            alike.iter().all(|score| (score.recency, score.frequency, score.money) == (3, 1, 3))
        );
    }

    proptest! {
        #[test]
        fn who_is_better_in_everything_scores_no_less(
            values in prop::collection::vec((-9_i64..9, 1_u32..9, -9_i64..9), 1..60),
        ) {
            let customers: Vec<_> = values.iter().map(|v| standing(v.0, v.1, v.2)).collect();
            let scores = rfm(&customers);
            for (one, one_score) in customers.iter().zip(&scores) {
                for (other, other_score) in customers.iter().zip(&scores) {
                    prop_assert!(one.last > other.last || one_score.recency <= other_score.recency);
                    prop_assert!(one.orders > other.orders || one_score.frequency <= other_score.frequency);
                    prop_assert!(one.net > other.net || one_score.money <= other_score.money);
                }
            }
        }
    }
}
