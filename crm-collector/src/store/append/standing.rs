//! Which of two versions counts, by what their senders say of them. The same for whatever can be
//! corrected.

use crm_models::{Interaction, Purchase, Timestamp};

/// What a sender says of the version that it sends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    updated_at: Option<Timestamp>,
    replace: bool,
}

/// How something stands to what is stored under its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing is.
    New,
    /// The same, at this place in the log.
    Same(i64),
    /// Something that this takes the place of.
    Replaces(i64),
    /// Something later.
    Earlier(i64),
    /// Something else, and nothing says which is right.
    Conflicts,
}

impl Told {
    pub(super) fn by(purchase: &Purchase) -> Self {
        Self { updated_at: purchase.updated_at, replace: purchase.replace }
    }

    pub(super) fn by_interaction(interaction: &Interaction) -> Self {
        Self { updated_at: interaction.updated_at, replace: interaction.replace }
    }

    /// When it was changed, as it is stored: what takes the place of another whenever that was changed
    /// counts from when it came.
    pub(super) fn changed_at(self, received_at: Timestamp) -> Option<Timestamp> {
        self.updated_at.or(self.replace.then_some(received_at))
    }

    /// Whether anything stored can be later.
    pub(super) fn may_be_earlier(self) -> bool {
        self.updated_at.is_some() && !self.replace
    }

    /// Whether it is earlier than what was changed at a time, or no later than what was taken back then.
    pub(super) fn is_earlier_than(self, stored: Option<Timestamp>, is_void: bool) -> bool {
        let times = self.updated_at.filter(|_| !self.replace).zip(stored);
        times.is_some_and(|(given, before)| given < before || (is_void && given == before))
    }

    /// How it stands to what is stored at a place of the log, was changed at this time, and tells the
    /// same or something else.
    pub(super) fn against(self, seq: i64, stored: Option<Timestamp>, is_same: bool) -> Standing {
        if is_same {
            // A later time is remembered, or what was changed in between would win when it comes late.
            let is_later = self.updated_at > stored;
            return if is_later { Standing::Replaces(seq) } else { Standing::Same(seq) };
        }
        match (self.updated_at, stored) {
            _ if self.replace => Standing::Replaces(seq),
            (Some(given), Some(before)) if given < before => Standing::Earlier(seq),
            (Some(given), Some(before)) if given == before => Standing::Conflicts,
            (Some(_), _) => Standing::Replaces(seq),
            (None, _) => Standing::Conflicts,
        }
    }
}
