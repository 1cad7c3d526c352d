//! The models of buying and leaving, fitted together and averaged.
//!
//! They differ most in what nobody can see: when customers leave. One model has them leave at any
//! moment, another after a purchase, a third reads regular waits and so notices a break in them
//! sooner. Which is right for a customer the data cannot tell, so their mean is what is said.

use super::clock::Clock;
use super::groups::{Groups, History};
use super::history::Histories;
use super::model::{FittedProcess, Process};
use super::process::{Outlook, fit_drawn, model};

/// Every model that is fitted.
const PROCESSES: [Process; 5] =
    [Process::BgNbd, Process::MbgNbd, Process::MbgCnbd(2), Process::MbgCnbd(3), Process::ParetoNbd];

/// Fitted models, and which of them are averaged.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ensemble {
    /// The most likely first.
    pub(super) fitted: Vec<FittedProcess>,
    /// Of those, the averaged ones; one may stand twice.
    averaged: Vec<usize>,
}

/// A customer's history up to a day; none before the first purchase.
pub(super) fn history(days: &[i32], until: i32, clock: &Clock) -> Option<History> {
    let (&first, &last) = (days.first()?, days.last()?);
    Some(History {
        repeats: u32::try_from(days.len() - 1).unwrap_or(u32::MAX),
        recency: clock.weeks(first, last),
        age: clock.weeks(first, until),
    })
}

/// All histories up to a day, grouped.
pub(super) fn grouped(histories: &Histories, until: i32, clock: &Clock) -> Groups {
    let mut keys = Vec::with_capacity(histories.len());
    let mut ln_waits = 0.0;
    for index in 0..histories.len() {
        let days = histories.days_until(index, until);
        if let (Some(&first), Some(&last)) = (days.first(), days.last()) {
            keys.push((days.len(), first, last));
        }
        for pair in days.windows(2) {
            ln_waits += clock.weeks(pair[0], pair[1]).max(1e-6).ln();
        }
    }
    keys.sort_unstable();
    let sorted = keys.into_iter().map(|(purchases, first, last)| History {
        repeats: u32::try_from(purchases - 1).unwrap_or(u32::MAX),
        recency: clock.weeks(first, last),
        age: clock.weeks(first, until),
    });
    Groups::new(sorted, ln_waits)
}

impl Ensemble {
    /// Fits all models; none where no model can be fitted.
    pub(super) fn fit(groups: &Groups) -> Option<Self> {
        let sample = groups.sample();
        let mut fitted: Vec<FittedProcess> =
            PROCESSES.iter().filter_map(|&process| fit_drawn(&*model(process), &sample)).collect();
        fitted.sort_by(|a, b| b.ln_likelihood.total_cmp(&a.ln_likelihood));
        Self::of(fitted)
    }

    /// Of models that are fitted already, the best first: averages the best, the one in which
    /// customers leave at any moment, and the one with regular waits.
    pub(super) fn of(fitted: Vec<FittedProcess>) -> Option<Self> {
        let place = |process: Process| fitted.iter().position(|fitted| fitted.process == process);
        let averaged: Vec<usize> =
            [fitted.first().map(|_| 0), place(Process::ParetoNbd), place(Process::MbgCnbd(2))]
                .into_iter()
                .flatten()
                .collect();
        (!averaged.is_empty()).then_some(Self { fitted, averaged })
    }

    /// The mean of the averaged models' outlooks.
    pub(super) fn outlook(&self, history: History, horizon: f64) -> Outlook {
        let share = 1.0 / self.averaged.len() as f64;
        let mut mean = Outlook { alive: 0.0, mean: 0.0, variance: 0.0 };
        let mut square = 0.0;
        for &index in &self.averaged {
            let fitted = &self.fitted[index];
            let one = model(fitted.process).outlook(fitted.parameters, history, horizon);
            mean.alive += share * one.alive;
            mean.mean += share * one.mean;
            square += share * (one.variance + one.mean * one.mean);
        }
        mean.variance = (square - mean.mean * mean.mean).max(0.0);
        mean
    }

    /// The most likely model's median wait for the next purchase of a customer who is alive.
    pub(super) fn median_wait(&self, history: History) -> f64 {
        let best = &self.fitted[0];
        model(best.process).median_wait(best.parameters, history)
    }
}
