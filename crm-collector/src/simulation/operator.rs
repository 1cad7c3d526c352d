//! Whoever moves a workspace to another time zone, and whoever stops the collector or kills it.

use chrono_tz::Tz;

use super::Fault;
use super::life::{Actor, Life};
use crate::store::{StoreError, WorkspaceId};

pub(super) const ZONES: [Tz; 4] =
    [Tz::UTC, Tz::Europe__London, Tz::Asia__Tokyo, Tz::America__Los_Angeles];

/// How long it is until somebody does.
pub(super) const ZONE_MS: std::ops::Range<u64> = 3_000..40_000;
pub(super) const OPERATOR_MS: std::ops::Range<u64> = 2_000..30_000;

impl Life<'_, '_> {
    pub(super) fn move_some(&mut self) -> Option<&'static str> {
        self.rarely(ZONE_MS, Actor::Zone);
        let of = self.world.dice.index(3);
        self.move_workspace(of);
        Some("moves a workspace")
    }

    pub(super) fn move_again(&mut self, of: usize) -> Option<&'static str> {
        self.move_workspace(of);
        Some("moves a workspace again")
    }

    /// What was folded is thrown away, and what is being folded by the days of the zone before must not
    /// be taken for folded.
    fn move_workspace(&mut self, of: usize) {
        let dice = &mut self.world.dice;
        let workspace = &mut self.world.ledgers[of].workspace;
        let others = ZONES.into_iter().filter(|zone| *zone != workspace.timezone);
        workspace.timezone = others.collect::<Vec<_>>()[dice.index(ZONES.len() - 1)];
        let was_folded = self.store.write::<_, StoreError>(|tx| {
            let was_folded = tx.tail_events(workspace)? < tx.last_seq(workspace)?;
            tx.change_workspace(workspace)?;
            tx.unfold(workspace)?;
            Ok(was_folded)
        });
        let is_being_folded = self.tasks.values().any(|task| task.has_read(workspace.id));
        let overtakes = !was_folded.unwrap() && is_being_folded;
        self.world.tally.zones += 1;
        self.world.tally.overtaken += u64::from(overtakes);
        self.second_thoughts = (!dice.one_in(4)).then_some(of);
    }

    /// Somebody who has just moved this workspace moves it again while the first fold by its new days is
    /// under way, most often.
    pub(super) fn has_second_thoughts(&mut self, workspace: WorkspaceId) {
        let moved = self.second_thoughts.map(|of| self.world.ledgers[of].workspace.id);
        if moved == Some(workspace)
            && let Some(of) = self.second_thoughts.take()
        {
            self.later(0..60, Actor::ZoneAgain(of));
        }
    }

    pub(super) fn operate(&mut self) -> Option<&'static str> {
        if self.stopping {
            return None;
        }
        if self.world.fault != Fault::None {
            return None;
        }
        if self.world.dice.one_in(3) {
            self.stop();
            self.world.tally.stops += 1;
            return Some("stops the collector");
        }
        self.killed = Some(self.copy_files());
        self.world.tally.kills += 1;
        Some("kills the collector")
    }

    pub(super) fn stop(&mut self) {
        self.stopping = true;
        self.ingest.stop();
        self.stop_desks();
    }

    /// What a kill leaves: the files as they are, now and then with the beginning of a transaction
    /// that was not committed.
    fn copy_files(&mut self) -> tempfile::TempDir {
        let (from, to) = (self.store.path().parent().unwrap(), tempfile::tempdir().unwrap());
        for name in ["crm.db", "crm.db-wal"] {
            if let Ok(mut bytes) = std::fs::read(from.join(name)) {
                if name == "crm.db-wal" && self.world.dice.one_in(2) {
                    let torn = self.world.dice.within(1..9_000);
                    bytes.extend((0..torn).map(|_| self.world.dice.roll().to_be_bytes()[0]));
                }
                std::fs::write(to.path().join(name), bytes).unwrap();
            }
        }
        to
    }
}
