//! What customers are worth within a horizon, and which groups they fall into: everybody at once,
//! predicted together from what was fitted.

mod fitted;

use std::sync::Arc;

use crm_api::Total;
use crm_api::answer::{
    Band, CustomerValue, CustomerValues, Figure, Group, Missing, Parameter, Rfm, Segments,
    ValueModel,
};
use crm_api::question::{self, ValuesBy};
use crm_stats::Interval;
use crm_stats::segment::{self, RfmSegment, Stage};
use crm_stats::trend;
use crm_stats::value::{self, Fit, Horizon, Prediction};

use super::explanation;
use super::memory::{Memory, Weighs};
use super::work::{Computing, Work};
use crate::ask_error::AskError;
use crate::facts::{HistoryKind, List, LocalTime, Place, date_of_day};
use crate::store::{CustomerNumber, ReadTx, Workspace};
use crate::wording;
pub(super) use fitted::Fitted;
use fitted::Profile;

/// Coverage of the intervals, in percent.
const LEVELS: [u8; 2] = [80, 95];

/// Everybody who has bought, and what is expected of them.
pub(super) struct People {
    pub(super) fitted: Arc<Fitted>,
    prediction: Prediction,
    /// Places in the prediction, in order of expected value, the highest first.
    ranked: Vec<usize>,
    horizon_days: u32,
}

/// A page of a list of customers.
pub(super) struct Listed {
    /// Places in the prediction.
    shown: Vec<usize>,
    omitted: usize,
    next_after: Option<String>,
}

/// One customer.
#[derive(Clone, Copy)]
struct Person<'a> {
    value: &'a value::CustomerValue,
    profile: &'a Profile,
}

impl Weighs for People {
    fn bytes(&self) -> usize {
        let one = size_of::<value::CustomerValue>() + size_of::<usize>();
        self.prediction.customers.len() * one
    }
}

impl People {
    pub(super) fn make(
        work: &mut Work<'_>,
        horizon_days: u32,
        fitted: Arc<Fitted>,
    ) -> Result<Self, AskError> {
        work.progress().expect(1);
        work.compute(|computing| Self::of(fitted, horizon_days, computing))
    }

    fn of(fitted: Arc<Fitted>, horizon_days: u32, computing: &Computing<'_>) -> Self {
        let horizon = Horizon { threads: computing.threads, ..Horizon::days(horizon_days) };
        let prediction = fitted.fit.predict(&horizon);
        let has_bought = |place: &usize| matches!(fitted.profiles.get(*place), Some(Some(_)));
        let mut ranked: Vec<usize> = (0..prediction.customers.len()).filter(has_bought).collect();
        let value = |place: usize| prediction.customers[place].expected_value;
        // Equal ones by number, which is the order of their places.
        ranked.sort_by(|one, other| value(*other).total_cmp(&value(*one)));
        computing.progress.advance(1);
        Self { fitted, prediction, ranked, horizon_days }
    }

    /// What is expected of each customer.
    pub(super) fn prediction(&self) -> &Prediction {
        &self.prediction
    }

    fn person(&self, place: usize) -> Option<Person<'_>> {
        let value = self.prediction.customers.get(place)?;
        let profile = self.fitted.profiles.get(place)?.as_ref()?;
        Some(Person { value, profile })
    }

    /// All of them, the most valuable first.
    fn people(&self) -> impl Iterator<Item = Person<'_>> {
        self.ranked.iter().filter_map(|place| self.person(*place))
    }

    fn numbered(&self, customer: u32) -> Option<Person<'_>> {
        let customers = &self.prediction.customers;
        let place = customers.binary_search_by_key(&customer, |value| value.customer);
        self.person(place.ok()?)
    }

    /// An answer without customers.
    fn about(&self) -> CustomerValues {
        let Fitted { fit, currency, as_of, outside, .. } = &*self.fitted;
        CustomerValues {
            currency: *currency,
            as_of: date_of_day(*as_of),
            horizon_days: self.horizon_days,
            model: described(fit, &self.prediction, self.missing()),
            customers: Vec::new(),
            omitted: 0,
            next_after: None,
            outside: outside.clone(),
        }
    }

    /// What a better estimate would have needed.
    fn missing(&self) -> Vec<Missing> {
        match self.fitted.bought_behind {
            Some(day) if self.ranked.is_empty() => {
                let (bought_on, counted_from) = (date_of_day(day), date_of_day(day + 1));
                vec![Missing::FirstWholeDay { bought_on, counted_from }]
            }
            _ => explanation::missing_of_values(&self.prediction.missing),
        }
    }

    /// The stage that a customer is in, as its place among [`Stage::ALL`].
    pub(super) fn stage(&self, customer: u32) -> Option<usize> {
        let stage = self.numbered(customer)?.profile.stage;
        Stage::ALL.iter().position(|one| *one == stage)
    }

    /// When each of them bought.
    pub(super) fn buyers(&self) -> impl Iterator<Item = trend::Customer> {
        self.prediction.customers.iter().map(|customer| {
            let since = i32::try_from(customer.recency_days).unwrap_or(i32::MAX);
            trend::Customer {
                first_day: customer.first_day,
                last_day: customer.first_day.saturating_add(since),
                days: customer.frequency.saturating_add(1),
            }
        })
    }

    /// The page of the list that is asked for. Refused where it is more than there is memory for.
    pub(super) fn listed(
        &self,
        asked: &question::Values,
        memory: Memory,
    ) -> Result<Listed, AskError> {
        let place =
            asked.after.as_deref().map(|token| Place::parse(token, List::Values)).transpose()?;
        let skip = place.map_or(0, |place| usize::try_from(place.number).unwrap_or(usize::MAX));
        let (most, limit) = (memory.listed(), asked.limit);
        let places =
            self.sorted(asked.stage, asked.by, skip, if limit == 0 { usize::MAX } else { limit });
        let wanted = places.shown.len();
        if wanted <= most {
            return Ok(places);
        }
        let rule = format!(
            "{wanted} customers take more memory than there is; ask for at most {most}, or give the \
             collector more (store.memory_mib)"
        );
        Err(AskError::outside("limit", rule))
    }

    /// The places of those in a stage, by something, from `skip` on.
    fn sorted(
        &self,
        stage: Option<question::Stage>,
        by: ValuesBy,
        skip: usize,
        limit: usize,
    ) -> Listed {
        let is_in = |place: &usize| match (stage, self.person(*place)) {
            (Some(stage), Some(person)) => person.profile.stage.as_str() == stage.as_str(),
            (None, person) => person.is_some(),
            (Some(_), None) => false,
        };
        let mut places: Vec<_> = self.ranked.iter().copied().filter(is_in).enumerate().collect();
        let all = places.len();
        let end = skip.saturating_add(limit).min(all);
        if by != ValuesBy::Value {
            // Equal ones by their value, which is the order that they are in.
            let order = |one: &(usize, usize), other: &(usize, usize)| {
                self.key(by, other.1).total_cmp(&self.key(by, one.1)).then(one.0.cmp(&other.0))
            };
            // Only what is shown is put in order: there may be a million behind it.
            if end < all {
                places.select_nth_unstable_by(end, order);
                places.truncate(end);
            }
            places.sort_unstable_by(order);
        }
        let shown: Vec<_> =
            places.into_iter().take(end).skip(skip).map(|(_, place)| place).collect();
        let next = i64::try_from(end).ok().filter(|_| end < all);
        Listed {
            omitted: all - shown.len(),
            next_after: next.map(|end| Place::number(end).token(List::Values)),
            shown,
        }
    }

    /// What a list goes by: the largest first.
    #[expect(clippy::cast_precision_loss, reason = "an order needs no more digits")]
    fn key(&self, by: ValuesBy, place: usize) -> f64 {
        let Some(Person { value, profile, .. }) = self.person(place) else { return f64::MIN };
        match by {
            ValuesBy::Value => value.expected_value,
            ValuesBy::Spent => profile.standing.net as f64,
            ValuesBy::Purchases => value.frequency.into(),
            ValuesBy::Last => value.first_day.saturating_add_unsigned(value.recency_days).into(),
            ValuesBy::Next => value.next_purchase.map_or(f64::MIN, |day| -f64::from(day)),
            ValuesBy::Alive => value.p_alive,
        }
    }

    /// A page of customers.
    pub(super) fn values(
        &self,
        tx: &ReadTx<'_>,
        workspace: &Workspace,
        listed: &Listed,
    ) -> Result<CustomerValues, AskError> {
        let people = listed.shown.iter().filter_map(|place| self.person(*place));
        let customers =
            people.map(|person| person.shown(tx, workspace)).collect::<Result<_, _>>()?;
        let (omitted, next_after) = (listed.omitted, listed.next_after.clone());
        Ok(CustomerValues { customers, omitted, next_after, ..self.about() })
    }

    /// One customer; none who bought nothing on the days that count.
    pub(super) fn value(
        &self,
        tx: &ReadTx<'_>,
        workspace: &Workspace,
        number: CustomerNumber,
    ) -> Result<CustomerValues, AskError> {
        let person = self.numbered(number.0);
        let customers = person.map(|person| person.shown(tx, workspace)).transpose()?;
        let mut values = self.about();
        if customers.is_none() {
            values.model.missing_codes = vec![self.missing_of(tx, workspace, number)?];
            values.model.missing = wording::missing(&values.model.missing_codes);
        }
        values.customers = customers.into_iter().collect();
        Ok(values)
    }

    /// What a customer who has no value lacks.
    fn missing_of(
        &self,
        tx: &ReadTx<'_>,
        workspace: &Workspace,
        number: CustomerNumber,
    ) -> Result<Missing, AskError> {
        let Fitted { currency, as_of, .. } = *self.fitted;
        let mut local_time = LocalTime::new(workspace.timezone);
        let mut first: Option<i32> = None;
        tx.derived(workspace)?.each_entry_of(number, |entry| {
            if matches!(entry.kind, HistoryKind::Sale(of, _) if of == currency) {
                let day = local_time.day(entry.occurred_at);
                if day >= as_of {
                    first = Some(first.map_or(day, |first| first.min(day)));
                }
            }
        })?;
        Ok(match first {
            Some(day) => Missing::FirstWholeDayOfCustomer {
                bought_on: date_of_day(day),
                counted_from: date_of_day(day + 1),
            },
            None => Missing::FirstPurchaseOfCustomer { currency },
        })
    }

    /// The customers by stage, and by recency, frequency and money.
    pub(super) fn segments(&self) -> Segments {
        let people: Vec<Person<'_>> = self.people().collect();
        let group = |name: &str, about: &str, of: &dyn Fn(&Person<'_>) -> bool| {
            let members: Vec<_> = people.iter().filter(|person| of(person)).collect();
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let (count, all) = (members.len() as f64, people.len().max(1) as f64);
            let sum =
                |of: &dyn Fn(&Person<'_>) -> f64| members.iter().map(|one| of(one)).sum::<f64>();
            let spent: i128 = members.iter().map(|one| one.profile.standing.net).sum();
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
        let stages = Stage::ALL.iter().map(|stage| {
            group(stage.as_str(), wording::about_stage(*stage), &|one| one.profile.stage == *stage)
        });
        let are_ranked = people.len() >= segment::FEWEST_RANKED;
        let rfm = RfmSegment::ALL.iter().filter(|_| are_ranked).map(|segment| {
            group(segment.as_str(), wording::about_segment(*segment), &|one| {
                one.profile.rfm.is_some_and(|rfm| rfm.segment == *segment)
            })
        });
        let mut missing_codes = self.missing();
        if !are_ranked && !people.is_empty() {
            let more = segment::FEWEST_RANKED - people.len();
            missing_codes.push(Missing::CustomersForFifths { more });
        }
        Segments {
            currency: self.fitted.currency,
            as_of: date_of_day(self.fitted.as_of),
            horizon_days: self.horizon_days,
            customers: people.len(),
            stages: stages.collect(),
            rfm: rfm.collect(),
            missing: wording::missing(&missing_codes),
            missing_codes,
            outside: self.fitted.outside.clone(),
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

impl Person<'_> {
    fn shown(&self, tx: &ReadTx<'_>, workspace: &Workspace) -> Result<CustomerValue, AskError> {
        let Self { value, profile } = self;
        let name = tx.customer_name(workspace.id, CustomerNumber(value.customer))?;
        let band = |level: u8| {
            let Interval { lower, upper, .. } = value.value_interval(f64::from(level) / 100.0);
            Band { level, lower: Figure::estimate(lower), upper: Figure::estimate(upper) }
        };
        let last_day = value.first_day.saturating_add_unsigned(value.recency_days);
        Ok(CustomerValue {
            customer_id: name.customer_id,
            name: name.name,
            purchase_days: value.frequency + 1,
            first_purchase: Some(date_of_day(value.first_day)),
            last_purchase: Some(date_of_day(last_day)),
            spent: exact(profile.standing.net),
            p_alive: rounded(value.p_alive),
            expected_purchase_days: rounded(value.expected_purchases),
            expected_value: Figure::estimate(value.expected_value),
            bands: LEVELS.map(band).to_vec(),
            next_purchase: value.next_purchase.map(date_of_day),
            stage: profile.stage.as_str().to_owned(),
            rfm: profile.rfm.map(|rfm| Rfm {
                recency: rfm.recency,
                frequency: rfm.frequency,
                money: rfm.money,
                segment: rfm.segment.as_str().to_owned(),
            }),
        })
    }
}

/// How values were estimated.
fn described(fit: &Fit, prediction: &Prediction, missing_codes: Vec<Missing>) -> ValueModel {
    let processes = fit.processes();
    let why_code = explanation::of_values(prediction.method, processes.len());
    let mut parameters = Vec::new();
    if let Some(best) = processes.first() {
        let names = match best.process {
            value::Process::ParetoNbd => ["r", "alpha", "s", "beta"],
            _ => ["r", "alpha", "a", "b"],
        };
        let named = names.iter().zip(best.parameters);
        parameters.extend(named.map(|(name, value)| Parameter { name: (*name).into(), value }));
    }
    if let Some(spend) = fit.spend() {
        let named = [("spend_p", spend.p), ("spend_q", spend.q), ("spend_v", spend.v)];
        parameters.extend(named.map(|(name, value)| Parameter { name: name.into(), value }));
    }
    parameters.push(Parameter { name: "season".into(), value: prediction.season_factor });
    ValueModel {
        method: prediction.method.to_string(),
        why: wording::why(&why_code),
        why_code,
        parameters,
        given: prediction.customers.len(),
        missing: wording::missing(&missing_codes),
        missing_codes,
    }
}
