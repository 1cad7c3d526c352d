//! The ingest without its threads, for a simulation that says what happens when.

use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};

use super::condition::Condition;
use super::preparing::Hands;
pub(crate) use super::preparing::Task;
use super::queue::Ingest;
use super::submission::Message;
use super::writer::{Next, Writer};
use super::{Config, Decision};
use crate::clock::Clock;
use crate::store::{Store, WorkspaceId};

/// The writer, one step at a time.
pub(crate) struct ByHand {
    writer: Writer,
    queue: Receiver<Message>,
    tasks: Arc<Mutex<Vec<(WorkspaceId, Task)>>>,
    waits: bool,
}

/// What the writer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Did {
    /// Nothing: nothing has come in.
    Listened,
    /// Nothing: a fold has to be prepared first.
    Waited,
    /// It wrote a group.
    Wrote,
    /// Nothing any more: it was told to stop, and has ended.
    Ended,
}

impl Ingest {
    /// One whose writer is run by hand.
    pub(crate) fn by_hand(store: Arc<Store>, config: &Config, clock: Clock) -> (Self, ByHand) {
        let (send, queue) = mpsc::channel();
        let (condition, tasks) = (Condition::new(), Arc::default());
        let hands = Hands::Simulated(Arc::clone(&tasks));
        let writer = Writer::new(store, clock, config, condition.clone(), hands);
        (Self::new(send, condition, config), ByHand { writer, queue, tasks, waits: false })
    }
}

impl ByHand {
    /// Does what is to be done, as [`Writer::run`] does.
    pub(crate) fn step(&mut self) -> Did {
        self.queue.try_iter().for_each(|message| self.writer.take(message));
        let next = self.writer.next();
        if std::mem::replace(&mut self.waits, next == Next::Fold) && next != Next::Fold {
            self.writer.has_waited();
        }
        match next {
            Next::Listen => Did::Listened,
            Next::Fold => Did::Waited,
            Next::Write => {
                self.writer.write();
                Did::Wrote
            }
            Next::End => Did::Ended,
        }
    }

    /// Nothing has come in for as long as counts as rest.
    pub(crate) fn rest(&mut self) {
        self.writer.rest();
    }

    /// What is to be prepared beside the writer since this was last asked, and of which workspace.
    pub(crate) fn take_tasks(&self) -> Vec<(WorkspaceId, Task)> {
        std::mem::take(&mut self.tasks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What was committed since this was last asked, in its order.
    pub(crate) fn take_settled(&mut self) -> Vec<(WorkspaceId, Vec<Decision>)> {
        std::mem::take(&mut self.writer.settled)
    }
}
