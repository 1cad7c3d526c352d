//! The statistics as they are asked for: reads what they need from one snapshot, has them computed
//! in the background, keeps the answers while the data is the same. The HTTP API, the command line
//! and the pages all come here.

mod background;
mod baskets;
mod config;
mod forecasts;
mod frame;
mod names;
mod people;
mod query;
mod series;
mod shelf;
mod trends;

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crm_models::insight::{
    Breakdown, CustomerValues, Forecasts, NextItems, Segments, Together, Trends,
};
use crm_models::{Code, Invalid, Timestamp};

pub use background::Background;
pub use config::Config;
pub use people::{DEFAULT_HORIZON_DAYS, ValueQuery};
pub use query::{ForecastQuery, Scope};
pub use shelf::{Progress, Waiting};
pub use trends::TrendQuery;

use crate::auth::Access;
use crate::auth::right::Read;
use crate::clock::Clock;
use crate::store::{ReadTx, Store, StoreError, Workspace, WorkspaceId};

use background::Status;
use baskets::Purchased;
use forecasts::Forecasted;
use frame::Frame;
use people::People;
use shelf::Shelf;

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InsightError {
    /// The question cannot be answered as it stands.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// What was asked about is not there.
    #[error("there is no {0}")]
    NotFound(String),
    /// It is being computed; ask again.
    #[error("being computed, {done} of {of} steps are done")]
    Computing {
        /// Steps done.
        done: usize,
        /// Steps known so far.
        of: usize,
    },
    /// As much as may be is being computed; ask again.
    #[error("other analyses are running; ask again when they are done")]
    Busy,
    /// The computation ended without an answer.
    #[error("the analysis broke off")]
    BrokenOff,
    /// The data could not be read.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

impl From<StoreError> for InsightError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

#[cfg(test)]
impl PartialEq for InsightError {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl InsightError {
    fn invalid(field: &str, message: String) -> Self {
        Self::Invalid(Invalid::new(Code::InvalidField, field, message))
    }
}

/// Customers that are shown unless asked otherwise.
pub const DEFAULT_LIMIT: usize = 100;
/// Products that are shown unless asked otherwise.
pub const DEFAULT_ITEMS: usize = 10;
/// Answers kept of each kind. A forecast of ten thousand products takes some megabytes.
const FORECASTS_KEPT: usize = 32;
/// Trends kept.
const TRENDS_KEPT: usize = 16;
/// Workspaces and horizons whose customers are kept in memory.
const PEOPLE_KEPT: usize = 4;
/// Workspaces whose baskets are kept in memory.
const BASKETS_KEPT: usize = 4;

/// Answers what the statistics can tell. Blocks: not for async threads.
#[derive(Clone)]
pub struct Insights(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    clock: Clock,
    threads: usize,
    status: Status,
    forecasts: Shelf<(WorkspaceId, ForecastQuery), Forecasted>,
    trends: Shelf<(WorkspaceId, TrendQuery), Trends>,
    people: Shelf<(WorkspaceId, ValueQuery), People>,
    baskets: Shelf<(WorkspaceId, Scope), Purchased>,
}

impl Insights {
    /// Of a store.
    pub fn new(store: Arc<Store>, clock: Clock, config: &Config) -> Self {
        let running = Arc::new(AtomicUsize::default());
        Self(Arc::new(Inner {
            store,
            clock,
            threads: config.threads(),
            status: Status::default(),
            forecasts: Shelf::new(FORECASTS_KEPT, running.clone()),
            trends: Shelf::new(TRENDS_KEPT, running.clone()),
            people: Shelf::new(PEOPLE_KEPT, running.clone()),
            baskets: Shelf::new(BASKETS_KEPT, running),
        }))
    }

    /// Forecasts of the whole, or of its parts.
    pub fn forecasts(
        &self,
        access: &Access<Read>,
        query: &ForecastQuery,
        waiting: Waiting<'_>,
    ) -> Result<Arc<Forecasts>, InsightError> {
        query.check()?;
        let asked = query.clone();
        let question = (access.workspace(), query.clone());
        let compute = move |work: &Work<'_>, before: Option<&Forecasted>, progress: &Progress| {
            let people = match asked.by {
                Some(Breakdown::Segment) => Some(work.people()?),
                _ => None,
            };
            let series = work.read(|on| forecasts::Loaded::read(on, &asked, people.as_deref()))?;
            // The snapshot is let go before the models begin.
            Ok(series.forecast(&asked, work.threads(), before, progress))
        };
        let answered = self.ask(&self.0.forecasts, question, query.scope, waiting, compute)?;
        Ok(answered.answer.clone())
    }

    /// What changed, since when, by how much, and what drove it.
    pub fn trends(
        &self,
        access: &Access<Read>,
        query: TrendQuery,
        waiting: Waiting<'_>,
    ) -> Result<Arc<Trends>, InsightError> {
        let question = (access.workspace(), query);
        self.ask(&self.0.trends, question, query.scope, waiting, move |work, _, progress| {
            let people = work.people()?;
            work.read(|on| trends::trends(on, query, &people, work.threads(), progress))
        })
    }

    /// What customers are worth, the most valuable first; `limit` of them, or all for 0.
    pub fn values(
        &self,
        access: &Access<Read>,
        query: ValueQuery,
        limit: usize,
        waiting: Waiting<'_>,
    ) -> Result<Arc<CustomerValues>, InsightError> {
        let people = self.people(access.workspace(), query, waiting)?;
        self.read(access, |tx, workspace| people.values(tx, workspace, limit)).map(Arc::new)
    }

    /// What one customer is worth, by the host's id.
    pub fn value(
        &self,
        access: &Access<Read>,
        query: ValueQuery,
        customer_id: &str,
        waiting: Waiting<'_>,
    ) -> Result<Arc<CustomerValues>, InsightError> {
        let number = self.0.store.read(|tx| tx.customer_number(access.workspace(), customer_id))?;
        let unknown = || InsightError::NotFound(format!("customer \"{customer_id}\""));
        let number = number.ok_or_else(unknown)?;
        let people = self.people(access.workspace(), query, waiting)?;
        self.read(access, |tx, workspace| people.value(tx, workspace, number)).map(Arc::new)
    }

    /// The groups that customers fall into.
    pub fn segments(
        &self,
        access: &Access<Read>,
        query: ValueQuery,
        waiting: Waiting<'_>,
    ) -> Result<Arc<Segments>, InsightError> {
        Ok(Arc::new(self.people(access.workspace(), query, waiting)?.segments()))
    }

    /// What is bought together with a product; `limit` pairs, or all for 0.
    pub fn together(
        &self,
        access: &Access<Read>,
        scope: Scope,
        sku: &str,
        limit: usize,
        waiting: Waiting<'_>,
    ) -> Result<Arc<Together>, InsightError> {
        let purchased = self.purchased(access.workspace(), scope, waiting)?;
        let found = |tx: &ReadTx<'_>, known: &Workspace| purchased.together(tx, known, sku, limit);
        self.read(access, found).map(Arc::new)
    }

    /// What a customer is likely to buy next, by the host's id.
    pub fn next(
        &self,
        access: &Access<Read>,
        scope: Scope,
        customer_id: &str,
        limit: usize,
        waiting: Waiting<'_>,
    ) -> Result<Arc<NextItems>, InsightError> {
        let purchased = self.purchased(access.workspace(), scope, waiting)?;
        let found =
            |tx: &ReadTx<'_>, known: &Workspace| purchased.next(tx, known, customer_id, limit);
        self.read(access, found).map(Arc::new)
    }

    fn people(
        &self,
        workspace: WorkspaceId,
        query: ValueQuery,
        waiting: Waiting<'_>,
    ) -> Result<Arc<People>, InsightError> {
        query.check()?;
        let question = (workspace, query);
        self.ask(&self.0.people, question, query.scope, waiting, move |work, _, progress| {
            work.read(|on| People::load(on, query, work.threads(), progress))
        })
    }

    fn purchased(
        &self,
        workspace: WorkspaceId,
        scope: Scope,
        waiting: Waiting<'_>,
    ) -> Result<Arc<Purchased>, InsightError> {
        let question = (workspace, scope);
        self.ask(&self.0.baskets, question, scope, waiting, |work, _, progress| {
            work.read(|on| Purchased::load(on, work.threads(), progress))
        })
    }

    /// Takes an answer from a shelf, or has it computed.
    fn ask<Q, A>(
        &self,
        shelf: &Shelf<(WorkspaceId, Q), A>,
        question: (WorkspaceId, Q),
        scope: Scope,
        waiting: Waiting<'_>,
        compute: impl FnOnce(&Work<'_>, Option<&A>, &Progress) -> Result<A, InsightError>
        + Send
        + 'static,
    ) -> Result<Arc<A>, InsightError>
    where
        Q: Clone + Eq + Hash,
        A: Send + Sync + 'static,
    {
        let (workspace, now) = (question.0, self.0.clock.now());
        let version = self.0.store.read(|tx| frame::version(tx, workspace, scope, now))?;
        let insights = self.clone();
        let compute = move |before: Option<&A>, progress: &Progress| {
            compute(&Work { insights: &insights, workspace, scope, now }, before, progress)
        };
        shelf.get(&question, version, now, compute, waiting)
    }

    fn read<T>(
        &self,
        access: &Access<Read>,
        read: impl FnOnce(&ReadTx<'_>, &Workspace) -> Result<T, InsightError>,
    ) -> Result<T, InsightError> {
        self.0.store.read(|tx| {
            let gone = || StoreError::Damaged("a workspace is gone".into());
            let known = tx.workspace(access.workspace())?.ok_or_else(gone)?;
            read(tx, &known)
        })
    }
}

/// What a computation may ask for.
struct Work<'a> {
    insights: &'a Insights,
    workspace: WorkspaceId,
    scope: Scope,
    now: Timestamp,
}

impl Work<'_> {
    fn threads(&self) -> usize {
        self.insights.0.threads
    }

    /// Reads from one snapshot, by a connection that nobody else waits for.
    fn read<T>(
        &self,
        read: impl FnOnce(&On<'_>) -> Result<T, InsightError>,
    ) -> Result<T, InsightError> {
        self.insights.0.store.read_at_length(|tx| {
            let gone = || StoreError::Damaged("a workspace is gone".into());
            let workspace = tx.workspace(self.workspace)?.ok_or_else(gone)?;
            let frame = Frame::new(tx, &workspace, self.scope, self.now)?;
            read(&On { tx, frame })
        })
    }

    /// The customers, for what depends on the groups they fall into. To be asked for outside of a
    /// snapshot: they are read from one of their own.
    fn people(&self) -> Result<Arc<People>, InsightError> {
        let query = ValueQuery { scope: self.scope, ..ValueQuery::default() };
        self.insights.people(self.workspace, query, &mut |_, _| true)
    }
}

/// What a computation reads from.
struct On<'a> {
    tx: &'a ReadTx<'a>,
    frame: Frame<'a>,
}
