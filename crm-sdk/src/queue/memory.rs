//! The queue in memory, bounded by events and bytes. Events that were taken out to be sent
//! count as held until they are released, so that the bound holds for all that is in memory.

use std::collections::VecDeque;

use super::Queued;

/// How much a queue may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

/// A bounded first-in, first-out queue to whose front events can be given back.
#[derive(Debug)]
pub(crate) struct Memory {
    waiting: VecDeque<Queued>,
    waiting_bytes: usize,
    taken: usize,
    taken_bytes: usize,
    capacity: Capacity,
}

impl Memory {
    pub(crate) fn new(capacity: Capacity) -> Self {
        Self { waiting: VecDeque::new(), waiting_bytes: 0, taken: 0, taken_bytes: 0, capacity }
    }

    /// Events that wait, without those that were taken.
    pub(crate) fn waiting(&self) -> &VecDeque<Queued> {
        &self.waiting
    }

    /// Bytes of the events that wait.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Events that wait or were taken.
    pub(crate) fn held(&self) -> usize {
        self.waiting.len() + self.taken
    }

    /// Bytes of the events that wait or were taken.
    pub(crate) fn held_bytes(&self) -> usize {
        self.waiting_bytes + self.taken_bytes
    }

    /// Whether an event of this size has room now.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.held() < self.capacity.events
            && self.held_bytes().saturating_add(bytes) <= self.capacity.bytes
    }

    /// Drops the oldest that wait until an event of this size has room, and says how many.
    /// Where even an empty queue would have no room beside what was taken, none is dropped.
    pub(crate) fn drop_oldest_for(&mut self, bytes: usize) -> usize {
        let can_fit = self.taken < self.capacity.events
            && self.taken_bytes.saturating_add(bytes) <= self.capacity.bytes;
        let mut dropped = 0;
        while can_fit && !self.has_room(bytes) {
            let Some(oldest) = self.waiting.pop_front() else { break };
            self.waiting_bytes -= oldest.bytes();
            dropped += 1;
        }
        dropped
    }

    /// Puts an event at the end. The caller has made sure that there is room.
    pub(crate) fn push(&mut self, event: Queued) {
        self.waiting_bytes += event.bytes();
        self.waiting.push_back(event);
    }

    /// Takes events from the front: at most `events` of them and, from the second on, as many as
    /// fit into `bytes` when each needs `overhead` bytes more.
    pub(crate) fn take(&mut self, events: usize, bytes: usize, overhead: usize) -> Vec<Queued> {
        let mut count = 0;
        let mut size = 0usize;
        for event in self.waiting.iter().take(events) {
            size = size.saturating_add(event.bytes() + overhead);
            if count > 0 && size > bytes {
                break;
            }
            count += 1;
        }
        let taken: Vec<_> = self.waiting.drain(..count).collect();
        let taken_bytes = total_bytes(&taken);
        self.waiting_bytes -= taken_bytes;
        self.taken += count;
        self.taken_bytes += taken_bytes;
        taken
    }

    /// Forgets events that were taken.
    pub(crate) fn release(&mut self, events: &[Queued]) {
        self.taken -= events.len();
        self.taken_bytes -= total_bytes(events);
    }

    /// Puts events that were taken back to the front, in their order.
    pub(crate) fn give_back(&mut self, events: Vec<Queued>) {
        self.release(&events);
        self.waiting_bytes += total_bytes(&events);
        for event in events.into_iter().rev() {
            self.waiting.push_front(event);
        }
    }

    /// Empties the queue and forgets what was taken.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }
}

fn total_bytes(events: &[Queued]) -> usize {
    events.iter().map(Queued::bytes).sum()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crm_models::EventId;

    use super::*;
    use crate::queue::Encoded;

    fn queue_of(capacity: Capacity, sizes: &[usize]) -> Memory {
        let mut queue = Memory::new(capacity);
        for (sequence, size) in (0..).zip(sizes) {
            queue.push(event(sequence, *size));
        }
        queue
    }

    fn event(sequence: u64, size: usize) -> Queued {
        let json = vec![b'x'; size].into_boxed_slice();
        let event = Encoded { id: EventId::from_bytes([0; 16]), json };
        Queued { event, sequence, queued_at: Duration::ZERO }
    }

    fn sequences<'a>(events: impl IntoIterator<Item = &'a Queued>) -> Vec<u64> {
        events.into_iter().map(|event| event.sequence).collect()
    }

    const WIDE: Capacity = Capacity { events: 100, bytes: 1_000 };

    #[test]
    fn a_batch_is_bounded_by_events_and_by_bytes_but_never_empty() {
        let mut queue = queue_of(WIDE, &[10, 10, 10, 50, 10]);
        assert_eq!(sequences(&queue.take(2, 1_000, 1)), [0, 1]);
        assert_eq!(sequences(&queue.take(9, 61, 1)), [2]);
        assert_eq!(sequences(&queue.take(9, 5, 1)), [3]);
        assert_eq!(sequences(&queue.take(9, 1_000, 1)), [4]);
        assert_eq!(queue.take(9, 1_000, 1).len(), 0);
    }

    #[test]
    fn what_was_taken_fills_the_queue_until_it_is_released() {
        let mut queue = queue_of(Capacity { events: 2, bytes: 100 }, &[40, 40]);
        let taken = queue.take(1, 100, 0);
        assert!(!queue.has_room(1));
        queue.release(&taken);
        assert!(queue.has_room(60));
        assert!(!queue.has_room(61));
        assert_eq!((queue.held(), queue.held_bytes()), (1, 40));
    }

    #[test]
    fn what_is_given_back_comes_first_again() {
        let mut queue = queue_of(WIDE, &[1, 2, 3, 4]);
        let taken = queue.take(2, 1_000, 0);
        queue.give_back(taken);
        assert_eq!(sequences(queue.waiting()), [0, 1, 2, 3]);
        assert_eq!((queue.held(), queue.held_bytes(), queue.waiting_bytes()), (4, 10, 10));
    }

    #[test]
    fn only_as_many_of_the_oldest_are_dropped_as_need_be() {
        let mut queue = queue_of(Capacity { events: 4, bytes: 100 }, &[30, 30, 30]);
        assert_eq!(queue.drop_oldest_for(10), 0);
        assert_eq!(queue.drop_oldest_for(50), 2);
        assert_eq!(sequences(queue.waiting()), [2]);
    }

    #[test]
    fn nothing_is_dropped_for_an_event_that_cannot_fit_anyway() {
        let mut queue = queue_of(Capacity { events: 4, bytes: 100 }, &[30, 30, 30]);
        assert_eq!(queue.drop_oldest_for(101), 0);
        let taken = queue.take(2, 100, 0);
        assert_eq!(queue.drop_oldest_for(41), 0);
        assert_eq!(queue.drop_oldest_for(10), 0);
        queue.give_back(taken);
        assert_eq!(sequences(queue.waiting()), [0, 1, 2]);
    }
}
