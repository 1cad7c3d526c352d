//! What recommendations brought: the customers who were told of beside those held back.

use std::sync::Arc;

use crm_api::answer::{AdviceKind, AdviceResult, AdviceResults, Band, Figure};
use crm_api::question::{self};
use crm_stats::advice::{Drawn, WINDOW_DAYS, effect};

use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::facts::{HistoryKind, LocalTime, date_of_day, units};
use crate::insights::selection::Selected;
use crate::insights::{Insights, Moment};
use crate::store::{AdviceRow, ReadTx, Workspace};

/// Customers that are looked at, those who were told of last.
const MOST: usize = 20_000;

impl Insights {
    /// What recommendations brought.
    pub async fn advice_results(
        &self,
        access: &Access<Read>,
        asked: &question::AdviceResults,
    ) -> Result<Arc<AdviceResults>, AskError> {
        let workspace = access.workspace();
        let at = self.moment(workspace, asked.counting()).await?;
        self.read_names(workspace, move |tx, known| of(tx, known, at)).await.map(Arc::new)
    }
}

fn of(tx: &ReadTx<'_>, workspace: &Workspace, at: Moment) -> Result<AdviceResults, AskError> {
    let currency = at.basis.currency.unwrap_or(workspace.currency);
    // What is known ends with the last purchase of a shop that sells no more.
    let today = Selected::new(tx, workspace.clone(), at.basis, at.now)?.days.end;
    let mut rows: Vec<AdviceRow> = Vec::new();
    tx.each_advice(workspace.id, |row| {
        if row.customer.is_some() && row.currency == currency && row.as_of <= today {
            rows.push(row);
        }
    })?;
    rows.sort_by(|one, other| other.as_of.cmp(&one.as_of).then(one.id.cmp(&other.id)));
    rows.truncate(MOST);
    let window = i32::try_from(WINDOW_DAYS).unwrap_or(i32::MAX);
    let (over, waiting): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.as_of + window <= today);
    let mut drawn: Vec<(AdviceKind, Drawn)> = Vec::new();
    let mut local_time = LocalTime::new(workspace.timezone);
    let derived = tx.derived(workspace)?;
    for row in &over {
        let (Some(customer), Ok(kind)) = (row.customer, row.kind.parse::<AdviceKind>()) else {
            continue;
        };
        let days = row.as_of..row.as_of + window;
        let mut brought = 0.0;
        derived.each_entry_of(customer, |entry| {
            let minor = match entry.kind {
                HistoryKind::Sale(of, amount) if of == currency => amount.ten_thousandths(),
                HistoryKind::Refund(of, amount) if of == currency => -amount.ten_thousandths(),
                _ => return,
            };
            if days.contains(&local_time.day(entry.occurred_at)) {
                brought += units(minor);
            }
        })?;
        let expected = units(row.worth);
        drawn.push((kind, Drawn { is_held: row.is_held, expected, brought }));
    }
    let mut results = Vec::new();
    if !drawn.is_empty() {
        results.push(result(None, drawn.iter().map(|(_, one)| *one)));
    }
    for kind in AdviceKind::ALL {
        let mut of_kind = drawn.iter().filter(|(of, _)| of == kind).map(|(_, one)| *one).peekable();
        if of_kind.peek().is_some() {
            results.push(result(Some(*kind), of_kind));
        }
    }
    let rules = tx.advice_rules(workspace.id)?;
    Ok(AdviceResults {
        currency,
        as_of: date_of_day(today),
        window_days: WINDOW_DAYS,
        hold_percent: rules.map_or(crate::store::HOLD_PERCENT, |rules| rules.hold_percent),
        waiting: waiting.len(),
        results,
    })
}

fn result(kind: Option<AdviceKind>, drawn: impl Iterator<Item = Drawn>) -> AdviceResult {
    let drawn: Vec<Drawn> = drawn.collect();
    let found = effect(&drawn);
    let verdict = match found.interval {
        None => "too_few",
        Some(interval) if interval.lower > 0.0 => "works",
        Some(interval) if interval.upper < 0.0 => "harms",
        Some(_) => "cannot_tell",
    };
    AdviceResult {
        kind,
        acted: found.acted,
        held: found.held,
        acted_mean: Figure::estimate(found.means[0]),
        held_mean: Figure::estimate(found.means[1]),
        more: found.more.map(Figure::estimate),
        band: found.interval.map(|interval| Band {
            level: 95,
            lower: Figure::estimate(interval.lower),
            upper: Figure::estimate(interval.upper),
        }),
        verdict: verdict.to_owned(),
        needed: found.needed,
    }
}
