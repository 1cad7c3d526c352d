//! The analysis itself: from purchases to one estimate a customer, by the best method that the
//! data carry.

use super::clock::Clock;
use super::ensemble::{Ensemble, grouped};
use super::groups::Groups;
use super::history::Histories;
use super::model::{FittedProcess, Method, Options, Process, Purchase, Season, ValueModel};
use super::process;
use super::regression::Regression;
use super::season;
use super::spend::Spending;
use super::training::train;
use super::view::{Estimate, View};

/// Customers, and repeat purchases of all, that fitted models take.
const FEWEST_CUSTOMERS: usize = 30;
const FEWEST_REPEATS: f64 = 20.0;

/// Horizons longer than this are cut to it: a century.
const LONGEST_HORIZON_DAYS: i32 = 36_525;

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
    let clock = match options.season {
        Season::Flat => None,
        Season::Estimated | Season::Given(_) => season::estimate(&histories, as_of, horizon_days),
    };
    let clock = clock.unwrap_or_else(Clock::plain);
    let mut missing = Vec::new();
    let (method, ensemble, regression) =
        prepared(&histories, as_of, horizon_days, &clock, &mut missing);
    let mut model = ValueModel {
        method,
        fitted: Vec::new(),
        spend: None,
        season_factor: 1.0,
        customers: Vec::new(),
        later_customers: histories.later_customers,
        unreadable: histories.unreadable,
        missing: None,
    };
    if let Some(ensemble) = ensemble {
        let view = View { histories: &histories, ensemble: &ensemble, clock: &clock, as_of };
        let weeks = clock.weeks(as_of, as_of.saturating_add(horizon_days));
        let mut estimates = view.estimates(weeks, regression.as_ref(), options.threads);
        model.season_factor = clock.busyness(as_of, horizon_days);
        match reconciling(&view, &estimates, horizon_days, &options.season) {
            Some(factor) => {
                estimates.iter_mut().for_each(|estimate| estimate.scale(factor));
                model.season_factor *= factor;
            }
            None if options.season == Season::Flat => {}
            None => missing.push("a year of purchases needed to tell the season".to_owned()),
        }
        let spending = Spending::new(&histories);
        if spending.fitted.is_none() {
            missing.push("20 repeat buyers needed to fit how spend differs".to_owned());
        }
        model.spend = spending.fitted;
        model.customers = view.values(&estimates, &spending, weeks, options);
        if method != Method::PooledRate {
            model.fitted = ensemble.fitted;
        }
    }
    model.missing = (!missing.is_empty()).then(|| missing.join("; "));
    model
}

/// The best method that the data carry, and what it is made of; what a better one lacks is noted.
fn prepared(
    histories: &Histories,
    as_of: i32,
    horizon_days: i32,
    clock: &Clock,
    missing: &mut Vec<String>,
) -> (Method, Option<Ensemble>, Option<Regression>) {
    if histories.len() == 0 {
        missing.push("no customer has bought by the as-of date".to_owned());
        return (Method::Nothing, None, None);
    }
    let groups = grouped(histories, as_of, clock);
    let repeats = groups.mean_repeats() * groups.weight;
    let enough = histories.len() >= FEWEST_CUSTOMERS && repeats >= FEWEST_REPEATS;
    let fitted = if enough { Ensemble::fit(&groups) } else { None };
    let Some(ensemble) = fitted else {
        missing.push(format!(
            "{} of {FEWEST_CUSTOMERS} customers and {repeats:.0} of {FEWEST_REPEATS} repeat \
             purchases needed to fit how customers differ",
            histories.len()
        ));
        return (Method::PooledRate, pooled_rate(&groups), None);
    };
    let best = ensemble.fitted[0].process;
    match train(histories, as_of, horizon_days, clock) {
        Ok(regression) => (Method::Averaged(best), Some(ensemble), Some(regression)),
        Err(lacking) => {
            missing.push(lacking);
            (Method::Model(best), Some(ensemble), None)
        }
    }
}

/// What expectations are to be multiplied by, so that with those of customers to come they meet
/// the total that the season or a forecast has; none where there is no such total.
fn reconciling(
    view: &View<'_>,
    estimates: &[Estimate],
    horizon_days: i32,
    season: &Season,
) -> Option<f64> {
    let View { histories, ensemble, clock, as_of } = *view;
    let total = match season {
        Season::Flat => None,
        Season::Estimated => season::total(histories, as_of, horizon_days),
        Season::Given(levels) => season::given_total(histories, as_of, horizon_days, levels),
    }?;
    let known: f64 = estimates.iter().map(|estimate| estimate.count.mean).sum();
    let newcomers = season::of_newcomers(histories, ensemble, clock, as_of, horizon_days);
    Some(season::reconciling(total, known, newcomers, matches!(season, Season::Given(_))))
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
    if !(rate.is_finite() && rate > 0.0) {
        return None;
    }
    Ensemble::of(vec![FittedProcess {
        process: Process::MbgNbd,
        parameters: [1.0, 1.0 / rate, 1.0, 2.5],
        ln_likelihood: 0.0,
    }])
}
