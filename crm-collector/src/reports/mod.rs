//! The reports as they are asked for: reads the facts on one snapshot, has the table computed,
//! and says what it covers. The HTTP API, the command line and the pages all come here.

mod load;
mod range;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crm_api::answer::{Report, ReportName};
use crm_api::{Bucket, Moment, WholeDay, question};

use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::clock::Clock;
use crate::store::{ReadTx, Store};

/// Threads of one report at the most: each holds what it remembers of its customers, and one more that
/// reads keeps no more than a few of them busy.
const MOST_THREADS: usize = 4;

/// Makes reports. Blocks: not for async threads.
#[derive(Clone)]
pub struct Reports {
    store: Arc<Store>,
    clock: Clock,
    threads: usize,
}

impl Reports {
    /// Of a store.
    pub fn new(store: Arc<Store>, clock: Clock) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::on(cores.min(MOST_THREADS), store, clock)
    }

    /// The same, on so many threads.
    fn on(threads: usize, store: Arc<Store>, clock: Clock) -> Self {
        Self { store, clock, threads }
    }

    /// Makes a report.
    pub fn run(&self, access: &Access<Read>, asked: &question::Report) -> Result<Report, AskError> {
        asked.check()?;
        let now = self.clock.now();
        let load = |tx: &ReadTx<'_>| {
            load::report(tx, &tx.known_workspace(access.workspace())?, asked, now, self.threads)
        };
        if looks_at_everybody(asked.name) {
            self.store.read_at_length(load)
        } else {
            self.store.read(load)
        }
    }
}

/// Days that make a report of days a heavy one: at most 27 years' may be asked for, which hold 8 MB
/// while they are made.
const MANY_DAYS: i64 = 800;

/// Whether a report holds much while it is made: something of every product or every customer, or
/// rows of many days.
pub fn is_heavy(asked: &question::Report) -> bool {
    let day = |of: Option<WholeDay>| match of {
        Some(WholeDay(Moment::Day(day))) => Some(day),
        Some(WholeDay(Moment::Instant(_))) | None => None,
    };
    let has_many_days = || match (asked.range, day(asked.from), day(asked.to)) {
        (Some(range), ..) => i64::from(range.most_days()) > MANY_DAYS,
        (None, Some(from), Some(to)) => (to - from).num_days() > MANY_DAYS,
        // It may be all days that there are.
        _ => true,
    };
    looks_at_everybody(asked.name) || asked.periods() == Bucket::Day && has_many_days()
}

/// Whether a report holds something of every product or every customer while it is made.
fn looks_at_everybody(name: ReportName) -> bool {
    match name {
        ReportName::Summary
        | ReportName::Sales
        | ReportName::Countries
        | ReportName::Heatmap
        | ReportName::Channels => false,
        ReportName::Products
        | ReportName::Customers
        | ReportName::Repeat
        | ReportName::Refunds
        | ReportName::Rfm
        | ReportName::Cohorts => true,
    }
}
