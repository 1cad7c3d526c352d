//! Opens the spool that a host has asked for.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::clock::wall_clock;
use crate::dead_letters::DeadLetters;
use crate::error::Error;
use crate::options::Options;
use crate::queue::spool::{self, Fingerprint, Opened, Writer};
use crate::random::{self, NoRandomness};
use crate::shared::Shared;
use crate::stats::SpoolState;
use crate::worker::SpoolDriver;

/// A spool in its three parts, if there is one.
#[derive(Default)]
pub(super) struct Spool {
    pub(super) writer: Option<Writer>,
    pub(super) disk: Option<SpoolDriver>,
    pub(super) dead_letters: Option<DeadLetters>,
}

/// Whose events may be sent.
pub(super) struct Keys<'a> {
    pub(super) own: &'a str,
    /// Older keys of the same workspace.
    pub(super) adopted: &'a [String],
}

impl Spool {
    /// Where nothing can be written to it, the client goes on and tries again, and says so; unless
    /// the host wants none without it.
    pub(super) fn open(
        dir: &Path,
        keys: Keys<'_>,
        options: &Options,
        shared: &Arc<Shared>,
    ) -> Result<Self, Error> {
        let fingerprint = fingerprint(keys.own);
        let instance = random::fill::<8>().map_err(|NoRandomness| Error::System {
            what: "randomness",
            source: io::ErrorKind::Other.into(),
        })?;
        let settings = spool::Settings {
            dir: dir.to_owned(),
            instance: u64::from_ne_bytes(instance),
            fingerprint,
            accepts: keys.adopted.iter().map(|key| self::fingerprint(key)).collect(),
            limit_bytes: options.spool_bytes,
            segment_bytes: spool::Settings::segment_bytes_for(options.spool_bytes),
            max_age: options.spool_age,
        };
        let Opened { writer, reader, adopted, failure } = spool::open(settings, wall_clock());
        let state = match failure {
            None => SpoolState::Working,
            Some(error) => {
                let kind = error.kind();
                if options.spool_required {
                    let source = io::Error::new(kind, format!("{}: {error}", dir.display()));
                    return Err(Error::Spool { what: "be opened", source });
                }
                let dir = dir.display();
                tracing::error!(
                    %dir,
                    %error,
                    "the spool cannot be written to; events are in memory alone until it can"
                );
                SpoolState::Failing(kind)
            }
        };
        shared.lock().set_spool_state(state);
        let dead_letters = DeadLetters::new(dir, fingerprint);
        let interval = options.adoption_interval;
        let disk = SpoolDriver::new(
            reader,
            dead_letters.clone(),
            Arc::clone(shared),
            interval,
            adopted,
            (dir, options.spool_age),
        );
        Ok(Self { writer: Some(writer), disk: Some(disk), dead_letters: Some(dead_letters) })
    }
}

/// Tells keys apart without holding one.
fn fingerprint(key: &str) -> Fingerprint {
    let digest = ring::digest::digest(&ring::digest::SHA256, key.as_bytes());
    let mut half = [0; 16];
    half.copy_from_slice(&digest.as_ref()[..16]);
    Fingerprint(half)
}
