//! Appends validated events to the log of a workspace, each once.

use crm_models::{Code, Customer, Event, EventId, Interaction, Purchase, PurchaseKind, Timestamp};
use rusqlite::{CachedStatement, ErrorCode, OptionalExtension, params};

use super::catalogue::{Known, LabelKind};
use super::error::{Result, StoreError};
use super::ids::CustomerNumber;
use super::outcome::Outcome;
use super::sealed::Insertion;
use super::workspaces::Workspace;
use super::{ReadTx, WriteTx, items, purchases};
use crate::facts::{ItemFact, PurchaseFact};

/// Appends events to one workspace within one transaction.
pub struct Appender<'a> {
    tx: &'a WriteTx<'a>,
    workspace: &'a Workspace,
    received_at: Timestamp,
    next_seq: i64,
    insert_id: CachedStatement<'a>,
    insert_purchase: Insertion<'a>,
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
            insert_purchase: purchases::ROWS.insertion(conn)?,
            items: Vec::new(),
            packed: Vec::new(),
        })
    }

    /// Appends one event that has been validated and has an id.
    pub fn append(&mut self, event: &Event) -> Result<Outcome> {
        // An event without a time happened when it came in.
        let occurred_at = event.occurred_at().unwrap_or(self.received_at);
        let Some(id) = event.id() else {
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
        let customer = match self.tx.find_customer(workspace, host_id)? {
            Known::As(number) => CustomerNumber(number),
            Known::NotYet => self.tx.add_customer(workspace, host_id, self.received_at)?,
        };
        let text = interaction.channel.as_deref();
        let channel = self.tx.find_label(workspace, LabelKind::Channel, text)?;
        let channel = self.label(LabelKind::Channel, text, channel)?;
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
        let resolved = self.resolve(purchase)?;
        // A rejected purchase must leave no customer and no product behind, so its number is
        // looked up first where it would make one. All others find out from the insert.
        if resolved.makes_something_new
            && let Some(outcome) = self.outcome_of_known(purchase, id)?
        {
            return Ok(outcome);
        }
        let workspace = self.workspace.id;
        let customer = match (&purchase.customer_id, resolved.customer) {
            (None, _) => None,
            (Some(_), Known::As(number)) => Some(CustomerNumber(number)),
            (Some(id), Known::NotYet) => {
                Some(self.tx.add_customer(workspace, id.as_str(), self.received_at)?)
            }
        };
        let channel =
            self.label(LabelKind::Channel, purchase.channel.as_deref(), resolved.channel)?;
        let country =
            self.label(LabelKind::Country, purchase.country.as_deref(), resolved.country)?;
        for (index, item) in purchase.items.iter().enumerate() {
            if self.items[index].product == NO_PRODUCT {
                // It may have been made for an earlier line of this purchase.
                let sku = item.sku.as_str();
                self.items[index].product = match self.tx.find_product(workspace, sku)? {
                    Known::As(number) => number,
                    Known::NotYet => self.tx.add_product(workspace, sku)?,
                };
            }
        }
        self.packed.clear();
        items::encode(&self.items, &mut self.packed);

        let inserted = self.insert_purchase.row(params![
            key,
            workspace,
            id.as_bytes(),
            purchase.purchase_id.as_ref().map(|id| id.as_str()),
            customer,
            kind_code(purchase.kind),
            purchase.currency.number(),
            total.ten_thousandths(),
            channel,
            country,
            occurred_at.millis(),
            self.received_at.millis(),
            self.packed
        ]);
        match inserted {
            Ok(()) => {}
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

    /// Looks up what a purchase speaks of. Its lines go to `items`; a product that is not known
    /// yet stands there as [`NO_PRODUCT`].
    fn resolve(&mut self, purchase: &Purchase) -> Result<Resolved> {
        let workspace = self.workspace.id;
        let customer = match &purchase.customer_id {
            Some(id) => self.tx.find_customer(workspace, id.as_str())?,
            None => Known::As(0),
        };
        let channel =
            self.tx.find_label(workspace, LabelKind::Channel, purchase.channel.as_deref())?;
        let country =
            self.tx.find_label(workspace, LabelKind::Country, purchase.country.as_deref())?;
        let mut makes_something_new =
            [customer, channel, country].contains(&Known::NotYet) && purchase.purchase_id.is_some();
        self.items.clear();
        for item in &purchase.items {
            let product = match self.tx.find_product(workspace, item.sku.as_str())? {
                Known::As(number) => number,
                Known::NotYet => {
                    makes_something_new |= purchase.purchase_id.is_some();
                    NO_PRODUCT
                }
            };
            self.items.push(ItemFact {
                product,
                quantity: item.quantity,
                unit_price: item.unit_price.ten_thousandths(),
            });
        }
        Ok(Resolved { customer, channel, country, makes_something_new })
    }

    fn label(&self, kind: LabelKind, text: Option<&str>, known: Known) -> Result<u32> {
        match (known, text) {
            (Known::As(number), _) => Ok(number),
            (Known::NotYet, text) => {
                self.tx.add_label(self.workspace.id, kind, text.unwrap_or_default())
            }
        }
    }

    /// What becomes of a purchase whose number is stored already: a duplicate if its content is
    /// the same, else a conflict. `None` when its number is new.
    fn outcome_of_known(&mut self, purchase: &Purchase, id: EventId) -> Result<Option<Outcome>> {
        let Some(number) = &purchase.purchase_id else { return Ok(None) };
        let Some(stored) = self.tx.purchase_by_id(self.workspace.id, number.as_str())? else {
            return Ok(None);
        };
        if self.same_content(purchase, &stored.fact)? {
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
    fn same_content(&mut self, given: &Purchase, stored: &PurchaseFact) -> Result<bool> {
        let resolved = self.resolve(given)?;
        let customer = match (&given.customer_id, resolved.customer) {
            (None, _) => Some(None),
            (Some(_), Known::As(number)) => Some(Some(number)),
            (Some(_), Known::NotYet) => None,
        };
        Ok(customer == Some(stored.customer)
            && given.kind == stored.kind
            && given.currency == stored.currency
            && given.total_or_sum().map(|total| total.ten_thousandths()) == Some(stored.total)
            // A time that was not given was filled in, each time with another.
            && given.occurred_at.is_none_or(|time| time == stored.occurred_at)
            && resolved.channel == Known::As(stored.channel)
            && resolved.country == Known::As(stored.country)
            && self.items == stored.items)
    }
}

/// What a purchase speaks of, as far as it is known.
struct Resolved {
    customer: Known,
    channel: Known,
    country: Known,
    /// Whether storing it would make a customer, a label or a product, and its number might be
    /// taken.
    makes_something_new: bool,
}

/// Products are counted from 1.
const NO_PRODUCT: u32 = 0;

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
