//! Customers as fitted models see them at a day: what each will buy, and what that is worth.

use std::collections::HashMap;

use super::clock::Clock;
use super::ensemble::{Ensemble, history};
use super::history::Histories;
use super::interval::Count;
use super::model::{CustomerValue, Options};
use super::process::{History, Outlook};
use super::regression::{Buyer, HALF_LIFE_WEEKS, Regression};
use super::spend::Spending;
use crate::parallel;

/// The regression's weight beside the models' expectation.
const REGRESSION_WEIGHT: f64 = 2.0 / 3.0;

/// Days after which a next purchase is too far away to be named.
const FARTHEST_DAYS: i32 = 3_652;

/// Customers that a thread takes at a time.
const CHUNK: usize = 2_048;

/// One customer's purchases to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    pub(super) history: History,
    pub(super) count: Count,
    /// What the models' expectation was multiplied by.
    scaled: f64,
}

impl Estimate {
    /// Multiplies the rate of buying: the part of the variance that is not the Poisson count's own
    /// grows with its square.
    pub(super) fn scale(&mut self, factor: f64) {
        let beyond = (self.count.variance - self.count.mean).max(0.0);
        self.count.mean *= factor;
        self.count.variance = self.count.mean + beyond * factor * factor;
        self.scaled *= factor;
    }
}

/// Customers as seen at a day by fitted models.
pub(super) struct View<'a> {
    pub(super) histories: &'a Histories,
    pub(super) ensemble: &'a Ensemble,
    pub(super) clock: &'a Clock,
    pub(super) as_of: i32,
}

impl View<'_> {
    /// Repeat purchases up to the day, each weighted by how recent it is.
    pub(super) fn recent(&self, days: &[i32]) -> f64 {
        days.iter()
            .skip(1)
            .map(|&day| (-self.clock.weeks(day, self.as_of) / HALF_LIFE_WEEKS).exp2())
            .sum()
    }

    pub(super) fn estimates(
        &self,
        weeks: f64,
        regression: Option<&Regression>,
        threads: usize,
    ) -> Vec<Estimate> {
        let indexes: Vec<usize> = (0..self.histories.len()).collect();
        let chunks: Vec<&[usize]> = indexes.chunks(CHUNK).collect();
        let parts = parallel::map(&chunks, threads, |chunk| {
            let mut known: HashMap<(usize, i32, i32), Outlook> = HashMap::new();
            let one = |&index: &usize| {
                let days = self.histories.days_until(index, self.as_of);
                let history = history(days, self.as_of, self.clock)?;
                let key = (days.len(), *days.first()?, *days.last()?);
                let outlook =
                    *known.entry(key).or_insert_with(|| self.ensemble.outlook(history, weeks));
                let count =
                    Count { alive: outlook.alive, mean: outlook.mean, variance: outlook.variance };
                Some(Estimate { history, count, scaled: 1.0 })
            };
            chunk.iter().filter_map(one).collect::<Vec<_>>()
        });
        let mut estimates: Vec<Estimate> = parts.into_iter().flatten().collect();
        if let Some(regression) = regression {
            self.average(&mut estimates, regression);
        }
        estimates
    }

    /// Averages the models' expectation of each repeat buyer with the regression's; the sum over
    /// them stays.
    fn average(&self, estimates: &mut [Estimate], regression: &Regression) {
        let (mut before, mut after) = (0.0, 0.0);
        let mut factors = vec![1.0; estimates.len()];
        for (index, estimate) in estimates.iter().enumerate() {
            if estimate.history.repeats == 0 {
                continue;
            }
            let buyer = Buyer {
                expected: estimate.count.mean,
                recent: self.recent(self.histories.days(index)),
                history: estimate.history,
            };
            factors[index] = regression.factor(&buyer);
            before += estimate.count.mean;
            after += estimate.count.mean * factors[index];
        }
        if after <= 0.0 || before <= 0.0 {
            return;
        }
        for (estimate, factor) in estimates.iter_mut().zip(factors) {
            if estimate.history.repeats > 0 {
                let learnt = factor * before / after;
                estimate.scale(1.0 + REGRESSION_WEIGHT * (learnt - 1.0));
            }
        }
    }

    pub(super) fn values(
        &self,
        estimates: &[Estimate],
        spending: &Spending,
        weeks: f64,
        options: &Options,
    ) -> Vec<CustomerValue> {
        let indexes: Vec<usize> = (0..estimates.len()).collect();
        let chunks: Vec<&[usize]> = indexes.chunks(CHUNK).collect();
        parallel::map(&chunks, options.threads, |chunk| {
            chunk
                .iter()
                .map(|&index| self.value(index, &estimates[index], spending, weeks, options))
                .collect::<Vec<_>>()
        })
        .into_iter()
        .flatten()
        .collect()
    }

    fn value(
        &self,
        index: usize,
        estimate: &Estimate,
        spending: &Spending,
        weeks: f64,
        options: &Options,
    ) -> CustomerValue {
        let days = self.histories.days(index);
        let first_day = days.first().copied().unwrap_or(self.as_of);
        let last_day = days.last().copied().unwrap_or(self.as_of);
        let spend = spending.of(self.histories.amounts(index), self.histories.refunds[index]);
        let discount = self.discount(estimate.history, weeks, options.discount_rate);
        let purchases = estimate.count.ranges();
        let money = estimate.count.money(spend, discount);
        let wait = self.ensemble.median_wait(estimate.history) / estimate.scaled.max(1e-6);
        CustomerValue {
            customer: self.histories.customers[index],
            frequency: estimate.history.repeats,
            recency_days: last_day.abs_diff(first_day),
            age_days: self.as_of.abs_diff(first_day),
            first_day,
            p_alive: estimate.count.alive,
            expected_purchases: estimate.count.mean,
            purchases_80: purchases.of_80,
            purchases_95: purchases.of_95,
            spend: spend.mean,
            expected_value: estimate.count.mean * spend.mean * discount,
            value_80: money.of_80,
            value_95: money.of_95,
            next_purchase: self.clock.day_after(self.as_of, wait, FARTHEST_DAYS),
        }
    }

    /// What a payment within the horizon is worth today, by when in it the models expect the
    /// purchases: by quarters of the horizon.
    fn discount(&self, history: History, weeks: f64, rate: f64) -> f64 {
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
