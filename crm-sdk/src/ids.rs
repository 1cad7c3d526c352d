//! Event ids that rise: version 7 UUIDs made of a time and randomness that are handed in.

use crm_models::{EventId, Timestamp};

/// A version 7 id has 74 random bits.
const RANDOM_BITS: u32 = 74;

/// Makes version 7 ids, each above the one before.
///
/// Within a millisecond ids count up from a random start (RFC 9562, 6.2, method 2), which needs
/// randomness a thousand times a second at most.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EventIds {
    latest: Option<Latest>,
}

#[derive(Clone, Copy, Debug)]
struct Latest {
    process: u32,
    millis: i64,
    counter: u128,
}

impl EventIds {
    /// A generator that has made none.
    pub(crate) const fn new() -> Self {
        Self { latest: None }
    }

    /// The next id. `process` tells a forked child from its parent: both would count through the
    /// same numbers. `fill` gives 16 random bytes.
    ///
    /// # Errors
    /// Those of `fill`.
    pub(crate) fn next<E>(
        &mut self,
        now: Timestamp,
        process: u32,
        fill: impl FnOnce() -> Result<[u8; 16], E>,
    ) -> Result<EventId, E> {
        let now = now.millis().max(0);
        let next = match self.latest {
            // When the clock goes back, the latest millisecond lasts until the clock is past it.
            Some(latest) if latest.process == process && now <= latest.millis => {
                let counter = latest.counter + 1;
                let carry = i64::from(counter >> RANDOM_BITS != 0);
                let counter = counter & ((1 << RANDOM_BITS) - 1);
                Latest { millis: latest.millis + carry, counter, ..latest }
            }
            _ => {
                // The top bit stays clear, to leave room for counting.
                let counter = u128::from_be_bytes(fill()?) >> (128 - RANDOM_BITS + 1);
                Latest { process, millis: now, counter }
            }
        };
        self.latest = Some(next);
        Ok(next.id())
    }
}

impl Latest {
    /// Puts the counter into the bits that version and variant leave: 4 of the first two bytes
    /// and 2 of the third are theirs.
    fn id(self) -> EventId {
        let spread = ((self.counter >> 62) << 64) | (self.counter & ((1 << 62) - 1));
        let bytes = spread.to_be_bytes();
        let mut random = [0; 10];
        random.copy_from_slice(&bytes[6..]);
        EventId::v7(Timestamp::from_millis(self.millis), random)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const NOON: i64 = 1_700_000_000_000;

    fn next(ids: &mut EventIds, millis: i64, process: u32, random: u8) -> EventId {
        let fill = || Ok::<_, Infallible>([random; 16]);
        ids.next(Timestamp::from_millis(millis), process, fill).unwrap()
    }

    #[test]
    fn ids_rise_within_a_millisecond_and_when_the_clock_goes_back() {
        let mut ids = EventIds::new();
        let mut made = vec![next(&mut ids, NOON, 1, 0xFF)];
        for millis in [NOON, NOON, NOON - 5_000, NOON, NOON + 1, NOON + 1, NOON + 9] {
            made.push(next(&mut ids, millis, 1, 0x01));
        }
        assert!(made.is_sorted_by(|one, next| one < next), "{made:?}");
        assert_eq!(made[7].to_string(), "018bcfe5-6809-7008-8202-020202020202");
    }

    #[test]
    fn a_counter_that_is_used_up_goes_on_in_the_next_millisecond() {
        let last = Latest { process: 1, millis: NOON, counter: (1 << RANDOM_BITS) - 1 };
        let mut ids = EventIds { latest: Some(last) };
        assert!(last.id() < next(&mut ids, NOON, 1, 0));
        let next = ids.latest.unwrap();
        assert_eq!((next.millis, next.counter), (NOON + 1, 0));
    }

    #[test]
    fn a_forked_child_counts_from_elsewhere() {
        let mut parent = EventIds::new();
        next(&mut parent, NOON, 1, 0x01);
        let mut child = parent;
        assert_ne!(next(&mut child, NOON, 2, 0x70), next(&mut parent, NOON, 1, 0x70));
    }

    #[test]
    fn without_randomness_there_is_no_id() {
        let mut ids = EventIds::new();
        assert_eq!(ids.next(Timestamp::from_millis(NOON), 1, || Err("none")), Err("none"));
    }
}
