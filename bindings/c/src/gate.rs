//! What is called on the thread of a client, until the client is freed.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crm_sdk::{ErrorReport, LossReport, Verdict};

use crate::report::{OnError, OnLoss};
use crate::verdict::OnVerdict;

/// What is called on the thread of a client.
#[derive(Clone, Copy, Default)]
pub(crate) struct Callbacks {
    pub(crate) on_verdict: Option<OnVerdict>,
    pub(crate) on_loss: Option<OnLoss>,
    pub(crate) on_error: Option<OnError>,
}

/// Lets a client call its callbacks until the client is freed, and not a moment longer: a thread
/// whose time is up may still be busy with an answer, and the context may go with the client.
#[derive(Clone)]
pub(crate) struct Gate(Arc<State>);

struct State {
    // The process whose threads may hold the lock.
    process: u32,
    closed: AtomicBool,
    // Held while one is called.
    callbacks: Mutex<Callbacks>,
}

thread_local! {
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
}

impl Gate {
    pub(crate) fn new(callbacks: Callbacks) -> Self {
        Self(Arc::new(State {
            process: std::process::id(),
            closed: AtomicBool::new(false),
            callbacks: Mutex::new(callbacks),
        }))
    }

    pub(crate) fn verdict(&self, verdict: &Verdict) {
        self.call(|callbacks| callbacks.on_verdict.iter().for_each(|told| told.call(verdict)));
    }

    pub(crate) fn loss(&self, report: &LossReport) {
        self.call(|callbacks| callbacks.on_loss.iter().for_each(|told| told.call(report)));
    }

    pub(crate) fn error(&self, report: &ErrorReport) {
        self.call(|callbacks| callbacks.on_error.iter().for_each(|told| told.call(report)));
    }

    fn call(&self, tell: impl FnOnce(&Callbacks)) {
        let callbacks = self.0.callbacks.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at under the lock that closing waits for.
        if !self.0.closed.load(Ordering::Acquire) {
            IN_CALLBACK.set(true);
            tell(&callbacks);
            IN_CALLBACK.set(false);
        }
    }
}

/// Closes a gate when it goes, waiting for a call that is under way.
pub(crate) struct Closing(pub(crate) Gate);

impl Drop for Closing {
    fn drop(&mut self) {
        let Gate(state) = &self.0;
        state.closed.store(true, Ordering::Release);
        // Inside the callback, which is not allowed but should not hang either, there is no use in
        // waiting for its end; nor in a forked child, where nobody is left to end it.
        if !IN_CALLBACK.get() && state.process == std::process::id() {
            drop(state.callbacks.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::crm_verdict;
    use std::ffi::c_void;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    struct Watched {
        entered: mpsc::Sender<()>,
        go_on: Mutex<mpsc::Receiver<()>>,
        left: AtomicBool,
    }

    unsafe extern "C" fn watch(_: *const crm_verdict, context: *mut c_void) {
        // SAFETY: the test passes one that outlives the gate.
        let watched = unsafe { &*context.cast::<Watched>() };
        watched.entered.send(()).unwrap();
        watched.go_on.lock().unwrap().recv().unwrap();
        watched.left.store(true, Ordering::Release);
    }

    #[test]
    fn closing_waits_for_the_call_that_is_under_way_and_lets_no_other_begin() {
        let (entered, has_entered) = mpsc::channel();
        let (go_on, told_to_go_on) = mpsc::channel();
        let left = AtomicBool::new(false);
        let watched = Watched { entered, go_on: Mutex::new(told_to_go_on), left };
        let on_verdict = OnVerdict::new(watch, (&raw const watched).cast_mut().cast());
        let gate = Gate::new(Callbacks { on_verdict: Some(on_verdict), ..Callbacks::default() });
        let has_left = &watched.left;
        thread::scope(|scope| {
            let calling = gate.clone();
            scope.spawn(move || calling.verdict(&Verdict::default()));
            has_entered.recv().unwrap();
            let closing = Closing(gate.clone());
            let closed = scope.spawn(move || {
                drop(closing);
                has_left.load(Ordering::Acquire)
            });
            // Time in which a gate that does not wait would have closed.
            thread::sleep(Duration::from_millis(20));
            go_on.send(()).unwrap();
            assert!(closed.join().unwrap(), "it was closed while a call was under way");
        });
        gate.verdict(&Verdict::default());
        assert_eq!(has_entered.try_recv(), Err(mpsc::TryRecvError::Empty));
    }
}
