//! The prediction: what a fit expects of each customer within a horizon, and what that is worth.

use std::collections::{BTreeMap, HashMap};

use super::clock::Clock;
use super::ensemble::Ensemble;
use super::fit::{Customer, FEWEST_CUSTOMERS, FEWEST_REPEATS, Fit, Models};
use super::groups::History;
use super::interval::Count;
use super::model::{Horizon, Lack, Method};
use super::process::Outlook;
use super::regression::{Buyer, Regression};
use super::season;
use super::spend::{FEWEST_BUYERS, Spend};
use super::trials::{more, train};
use crate::{Interval, parallel};

/// Horizons longer than this are cut to it: a century.
const LONGEST_HORIZON_DAYS: i32 = 36_525;

/// The regression's weight beside the models' expectation.
/// Tuned: `tests/benches/accuracy/value.rs` measures what another value does.
const REGRESSION_WEIGHT: f64 = 2.0 / 3.0;

/// Days after which a next purchase is too far away to be named.
const FARTHEST_DAYS: i32 = 3_652;

/// Customers that a thread takes at a time.
const CHUNK: usize = 2_048;

/// What is expected of all customers within a horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// How purchases were predicted.
    pub method: Method,
    /// What the season multiplies the customers' purchases by over the horizon, all in all.
    pub season_factor: f64,
    /// One a customer, by ascending customer.
    pub customers: Vec<CustomerValue>,
    /// What was missing for a better method.
    pub missing: Vec<Lack>,
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
    /// Money expected of one purchase day, refunds taken off.
    pub spend: f64,
    /// Money expected within the horizon, refunds taken off, discounted.
    pub expected_value: f64,
    /// The day by which a customer who is still alive has bought again with even chance; none
    /// where that is more than ten years away.
    pub next_purchase: Option<i32>,
    /// Of the days with purchases.
    variance: f64,
    money: Spend,
    /// What money within the horizon is multiplied by to be worth as much today.
    discount: f64,
}

impl CustomerValue {
    /// The interval that the days with purchases within the horizon lie in with a probability,
    /// between 0 and 1.
    pub fn purchases_interval(&self, level: f64) -> Interval {
        self.count().interval(level)
    }

    /// The same of the money within the horizon, refunds taken off, discounted.
    pub fn value_interval(&self, level: f64) -> Interval {
        self.count().money(self.money, self.discount, level)
    }

    /// The chance of a purchase within the horizon.
    pub fn p_purchase(&self) -> f64 {
        self.count().some()
    }

    fn count(&self) -> Count {
        let (alive, mean, variance) = (self.p_alive, self.expected_purchases, self.variance);
        Count { alive, mean, variance }
    }
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

impl Prediction {
    /// Sums up customers by the period of their first purchase, which the caller names by the
    /// first day (a month, say); ascending by period.
    pub fn cohorts(&self, period_of: impl Fn(i32) -> i32) -> Vec<Cohort> {
        let mut cohorts = BTreeMap::new();
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

impl Fit {
    /// What customers will buy and are worth within a horizon after the as-of date.
    ///
    /// The models' expectations are averaged with a Poisson regression that learned, at earlier
    /// cut-offs, what was bought within as long a time; and they add up with those of customers to
    /// come to a seasonal forecast of all purchases. The result is the same for any number of
    /// threads.
    pub fn predict(&self, horizon: &Horizon) -> Prediction {
        let days = i32::try_from(horizon.days).unwrap_or(i32::MAX).min(LONGEST_HORIZON_DAYS);
        let clock = self.clock(days);
        let mut missing = Vec::new();
        let (method, regression) = self.method(days, &clock, &mut missing);
        let mut prediction =
            Prediction { method, season_factor: 1.0, customers: Vec::new(), missing: Vec::new() };
        if let Some(ensemble) = self.models.ensemble() {
            let weeks = clock.weeks(self.as_of, self.as_of.saturating_add(days));
            let ahead = Ahead { fit: self, ensemble, clock: &clock, weeks, horizon };
            let mut estimates = ahead.estimates(regression.as_ref());
            prediction.season_factor = clock.busyness(self.as_of, days);
            let is_flat = !self.is_seasonal && horizon.sales.is_none();
            match ahead.reconciling(&estimates, days) {
                Some(factor) => {
                    estimates.iter_mut().for_each(|estimate| estimate.scale(factor));
                    prediction.season_factor *= factor;
                }
                None if is_flat => {}
                None => {
                    let days = season::missing_days(&self.bought, self.as_of);
                    missing.push(Lack::Season { days });
                }
            }
            if self.spend.is_none() {
                let buyers = FEWEST_BUYERS.saturating_sub(self.repeat_buyers);
                missing.push(Lack::Spend { buyers });
            }
            prediction.customers = ahead.values(&estimates);
        }
        prediction.missing = missing;
        prediction
    }

    /// The best method that the data carry, with the regression where there is one; what a better
    /// one lacks is noted.
    fn method(
        &self,
        horizon_days: i32,
        clock: &Clock,
        missing: &mut Vec<Lack>,
    ) -> (Method, Option<Regression>) {
        match &self.models {
            Models::Nobody => {
                missing.push(Lack::Buyer);
                (Method::Nothing, None)
            }
            Models::PooledRate { repeats, .. } => {
                missing.push(Lack::Differences {
                    customers: FEWEST_CUSTOMERS.saturating_sub(self.customers.len()),
                    repeats: more(*repeats, FEWEST_REPEATS),
                });
                (Method::PooledRate, None)
            }
            Models::Fitted(ensemble) => {
                let best = ensemble.fitted[0].process;
                match train(&self.trials, horizon_days, clock) {
                    Ok(regression) => (Method::Averaged(best), Some(regression)),
                    Err(lacking) => {
                        missing.push(lacking);
                        (Method::Model(best), None)
                    }
                }
            }
        }
    }
}

/// One customer's purchases to come.
#[derive(Clone, Copy, Debug)]
struct Estimate {
    count: Count,
    /// What the models' expectation was multiplied by.
    scaled: f64,
}

impl Estimate {
    /// Multiplies the rate of buying: the part of the variance that is not the Poisson count's own
    /// grows with its square.
    fn scale(&mut self, factor: f64) {
        let beyond = (self.count.variance - self.count.mean).max(0.0);
        self.count.mean *= factor;
        self.count.variance = self.count.mean + beyond * factor * factor;
        self.scaled *= factor;
    }
}

/// A horizon as a fit sees it.
struct Ahead<'a> {
    fit: &'a Fit,
    ensemble: &'a Ensemble,
    clock: &'a Clock,
    /// The horizon in weeks of the clock.
    weeks: f64,
    horizon: &'a Horizon,
}

impl Ahead<'_> {
    /// What the models expect of each customer, averaged with the regression.
    fn estimates(&self, regression: Option<&Regression>) -> Vec<Estimate> {
        let mut estimates = self.of_all(|some| {
            // Customers with the same purchases have the same outlook.
            let mut known: HashMap<(u32, i32, i32), Outlook> = HashMap::new();
            let one = |customer: &Customer| {
                let history = customer.history;
                let key = (history.repeats, customer.first_day, customer.last_day);
                let outlook =
                    *known.entry(key).or_insert_with(|| self.ensemble.outlook(history, self.weeks));
                let count =
                    Count { alive: outlook.alive, mean: outlook.mean, variance: outlook.variance };
                Estimate { count, scaled: 1.0 }
            };
            some.iter().map(one).collect()
        });
        if let Some(regression) = regression {
            self.average(&mut estimates, regression);
        }
        estimates
    }

    fn of_all<T: Send>(&self, of_some: impl Fn(&[Customer]) -> Vec<T> + Sync) -> Vec<T> {
        let chunks: Vec<&[Customer]> = self.fit.customers.chunks(CHUNK).collect();
        let parts = parallel::map(&chunks, self.horizon.threads, |some| of_some(some));
        parts.into_iter().flatten().collect()
    }

    /// Averages the models' expectation of each repeat buyer with the regression's; the sum over
    /// them stays.
    fn average(&self, estimates: &mut [Estimate], regression: &Regression) {
        let (mut before, mut after) = (0.0, 0.0);
        let mut factors = vec![1.0; estimates.len()];
        let customers = &self.fit.customers;
        for ((estimate, factor), customer) in estimates.iter().zip(&mut factors).zip(customers) {
            if customer.history.repeats == 0 {
                continue;
            }
            let Customer { history, recent, .. } = *customer;
            *factor = regression.factor(&Buyer { expected: estimate.count.mean, recent, history });
            before += estimate.count.mean;
            after += estimate.count.mean * *factor;
        }
        if after <= 0.0 || before <= 0.0 {
            return;
        }
        for ((estimate, factor), customer) in estimates.iter_mut().zip(factors).zip(customers) {
            if customer.history.repeats > 0 {
                let learnt = factor * before / after;
                estimate.scale(1.0 + REGRESSION_WEIGHT * (learnt - 1.0));
            }
        }
    }

    /// What expectations are to be multiplied by, so that with those of customers to come they meet
    /// the total that the season or a forecast has; none where there is no such total.
    fn reconciling(&self, estimates: &[Estimate], days: i32) -> Option<f64> {
        let Self { fit, ensemble, clock, horizon, .. } = *self;
        let (as_of, sales) = (fit.as_of, horizon.sales.as_deref());
        let total = match sales {
            Some(stretches) => season::given_total(&fit.bought, as_of, days, stretches),
            None if fit.is_seasonal => season::total(&fit.bought, as_of, days),
            None => None,
        }?;
        let known: f64 = estimates.iter().map(|estimate| estimate.count.mean).sum();
        let newcomers = fit.newcomers.purchases(ensemble, clock, as_of, days);
        Some(season::reconciling(total, known, newcomers))
    }

    fn values(&self, estimates: &[Estimate]) -> Vec<CustomerValue> {
        let pairs: Vec<(&Customer, &Estimate)> = self.fit.customers.iter().zip(estimates).collect();
        let chunks: Vec<&[(&Customer, &Estimate)]> = pairs.chunks(CHUNK).collect();
        let parts = parallel::map(&chunks, self.horizon.threads, |some| {
            some.iter().map(|(customer, estimate)| self.value(customer, estimate)).collect()
        });
        parts.into_iter().flat_map(|some: Vec<_>| some).collect()
    }

    fn value(&self, customer: &Customer, estimate: &Estimate) -> CustomerValue {
        let Customer { number, first_day, last_day, history, spend, .. } = *customer;
        let as_of = self.fit.as_of;
        let discount = self.discount(history);
        let wait = self.ensemble.median_wait(history) / estimate.scaled.max(1e-6);
        CustomerValue {
            customer: number,
            frequency: history.repeats,
            recency_days: last_day.abs_diff(first_day),
            age_days: as_of.abs_diff(first_day),
            first_day,
            p_alive: estimate.count.alive,
            expected_purchases: estimate.count.mean,
            spend: spend.mean,
            expected_value: estimate.count.mean * spend.mean * discount,
            next_purchase: self.clock.day_after(as_of, wait, FARTHEST_DAYS),
            variance: estimate.count.variance,
            money: spend,
            discount,
        }
    }

    /// What a payment within the horizon is worth today, by when in it the models expect the
    /// purchases: by quarters of the horizon.
    fn discount(&self, history: History) -> f64 {
        let (weeks, rate) = (self.weeks, self.horizon.discount_rate);
        if rate.is_nan() || rate <= 0.0 || weeks <= 0.0 {
            return 1.0;
        }
        let mut before = 0.0;
        let mut worth = 0.0;
        for quarter in 1..=4 {
            let until = weeks * f64::from(quarter) / 4.0;
            let by = self.ensemble.outlook(history, until).mean;
            let years = weeks * (f64::from(quarter) - 0.5) / 4.0 / 52.18;
            worth += (by - before) * (1.0 + rate).powf(-years);
            before = by;
        }
        if before > 0.0 { worth / before } else { 1.0 }
    }
}
