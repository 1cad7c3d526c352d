//! What the simulation knows by itself: each event that was made, what was stored in which order, and
//! the figures that follow, added up in the simplest way.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use crm_api::answer::{ReportName, Value};
use crm_api::{Total, WholeDay, question};
use crm_models::{
    Amount, Code, Currency, Customer, Event, EventId, Interaction, InteractionKind, Invalid,
    LineItem, Purchase, PurchaseKind, State, Timestamp,
};

use crate::auth::Access;
use crate::facts::{BuyersOf, HistoryKind, LocalTime, Sums};
use crate::ingest::{Decision, Outcome, Parsed, SentText};
use crate::reports::Reports;
use crate::store::{ReadTx, Result, Workspace};

/// An event without its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    Purchase(Bought),
    Interaction {
        customer: u64,
        at: Timestamp,
    },
    Customer {
        customer: u64,
        at: Timestamp,
    },
    /// It is rejected.
    Bad,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bought {
    pub(super) customer: Option<u64>,
    pub(super) is_refund: bool,
    pub(super) is_foreign: bool,
    pub(super) at: Timestamp,
    pub(super) sku: u64,
    pub(super) price: u64,
    pub(super) number: Option<u64>,
    /// Nothing was bought after all.
    pub(super) is_cancelled: bool,
    /// It takes the place of what is stored under its number.
    pub(super) replaces: bool,
}

impl Bought {
    /// Whether it says the same, whatever it takes the place of.
    fn says(&self, other: &Self) -> bool {
        Self { replaces: false, ..*self } == Self { replaces: false, ..*other }
    }

    fn currency(&self) -> Currency {
        if self.is_foreign { Currency::EUR } else { Currency::GBP }
    }
}

impl Nature {
    pub(super) fn parsed(self, id: u128) -> Parsed {
        let id = EventId::from_bytes(id.to_be_bytes());
        let customer_id = |customer: u64| format!("c{customer}");
        let (mut event, at): (Event, _) = match self {
            Self::Bad => {
                let invalid = Invalid::new(Code::InvalidField, "currency", "is none".into());
                let event = Err((invalid, SentText::new("{}")));
                return Parsed { id: Some(id), event, warnings: Vec::new() };
            }
            Self::Purchase(bought) => {
                let mut purchase = Purchase::sale(bought.currency()).occurred_at(bought.at);
                if bought.is_refund {
                    purchase.kind = PurchaseKind::Refund;
                }
                purchase.customer_id = bought.customer.map(|customer| customer_id(customer).into());
                purchase.purchase_id = bought.number.map(|number| format!("n{number}").into());
                purchase.replace = bought.replaces;
                if bought.is_cancelled {
                    purchase.state = State::Cancelled;
                }
                let price = Amount::from_ten_thousandths(i64::try_from(bought.price).unwrap());
                let item = LineItem::new(format!("p{}", bought.sku), 1, price);
                (purchase.item(item).into(), bought.at)
            }
            Self::Interaction { customer, at } => {
                let call = Interaction::new(customer_id(customer), InteractionKind::Call);
                (call.occurred_at(at).into(), at)
            }
            Self::Customer { customer, at } => {
                (Customer::new(customer_id(customer)).occurred_at(at).into(), at)
            }
        };
        event.complete(|| id, at);
        Parsed { id: Some(id), event: Ok(event), warnings: Vec::new() }
    }

    fn customer(&self) -> Option<u64> {
        match self {
            Self::Purchase(bought) => bought.customer,
            Self::Interaction { customer, .. } | Self::Customer { customer, .. } => Some(*customer),
            Self::Bad => None,
        }
    }

    fn is_logged(&self) -> bool {
        matches!(self, Self::Purchase(_) | Self::Interaction { .. })
    }
}

/// All of one workspace.
pub(super) struct Ledger {
    pub(super) workspace: Workspace,
    /// Everything that was sent, by id.
    pub(super) made: HashMap<u128, Nature>,
    /// What was stored, in that order; never changed.
    stored: Vec<Nature>,
    ids: HashSet<u128>,
    /// The versions of each number, the one that counts last.
    numbers: HashMap<u64, Vec<Bought>>,
    /// Events of the log after so many that were stored.
    logged: Vec<i64>,
}

/// How much of a ledger a snapshot has, and by which days it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) stored: usize,
    timezone: Tz,
}

impl Ledger {
    pub(super) fn new(workspace: Workspace) -> Self {
        Self {
            workspace,
            made: HashMap::new(),
            stored: Vec::new(),
            ids: HashSet::new(),
            numbers: HashMap::new(),
            logged: vec![0],
        }
    }

    pub(super) fn extent(&self) -> Extent {
        Extent { stored: self.stored.len(), timezone: self.workspace.timezone }
    }

    /// A number that some purchase has, and the purchase.
    pub(super) fn numbered(&self, pick: usize) -> Option<Bought> {
        let count = self.stored.len().max(1);
        match self.stored.get(pick % count) {
            Some(Nature::Purchase(bought)) if bought.number.is_some() => Some(*bought),
            _ => None,
        }
    }

    /// Takes note of what the writer says was committed; what it says that cannot be.
    pub(super) fn settle(&mut self, answers: &[Decision]) -> std::result::Result<(), String> {
        for answer in answers {
            let id = answer.id.map(|id| u128::from_be_bytes(*id.as_bytes())).ok_or("no id")?;
            let nature = *self.made.get(&id).ok_or_else(|| format!("nobody sent {id}"))?;
            let expected = self.expected(id, &nature);
            let found = name(&answer.outcome);
            if found != expected {
                return Err(format!("{nature:?} of id {id} is {found}, not {expected}"));
            }
            // An id stays claimed, by what is stored already too.
            if found != "rejected" {
                self.ids.insert(id);
            }
            if found == "accepted" || found == "updated" {
                if let Nature::Purchase(bought) = nature
                    && let Some(number) = bought.number
                {
                    self.numbers.entry(number).or_default().push(bought);
                }
                let before = self.logged.last().copied().unwrap_or(0);
                self.logged.push(before + i64::from(nature.is_logged()));
                self.stored.push(nature);
            }
        }
        Ok(())
    }

    /// Whether an answer may be given to a sender by now.
    pub(super) fn bears_out(&self, answer: &Decision) -> bool {
        let Some(id) = answer.id.map(|id| u128::from_be_bytes(*id.as_bytes())) else {
            return false;
        };
        let is_stored = || match self.made.get(&id) {
            _ if self.ids.contains(&id) => true,
            Some(Nature::Purchase(bought)) => {
                let versions = bought.number.and_then(|number| self.numbers.get(&number));
                versions.is_some_and(|all| all.iter().any(|one| one.says(bought)))
            }
            _ => false,
        };
        match answer.outcome {
            Outcome::Accepted | Outcome::Updated => self.ids.contains(&id),
            Outcome::Duplicate => is_stored(),
            Outcome::Superseded => false,
            Outcome::Rejected(_) => !self.ids.contains(&id),
        }
    }

    fn expected(&self, id: u128, nature: &Nature) -> &'static str {
        let known = match nature {
            Nature::Bad => return "rejected",
            _ if self.ids.contains(&id) => return "duplicate",
            Nature::Purchase(bought) => {
                let versions = bought.number.and_then(|number| self.numbers.get(&number));
                versions.and_then(|all| all.last())
            }
            Nature::Interaction { .. } | Nature::Customer { .. } => None,
        };
        match (known, nature) {
            (None, _) => "accepted",
            (Some(known), Nature::Purchase(bought)) if known.says(bought) => "duplicate",
            (Some(_), Nature::Purchase(bought)) if bought.replaces => "updated",
            (Some(_), _) => "rejected",
        }
    }

    /// The last event of the log in a snapshot of this extent.
    pub(super) fn last_seq(&self, extent: Extent) -> i64 {
        self.logged[extent.stored]
    }

    /// Holds a snapshot against what was stored when it was taken; what differs.
    pub(super) fn compare(
        &self,
        tx: &ReadTx<'_>,
        extent: Extent,
        customer: u64,
    ) -> Result<std::result::Result<(), String>> {
        let Some(known) = tx.workspace(self.workspace.id)? else {
            return Ok(Err("the workspace is gone".into()));
        };
        let stored = &self.stored[..extent.stored];
        let mut local = LocalTime::new(extent.timezone);
        let (mut by_day, mut buyers) = (BTreeMap::new(), BTreeMap::new());
        let mut history = Vec::new();
        let latest = latest(stored);
        for (place, nature) in stored.iter().enumerate() {
            match nature {
                Nature::Purchase(bought) => {
                    if bought.number.is_some_and(|number| latest[&number] != place) {
                        continue;
                    }
                    if bought.customer == Some(customer) {
                        let price = i64::try_from(bought.price).unwrap();
                        history.push((bought.at, (!bought.is_cancelled).then_some(price)));
                    }
                    if bought.is_cancelled {
                        continue;
                    }
                    let day = local.day(bought.at);
                    let sums: &mut Sums = by_day.entry((day, bought.currency())).or_default();
                    add(sums, bought);
                    let of = buyers.entry(bought.currency()).or_insert_with(BTreeSet::new);
                    of.extend(bought.customer.filter(|_| !bought.is_refund));
                }
                Nature::Interaction { customer: of, at } if *of == customer => {
                    history.push((*at, None));
                }
                _ => {}
            }
        }
        let derived = tx.derived(&known)?;
        let differs = |what: &str, found: String, expected: String| {
            Ok(Err(format!("{what}: {found} instead of {expected}")))
        };
        if known.timezone != extent.timezone {
            return differs("zone", known.timezone.to_string(), extent.timezone.to_string());
        }
        let found = derived.by_day()?;
        if found != by_day {
            return differs("days", format!("{found:?}"), format!("{by_day:?}"));
        }
        for (currency, expected) in buyers {
            let (mut found, all) = (0, i32::MIN / 2..i32::MAX / 2);
            derived.buyers(BuyersOf::All, currency, all)?.for_each(|_| found += 1);
            if found != expected.len() {
                return differs("buyers", found.to_string(), expected.len().to_string());
            }
        }
        let customers: BTreeSet<u64> = stored.iter().filter_map(Nature::customer).collect();
        let found = tx.count_customers(known.id)?;
        if found != i64::try_from(customers.len()).unwrap() {
            return differs("customers", found.to_string(), customers.len().to_string());
        }
        let mut found = Vec::new();
        if let Some(number) = tx.customer_number(known.id, &format!("c{customer}"))? {
            let end = (Timestamp::from_millis(i64::MAX), 0);
            found.extend(derived.history(number, end, 100_000)?.iter().map(|entry| {
                let total = match entry.kind {
                    HistoryKind::Sale(_, total) | HistoryKind::Refund(_, total) => {
                        Some(total.ten_thousandths())
                    }
                    HistoryKind::Unpaid | HistoryKind::Interaction => None,
                };
                (entry.occurred_at, total)
            }));
        }
        found.sort_unstable();
        history.sort_unstable();
        if found != history {
            return differs("history", format!("{found:?}"), format!("{history:?}"));
        }
        Ok(Ok(()))
    }
}

/// Which version of a number counts.
fn latest(stored: &[Nature]) -> HashMap<u64, usize> {
    let mut latest = HashMap::new();
    for (place, nature) in stored.iter().enumerate() {
        if let Nature::Purchase(Bought { number: Some(number), .. }) = nature {
            latest.insert(*number, place);
        }
    }
    latest
}

/// Reports whose totals are those of all purchases, and whether they count those of customers alone.
const REPORTS: [(ReportName, bool); 6] = [
    (ReportName::Sales, false),
    (ReportName::Countries, false),
    (ReportName::Channels, false),
    (ReportName::Heatmap, false),
    (ReportName::Products, false),
    (ReportName::Customers, true),
];

impl Ledger {
    /// Holds the totals of reports against all that is stored; what differs.
    pub(super) fn compare_reports(
        &self,
        reports: &Reports,
        currency: Currency,
    ) -> std::result::Result<(), String> {
        let access = Access::of_collector(self.workspace.id);
        let (mut all, mut of_customers) = (Sums::default(), Sums::default());
        let mut buyers = BTreeSet::new();
        let latest = latest(&self.stored);
        for (place, nature) in self.stored.iter().enumerate() {
            let Nature::Purchase(bought) = nature else { continue };
            let is_corrected = bought.number.is_some_and(|number| latest[&number] != place);
            if bought.currency() != currency || is_corrected || bought.is_cancelled {
                continue;
            }
            add(&mut all, bought);
            if let Some(customer) = bought.customer {
                add(&mut of_customers, bought);
                buyers.extend((!bought.is_refund).then_some(customer));
            }
        }
        let day = |year, month| NaiveDate::from_ymd_opt(year, month, 1).map(WholeDay::from);
        for (name, is_of_customers) in REPORTS {
            let asked = question::Report {
                name,
                from: day(2023, 9),
                to: day(2024, 9),
                currency: Some(currency),
                ..question::Report::default()
            };
            let report = reports.run(&access, &asked).map_err(|error| error.to_string())?;
            let sums = if is_of_customers { &of_customers } else { &all };
            let money = |amount| Value::Money(Total::from_ten_thousandths(amount));
            for (column, found) in report.columns.iter().zip(&report.totals) {
                let expected = match &*column.name {
                    "gross" => money(sums.gross),
                    "refunds" => money(sums.refunds),
                    "net" => money(sums.net()),
                    "orders" if name != ReportName::Products => Value::Count(sums.orders),
                    "customers" if name == ReportName::Sales => count(buyers.len()),
                    _ => continue,
                };
                if *found != expected {
                    let column = &column.name;
                    return Err(format!("{name}, {column}: {found:?} instead of {expected:?}"));
                }
            }
        }
        Ok(())
    }
}

fn count(count: usize) -> Value {
    Value::Count(i64::try_from(count).unwrap())
}

fn add(sums: &mut Sums, bought: &Bought) {
    let price = i128::from(bought.price);
    if bought.is_refund {
        sums.refunds += price;
        sums.refund_orders += 1;
        sums.returned.whole += 1;
    } else {
        sums.gross += price;
        sums.orders += 1;
        sums.sold.whole += 1;
        sums.anonymous_orders += i64::from(bought.customer.is_none());
    }
}

fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "accepted",
        Outcome::Duplicate => "duplicate",
        Outcome::Updated => "updated",
        Outcome::Superseded => "superseded",
        Outcome::Rejected(_) => "rejected",
    }
}
