//! Appends validated events to the log of a workspace, each once.

use crm_models::{
    Code, Customer, Event, EventId, Interaction, LineItem, Purchase, PurchaseKind, Timestamp,
};
use rusqlite::{CachedStatement, ErrorCode, OptionalExtension, params};

use super::catalogue::LabelKind;
use super::error::{Result, StoreError};
use super::outcome::Outcome;
use super::workspaces::Workspace;
use super::{ReadTx, WriteTx, items};
use crate::facts::ItemFact;

/// Appends events to one workspace within one transaction.
pub struct Appender<'a> {
    tx: &'a WriteTx<'a>,
    workspace: &'a Workspace,
    received_at: Timestamp,
    next_seq: i64,
    insert_id: CachedStatement<'a>,
    insert_purchase: CachedStatement<'a>,
    items: Vec<ItemFact>,
    packed: Vec<u8>,
}

/// What stands in `event_ids` for an event that is not in the log.
const NOT_LOGGED: i64 = 0;

impl<'a> Appender<'a> {
    /// Begins to append.
    pub fn new(
        tx: &'a WriteTx<'a>,
        workspace: &'a Workspace,
        received_at: Timestamp,
    ) -> Result<Self> {
        let conn = tx.conn;
        Ok(Self {
            tx,
            workspace,
            received_at,
            next_seq: tx.last_seq(workspace)? + 1,
            insert_id: conn.prepare_cached(
                "INSERT INTO event_ids (workspace, event_id, key) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO NOTHING",
            )?,
            insert_purchase: conn.prepare_cached(
                "INSERT INTO purchases (key, workspace, event_id, purchase_id, customer, kind,
                 currency, total, channel, country, occurred_at, received_at, items)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?,
            items: Vec::new(),
            packed: Vec::new(),
        })
    }

    /// Appends one event that has been validated and completed.
    pub fn append(&mut self, event: &Event) -> Result<Outcome> {
        let (Some(id), Some(occurred_at)) = (event.id(), event.occurred_at()) else {
            return Ok(Outcome::rejected(Code::MissingField, "id", "an event needs an id"));
        };
        match event {
            Event::Customer(customer) => self.append_customer(customer, id, occurred_at),
            Event::Purchase(purchase) => self.append_purchase(purchase, id, occurred_at),
            Event::Interaction(interaction) => {
                self.append_interaction(interaction, id, occurred_at)
            }
        }
    }

    /// Claims an event id for a row; `false` when it is taken.
    fn claim(&mut self, id: EventId, key: i64) -> Result<bool> {
        Ok(self.insert_id.execute(params![self.workspace.id, id.as_bytes(), key])? == 1)
    }

    fn unclaim(&self, id: EventId) -> Result<()> {
        self.tx
            .conn
            .prepare_cached("DELETE FROM event_ids WHERE workspace = ?1 AND event_id = ?2")?
            .execute(params![self.workspace.id, id.as_bytes()])?;
        Ok(())
    }

    fn append_customer(
        &mut self,
        customer: &Customer,
        id: EventId,
        occurred_at: Timestamp,
    ) -> Result<Outcome> {
        if !self.claim(id, NOT_LOGGED)? {
            return Ok(Outcome::Duplicate);
        }
        let workspace = self.workspace.id;
        match self.tx.update_customer(workspace, customer, occurred_at, self.received_at)? {
            Ok(()) => Ok(Outcome::Accepted),
            Err(invalid) => {
                self.unclaim(id)?;
                Ok(Outcome::Rejected(invalid))
            }
        }
    }

    fn append_interaction(
        &mut self,
        interaction: &Interaction,
        id: EventId,
        occurred_at: Timestamp,
    ) -> Result<Outcome> {
        let key = self.workspace.id.key(self.next_seq);
        if !self.claim(id, key)? {
            return Ok(Outcome::Duplicate);
        }
        let workspace = self.workspace.id;
        let host_id = interaction.customer_id.as_str();
        let customer = self.tx.ensure_customer(workspace, host_id, self.received_at)?;
        let channel =
            self.tx.label(workspace, LabelKind::Channel, interaction.channel.as_deref())?;
        let times = (occurred_at, self.received_at);
        self.tx.insert_interaction(
            key,
            self.workspace,
            interaction,
            id,
            customer,
            channel,
            times,
        )?;
        self.next_seq += 1;
        Ok(Outcome::Accepted)
    }

    fn append_purchase(
        &mut self,
        purchase: &Purchase,
        id: EventId,
        occurred_at: Timestamp,
    ) -> Result<Outcome> {
        let Some(total) = purchase.total_or_sum() else {
            return Ok(Outcome::rejected(Code::MissingField, "total", "a purchase needs a total"));
        };
        let key = self.workspace.id.key(self.next_seq);
        if !self.claim(id, key)? {
            return Ok(Outcome::Duplicate);
        }
        // A rejected purchase must leave no customer and no product behind, so its number is
        // looked up first where it would make one. All others find out from the insert.
        if self.makes_something_new(purchase)?
            && let Some(outcome) = self.outcome_of_known(purchase, id)?
        {
            return Ok(outcome);
        }

        let workspace = self.workspace.id;
        let customer = match &purchase.customer_id {
            Some(host_id) => {
                Some(self.tx.ensure_customer(workspace, host_id.as_str(), self.received_at)?)
            }
            None => None,
        };
        let channel = self.tx.label(workspace, LabelKind::Channel, purchase.channel.as_deref())?;
        let country = self.tx.label(workspace, LabelKind::Country, purchase.country.as_deref())?;
        self.items.clear();
        for item in &purchase.items {
            let product = self.tx.product(workspace, item)?;
            self.items.push(item_fact(item, product));
        }
        self.packed.clear();
        items::encode(&self.items, &mut self.packed);

        let inserted = self.insert_purchase.execute(params![
            key,
            workspace,
            id.as_bytes(),
            purchase.purchase_id.as_ref().map(|id| id.as_str()),
            customer,
            kind_code(purchase.kind),
            purchase.currency.number(),
            total.minor(),
            channel,
            country,
            occurred_at.millis(),
            self.received_at.millis(),
            self.packed
        ]);
        match inserted {
            Ok(_) => {}
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                let known = self.outcome_of_known(purchase, id)?;
                return known.ok_or(StoreError::from(error));
            }
            Err(error) => return Err(error.into()),
        }
        for item in &purchase.items {
            self.tx.name_product(workspace, item, occurred_at)?;
        }
        self.next_seq += 1;
        Ok(Outcome::Accepted)
    }

    fn makes_something_new(&self, purchase: &Purchase) -> Result<bool> {
        if purchase.purchase_id.is_none() {
            return Ok(false);
        }
        let workspace = self.workspace.id;
        if let Some(host_id) = &purchase.customer_id
            && self.tx.customer_number(workspace, host_id.as_str())?.is_none()
        {
            return Ok(true);
        }
        for item in &purchase.items {
            if self.tx.find_product(workspace, item.sku.as_str())?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What becomes of a purchase whose number is stored already: a duplicate if its content is
    /// the same, else a conflict. `None` when its number is new.
    fn outcome_of_known(&mut self, purchase: &Purchase, id: EventId) -> Result<Option<Outcome>> {
        let Some(number) = &purchase.purchase_id else { return Ok(None) };
        let Some(stored) = self.tx.purchase_by_id(self.workspace.id, number.as_str())? else {
            return Ok(None);
        };
        if self.same_content(purchase, &stored)? {
            self.tx
                .conn
                .prepare_cached(
                    "UPDATE event_ids SET key = ?3 WHERE workspace = ?1 AND event_id = ?2",
                )?
                .execute(params![
                    self.workspace.id,
                    id.as_bytes(),
                    self.workspace.id.key(stored.fact.seq)
                ])?;
            return Ok(Some(Outcome::Duplicate));
        }
        self.unclaim(id)?;
        let message = "a purchase of this number is stored with other content";
        Ok(Some(Outcome::rejected(Code::Conflict, "purchase_id", message)))
    }

    /// Names and categories of products do not count: they may change between two sendings.
    fn same_content(&self, given: &Purchase, stored: &super::PurchaseRow) -> Result<bool> {
        let workspace = self.workspace.id;
        let customer = match &given.customer_id {
            Some(host_id) => match self.tx.customer_number(workspace, host_id.as_str())? {
                Some(number) => Some(number.0),
                None => return Ok(false),
            },
            None => None,
        };
        let label = |kind, text: &Option<String>| match text.as_deref() {
            None | Some("") => Ok(Some(0)),
            Some(text) => self.tx.find_label(workspace, kind, text),
        };
        let mut items = Vec::with_capacity(given.items.len());
        for item in &given.items {
            let Some(product) = self.tx.find_product(workspace, item.sku.as_str())? else {
                return Ok(false);
            };
            items.push(item_fact(item, product));
        }
        let fact = &stored.fact;
        Ok(customer == fact.customer
            && given.kind == fact.kind
            && given.currency == fact.currency
            && given.total_or_sum().map(|total| total.minor()) == Some(fact.total)
            && given.occurred_at == Some(fact.occurred_at)
            && label(LabelKind::Channel, &given.channel)? == Some(fact.channel)
            && label(LabelKind::Country, &given.country)? == Some(fact.country)
            && items == fact.items)
    }
}

fn item_fact(item: &LineItem, product: u32) -> ItemFact {
    ItemFact { product, quantity: item.quantity, unit_price: item.unit_price.minor() }
}

/// How a kind of purchase is stored.
pub(super) fn kind_code(kind: PurchaseKind) -> u8 {
    match kind {
        PurchaseKind::Sale => 0,
        PurchaseKind::Refund => 1,
    }
}

impl ReadTx<'_> {
    /// Whether an event of this id is stored.
    pub fn knows_event(&self, workspace: &Workspace, id: EventId) -> Result<bool> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT 1 FROM event_ids WHERE workspace = ?1 AND event_id = ?2")?;
        let found = statement.query_row(params![workspace.id, id.as_bytes()], |_| Ok(()));
        Ok(found.optional()?.is_some())
    }
}
