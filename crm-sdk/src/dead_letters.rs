//! Events that the collector would not take, kept on disk for people to look at, mend and send
//! again.

use std::path::Path;

use crm_models::ingest::Rejection;
use crm_models::{Code, Event, Timestamp};
use serde::Deserialize;
use serde::de::value::{Error as ValueError, StrDeserializer};
use serde_json::value::RawValue;

use crate::error::Error;
use crate::losses::Loss;
use crate::queue::spool::Fingerprint;
use crate::queue::spool::dead_letters::{self as file, Letter};

/// An event that the collector would not take, and why.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// When it was given up.
    pub at: Timestamp,
    /// How: [`Loss::Rejected`], [`Loss::TooLarge`], [`Loss::Malformed`],
    /// [`Loss::Undeliverable`] or [`Loss::Expired`].
    pub reason: Loss,
    /// The collector's code for the reason.
    pub code: Code,
    /// The field that was wrong, such as `items[2].unit_price`.
    pub field: Option<String>,
    /// The rule, its limit and what was given.
    pub message: String,
    /// The event. Mended, it can be [tracked](crate::Client::track) again as it is: the collector
    /// has not stored its id.
    pub event: Event,
}

/// The dead letters of one key in a spool's directory.
#[derive(Clone)]
pub(crate) struct DeadLetters {
    file: file::DeadLetters,
}

impl DeadLetters {
    pub(crate) fn new(dir: &Path, fingerprint: Fingerprint) -> Self {
        Self { file: file::DeadLetters::new(dir, fingerprint, file::LIMIT_BYTES) }
    }

    /// Keeps an event that was given up, and says how many of the oldest had to go for it.
    pub(crate) fn keep(
        &self,
        at: Timestamp,
        reason: Loss,
        rejection: &Rejection,
        json: &[u8],
    ) -> std::io::Result<usize> {
        let event = RawValue::from_string(String::from_utf8_lossy(json).into_owned())?;
        self.file.append(&Letter {
            at: at.to_string(),
            reason: reason.as_str().to_owned(),
            code: Some(rejection.code.to_string()),
            field: rejection.field.clone(),
            message: Some(rejection.message.clone()),
            event,
        })
    }

    pub(crate) fn list(&self) -> Result<Vec<DeadLetter>, Error> {
        let letters = self.letters("read the dead letters")?;
        Ok(letters.iter().filter_map(read).collect())
    }

    /// Tracks them one by one, and forgets those that were taken.
    pub(crate) fn resend(
        &self,
        mut track: impl FnMut(Event) -> Result<(), Error>,
    ) -> Result<usize, Error> {
        let mut letters = self.letters("read the dead letters")?;
        letters.retain(|letter| read(letter).is_some());
        let mut sent = 0;
        let refused = letters.iter().filter_map(read).find_map(|letter| {
            let refused = track(letter.event).err();
            sent += usize::from(refused.is_none());
            refused
        });
        letters.truncate(sent);
        // Outside of the file's lock: the worker needs it to go on, and to make room.
        let failed = |source| Error::Spool { what: "forget the dead letters", source };
        if sent > 0 {
            self.file.forget(&letters).map_err(failed)?;
        }
        refused.map_or(Ok(sent), Err)
    }

    fn letters(&self, what: &'static str) -> Result<Vec<Letter>, Error> {
        let listed = self.file.list().map_err(|source| Error::Spool { what, source })?;
        if listed.unreadable > 0 {
            let (unreadable, path) = (listed.unreadable, self.file.path());
            tracing::warn!(unreadable, path = %path.display(), "lines that are no dead letters");
        }
        Ok(listed.letters)
    }
}

/// A line as a letter. One that somebody has edited into something else is none.
fn read(letter: &Letter) -> Option<DeadLetter> {
    let code = letter.code.as_deref().unwrap_or_default();
    Some(DeadLetter {
        at: letter.at.parse().ok()?,
        reason: Loss::ALL.iter().copied().find(|loss| loss.as_str() == letter.reason)?,
        code: Code::deserialize(StrDeserializer::<ValueError>::new(code)).ok()?,
        field: letter.field.clone(),
        message: letter.message.clone().unwrap_or_default(),
        event: serde_json::from_str(letter.event.get()).ok()?,
    })
}
