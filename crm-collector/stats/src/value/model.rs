//! What a fit takes, and what it is: purchases, options and horizons; methods, models and their
//! parameters.

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
}

/// Choices of a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether the season is looked for that the purchases show, when they reach back a year;
    /// otherwise all days are taken alike.
    pub is_seasonal: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { is_seasonal: true }
    }
}

/// What is asked of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Horizon {
    /// Days ahead, from the one after the as-of date on; longer than a century is cut to it.
    pub days: u32,
    /// A forecast of all sales that customers known and to come add up to: the stretches of days that
    /// follow the as-of date, one after the other. Days beyond the last one repeat the mean of the
    /// stretches given. Left out, a seasonal fit forecasts the total from the year before.
    pub sales: Option<Vec<Stretch>>,
    /// What a year's wait takes off money, as a rate a year: 0.1 makes 100 in a year 90.9 today.
    pub discount_rate: f64,
    /// Threads to use; the result does not depend on it.
    pub threads: usize,
}

impl Horizon {
    /// So many days ahead, money undiscounted, on one thread.
    pub fn days(days: u32) -> Self {
        Self { days, sales: None, discount_rate: 0.0, threads: 1 }
    }
}

/// A stretch of days ahead, and how busy it is expected to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Length in days.
    pub days: u32,
    /// Purchases a day in all, of customers known and to come, in multiples of their mean over the
    /// last 364 days before (or over as many as there are).
    pub busyness: f64,
}

/// What a better method would have needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// A customer who has bought by the as-of date.
    Buyer,
    /// More customers, and more repeat purchases of all, to fit how customers differ. Both are zero
    /// where there are enough, and yet no model fits them.
    Differences {
        /// So many more customers.
        customers: usize,
        /// So many more repeat purchases.
        repeats: usize,
    },
    /// More repeat buyers at earlier cut-offs, and more purchases of theirs after those, to learn
    /// from. Both are zero where there are enough, and yet nothing is learned from them.
    Trials {
        /// So many more buyers.
        buyers: usize,
        /// So many more purchases.
        purchases: usize,
    },
    /// More days since the first purchase, to tell the season; zero where they are enough, and a
    /// forecast of sales has no usable stretch.
    Season {
        /// So many more.
        days: u32,
    },
    /// More repeat buyers, to fit how spend differs between customers; zero where there are enough,
    /// and yet no model fits them.
    Spend {
        /// So many more.
        buyers: usize,
    },
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
