//! The analysis that runs by itself: when there is something new, what is asked for most is
//! computed before anybody asks, so that a shop of ten thousand products is not computed while
//! somebody waits.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crm_models::insight::{Analysis, Breakdown, Measure};

use super::shelf::Version;
use super::{ForecastQuery, InsightError, Insights, Scope, TrendQuery, ValueQuery, Waiting, frame};
use crate::analytics::period::Bucket;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::store::{StoreError, WorkspaceId};

/// How often it looks for something new.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// It rests so many times as long as it worked, so that it takes a twentieth of the time of the
/// cores it may use, however fast events come in.
const RESTS: u32 = 20;

/// How far the analysis in the background is, by workspace.
#[derive(Default)]
pub(super) struct Status(Mutex<BTreeMap<WorkspaceId, Analysis>>);

impl Status {
    fn note(&self, workspace: WorkspaceId, change: impl FnOnce(&mut Analysis)) {
        // What is in there is whole at every moment, so a panic elsewhere does not spoil it.
        change(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(workspace).or_default());
    }
}

impl Insights {
    /// How far the analysis in the background is.
    pub fn analysis(&self, access: &Access<Read>) -> Analysis {
        let status = self.0.status.0.lock().unwrap_or_else(PoisonError::into_inner);
        status.get(&access.workspace()).cloned().unwrap_or_default()
    }
}

/// The running analysis.
pub struct Background {
    stop: Sender<()>,
    stopping: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Background {
    /// Starts it.
    pub fn start(insights: Insights) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let stopping = Arc::new(AtomicBool::new(false));
        let told = stopping.clone();
        let work = move || {
            let mut seen = BTreeMap::new();
            let mut pause = Duration::ZERO;
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let begun = Instant::now();
                match look(&insights, &mut seen, &told) {
                    // Told to stop, or others are computing: there is a next time.
                    Ok(()) | Err(InsightError::Computing { .. } | InsightError::Busy) => {}
                    Err(error) => tracing::warn!(%error, "the analysis in the background failed"),
                }
                pause = LOOK_EVERY.max(begun.elapsed() * RESTS);
            }
        };
        let thread = std::thread::Builder::new().name("analyst".into()).spawn(work)?;
        Ok(Self { stop, stopping, thread })
    }

    /// Ends it. A computation that runs is not waited for.
    pub fn stop(self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Gone means ended.
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the analysis in the background broke off");
        }
    }
}

/// Analyses the workspaces in which something is new.
fn look(
    insights: &Insights,
    seen: &mut BTreeMap<WorkspaceId, Version>,
    stopping: &AtomicBool,
) -> Result<(), InsightError> {
    let now = insights.0.clock.now();
    let workspaces: Vec<_> = insights.0.store.read::<_, StoreError>(|tx| tx.workspaces())?;
    for workspace in workspaces.iter().map(|workspace| workspace.id) {
        let version =
            insights.0.store.read(|tx| frame::version(tx, workspace, Scope::default(), now))?;
        // A workspace without events has nothing to look at.
        if version.last_seq == 0 || seen.get(&workspace) == Some(&version) {
            continue;
        }
        let begun = Instant::now();
        insights.0.status.note(workspace, |status| {
            *status = Analysis {
                state: "running",
                started_at: Some(now),
                finished_at: status.finished_at,
                events: status.events,
                ..Analysis::default()
            };
        });
        let analysed = analyse(insights, workspace, stopping);
        insights.0.status.note(workspace, |status| {
            status.state = "idle";
            if analysed.is_ok() {
                status.finished_at = Some(insights.0.clock.now());
                status.events = version.last_seq;
            }
        });
        match analysed {
            Ok(()) => {}
            Err(error) if stopping.load(Ordering::SeqCst) => return Err(error),
            // One shop's data must not keep the others from being looked at.
            Err(error) => {
                tracing::warn!(workspace = workspace.0, %error, "a background analysis failed");
                continue;
            }
        }
        seen.insert(workspace, version);
        let seconds = begun.elapsed().as_secs_f64();
        tracing::debug!(workspace = workspace.0, seconds, "analysed in the background");
    }
    Ok(())
}

/// Computes what is asked for most.
fn analyse(
    insights: &Insights,
    workspace: WorkspaceId,
    stopping: &AtomicBool,
) -> Result<(), InsightError> {
    let whole = ForecastQuery::default();
    let weeks = ForecastQuery { bucket: Bucket::Week, ..whole.clone() };
    let days = ForecastQuery { bucket: Bucket::Day, ..whole.clone() };
    let orders = ForecastQuery { series: Measure::Orders, ..whole.clone() };
    let by = |by, limit| ForecastQuery { by: Some(by), limit, ..whole.clone() };
    let countries = by(Breakdown::Country, whole.limit);
    let products = by(Breakdown::Product, whole.limit);
    let all_products = by(Breakdown::Product, 0);
    let forecasts = [whole, weeks, days, orders, countries, products, all_products];

    let steps = forecasts.len() + 3;
    let mut finished = 0;
    let mut step = |ask: &mut dyn FnMut(Waiting<'_>) -> Result<(), InsightError>| {
        let done = ask(&mut |done, of| {
            insights.0.status.note(workspace, |status| {
                (status.step, status.steps) = (finished + 1, steps);
                (status.done, status.of) = (done, of);
            });
            !stopping.load(Ordering::SeqCst)
        });
        finished += 1;
        done
    };
    let access = &Access::of_collector(workspace);
    let (value, trends) = (ValueQuery::default(), TrendQuery::default());
    step(&mut |waiting| insights.values(access, value, 1, waiting).map(drop))?;
    step(&mut |waiting| insights.trends(access, trends, waiting).map(drop))?;
    for query in &forecasts {
        step(&mut |waiting| insights.forecasts(access, query, waiting).map(drop))?;
    }
    step(&mut |waiting| insights.purchased(workspace, Scope::default(), waiting).map(drop))
}
