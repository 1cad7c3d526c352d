//! Questions that need the answers of others, where places are few.

use std::sync::mpsc;
use std::time::Duration;

use chrono::NaiveDate;
use crm_models::{Currency, Timestamp};

use super::turns::AT_ONCE_OF_ONE;
use super::*;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn what_waits_for_another_answer_takes_no_place_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(folder.path(), &Default::default()).unwrap());
    let now = Timestamp::from_millis(1_700_000_000_000);
    let made = |tx: &crate::store::WriteTx<'_>| {
        tx.add_workspace("shop", Currency::EUR, chrono_tz::UTC, now)
    };
    let workspace = store.write::<_, StoreError>(made).unwrap().id;
    let config = Config::default();
    let insights = Insights::new(store, Clock::fixed(now), &config, Priority::Foreground);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let access = Access::of_collector(workspace);
    let trends = async {
        let at = insights.moment(workspace, Scope::default()).await.unwrap();
        // All places of the workspace but one are taken, by questions that differ.
        let taken: Vec<_> = (1..AT_ONCE_OF_ONE)
            .map(|number| {
                let as_of = NaiveDate::from_num_days_from_ce_opt(i32::try_from(number).unwrap());
                let question = (workspace, Scope { as_of, ..Scope::default() });
                let (begin, begun) = mpsc::channel();
                let (go, gone) = mpsc::channel::<()>();
                let hold = move |_: Option<&Purchased>, _: &flight::Progress| {
                    begin.send(()).ok();
                    gone.recv().ok();
                    Err(InsightError::Busy)
                };
                let baskets = &insights.0.baskets;
                let held = baskets.find_or_start(workspace, question, at.version, now, hold);
                begun.recv_timeout(PATIENCE).unwrap();
                (held, go)
            })
            .collect();
        let (query, view) = (TrendQuery::default(), ProgressView::default());
        let asked = insights.trends(&access, query, &view);
        let answer = tokio::time::timeout(PATIENCE, asked).await;
        drop(taken);
        answer.expect("a place was free").map(|trends| trends.examined)
    };
    // Needs the customers first, and then the same place; of an empty shop, one series is looked at.
    assert_eq!(runtime.block_on(trends), Ok(1));
    insights.stop();
}
