//! The writer, step by step, and the folds and merges that are prepared beside it.

use std::time::Duration;

use super::Scene;
use super::life::{Actor, Life, MS};
use super::world::wal_bytes;
use crate::ingest::by_hand::{Did, Task};
use crate::store::{Reads, Standing, WorkspaceId};

/// The `-wal` file has at most so many bytes.
const WAL_BYTES: u64 = 12 << 20;
/// How long nothing has to come in for the writer to rest.
const REST_MS: u64 = 100;

/// A fold or a merge that is being prepared.
pub(super) struct Preparing<'s> {
    workspace: WorkspaceId,
    stage: Stage<'s>,
}

enum Stage<'s> {
    /// It waits for a snapshot since then.
    Waits(Task, u64),
    /// What it has read is added up while its snapshot stands.
    Adds(Box<dyn FnOnce() + Send>, Standing<'s>),
}

impl Life<'_, '_> {
    pub(super) fn write(&mut self) -> Option<&'static str> {
        let writer = self.writer.as_mut()?;
        self.world.clock.each_look_takes(Duration::from_micros(self.world.dice.within(50..2_000)));
        let did = writer.step();
        let now = self.world.now();
        let mut rested = false;
        if did == Did::Listened {
            let since = *self.idle_since.get_or_insert(now);
            rested = now - since >= REST_MS * MS;
            if rested {
                writer.rest();
                self.idle_since = None;
            }
        } else {
            self.idle_since = None;
        }
        let (tasks, settled) = (writer.take_tasks(), writer.take_settled());
        self.world.clock.each_look_takes(Duration::ZERO);
        for (workspace, answers) in settled {
            self.world.tally.events += answers.len() as u64;
            let ledgers = &mut self.world.ledgers;
            let of = ledgers.iter_mut().find(|ledger| ledger.workspace.id == workspace).unwrap();
            if let Err(wrong) = of.settle(&answers) {
                panic!("{wrong}");
            }
        }
        for (workspace, task) in tasks {
            let number = self.next_task;
            self.next_task += 1;
            let stage = Stage::Waits(task, self.world.now());
            self.tasks.insert(number, Preparing { workspace, stage });
            self.later(0..20, Actor::Task(number));
        }
        let told = match did {
            Did::Listened if rested => {
                self.later(1..20, Actor::Writer);
                Some("rests")
            }
            Did::Listened if self.world.scene == Scene::Asking => {
                self.later(REST_MS..2 * REST_MS, Actor::Writer);
                None
            }
            Did::Listened | Did::Waited => {
                self.later(2..8, Actor::Writer);
                None
            }
            Did::Wrote => {
                self.world.tally.groups += 1;
                self.later(1..30, Actor::Writer);
                Some("writes a group")
            }
            Did::Ended => {
                // Whoever is not served is told to come again.
                self.writer = None;
                Some("ends")
            }
        };
        if told.is_some() {
            let bytes = wal_bytes(self.store.path().parent().unwrap());
            self.world.tally.wal_bytes = self.world.tally.wal_bytes.max(bytes);
            self.world.tally.held += u64::from(!self.store.holds_nobody());
            self.world.require(bytes <= WAL_BYTES, || format!("the log has {bytes} bytes"));
        }
        told
    }

    pub(super) fn prepare(&mut self, number: u64) -> Option<&'static str> {
        let Preparing { workspace, stage } = self.tasks.remove(&number)?;
        match stage {
            Stage::Waits(task, since) => {
                let Some(standing) = self.stand(Reads::ToFold, since) else {
                    let stage = Stage::Waits(task, since);
                    self.tasks.insert(number, Preparing { workspace, stage });
                    self.later(2..8, Actor::Task(number));
                    return None;
                };
                let stage = Stage::Adds(task(), standing);
                self.tasks.insert(number, Preparing { workspace, stage });
                self.later(1..150, Actor::Task(number));
                self.world.tally.prepared += 1;
                self.has_second_thoughts(workspace);
                Some("reads to fold or merge")
            }
            Stage::Adds(publish, standing) => {
                publish();
                drop(standing);
                Some("has prepared a fold or a merge")
            }
        }
    }
}

impl Preparing<'_> {
    /// Whether what it writes has been read for a workspace.
    pub(super) fn has_read(&self, workspace: WorkspaceId) -> bool {
        self.workspace == workspace && matches!(self.stage, Stage::Adds(..))
    }
}
