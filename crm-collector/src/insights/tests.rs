//! Questions that need the answers of others, where places are few.

use std::sync::mpsc;
use std::time::Duration;

use chrono::NaiveDate;
use crm_api::Bucket;
use crm_models::{Amount, Currency, Event, EventId, LineItem, Purchase, Timestamp};

use super::turns::AT_ONCE_OF_ONE;
use super::*;
use crate::store::Appender;

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
        let at = insights.moment(workspace, Counting::default()).await.unwrap();
        // All places of the workspace but one are taken, by questions that differ.
        let taken: Vec<_> = (1..AT_ONCE_OF_ONE)
            .map(|number| {
                let as_of = NaiveDate::from_num_days_from_ce_opt(i32::try_from(number).unwrap());
                let question = (workspace, Basis { as_of, ..Basis::default() });
                let (begin, begun) = mpsc::channel();
                let (go, gone) = mpsc::channel::<()>();
                let hold = move |_: Option<&Purchased>, _: &flight::Progress| {
                    begin.send(()).ok();
                    gone.recv().ok();
                    Err(AskError::Busy)
                };
                let baskets = &insights.0.baskets;
                let held = baskets.find_or_start(workspace, question, at.version, now, false, hold);
                begun.recv_timeout(PATIENCE).unwrap();
                (held, go)
            })
            .collect();
        let (query, view) = (question::Trends::default(), ProgressView::default());
        let asked = insights.trends(&access, &query, &view);
        let answer = tokio::time::timeout(PATIENCE, asked).await;
        drop(taken);
        answer.expect("a place was free").map(|trends| trends.examined)
    };
    // Needs the customers first, and then the same place; of an empty shop, one series is looked at.
    assert_eq!(runtime.block_on(trends), Ok(1));
    insights.stop();
}

/// A shop with these sales of a month ago, in a process with the least memory there may be.
fn shop(
    folder: &std::path::Path,
    sales: impl IntoIterator<Item = Purchase>,
) -> (Insights, Access<Read>) {
    let config = crate::store::Config { memory_mib: 32, ..Default::default() };
    let store = Arc::new(Store::open(folder, &config).unwrap());
    let now = Timestamp::from_millis(1_700_000_000_000);
    let workspace = store
        .write::<_, StoreError>(|tx| {
            let workspace = tx.add_workspace("shop", Currency::EUR, chrono_tz::UTC, now)?;
            let a_month_ago = Timestamp::from_millis(now.millis() - 86_400_000 * 30);
            let mut appender = Appender::new(tx, &workspace, now)?;
            for (number, sale) in (0_u128..).zip(sales) {
                let mut event: Event = sale.occurred_at(a_month_ago).into();
                event.complete(|| EventId::from_bytes(number.to_be_bytes()), now);
                appender.append(&event)?;
            }
            drop(appender);
            Ok(workspace)
        })
        .unwrap();
    let insights =
        Insights::new(store, Clock::fixed(now), &Config::default(), Priority::Foreground);
    (insights, Access::of_collector(workspace.id))
}

fn line(sku: usize) -> LineItem {
    LineItem::new(format!("S-{sku}"), 1, Amount::from_ten_thousandths(10_000))
}

#[test]
fn a_forecast_of_more_than_there_is_memory_for_says_what_there_is_memory_for() {
    let folder = tempfile::tempdir().unwrap();
    let sale = (0..340).map(line).fold(Purchase::sale(Currency::EUR), Purchase::item);
    let (insights, access) = shop(folder.path(), [sale]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let ask = |limit| {
        let query = question::Forecast {
            by: Some(Breakdown::Product),
            bucket: Bucket::Day,
            horizon: Some(366),
            limit: Some(limit),
            ..question::Forecast::default()
        };
        let view = ProgressView::default();
        runtime.block_on(insights.forecasts(&access, &query, &view))
    };
    // 32 MiB × 4,000 periods are those of 336 products, with 14 days of the past.
    let refused = ask(0).unwrap_err().to_string();
    assert!(refused.contains("340 parts by day, 366 periods ahead"), "{refused}");
    assert!(refused.contains("ask for at most 336"), "{refused}");
    assert_eq!(ask(337).unwrap_err().to_string().matches("337 parts").count(), 1);
    // The whole, the products, and all others.
    assert_eq!(ask(336).unwrap().forecasts.len(), 338);
    insights.stop();
}

#[test]
fn a_list_of_more_customers_than_there_is_memory_for_says_how_many_there_is_memory_for() {
    let folder = tempfile::tempdir().unwrap();
    // 512 for each of 32 MiB, and one.
    let sales = (0..=16_384).map(|number| {
        Purchase::sale(Currency::EUR).customer_id(format!("c-{number}")).item(line(0))
    });
    let (insights, access) = shop(folder.path(), sales);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let ask = |limit| {
        let view = ProgressView::default();
        let query = question::Values { limit, ..question::Values::default() };
        runtime.block_on(insights.values(&access, &query, &view))
    };
    for too_many in [0, 16_385, usize::MAX] {
        let refused = ask(too_many).unwrap_err().to_string();
        assert!(refused.contains("16385 customers take more memory"), "{refused}");
        assert!(refused.contains("at most 16384"), "{refused}");
    }
    let listed = ask(16_384).unwrap();
    assert_eq!((listed.customers.len(), listed.omitted), (16_384, 1));
    insights.stop();
}

#[test]
fn values_of_any_horizon_are_predicted_from_one_fit() {
    let folder = tempfile::tempdir().unwrap();
    let sales = (0..40).map(|number| {
        Purchase::sale(Currency::EUR).customer_id(format!("c-{number}")).item(line(0))
    });
    let (insights, access) = shop(folder.path(), sales);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let people = |horizon_days| {
        let (counting, view) = (Counting::default(), ProgressView::default());
        let asked = insights.people(access.workspace(), counting, horizon_days, &view);
        runtime.block_on(asked).unwrap()
    };
    let [month, quarter, half_a_year] = [30, 91, 182].map(people);
    for other in [&quarter, &half_a_year] {
        assert!(Arc::ptr_eq(&month.fitted, &other.fitted));
        assert!(!Arc::ptr_eq(&month, other));
    }
    // What was predicted is kept as well.
    assert!(Arc::ptr_eq(&quarter, &people(91)));
    insights.stop();
}
