//! What customers are worth and which groups they fall into: everybody at once, computed together
//! and kept by number.

use std::collections::BTreeMap;

use crm_models::Total;
use crm_models::insight::{
    Band, CustomerValue, CustomerValues, Figure, Group, Parameter, Rfm, Segments, ValueModel,
};
use crm_stats::segment::{self, RfmSegment, Stage, Standing};
use crm_stats::value::{self, Options, Span};

use super::InsightError;
use super::frame::Selection;
use super::memory::{Memory, Weighs};
use super::query::Scope;
use super::work::{Computing, On, Work};
use crate::facts::{HistoryKind, LocalTime, date_of_day, units};
use crate::store::{CustomerNumber, ReadTx, Workspace};

/// Days ahead where nobody says how many.
pub const DEFAULT_HORIZON_DAYS: u32 = 182;
/// Days ahead at the most.
const LONGEST_HORIZON_DAYS: u32 = 1_826;

/// How customers' values are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValueQuery {
    /// Which purchases count.
    pub scope: Scope,
    /// Days ahead.
    pub horizon_days: u32,
}

impl Default for ValueQuery {
    fn default() -> Self {
        Self { scope: Scope::default(), horizon_days: DEFAULT_HORIZON_DAYS }
    }
}

impl ValueQuery {
    pub(super) fn check(&self) -> Result<(), InsightError> {
        if (1..=LONGEST_HORIZON_DAYS).contains(&self.horizon_days) {
            return Ok(());
        }
        let given = self.horizon_days;
        let rule = format!("lies between 1 and {LONGEST_HORIZON_DAYS}, {given} given");
        Err(InsightError::outside("horizon_days", rule))
    }
}

/// Everybody who has bought, as far as the statistics know them.
pub(super) struct People {
    /// In order of expected value, the highest first.
    people: Vec<Person>,
    /// Places in `people`, by number.
    places: BTreeMap<u32, usize>,
    frame: CustomerValues,
    customers: usize,
    missing: Option<String>,
}

/// One customer.
struct Person {
    number: u32,
    value: value::CustomerValue,
    spent: i128,
    rfm: segment::Rfm,
    stage: Stage,
}

impl Weighs for People {
    fn bytes(&self) -> usize {
        self.people.len() * (size_of::<Person>() + 2 * size_of::<(u32, usize)>())
    }
}

/// What a customer did so far.
#[derive(Clone, Copy, Default)]
struct Standings {
    orders: u32,
    last_sale: Option<i64>,
    net: i128,
}

/// What customers bought, as it was read.
struct Bought {
    purchases: Vec<value::Purchase>,
    standings: Vec<Standings>,
    selection: Selection,
}

impl Bought {
    fn read(work: &mut Work<'_>) -> Result<Self, InsightError> {
        let (selection, histories) = work.read(|On { frame, .. }| {
            Ok((frame.selection.clone(), frame.derived.buyer_histories(frame.days.clone())))
        })?;
        let mut local_time = LocalTime::new(selection.workspace.timezone);
        let mut purchases = Vec::new();
        let mut standings: Vec<Standings> = Vec::new();
        work.each_buyer_history(histories, |entries| {
            for entry in entries {
                let (currency, minor) = match entry.kind {
                    HistoryKind::Sale(currency, amount) => (currency, amount.ten_thousandths()),
                    HistoryKind::Refund(currency, amount) => (currency, -amount.ten_thousandths()),
                    HistoryKind::Interaction => continue,
                };
                if currency != selection.currency {
                    continue;
                }
                let index = entry.customer as usize;
                if index >= standings.len() {
                    standings.resize(index + 1, Standings::default());
                }
                let standing = &mut standings[index];
                standing.net += i128::from(minor);
                if matches!(entry.kind, HistoryKind::Sale(..)) {
                    standing.orders += 1;
                    let time = entry.occurred_at.millis();
                    standing.last_sale =
                        Some(standing.last_sale.map_or(time, |last| last.max(time)));
                }
                purchases.push(value::Purchase {
                    customer: entry.customer,
                    day: local_time.day(entry.occurred_at),
                    amount: units(minor),
                    units: 0.0,
                });
            }
        })?;
        Ok(Self { purchases, standings, selection })
    }
}

impl People {
    pub(super) fn make(work: &mut Work<'_>, query: ValueQuery) -> Result<Self, InsightError> {
        // Read, fitted, grouped.
        work.progress().expect(3);
        let bought = Bought::read(work)?;
        work.progress().advance(1);
        work.compute(|computing| Self::of(&bought, query, computing))
    }

    fn of(bought: &Bought, query: ValueQuery, computing: &Computing<'_>) -> Self {
        let Bought { purchases, standings, selection: frame } = bought;
        let progress = computing.progress;
        let options = Options { threads: computing.threads, ..Options::default() };
        // The day before the first one that does not count is the last that is known.
        let model = value::analyse(purchases, frame.days.end - 1, query.horizon_days, &options);
        progress.advance(1);
        let known: Vec<_> = model
            .customers
            .iter()
            .filter_map(|customer| {
                let standing = *standings.get(customer.customer as usize)?;
                standing.last_sale.map(|last| (customer, standing, last))
            })
            .collect();
        let ranks: Vec<_> = known
            .iter()
            .map(|(_, standing, last)| Standing {
                last: *last,
                orders: standing.orders,
                net: standing.net,
            })
            .collect();
        let orders: Vec<_> = ranks.iter().map(|rank| rank.orders).collect();
        let loyal_from = segment::loyal_from(&orders);
        let mut people: Vec<_> = known
            .iter()
            .zip(segment::rfm(&ranks))
            .map(|((customer, standing, _), rfm)| Person {
                number: customer.customer,
                value: **customer,
                spent: standing.net,
                rfm,
                stage: segment::stage(standing.orders, customer.p_alive, loyal_from),
            })
            .collect();
        people.sort_by(|one, other| {
            let by_value = other.value.expected_value.total_cmp(&one.value.expected_value);
            by_value.then(one.number.cmp(&other.number))
        });
        let places = people.iter().enumerate().map(|(place, one)| (one.number, place)).collect();
        progress.advance(1);
        Self {
            customers: people.len(),
            people,
            places,
            missing: model.missing.clone(),
            frame: CustomerValues {
                currency: frame.currency,
                as_of: date_of_day(frame.days.end),
                horizon_days: query.horizon_days,
                model: described(&model),
                customers: Vec::new(),
                omitted: 0,
                outside: frame.outside.clone(),
            },
        }
    }

    /// The stage that a customer is in, as its place among [`Stage::ALL`].
    pub(super) fn stage(&self, customer: u32) -> Option<usize> {
        let person = self.people.get(*self.places.get(&customer)?)?;
        Stage::ALL.iter().position(|stage| *stage == person.stage)
    }

    /// How many are listed where `limit` are asked for, 0 for all. Refused where that is more than
    /// there is memory for.
    pub(super) fn listed(&self, limit: usize, memory: Memory) -> Result<usize, InsightError> {
        let most = memory.listed();
        let wanted = if limit == 0 { self.people.len() } else { limit.min(self.people.len()) };
        if wanted <= most {
            return Ok(wanted);
        }
        let rule = format!(
            "{wanted} customers take more memory than there is; ask for at most {most}, or give the \
             collector more (store.memory_mib)"
        );
        Err(InsightError::outside("limit", rule))
    }

    /// So many of the most valuable customers.
    pub(super) fn values(
        &self,
        tx: &ReadTx<'_>,
        workspace: &Workspace,
        limit: usize,
    ) -> Result<CustomerValues, InsightError> {
        let customers: Vec<_> = self
            .people
            .iter()
            .take(limit)
            .map(|person| person.shown(tx, workspace))
            .collect::<Result<_, _>>()?;
        let omitted = self.people.len() - customers.len();
        Ok(CustomerValues { customers, omitted, ..self.frame.clone() })
    }

    /// One customer; none who never bought anything.
    pub(super) fn value(
        &self,
        tx: &ReadTx<'_>,
        workspace: &Workspace,
        number: CustomerNumber,
    ) -> Result<CustomerValues, InsightError> {
        let person = self.places.get(&number.0).and_then(|place| self.people.get(*place));
        let customers = person.map(|person| person.shown(tx, workspace)).transpose()?;
        let mut values = self.frame.clone();
        if customers.is_none() {
            values.model.missing = Some("a first purchase".to_owned());
        }
        values.customers = customers.into_iter().collect();
        Ok(values)
    }

    /// The customers by stage, and by recency, frequency and money.
    pub(super) fn segments(&self) -> Segments {
        let group = |name: &str, about: &str, of: &dyn Fn(&Person) -> bool| {
            let members: Vec<_> = self.people.iter().filter(|person| of(person)).collect();
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let (count, all) = (members.len() as f64, self.customers.max(1) as f64);
            let sum = |of: &dyn Fn(&Person) -> f64| members.iter().map(|one| of(one)).sum::<f64>();
            let spent: i128 = members.iter().map(|one| one.spent).sum();
            Group {
                segment: name.to_owned(),
                about: about.to_owned(),
                customers: members.len(),
                share: rounded(count / all),
                spent: exact(spent),
                expected_value: Figure::estimate(sum(&|one| one.value.expected_value)),
                p_alive: if members.is_empty() {
                    0.0
                } else {
                    rounded(sum(&|one| one.value.p_alive) / count)
                },
            }
        };
        let stages = Stage::ALL
            .iter()
            .map(|stage| group(stage.as_str(), about_stage(*stage), &|one| one.stage == *stage));
        let rfm = RfmSegment::ALL.iter().map(|segment| {
            group(segment.as_str(), about_segment(*segment), &|one| one.rfm.segment == *segment)
        });
        Segments {
            currency: self.frame.currency,
            as_of: self.frame.as_of,
            horizon_days: self.frame.horizon_days,
            customers: self.customers,
            stages: stages.collect(),
            rfm: rfm.collect(),
            missing: self.missing.clone(),
            outside: self.frame.outside.clone(),
        }
    }
}

/// To the 1/10,000 that each form of an answer has.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// What was spent is never taken from a float.
fn exact(minor: i128) -> Figure {
    Figure::Money(Total::from_ten_thousandths(minor))
}

impl Person {
    fn shown(&self, tx: &ReadTx<'_>, workspace: &Workspace) -> Result<CustomerValue, InsightError> {
        let name = tx.customer_name(workspace.id, CustomerNumber(self.number))?;
        let band = |level, span: Span| Band {
            level,
            lower: Figure::estimate(span.lower),
            upper: Figure::estimate(span.upper),
        };
        let value = &self.value;
        let last_day = value.first_day.saturating_add_unsigned(value.recency_days);
        Ok(CustomerValue {
            customer_id: name.customer_id,
            name: name.name,
            purchases: value.frequency + 1,
            first_purchase: Some(date_of_day(value.first_day)),
            last_purchase: Some(date_of_day(last_day)),
            spent: exact(self.spent),
            p_alive: rounded(value.p_alive),
            expected_purchases: rounded(value.expected_purchases),
            expected_value: Figure::estimate(value.expected_value),
            bands: vec![band(80, value.value_80), band(95, value.value_95)],
            next_purchase: value.next_purchase.map(date_of_day),
            stage: self.stage.as_str().to_owned(),
            rfm: Some(Rfm {
                recency: self.rfm.recency,
                frequency: self.rfm.frequency,
                money: self.rfm.money,
                segment: self.rfm.segment.as_str().to_owned(),
            }),
        })
    }
}

/// The fitted model in words and numbers.
fn described(model: &value::ValueModel) -> ValueModel {
    let best = model.fitted.first();
    let why = match (best, model.method) {
        (Some(best), value::Method::Averaged(_)) => format!(
            "of {} models of buying and leaving, {} makes these histories likeliest; it is averaged \
             with a regression that was trained on an earlier part of them",
            model.fitted.len(),
            best.process
        ),
        (Some(best), _) => format!(
            "of {} models of buying and leaving, {} makes these histories likeliest",
            model.fitted.len(),
            best.process
        ),
        (None, _) => "there is too little for a model of buying and leaving".to_owned(),
    };
    let mut parameters = Vec::new();
    if let Some(best) = best {
        let names = match best.process {
            value::Process::ParetoNbd => ["r", "alpha", "s", "beta"],
            _ => ["r", "alpha", "a", "b"],
        };
        let named = names.iter().zip(best.parameters);
        parameters.extend(named.map(|(name, value)| Parameter { name: (*name).into(), value }));
    }
    if let Some(spend) = model.spend {
        let named = [("spend_p", spend.p), ("spend_q", spend.q), ("spend_v", spend.v)];
        parameters.extend(named.map(|(name, value)| Parameter { name: name.into(), value }));
    }
    parameters.push(Parameter { name: "season".into(), value: model.season_factor });
    ValueModel {
        method: model.method.to_string(),
        why,
        parameters,
        given: model.customers.len(),
        missing: model.missing.clone(),
    }
}

fn about_stage(stage: Stage) -> &'static str {
    match stage {
        Stage::New => "bought once, and likely a customer still",
        Stage::Active => "came back, and likely a customer still",
        Stage::Loyal => "among those who buy most often, and likely a customer still",
        Stage::Slipping => "as likely gone as not",
        Stage::Lost => "most likely gone",
    }
}

fn about_segment(segment: RfmSegment) -> &'static str {
    match segment {
        RfmSegment::Champions => "bought just now, often and much",
        RfmSegment::Loyal => "buy often, and lately",
        RfmSegment::PotentialLoyalists => "bought lately, more than once or much",
        RfmSegment::New => "bought just now for the first time",
        RfmSegment::Promising => "bought lately for the first time",
        RfmSegment::NeedAttention => "middling in everything",
        RfmSegment::AboutToSleep => "bought some time ago, seldom or little",
        RfmSegment::AtRisk => "bought often or much, but long ago",
        RfmSegment::CannotLoseThem => "bought most of all, but long ago",
        RfmSegment::Hibernating => "bought long ago, seldom and little",
        RfmSegment::Lost => "bought longest ago, once and little",
    }
}
