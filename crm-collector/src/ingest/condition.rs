//! How the writer is, for those who ask whether events can be taken in: whether its thread runs, and
//! whether the disk took what was written last.

use std::sync::{Arc, Mutex, PoisonError};

/// Shared by the writer, which says how it is, and those who ask.
#[derive(Clone)]
pub(super) struct Condition(Arc<Mutex<Result<(), String>>>);

impl Condition {
    /// All is well until something else is said.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Ok(()))))
    }

    /// Events can be written, or why not.
    pub(super) fn ask(&self) -> Result<(), String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn say(&self, condition: Result<(), String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = condition;
    }

    /// Says that the writer has ended when it is dropped, so also when the thread breaks off.
    pub(super) fn ends_with_this(&self) -> Ends {
        Ends(self.clone())
    }
}

/// See [`Condition::ends_with_this`].
pub(super) struct Ends(Condition);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.say(Err("the writer has ended".into()));
    }
}
