//! Counts of the events that were given up, by reason. Nothing that was taken leaves the SDK uncounted.

use std::fmt;

/// Why an event was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// It broke a rule of the wire format; the call returned [`Error::Invalid`](crate::Error).
    Invalid,
    /// The host's [`before_send`](crate::ClientBuilder::before_send) held it back.
    Withheld,
    /// There was no room for it; the call returned [`Error::QueueFull`](crate::Error).
    QueueFull,
    /// It made room for a newer one, under [`WhenFull::DropOldest`](crate::WhenFull).
    DroppedOldest,
    /// The collector read it and rejected it; its verdict says why.
    Rejected,
    /// The collector would not take it even in a request of its own (status 413).
    TooLarge,
    /// The collector could not read the request that held it alone (status 400).
    Malformed,
    /// It failed for a day, each time in a request of its own, while the collector took others: a
    /// firewall refuses it, or the collector stumbles over it.
    Undeliverable,
    /// It was in memory alone, still unsent, when a shutdown's time was up.
    Unsent,
    /// It had lain on disk for longer than [`spool_age`](crate::ClientBuilder::spool_age).
    Expired,
    /// It could not be read from disk any more: its bytes were damaged.
    Damaged,
    /// The call came after the shutdown; it returned [`Error::ShutDown`](crate::Error).
    ShutDown,
}

impl Loss {
    /// Every reason there is.
    pub const ALL: &[Self] = &[
        Self::Invalid,
        Self::Withheld,
        Self::QueueFull,
        Self::DroppedOldest,
        Self::Rejected,
        Self::TooLarge,
        Self::Malformed,
        Self::Undeliverable,
        Self::Unsent,
        Self::Expired,
        Self::Damaged,
        Self::ShutDown,
    ];

    /// The reason as a label for metrics, in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Withheld => "withheld",
            Self::QueueFull => "queue_full",
            Self::DroppedOldest => "dropped_oldest",
            Self::Rejected => "rejected",
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::Undeliverable => "undeliverable",
            Self::Unsent => "unsent",
            Self::Expired => "expired",
            Self::Damaged => "damaged",
            Self::ShutDown => "shut_down",
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How many events were given up since the client was built, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses([u64; Loss::ALL.len()]);

impl Losses {
    /// Events given up for this reason.
    pub const fn of(&self, reason: Loss) -> u64 {
        self.0[reason as usize]
    }

    /// Events given up for any reason.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Every reason with its count, those of zero included.
    pub fn iter(&self) -> impl Iterator<Item = (Loss, u64)> + '_ {
        Loss::ALL.iter().map(|&reason| (reason, self.of(reason)))
    }

    /// What was added since an earlier count.
    #[cfg(feature = "native")]
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self(std::array::from_fn(|reason| self.0[reason].saturating_sub(earlier.0[reason])))
    }

    pub(crate) fn add(&mut self, reason: Loss, events: usize) {
        self.0[reason as usize] += events as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_counted_apart_and_all_are_summed() {
        let mut losses = Losses::default();
        for (events, reason) in Loss::ALL.iter().enumerate() {
            losses.add(*reason, events);
        }
        let counts: Vec<_> =
            losses.iter().map(|(reason, events)| (reason.as_str(), events)).collect();
        let expected = [
            ("invalid", 0),
            ("withheld", 1),
            ("queue_full", 2),
            ("dropped_oldest", 3),
            ("rejected", 4),
            ("too_large", 5),
            ("malformed", 6),
            ("undeliverable", 7),
            ("unsent", 8),
            ("expired", 9),
            ("damaged", 10),
            ("shut_down", 11),
        ];
        assert_eq!(counts, expected);
        assert_eq!(losses.total(), 66);
    }
}
