//! The same work on many things, on several threads, with results in the order of the things.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::cancel::{Cancel, checkpoint};

/// Applies a function to every item on up to `threads` threads. The results stand in the order
/// of the items, so they do not depend on the number of threads; that the function itself does
/// not is up to the caller. Before each item is a [`checkpoint`].
pub fn map<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    apply: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = threads.min(items.len());
    if threads <= 1 {
        let apply = |item| {
            checkpoint();
            apply(item)
        };
        return items.iter().map(apply).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            checkpoint();
            done.push((index, apply(item)));
        }
    };
    let cancel = Cancel::current();
    let help = || {
        Cancel::adopt(cancel.clone());
        work()
    };
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(help)).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_stand_in_the_order_of_the_items_on_any_number_of_threads() {
        let items: Vec<u64> = (0..1_000).collect();
        let squares: Vec<u64> = items.iter().map(|item| item * item).collect();
        for threads in [0, 1, 2, 7, 2_000] {
            assert_eq!(map(&items, threads, |item| item * item), squares);
        }
        assert_eq!(map(&[] as &[u64], 4, |item| *item), [] as [u64; 0]);
    }
}
