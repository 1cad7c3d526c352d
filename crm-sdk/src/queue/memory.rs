//! The window: the events in memory, bounded by number and bytes. Events that were taken out to be
//! sent count as held until they are released, so that the bound holds for all that is in memory.
//! Those that lie on disk as well are copies: they are few, and do not count against the bound.

use std::collections::VecDeque;
use std::time::Duration;

use super::Queued;

/// How much may be held in memory alone.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Events.
    pub events: usize,
    /// Bytes of those events as JSON.
    pub bytes: usize,
}

/// How much is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

impl Held {
    /// What of these events is in memory alone.
    fn alone<'a>(events: impl IntoIterator<Item = &'a Queued>) -> Self {
        let mut held = Self::default();
        for event in events.into_iter().filter(|event| !event.on_disk) {
            held.add(Self { events: 1, bytes: event.bytes() });
        }
        held
    }

    fn add(&mut self, other: Self) {
        self.events += other.events;
        self.bytes += other.bytes;
    }

    fn subtract(&mut self, other: Self) {
        self.events -= other.events;
        self.bytes -= other.bytes;
    }
}

/// A first-in, first-out queue to whose front events can be given back.
#[derive(Debug)]
pub(crate) struct Memory {
    waiting: VecDeque<Queued>,
    waiting_bytes: usize,
    /// What is in memory alone, waiting or taken.
    alone: Held,
    /// What of it was taken.
    taken: Held,
    capacity: Capacity,
}

impl Memory {
    pub(crate) fn new(capacity: Capacity) -> Self {
        let nothing = Held::default();
        let waiting = VecDeque::new();
        Self { waiting, waiting_bytes: 0, alone: nothing, taken: nothing, capacity }
    }

    /// Events that wait, without those that were taken.
    pub(crate) fn waiting(&self) -> &VecDeque<Queued> {
        &self.waiting
    }

    /// Bytes of the events that wait.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Events in memory alone that wait or were taken.
    pub(crate) fn alone(&self) -> Held {
        self.alone
    }

    /// Whether more than half of the capacity is in use.
    pub(crate) fn is_filling(&self) -> bool {
        self.alone.events > self.capacity.events / 2 || self.alone.bytes > self.capacity.bytes / 2
    }

    /// Whether an event of this size has room now.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.alone.events < self.capacity.events
            && self.alone.bytes.saturating_add(bytes) <= self.capacity.bytes
    }

    /// Whether an event of this size would have room if all that may be dropped were.
    pub(crate) fn could_have_room(&self, bytes: usize) -> bool {
        self.taken.events < self.capacity.events
            && self.taken.bytes.saturating_add(bytes) <= self.capacity.bytes
    }

    /// Drops the oldest that waits and is nowhere else, and says where in the queue it stood.
    pub(crate) fn drop_oldest(&mut self) -> Option<(usize, Queued)> {
        let index = self.waiting.iter().position(|event| !event.on_disk)?;
        let dropped = self.waiting.remove(index)?;
        self.waiting_bytes -= dropped.bytes();
        self.alone.subtract(Held::alone([&dropped]));
        Some((index, dropped))
    }

    /// Takes out those that wait, are on disk, and are to be given up by now; says where in the queue
    /// each stood when those before it were gone.
    pub(crate) fn expire(&mut self, now: Duration) -> Vec<(usize, Queued)> {
        let is_over =
            |event: &Queued| event.on_disk && event.expires_at.is_some_and(|at| at <= now);
        let mut expired = Vec::new();
        let mut index = 0;
        while let Some(event) = self.waiting.get(index) {
            if is_over(event) {
                expired.extend(self.waiting.remove(index).map(|event| (index, event)));
            } else {
                index += 1;
            }
        }
        self.waiting_bytes -= expired.iter().map(|(_, event)| event.bytes()).sum::<usize>();
        expired
    }

    /// Puts an event at the end. For one that is in memory alone the caller has made sure that
    /// there is room.
    pub(crate) fn push(&mut self, event: Queued) {
        self.alone.add(Held::alone([&event]));
        self.waiting_bytes += event.bytes();
        self.waiting.push_back(event);
    }

    /// Takes events from the front: at most `events` of them and, from the second on, as many as
    /// fit into `bytes` when each needs `overhead` bytes more.
    pub(crate) fn take(&mut self, events: usize, bytes: usize, overhead: usize) -> Vec<Queued> {
        let mut count = 0;
        let mut size = 0usize;
        for event in self.waiting.iter().take(events) {
            let larger = size.saturating_add(event.bytes() + overhead);
            if count > 0 && larger > bytes {
                break;
            }
            size = larger;
            count += 1;
        }
        self.waiting_bytes -= size - count * overhead;
        let taken: Vec<_> = self.waiting.drain(..count).collect();
        self.taken.add(Held::alone(&taken));
        taken
    }

    /// Forgets events that were taken.
    pub(crate) fn release(&mut self, events: &[Queued]) {
        let released = Held::alone(events);
        self.taken.subtract(released);
        self.alone.subtract(released);
    }

    /// Puts events that were taken back to the front, in their order.
    pub(crate) fn give_back(&mut self, events: Vec<Queued>) {
        self.taken.subtract(Held::alone(&events));
        for event in events.into_iter().rev() {
            self.waiting_bytes += event.bytes();
            self.waiting.push_front(event);
        }
    }

    /// Empties the queue and forgets what was taken.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use crm_models::EventId;

    use super::*;
    use crate::queue::Encoded;

    fn queue_of(capacity: Capacity, sizes: &[usize]) -> Memory {
        let mut queue = Memory::new(capacity);
        for (number, size) in (0..).zip(sizes) {
            queue.push(event(number, *size, false));
        }
        queue
    }

    fn event(number: u8, size: usize, on_disk: bool) -> Queued {
        let json = vec![b'x'; size].into();
        let event = Encoded { id: EventId::from_bytes([number; 16]), json };
        let queued = Queued::in_memory(event, Duration::ZERO);
        Queued { on_disk, ..queued }
    }

    fn numbers<'a>(events: impl IntoIterator<Item = &'a Queued>) -> Vec<u8> {
        events.into_iter().map(|queued| queued.event.id.as_bytes()[0]).collect()
    }

    const WIDE: Capacity = Capacity { events: 100, bytes: 1_000 };

    #[test]
    fn a_batch_is_bounded_by_events_and_by_bytes_but_never_empty() {
        let mut queue = queue_of(WIDE, &[10, 10, 10, 50, 10]);
        assert_eq!(numbers(&queue.take(2, 1_000, 1)), [0, 1]);
        assert_eq!(queue.waiting_bytes(), 70);
        assert_eq!(numbers(&queue.take(9, 61, 1)), [2]);
        assert_eq!(numbers(&queue.take(9, 5, 1)), [3]);
        assert_eq!(numbers(&queue.take(9, 1_000, 1)), [4]);
        assert_eq!(queue.take(9, 1_000, 1).len(), 0);
        assert_eq!(queue.waiting_bytes(), 0);
    }

    #[test]
    fn what_was_taken_fills_the_queue_until_it_is_released() {
        let mut queue = queue_of(Capacity { events: 2, bytes: 100 }, &[40, 40]);
        let taken = queue.take(1, 100, 0);
        assert!(!queue.has_room(1));
        queue.release(&taken);
        assert!(queue.has_room(60));
        assert!(!queue.has_room(61));
        assert_eq!(queue.alone(), Held { events: 1, bytes: 40 });
    }

    #[test]
    fn what_is_given_back_comes_first_again() {
        let mut queue = queue_of(WIDE, &[1, 2, 3, 4]);
        let taken = queue.take(2, 1_000, 0);
        queue.give_back(taken);
        assert_eq!(numbers(queue.waiting()), [0, 1, 2, 3]);
        assert_eq!((queue.alone(), queue.waiting_bytes()), (Held { events: 4, bytes: 10 }, 10));
    }

    #[test]
    fn only_what_is_in_memory_alone_counts_and_is_dropped() {
        let mut queue = Memory::new(Capacity { events: 2, bytes: 100 });
        queue.push(event(0, 90, true));
        queue.push(event(1, 30, false));
        queue.push(event(2, 90, true));
        queue.push(event(3, 30, false));
        assert!(!queue.has_room(1) && queue.could_have_room(100));
        assert_eq!(queue.drop_oldest().map(|(index, _)| index), Some(1));
        assert_eq!(numbers(queue.waiting()), [0, 2, 3]);
        assert_eq!((queue.alone(), queue.waiting_bytes()), (Held { events: 1, bytes: 30 }, 210));
        assert!(queue.has_room(70) && !queue.has_room(71));

        let taken = queue.take(2, 1_000, 0);
        queue.release(&taken);
        assert_eq!(queue.alone(), Held { events: 1, bytes: 30 });
    }

    #[test]
    fn only_what_is_on_disk_and_over_its_time_expires() {
        let mut queue = Memory::new(WIDE);
        let expiring = |number, on_disk, at: Option<u64>| {
            let expires_at = at.map(Duration::from_secs);
            Queued { expires_at, ..event(number, 10, on_disk) }
        };
        let events =
            [(true, Some(5)), (true, None), (false, Some(5)), (true, Some(6)), (true, Some(4))];
        for (number, (on_disk, at)) in (0..).zip(events) {
            queue.push(expiring(number, on_disk, at));
        }
        let expired = queue.expire(Duration::from_secs(5));
        let places: Vec<_> = expired.iter().map(|(index, _)| *index).collect();
        assert_eq!(places, [0, 3]);
        assert_eq!(numbers(queue.waiting()), [1, 2, 3]);
        assert_eq!(queue.waiting_bytes(), 30);
    }

    #[test]
    fn what_is_on_its_way_cannot_make_room() {
        let mut queue = queue_of(Capacity { events: 4, bytes: 100 }, &[30, 30, 30]);
        assert!(!queue.could_have_room(101));
        let taken = queue.take(2, 100, 0);
        assert!(queue.could_have_room(40) && !queue.could_have_room(41));
        queue.give_back(taken);
        assert_eq!(numbers(queue.waiting()), [0, 1, 2]);
    }
}
