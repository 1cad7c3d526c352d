//! The fit: from purchases to models of buying, leaving and spending, and to what each customer's
//! history comes to, which is all that a prediction needs.

use super::clock::Clock;
use super::ensemble::{Ensemble, grouped, history};
use super::groups::{Groups, History};
use super::history::{Histories, PurchaseDays};
use super::model::{FittedProcess, FittedSpend, Options, Process, Purchase};
use super::process;
use super::regression::recent;
use super::season::{Newcomers, Phases};
use super::spend::{Spend, Spending};
use super::trials::Trial;

/// Customers, and repeat purchases of all, that fitted models take.
pub(super) const FEWEST_CUSTOMERS: usize = 30;
pub(super) const FEWEST_REPEATS: f64 = 20.0;

/// Models of buying, leaving and spending, fitted to the purchases of all customers.
///
/// It holds no single purchases: a customer takes some eighty bytes, and what the trials at earlier
/// cut-offs hold is bounded.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    pub(super) as_of: i32,
    pub(super) is_seasonal: bool,
    /// None where all days are taken alike.
    pub(super) phases: Option<Phases>,
    pub(super) models: Models,
    pub(super) trials: Vec<Trial>,
    pub(super) spend: Option<FittedSpend>,
    pub(super) repeat_buyers: usize,
    pub(super) customers: Vec<Customer>,
    pub(super) bought: PurchaseDays,
    pub(super) newcomers: Newcomers,
    later_customers: usize,
    unreadable: usize,
}

/// The models that purchases are predicted by.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Models {
    /// Nobody has bought by the as-of date.
    Nobody,
    /// One rate for all, as there are too few customers, or repeat purchases of them, for more. None
    /// where that rate is no number.
    PooledRate { ensemble: Option<Ensemble>, repeats: f64 },
    /// Fitted by maximum likelihood.
    Fitted(Ensemble),
}

/// What a customer's history comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Customer {
    pub(super) number: u32,
    pub(super) first_day: i32,
    pub(super) last_day: i32,
    /// In weeks of the clock.
    pub(super) history: History,
    /// Repeat purchases, each weighted by how recent it is.
    pub(super) recent: f64,
    /// What is expected of one purchase.
    pub(super) spend: Spend,
}

/// Fits models to what customers bought until the as-of date. Days are those of the purchases.
/// Several lines of a customer on one day count as one purchase; later lines are not looked at.
///
/// Purchases are modelled by buying and leaving (Pareto/NBD and the BG/NBD family, on a clock that
/// runs by the season), money by the Gamma-Gamma model. [`Fit::predict`] says what follows for any
/// horizon. The result is the same for any order of the lines and any number of threads.
pub fn fit(purchases: &[Purchase], as_of: i32, options: &Options) -> Fit {
    let histories = Histories::new(purchases, as_of);
    let phases = options.is_seasonal.then(|| Phases::estimate(&histories, as_of)).flatten();
    let clock = phases.as_ref().map_or_else(Clock::plain, |phases| phases.clock(as_of, 0));
    let models = Models::fit(&histories, as_of, &clock);
    let trials = match models {
        Models::Fitted(_) => Trial::all(&histories, as_of, &clock),
        Models::Nobody | Models::PooledRate { .. } => Vec::new(),
    };
    let spending = Spending::new(&histories);
    let customer = |index: usize| {
        let days = histories.days(index);
        Some(Customer {
            number: histories.customers[index],
            first_day: *days.first()?,
            last_day: *days.last()?,
            history: history(days, as_of, &clock)?,
            recent: recent(days, as_of, &clock),
            spend: spending.of(histories.amounts(index), histories.refunds[index]),
        })
    };
    Fit {
        as_of,
        is_seasonal: options.is_seasonal,
        phases,
        models,
        trials,
        spend: spending.fitted,
        repeat_buyers: spending.repeat_buyers,
        customers: (0..histories.len()).filter_map(customer).collect(),
        newcomers: Newcomers::of(&histories, as_of),
        bought: PurchaseDays::of(&histories),
        later_customers: histories.later_customers,
        unreadable: histories.unreadable,
    }
}

impl Fit {
    /// Every model of buying and leaving that was fitted, the most likely first; none where there is
    /// too little for one.
    pub fn processes(&self) -> &[FittedProcess] {
        match &self.models {
            Models::Fitted(ensemble) => &ensemble.fitted,
            Models::Nobody | Models::PooledRate { .. } => &[],
        }
    }

    /// The model of money, where there were repeat buyers enough.
    pub fn spend(&self) -> Option<FittedSpend> {
        self.spend
    }

    /// Customers that it knows, by ascending number.
    pub fn customers(&self) -> impl ExactSizeIterator<Item = u32> {
        self.customers.iter().map(|customer| customer.number)
    }

    /// Customers left out because they had not bought by the as-of date.
    pub fn later_customers(&self) -> usize {
        self.later_customers
    }

    /// Lines left out because their amount is no number, or larger than any sum of money.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// Bytes that it takes in memory, about.
    pub fn bytes(&self) -> usize {
        let trials: usize = self.trials.iter().map(Trial::bytes).sum();
        self.customers.len() * size_of::<Customer>() + self.bought.bytes() + trials
    }

    /// The clock, made for the days until the end of a horizon.
    pub(super) fn clock(&self, horizon_days: i32) -> Clock {
        let phases = self.phases.as_ref();
        phases.map_or_else(Clock::plain, |phases| phases.clock(self.as_of, horizon_days))
    }
}

impl Models {
    /// The best that the data carry.
    fn fit(histories: &Histories, as_of: i32, clock: &Clock) -> Self {
        if histories.len() == 0 {
            return Self::Nobody;
        }
        let groups = grouped(histories, as_of, clock);
        let repeats = groups.mean_repeats() * groups.weight;
        let are_enough = histories.len() >= FEWEST_CUSTOMERS && repeats >= FEWEST_REPEATS;
        match are_enough.then(|| Ensemble::fit(&groups)).flatten() {
            Some(ensemble) => Self::Fitted(ensemble),
            None => Self::PooledRate { ensemble: pooled_rate(&groups), repeats },
        }
    }

    pub(super) fn ensemble(&self) -> Option<&Ensemble> {
        match self {
            Self::Nobody => None,
            Self::PooledRate { ensemble, .. } => ensemble.as_ref(),
            Self::Fitted(ensemble) => Some(ensemble),
        }
    }
}

/// Fits one model of buying and leaving by maximum likelihood to what was bought until the as-of
/// date, all days alike; none where nobody bought.
pub fn fit_process(purchases: &[Purchase], as_of: i32, process: Process) -> Option<FittedProcess> {
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
