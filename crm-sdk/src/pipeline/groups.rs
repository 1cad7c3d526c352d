//! In which groups the front of the queue has to be sent: what was sent together is sent together
//! again, unless it was split.

use std::collections::VecDeque;

/// Sizes of the groups, from the front of the queue on. Behind them batches are made freely.
#[derive(Debug, Default)]
pub(super) struct Groups(VecDeque<usize>);

impl Groups {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the next group, or as many as `most` events of it.
    pub(super) fn take(&mut self, most: usize) -> Option<usize> {
        let size = self.0.pop_front()?;
        if size > most {
            self.0.push_front(size - most);
        }
        Some(size.min(most))
    }

    /// So many events are gone from the front of the queue.
    pub(super) fn skip(&mut self, mut events: usize) {
        while events > 0
            && let Some(taken) = self.take(events)
        {
            events -= taken;
        }
    }

    /// Puts a group to the front.
    pub(super) fn put(&mut self, size: usize) {
        self.0.push_front(size);
    }

    /// Puts a group to the front in two halves, the first one the smaller.
    pub(super) fn put_halves(&mut self, size: usize) {
        self.put(size - size / 2);
        self.put(size / 2);
    }

    /// Halves the next group, if there is one that can be.
    pub(super) fn halve_next(&mut self) {
        if let Some(size) = self.0.pop_front_if(|size| *size > 1) {
            self.put_halves(size);
        }
    }

    /// An event is gone from this place in the queue.
    pub(super) fn shrink(&mut self, index: usize) {
        let mut end = 0;
        let group = self.0.iter().position(|size| {
            end += size;
            index < end
        });
        if let Some(group) = group
            && let Some(size) = self.0.get_mut(group)
        {
            *size -= 1;
            if *size == 0 {
                self.0.remove(group);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sizes: &[usize]) -> Groups {
        Groups(sizes.iter().copied().collect())
    }

    #[test]
    fn a_group_is_taken_whole_or_in_parts() {
        let mut groups = of(&[5, 2]);
        assert_eq!(groups.take(3), Some(3));
        assert_eq!(groups.take(usize::MAX), Some(2));
        assert_eq!(groups.take(3), Some(2));
        assert_eq!(groups.take(3), None);
    }

    #[test]
    fn events_that_are_skipped_are_gone_from_their_groups() {
        let mut groups = of(&[2, 3, 4]);
        groups.skip(4);
        assert_eq!(groups.0, [1, 4]);
        groups.skip(9);
        assert!(groups.is_empty());
    }

    #[test]
    fn halves_add_up_and_a_single_event_has_none() {
        let mut groups = of(&[5]);
        groups.halve_next();
        assert_eq!(groups.0, [2, 3]);
        let mut groups = of(&[1, 4]);
        groups.halve_next();
        assert_eq!(groups.0, [1, 4]);
    }

    #[test]
    fn an_event_that_is_gone_shrinks_the_group_it_was_in() {
        let mut groups = of(&[2, 1, 3]);
        groups.shrink(2);
        assert_eq!(groups.0, [2, 3]);
        groups.shrink(1);
        assert_eq!(groups.0, [1, 3]);
        groups.shrink(4);
        assert_eq!(groups.0, [1, 3], "behind the groups");
    }
}
