//! What waits to be written, in a line for each sender, so that no sender waits for all that another
//! has sent.

use std::collections::VecDeque;

use super::Decision;
use super::parse::Parsed;
use super::submission::Submission;
use crate::store::{KeyId, StoreError, WorkspaceId};

/// What was written of each line, from the first line on: an answer to each of its first events.
pub(super) type Group = Vec<Vec<Decision>>;

/// The requests of one sender that wait, in the order in which they came.
pub(super) struct Line {
    pub(super) workspace: WorkspaceId,
    pub(super) key: Option<KeyId>,
    pub(super) actor: String,
    requests: VecDeque<Pending>,
}

/// A request, and the answers to those of its events that are stored.
struct Pending {
    submission: Submission,
    answers: Vec<Decision>,
}

/// All that waits; first the sender whose turn it is. Each has a line only while it waits.
#[derive(Default)]
pub(super) struct Waiting(VecDeque<Line>);

impl Line {
    /// Those that are still to be written.
    pub(super) fn events(&self) -> impl Iterator<Item = &Parsed> {
        self.requests.iter().flat_map(Pending::rest)
    }

    /// The next of its events were stored.
    fn answer(&mut self, answers: Vec<Decision>) {
        let mut answers = answers.into_iter();
        while let Some(request) = self.requests.front_mut() {
            let missing = request.rest().len();
            request.answers.extend(answers.by_ref().take(missing));
            if !request.rest().is_empty() {
                return;
            }
            if let Some(request) = self.requests.pop_front() {
                // A waiter that has gone away has its events stored all the same, and will be told
                // "duplicate" when it sends them again.
                drop(request.submission.reply.send(Ok(request.answers)));
            }
        }
    }
}

impl Pending {
    fn rest(&self) -> &[Parsed] {
        self.submission.events.get(self.answers.len()..).unwrap_or_default()
    }
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn lines(&self) -> impl ExactSizeIterator<Item = &Line> {
        self.0.iter()
    }

    pub(super) fn push(&mut self, submission: Submission) {
        let Submission { workspace, key, .. } = submission;
        let is_own = |line: &Line| line.workspace == workspace && line.actor == submission.actor;
        let place = self.0.iter().position(is_own);
        let actor = submission.actor.clone();
        let pending = Pending { submission, answers: Vec::new() };
        match place.and_then(|place| self.0.get_mut(place)) {
            Some(line) => line.requests.push_back(pending),
            None => self.0.push_back(Line { workspace, key, actor, requests: [pending].into() }),
        }
    }

    /// Answers the requests that are stored in full. Who was served takes the next turn behind those who
    /// were not.
    pub(super) fn answer(&mut self, group: Group) {
        let served = group.len().min(self.0.len());
        for (line, answers) in self.0.iter_mut().zip(group) {
            line.answer(answers);
        }
        self.0.rotate_left(served);
        self.0.retain(|line| !line.requests.is_empty());
    }

    /// Takes out the first request of each sender.
    pub(super) fn take_first_ones(&mut self) -> Vec<Self> {
        let alone = |line: &mut Line| {
            let (workspace, key, actor) = (line.workspace, line.key, line.actor.clone());
            let requests = line.requests.pop_front().into_iter().collect();
            Self([Line { workspace, key, actor, requests }].into())
        };
        let alone = self.0.iter_mut().map(alone).collect();
        self.0.retain(|line| !line.requests.is_empty());
        alone
    }

    /// Tells everybody why nothing is stored; how many there were.
    pub(super) fn give_up(&mut self, error: &StoreError) -> usize {
        let all = self.0.drain(..).flat_map(|line| line.requests);
        all.map(|request| drop(request.submission.reply.send(Err(error.clone())))).count()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crm_models::{Code, EventId, Invalid};
    use tokio::sync::oneshot::Receiver;
    use tokio::sync::{Semaphore, oneshot};

    use super::super::{Outcome, SentText};
    use super::*;
    use crate::store::Result;

    fn request(key: i64, events: u8) -> (Submission, Receiver<Result<Vec<Decision>>>) {
        let (reply, answered) = oneshot::channel();
        let room = Arc::new(Semaphore::new(2));
        let take = || room.clone().try_acquire_owned().unwrap();
        let event = |number: u8| {
            let invalid = Invalid::new(Code::InvalidField, "", String::new());
            let id = Some(EventId::from_bytes([number; 16]));
            Parsed { id, event: Err((invalid, SentText::new(""))), warnings: Vec::new() }
        };
        let submission = Submission {
            workspace: WorkspaceId(1),
            key: Some(KeyId(key)),
            actor: format!("key:{key}"),
            events: (0..events).map(event).collect(),
            reply,
            _room: [take(), take()],
        };
        (submission, answered)
    }

    fn answers(count: usize) -> Vec<Decision> {
        (0..count)
            .map(|_| Decision { id: None, outcome: Outcome::Accepted, warnings: Vec::new() })
            .collect()
    }

    fn senders(waiting: &Waiting) -> Vec<(i64, usize)> {
        let of = |line: &Line| (line.key.unwrap().0, line.events().count());
        waiting.lines().map(of).collect()
    }

    #[test]
    fn who_was_served_in_part_goes_behind_who_was_not_and_is_answered_when_all_is_stored() {
        let mut waiting = Waiting::default();
        let mut told = Vec::new();
        for (key, events) in [(1, 5), (2, 1), (1, 2), (3, 4)] {
            let (submission, answered) = request(key, events);
            waiting.push(submission);
            told.push(answered);
        }
        assert_eq!(senders(&waiting), [(1, 7), (2, 1), (3, 4)]);
        waiting.answer(vec![answers(6), answers(1)]);
        assert_eq!(senders(&waiting), [(3, 4), (1, 1)]);
        assert_eq!(told[0].try_recv().unwrap().unwrap().len(), 5);
        assert_eq!(told[1].try_recv().unwrap().unwrap().len(), 1);
        assert!(told[2].try_recv().is_err() && told[3].try_recv().is_err());
        waiting.answer(vec![answers(4), answers(1)]);
        assert!(waiting.is_empty());
        assert_eq!(told[2].try_recv().unwrap().unwrap().len(), 2);
        assert_eq!(told[3].try_recv().unwrap().unwrap().len(), 4);
    }

    #[test]
    fn the_first_request_of_each_sender_is_taken_out_and_the_others_stay() {
        let mut waiting = Waiting::default();
        let (first, _) = request(1, 1);
        let (second, _) = request(2, 3);
        let (third, mut told) = request(1, 2);
        [first, second, third].into_iter().for_each(|submission| waiting.push(submission));
        let alone: Vec<_> = waiting.take_first_ones().iter().map(senders).collect();
        assert_eq!(alone, [[(1, 1)], [(2, 3)]]);
        assert_eq!(senders(&waiting), [(1, 2)]);
        assert_eq!(waiting.give_up(&StoreError::Closed), 1);
        assert!(waiting.is_empty() && told.try_recv().unwrap().is_err());
    }
}
