//! The statistics as they are asked for: read, computed in the background once for all who ask, kept
//! while the data is the same. The HTTP API, the command line and the pages all come here.

mod advice;
mod background;
mod baskets;
#[cfg(test)]
pub(crate) mod by_hand;
mod cache;
mod config;
mod explanation;
mod flight;
mod forecasts;
mod memory;
mod names;
mod people;
mod scheduler;
mod selection;
mod series;
#[cfg(test)]
mod tests;
mod trends;
mod turns;
mod version;
mod work;

use std::future::{Future, ready};
use std::hash::Hash;
use std::sync::Arc;

use crm_api::WholeDay;
use crm_api::answer::{
    Breakdown, CustomerValues, Forecasts, NextItems, Recommendations, Segments, Together, Trends,
};
use crm_api::question::{self, Counting};

use crm_stats::advice::WINDOW_DAYS;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use advice::Decision;
pub use background::Background;
pub use config::Config;
pub use explanation::missing_of_values;
pub use flight::{ProgressView, Stage};
pub use work::Priority;

use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::clock::Clock;
use crate::lane::Lane;
use crate::store::{CustomerNumber, ReadTx, Store, StoreError, Workspace, WorkspaceId};

use advice::{Advised, Needs};
use background::Status;
use baskets::Purchased;
use cache::{Cache, Found, LINGER};
use forecasts::Forecasted;
use memory::{Memory, Weighs};
use people::{Fitted, People};
use scheduler::Scheduler;
use selection::Basis;
use work::{Moment, Work};

/// Answers kept of each kind. A forecast of ten thousand products takes some megabytes.
const FORECASTS_KEPT: usize = 32;
/// Trends kept.
const TRENDS_KEPT: usize = 16;
/// Workspaces whose customers' models are kept, and what was predicted from them for some horizons.
const FITS_KEPT: usize = 4;
const PEOPLE_KEPT: usize = 8;
/// Workspaces whose baskets are kept in memory.
const BASKETS_KEPT: usize = 4;
/// Recommendations kept.
const ADVICE_KEPT: usize = 8;

/// Threads that read the version of the data, and names.
const READING: usize = 4;

/// Answers what the statistics can tell.
#[derive(Clone)]
pub struct Insights(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    clock: Clock,
    threads: usize,
    priority: Priority,
    reading: Lane,
    scheduler: Arc<Scheduler>,
    memory: Memory,
    lists: Arc<Semaphore>,
    status: Status,
    forecasts: Cache<(WorkspaceId, question::Forecast), Forecasted>,
    trends: Cache<(WorkspaceId, question::Trends), Trends>,
    fits: Cache<(WorkspaceId, Basis), Fitted>,
    people: Cache<(WorkspaceId, (Basis, u32)), People>,
    baskets: Cache<(WorkspaceId, Basis), Purchased>,
    advice: Cache<(WorkspaceId, Basis), Advised>,
}

impl Insights {
    /// Of a store. After use, [`Self::stop`] ends its threads.
    pub fn new(store: Arc<Store>, clock: Clock, config: &Config, priority: Priority) -> Self {
        let memory = Memory::new(store.memory_mib());
        let scheduler = Arc::new(Scheduler::new(memory.large()));
        let room = |share_percent| memory.kept(share_percent);
        Self(Arc::new(Inner {
            forecasts: Cache::new(
                FORECASTS_KEPT,
                room(20),
                LINGER,
                clock.clone(),
                scheduler.clone(),
            ),
            trends: Cache::new(TRENDS_KEPT, room(5), LINGER, clock.clone(), scheduler.clone()),
            fits: Cache::new(FITS_KEPT, room(5), LINGER, clock.clone(), scheduler.clone()),
            people: Cache::new(PEOPLE_KEPT, room(5), LINGER, clock.clone(), scheduler.clone()),
            advice: Cache::new(ADVICE_KEPT, room(5), LINGER, clock.clone(), scheduler.clone()),
            baskets: Cache::new(BASKETS_KEPT, room(25), LINGER, clock.clone(), scheduler.clone()),
            lists: Arc::new(Semaphore::new(memory.large())),
            memory,
            store,
            clock,
            threads: config.threads(),
            priority,
            reading: Lane::new(READING),
            status: Status::default(),
            scheduler,
        }))
    }

    /// Computes nothing from now on: what runs ends soon, and who waits is told
    /// [`AskError::Stopping`].
    pub fn cancel(&self) {
        self.0.scheduler.stop();
    }

    /// The same, and waits for the threads. Blocks: not for async threads.
    pub fn stop(&self) {
        self.0.scheduler.stop();
        self.0.scheduler.join();
    }

    /// Forecasts of the whole, or of its parts.
    pub async fn forecasts(
        &self,
        access: &Access<Read>,
        asked: &question::Forecast,
        view: &ProgressView,
    ) -> Result<Arc<Forecasts>, AskError> {
        asked.check()?;
        let at = self.moment(access.workspace(), asked.counting()).await?;
        // However it was asked, one thing is kept once.
        let asked = question::Forecast {
            currency: at.basis.currency,
            as_of: at.basis.as_of.map(WholeDay::from),
            horizon: Some(asked.periods_ahead()),
            limit: Some(asked.parts()),
            ..asked.clone()
        };
        let needs = async {
            match asked.by {
                Some(Breakdown::Segment) => {
                    let people = self.people_of_trends(at, view).await?;
                    Ok((at, Some(people)))
                }
                _ => Ok((at, None)),
            }
        };
        let (made, question) = (asked.clone(), (asked.clone(), forecasts::is_large(&asked)));
        let make = move |work: &mut Work<'_>, people: Option<Arc<People>>, before: Option<&_>| {
            Forecasted::make(work, &made, people.as_deref(), before)
        };
        let forecasted = self.ask(&self.0.forecasts, at, question, view, needs, make).await?;
        Ok(forecasted.answer.clone())
    }

    /// What changed, since when, by how much, and what drove it.
    pub async fn trends(
        &self,
        access: &Access<Read>,
        asked: &question::Trends,
        view: &ProgressView,
    ) -> Result<Arc<Trends>, AskError> {
        let at = self.moment(access.workspace(), asked.counting()).await?;
        let asked = question::Trends {
            currency: at.basis.currency,
            as_of: at.basis.as_of.map(WholeDay::from),
            bucket: asked.bucket,
            limit: asked.shown(),
        };
        let needs = async { Ok((at, self.people_of_trends(at, view).await?)) };
        let made = asked.clone();
        let make = move |work: &mut Work<'_>, people: Arc<People>, _: Option<&Trends>| {
            trends::trends(work, &made, &people)
        };
        self.ask(&self.0.trends, at, (asked, true), view, needs, make).await
    }

    /// A turn for a list of so many entries (0 for all), which is held until the list is written: long
    /// lists are in memory one or a few at a time.
    pub async fn turn_of_list(&self, limit: usize) -> Option<OwnedSemaphorePermit> {
        const SHORT: usize = 1_000;
        if (1..=SHORT).contains(&limit) {
            return None;
        }
        self.0.lists.clone().acquire_owned().await.ok()
    }

    /// What customers are worth, the most valuable first. More than there is memory for are
    /// [`crm_models::Code::OutOfRange`].
    pub async fn values(
        &self,
        access: &Access<Read>,
        asked: &question::Values,
        view: &ProgressView,
    ) -> Result<Arc<CustomerValues>, AskError> {
        let workspace = access.workspace();
        let people = self.people(workspace, asked.counting(), asked.horizon_days, view).await?;
        let (sorting, memory, asked) = (people.clone(), self.0.memory, asked.clone());
        let listed = self.0.reading.run(move || sorting.listed(&asked, memory)).await;
        let listed = listed.map_err(broken_off)??;
        let named = move |tx: &ReadTx<'_>, known: &Workspace| people.values(tx, known, &listed);
        self.read_names(workspace, named).await.map(Arc::new)
    }

    /// What one customer is worth.
    pub async fn value(
        &self,
        access: &Access<Read>,
        asked: &question::Value,
        view: &ProgressView,
    ) -> Result<Arc<CustomerValues>, AskError> {
        let workspace = access.workspace();
        let number = self.customer(workspace, &asked.customer_id).await?;
        let people = self.people(workspace, asked.counting(), asked.horizon_days, view).await?;
        self.read(workspace, move |tx, known| people.value(tx, known, number)).await.map(Arc::new)
    }

    /// The groups that customers fall into.
    pub async fn segments(
        &self,
        access: &Access<Read>,
        asked: &question::Segments,
        view: &ProgressView,
    ) -> Result<Arc<Segments>, AskError> {
        let workspace = access.workspace();
        let people = self.people(workspace, asked.counting(), asked.horizon_days, view).await?;
        self.0.reading.run(move || Arc::new(people.segments())).await.map_err(broken_off)
    }

    /// What is bought together with a product.
    pub async fn together(
        &self,
        access: &Access<Read>,
        asked: &question::Together,
        view: &ProgressView,
    ) -> Result<Arc<Together>, AskError> {
        let workspace = access.workspace();
        let sku = asked.sku.trim().to_owned();
        let number = self.read(workspace, move |tx, known| Ok(tx.product_number(known.id, &sku)?));
        let unknown = || AskError::NotFound(format!("product \"{}\"", asked.sku));
        let number = number.await?.ok_or_else(unknown)?;
        let purchased = self.purchased(workspace, asked.counting(), view).await?;
        let (counted, limit) = (purchased.clone(), asked.limit);
        let pairs = self.0.reading.run(move || counted.pairs(number, limit)).await;
        let pairs = pairs.map_err(broken_off)?;
        let named =
            move |tx: &ReadTx<'_>, known: &Workspace| purchased.together(tx, known, number, pairs);
        self.read_names(workspace, named).await.map(Arc::new)
    }

    /// What a customer is likely to buy next.
    pub async fn next(
        &self,
        access: &Access<Read>,
        asked: &question::Next,
        view: &ProgressView,
    ) -> Result<Arc<NextItems>, AskError> {
        let workspace = access.workspace();
        let number = self.customer(workspace, &asked.customer_id).await?;
        let purchased = self.purchased(workspace, asked.counting(), view).await?;
        let (known, limit) = (purchased.clone(), asked.limit);
        let suggestions = self.0.reading.run(move || known.suggestions(number, limit)).await;
        let suggestions = suggestions.map_err(broken_off)?;
        let named = move |tx: &ReadTx<'_>, known: &Workspace| {
            purchased.next(tx, known, number, &suggestions)
        };
        self.read_names(workspace, named).await.map(Arc::new)
    }

    /// What is recommended to do.
    pub async fn recommendations(
        &self,
        access: &Access<Read>,
        asked: &question::Recommendations,
        view: &ProgressView,
    ) -> Result<Arc<Recommendations>, AskError> {
        let workspace = access.workspace();
        let customer = match &asked.customer_id {
            Some(id) => Some(self.customer(workspace, id).await?),
            None => None,
        };
        let counting = asked.counting();
        let advised = self.advised(access, counting, view).await?;
        let is_now = counting == Counting::default();
        if is_now {
            self.give(workspace, advised.clone()).await?;
        }
        let asked = asked.clone();
        let told = move |tx: &ReadTx<'_>, known: &Workspace| {
            advised.told(tx, known, &asked, (customer, is_now))
        };
        self.read_names(workspace, told).await.map(Arc::new)
    }

    async fn advised(
        &self,
        access: &Access<Read>,
        counting: Counting,
        view: &ProgressView,
    ) -> Result<Arc<Advised>, AskError> {
        let workspace = access.workspace();
        let at = self.moment(workspace, counting).await?;
        let Counting { currency, as_of } = counting;
        let trends = question::Trends { currency, as_of, ..question::Trends::default() };
        let needs = async {
            let people = self.people_at(at, WINDOW_DAYS, view).await?;
            let purchased = self.purchased(workspace, counting, view).await?;
            let trends = self.trends(access, &trends, view).await?;
            Ok((at, Needs { people, purchased, trends }))
        };
        let make =
            |work: &mut Work<'_>, needs: Needs, _: Option<&Advised>| Advised::make(work, needs);
        self.ask(&self.0.advice, at, (at.basis, true), view, needs, make).await
    }

    async fn people(
        &self,
        workspace: WorkspaceId,
        counting: Counting,
        horizon_days: u32,
        view: &ProgressView,
    ) -> Result<Arc<People>, AskError> {
        question::check_horizon_days(horizon_days)?;
        let at = self.moment(workspace, counting).await?;
        self.people_at(at, horizon_days, view).await
    }

    /// The customers, for what depends on the groups they fall into.
    async fn people_of_trends(
        &self,
        at: Moment,
        view: &ProgressView,
    ) -> Result<Arc<People>, AskError> {
        self.people_at(at, question::Segments::default().horizon_days, view).await
    }

    async fn people_at(
        &self,
        at: Moment,
        horizon_days: u32,
        view: &ProgressView,
    ) -> Result<Arc<People>, AskError> {
        let needs = async {
            let fitted = self.fitted(at, view).await?;
            // It is no newer than what it is predicted from.
            Ok((fitted.moment, fitted))
        };
        let make = move |work: &mut Work<'_>, fitted: Arc<Fitted>, _: Option<&People>| {
            People::make(work, horizon_days, fitted)
        };
        let question = ((at.basis, horizon_days), false);
        self.ask(&self.0.people, at, question, view, needs, make).await
    }

    async fn fitted(&self, at: Moment, view: &ProgressView) -> Result<Arc<Fitted>, AskError> {
        let make = |work: &mut Work<'_>, (): (), _: Option<&Fitted>| Fitted::make(work);
        self.ask(&self.0.fits, at, (at.basis, false), view, ready(Ok((at, ()))), make).await
    }

    async fn purchased(
        &self,
        workspace: WorkspaceId,
        counting: Counting,
        view: &ProgressView,
    ) -> Result<Arc<Purchased>, AskError> {
        let at = self.moment(workspace, counting).await?;
        let make = |work: &mut Work<'_>, (): (), _: Option<&Purchased>| Purchased::make(work);
        self.ask(&self.0.baskets, at, (at.basis, true), view, ready(Ok((at, ()))), make).await
    }

    /// Takes an answer from a cache, or has it made.
    ///
    /// What it `needs` of other answers is waited for here and not by the computation, which so never
    /// takes a place while another one that it waits for needs one. With them comes the moment from
    /// which on the answer ages. A large one takes turns with its like.
    async fn ask<Q, A, N>(
        &self,
        cache: &Cache<(WorkspaceId, Q), A>,
        at: Moment,
        (query, is_large): (Q, bool),
        view: &ProgressView,
        needs: impl Future<Output = Result<(Moment, N), AskError>>,
        make: impl FnOnce(&mut Work<'_>, N, Option<&A>) -> Result<A, AskError> + Send + 'static,
    ) -> Result<Arc<A>, AskError>
    where
        Q: Clone + Eq + Hash + Send + 'static,
        A: Weighs + Send + Sync + 'static,
        N: Send + 'static,
    {
        let question = (at.workspace, query);
        let found = match cache.find(&question, at.version, at.now) {
            Some(found) => found,
            None => {
                let (at, needed) = needs.await?;
                let insights = self.clone();
                let compute = move |before: Option<&A>, progress: &flight::Progress| {
                    make(&mut Work::new(&insights, at, progress), needed, before)
                };
                cache.find_or_start(at.workspace, question, at.version, at.now, is_large, compute)
            }
        };
        match found {
            Found::Kept(answer) => Ok(answer),
            Found::UnderWay(waiter) => {
                view.follow(waiter.progress());
                waiter.outcome().await
            }
        }
    }

    /// What is asked now, and of which data.
    async fn moment(&self, workspace: WorkspaceId, counting: Counting) -> Result<Moment, AskError> {
        let now = self.0.clock.now();
        let store = self.0.store.clone();
        let read = move || {
            store.read_briefly(|tx| {
                let known = selection::known(tx, workspace)?;
                let basis = Basis::new(counting, &known)?;
                Ok::<_, AskError>((basis, selection::version(tx, &known, basis, now)?))
            })
        };
        let (basis, version) = self.0.reading.run(read).await.map_err(broken_off)??;
        Ok(Moment { workspace, basis, now, version })
    }

    async fn customer(
        &self,
        workspace: WorkspaceId,
        customer_id: &str,
    ) -> Result<CustomerNumber, AskError> {
        let asked = customer_id.trim().to_owned();
        let number =
            self.read(workspace, move |tx, known| Ok(tx.customer_number(known.id, &asked)?));
        let unknown = || AskError::NotFound(format!("customer \"{customer_id}\""));
        number.await?.ok_or_else(unknown)
    }

    async fn workspaces(&self) -> Result<Vec<WorkspaceId>, AskError> {
        let store = self.0.store.clone();
        let read = move || store.read::<_, StoreError>(|tx| tx.workspaces());
        let workspaces = self.0.reading.run(read).await.map_err(broken_off)??;
        Ok(workspaces.into_iter().map(|workspace| workspace.id).collect())
    }

    /// Reads the names of what is in an answer, of which there may be many.
    async fn read_names<T: Send + 'static>(
        &self,
        workspace: WorkspaceId,
        read: impl FnOnce(&ReadTx<'_>, &Workspace) -> Result<T, AskError> + Send + 'static,
    ) -> Result<T, AskError> {
        let store = self.0.store.clone();
        let work = move || store.read_at_length(|tx| read(tx, &selection::known(tx, workspace)?));
        self.0.reading.run(work).await.map_err(broken_off)?
    }

    /// Reads single rows.
    async fn read<T: Send + 'static>(
        &self,
        workspace: WorkspaceId,
        read: impl FnOnce(&ReadTx<'_>, &Workspace) -> Result<T, AskError> + Send + 'static,
    ) -> Result<T, AskError> {
        let store = self.0.store.clone();
        let work = move || store.read(|tx| read(tx, &selection::known(tx, workspace)?));
        self.0.reading.run(work).await.map_err(broken_off)?
    }
}

fn broken_off(error: crate::lane::Broken) -> AskError {
    tracing::error!(%error, "an analysis could not be read");
    AskError::BrokenOff
}
