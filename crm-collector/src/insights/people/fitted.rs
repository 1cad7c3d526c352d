//! The models of what customers are worth, fitted once to everybody's purchases and kept: any
//! horizon is predicted from them.

use crm_api::Outside;
use crm_models::Currency;
use crm_stats::segment::{self, Life, Rfm, Stage, Standing, Usual};
use crm_stats::value::{self, Fit, Horizon, Options, Purchase};

use crate::analytics::standings::Standings;
use crate::ask_error::AskError;
use crate::facts::{BuyersOf, HistoryKind, LocalTime, units};
use crate::insights::memory::Weighs;
use crate::insights::selection::Selection;
use crate::insights::work::{Computing, Moment, On, Work};
use crate::store::BuyerHistories;

/// Who buys within a year is a customer still: a shop's season has come round by then.
const YEAR_DAYS: u32 = 364;

/// Fitted models, and how each customer stands among all.
pub(in crate::insights) struct Fitted {
    pub(super) fit: Fit,
    /// One for each customer of the fit, in the same order; none for a customer without a sale.
    pub(super) profiles: Vec<Option<Profile>>,
    pub(super) currency: Currency,
    /// The first day that counts no more.
    pub(super) as_of: i32,
    pub(super) outside: Outside,
    /// The first day from that one on that a known customer bought on.
    pub(super) bought_behind: Option<i32>,
    /// When it was asked for, and of which data.
    pub(in crate::insights) moment: Moment,
}

/// How a customer stands among all.
#[derive(Clone, Copy)]
pub(super) struct Profile {
    pub(super) standing: Standing,
    /// Where it is in life with the shop, which does not depend on how far ahead is asked.
    pub(super) stage: Stage,
    /// None where there are too few customers for fifths.
    pub(super) rfm: Option<Rfm>,
}

impl Weighs for Fitted {
    fn bytes(&self) -> usize {
        self.fit.bytes() + self.profiles.len() * size_of::<Option<Profile>>()
    }
}

/// What is fitted.
struct Read {
    selection: Selection,
    bought_behind: Option<i32>,
    purchases: Vec<Purchase>,
    standings: Standings,
}

impl Read {
    fn begin(On { selected, .. }: &On<'_>) -> Result<(Self, BuyerHistories), AskError> {
        let Selection { currency, days, behind, .. } = &selected.selection;
        let mut bought_behind = None;
        selected.derived.each_day_buyers(BuyersOf::All, *currency, behind.clone(), |day, _| {
            bought_behind.get_or_insert(day);
        })?;
        let read = Self {
            selection: selected.selection.clone(),
            bought_behind,
            purchases: Vec::new(),
            standings: Standings::new(*currency),
        };
        Ok((read, selected.derived.buyer_histories(days.clone())))
    }

    fn finish(mut self, work: &mut Work<'_>, histories: BuyerHistories) -> Result<Self, AskError> {
        let mut local_time = LocalTime::new(self.selection.workspace.timezone);
        let Self { purchases, standings, .. } = &mut self;
        work.each_buyer_history(histories, |entries| {
            for entry in entries.iter().filter(|entry| standings.add(entry)) {
                let minor = match entry.kind {
                    HistoryKind::Sale(_, amount) => amount.ten_thousandths(),
                    HistoryKind::Refund(_, amount) => -amount.ten_thousandths(),
                    HistoryKind::Unpaid | HistoryKind::Interaction => continue,
                };
                purchases.push(Purchase {
                    customer: entry.customer,
                    day: local_time.day(entry.occurred_at),
                    amount: units(minor),
                });
            }
        })?;
        Ok(self)
    }
}

impl Fitted {
    pub(in crate::insights) fn make(work: &mut Work<'_>) -> Result<Self, AskError> {
        // Read, fitted, scored.
        work.progress().expect(3);
        let (read, histories) = work.read(Read::begin)?;
        let read = read.finish(work, histories)?;
        work.progress().advance(1);
        let moment = work.moment();
        work.compute(|computing| Self::of(read, moment, computing))
    }

    fn of(read: Read, moment: Moment, computing: &Computing<'_>) -> Self {
        let Read { selection, bought_behind, purchases, standings } = read;
        let as_of = selection.days.end;
        // The day before the first one that does not count is the last that is known.
        let fit = value::fit(&purchases, as_of - 1, &Options::default());
        computing.progress.advance(1);
        let standing_of = |customer: u32| standings.buyers().get(customer as usize)?.standing();
        let known: Vec<Option<Standing>> = fit.customers().map(standing_of).collect();
        let ranked: Vec<Standing> = known.iter().copied().flatten().collect();
        let scores = match ranked.len() {
            ..segment::FEWEST_RANKED => Vec::new(),
            _ => segment::rfm(&ranked),
        };
        let year = Horizon { threads: computing.threads, ..Horizon::days(YEAR_DAYS) };
        let lives: Vec<Life> = fit.predict(&year).customers.iter().map(life).collect();
        let usual = Usual::of(lives.iter().copied());
        let mut scores = scores.into_iter();
        let profile = |(standing, life): (Option<Standing>, &Life)| {
            let standing = standing?;
            let stage = segment::stage(life, &usual);
            Some(Profile { standing, stage, rfm: scores.next().map(|rfm| rfm.in_stage(stage)) })
        };
        let profiles = known.into_iter().zip(&lives).map(profile).collect();
        computing.progress.advance(1);
        Self {
            fit,
            profiles,
            currency: selection.currency,
            as_of,
            outside: selection.outside,
            bought_behind,
            moment,
        }
    }
}

/// A customer's life so far, and what is expected of it within a year.
fn life(customer: &value::CustomerValue) -> Life {
    Life {
        purchases: customer.frequency.saturating_add(1),
        active_days: customer.recency_days,
        silent_days: customer.age_days.saturating_sub(customer.recency_days),
        returns: customer.p_purchase(),
    }
}
