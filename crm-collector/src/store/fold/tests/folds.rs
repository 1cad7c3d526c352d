//! Folds and merges that others come before, and how much is folded at once.

use super::log::{open, run, run_from};
use super::steps::{Step, time};
use crate::store::{StoreError, Workspace};

#[test]
fn a_fold_that_was_overtaken_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (store, workspace) = open(folder.path());
    let sale = |customer| Step::Purchase {
        customer: Some(customer),
        refund: false,
        euro: false,
        day: 3,
        minute: 30,
        country: None,
        items: vec![(1, 2, 100)],
    };
    run(&store, &workspace, &[sale(1), sale(2), sale(3)]);
    let prepare = || {
        let prepared = store.read(|tx| tx.prepare_fold(&workspace, 1, 2));
        prepared.unwrap_or_else(|error: StoreError| panic!("{error}")).unwrap()
    };
    let apply = |prepared: &crate::store::PreparedFold| {
        store.write::<_, StoreError>(|tx| tx.apply_fold(prepared)).unwrap()
    };
    let agrees = |workspace: &Workspace| {
        assert_eq!(store.check().unwrap().wrong, [""; 0], "{workspace:?}");
    };
    let (first, late) = (prepare(), prepare());
    assert!(apply(&first));
    assert!(!apply(&late));
    agrees(&workspace);

    store.write::<_, StoreError>(|tx| tx.unfold(&workspace)).unwrap();
    let of_london = prepare();
    let moved = Workspace { timezone: chrono_tz::Asia::Tokyo, ..workspace.clone() };
    store.write::<_, StoreError>(|tx| tx.change_workspace(&moved)).unwrap();
    assert!(!apply(&of_london));
    agrees(&moved);
}

#[test]
fn a_merge_of_before_somebody_was_erased_brings_nothing_back() {
    let sale = |customer| Step::Purchase {
        customer: Some(customer),
        refund: false,
        euro: false,
        day: customer % 60,
        minute: 30,
        country: Some(customer % 3),
        items: vec![(u16::from(customer), 2, 100)],
    };
    // It was prepared before and is to be written now; or a step of it was written before.
    for steps_before in [0, 1] {
        let folder = tempfile::tempdir().unwrap();
        let (store, workspace) = open(folder.path());
        let prepare = || {
            let prepare = |tx: &crate::store::ReadTx<'_>| tx.prepare_merge(workspace.id);
            store.read::<_, StoreError>(prepare).unwrap()
        };
        let apply = |step: crate::store::PreparedMerge| {
            store.write::<_, StoreError>(|tx| tx.apply_merge(&step)).unwrap()
        };
        let (mut steps, mut events) = (Vec::new(), Vec::new());
        while prepare().is_none() {
            let before = steps.len();
            steps.extend((0..90).map(sale));
            events = run_from(before, events, &store, &workspace, &steps);
            store.write::<_, StoreError>(|tx| tx.fold(&workspace, 1, i64::MAX)).unwrap();
        }
        for _ in 0..steps_before {
            assert!(apply(prepare().unwrap()));
        }
        let late = prepare().unwrap();
        assert!(store.erase_customer(workspace.id, "c1", "cli", time(0, 0)).unwrap().is_some());
        assert!(!apply(late));
        store.merge_runs(workspace.id).unwrap();
        assert_eq!(store.check().unwrap().wrong, [""; 0], "{steps_before}");
    }
}

#[test]
fn a_fold_ends_where_purchases_of_many_lines_weigh_enough() {
    let folder = tempfile::tempdir().unwrap();
    let (store, workspace) = open(folder.path());
    let sale = |lines: u16| Step::Purchase {
        customer: Some(1),
        refund: false,
        euro: false,
        day: 3,
        minute: 30,
        country: None,
        items: (0..lines).map(|sku| (sku, 1, 100)).collect(),
    };
    run(&store, &workspace, &[sale(1), sale(200), sale(200), sale(1), sale(1)]);
    let folded =
        |at_most| store.write::<_, StoreError>(|tx| tx.fold(&workspace, 1, at_most)).unwrap();
    let unfolded = store.read::<_, StoreError>(|tx| tx.unfolded(&workspace)).unwrap();
    assert!(unfolded > 5 + 2 * 20, "{unfolded}");
    // The first two weigh 42, the third 41 more.
    let left = folded(42);
    assert!(left < unfolded - 20 && left > 3 + 20, "{left}");
    assert_eq!(folded(41), 2);
    assert_eq!(folded(i64::MAX), 0);
    assert_eq!(store.check().unwrap().wrong, [""; 0]);
}
