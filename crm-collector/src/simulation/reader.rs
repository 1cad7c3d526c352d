//! Whoever reads, and whoever compares all figures.

use crm_models::Currency;

use super::Fault;
use super::ledger::{Extent, Ledger};
use super::life::{Actor, Life};
use crate::reports::Reports;
use crate::store::{Reads, Standing};

/// How long it is until somebody compares all figures.
pub(super) const CHECK_MS: std::ops::Range<u64> = 1_000..9_000;

/// Somebody who reads now and then.
pub(super) struct Reader<'s> {
    pub(super) reads: Reads,
    pub(super) wants_since: Option<u64>,
    pub(super) reading: Option<(Standing<'s>, Vec<Extent>)>,
}

impl Life<'_, '_> {
    pub(super) fn read(&mut self, number: usize) -> Option<&'static str> {
        let now = self.world.now();
        let reader = &mut self.readers[number];
        if let Some((mut standing, extents)) = reader.reading.take() {
            let tx = standing.tx().unwrap();
            for (ledger, extent) in self.world.ledgers.iter().zip(&extents) {
                let found = tx.last_seq(&ledger.workspace).unwrap();
                let expected = ledger.last_seq(*extent);
                self.world.require(found == expected, || {
                    format!("a snapshot ends at {found} instead of {expected}")
                });
            }
            let of = self.world.dice.index(extents.len());
            if self.world.dice.one_in(24) {
                let customer = self.world.dice.within(0..200);
                let same = self.world.ledgers[of].compare(&tx, extents[of], customer).unwrap();
                self.world.tally.compared += 1;
                self.world.require(same.is_ok(), || same.err().unwrap_or_default());
            }
            let never_ends =
                self.world.fault == Fault::HeldForEver && reader.reads == Reads::AtLength;
            if never_ends {
                reader.reading = Some((standing, extents));
                self.later(100..200, Actor::Reader(number));
                return None;
            }
            let overlaps = self.world.fault == Fault::Overlap && number >= 5;
            drop(standing);
            self.later(if overlaps { 0..1 } else { 1..400 }, Actor::Reader(number));
            return Some("has read");
        }
        if self.stopping {
            return None;
        }
        let since = *reader.wants_since.get_or_insert(now);
        let reads = reader.reads;
        let Some(standing) = self.stand(reads, since) else {
            self.later(2..8, Actor::Reader(number));
            return None;
        };
        let extents = self.world.ledgers.iter().map(Ledger::extent).collect();
        let reader = &mut self.readers[number];
        (reader.wants_since, reader.reading) = (None, Some((standing, extents)));
        let holds_ms = match reads {
            Reads::Briefly if number < 5 => 1..3,
            Reads::Some | Reads::ToFold => 1..250,
            Reads::AtLength | Reads::Briefly => 20..800,
        };
        self.world.tally.snapshots += 1;
        self.later(holds_ms, Actor::Reader(number));
        Some("begins to read")
    }

    /// Compares all that a new snapshot has.
    pub(super) fn compare(&mut self) -> Option<&'static str> {
        self.rarely(CHECK_MS, Actor::Check);
        let now = self.world.now();
        let mut standing = self.stand(Reads::Some, now)?;
        let tx = standing.tx().unwrap();
        for ledger in &self.world.ledgers {
            let customer = self.world.dice.within(0..200);
            let same = ledger.compare(&tx, ledger.extent(), customer).unwrap();
            self.world.require(same.is_ok(), || same.err().unwrap_or_default());
            self.world.tally.compared += 1;
        }
        drop(standing);
        // Reports take snapshots by themselves, so they are asked where nobody has to wait for one.
        if self.stand(Reads::Some, now).is_some() && self.stand(Reads::AtLength, now).is_some() {
            let reports = Reports::new(self.store.clone(), self.world.clock.clone());
            let ledger = &self.world.ledgers[self.world.dice.index(3)];
            let currency = [Currency::GBP, Currency::EUR][self.world.dice.index(2)];
            let same = ledger.compare_reports(&reports, currency);
            self.world.require(same.is_ok(), || same.err().unwrap_or_default());
            self.world.tally.reported += 1;
        }
        Some("compares all figures")
    }
}
