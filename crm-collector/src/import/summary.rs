//! What an import did: every line and every event accounted for, as text and as JSON.

use std::collections::BTreeMap;
use std::fmt;

use crm_api::Total;
use crm_models::{Currency, PurchaseKind};
use serde::Serialize;

use super::draft::Closed;
use super::mapping::shown;
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
    /// What the purchases of the file come to, by currency.
    pub money: BTreeMap<Currency, Sums>,
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
    /// Purchases all of whose lines stand in the file twice, apart from each other. Both count.
    pub repeated: u64,
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

    pub(super) fn skip(&mut self, reason: Reason, lines: u64) {
        *self.skipped.entry(reason).or_default() += lines;
    }

    pub(super) fn count(&mut self, closed: &Closed) {
        let sums = self.money.entry(closed.purchase.currency).or_default();
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

impl Summary {
    fn tell(&self, stored: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} read, {} skipped",
            counted(self.lines, "line", "lines"),
            self.skipped_lines()
        )?;
        for (reason, lines) in &self.skipped {
            writeln!(f, "  {lines} with {}", reason.text())?;
        }
        if self.decimal_comma {
            writeln!(
                f,
                "numbers are read as 1.234,56, as the file shows; --decimal point says otherwise"
            )?;
        }
        let sales = counted(self.sales, "sale", "sales");
        writeln!(f, "{sales} and {}", counted(self.refunds, "refund", "refunds"))?;
        for (currency, sums) in &self.money {
            let Sums { gross, refunds, net } = sums;
            writeln!(f, "  {currency}: gross {gross}, refunds {refunds}, net {net}")?;
        }
        if self.customers > 0 {
            let events = counted(self.customers, "customer event", "customer events");
            writeln!(f, "  {events} from names and addresses")?;
        }
        let notes = [
            (self.several_times, "with several times, the earliest counts"),
            (self.several_customers, "with several customers, the earliest line's counts"),
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
        if !self.unused_money.is_empty() {
            let (them, names) = match self.unused_money.len() {
                1 => ("column", shown(&self.unused_money)),
                _ => ("columns", shown(&self.unused_money)),
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
