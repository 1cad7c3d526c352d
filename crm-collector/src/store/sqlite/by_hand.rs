//! Snapshots that stand until they are dropped, so that a simulation has many of them on one thread.
//! They come from the same connections as any other, are held back like those, and end like them.

use std::path::Path;
use std::time::Duration;

use super::readers::Lease;
use super::wal::Limits;
use super::{Database, FILE_NAME, Held, Length, Pace, Snapshot};
use crate::store::{Config, ReadTx, Result, Store};

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// As in [`Store::read`].
    Some,
    /// As in [`Store::read_briefly`].
    Briefly,
    /// As in [`Store::read_at_length`].
    AtLength,
    /// As in [`Store::read_to_fold`].
    ToFold,
}

/// A snapshot.
pub(crate) struct Standing<'a> {
    // Dropped in this order: the last one to give its connection back empties the `-wal` file.
    lease: Lease<'a>,
    _last: Option<Held<'a>>,
}

impl Store {
    /// One in which all that a large shop has within an hour happens within seconds. It syncs nothing:
    /// what a kill leaves is what was handed to the system.
    pub(crate) fn open_small(folder: &Path, held_at_most: Duration) -> Result<Self> {
        let pace = Pace {
            wal: Limits { long: 200, again: 50, very_long: 800, for_the_last: Duration::ZERO },
            held_at_most,
            long_held_at_most: 30 * held_at_most,
            synchronous: "OFF",
        };
        let config = Config::default();
        let engine = Database::open_file(folder.join(FILE_NAME), &config, &pace)?;
        Ok(Self { fold_events: 96, ..Self::on(engine, &config)? })
    }

    /// A snapshot for somebody who has waited for so long, unless they still have to.
    pub(crate) fn stand(&self, reads: Reads, waited: Duration) -> Result<Option<Standing<'_>>> {
        let database = &self.engine;
        let length = match reads {
            Reads::Some => Length::Usual,
            Reads::Briefly => Length::Brief,
            Reads::AtLength => Length::Long,
            Reads::ToFold => Length::Fold,
        };
        let Some(mut lease) = database.readers(length).try_take(waited)? else { return Ok(None) };
        // SQLite takes the snapshot when something is read.
        lease.conn()?.execute_batch("BEGIN; SELECT count(*) FROM workspaces;")?;
        let held = (length != Length::Brief).then_some(Held(database));
        Ok(Some(Standing { lease, _last: held }))
    }

    /// Whether nobody is held back.
    pub(crate) fn holds_nobody(&self) -> bool {
        !self.engine.long_readers.are_held() && !self.engine.readers.are_held()
    }
}

impl Standing<'_> {
    /// What it shows.
    pub(crate) fn tx(&mut self) -> Result<ReadTx<'_>> {
        Ok(ReadTx { engine: Snapshot { conn: self.lease.conn()? } })
    }
}

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        let ended = self.lease.conn().and_then(|conn| Ok(conn.execute_batch("COMMIT")?));
        // Closed meanwhile is as good.
        drop(ended);
    }
}
