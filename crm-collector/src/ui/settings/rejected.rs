//! What was rejected: why, as it was sent, and tried again.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::{Place, Tab};
use crate::auth::right::Replay;
use crate::facts;
use crate::http::{ApiError, ApiResult, Path, Query, Services};
use crate::ingest::{IngestError, Rejected};
use crate::locale::Marked;
use crate::ui::customer::cut;
use crate::ui::form::{Submitted, see};
use crate::ui::visitor::Visitor;
use crate::ui::{link, page};

/// Events a page.
const SHOWN: usize = 20;
/// What is shown of one, in characters; the API has all that is kept.
const SENT_CHARACTERS: usize = 4_000;

pub(super) fn routes() -> Router<Services> {
    Router::new()
        .route("/settings/rejected", get(show))
        .route("/settings/rejected/replay", post(replay_all))
        .route("/settings/rejected/{id}/replay", post(replay_one))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    after: Option<String>,
    /// What became of those that were tried again.
    stored: Option<u64>,
    rejected: Option<u64>,
}

struct Row {
    id: i64,
    time: Marked,
    code: &'static str,
    field: String,
    message: String,
    sent: String,
}

#[derive(Template)]
#[template(path = "settings_rejected.html")]
struct Shown {
    s: Place,
    say: String,
    rows: Vec<Row>,
    next: Option<String>,
    may_replay: bool,
    done: Option<String>,
}

fn row(s: &Place, rejected: Rejected) -> Row {
    let Rejected { id, received_at, reason, event, .. } = rejected;
    let sent: String = event.text.chars().take(SENT_CHARACTERS).collect();
    Row {
        id,
        time: s.locale.time(received_at),
        code: reason.code.as_str(),
        field: cut(&reason.field),
        message: cut(&reason.message),
        sent,
    }
}

async fn show(
    State(services): State<Services>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> ApiResult<Response> {
    let access = visitor.reads()?;
    let s = Place::new(&visitor, Tab::Rejected);
    let after = asked.after.as_deref();
    let after = after.map(|token| facts::Place::parse(token, facts::List::Rejected)).transpose()?;
    let quarantine = services.quarantine.clone();
    let read = move || {
        let after = after.map_or(0, |place| place.number);
        let found = quarantine.list(&access, after, SHOWN).map_err(IngestError::from)?;
        let count = quarantine.count(&access).map_err(IngestError::from)?;
        let last = found.last().map(|last| last.id);
        let is_more = match last {
            Some(last) => !quarantine.list(&access, last, 1).map_err(IngestError::from)?.is_empty(),
            None => false,
        };
        Ok::<_, IngestError>((found, count, last.filter(|_| is_more)))
    };
    let (found, count, last) = services.lanes.reading.run(read).await??;
    let next = last.map(|last| {
        let token = facts::Place::number(last).token(facts::List::Rejected);
        link::with_query("/settings/rejected", &[("after", Some(&token))])
    });
    let done = asked.stored.map(|stored| {
        let still = asked.rejected.unwrap_or(0);
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX).into();
        s.locale.with("rejected-done", &[("stored", number(stored)), ("still", number(still))])
    });
    let page = Shown {
        say: s.n("rejected-say", count),
        rows: found.into_iter().map(|one| row(&s, one)).collect(),
        next,
        may_replay: visitor.access::<Replay>().is_ok(),
        done,
        s,
    };
    page::page(&page)
}

async fn replay_all(State(services): State<Services>, form: Submitted) -> ApiResult<Response> {
    replay(services, form, None).await
}

async fn replay_one(
    State(services): State<Services>,
    Path(id): Path<i64>,
    form: Submitted,
) -> ApiResult<Response> {
    replay(services, form, Some(id)).await
}

async fn replay(services: Services, form: Submitted, one: Option<i64>) -> ApiResult<Response> {
    let access = form.visitor.access::<Replay>()?;
    let turn = services.quarantine.turn().await.map_err(ApiError::internal)?;
    let quarantine = services.quarantine.clone();
    let replay = move || {
        let replayed = quarantine.replay(&access, one);
        drop(turn);
        replayed
    };
    let replayed = services.lanes.reading.run(replay).await??;
    let stored = (replayed.tried() - replayed.rejected).to_string();
    let rejected = replayed.rejected.to_string();
    let pairs = [("stored", Some(stored.as_str())), ("rejected", Some(rejected.as_str()))];
    Ok(see(&link::with_query("/settings/rejected", &pairs)))
}
