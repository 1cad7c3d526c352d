//! Ends a computation whose answer nobody wants any more.
//!
//! Long computations pass [`checkpoint`]s. Where one finds that the computation is to end, it
//! unwinds to [`Cancel::run`], which makes a value of it. So the functions in between keep their
//! signatures, and what they compute never depends on whether they may be cancelled.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// The computation was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

/// Says whether a computation is to end.
#[derive(Clone)]
pub struct Cancel(Arc<dyn Fn() -> bool + Send + Sync>);

thread_local! {
    /// What the checkpoints of this thread ask.
    static CURRENT: RefCell<Option<Cancel>> = const { RefCell::new(None) };
}

impl Cancel {
    /// A computation is to end from the moment that `is_over` says so; it is asked often, from several
    /// threads.
    pub fn when(is_over: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(is_over))
    }

    /// What the checkpoints of this thread ask, to be handed to threads that help.
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Computes, to the end or to a checkpoint that finds it is over. A panic goes through.
    pub fn run<T>(&self, compute: impl FnOnce() -> T) -> Result<T, Cancelled> {
        let before = CURRENT.replace(Some(self.clone()));
        // What was computed so far is dropped, so nobody sees it half done.
        let computed = catch_unwind(AssertUnwindSafe(compute));
        CURRENT.set(before);
        computed.map_err(|cause| match cause.downcast::<Cancelled>() {
            Ok(cancelled) => *cancelled,
            Err(panic) => resume_unwind(panic),
        })
    }

    /// Has the checkpoints of a thread that helps ask what those of the helped one ask.
    pub fn adopt(current: Option<Self>) {
        CURRENT.set(current);
    }
}

/// Goes on, or unwinds to [`Cancel::run`] when the computation is to end. Outside of one it always
/// goes on.
pub fn checkpoint() {
    let is_over = CURRENT.with_borrow(|cancel| cancel.as_ref().is_some_and(|cancel| (cancel.0)()));
    if is_over {
        // Unlike a panic, this prints nothing.
        resume_unwind(Box::new(Cancelled));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_cancelled_computation_ends_on_all_its_threads() {
        let asked = Arc::new(AtomicUsize::new(0));
        let told = asked.clone();
        let cancel = Cancel::when(move || told.fetch_add(1, Ordering::SeqCst) >= 20);
        let computed = AtomicUsize::new(0);
        let items = vec![(); 1_000];
        let all = cancel.run(|| {
            parallel::map(&items, 4, |()| computed.fetch_add(1, Ordering::SeqCst));
        });
        assert_eq!(all, Err(Cancelled));
        assert_eq!(computed.load(Ordering::SeqCst), 20);
    }

    #[test]
    fn what_is_not_cancelled_computes_the_same() {
        assert_eq!(
            Cancel::when(|| false).run(|| parallel::map(&[1, 2], 2, |n| n + 1)),
            Ok(vec![2, 3])
        );
        // Afterwards, nothing on this thread is asked any more.
        assert_eq!(Cancel::when(|| true).run(checkpoint), Err(Cancelled));
        checkpoint();
    }

    #[test]
    fn a_panic_stays_one() {
        let broken = catch_unwind(|| Cancel::when(|| false).run(|| panic!("as told")));
        assert_eq!(broken.unwrap_err().downcast_ref(), Some(&"as told"));
    }
}
