//! A segment as a saved filter: plain conditions over what is known of a customer, and nothing
//! else, so that who belongs to it can be found anew whenever the data changes.

use super::{RfmSegment, Stage};

/// What is known of a customer; `None` and empty for what is not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CustomerFacts<'a> {
    /// Day of the first sale, since 1970.
    pub first_day: Option<i32>,
    /// Day of the last sale.
    pub last_day: Option<i32>,
    /// Sales.
    pub orders: u32,
    /// Money of sales, 1/10,000.
    pub gross: i128,
    /// Money of refunds, 1/10,000, positive.
    pub refunds: i128,
    /// Stage of life.
    pub stage: Option<Stage>,
    /// Segment by recency, frequency and money.
    pub rfm: Option<RfmSegment>,
    /// Chance of being a customer still.
    pub p_alive: Option<f64>,
    /// Labels of the countries bought from, in order.
    pub countries: &'a [u32],
    /// Products bought, by number, in order.
    pub products: &'a [u32],
}

/// From one value to another, both included; an end that is left out is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range<T> {
    /// The least value.
    pub at_least: Option<T>,
    /// The largest value.
    pub at_most: Option<T>,
}

impl<T: PartialOrd> Range<T> {
    fn holds(&self, value: &T) -> bool {
        self.at_least.as_ref().is_none_or(|least| value >= least)
            && self.at_most.as_ref().is_none_or(|most| value <= most)
    }
}

/// One question about a customer.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Days since the last sale.
    DaysSinceLast(Range<i32>),
    /// Days since the first sale.
    DaysSinceFirst(Range<i32>),
    /// Sales.
    Orders(Range<u32>),
    /// Gross, 1/10,000.
    Gross(Range<i128>),
    /// Gross less refunds, 1/10,000.
    Net(Range<i128>),
    /// Gross a sale, 1/10,000, rounded down.
    AverageOrder(Range<i128>),
    /// Chance of being a customer still.
    PAlive(Range<f64>),
    /// Any of some stages of life.
    Stage(Vec<Stage>),
    /// Any of some segments.
    Rfm(Vec<RfmSegment>),
    /// Bought from any of some countries, by label.
    Country(Vec<u32>),
    /// Bought any of some products, by number.
    Bought(Vec<u32>),
}

/// A test, or its contrary. What asks for something unknown does not hold; its contrary does.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is asked.
    pub test: Test,
    /// Whether the contrary has to hold.
    pub not: bool,
}

/// A segment: of each group of conditions at least one has to hold. Without groups everybody is in
/// it; in an empty group nothing holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The groups.
    pub all_of: Vec<Vec<Condition>>,
}

impl Filter {
    /// Whether a customer belongs to it on a day, counted from 1970.
    pub fn holds(&self, customer: &CustomerFacts<'_>, today: i32) -> bool {
        self.all_of.iter().all(|any_of| {
            any_of.iter().any(|condition| condition.test.holds(customer, today) != condition.not)
        })
    }

    /// The places of the customers who belong to it on a day.
    pub fn members(&self, customers: &[CustomerFacts<'_>], today: i32) -> Vec<usize> {
        let held = customers.iter().enumerate().filter(|(_, facts)| self.holds(facts, today));
        held.map(|(place, _)| place).collect()
    }
}

impl Test {
    fn holds(&self, customer: &CustomerFacts<'_>, today: i32) -> bool {
        let since = |day: Option<i32>, range: &Range<i32>| {
            day.is_some_and(|day| range.holds(&today.saturating_sub(day)))
        };
        let any = |wanted: &[u32], there: &[u32]| {
            wanted.iter().any(|number| there.binary_search(number).is_ok())
        };
        match self {
            Self::DaysSinceLast(range) => since(customer.last_day, range),
            Self::DaysSinceFirst(range) => since(customer.first_day, range),
            Self::Orders(range) => range.holds(&customer.orders),
            Self::Gross(range) => range.holds(&customer.gross),
            Self::Net(range) => range.holds(&(customer.gross - customer.refunds)),
            Self::AverageOrder(range) => {
                let average = customer.gross.checked_div(i128::from(customer.orders));
                average.is_some_and(|average| range.holds(&average))
            }
            Self::PAlive(range) => customer.p_alive.is_some_and(|chance| range.holds(&chance)),
            Self::Stage(stages) => customer.stage.is_some_and(|stage| stages.contains(&stage)),
            Self::Rfm(segments) => customer.rfm.is_some_and(|segment| segments.contains(&segment)),
            Self::Country(labels) => any(labels, customer.countries),
            Self::Bought(products) => any(products, customer.products),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: i32 = 15_000;

    fn regular() -> CustomerFacts<'static> {
        CustomerFacts {
            first_day: Some(TODAY - 400),
            last_day: Some(TODAY - 10),
            orders: 4,
            gross: 1_000_000,
            refunds: 100_000,
            stage: Some(Stage::Loyal),
            rfm: Some(RfmSegment::Champions),
            p_alive: Some(0.9),
            countries: &[2, 7],
            products: &[3, 5, 8],
        }
    }

    fn at_least<T>(value: T) -> Range<T> {
        Range { at_least: Some(value), at_most: None }
    }

    fn at_most<T>(value: T) -> Range<T> {
        Range { at_least: None, at_most: Some(value) }
    }

    fn holds(test: Test, facts: &CustomerFacts<'_>) -> bool {
        Filter { all_of: vec![vec![Condition { test, not: false }]] }.holds(facts, TODAY)
    }

    #[test]
    fn each_test_asks_what_its_name_says() {
        let facts = regular();
        let pairs = [
            (Test::DaysSinceLast(at_most(10)), Test::DaysSinceLast(at_most(9))),
            (Test::DaysSinceFirst(at_least(400)), Test::DaysSinceFirst(at_least(401))),
            (Test::Orders(at_least(4)), Test::Orders(at_most(3))),
            (Test::Gross(at_least(1_000_000)), Test::Gross(at_least(1_000_001))),
            (Test::Net(at_most(900_000)), Test::Net(at_most(899_999))),
            (Test::AverageOrder(at_least(250_000)), Test::AverageOrder(at_least(250_001))),
            (Test::PAlive(at_least(0.9)), Test::PAlive(at_least(0.91))),
            (Test::Stage(vec![Stage::New, Stage::Loyal]), Test::Stage(vec![Stage::New])),
            (Test::Rfm(vec![RfmSegment::Champions]), Test::Rfm(vec![])),
            (Test::Country(vec![1, 7]), Test::Country(vec![1, 3])),
            (Test::Bought(vec![8]), Test::Bought(vec![7, 9])),
        ];
        for (held, not_held) in pairs {
            assert!(holds(held.clone(), &facts), "{held:?}");
            assert!(!holds(not_held.clone(), &facts), "{not_held:?}");
        }
    }

    #[test]
    fn what_is_not_known_does_not_hold_and_its_contrary_does() {
        let nobody = CustomerFacts::default();
        let open = Range { at_least: None, at_most: None };
        let average = Test::AverageOrder(Range { at_least: None, at_most: None });
        for test in [Test::DaysSinceLast(open), average, Test::Stage(Stage::ALL.to_vec())] {
            assert!(!holds(test.clone(), &nobody));
            let contrary = Filter { all_of: vec![vec![Condition { test, not: true }]] };
            assert!(contrary.holds(&nobody, TODAY));
        }
        let chance = Test::PAlive(at_least(f64::NAN));
        assert!(!holds(chance, &regular()));
    }

    #[test]
    fn groups_are_all_needed_and_of_each_one_condition() {
        let is = |test| Condition { test, not: false };
        let slipping = is(Test::Stage(vec![Stage::Slipping]));
        let recent = is(Test::DaysSinceLast(at_most(30)));
        let buyers = is(Test::Bought(vec![3]));
        let filter = Filter { all_of: vec![vec![slipping.clone(), recent], vec![buyers]] };
        let away = CustomerFacts { last_day: Some(0), ..regular() };
        assert_eq!(filter.members(&[regular(), away, CustomerFacts::default()], TODAY), [0]);
        assert_eq!(Filter::default().members(&[away], TODAY), [0]);
        assert_eq!(Filter { all_of: vec![vec![]] }.members(&[away], TODAY), [0; 0]);
    }
}
