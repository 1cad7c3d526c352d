//! The one thread that writes: takes from what waits a group of events, each sender's share of it,
//! commits it, answers whoever has all of a request stored, and has the log folded in between.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crm_models::Event;

use super::append::append_parsed;
use super::condition::Condition;
use super::folder::Folder;
use super::parse::Parsed;
use super::preparing::Hands;
use super::submission::Message;
use super::waiting::{Group, Waiting};
use super::{Config, Decision, Outcome};
use crate::clock::Clock;
use crate::metrics;
use crate::store::{Appender, Result, Store, StoreError, WriteTx, weight};

/// The weight of the events in one transaction, at the most. Larger groups merge more changes of a page
/// into one write and share one fsync; smaller ones answer sooner.
const GROUP_WEIGHT: i64 = 8_192;
/// How long a transaction takes further events. Some take the writer a thousand times as long as others.
const GROUP_TIME: Duration = Duration::from_millis(100);
/// How long what waits is still written after the order to stop. Who is not served by then is told to
/// come again.
const LAST_GROUPS: Duration = Duration::from_secs(5);
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
    waiting: Waiting,
    /// Since when it is to stop.
    stopping: Option<Instant>,
    /// What was committed, in its order.
    #[cfg(test)]
    pub(super) settled: Vec<(crate::store::WorkspaceId, Vec<Decision>)>,
}

/// What the writer does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It listens for what comes in; where nothing does for [`REST`], it rests.
    Listen,
    /// It waits for the fold that is being prepared.
    Fold,
    /// It writes a group.
    Write,
    /// It ends.
    End,
}

impl Writer {
    pub(super) fn new(
        store: Arc<Store>,
        clock: Clock,
        config: &Config,
        condition: Condition,
        hands: Hands,
    ) -> Self {
        let folder = Folder::new(store.clone(), clock.clone(), hands);
        let quarantine_bytes = i64::from(config.quarantine_mib) * 1024 * 1024;
        let tried = clock.instant();
        Self {
            store,
            clock,
            folder,
            quarantine_bytes,
            condition,
            tried,
            waiting: Waiting::default(),
            stopping: None,
            #[cfg(test)]
            settled: Vec::new(),
        }
    }

    /// Works until it is told to stop, or nobody is left to tell it; what waited by then is written and
    /// answered.
    pub(super) fn run(mut self, queue: &Receiver<Message>) {
        let _ends = self.condition.ends_with_this();
        loop {
            // How much can wait is bounded by the room that each request holds.
            queue.try_iter().for_each(|message| self.take(message));
            match self.next() {
                Next::Listen => match queue.recv_timeout(REST) {
                    Ok(message) => self.take(message),
                    Err(RecvTimeoutError::Timeout) => self.rest(),
                    Err(RecvTimeoutError::Disconnected) => break,
                },
                Next::Fold => self.has_waited(),
                Next::Write => self.write(),
                Next::End => break,
            }
        }
        self.folder.end();
    }

    /// What it does now.
    pub(super) fn next(&self) -> Next {
        let now = self.clock.instant();
        match self.stopping {
            None if self.waiting.is_empty() => Next::Listen,
            None if self.folder.holds_up() => Next::Fold,
            Some(_) if self.waiting.is_empty() => Next::End,
            Some(since) if now.duration_since(since) > LAST_GROUPS => Next::End,
            _ => Next::Write,
        }
    }

    /// Something has come in.
    pub(super) fn take(&mut self, message: Message) {
        match message {
            Message::Events(submission) => self.waiting.push(submission),
            Message::Stop => self.stopping = Some(self.clock.instant()),
        }
    }

    /// It waits for the fold that is being prepared, or has waited for it already.
    pub(super) fn has_waited(&mut self) {
        self.folder.wait();
    }

    /// Nothing has come in for a while.
    pub(super) fn rest(&mut self) {
        self.folder.at_rest();
        self.try_the_disk();
    }

    /// Writes a group, and what was prepared meanwhile.
    pub(super) fn write(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        self.write_group(&mut waiting);
        self.waiting = waiting;
        if self.stopping.is_none() {
            self.folder.under_load();
        }
    }

    /// Where nothing is written, nobody would learn that the disk is full.
    fn try_the_disk(&mut self) {
        if self.clock.instant().duration_since(self.tried) < TRY_EVERY {
            return;
        }
        let tried = self.store.try_writing();
        self.note(tried.as_ref().map(drop));
    }

    fn note(&mut self, written: std::result::Result<(), &StoreError>) {
        self.tried = self.clock.instant();
        self.condition.say(written.map_err(ToString::to_string));
    }

    /// Writes a group of what waits, and answers the requests that are done with it.
    fn write_group(&mut self, waiting: &mut Waiting) {
        let began = self.clock.instant();
        let committed = self.commit(waiting);
        self.note(committed.as_ref().map(drop));
        match committed {
            Ok(group) => self.settle(waiting, group, began),
            // A statement that fails for one request must not take the others with it.
            Err(StoreError::Internal(error)) => {
                tracing::error!(%error, "a group failed; the first request of each sender is written alone");
                for mut alone in waiting.take_first_ones() {
                    self.write_alone(&mut alone);
                }
            }
            Err(error) => {
                let requests = waiting.give_up(&error);
                tracing::error!(%error, requests, "nothing could be stored");
            }
        }
    }

    /// Writes one request in transactions of its own.
    fn write_alone(&mut self, request: &mut Waiting) {
        while !request.is_empty() {
            let began = self.clock.instant();
            match self.commit(request) {
                Ok(group) => self.settle(request, group, began),
                Err(error) => {
                    request.give_up(&error);
                    tracing::error!(%error, "a request could not be stored");
                }
            }
        }
    }

    /// Writes events of each sender in one transaction, until there are enough of them; of each at least
    /// one, and no more than it has time for while others wait.
    fn commit(&self, waiting: &Waiting) -> Result<Group> {
        let now = self.clock.now();
        let share = GROUP_TIME / u32::try_from(waiting.lines().len().max(1)).unwrap_or(u32::MAX);
        let mut left = GROUP_WEIGHT;
        self.store.write(|tx: &WriteTx<'_>| {
            let mut group = Group::new();
            for line in waiting.lines() {
                let Some(workspace) = tx.workspace(line.workspace)? else {
                    return Err(StoreError::Damaged("a workspace is gone".into()));
                };
                let mut appender = Appender::new(tx, &workspace, now)?.by(&line.actor);
                let mut answers = Vec::new();
                let until = self.clock.instant() + share;
                for parsed in line.events() {
                    let kept = self.quarantine_bytes;
                    let answer =
                        append_parsed(tx, &mut appender, &workspace, line.key, parsed, kept, now)?;
                    answers.push(answer);
                    left -= weight_of(parsed);
                    if left <= 0 || self.clock.instant() >= until {
                        break;
                    }
                }
                group.push(answers);
                if left <= 0 {
                    break;
                }
            }
            Ok(group)
        })
    }

    /// What was written of a group is on the disk.
    fn settle(&mut self, waiting: &mut Waiting, group: Group, began: Instant) {
        count(group.iter().flatten(), self.clock.instant().duration_since(began));
        for (line, answers) in waiting.lines().zip(&group) {
            let weighs = line.events().take(answers.len()).map(weight_of).sum();
            self.folder.note(line.workspace, weighs);
            #[cfg(test)]
            self.settled.push((line.workspace, answers.clone()));
        }
        waiting.answer(group);
    }
}

fn weight_of(parsed: &Parsed) -> i64 {
    match &parsed.event {
        Ok(Event::Purchase(purchase)) => weight(purchase.items.len()),
        _ => 1,
    }
}

fn count<'a>(answers: impl Iterator<Item = &'a Decision>, took: Duration) {
    let (mut accepted, mut duplicate, mut corrected, mut rejected) = (0, 0, 0, 0);
    for answer in answers {
        match answer.outcome {
            Outcome::Accepted => accepted += 1,
            Outcome::Duplicate | Outcome::Superseded => duplicate += 1,
            Outcome::Updated => corrected += 1,
            Outcome::Rejected(_) => rejected += 1,
        }
    }
    metrics::committed(accepted, duplicate, corrected, rejected, took);
}

#[cfg(test)]
mod tests {
    use crm_models::{Currency, EventId, Interaction, InteractionKind, Timestamp};
    use tokio::sync::{Semaphore, oneshot};

    use super::super::submission::Submission;
    use super::*;
    use crate::store::{KeyId, Workspace, WorkspaceId};

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

    fn writer(store: &Arc<Store>) -> Writer {
        let (clock, config) = (Clock::system(), Config::default());
        Writer::new(store.clone(), clock, &config, Condition::new(), Hands::Threads)
    }

    /// A note about a customer, and where the answer to it comes.
    fn submission(
        workspace: WorkspaceId,
        number: u128,
        subject: &str,
    ) -> (Submission, oneshot::Receiver<Result<Vec<Decision>>>) {
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
            actor: "user:1".to_owned(),
            events: vec![Parsed { id: Some(id), event: Ok(event), warnings: Vec::new() }],
            reply,
            _room: [take(), take()],
        };
        (submission, answered)
    }

    #[test]
    fn what_has_come_in_is_folded_when_nothing_comes_any_more() {
        let (_folder, store, workspace) = shop();
        let writer = writer(&store);
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
        let mut writer = writer(&store);
        let mut waiting = Waiting::default();
        group.into_iter().for_each(|submission: Submission| waiting.push(submission));
        while !waiting.is_empty() {
            writer.write_group(&mut waiting);
        }
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

    #[test]
    fn a_sender_of_slow_events_holds_up_another_for_its_share_of_the_time_alone() {
        let (_folder, store, workspace) = shop();
        store.run_sql(
            "CREATE TRIGGER slow BEFORE INSERT ON interactions WHEN new.subject = 'slow' BEGIN
                 SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                                       SELECT i FROM n LIMIT 30000);
             END",
        );
        let mut writer = writer(&store);
        let mut waiting = Waiting::default();
        let mut slow = Vec::new();
        for number in 0..500 {
            let (submission, answered) = submission(workspace.id, number, "slow");
            waiting.push(submission);
            slow.push(answered);
        }
        let (mut other, mut answered) = submission(workspace.id, 1_000, "tea");
        (other.key, other.actor) = (Some(KeyId(1)), "key:1".to_owned());
        waiting.push(other);
        writer.write_group(&mut waiting);
        assert_eq!(answered.try_recv().unwrap().unwrap()[0].outcome, Outcome::Accepted);
        let stored = |slow: &mut Vec<oneshot::Receiver<_>>| {
            slow.retain_mut(|answered| answered.try_recv().is_err());
            500 - slow.len()
        };
        let first = stored(&mut slow);
        assert!((1..500).contains(&first), "{first} are not slow enough for this test");
        while !waiting.is_empty() {
            let before = stored(&mut slow);
            writer.write_group(&mut waiting);
            assert!(stored(&mut slow) > before);
        }
        assert_eq!(store.read::<_, StoreError>(|tx| tx.last_seq(&workspace)).unwrap(), 501);
    }
}
