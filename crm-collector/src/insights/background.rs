//! The analysis that runs by itself: when there is something new, what is asked for most is
//! computed before anybody asks, so that a shop of ten thousand products is not computed while
//! somebody waits.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crm_api::Bucket;
use crm_api::answer::{Analysis, Breakdown, Measure};
use crm_api::question::{Counting, Forecast, Recommendations, Trends, Values};
use tokio::task::JoinHandle;

use super::version::Version;
use super::{Insights, ProgressView, Stage};
use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::store::WorkspaceId;

/// How often it looks for something new.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// It rests so many times as long as it worked, so that it takes a twentieth of the time of the
/// cores it may use, however fast events come in.
const RESTS: u32 = 20;
/// How often it notes how far it is.
const TELL_EVERY: Duration = Duration::from_millis(100);

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
pub struct Background(JoinHandle<()>);

impl Background {
    /// Starts it. To be called in an async runtime.
    pub fn start(insights: Insights) -> Self {
        Self(tokio::spawn(async move {
            let mut seen = BTreeMap::new();
            loop {
                let begun = Instant::now();
                match look(&insights, &mut seen).await {
                    Ok(()) => {}
                    Err(AskError::Stopping) => return,
                    Err(error) => tracing::warn!(%error, "the analysis in the background failed"),
                }
                tokio::time::sleep(LOOK_EVERY.max(begun.elapsed() * RESTS)).await;
            }
        }))
    }

    /// Ends it. What it waits for goes on; [`Insights::stop`] ends that.
    pub async fn stop(self) {
        self.0.abort();
        if self.0.await.is_err_and(|error| error.is_panic()) {
            tracing::error!("the analysis in the background broke off");
        }
    }
}

/// Analyses the workspaces in which something is new.
async fn look(
    insights: &Insights,
    seen: &mut BTreeMap<WorkspaceId, Version>,
) -> Result<(), AskError> {
    for workspace in insights.workspaces().await? {
        let version = insights.moment(workspace, Counting::default()).await?.version;
        // A workspace without events has nothing to look at.
        if version.last_seq == 0 || seen.get(&workspace) == Some(&version) {
            continue;
        }
        let begun = Instant::now();
        insights.0.status.note(workspace, |status| {
            *status = Analysis {
                state: "running".into(),
                started_at: Some(insights.0.clock.now()),
                finished_at: status.finished_at,
                events: status.events,
                ..Analysis::default()
            };
        });
        let analysed = analyse(insights, workspace).await;
        insights.0.status.note(workspace, |status| {
            status.state = "idle".into();
            if analysed.is_ok() {
                status.finished_at = Some(insights.0.clock.now());
                status.events = version.last_seq;
            }
        });
        match analysed {
            Ok(()) => {}
            Err(AskError::Stopping) => return Err(AskError::Stopping),
            // Others wait already, or the settings have changed: there is a next time.
            Err(AskError::Busy | AskError::Changed) => continue,
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

/// Has computed what is asked for most.
async fn analyse(insights: &Insights, workspace: WorkspaceId) -> Result<(), AskError> {
    let whole = Forecast::default();
    let weeks = Forecast { bucket: Bucket::Week, ..whole.clone() };
    let days = Forecast { bucket: Bucket::Day, ..whole.clone() };
    let orders = Forecast { series: Measure::Orders, ..whole.clone() };
    let by = |by, limit| Forecast { by: Some(by), limit, ..whole.clone() };
    let countries = by(Breakdown::Country, None);
    let products = by(Breakdown::Product, None);
    let all_products = by(Breakdown::Product, Some(0));
    let forecasts = [whole, weeks, days, orders, countries, products, all_products];
    let (values, trends) = (Values { limit: 1, ..Values::default() }, Trends::default());

    let mut steps = Steps { insights, workspace, view: ProgressView::default(), step: 0 };
    let (access, view) = (&Access::of_collector(workspace), steps.view.clone());
    steps.run(insights.values(access, &values, &view)).await?;
    steps.run(insights.trends(access, &trends, &view)).await?;
    for query in &forecasts {
        steps.run(insights.forecasts(access, query, &view)).await?;
    }
    steps.run(insights.purchased(workspace, Counting::default(), &view)).await?;
    steps.run(insights.recommendations(access, &Recommendations::default(), &view)).await
}

/// What [`analyse`] asks one after the other.
const STEPS: usize = 11;

/// Notes how far it is.
struct Steps<'a> {
    insights: &'a Insights,
    workspace: WorkspaceId,
    view: ProgressView,
    step: usize,
}

impl Steps<'_> {
    async fn run<T>(
        &mut self,
        ask: impl Future<Output = Result<T, AskError>>,
    ) -> Result<(), AskError> {
        self.step += 1;
        let mut ask = std::pin::pin!(ask);
        loop {
            match tokio::time::timeout(TELL_EVERY, &mut ask).await {
                Ok(answered) => return answered.map(drop),
                Err(_) => self.insights.0.status.note(self.workspace, |status| {
                    (status.step, status.steps) = (self.step, STEPS);
                    (status.done, status.of) = match self.view.stage() {
                        Stage::Waiting => (0, 0),
                        Stage::Computing { done, of } => (done, of),
                    };
                }),
            }
        }
    }
}
