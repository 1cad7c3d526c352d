//! The one thread that writes: drains what waits into a group, commits it, answers every
//! waiter, and has the log folded in between.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::append::append_parsed;
use super::condition::Condition;
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
/// How often the disk is tried where nothing comes in to be written.
const TRY_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Writer {
    store: Arc<Store>,
    clock: Clock,
    folder: Folder,
    /// What a workspace's quarantine may hold.
    quarantine_bytes: i64,
    condition: Condition,
    /// When the disk was last tried, by a group or by next to nothing.
    tried: Instant,
}

impl Writer {
    pub(super) fn new(
        store: Arc<Store>,
        clock: Clock,
        config: &Config,
        condition: Condition,
    ) -> Self {
        let folder = Folder::new(store.clone());
        let quarantine_bytes = i64::from(config.quarantine_mib) * 1024 * 1024;
        Self { store, clock, folder, quarantine_bytes, condition, tried: Instant::now() }
    }

    /// Works until it is told to stop, or nobody is left to tell it; all that waited by then is
    /// written and answered.
    pub(super) fn run(mut self, queue: &Receiver<Message>) {
        let _ends = self.condition.ends_with_this();
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
                Err(RecvTimeoutError::Timeout) => {
                    self.folder.at_rest();
                    self.try_the_disk();
                }
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

    /// Where nothing is written, nobody would learn that the disk is full.
    fn try_the_disk(&mut self) {
        if self.tried.elapsed() < TRY_EVERY {
            return;
        }
        let tried = self.store.try_writing();
        self.note(tried.as_ref().map(drop));
    }

    fn note(&mut self, written: std::result::Result<(), &StoreError>) {
        self.tried = Instant::now();
        self.condition.say(written.map_err(ToString::to_string));
    }

    fn write(&mut self, group: Vec<Submission>) {
        let began = Instant::now();
        let committed = self.commit(&group);
        self.note(committed.as_ref().map(drop));
        match committed {
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

#[cfg(test)]
mod tests {
    use crm_models::{Currency, Event, EventId, Interaction, InteractionKind, Timestamp};
    use tokio::sync::{Semaphore, oneshot};

    use super::super::parse::Parsed;
    use super::*;
    use crate::store::Workspace;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000)
    }

    fn shop() -> (tempfile::TempDir, Arc<Store>, Workspace) {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(folder.path(), &crate::store::Config::default()).unwrap());
        let zone = chrono_tz::UTC;
        let workspace = store
            .write::<_, StoreError>(|tx| tx.add_workspace("shop", Currency::EUR, zone, now()))
            .unwrap();
        (folder, store, workspace)
    }

    /// A note about a customer, and where the answer to it comes.
    fn submission(
        workspace: WorkspaceId,
        number: u128,
        subject: &str,
    ) -> (Submission, oneshot::Receiver<std::result::Result<Vec<Answer>, StoreError>>) {
        let mut event: Event =
            Interaction::new("c-1", InteractionKind::Note).subject(subject).into();
        let id = EventId::from_bytes(number.to_be_bytes());
        event.complete(|| id, now());
        let (reply, answered) = oneshot::channel();
        let room = Arc::new(Semaphore::new(2));
        let take = || room.clone().try_acquire_owned().unwrap();
        let submission = Submission {
            workspace,
            key: None,
            events: vec![Parsed { id: Some(id), event: Ok(event) }],
            reply,
            _room: [take(), take()],
        };
        (submission, answered)
    }

    #[test]
    fn what_has_come_in_is_folded_when_nothing_comes_any_more() {
        let (_folder, store, workspace) = shop();
        let config = Config::default();
        let writer = Writer::new(store.clone(), Clock::fixed(now()), &config, Condition::new());
        let (send, queue) = std::sync::mpsc::sync_channel(1_024);
        // Rests of before there was anything are over, with the look at all tails that the first one has.
        let running = std::thread::spawn(move || writer.run(&queue));
        std::thread::sleep(3 * REST);
        for number in 0..300 {
            let (submission, _) = submission(workspace.id, number, "tea");
            send.send(Message::Events(submission)).unwrap();
        }
        let began = Instant::now();
        let tail = || {
            store.read::<_, StoreError>(|tx| {
                Ok((tx.last_seq(&workspace)?, tx.unfolded(&workspace)?))
            })
        };
        let mut found = tail().unwrap();
        while found != (300, 0) && began.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(REST);
            found = tail().unwrap();
        }
        assert_eq!(found, (300, 0));
        send.send(Message::Stop).unwrap();
        running.join().unwrap();
    }

    #[test]
    fn a_request_that_cannot_be_written_does_not_take_its_group_with_it() {
        let (_folder, store, workspace) = shop();
        store.run_sql(
            "CREATE TRIGGER defect BEFORE INSERT ON interactions WHEN new.subject = 'defect'
             BEGIN SELECT RAISE(ABORT, 'a statement that fails'); END",
        );
        let (group, answers): (Vec<_>, Vec<_>) = [(1, "tea"), (2, "defect"), (3, "cake")]
            .map(|(number, subject)| submission(workspace.id, number, subject))
            .into_iter()
            .unzip();
        let config = Config::default();
        Writer::new(store.clone(), Clock::fixed(now()), &config, Condition::new()).write(group);
        let outcomes: Vec<_> = answers
            .into_iter()
            .map(|mut answered| match answered.try_recv().unwrap() {
                Ok(answers) => answers[0].outcome.clone() == Outcome::Accepted,
                Err(_) => false,
            })
            .collect();
        assert_eq!(outcomes, [true, false, true]);
        assert_eq!(store.read::<_, StoreError>(|tx| tx.last_seq(&workspace)).unwrap(), 2);
    }
}
