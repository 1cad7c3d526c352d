//! Verdicts that are kept, up to a number, until the program asks for them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crm_sdk::Verdict;

/// Verdicts that wait to be asked for: the latest ones, where more came than are kept.
#[derive(Clone)]
pub(crate) struct Kept {
    verdicts: Arc<Mutex<VecDeque<Verdict>>>,
    most: usize,
}

impl Kept {
    pub(crate) fn new(most: usize) -> Self {
        Self { verdicts: Arc::default(), most }
    }

    pub(crate) fn keep(&self, verdict: &Verdict) {
        let mut verdicts = self.lock();
        if verdicts.len() >= self.most {
            verdicts.pop_front();
        }
        verdicts.push_back(verdict.clone());
    }

    pub(crate) fn take(&self) -> Option<Verdict> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Verdict>> {
        self.verdicts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
