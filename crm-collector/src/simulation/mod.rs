//! A simulation of the whole collector, by seed: senders, the writer with its folds and merges, slow
//! readers, analyses, stops, kills and restarts against one store, in a time that is a number. What is
//! decided is decided by the code that runs in the collector; threads, sleeps and the network are the
//! simulation's.
//!
//! At each step, or every so often where that is dear, it holds: what was sent is stored within a bound
//! of time, the log stays below a bound, each figure is that of a recomputation from what was
//! acknowledged, nothing is lost or there twice after a kill, who waits is told once, what somebody
//! waits for is not cancelled, and what nobody waits for ends.
//!
//! A failing run prints its seed and its last steps; `CRM_SEED` replays it.

mod desk;
mod dice;
mod ledger;
mod life;
mod operator;
mod reader;
mod sender;
mod tally;
mod world;
mod writer;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tally::Tally;
use world::World;

/// Seeds in which everything happens, and in which nearly all that happens is that analyses are asked
/// for: that is a thousand times as cheap as what is written. With the steps of each, a million in all.
const WHOLE_SEEDS: u64 = 20;
const WHOLE_STEPS: u64 = 5_000;
const ASKING_SEEDS: u64 = 18;
const ASKING_STEPS: u64 = 50_000;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scene {
    Whole,
    Asking,
}

/// A defect that is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Who is held back is held back until others have ended, and one never ends.
    HeldForEver,
    /// Snapshots that nobody holds back follow one another without a gap.
    Overlap,
    /// Analyses are computed while their snapshot stands.
    ComputesInSnapshot,
}

/// Runs a seed, of which the number says what it is about; why it failed, with the last steps.
fn simulate(seed: u64, fault: Fault) -> Result<Tally, String> {
    let scene = if seed < WHOLE_SEEDS { Scene::Whole } else { Scene::Asking };
    let trace = Rc::new(RefCell::new(VecDeque::new()));
    let world = World::new(seed, scene, fault, trace.clone());
    catch_unwind(AssertUnwindSafe(|| world.run())).map_err(|cause| {
        let text = cause.downcast_ref::<String>().cloned();
        let text = text.or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let last = trace.borrow().iter().fold(String::new(), |all, (at, actor, did)| {
            format!("{all}  {:>9}.{:03} ms {actor:?} {did}\n", at / 1_000, at % 1_000)
        });
        format!("seed {seed}: {}\n{last}", text.unwrap_or_default())
    })
}

#[test]
fn the_collector_keeps_its_promises_whatever_happens_when() {
    if let Ok(seed) = std::env::var("CRM_SEED") {
        let tally = simulate(seed.parse().unwrap(), Fault::None);
        println!("{:#?}", tally.unwrap_or_else(|why| panic!("{why}")));
        return;
    }
    let (next, sum) = (AtomicU64::new(0), Mutex::new(Tally::default()));
    let failed = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= WHOLE_SEEDS + ASKING_SEEDS {
                return;
            }
            println!("seed {seed}");
            match simulate(seed, Fault::None) {
                Ok(tally) => sum.lock().unwrap_or_else(PoisonError::into_inner).add(&tally),
                Err(why) => failed.lock().unwrap_or_else(PoisonError::into_inner).push(why),
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let (failed, sum) = (failed.into_inner().unwrap(), sum.into_inner().unwrap());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    println!("{sum:#?}");
    // All that can happen did.
    assert!(sum.steps >= WHOLE_SEEDS * WHOLE_STEPS + ASKING_SEEDS * ASKING_STEPS, "{sum:#?}");
    for (what, count, at_least) in sum.counts() {
        assert!(count >= at_least, "{what}: {count}");
    }
}

#[test]
fn a_fold_that_waits_for_a_hold_without_end_is_found() {
    let why = simulate(0, Fault::HeldForEver).unwrap_err();
    assert!(why.contains("an event is not stored after"), "{why}");
}

#[test]
fn snapshots_that_overlap_without_a_gap_are_found() {
    let why = simulate(0, Fault::Overlap).unwrap_err();
    assert!(why.contains("the log has"), "{why}");
}

#[test]
fn an_analysis_that_computes_while_its_snapshot_stands_is_found() {
    let why = simulate(0, Fault::ComputesInSnapshot).unwrap_err();
    assert!(why.contains("the log has"), "{why}");
}
