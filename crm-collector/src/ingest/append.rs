//! Appends events within a transaction, and keeps what is rejected.

use crm_models::{Event, Invalid, Timestamp};

use super::parse::Parsed;
use super::{Decision, IngestError, Outcome};
use crate::auth::Access;
use crate::auth::right::Ingest;
use crate::metrics;
use crate::store::{
    Appender, ImportRow as Import, KeyId, NewRejected, Result, SentText, Store, StoreError,
    Workspace, WriteTx,
};

/// Appends events that come from no request, such as an import, in one transaction. Each has to
/// have an id and a time. What is rejected here is reported, not kept: its source is at hand.
pub fn append(
    store: &Store,
    access: &Access<Ingest>,
    events: Vec<Event>,
    now: Timestamp,
) -> Result<Vec<Outcome>> {
    store.write(|tx| {
        let workspace = tx.known_workspace(access.workspace())?;
        let actor = access.actor().to_string();
        let mut appender = Appender::new(tx, &workspace, now)?.by(&actor);
        let append = |event: Event| match tidy(event, now) {
            Ok(event) => appender.append(&event),
            Err(invalid) => Ok(Outcome::Rejected(invalid)),
        };
        events.into_iter().map(append).collect::<Result<_>>()
    })
}

/// The same with events of a file, of which is noted by which import they came. Which that is stands in
/// `import` once this returns; one that brought nothing is none.
///
/// # Errors
/// They could not be stored, or somebody has taken the import back while it ran
/// ([`IngestError::TakenBack`]): then what comes of it later is not stored either.
pub fn append_import(
    store: &Store,
    access: &Access<Ingest>,
    events: Vec<Event>,
    import: &mut Import,
) -> std::result::Result<Vec<Outcome>, IngestError> {
    let now = import.began_at;
    let (outcomes, noted) = store.write(|tx| {
        let workspace = tx.known_workspace(access.workspace())?;
        if tx.is_taken_back(workspace.id, import)? {
            return Err(IngestError::TakenBack);
        }
        let actor = access.actor().to_string();
        let mut appender = Appender::new(tx, &workspace, now)?.by(&actor);
        let before = appender.last_seq();
        let append = |event: Event| match tidy(event, now) {
            Ok(event) => appender.append(&event),
            Err(invalid) => Ok(Outcome::Rejected(invalid)),
        };
        let outcomes: Vec<_> = events.into_iter().map(append).collect::<Result<_>>()?;
        let places = (before, appender.last_seq());
        let noted = match places.1 > before {
            true => tx.note_import(
                workspace.id,
                &Import { actor: actor.clone(), ..import.clone() },
                places,
            )?,
            false => import.clone(),
        };
        Ok((outcomes, noted))
    })?;
    *import = noted;
    Ok(outcomes)
}

/// An event with what is almost right taken as what it means, if it is valid then.
fn tidy(mut event: Event, now: Timestamp) -> std::result::Result<Event, Invalid> {
    event.tidy(|_| {});
    event.validate(now)?;
    Ok(event)
}

/// What [`append`] would answer if nothing were stored yet.
pub fn judge(events: Vec<Event>, now: Timestamp) -> Vec<Outcome> {
    let judge = |event: Event| match tidy(event, now) {
        Ok(_) => Outcome::Accepted,
        Err(invalid) => Outcome::Rejected(invalid),
    };
    events.into_iter().map(judge).collect()
}

/// What [`append`] would answer, as far as can be told without writing.
pub fn foresee(
    store: &Store,
    access: &Access<Ingest>,
    events: Vec<Event>,
    now: Timestamp,
) -> Result<Vec<Outcome>> {
    store.read(|tx| {
        let workspace = tx.known_workspace(access.workspace())?;
        let foresee = |event: Event| match tidy(event, now).map(|event| event.id()) {
            Err(invalid) => Ok(Outcome::Rejected(invalid)),
            Ok(Some(id)) if tx.knows_event(&workspace, id)? => Ok(Outcome::Duplicate),
            Ok(_) => Ok(Outcome::Accepted),
        };
        events.into_iter().map(foresee).collect()
    })
}

/// Appends an event of a request, or puts it into quarantine where it is rejected.
pub(super) fn append_parsed(
    tx: &WriteTx<'_>,
    appender: &mut Appender<'_>,
    workspace: &Workspace,
    key: Option<KeyId>,
    Parsed { id, event, warnings }: &Parsed,
    quarantine_bytes: i64,
    now: Timestamp,
) -> Result<Decision> {
    let keep = |reason: &Invalid, event: &SentText| -> Result<()> {
        let rejected = NewRejected { key, reason, event };
        let dropped = tx.keep_rejected(workspace.id, &rejected, quarantine_bytes, now)?;
        metrics::quarantine_dropped(dropped);
        Ok(())
    };
    let outcome = match event {
        Ok(event) => {
            let outcome = appender.append(event)?;
            if let Outcome::Rejected(reason) = &outcome {
                let text = serde_json::to_string(event).map_err(|error| {
                    StoreError::Damaged(format!("an event cannot be written: {error}"))
                })?;
                keep(reason, &SentText::new(&text))?;
            }
            outcome
        }
        Err((reason, text)) => {
            keep(reason, text)?;
            Outcome::Rejected(reason.clone())
        }
    };
    let mut warnings = warnings.clone();
    warnings.append(&mut appender.take_warnings());
    Ok(Decision { id: *id, outcome, warnings })
}
