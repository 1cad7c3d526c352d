//! The analysis itself: from purchases to one estimate a customer, by the best method that the
//! data carry.

use super::clock::Clock;
use super::ensemble::{Ensemble, grouped, history};
use super::groups::Groups;
use super::history::Histories;
use super::interval::Count;
use super::model::{
    CustomerValue, FittedProcess, Method, Options, Process, Purchase, Season, ValueModel,
};
use super::process::{self, History, Outlook};
use super::regression::{Buyer, HALF_LIFE_WEEKS, Regression};
use super::season;
use super::spend::Spending;
use crate::analytics::parallel;

/// Customers, and repeat purchases of all, that fitted models take.
const FEWEST_CUSTOMERS: usize = 30;
const FEWEST_REPEATS: f64 = 20.0;

/// Repeat buyers at earlier cut-offs, and their purchases after them, that a regression takes.
const FEWEST_BUYERS: usize = 60;
const FEWEST_BOUGHT: f64 = 60.0;

/// Repeat buyers that a regression looks at, at most, a cut-off.
const MOST_BUYERS: usize = 40_000;

/// The regression is trained at the days that leave a third and a fifth of the time observed to
/// learn from.
const HELD_BACK: [i32; 2] = [3, 5];

/// The regression's weight beside the models' expectation.
const REGRESSION_WEIGHT: f64 = 2.0 / 3.0;

/// Days after which a next purchase is too far away to be named.
const FARTHEST_DAYS: i32 = 3_652;

/// Horizons longer than this are cut to it: a century.
const LONGEST_HORIZON_DAYS: i32 = 36_525;

/// Customers that a thread takes at a time.
const CHUNK: usize = 2_048;

/// Estimates what customers will buy and are worth within `horizon_days` after the as-of date,
/// from what they bought until that date. Days are those of the purchases. Several lines of a
/// customer on one day count as one purchase; later lines are not looked at.
///
/// Purchases come from models of buying and leaving (Pareto/NBD and the BG/NBD family, on a clock
/// that runs by the season), averaged with a Poisson regression that was trained at an earlier
/// cut-off, and add up with those of customers to come to a seasonal forecast of all purchases.
/// Money comes from the Gamma-Gamma model. The result is the same for any order of the lines and
/// any number of threads.
pub fn analyse(
    purchases: &[Purchase],
    as_of: i32,
    horizon_days: u32,
    options: &Options,
) -> ValueModel {
    let histories = Histories::new(purchases, as_of);
    let horizon_days = i32::try_from(horizon_days).unwrap_or(i32::MAX).min(LONGEST_HORIZON_DAYS);
    let nothing = |missing: &str| ValueModel {
        method: Method::Nothing,
        fitted: Vec::new(),
        spend: None,
        season_factor: 1.0,
        customers: Vec::new(),
        later_customers: histories.later_customers,
        unreadable: histories.unreadable,
        missing: Some(missing.to_owned()),
    };
    if histories.len() == 0 {
        return nothing("no customer has bought by the as-of date");
    }
    let mut missing = Vec::new();
    let mut clock = match options.season {
        Season::Flat => None,
        _ => season::estimate(&histories, as_of, horizon_days),
    };
    let seasonal = clock.is_some();
    let groups = grouped(&histories, as_of, clock.get_or_insert_with(Clock::plain));
    let clock = clock.unwrap_or_else(Clock::plain);
    let repeats = groups.mean_repeats() * groups.weight;
    let enough = histories.len() >= FEWEST_CUSTOMERS && repeats >= FEWEST_REPEATS;
    let fitted = if enough { Ensemble::fit(&groups) } else { None };
    if !enough {
        missing.push(format!(
            "{} of {FEWEST_CUSTOMERS} customers and {repeats} of {FEWEST_REPEATS} repeat purchases \
             needed to fit how customers differ",
            histories.len()
        ));
    }
    let pooled = fitted.is_none();
    let Some(ensemble) = fitted.or_else(|| pooled_rate(&groups)) else {
        return nothing("no rate of buying can be told from the purchases");
    };
    let regression = if pooled {
        None
    } else {
        let trained = train(&histories, as_of, horizon_days, &clock);
        if let Err(lacking) = &trained {
            missing.push(lacking.clone());
        }
        trained.ok()
    };
    let view = View { histories: &histories, ensemble: &ensemble, clock: &clock, as_of };
    let weeks = clock.weeks(as_of, as_of.saturating_add(horizon_days));
    let mut estimates = view.estimates(weeks, regression.as_ref(), options.threads);
    let total = match &options.season {
        Season::Flat => None,
        Season::Estimated => season::total(&histories, as_of, horizon_days),
        Season::Given(levels) => season::given_total(&histories, as_of, horizon_days, levels),
    };
    let plain_weeks = f64::from(horizon_days) / 7.0;
    let mut season_factor = if seasonal && plain_weeks > 0.0 { weeks / plain_weeks } else { 1.0 };
    if let Some(total) = total {
        let known: f64 = estimates.iter().map(|estimate| estimate.count.mean).sum();
        let newcomers = season::of_newcomers(&histories, &ensemble, &clock, as_of, horizon_days);
        let given = matches!(options.season, Season::Given(_));
        let factor = season::reconciling(total, known, newcomers, given);
        estimates.iter_mut().for_each(|estimate| estimate.scale(factor));
        season_factor *= factor;
    } else if !matches!(options.season, Season::Flat) {
        missing.push("a year of purchases needed to tell the season".to_owned());
    }
    let spending = Spending::new(&histories);
    if spending.fitted.is_none() {
        missing.push("20 repeat buyers needed to fit how spend differs".to_owned());
    }
    let customers = view.values(&estimates, &spending, weeks, options);
    let best = ensemble.fitted.first().map_or(Process::MbgNbd, |fitted| fitted.process);
    ValueModel {
        method: match (pooled, &regression) {
            (true, _) => Method::PooledRate,
            (false, Some(_)) => Method::Averaged(best),
            (false, None) => Method::Model(best),
        },
        fitted: if pooled { Vec::new() } else { ensemble.fitted.clone() },
        spend: spending.fitted,
        season_factor,
        customers,
        later_customers: histories.later_customers,
        unreadable: histories.unreadable,
        missing: (!missing.is_empty()).then(|| missing.join("; ")),
    }
}

/// Fits one model of buying and leaving by maximum likelihood to what was bought until the as-of
/// date, all days alike; none where nobody bought.
pub fn fit(purchases: &[Purchase], as_of: i32, process: Process) -> Option<FittedProcess> {
    let histories = Histories::new(purchases, as_of);
    let groups = grouped(&histories, as_of, &Clock::plain());
    process::fit(&*process::model(process), &groups.sample())
}

/// The MBG/NBD at the rate of all customers, with differences between customers and chances to
/// leave as they are commonly found (r = 1, a = 1, b = 2.5), for too few customers to fit them.
fn pooled_rate(groups: &Groups) -> Option<Ensemble> {
    let (repeats, weeks) =
        (groups.mean_repeats() * groups.weight, groups.mean_age() * groups.weight);
    let rate = (repeats + 0.5) / (weeks + 1.0);
    (rate.is_finite() && rate > 0.0).then_some(())?;
    Ensemble::of(vec![FittedProcess {
        process: Process::MbgNbd,
        parameters: [1.0, 1.0 / rate, 1.0, 2.5],
        ln_likelihood: 0.0,
    }])
}

/// One customer's purchases to come.
#[derive(Clone, Copy, Debug)]
struct Estimate {
    history: History,
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

/// Customers as seen at a day by fitted models.
struct View<'a> {
    histories: &'a Histories,
    ensemble: &'a Ensemble,
    clock: &'a Clock,
    as_of: i32,
}

impl View<'_> {
    /// Repeat purchases up to the day, each weighted by how recent it is.
    fn recent(&self, days: &[i32]) -> f64 {
        days.iter()
            .skip(1)
            .map(|&day| (-self.clock.weeks(day, self.as_of) / HALF_LIFE_WEEKS).exp2())
            .sum()
    }

    fn estimates(
        &self,
        weeks: f64,
        regression: Option<&Regression>,
        threads: usize,
    ) -> Vec<Estimate> {
        let indexes: Vec<usize> = (0..self.histories.len()).collect();
        let chunks: Vec<&[usize]> = indexes.chunks(CHUNK).collect();
        let parts = parallel::map(&chunks, threads, |chunk| {
            let mut known: std::collections::HashMap<(usize, i32, i32), Outlook> =
                std::collections::HashMap::new();
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

    fn values(
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

/// Trains the regression at earlier cut-offs; says what is lacking where it cannot.
fn train(
    histories: &Histories,
    as_of: i32,
    horizon_days: i32,
    clock: &Clock,
) -> Result<Regression, String> {
    let first = histories.first_day().unwrap_or(as_of);
    let mut rows = Vec::new();
    for part in HELD_BACK {
        let held = as_of.saturating_sub(first) / part;
        let cut = as_of.saturating_sub(held);
        let until = cut.saturating_add(held.min(horizon_days));
        rows.extend(rows_at(histories, cut, until, clock));
    }
    let bought: f64 = rows.iter().map(|(_, bought)| bought).sum();
    if rows.len() >= FEWEST_BUYERS
        && bought >= FEWEST_BOUGHT
        && let Some(regression) = Regression::fit(&rows)
    {
        return Ok(regression);
    }
    Err(format!(
        "{} of {FEWEST_BUYERS} repeat buyers and {bought} of {FEWEST_BOUGHT} purchases after \
         earlier cut-offs needed to learn from",
        rows.len()
    ))
}

/// Repeat buyers at a cut-off, as models fitted there see them, and what each bought until a day.
fn rows_at(histories: &Histories, cut: i32, until: i32, clock: &Clock) -> Vec<(Buyer, f64)> {
    let Some(ensemble) = Ensemble::fit(&grouped(histories, cut, clock)) else {
        return Vec::new();
    };
    let view = View { histories, ensemble: &ensemble, clock, as_of: cut };
    let weeks = clock.weeks(cut, until);
    let buyers: Vec<usize> =
        (0..histories.len()).filter(|&index| histories.days_until(index, cut).len() > 1).collect();
    let step = buyers.len().div_ceil(MOST_BUYERS).max(1);
    buyers
        .into_iter()
        .step_by(step)
        .filter_map(|index| {
            let days = histories.days_until(index, cut);
            let history = history(days, cut, clock)?;
            let expected = ensemble.outlook(history, weeks).mean;
            let bought = histories.days_until(index, until).len() - days.len();
            let buyer = Buyer { expected, recent: view.recent(days), history };
            Some((buyer, bought as f64))
        })
        .collect()
}
