//! Takes purchases back altogether. What was stored goes among the past ones, with a mark behind it that
//! adds nothing; the number is free.

use crm_models::{Code, EventId, Purchase, Timestamp};

use super::Appender;
use super::standing::Told;
use crate::store::WriteTx;
use crate::store::catalogue::{Known, LabelKind};
use crate::store::error::{Result, StoreError};
use crate::store::ids::WorkspaceId;
use crate::store::outcome::Outcome;
use crate::store::purchases::{LoggedFact, LoggedPurchase, PurchaseRow, VOID, kind_code};

impl WriteTx<'_> {
    /// Whether any purchase of a source is stored, up to a place in the log.
    pub fn has_purchases_of(
        &self,
        workspace: WorkspaceId,
        source: &str,
        through: i64,
    ) -> Result<bool> {
        let source = match self.find_label(workspace, LabelKind::Source, Some(source))? {
            Known::As(source) => source,
            Known::NotYet => return Ok(false),
        };
        let some = self.some_of_source(workspace, Some(source), (0, through), 1)?;
        Ok(!some.is_empty())
    }
}

impl Appender<'_> {
    /// Takes back the purchase of this number. `false` when there is none.
    pub fn void(&mut self, source: Option<&str>, purchase_id: &str, id: EventId) -> Result<bool> {
        let Some(stored) = self.stored(source, purchase_id)? else { return Ok(false) };
        self.void_stored(&stored, id)?;
        Ok(true)
    }

    /// Takes purchases of a source back, those behind one place in the log up to another: `at_most` of
    /// them. Answers how many and behind which place to go on, `None` where nothing is left of it.
    pub fn void_some_of_source<E: From<StoreError>>(
        &mut self,
        source: &str,
        events: (i64, i64),
        at_most: usize,
        id: impl FnMut() -> std::result::Result<EventId, E>,
    ) -> std::result::Result<Option<(usize, i64)>, E> {
        let Some(source) = self.known_source(Some(source))? else { return Ok(None) };
        self.void_purchases(Some(source), events, at_most, id)
    }

    /// The same with the purchases of any source.
    pub fn void_some_purchases<E: From<StoreError>>(
        &mut self,
        events: (i64, i64),
        at_most: usize,
        id: impl FnMut() -> std::result::Result<EventId, E>,
    ) -> std::result::Result<Option<(usize, i64)>, E> {
        self.void_purchases(None, events, at_most, id)
    }

    fn void_purchases<E: From<StoreError>>(
        &mut self,
        source: Option<u32>,
        events: (i64, i64),
        at_most: usize,
        mut id: impl FnMut() -> std::result::Result<EventId, E>,
    ) -> std::result::Result<Option<(usize, i64)>, E> {
        let stored = self.tx.some_of_source(self.workspace.id, source, events, at_most)?;
        let Some(last) = stored.last() else { return Ok(None) };
        for purchase in &stored {
            self.void_stored(purchase, id()?)?;
        }
        Ok(Some((stored.len(), last.fact.seq)))
    }

    /// Takes back the purchase that an event names, unless what is stored is later.
    pub(super) fn append_void(&mut self, told: &Purchase, id: EventId) -> Result<Outcome> {
        let Some(number) = told.purchase_id.as_ref().map(|number| number.as_str()) else {
            let message = "what is taken back has to have a number";
            return Ok(Outcome::rejected(Code::MissingField, "purchase_id", message));
        };
        // Before anything is looked up: sent twice, it must not take back what has come in between.
        if !self.log.claim(id, Some(self.next_seq))? {
            return Ok(Outcome::Duplicate);
        }
        let source = told.source.as_deref();
        let Some(stored) = self.stored(source, number)? else {
            if let Some(mark) = self.void_of(source, number)? {
                self.log.reclaim(id, Some(mark.fact.seq))?;
                return Ok(Outcome::Duplicate);
            }
            self.log.unclaim(id)?;
            let message = "no purchase of this number is stored, or not yet";
            return Ok(Outcome::rejected(Code::NotFound, "purchase_id", message));
        };
        if Told::by(told).is_earlier_than(stored.updated_at, false) {
            self.log.reclaim(id, Some(stored.fact.seq))?;
            return Ok(Outcome::Superseded);
        }
        self.take_back(&stored, id, told.updated_at)?;
        Ok(Outcome::Updated)
    }

    /// The place of the mark that the number of a purchase was taken back at a time that is told, where
    /// the purchase says that it is no later. Without such times, the number is free.
    pub(super) fn void_after(
        &self,
        purchase: &Purchase,
        source: u32,
        purchase_id: &str,
    ) -> Result<Option<i64>> {
        let told = Told::by(purchase);
        if !told.may_be_earlier() {
            return Ok(None);
        }
        let mark = self.tx.void_of_purchase(self.workspace.id, source, purchase_id)?;
        let later = mark.filter(|mark| told.is_earlier_than(mark.updated_at, true));
        Ok(later.map(|mark| mark.fact.seq))
    }

    fn stored(&self, source: Option<&str>, purchase_id: &str) -> Result<Option<PurchaseRow>> {
        let Some(source) = self.known_source(source)? else { return Ok(None) };
        self.tx.purchase_by_id(self.workspace.id, source, purchase_id)
    }

    fn void_of(&self, source: Option<&str>, purchase_id: &str) -> Result<Option<PurchaseRow>> {
        let Some(source) = self.known_source(source)? else { return Ok(None) };
        self.tx.void_of_purchase(self.workspace.id, source, purchase_id)
    }

    fn known_source(&self, source: Option<&str>) -> Result<Option<u32>> {
        Ok(match self.tx.find_label(self.workspace.id, LabelKind::Source, source)? {
            Known::As(source) => Some(source),
            Known::NotYet => None,
        })
    }

    fn void_stored(&mut self, stored: &PurchaseRow, id: EventId) -> Result<()> {
        if self.log.claim(id, Some(self.next_seq))? {
            self.take_back(stored, id, None)?;
        }
        Ok(())
    }

    /// Puts a mark behind a purchase, which becomes a past one.
    fn take_back(
        &mut self,
        stored: &PurchaseRow,
        id: EventId,
        updated_at: Option<Timestamp>,
    ) -> Result<()> {
        let fact = &stored.fact;
        self.log.replace_purchase(fact.seq, self.next_seq, self.actor)?;
        self.log.insert_void(&LoggedPurchase {
            id,
            purchase_id: stored.purchase_id.as_deref(),
            source: (stored.source != 0).then_some(stored.source),
            fact: LoggedFact {
                seq: self.next_seq,
                customer: fact.customer,
                kind: kind_code(fact.kind),
                state: Some(VOID),
                currency: fact.currency,
                total: 0,
                amounts: None,
                channel: 0,
                country: 0,
                occurred_at: fact.occurred_at,
                items: &[],
            },
            updated_at,
            refund_of: None,
            details: None,
            received_at: self.received_at,
        })?;
        self.next_seq += 1;
        Ok(())
    }
}
