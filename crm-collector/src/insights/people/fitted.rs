//! The models of what customers are worth, fitted once to everybody's purchases and kept: any
//! horizon is predicted from them.

use crm_api::Outside;
use crm_models::Currency;
use crm_stats::segment::{self, Rfm, Standing};
use crm_stats::value::{self, Fit, Options, Purchase};

use crate::analytics::standings::Standings;
use crate::ask_error::AskError;
use crate::facts::{HistoryKind, LocalTime, units};
use crate::insights::memory::Weighs;
use crate::insights::selection::Selection;
use crate::insights::work::{Computing, Moment, On, Work};

/// Fitted models, and how each customer stands among all.
pub(in crate::insights) struct Fitted {
    pub(super) fit: Fit,
    /// One for each customer of the fit, in the same order; none for a customer without a sale.
    pub(super) profiles: Vec<Option<Profile>>,
    /// As many sales make a customer loyal.
    pub(super) loyal_from: u32,
    pub(super) currency: Currency,
    /// The first day that counts no more.
    pub(super) as_of: i32,
    pub(super) outside: Outside,
    /// When it was asked for, and of which data.
    pub(in crate::insights) moment: Moment,
}

/// How a customer stands among all.
#[derive(Clone, Copy)]
pub(super) struct Profile {
    pub(super) standing: Standing,
    pub(super) rfm: Rfm,
}

impl Weighs for Fitted {
    fn bytes(&self) -> usize {
        self.fit.bytes() + self.profiles.len() * size_of::<Option<Profile>>()
    }
}

impl Fitted {
    pub(in crate::insights) fn make(work: &mut Work<'_>) -> Result<Self, AskError> {
        // Read, fitted, scored.
        work.progress().expect(3);
        let (selection, purchases, standings) = Self::read(work)?;
        work.progress().advance(1);
        let moment = work.moment();
        work.compute(|computing| Self::of(selection, &purchases, &standings, moment, computing))
    }

    fn read(work: &mut Work<'_>) -> Result<(Selection, Vec<Purchase>, Standings), AskError> {
        let (selection, histories) = work.read(|On { selected, .. }| {
            Ok((
                selected.selection.clone(),
                selected.derived.buyer_histories(selected.days.clone()),
            ))
        })?;
        let mut local_time = LocalTime::new(selection.workspace.timezone);
        let mut purchases = Vec::new();
        let mut standings = Standings::new(selection.currency);
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
        Ok((selection, purchases, standings))
    }

    fn of(
        selection: Selection,
        purchases: &[Purchase],
        standings: &Standings,
        moment: Moment,
        computing: &Computing<'_>,
    ) -> Self {
        let as_of = selection.days.end;
        // The day before the first one that does not count is the last that is known.
        let fit = value::fit(purchases, as_of - 1, &Options::default());
        computing.progress.advance(1);
        let standing_of = |customer: u32| standings.buyers().get(customer as usize)?.standing();
        let known: Vec<Option<Standing>> = fit.customers().map(standing_of).collect();
        let ranked: Vec<Standing> = known.iter().copied().flatten().collect();
        let orders: Vec<u32> = ranked.iter().map(|standing| standing.orders).collect();
        let mut scores = segment::rfm(&ranked).into_iter();
        let profile = |standing: Option<Standing>| {
            let standing = standing?;
            Some(Profile { standing, rfm: scores.next()? })
        };
        let profiles = known.into_iter().map(profile).collect();
        computing.progress.advance(1);
        Self {
            fit,
            profiles,
            loyal_from: segment::loyal_from(&orders),
            currency: selection.currency,
            as_of,
            outside: selection.outside,
            moment,
        }
    }
}
