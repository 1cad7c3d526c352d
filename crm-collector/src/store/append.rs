//! Appends validated events to the log of a workspace, each once.

mod interaction;
mod standing;
mod void;

use crm_models::{
    Amount, Code, Customer, CustomerId, Event, EventId, Purchase, Timestamp, Warning,
};

use super::catalogue::{Known, LabelKind};
use super::content::{is_by_amount, same_lines, same_money};
use super::error::{Result, StoreError};
use super::ids::CustomerNumber;
use super::outcome::Outcome;
use super::purchases::{
    LoggedFact, LoggedPurchase, PurchaseDetails, PurchaseRow, StoredVersion, kind_code, state_code,
};
use super::refunds::Refunds;
use super::sqlite::LogEnd;
use super::workspaces::Workspace;
use super::{WriteTx, erasures, items};
use crate::facts::ItemFact;
use standing::{Standing, Told};

/// Appends events to one workspace within one transaction.
pub struct Appender<'a> {
    tx: &'a WriteTx<'a>,
    workspace: &'a Workspace,
    received_at: Timestamp,
    /// Who sends, for what takes the place of another.
    actor: &'a str,
    next_seq: i64,
    log: LogEnd<'a>,
    items: Vec<ItemFact>,
    packed: Vec<u8>,
    warnings: Vec<Warning>,
    refunds: Refunds<'a>,
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
            actor: "cli",
            next_seq: tx.last_seq(workspace)? + 1,
            log,
            items: Vec::new(),
            packed: Vec::new(),
            warnings: Vec::new(),
            refunds: Refunds::new(tx, workspace.id),
        })
    }

    /// Names who sends: `user:ID`, `key:ID`, or `cli`, which it is where nobody is named.
    #[must_use]
    pub fn by(self, actor: &'a str) -> Self {
        Self { actor, ..self }
    }

    /// The last place of the log by now.
    pub fn last_seq(&self) -> i64 {
        self.next_seq - 1
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
            Event::Purchase(purchase) if purchase.void => self.append_void(purchase, id),
            Event::Purchase(purchase) => self.append_purchase(purchase, id, occurred_at),
            Event::Interaction(interaction) => {
                self.append_interaction(interaction, id, occurred_at)
            }
        }
    }

    /// What has to be looked at in the events that were stored since this was asked last.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// Whether what an event tells of a customer is not taken in: it was told before he or she was
    /// erased, and has come since.
    fn is_erased(&self, host_id: &CustomerId, told_at: Timestamp) -> Result<bool> {
        self.tx.is_erased(self.workspace, host_id.as_str(), told_at)
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
        if self.is_erased(&customer.customer_id, occurred_at)? {
            return Ok(Outcome::Accepted);
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

    fn append_purchase(
        &mut self,
        purchase: &Purchase,
        id: EventId,
        occurred_at: Timestamp,
    ) -> Result<Outcome> {
        let is_erased = match &purchase.customer_id {
            Some(customer) => self.is_erased(customer, occurred_at)?,
            None => false,
        };
        let nobodys = is_erased.then(|| erasures::nobodys(self.workspace, purchase));
        let purchase = nobodys.as_ref().unwrap_or(purchase);
        let renumbered = self.tx.renumbered(self.workspace, purchase)?;
        let purchase = renumbered.as_ref().unwrap_or(purchase);
        let Some(total) = purchase.total_or_sum() else {
            return Ok(Outcome::rejected(Code::MissingField, "total", "a purchase needs a total"));
        };
        if !self.log.claim(id, Some(self.next_seq))? {
            return self.outcome_of_known_event(purchase, id);
        }
        let resolved = self.resolve(purchase)?;
        let mut replaced = None;
        // A rejected purchase must leave no customer and no product behind, so its number is looked
        // up first where it would make one, or where it may take the place of another. All others
        // find out from the insert.
        if resolved.looks_up_its_number {
            match self.standing(purchase, &resolved)? {
                Standing::New => {}
                Standing::Replaces(seq) => replaced = Some(seq),
                known => return self.outcome_of_known(known, id),
            }
        }
        let workspace = self.workspace.id;
        let source = self.label(LabelKind::Source, purchase.source.as_deref(), resolved.source)?;
        // What a refund does not tell is as in what it is of.
        let refunded = self.refunds.refunded(purchase, source)?;
        let customer = match (&purchase.customer_id, resolved.customer) {
            (None, _) => refunded.as_ref().and_then(|of| of.customer).map(CustomerNumber),
            (Some(_), Known::As(number)) => Some(CustomerNumber(number)),
            (Some(id), Known::NotYet) => {
                Some(self.tx.add_customer(workspace, id.as_str(), self.received_at)?)
            }
        };
        let channel =
            self.label(LabelKind::Channel, purchase.channel.as_deref(), resolved.channel)?;
        let country =
            self.label(LabelKind::Country, purchase.country.as_deref(), resolved.country)?;
        let [channel, country] = match &refunded {
            Some(of) => [(channel, of.channel), (country, of.country)]
                .map(|(told, of)| if told == 0 { of } else { told }),
            None => [channel, country],
        };
        for (index, item) in purchase.items.iter().enumerate() {
            let Some(sku) = item.product().filter(|_| self.items[index].product == NO_PRODUCT)
            else {
                continue;
            };
            // It may have been made for an earlier line of this purchase.
            self.items[index].product = match self.tx.find_product(workspace, sku)? {
                Known::As(number) => number,
                Known::NotYet => self.tx.add_product(workspace, sku)?,
            };
        }
        if let Some(seq) = replaced {
            self.log.replace_purchase(seq, self.next_seq, self.actor)?;
            if is_erased {
                self.tx.engine.forget_versions_before(workspace, self.next_seq)?;
            }
        }
        let money = match &refunded {
            Some(of) => self.refunds.make_up(purchase, source, of, &mut self.items)?,
            None => purchase.money(),
        };
        self.packed.clear();
        items::encode(&self.items, &mut self.packed);
        let updated_at = Told::by(purchase).changed_at(self.received_at);
        let amounts = items::encode_order(&money);
        let details = PurchaseDetails::of(purchase).to_json()?;
        let inserted = self.log.insert_purchase(&LoggedPurchase {
            id,
            purchase_id: purchase.purchase_id.as_ref().map(|id| id.as_str()),
            source: (source != 0).then_some(source),
            fact: LoggedFact {
                seq: self.next_seq,
                customer: customer.map(|customer| customer.0),
                kind: kind_code(purchase.kind),
                state: state_code(purchase.state),
                currency: purchase.currency,
                total: total.ten_thousandths(),
                amounts: amounts.as_deref(),
                channel,
                country,
                occurred_at,
                items: &self.packed,
            },
            updated_at,
            refund_of: purchase.refund_of.as_ref().map(|id| id.as_str()),
            details: details.as_deref(),
            received_at: self.received_at,
        })?;
        if !inserted {
            return match self.standing(purchase, &resolved)? {
                // Neither its number nor its id is there, so it is its place.
                Standing::New | Standing::Replaces(_) => {
                    Err(StoreError::defect("a place behind the log's end is taken"))
                }
                known => self.outcome_of_known(known, id),
            };
        }
        for item in purchase.items.iter().filter(|item| item.product().is_some()) {
            self.tx.name_product(workspace, item, occurred_at)?;
        }
        let warning = self.refunds.look_at(purchase, total, source, refunded.as_ref())?;
        self.warnings.extend(warning);
        self.next_seq += 1;
        Ok(if replaced.is_some() { Outcome::Updated } else { Outcome::Accepted })
    }

    /// Looks up what a purchase speaks of. Its lines go to `items`; a product that is not known
    /// yet stands there as [`NO_PRODUCT`].
    fn resolve(&mut self, purchase: &Purchase) -> Result<Resolved> {
        let workspace = self.workspace.id;
        let customer = match &purchase.customer_id {
            Some(id) => self.tx.find_customer(workspace, id.as_str())?,
            None => Known::As(0),
        };
        let label =
            |kind, text: &Option<String>| self.tx.find_label(workspace, kind, text.as_deref());
        let channel = label(LabelKind::Channel, &purchase.channel)?;
        let country = label(LabelKind::Country, &purchase.country)?;
        let source = label(LabelKind::Source, &purchase.source)?;
        let mut makes_something_new = [customer, channel, country, source].contains(&Known::NotYet);
        self.items.clear();
        for item in &purchase.items {
            let product = match item.product() {
                None => NO_PRODUCT,
                Some(sku) => match self.tx.find_product(workspace, sku)? {
                    Known::As(number) => number,
                    Known::NotYet => {
                        makes_something_new = true;
                        NO_PRODUCT
                    }
                },
            };
            self.items.push(ItemFact {
                kind: item.kind,
                product,
                quantity: item.quantity,
                unit_price: item.unit_price,
                discount: item.discount,
                tax: item.tax,
                cost: item.cost,
            });
        }
        let may_replace = purchase.replace || purchase.updated_at.is_some();
        let looks_up_its_number =
            purchase.purchase_id.is_some() && (makes_something_new || may_replace);
        Ok(Resolved { customer, channel, country, source, looks_up_its_number })
    }

    fn label(&self, kind: LabelKind, text: Option<&str>, known: Known) -> Result<u32> {
        match (known, text) {
            (Known::As(number), _) => Ok(number),
            (Known::NotYet, text) => {
                self.tx.add_label(self.workspace.id, kind, text.unwrap_or_default())
            }
        }
    }

    /// How a purchase, of what was resolved last, stands to what is stored under its number.
    fn standing(&self, purchase: &Purchase, resolved: &Resolved) -> Result<Standing> {
        let (Some(number), Known::As(source)) = (&purchase.purchase_id, resolved.source) else {
            return Ok(Standing::New);
        };
        let stored = self.tx.purchase_by_id(self.workspace.id, source, number.as_str())?;
        let Some(stored) = stored else {
            let later = self.void_after(purchase, source, number.as_str())?;
            return Ok(later.map_or(Standing::New, Standing::Earlier));
        };
        let seq = stored.fact.seq;
        let is_same = self.same_content(purchase, resolved, &stored);
        Ok(Told::by(purchase).against(seq, stored.updated_at, is_same))
    }

    /// What becomes of a purchase that changes nothing.
    fn outcome_of_known(&self, standing: Standing, id: EventId) -> Result<Outcome> {
        let (seq, outcome) = match standing {
            Standing::Same(seq) => (seq, Outcome::Duplicate),
            Standing::Earlier(seq) => (seq, Outcome::Superseded),
            Standing::New | Standing::Replaces(_) | Standing::Conflicts => {
                self.log.unclaim(id)?;
                let message = "a purchase of this number is stored with other content; a later \
                               `updated_at`, or `replace`, takes its place";
                return Ok(Outcome::rejected(Code::Conflict, "purchase_id", message));
            }
        };
        self.log.reclaim(id, Some(seq))?;
        Ok(outcome)
    }

    /// What becomes of a purchase whose event is stored. What may not take the place of another is a
    /// duplicate whatever it says: an id stands for one event. A correction under the id of another event
    /// would be lost without a word, so that it is refused.
    fn outcome_of_known_event(&mut self, purchase: &Purchase, id: EventId) -> Result<Outcome> {
        if !purchase.replace && purchase.updated_at.is_none() {
            return Ok(Outcome::Duplicate);
        }
        let workspace = self.workspace.id;
        let stored = match self.tx.place_of_event(workspace, id)? {
            Some(seq) => self.tx.version(workspace, seq)?,
            None => None,
        };
        let resolved = self.resolve(purchase)?;
        if let Some(StoredVersion { row, is_void }) = stored {
            let number = purchase.purchase_id.as_ref().map(|id| id.as_str());
            let is_of_number =
                number == row.purchase_id.as_deref() && resolved.source == Known::As(row.source);
            if is_of_number && !is_void && self.same_sale(purchase, &resolved, &row) {
                return Ok(Outcome::Duplicate);
            }
            // The id of what came too late leads to what was later, whatever has become of that since.
            if is_of_number && Told::by(purchase).is_earlier_than(row.updated_at, is_void) {
                return Ok(Outcome::Superseded);
            }
        }
        Ok(match self.standing(purchase, &resolved)? {
            Standing::Same(_) => Outcome::Duplicate,
            Standing::Earlier(_) => Outcome::Superseded,
            Standing::New | Standing::Replaces(_) | Standing::Conflicts => {
                let message = "an event of this id is stored with other content; a correction is an \
                               event of its own and needs an id that is new";
                Outcome::rejected(Code::Conflict, "id", message)
            }
        })
    }

    /// Names and categories of products do not count: they may change between two sendings.
    fn same_content(&self, given: &Purchase, resolved: &Resolved, stored: &PurchaseRow) -> bool {
        let customer = match (&given.customer_id, resolved.customer) {
            (None, _) => Some(None),
            (Some(_), Known::As(number)) => Some(Some(number)),
            (Some(_), Known::NotYet) => None,
        };
        // Who bought, a refund need not tell.
        let as_in_the_purchase = given.customer_id.is_none() && given.refund_of.is_some();
        (as_in_the_purchase || customer == Some(stored.fact.customer))
            // A time that was not given was filled in, each time with another.
            && given.occurred_at.is_none_or(|time| time == stored.fact.occurred_at)
            && PurchaseDetails::of(given) == stored.details
            && self.same_sale(given, resolved, stored)
    }

    /// Whether the same was bought for the same money in the same place, whoever bought it when.
    fn same_sale(&self, given: &Purchase, resolved: &Resolved, stored: &PurchaseRow) -> bool {
        let fact = &stored.fact;
        given.kind == fact.kind
            && given.state == fact.state
            && given.currency == fact.currency
            && (resolved.channel == Known::As(fact.channel)
                || given.refund_of.is_some() && given.channel.is_none())
            && (resolved.country == Known::As(fact.country)
                || given.refund_of.is_some() && given.country.is_none())
            && given.refund_of.as_ref().map(|id| id.as_str()) == stored.refund_of.as_deref()
            && match is_by_amount(given) {
                // It may be made up as the purchase that it is of.
                true => given.total.map(Amount::ten_thousandths) == Some(fact.total),
                false => {
                    same_lines(given.kind, &self.items, &fact.items) && same_money(given, fact)
                }
            }
    }
}

/// What a purchase speaks of, as far as it is known.
struct Resolved {
    customer: Known,
    channel: Known,
    country: Known,
    source: Known,
    /// Whether storing it would make a customer, a label or a product, or might take the place of
    /// another, and it has a number.
    looks_up_its_number: bool,
}

/// Products are counted from 1; a line about none has this too.
const NO_PRODUCT: u32 = 0;
