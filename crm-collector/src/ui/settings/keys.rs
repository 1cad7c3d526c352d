//! API keys: made, replaced with an overlap, ended.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use crm_models::{KeyKind, Scope};
use serde::Deserialize;

use super::{Place, Tab};
use crate::auth::right::Own;
use crate::auth::{ApiKey, AuthError, KeyId, NewApiKey, NewKey};
use crate::facts;
use crate::http::{ApiResult, Path, Query, Services};
use crate::ui::connect::is_living;
use crate::ui::customers::Badge;
use crate::ui::first_run::Wrong;
use crate::ui::form::{Fields, Submitted, see};
use crate::ui::visitor::Visitor;
use crate::ui::{link, page};

/// Keys a page.
const SHOWN: usize = 50;
/// How long a key that was replaced goes on.
const OVERLAP_MS: i64 = 24 * 60 * 60 * 1_000;

pub(super) fn routes() -> Router<Services> {
    Router::new()
        .route("/settings/keys", get(show).post(make))
        .route("/settings/keys/{id}/replace", post(replace))
        .route("/settings/keys/{id}/revoke", post(revoke))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    after: Option<String>,
}

struct Row {
    id: i64,
    name: String,
    sub: String,
    scopes: String,
    state: Badge,
    used: String,
    made: String,
    is_living: bool,
}

#[derive(Template)]
#[template(path = "settings_keys.html")]
struct Shown {
    s: Place,
    rows: Vec<Row>,
    next: Option<String>,
    /// The key that was just made, shown this once.
    made: Option<(String, String)>,
    fields: Fields,
    wrong: Wrong,
}

impl Shown {
    fn is_checked(&self, field: &str, value: &str) -> bool {
        self.fields.all(field).any(|given| given == value)
    }
}

fn row(s: &Place, visitor: &Visitor, key: ApiKey) -> Row {
    let living = is_living(&key, visitor.now);
    let ends = key.about.expires_at.filter(|_| living);
    let state = match (living, ends, key.last_used_at) {
        (false, ..) => ("", "ring", "key-ended"),
        (true, Some(_), _) => ("wait", "", "key-ending"),
        (true, None, Some(_)) => ("ok", "", "key-used"),
        (true, None, None) => ("wait", "ring", "key-unused"),
    };
    let mut sub = vec![format!("…{}", key.hint)];
    sub.push(match key.about.kind {
        KeyKind::Server => s.t("kind-server"),
        KeyKind::Browser => s.t("kind-browser"),
    });
    sub.extend(key.about.origins.unwrap_or_default());
    if let Some(ends) = ends {
        sub.push(s.x("key-until", &s.locale.moment(ends)));
    }
    let scopes = key.about.scopes.iter().map(|scope| match scope {
        Scope::Ingest => s.t("scope-ingest"),
        Scope::Read => s.t("scope-read"),
    });
    Row {
        id: key.id.0,
        name: key.about.name,
        sub: sub.join(" · "),
        scopes: scopes.collect::<Vec<_>>().join(", "),
        state: Badge { class: state.0, dot: state.1, text: s.t(state.2) },
        used: key.last_used_at.map_or_else(|| "—".to_owned(), |at| s.locale.moment(at)),
        made: s.locale.day(s.locale.day_of(key.created_at)),
        is_living: living,
    }
}

async fn filled(services: &Services, visitor: &Visitor, asked: Asked) -> ApiResult<Shown> {
    let access = visitor.access::<Own>()?;
    let s = Place::new(visitor, Tab::Keys);
    let after = asked.after.as_deref();
    let after = after.map(|token| facts::Place::parse(token, facts::List::Keys)).transpose()?;
    let (keys, next) = services.auth.keys(&access, after, SHOWN).await?.finish();
    let rows = keys.into_iter().map(|key| row(&s, visitor, key)).collect();
    let next = next.map(|after| link::with_query("/settings/keys", &[("after", Some(&after))]));
    let fields = Fields::default();
    Ok(Shown { s, rows, next, made: None, fields, wrong: Wrong::default() })
}

async fn show(
    State(services): State<Services>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> ApiResult<Response> {
    page::page(&filled(&services, &visitor, asked).await?)
}

async fn make(State(services): State<Services>, form: Submitted) -> ApiResult<Response> {
    let Submitted { visitor, fields } = form;
    let access = visitor.access::<Own>()?;
    let is_browser = fields.get("kind") == Some("browser");
    let origins = fields.get("origins").map(|text| {
        text.split([',', ' ']).filter(|one| !one.is_empty()).map(str::to_owned).collect()
    });
    let about = NewApiKey {
        name: fields.text("name"),
        kind: if is_browser { KeyKind::Browser } else { KeyKind::Server },
        scopes: fields.all("scope").filter_map(|scope| scope.parse().ok()).collect(),
        event_types: None,
        origins: if is_browser { origins } else { None },
        expires_at: None,
        source: None,
    };
    match services.auth.create_key(&access, about).await {
        Ok(key) => with_made(&services, &visitor, key).await,
        Err(error @ (AuthError::Store(_) | AuthError::Internal(_))) => Err(error.into()),
        Err(error) => {
            let mut page = filled(&services, &visitor, Asked::default()).await?;
            page.wrong = Wrong::new(&page.s, &error);
            page.fields = fields;
            page::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn with_made(services: &Services, visitor: &Visitor, key: NewKey) -> ApiResult<Response> {
    let mut page = filled(services, visitor, Asked::default()).await?;
    page.made = Some((key.key.about.name, key.text));
    page::page(&page)
}

async fn replace(
    State(services): State<Services>,
    Path(id): Path<KeyId>,
    form: Submitted,
) -> ApiResult<Response> {
    let access = form.visitor.access::<Own>()?;
    let key = services.auth.rotate_key(&access, id, OVERLAP_MS).await?;
    with_made(&services, &form.visitor, key).await
}

async fn revoke(
    State(services): State<Services>,
    Path(id): Path<KeyId>,
    form: Submitted,
) -> ApiResult<Response> {
    let access = form.visitor.access::<Own>()?;
    services.auth.revoke_key(&access, id).await?;
    Ok(see("/settings/keys"))
}
