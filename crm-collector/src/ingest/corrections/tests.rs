//! What is taken back in steps: nothing joins it meanwhile, it is in the audit log from the beginning, and
//! readers have no more to add up than usual.

use crm_models::{Currency, Event, LineItem, Purchase, Timestamp};

use super::*;
use crate::auth::WorkspaceId;
use crate::auth::right::Ingest;
use crate::ingest::{append, append_import};
use crate::store::Config;

struct Shop {
    store: Arc<Store>,
    corrections: Corrections,
    workspace: WorkspaceId,
    _folder: tempfile::TempDir,
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

fn order(number: usize) -> Event {
    let mut order: Event = Purchase::sale(Currency::EUR)
        .source("till")
        .purchase_id(number.to_string())
        .item(LineItem::new("TEA", 1, "3".parse().unwrap()))
        .into();
    order.complete(|| EventId::from_bytes((number as u128 + 1).to_be_bytes()), now());
    order
}

impl Shop {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(folder.path(), &Config::default()).unwrap());
        let zone = chrono_tz::UTC;
        let workspace = store
            .write::<_, StoreError>(|tx| tx.add_workspace("shop", Currency::EUR, zone, now()))
            .unwrap();
        let corrections = Corrections::new(store.clone(), Clock::system());
        Self { store, corrections, workspace: workspace.id, _folder: folder }
    }

    fn access<R: Right>(&self) -> Access<R> {
        Access::command_line(self.workspace).unwrap()
    }

    fn import(&self, events: Vec<Event>, import: &mut Import) -> Result<usize, IngestError> {
        let access = self.access::<Ingest>();
        append_import(&self.store, &access, events, import).map(|outcomes| outcomes.len())
    }

    /// Orders that count, and the weight of what is not folded.
    fn figures(&self) -> (i64, i64) {
        self.store
            .read::<_, StoreError>(|tx| {
                let known = tx.known_workspace(self.workspace)?;
                let days = tx.derived(&known)?.by_day()?;
                Ok((days.values().map(|sums| sums.orders).sum(), tx.unfolded(&known)?))
            })
            .unwrap()
    }

    /// Actions and subjects, the latest first.
    fn audit(&self) -> Vec<String> {
        let entries =
            self.store.read::<_, StoreError>(|tx| tx.audit_entries(self.workspace, 10)).unwrap();
        entries.into_iter().map(|entry| format!("{} {}", entry.action, entry.subject)).collect()
    }

    /// Nothing can be taken back any more, as on a disk that fails.
    fn break_down(&self) {
        self.store.run_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON past_purchases BEGIN SELECT RAISE(ABORT, 'broken'); END",
        );
    }
}

#[test]
fn an_import_that_is_taken_back_while_it_runs_stores_nothing_more() {
    let shop = Shop::open();
    let mut import = Import::of_file("orders.csv", now());
    assert_eq!(shop.import(vec![order(1), order(2)], &mut import).unwrap(), 2);
    let taken = shop.corrections.void_import(&shop.access(), import.number).unwrap();
    assert_eq!(taken, Some(TakenBack { purchases: 2, interactions: 0 }));
    let goes_on = shop.import(vec![order(3)], &mut import);
    assert!(matches!(goes_on, Err(IngestError::TakenBack)), "{goes_on:?}");
    assert_eq!(shop.figures().0, 0);
    // The same file may come once more, as an import of its own.
    let mut again = Import::of_file("orders.csv", now());
    assert_eq!(shop.import(vec![order(3)], &mut again).unwrap(), 1);
    assert_eq!((again.number, shop.figures().0), (import.number + 1, 1));
}

#[test]
fn what_is_cut_off_while_it_is_taken_back_is_in_the_audit_log_and_goes_on_when_it_is_asked_again() {
    let shop = Shop::open();
    let mut import = Import::of_file("orders.csv", now());
    shop.import(vec![order(1), order(2)], &mut import).unwrap();
    append(&shop.store, &shop.access(), vec![order(3)], now()).unwrap();
    shop.break_down();
    assert!(shop.corrections.void_import(&shop.access(), import.number).is_err());
    assert_eq!(shop.audit(), ["import.void import:1"]);
    assert!(matches!(shop.import(vec![order(4)], &mut import), Err(IngestError::TakenBack)));
    assert!(shop.corrections.void_source(&shop.access(), "till").is_err());
    assert_eq!(shop.audit()[0], "source.void source:till");
    assert_eq!(shop.figures().0, 3);
    shop.store.run_sql("DROP TRIGGER broken");
    let taken = shop.corrections.void_import(&shop.access(), import.number).unwrap();
    assert_eq!(taken.map(|taken| taken.purchases), Some(2));
    assert_eq!(shop.corrections.void_source(&shop.access(), " till").unwrap(), 1);
    assert_eq!(shop.figures().0, 0);
    // Of what there is not, nothing is told.
    let before = shop.audit().len();
    assert_eq!(shop.corrections.void_source(&shop.access(), "till").unwrap(), 0);
    assert_eq!(shop.corrections.void_import(&shop.access(), 9).unwrap(), None);
    assert_eq!(shop.audit().len(), before);
}

#[test]
fn readers_have_little_to_add_up_while_much_is_taken_back() {
    let shop = Shop::open();
    let orders = 2 * FOLDED_AFTER + 10;
    append(&shop.store, &shop.access(), (1..=orders).map(order).collect(), now()).unwrap();
    assert_eq!(shop.corrections.void_source(&shop.access(), "till").unwrap(), orders as u64);
    let (left, unfolded) = shop.figures();
    assert_eq!(left, 0);
    assert!(usize::try_from(unfolded).unwrap() <= FOLDED_AFTER, "{unfolded}");
    assert_eq!(shop.store.check().unwrap().wrong, [""; 0]);
}
