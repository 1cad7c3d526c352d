//! What the analysis of customers' value takes and gives: purchases and options in, one estimate a
//! customer and the fitted parameters out.

use std::fmt;

/// One line of a customer's history. Lines stand in any order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Purchase {
    /// Who bought; any number that tells customers apart.
    pub customer: u32,
    /// The day, counted from any origin that the other days share.
    pub day: i32,
    /// Money, in any unit that the other amounts share. Less than zero is a refund, which lessens
    /// the value but is no purchase.
    pub amount: f64,
    /// Pieces bought; zero where that is not known.
    pub units: f64,
}

/// A stretch of days after the as-of date, and how busy it is expected to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Length in days.
    pub days: u32,
    /// Purchases a day in all, of customers known and to come, in multiples of their mean over the
    /// last 364 days before (or over as many as there are).
    pub factor: f64,
}

/// Where the seasons of the days to come are taken from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Season {
    /// From the purchases themselves, when they reach back far enough.
    #[default]
    Estimated,
    /// No season: all days alike.
    Flat,
    /// From a sales forecast: the stretches that follow the as-of date, one after the other. Days
    /// beyond the last one repeat the mean of the stretches given.
    Given(Vec<Level>),
}

/// Choices of an analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Seasons of the days to come.
    pub season: Season,
    /// What a year's wait takes off money, as a rate a year: 0.1 makes 100 in a year 90.9 today.
    pub discount_rate: f64,
    /// Threads to use; the result does not depend on it.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { season: Season::Estimated, discount_rate: 0.0, threads: 1 }
    }
}

/// A range that holds the outcome with a stated chance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Span {
    /// Its lower end.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
}

/// What is expected of one customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CustomerValue {
    /// Who.
    pub customer: u32,
    /// Days with purchases after the first such day.
    pub frequency: u32,
    /// Days from the first purchase to the last.
    pub recency_days: u32,
    /// Days from the first purchase to the as-of date.
    pub age_days: u32,
    /// The day of the first purchase.
    pub first_day: i32,
    /// The chance that the customer has not left for good at the as-of date.
    pub p_alive: f64,
    /// Days with purchases that are expected within the horizon.
    pub expected_purchases: f64,
    /// The range of such days with a chance of 80%.
    pub purchases_80: Span,
    /// The range with a chance of 95%.
    pub purchases_95: Span,
    /// Money expected of one purchase day, refunds taken off.
    pub spend: f64,
    /// Money expected within the horizon, refunds taken off, discounted.
    pub expected_value: f64,
    /// The range of that money with a chance of 80%.
    pub value_80: Span,
    /// The range with a chance of 95%.
    pub value_95: Span,
    /// The day by which a customer who is still alive has bought again with even chance; none
    /// where that is more than ten years away.
    pub next_purchase: Option<i32>,
}

/// How purchases were predicted, best first; each step down is taken when there is too little
/// data for the one above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A model of buying and leaving, averaged with a Poisson regression on an earlier cut-off.
    Averaged(Process),
    /// A model of buying and leaving alone.
    Model(Process),
    /// One rate of buying for all, from purchases and days observed; nobody leaves.
    PooledRate,
    /// There was no customer to say anything of.
    Nothing,
}

/// A model of buying until leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// Pareto/NBD (Schmittlein, Morrison & Colombo 1987).
    ParetoNbd,
    /// BG/NBD (Fader, Hardie & Lee 2005).
    BgNbd,
    /// MBG/NBD (Batislam, Denizel & Filiztekin 2007).
    MbgNbd,
    /// MBG/CNBD-k with Erlang-k waits, k 2 or 3 (Reutterer, Platzer & Schröder 2021).
    MbgCnbd(u32),
}

impl fmt::Display for Process {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ParetoNbd => out.write_str("pareto/nbd"),
            Self::BgNbd => out.write_str("bg/nbd"),
            Self::MbgNbd => out.write_str("mbg/nbd"),
            Self::MbgCnbd(shape) => write!(out, "mbg/cnbd-{shape}"),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Averaged(process) => write!(out, "{process}+regression"),
            Self::Model(process) => process.fmt(out),
            Self::PooledRate => out.write_str("pooled-rate"),
            Self::Nothing => out.write_str("none"),
        }
    }
}

/// One model's maximum of the likelihood. Time runs in weeks.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedProcess {
    /// Which model.
    pub process: Process,
    /// r and α of the rate of buying; then s and β of the Pareto/NBD's rate of leaving, or a and b
    /// of the other models' chance to leave.
    pub parameters: [f64; 4],
    /// ln of the likelihood of all histories, waits between purchases included, so that the models
    /// compare.
    pub ln_likelihood: f64,
}

/// The Gamma-Gamma model of money a purchase (Fader & Hardie 2013).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FittedSpend {
    /// Shape of a customer's purchases.
    pub p: f64,
    /// Shape of the customers' scales.
    pub q: f64,
    /// Scale of the customers' scales, in the unit of the amounts.
    pub v: f64,
    /// Repeat buyers it was fitted on.
    pub customers: usize,
}

/// What is expected of the customers who first bought in one period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cohort {
    /// The period, as the caller names it.
    pub period: i32,
    /// Customers in it.
    pub customers: usize,
    /// How many of them are expected to be alive.
    pub alive: f64,
    /// Purchase days expected of them within the horizon.
    pub expected_purchases: f64,
    /// Money expected of them within the horizon.
    pub expected_value: f64,
}

/// The analysis of all customers.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueModel {
    /// How purchases were predicted.
    pub method: Method,
    /// Every model that was fitted, the best first.
    pub fitted: Vec<FittedProcess>,
    /// The model of money, where there were repeat buyers enough.
    pub spend: Option<FittedSpend>,
    /// What the season multiplies the customers' purchases by over the horizon, all in all.
    pub season_factor: f64,
    /// One estimate a customer, by ascending customer.
    pub customers: Vec<CustomerValue>,
    /// Customers left out because they had not bought by the as-of date.
    pub later_customers: usize,
    /// Lines left out because their amount is no number, or larger than any sum of money.
    pub unreadable: usize,
    /// What was missing for a better method, in a plain sentence.
    pub missing: Option<String>,
}

impl ValueModel {
    /// Sums up customers by the period of their first purchase, which the caller names by the
    /// first day (a month, say); ascending by period.
    pub fn cohorts(&self, period_of: impl Fn(i32) -> i32) -> Vec<Cohort> {
        let mut cohorts = std::collections::BTreeMap::new();
        for customer in &self.customers {
            let period = period_of(customer.first_day);
            let cohort = cohorts.entry(period).or_insert(Cohort {
                period,
                customers: 0,
                alive: 0.0,
                expected_purchases: 0.0,
                expected_value: 0.0,
            });
            cohort.customers += 1;
            cohort.alive += customer.p_alive;
            cohort.expected_purchases += customer.expected_purchases;
            cohort.expected_value += customer.expected_value;
        }
        cohorts.into_values().collect()
    }
}
