//! What an import did: every line and every event accounted for, as text and as JSON.

use std::collections::BTreeMap;
use std::fmt;

use crm_api::Total;
use crm_models::{Amount, Currency, PurchaseKind, State};
use serde::Serialize;

use super::draft::Closed;
use super::read::{Place, listed};
use super::reason::Reason;
use crate::words::counted;

/// What an import did. Every line is in a purchase or in `skipped`; every purchase and customer
/// event is `accepted`, `duplicate` or in `rejected`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Lines after the header, blank ones not counted.
    pub lines: u64,
    /// Lines that became no part of a purchase.
    pub skipped: BTreeMap<Reason, u64>,
    /// What is missing for it, and where it begins.
    pub missing: BTreeMap<Reason, Missing>,
    /// Sales in the file.
    pub sales: u64,
    /// Refunds in the file.
    pub refunds: u64,
    /// Customer events made of the file's names and addresses.
    pub customers: u64,
    /// Events that are now stored.
    pub accepted: u64,
    /// Those of them that took the place of what was stored.
    pub updated: u64,
    /// Events that were stored already.
    pub duplicate: u64,
    /// Events that were not stored, by the stable code of the reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// What the purchases of the file that were paid come to, by currency.
    pub money: BTreeMap<Currency, Sums>,
    /// Orders that are not paid yet, and what they come to.
    pub pending: Unsold,
    /// Orders that were called off, and what they come to.
    pub cancelled: Unsold,
    /// What the file's own columns of sums come to, each order counted once, whatever became of it.
    pub columns: BTreeMap<String, BTreeMap<Currency, Total>>,
    /// Purchases whose parts do not add up to their total, by more than rounding.
    pub adjusted: u64,
    /// Orders of which some was given back, without a word of how much.
    pub untold_refunds: u64,
    /// Purchases whose lines bear more than one time; the earliest counts.
    pub several_times: u64,
    /// Purchases whose lines name more than one customer; that of the earliest line counts.
    pub several_customers: u64,
    /// Purchases whose lines are not adjacent in the file.
    pub scattered: u64,
    /// Columns that are used for nothing and seem to hold money.
    pub unused_money: Vec<String>,
    /// Whether numbers were read with a decimal comma because the file shows one.
    pub decimal_comma: bool,
    /// What was decided about the file as a whole, in words.
    pub notes: Vec<String>,
    /// What the file does not show, and an option says; lines that need it are skipped.
    pub questions: Vec<String>,
    /// Purchases all of whose lines stand in the file twice, apart from each other. Both count.
    pub repeated: u64,
}

/// Orders that were not sold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unsold {
    /// How many.
    pub orders: u64,
    /// What they come to.
    pub money: BTreeMap<Currency, Total>,
}

/// What is missing for lines that were skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// What they come to, as far as that can be read.
    pub money: BTreeMap<Currency, Total>,
    /// Lines whose money cannot be read.
    pub unreadable: u64,
    /// The first lines.
    pub lines: Vec<u64>,
}

/// Sums in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Sales.
    pub gross: Total,
    /// Refunds.
    pub refunds: Total,
    /// Sales less refunds.
    pub net: Total,
}

impl Summary {
    /// Lines that became no part of a purchase, for whatever reason.
    pub fn skipped_lines(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Events that were not stored, for whatever reason.
    pub fn rejected_events(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// Lines that something bought is missing for.
    pub fn faulty_lines(&self) -> u64 {
        let faulty = self.skipped.iter().filter(|(reason, _)| reason.is_fault());
        faulty.map(|(_, lines)| lines).sum()
    }

    /// Whether what was given is not all stored, or would not be.
    pub fn is_short(&self) -> bool {
        self.faulty_lines() > 0 || self.rejected_events() > 0
    }

    pub(super) fn skip(&mut self, reason: Reason, lines: u64, first: Place) {
        const SHOWN: usize = 3;
        *self.skipped.entry(reason).or_default() += lines;
        if reason.is_fault() {
            let missing = self.missing.entry(reason).or_default();
            if missing.lines.len() < SHOWN && !missing.lines.contains(&first.line) {
                missing.lines.push(first.line);
            }
        }
    }

    /// Counts the money of lines that are skipped; none where it cannot be read.
    pub(super) fn miss(&mut self, reason: Reason, worth: Option<Amount>, currency: Currency) {
        if !reason.is_fault() {
            return;
        }
        let missing = self.missing.entry(reason).or_default();
        match worth {
            Some(worth) => *missing.money.entry(currency).or_default() += worth,
            None => missing.unreadable += 1,
        }
    }

    /// Adds what a column of the file tells of an order.
    pub(super) fn tell_column(&mut self, column: &str, sum: Amount, currency: Currency) {
        if !self.columns.contains_key(column) {
            self.columns.insert(column.to_owned(), BTreeMap::new());
        }
        if let Some(sums) = self.columns.get_mut(column) {
            *sums.entry(currency).or_default() += sum;
        }
    }

    pub(super) fn count(&mut self, closed: &Closed) {
        let currency = closed.purchase.currency;
        self.untold_refunds += u64::from(closed.untold_refund);
        let parts = closed.purchase.total.and_then(|_| closed.purchase.parts());
        let is_adjusted = parts.is_some_and(|parts| parts.adjustment != Amount::ZERO);
        self.adjusted += u64::from(is_adjusted);
        let unsold = match closed.purchase.state {
            State::Paid => None,
            State::Pending => Some(&mut self.pending),
            State::Cancelled => Some(&mut self.cancelled),
        };
        if let Some(unsold) = unsold {
            unsold.orders += 1;
            *unsold.money.entry(currency).or_default() += closed.total;
            return;
        }
        let sums = self.money.entry(currency).or_default();
        match closed.purchase.kind {
            PurchaseKind::Sale => {
                self.sales += 1;
                sums.gross += closed.total;
            }
            PurchaseKind::Refund => {
                self.refunds += 1;
                sums.refunds += closed.total;
            }
        }
        sums.net = sums.gross - sums.refunds;
        self.several_times += u64::from(closed.several_times);
        self.several_customers += u64::from(closed.several_customers);
        self.repeated += u64::from(closed.repeated);
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tell("stored", f)
    }
}

/// What an import would do.
pub struct Foreseen<'a>(pub &'a Summary);

impl fmt::Display for Foreseen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.tell("would be stored", f)
    }
}

/// Sums by currency in a row.
fn sums(money: &BTreeMap<Currency, Total>) -> String {
    let told = money.iter().filter(|(_, sum)| **sum != Total::default());
    let told: Vec<_> = told.map(|(currency, sum)| format!("{currency} {sum}")).collect();
    if told.is_empty() { "0".to_owned() } else { told.join(", ") }
}

impl Summary {
    /// What is missing for a reason, in words.
    fn told(&self, reason: Reason) -> String {
        let Some(missing) = self.missing.get(&reason) else { return String::new() };
        let mut told = Vec::new();
        let is_worth = missing.money.values().any(|sum| *sum != Total::default());
        if is_worth {
            told.push(format!("{} missing", sums(&missing.money)));
        }
        if missing.unreadable > 0 && reason != Reason::Incomplete {
            told.push("money that cannot be read".to_owned());
        }
        let lines: Vec<_> = missing.lines.iter().map(u64::to_string).collect();
        if !lines.is_empty() {
            told.push(format!("from line {}", lines.join(", ")));
        }
        if told.is_empty() { String::new() } else { format!(" ({})", told.join("; ")) }
    }

    fn tell(&self, stored: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} read, {} skipped",
            counted(self.lines, "line", "lines"),
            self.skipped_lines()
        )?;
        for (reason, lines) in &self.skipped {
            writeln!(f, "  {lines} with {}{}", reason.text(), self.told(*reason))?;
        }
        if self.decimal_comma {
            writeln!(
                f,
                "numbers are read as 1.234,56, as the file shows; --decimal point says otherwise"
            )?;
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        let sales = counted(self.sales, "sale", "sales");
        writeln!(f, "{sales} and {}", counted(self.refunds, "refund", "refunds"))?;
        for (currency, sums) in &self.money {
            let Sums { gross, refunds, net } = sums;
            writeln!(f, "  {currency}: gross {gross}, refunds {refunds}, net {net}")?;
        }
        for (unsold, what) in [(&self.pending, "not paid yet"), (&self.cancelled, "called off")] {
            if unsold.orders > 0 {
                let orders = counted(unsold.orders, "order", "orders");
                writeln!(f, "  {orders} {what}, in none of these sums: {}", sums(&unsold.money))?;
            }
        }
        let columns: Vec<_> = self
            .columns
            .iter()
            .map(|(column, money)| format!("{} {}", listed(&[column]), sums(money)))
            .collect();
        if !columns.is_empty() {
            writeln!(f, "  the file's own columns, of all orders: {}", columns.join("; "))?;
        }
        if self.customers > 0 {
            let events = counted(self.customers, "customer event", "customer events");
            writeln!(f, "  {events} from names and addresses")?;
        }
        let notes = [
            (self.several_times, "with several times, the earliest counts"),
            (self.several_customers, "with several customers, the earliest line's counts"),
            (
                self.adjusted,
                "with a total that its parts do not add up to; the difference is kept as an adjustment",
            ),
            (
                self.untold_refunds,
                "partly refunded, and the file does not say how much; they count in full",
            ),
            (self.scattered, "scattered over the file, gathered into one each"),
            (self.repeated, "with all lines twice, as where two exports overlap; both count"),
        ];
        for (count, text) in notes.into_iter().filter(|(count, _)| *count > 0) {
            writeln!(f, "  {count} {text}")?;
        }
        writeln!(
            f,
            "{} {stored}, {} stored before, {} rejected",
            counted(self.accepted, "event", "events"),
            self.duplicate,
            self.rejected_events()
        )?;
        if self.updated > 0 {
            writeln!(f, "  {} in the place of what was stored", self.updated)?;
        }
        if self.duplicate > 0 {
            writeln!(
                f,
                "  what was corrected or taken back since stays so; --replace stores what the file says"
            )?;
        }
        for (code, count) in &self.rejected {
            writeln!(f, "  {count} {code}")?;
        }
        for question in &self.questions {
            writeln!(f, "to be said: {question}")?;
        }
        if !self.unused_money.is_empty() {
            let (them, names) = match self.unused_money.len() {
                1 => ("column", listed(&self.unused_money)),
                _ => ("columns", listed(&self.unused_money)),
            };
            writeln!(
                f,
                "not used: the {them} {names}. If that is money, map unit_price or line_total to a \
                 column that has it in it, or send such purchases by the API, which knows discounts, \
                 delivery and taxes; if not, all is well"
            )?;
        }
        Ok(())
    }
}
