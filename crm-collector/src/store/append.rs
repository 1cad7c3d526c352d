//! Appends validated events to the log of a workspace, each once.

use crm_models::{Code, Customer, Event, EventId, Interaction, Purchase, Timestamp};

use super::catalogue::{Known, LabelKind};
use super::error::{Result, StoreError};
use super::ids::CustomerNumber;
use super::interactions::{self, LoggedInteraction};
use super::outcome::Outcome;
use super::purchases::{LoggedFact, LoggedPurchase, kind_code};
use super::sqlite::LogEnd;
use super::workspaces::Workspace;
use super::{WriteTx, items};
use crate::facts::{ItemFact, PurchaseFact};

/// Appends events to one workspace within one transaction.
pub struct Appender<'a> {
    tx: &'a WriteTx<'a>,
    workspace: &'a Workspace,
    received_at: Timestamp,
    next_seq: i64,
    log: LogEnd<'a>,
    items: Vec<ItemFact>,
    packed: Vec<u8>,
}

impl<'a> Appender<'a> {
    /// Begins to append.
    pub fn new(
        tx: &'a WriteTx<'a>,
        workspace: &'a Workspace,
        received_at: Timestamp,
    ) -> Result<Self> {
        // From here on nobody else gives a number that is given here.
        let log = tx.engine.log_end(workspace.id)?;
        Ok(Self {
            tx,
            workspace,
            received_at,
            next_seq: tx.last_seq(workspace)? + 1,
            log,
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

    fn append_customer(
        &mut self,
        customer: &Customer,
        id: EventId,
        occurred_at: Timestamp,
    ) -> Result<Outcome> {
        if !self.log.claim(id, None)? {
            return Ok(Outcome::Duplicate);
        }
        let workspace = self.workspace.id;
        match self.tx.update_customer(workspace, customer, occurred_at, self.received_at)? {
            Ok(()) => Ok(Outcome::Accepted),
            Err(invalid) => {
                self.log.unclaim(id)?;
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
        if !self.log.claim(id, Some(self.next_seq))? {
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
        let attributes = interactions::attributes_of(interaction);
        self.log.insert_interaction(&LoggedInteraction {
            seq: self.next_seq,
            id,
            customer,
            kind: interactions::kind_code(interaction.kind),
            direction: interactions::direction_code(interaction.direction),
            channel,
            occurred_at,
            received_at: self.received_at,
            subject: interaction.subject.as_deref(),
            text: interaction.text.as_deref(),
            attributes: attributes.as_deref(),
        })?;
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
        if !self.log.claim(id, Some(self.next_seq))? {
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

        let inserted = self.log.insert_purchase(&LoggedPurchase {
            id,
            purchase_id: purchase.purchase_id.as_ref().map(|id| id.as_str()),
            fact: LoggedFact {
                seq: self.next_seq,
                customer: customer.map(|customer| customer.0),
                kind: kind_code(purchase.kind),
                currency: purchase.currency,
                total: total.ten_thousandths(),
                channel,
                country,
                occurred_at,
                items: &self.packed,
            },
            received_at: self.received_at,
        })?;
        if !inserted {
            let known = self.outcome_of_known(purchase, id)?;
            // Neither its number nor its id is there, so it is its place.
            return known
                .ok_or_else(|| StoreError::defect("a place behind the log's end is taken"));
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
            self.log.reclaim(id, stored.fact.seq)?;
            return Ok(Some(Outcome::Duplicate));
        }
        self.log.unclaim(id)?;
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
