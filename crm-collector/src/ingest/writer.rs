//! The one thread that writes: drains what waits into a group, commits it, answers every
//! waiter, and has the log folded in between.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::append::append_parsed;
use super::folder::Folder;
use super::queue::{Message, Submission};
use super::{Answer, Config, Outcome};
use crate::clock::Clock;
use crate::metrics;
use crate::store::{Appender, Result, Store, StoreError, WorkspaceId, WriteTx};

/// Events in one transaction at the most. Larger groups merge more changes of a page into one
/// write and share one fsync; smaller ones answer sooner.
const GROUP_EVENTS: usize = 8_192;
/// How long nothing has to come in before that counts as rest.
const REST: Duration = Duration::from_millis(100);

pub(super) struct Writer {
    store: Arc<Store>,
    clock: Clock,
    folder: Folder,
    /// What a workspace's quarantine may hold.
    quarantine_bytes: i64,
}

impl Writer {
    pub(super) fn new(store: Arc<Store>, clock: Clock, config: &Config) -> Self {
        let folder = Folder::new(store.clone());
        let quarantine_bytes = i64::from(config.quarantine_mib) * 1024 * 1024;
        Self { store, clock, folder, quarantine_bytes }
    }

    /// Works until it is told to stop, or nobody is left to tell it; all that waited by then is
    /// written and answered.
    pub(super) fn run(mut self, queue: &Receiver<Message>) {
        let mut stopping = false;
        while !stopping {
            match queue.recv_timeout(REST) {
                Ok(first) => {
                    let group = gather(first, queue, &mut stopping);
                    if !group.is_empty() {
                        self.write(group);
                    }
                    self.folder.under_load();
                }
                Err(RecvTimeoutError::Timeout) => self.folder.at_rest(),
                Err(RecvTimeoutError::Disconnected) => stopping = true,
            }
        }
        // Who was sending while the order came is served as well.
        let rest: Vec<_> = queue.try_iter().collect();
        for message in rest {
            if let Message::Events(submission) = message {
                self.write(vec![submission]);
            }
        }
        self.folder.end();
    }

    fn write(&mut self, group: Vec<Submission>) {
        let began = Instant::now();
        match self.commit(&group) {
            Ok(answers) => {
                count(&answers, began.elapsed());
                answer(group, answers);
            }
            // A statement that fails for one request must not take the others with it.
            Err(StoreError::Internal(error)) if group.len() > 1 => {
                tracing::error!(%error, "a group failed and is written one by one");
                for submission in group {
                    self.write(vec![submission]);
                }
            }
            Err(error) => {
                tracing::error!(%error, requests = group.len(), "nothing could be stored");
                for submission in group {
                    drop(submission.reply.send(Err(error.clone())));
                }
            }
        }
    }

    /// Writes a group in one transaction; the answers are in the order of the group.
    fn commit(&mut self, group: &[Submission]) -> Result<Vec<Vec<Answer>>> {
        let now = self.clock.now();
        let mut by_workspace: BTreeMap<WorkspaceId, Vec<usize>> = BTreeMap::new();
        for (index, submission) in group.iter().enumerate() {
            by_workspace.entry(submission.workspace).or_default().push(index);
        }
        let mut answers: Vec<Vec<Answer>> = group.iter().map(|_| Vec::new()).collect();
        self.store.write(|tx: &WriteTx<'_>| {
            for (id, indexes) in &by_workspace {
                let Some(workspace) = tx.workspace(*id)? else {
                    return Err(StoreError::Damaged("a workspace is gone".into()));
                };
                let mut appender = Appender::new(tx, &workspace, now)?;
                for &index in indexes {
                    let Submission { key, events, .. } = &group[index];
                    let kept = self.quarantine_bytes;
                    answers[index] =
                        append_parsed(tx, &mut appender, &workspace, *key, events, kept, now)?;
                }
            }
            Ok(())
        })?;
        for (id, indexes) in by_workspace {
            let count: usize = indexes.iter().map(|&index| group[index].events.len()).sum();
            self.folder.note(id, count);
        }
        Ok(answers)
    }
}

/// The first of what waits, and as much behind it as goes into one group.
fn gather(first: Message, queue: &Receiver<Message>, stopping: &mut bool) -> Vec<Submission> {
    let mut events = 0;
    let mut group = Vec::new();
    let mut next = Some(first);
    while let Some(message) = next {
        match message {
            Message::Events(submission) => {
                events += submission.events.len();
                group.push(submission);
            }
            Message::Stop => *stopping = true,
        }
        next = if events < GROUP_EVENTS { queue.try_recv().ok() } else { None };
    }
    group
}

fn count(answers: &[Vec<Answer>], took: Duration) {
    let (mut accepted, mut duplicate, mut rejected) = (0, 0, 0);
    for answer in answers.iter().flatten() {
        match answer.outcome {
            Outcome::Accepted => accepted += 1,
            Outcome::Duplicate => duplicate += 1,
            Outcome::Rejected(_) => rejected += 1,
        }
    }
    metrics::committed(accepted, duplicate, rejected, took);
}

fn answer(group: Vec<Submission>, answers: Vec<Vec<Answer>>) {
    for (submission, answers) in group.into_iter().zip(answers) {
        // A waiter that has gone away has its events stored all the same, and will be told
        // "duplicate" when it sends them again.
        drop(submission.reply.send(Ok(answers)));
    }
}
