//! A page of a list in the making. Every list that grows with its workspace ends its pages here, in
//! one way: at the entries that were asked for or at a mebibyte of them, whichever comes first, and
//! with one entry in any case. Who reads hands entries over one by one and stops when the page is
//! full, so that no more than a page is ever in memory.

use std::ops::ControlFlow;

use super::{List, Place};

/// Some entries of a list, and the place where the next page goes on.
#[derive(Debug)]
pub struct Page<T> {
    list: List,
    limit: usize,
    room_bytes: usize,
    entries: Vec<T>,
    last: Option<Place>,
    is_full: bool,
}

impl<T> Page<T> {
    /// Bytes of its entries at the most, but for a single entry that is longer.
    pub const BYTES: usize = 1024 * 1024;

    /// An empty page, for `limit` entries at the most.
    pub fn new(list: List, limit: usize) -> Self {
        let (room_bytes, entries) = (Self::BYTES, Vec::new());
        Self { list, limit, room_bytes, entries, last: None, is_full: false }
    }

    /// Takes the next entry of the list, which stands at `place` and takes so many bytes. Breaks when
    /// it goes to the next page, so that nobody reads on.
    pub fn take(&mut self, place: Place, bytes: usize, entry: T) -> ControlFlow<()> {
        let fits = self.entries.is_empty() || bytes <= self.room_bytes;
        if self.is_full || self.entries.len() >= self.limit || !fits {
            self.is_full = true;
            return ControlFlow::Break(());
        }
        self.room_bytes = self.room_bytes.saturating_sub(bytes);
        self.last = Some(place);
        self.entries.push(entry);
        ControlFlow::Continue(())
    }

    /// The entries, and the token that leads to the next page where there is one.
    pub fn finish(self) -> (Vec<T>, Option<String>) {
        let next = self.last.filter(|_| self.is_full).map(|last| last.token(self.list));
        (self.entries, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many entries each page holds of a list whose entries take so many bytes.
    fn pages(limit: usize, bytes: &[usize]) -> Vec<usize> {
        let (mut held, mut after) = (Vec::new(), 0);
        loop {
            let mut page = Page::new(List::Customers, limit);
            for (number, bytes) in (1..).zip(bytes).skip(usize::try_from(after).unwrap()) {
                if page.take(Place::number(number), *bytes, number).is_break() {
                    break;
                }
            }
            let (entries, next) = page.finish();
            let expected: Vec<_> = (after + 1..).take(entries.len()).collect();
            assert_eq!(entries, expected);
            held.push(entries.len());
            let Some(next) = next else { return held };
            after = Place::parse(&next, List::Customers).unwrap().number;
        }
    }

    #[test]
    fn a_page_ends_at_its_limit_or_its_bytes_and_holds_one_entry_at_least() {
        let most = Page::<()>::BYTES;
        assert_eq!(pages(2, &[1; 5]), [2, 2, 1]);
        assert_eq!(pages(2, &[1; 4]), [2, 2]);
        assert_eq!(pages(9, &[most / 2; 5]), [2, 2, 1]);
        assert_eq!(pages(9, &[most, 1, most + 1, 1, 1]), [1, 1, 1, 2]);
        assert_eq!(pages(9, &[]), [0]);
    }
}
