//! Sets of buyers and histories, folded whenever and read in whatever way, are those of a recomputation.

use std::collections::{BTreeMap, BTreeSet};

use crm_models::{Currency, Event, PurchaseKind, State, Timestamp};
use proptest::prelude::*;

use super::log::{open, run, run_from};
use super::rewrite_runs;
use super::steps::{FIRST_DAY, Step, cases, interaction_of, steps, time};
use crate::facts::{Bits, BuyersOf, HistoryKind, LocalTime, month_of_day};
use crate::store::fold::key::Table;
use crate::store::{BuyerHistories, CustomerNumber, InteractionVersion, Part, StoreError};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(24)))]

    #[test]
    fn buyers_and_histories_equal_a_recomputation_from_the_log(
        steps in steps(),
        from in 0_i32..70,
        length in 0_i32..75,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (store, workspace) = open(folder.path());
        let events = run(&store, &workspace, &steps);
        prop_assert_eq!(store.check().unwrap().wrong, [""; 0]);
        let first = i32::try_from(FIRST_DAY).unwrap();
        let range = first + from..first + from + length;
        let mut local = LocalTime::new(workspace.timezone);

        store.read::<_, StoreError>(|tx| {
            let derived = tx.derived(&workspace)?;
            let number = |host_id: &str| tx.customer_number(workspace.id, host_id).unwrap().unwrap();
            let mut sets: BTreeMap<BuyersOf, BTreeMap<i32, BTreeSet<u32>>> = BTreeMap::new();
            let mut histories: BTreeMap<u32, Vec<(Timestamp, Option<i64>)>> = BTreeMap::new();
            let labels = tx.labels(workspace.id, crate::store::LabelKind::Country)?;
            for event in &events {
                let Some(customer) = event.customer_id() else { continue };
                let customer = number(customer.as_str()).0;
                let time = event.occurred_at().unwrap();
                if let Event::Interaction(told) = event {
                    let shown = tx.interaction_by_id(workspace.id, interaction_of(event).unwrap())?;
                    let shown = shown.and_then(|version| match version {
                        InteractionVersion::Stored(row) => {
                            Some((row.customer.0, row.occurred_at, row.subject))
                        }
                        InteractionVersion::Void { .. } => None,
                    });
                    let wanted = (!told.void).then(|| (customer, time, told.subject.clone()));
                    assert_eq!(shown, wanted);
                    if told.void {
                        continue;
                    }
                }
                let day = local.day(time);
                let Event::Purchase(purchase) = event else {
                    histories.entry(customer).or_default().push((time, None));
                    continue;
                };
                let net = purchase.parts().unwrap().net().unwrap().ten_thousandths();
                let is_paid = purchase.state == State::Paid;
                histories.entry(customer).or_default().push((time, is_paid.then_some(net)));
                if !is_paid
                    || purchase.kind != PurchaseKind::Sale
                    || purchase.currency != Currency::GBP
                    || !range.contains(&day)
                {
                    continue;
                }
                let country = purchase.country.as_ref().map_or(0, |country| {
                    *labels.iter().find(|(_, text)| *text == country).unwrap().0
                });
                let products = purchase.items.iter().map(|item| {
                    let row = (1..2_000).find(|n| {
                        Some(tx.product_name(workspace.id, *n).unwrap().sku.as_str()) == item.product()
                    });
                    BuyersOf::Product(row.unwrap())
                });
                for of in products.chain([BuyersOf::All, BuyersOf::Country(country)]) {
                    sets.entry(of).or_default().entry(day).or_default().insert(customer);
                }
            }
            for of in sets.keys().copied().chain([BuyersOf::All, BuyersOf::Product(9_999)]) {
                let mut found: BTreeMap<i32, BTreeSet<u32>> = BTreeMap::new();
                let mut last_day = i32::MIN;
                derived.each_day_buyers(of, Currency::GBP, range.clone(), |day, set| {
                    assert!(day >= last_day, "days come in order");
                    last_day = day;
                    found.entry(day).or_default().extend(set.to_vec());
                })?;
                // Nobody is left where all was taken back.
                found.retain(|_, set| !set.is_empty());
                let distinct: BTreeSet<u32> = found.values().flatten().copied().collect();
                let mut united = BTreeSet::new();
                derived.buyers(of, Currency::GBP, range.clone())?.for_each(|customer| {
                    united.insert(customer);
                });
                assert_eq!(united, distinct);
                assert_eq!(Some(found).filter(|found| !found.is_empty()), sets.get(&of).cloned());
            }

            let total = |kind: HistoryKind| match kind {
                HistoryKind::Sale(_, amount) | HistoryKind::Refund(_, amount) => Some(amount.ten_thousandths()),
                HistoryKind::Unpaid | HistoryKind::Interaction => None,
            };
            let mut seen = Bits::default();
            let mut all: BTreeMap<u32, Vec<(Timestamp, Option<i64>)>> = BTreeMap::new();
            derived.each_buyer_history(range.clone(), |entries| {
                for entry in entries {
                    seen.insert(entry.customer);
                    let list = all.entry(entry.customer).or_default();
                    assert!(list.last().is_none_or(|(time, _)| *time <= entry.occurred_at));
                    list.push((entry.occurred_at, total(entry.kind)));
                }
            })?;
            let mut wanted: Vec<_> = all.values().cloned().collect();
            wanted.sort_unstable();
            for threads in [1, 3] {
                let new = || (LocalTime::new(workspace.timezone), BTreeMap::new());
                let shares = derived.gather_buyers(range.clone(), threads, new, |share, month, entries| {
                    let (local, histories) = share;
                    for entry in entries {
                        assert_eq!(month_of_day(local.day(entry.occurred_at)), month);
                        let list: &mut Vec<_> = histories.entry(entry.customer).or_default();
                        list.push((entry.occurred_at, total(entry.kind)));
                    }
                })?;
                assert_eq!(shares.len(), threads);
                let mut found: Vec<_> = shares.into_iter().flat_map(|(_, share)| share.into_values()).collect();
                found.sort_unstable();
                assert_eq!(found, wanted);
            }
            for (customer, mut wanted) in histories {
                let end = (Timestamp::from_millis(i64::MAX), 0);
                let history = derived.history(CustomerNumber(customer), end, 1_000)?;
                assert!(history.is_sorted_by(|a, b| a.occurred_at >= b.occurred_at));
                for limit in [1, 3] {
                    let latest = derived.history(CustomerNumber(customer), end, limit)?;
                    assert_eq!(latest, history[..limit.min(history.len())]);
                }
                let mut found: Vec<_> =
                    history.iter().map(|entry| (entry.occurred_at, total(entry.kind))).collect();
                found.sort_unstable();
                wanted.sort_unstable();
                assert_eq!(&found, &wanted);
                wanted.retain(|(time, total)| total.is_some() && range.contains(&local.day(*time)));
                let mut in_range = all.remove(&customer).unwrap_or_default();
                in_range.sort_unstable();
                assert_eq!(in_range, wanted);
            }
            assert!(all.is_empty());
            Ok(())
        }).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(48)))]

    #[test]
    fn histories_that_are_read_in_parts_are_those_of_the_first_snapshot(
        steps in steps(),
        at in 0.0_f64..1.0,
        (from, length) in (0_i32..70, 0_i32..70),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (store, workspace) = open(folder.path());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss,
            clippy::cast_precision_loss, reason = "a share of a hundred")]
        let first = (at * steps.len() as f64) as usize;
        let events = run(&store, &workspace, &steps[..first]);
        let start = i32::try_from(FIRST_DAY).unwrap() + from;
        let days = start..start + length;
        let mut wanted = Vec::new();
        let mut histories: BuyerHistories = store.read::<_, StoreError>(|tx| {
            let derived = tx.derived(&workspace)?;
            derived.each_buyer_history(days.clone(), |some| wanted.extend_from_slice(some))?;
            Ok(derived.buyer_histories(days))
        }).unwrap();

        let mut found = Vec::new();
        let mut read = || {
            let before = found.len();
            let part = store.read::<_, StoreError>(|tx| {
                histories.read(tx, 1, |some| found.extend_from_slice(some))
            }).unwrap();
            (part, found.len() - before)
        };
        let (mut part, _) = read();
        let erased_at = || {
            let of = |tx: &crate::store::ReadTx<'_>| Ok(tx.known_workspace(workspace.id)?.erased_at);
            store.read::<_, StoreError>(of).unwrap()
        };
        let erased_before = erased_at();
        // What comes in meanwhile, and is folded meanwhile, is not in there.
        run_from(first, events, &store, &workspace, &steps);
        store.write::<_, StoreError>(|tx| tx.fold(&workspace, 1, i64::MAX)).unwrap();
        while part == Part::More {
            part = read().0;
        }
        // What somebody has read in parts may have who was erased meanwhile: that has to begin anew.
        if part == Part::Gone {
            prop_assert_ne!(erased_at(), erased_before);
        } else {
            prop_assert_eq!(part, Part::Last);
            prop_assert_eq!(found, wanted);
        }
    }
}

#[test]
fn histories_of_what_was_unfolded_or_erased_meanwhile_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (store, workspace) = open(folder.path());
    let sale = Step::Purchase {
        customer: Some(1),
        refund: false,
        euro: false,
        day: 3,
        minute: 30,
        country: None,
        items: vec![(1, 2, 100)],
    };
    run(&store, &workspace, &[sale, Step::Fold]);
    let days = i32::try_from(FIRST_DAY).unwrap()..i32::try_from(FIRST_DAY).unwrap() + 70;
    let histories = || {
        let found = store
            .read::<_, StoreError>(|tx| Ok(tx.derived(&workspace)?.buyer_histories(days.clone())));
        found.unwrap()
    };
    let read = |mut histories: BuyerHistories| {
        let mut found = 0;
        let part = store
            .read::<_, StoreError>(|tx| histories.read(tx, usize::MAX, |some| found += some.len()));
        (part.unwrap(), found)
    };
    assert_eq!(read(histories()), (Part::Last, 1));
    let before = histories();
    store.write::<_, StoreError>(|tx| tx.unfold(&workspace)).unwrap();
    assert_eq!(read(before), (Part::Gone, 0));
    assert_eq!(read(histories()), (Part::Last, 1));
    let before = histories();
    assert!(store.erase_customer(workspace.id, "c1", "cli", time(0, 0)).unwrap().is_some());
    assert_eq!(read(before), (Part::Gone, 0));
    assert_eq!(read(histories()), (Part::Last, 0));
}

#[test]
fn a_history_that_cannot_be_read_is_told_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let (store, workspace) = open(folder.path());
    let sale = |customer| Step::Purchase {
        customer: Some(customer),
        refund: false,
        euro: false,
        day: customer % 70,
        minute: 30,
        country: None,
        items: vec![(1, 2, 100)],
    };
    let sales: Vec<_> = (0..200).map(sale).collect();
    run(&store, &workspace, &sales);
    store.write::<_, StoreError>(|tx| tx.fold(&workspace, 1, i64::MAX)).unwrap();
    let gather = |threads| {
        let days = i32::try_from(FIRST_DAY).unwrap()..i32::try_from(FIRST_DAY).unwrap() + 70;
        let count = |count: &mut usize, _, entries: &[_]| *count += entries.len();
        let gathered = store.read::<_, StoreError>(|tx| {
            tx.derived(&workspace)?.gather_buyers(days, threads, || 0, count)
        });
        gathered.map(|shares| shares.iter().sum::<usize>())
    };
    assert_eq!([gather(1).unwrap(), gather(2).unwrap()], [200; 2]);
    let cut = |key: &[u8], value: &mut Vec<u8>| {
        if Table::of(key) == Some(Table::Histories) {
            value.pop();
        }
    };
    store.write::<_, StoreError>(|tx| rewrite_runs(tx, workspace.id, cut)).unwrap();
    for threads in [1, 2] {
        assert!(matches!(gather(threads), Err(StoreError::Damaged(_))));
    }
    // What the thread that reads cannot read is told as well.
    store.run_sql("UPDATE run_blocks SET block = substr(block, 1, 2)");
    for threads in [1, 2] {
        assert!(matches!(gather(threads), Err(StoreError::Damaged(_))));
    }
}
