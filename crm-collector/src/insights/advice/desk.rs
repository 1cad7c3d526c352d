//! What was given, and what became of it: which candidates are told now, which an experiment holds back,
//! and what somebody decided.

use std::collections::HashMap;
use std::sync::Arc;

use crm_api::answer::{self, AdviceKind, AdviceState, Recommendations, Standing};
use crm_api::question::{self};
use crm_models::{Code, Invalid, Timestamp};
use crm_stats::advice::WINDOW_DAYS;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use super::Advised;
use super::told::{Namer, Piece, Said};
use crate::ask_error::AskError;
use crate::assistant::ranking::Ranked;
use crate::auth::Access;
use crate::auth::right::{Decide, Own};
use crate::facts::{LocalTime, date_of_day, day_of_date, units};
use crate::insights::{Insights, broken_off, selection};
use crate::store::{
    AdviceDecision, AdviceRow, AdviceRules, CustomerNumber, ReadTx, StoreError, Workspace,
    WorkspaceId,
};
use crate::wording;

/// Pieces of advice that are open at a time: nobody acts on more, and the experiment is about those that
/// somebody could.
const OPEN_AT_ONCE: usize = 100;
/// Customers are held back for a quarter of a year, whatever there is to say to them.
const EPISODE_DAYS: i32 = 91;
/// Characters of a reason.
const MOST_REASON: usize = 500;
/// Days for which something is put off at the most.
const LONGEST_SNOOZE_DAYS: i32 = 366;
/// Days for which something is put off where nobody says how long.
const SNOOZE_DAYS: i32 = 7;

/// What somebody decides about a piece of advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What: accepted, done, dismissed or snoozed.
    pub state: AdviceState,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Until when it is put off, if it is.
    pub until: Option<chrono::NaiveDate>,
}

impl Advised {
    /// What is to be noted as given now: open ones up to a hundred, with those held back among them.
    pub(in crate::insights) fn to_give(
        &self,
        tx: &ReadTx<'_>,
        workspace: &Workspace,
        rules: &AdviceRules,
        now: Timestamp,
    ) -> Result<Vec<AdviceRow>, AskError> {
        let names = Namer { tx, workspace, language: crm_api::Language::English };
        let (mut rows, mut open) = (Vec::new(), 0);
        for Ranked { candidate, .. } in &self.ranked {
            if open >= OPEN_AT_ONCE {
                break;
            }
            if let Some(row) = tx.advice(workspace.id, &candidate.id)? {
                open += usize::from(stands(&row, self.as_of) == AdviceState::Open);
                continue;
            }
            let said = names.said(candidate, self)?;
            let customer = candidate.about.customer();
            let is_held = customer.is_some_and(|customer| is_held(rules, customer, self.as_of));
            open += usize::from(!is_held);
            rows.push(AdviceRow {
                id: candidate.id.clone(),
                kind: candidate.kind.to_string(),
                customer: customer.map(CustomerNumber),
                made_at: now,
                as_of: self.as_of,
                by_day: candidate.by_day,
                currency: self.currency,
                at_stake: minor(candidate.at_stake),
                worth: minor(candidate.worth()),
                said: serde_json::to_string(&said).map_err(unreadable)?,
                is_held,
                state: AdviceState::Open.to_string(),
                decided: None,
            });
        }
        Ok(rows)
    }

    /// What is asked for, with names, in a language. As of a day of the past, or in another currency,
    /// nothing was given, and all of it is open.
    pub(in crate::insights) fn told(
        &self,
        tx: &ReadTx<'_>,
        workspace: &Workspace,
        asked: &question::Recommendations,
        (customer, is_now): (Option<CustomerNumber>, bool),
    ) -> Result<Recommendations, AskError> {
        let names = Namer { tx, workspace, language: asked.language };
        let limit = if asked.limit == 0 { usize::MAX } else { asked.limit };
        let is_asked = |kind: AdviceKind, of: Option<u32>| {
            asked.kind.is_none_or(|wanted| wanted == kind)
                && customer.is_none_or(|wanted| of == Some(wanted.0))
        };
        let mut rows: HashMap<String, AdviceRow> = HashMap::new();
        let mut standing = Standing::default();
        if is_now {
            tx.each_advice(workspace.id, |row| {
                match stands(&row, self.as_of) {
                    // Counted below: of those that were given, what it was about may be over.
                    AdviceState::Open => {}
                    AdviceState::Accepted => standing.accepted += 1,
                    AdviceState::Done => standing.done += 1,
                    AdviceState::Dismissed => standing.dismissed += 1,
                    AdviceState::Snoozed => standing.snoozed += 1,
                    AdviceState::Held => standing.held += 1,
                }
                rows.insert(row.id.clone(), row);
            })?;
        }
        let is_open = |one: &&Ranked| match rows.get(&one.candidate.id) {
            Some(row) => stands(row, self.as_of) == AdviceState::Open,
            None => !is_now,
        };
        standing.open = self.ranked.iter().filter(is_open).count();
        let mut all = Vec::new();
        if asked.state == AdviceState::Open {
            let open = self.ranked.iter().filter(is_open);
            all.extend(
                open.filter(|one| is_asked(one.candidate.kind, one.candidate.about.customer()))
                    .map(|one| (self.piece(one, rows.get(&one.candidate.id)), Err(one))),
            );
        } else {
            let mut others: Vec<AdviceRow> =
                rows.into_values().filter(|row| stands(row, self.as_of) == asked.state).collect();
            others.sort_by(|one, other| {
                let at = |row: &AdviceRow| row.decided.as_ref().map(|decided| decided.at);
                at(other)
                    .cmp(&at(one))
                    .then(other.worth.cmp(&one.worth))
                    .then(one.id.cmp(&other.id))
            });
            for row in others {
                let piece = of_row(&row, asked.state)?;
                if is_asked(piece.kind, piece.customer) {
                    all.push((piece, Ok(row.said)));
                }
            }
        }
        let omitted = all.len().saturating_sub(limit);
        let shown = all.into_iter().take(limit).map(|(piece, said)| {
            let said: Said = match said {
                Ok(kept) => serde_json::from_str(&kept).map_err(unreadable)?,
                Err(one) => names.said(&one.candidate, self)?,
            };
            names.told(piece, said)
        });
        Ok(Recommendations {
            currency: self.currency,
            as_of: date_of_day(self.as_of),
            window_days: WINDOW_DAYS,
            language: asked.language,
            recommendations: shown.collect::<Result<_, AskError>>()?,
            omitted,
            standing,
            missing: wording::missing(&self.missing),
            missing_codes: self.missing.clone(),
            outside: self.outside.clone(),
        })
    }

    fn piece(&self, one: &Ranked, row: Option<&AdviceRow>) -> Piece {
        let candidate = &one.candidate;
        Piece {
            id: candidate.id.clone(),
            kind: candidate.kind,
            customer: candidate.about.customer(),
            as_of: self.as_of,
            by_day: candidate.by_day,
            at_stake: candidate.at_stake,
            currency: self.currency,
            also: one.also.clone(),
            state: AdviceState::Open,
            decision: row.and_then(decision_of),
        }
    }
}

impl Insights {
    /// Notes what is recommended now, so that it can be decided about.
    pub(in crate::insights) async fn give(
        &self,
        workspace: WorkspaceId,
        advised: Arc<Advised>,
    ) -> Result<(), AskError> {
        let (store, now) = (self.0.store.clone(), self.0.clock.now());
        let give = move || {
            let read = |rules: &AdviceRules| {
                store.read_at_length(|tx| {
                    advised.to_give(tx, &selection::known(tx, workspace)?, rules, now)
                })
            };
            let rules = store.read::<_, StoreError>(|tx| tx.advice_rules(workspace))?;
            let rules = match rules {
                Some(rules) => rules,
                None => {
                    store.write::<_, StoreError>(|tx| tx.known_advice_rules(workspace, new_key))?
                }
            };
            let rows = read(&rules)?;
            if !rows.is_empty() {
                store.write::<_, StoreError>(|tx| tx.give_advice(workspace, &rows))?;
            }
            Ok::<_, AskError>(())
        };
        self.0.reading.run(give).await.map_err(broken_off)?
    }

    /// Decides about a piece of advice.
    ///
    /// # Errors
    /// There is no such advice, or the reason or the day cannot be.
    pub async fn decide(
        &self,
        access: &Access<Decide>,
        id: &str,
        decision: Decision,
    ) -> Result<answer::Decision, AskError> {
        let Decision { state, reason, until } = decision;
        let reason = reason.map(|reason| reason.trim().to_owned()).filter(|one| !one.is_empty());
        if let Some(long) = reason.as_ref().filter(|one| one.chars().count() > MOST_REASON) {
            let given = long.chars().count();
            let rule = format!("has at most {MOST_REASON} characters, {given} given");
            return Err(Invalid::new(Code::InvalidField, "reason", rule).into());
        }
        if until.is_some() && state != AdviceState::Snoozed {
            let rule = "is told where advice is put off; leave it out";
            return Err(Invalid::new(Code::InvalidField, "until", rule.into()).into());
        }
        let (store, now) = (self.0.store.clone(), self.0.clock.now());
        let (workspace, by, id) = (access.workspace(), access.actor().to_string(), id.to_owned());
        let decide = move || {
            store.write(|tx| {
                let known = selection::known(tx, workspace)?;
                let today = LocalTime::new(known.timezone).day(now);
                let until_day = match state {
                    AdviceState::Snoozed => Some(snoozed(until, today)?),
                    _ => None,
                };
                let decided = AdviceDecision { at: now, by, reason, until_day };
                let row = tx.decide_advice(workspace, &id, state.as_str(), decided)?;
                let unknown = || AskError::NotFound(format!("recommendation \"{id}\""));
                let row = row.ok_or_else(unknown)?;
                decision_of(&row).ok_or_else(unknown)
            })
        };
        self.0.reading.run(decide).await.map_err(broken_off)?
    }
}

impl Insights {
    /// Changes how many customers of a hundred are held back from now on.
    pub async fn hold_out(&self, access: &Access<Own>, percent: u8) -> Result<(), AskError> {
        let (store, now) = (self.0.store.clone(), self.0.clock.now());
        let (workspace, by) = (access.workspace(), access.actor().to_string());
        let set = move || {
            store.write::<_, StoreError>(|tx| {
                tx.known_advice_rules(workspace, new_key)?;
                tx.set_hold_percent(workspace, percent, (&by, now))
            })
        };
        Ok(self.0.reading.run(set).await.map_err(broken_off)??)
    }
}

/// The day until which something is put off.
fn snoozed(until: Option<chrono::NaiveDate>, today: i32) -> Result<i32, AskError> {
    let day = until.map_or(today + SNOOZE_DAYS, day_of_date);
    let last = today + LONGEST_SNOOZE_DAYS;
    if (today + 1..=last).contains(&day) {
        return Ok(day);
    }
    let (tomorrow, last, given) = (date_of_day(today + 1), date_of_day(last), date_of_day(day));
    let rule = format!("lies between {tomorrow} and {last}, {given} given");
    Err(Invalid::new(Code::OutOfRange, "until", rule).into())
}

/// Whether an experiment holds a customer back: by a keyed hash of who it is and of the quarter, so that
/// all that is said to one of them in a quarter is said or held, and nobody can tell whom it will be.
fn is_held(rules: &AdviceRules, customer: u32, as_of: i32) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &rules.hold_key);
    let of = format!("{customer}|{}", as_of.div_euclid(EPISODE_DAYS));
    let tag = hmac::sign(&key, of.as_bytes());
    let drawn = tag.as_ref().iter().take(4).fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    drawn % 100 < u32::from(rules.hold_percent)
}

/// The system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random bytes")]
struct NoRandom(ring::error::Unspecified);

fn new_key() -> Result<[u8; 32], StoreError> {
    let mut key = [0; 32];
    let filled = SystemRandom::new().fill(&mut key);
    filled.map_err(|error| StoreError::Internal(Arc::new(NoRandom(error))))?;
    Ok(key)
}

/// How it stands on a day.
fn stands(row: &AdviceRow, today: i32) -> AdviceState {
    let state = row.state.parse().unwrap_or(AdviceState::Open);
    let until = row.decided.as_ref().and_then(|decided| decided.until_day);
    match state {
        AdviceState::Open if row.is_held => AdviceState::Held,
        AdviceState::Snoozed if until.is_none_or(|until| until <= today) => AdviceState::Open,
        other => other,
    }
}

fn of_row(row: &AdviceRow, state: AdviceState) -> Result<Piece, AskError> {
    Ok(Piece {
        id: row.id.clone(),
        kind: row.kind.parse().map_err(unreadable)?,
        customer: row.customer.map(|number| number.0),
        as_of: row.as_of,
        by_day: row.by_day,
        at_stake: units(row.at_stake),
        currency: row.currency,
        also: Vec::new(),
        state,
        decision: decision_of(row),
    })
}

fn decision_of(row: &AdviceRow) -> Option<answer::Decision> {
    let AdviceDecision { at, by, reason, until_day } = row.decided.clone()?;
    Some(answer::Decision { at, by, reason, until: until_day.map(date_of_day) })
}

/// To 1/10,000, bounded by what fits.
#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
fn minor(units: f64) -> i64 {
    (units * 1e4).round() as i64
}

fn unreadable(error: impl std::fmt::Display) -> AskError {
    tracing::error!(%error, "a piece of advice cannot be read");
    StoreError::Damaged("a piece of advice cannot be read".into()).into()
}
