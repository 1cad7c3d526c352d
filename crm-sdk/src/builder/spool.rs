//! Opens the spool that a host has asked for.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::dead_letters::DeadLetters;
use crate::options::Options;
use crate::queue::spool::{self, Fingerprint, Writer};
use crate::random::{self, NoRandomness};
use crate::shared::Shared;
use crate::stats::SpoolState;
use crate::worker::{Disk, wall_clock};

/// A spool in its three parts, if there is one.
#[derive(Default)]
pub(super) struct Spool {
    pub(super) writer: Option<Writer>,
    pub(super) disk: Option<Disk>,
    pub(super) dead_letters: Option<DeadLetters>,
}

/// Whose events may be sent.
pub(super) struct Keys<'a> {
    pub(super) own: &'a str,
    /// Older keys of the same workspace.
    pub(super) adopted: &'a [String],
}

impl Spool {
    /// Where it cannot be opened, the client goes on without it, and says so.
    pub(super) fn open(
        dir: &Path,
        keys: Keys<'_>,
        options: &Options,
        shared: &Arc<Shared>,
    ) -> Self {
        let fingerprint = fingerprint(keys.own);
        let opened = random::fill::<8>()
            .map_err(|NoRandomness| io::Error::other("no randomness"))
            .and_then(|instance| {
                let settings = spool::Settings {
                    dir: dir.to_owned(),
                    instance: u64::from_ne_bytes(instance),
                    fingerprint,
                    accepts: keys.adopted.iter().map(|key| self::fingerprint(key)).collect(),
                    limit_bytes: options.spool_bytes,
                    segment_bytes: spool::Settings::segment_bytes_for(options.spool_bytes),
                    max_age: options.spool_age,
                };
                spool::open(settings, wall_clock())
            });
        let state = match &opened {
            Ok(_) => SpoolState::Working,
            Err(error) => SpoolState::Failing(error.kind()),
        };
        shared.lock().set_spool_state(state);
        match opened {
            Ok((writer, reader, adopted)) => {
                let dead_letters = DeadLetters::new(dir, fingerprint);
                let disk = Disk::new(
                    reader,
                    dead_letters.clone(),
                    Arc::clone(shared),
                    options.adoption_interval,
                    adopted,
                );
                Self { writer: Some(writer), disk: Some(disk), dead_letters: Some(dead_letters) }
            }
            Err(error) => {
                tracing::error!(%error, "the spool cannot be opened; events are in memory alone");
                Self::default()
            }
        }
    }
}

/// Tells keys apart without holding one.
fn fingerprint(key: &str) -> Fingerprint {
    let digest = ring::digest::digest(&ring::digest::SHA256, key.as_bytes());
    let mut half = [0; 16];
    half.copy_from_slice(&digest.as_ref()[..16]);
    Fingerprint(half)
}
