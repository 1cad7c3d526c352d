//! Places in a list that is read page by page. Opaque to callers; rows that arrive between two
//! pages neither repeat nor hide others.

use std::str::FromStr;

use crm_models::{Code, Invalid, Timestamp};

/// A place in a list ordered by time and then by place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) time: Timestamp,
    pub(super) seq: i64,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}", self.time.millis(), self.seq)
    }
}

impl FromStr for Place {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let place = text.split_once('_').and_then(|(millis, seq)| {
            let time = Timestamp::from_millis(millis.parse().ok()?);
            Some(Self { time, seq: seq.parse().ok()? })
        });
        place.ok_or_else(unreadable)
    }
}

/// The place after a customer in order of number.
pub(super) fn customer(text: &str) -> Result<u32, Invalid> {
    text.parse().map_err(|_| unreadable())
}

fn unreadable() -> Invalid {
    let rule = "is the next_after of the page before, as it stands there".to_owned();
    Invalid::new(Code::InvalidField, "after", rule)
}
