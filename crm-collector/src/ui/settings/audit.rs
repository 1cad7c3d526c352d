//! Who changed accounts, keys and what is stored, and when.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::{Place, Tab};
use crate::auth::right::Own;
use crate::http::{ApiResult, Services};
use crate::locale::Marked;
use crate::ui::page;
use crate::ui::visitor::Visitor;

/// The latest entries that are shown.
const SHOWN: usize = 100;

pub(super) fn routes() -> Router<Services> {
    Router::new().route("/settings/audit", get(show))
}

struct Row {
    time: Marked,
    who: String,
    action: String,
    subject: String,
}

#[derive(Template)]
#[template(path = "settings_audit.html")]
struct Shown {
    s: Place,
    rows: Vec<Row>,
}

async fn show(State(services): State<Services>, visitor: Visitor) -> ApiResult<Response> {
    let access = visitor.access::<Own>()?;
    let s = Place::new(&visitor, Tab::Audit);
    let people = services.auth.users(&access).await?;
    let names: BTreeMap<_, _> =
        people.into_iter().map(|(user, _)| (format!("user:{}", user.id.0), user.name)).collect();
    let named = |text: &str| match text {
        "cli" => s.t("actor-cli"),
        text => names.get(text).cloned().unwrap_or_else(|| text.to_owned()),
    };
    let entries = services.auth.audit_entries(&access, SHOWN).await?;
    let rows = entries.into_iter().map(|entry| Row {
        time: s.locale.time(entry.at),
        who: named(&entry.actor),
        action: action(&s, &entry.action),
        subject: named(&entry.subject),
    });
    let rows = rows.collect();
    page::page(&Shown { s, rows })
}

/// What was done, in words; its code where a later version wrote one that is not known here.
fn action(s: &Place, code: &str) -> String {
    match code {
        "customer.erase" => s.t("did-customer-erase"),
        "import.void" => s.t("did-import-void"),
        "invitation.accept" => s.t("did-invitation-accept"),
        "invitation.create" => s.t("did-invitation-create"),
        "invitation.withdraw" => s.t("did-invitation-withdraw"),
        "key.create" => s.t("did-key-create"),
        "key.revoke" => s.t("did-key-revoke"),
        "key.rotate" => s.t("did-key-rotate"),
        "user.add" => s.t("did-user-add"),
        "user.password" => s.t("did-user-password"),
        "user.register" => s.t("did-user-register"),
        "workspace.add" => s.t("did-workspace-add"),
        other => other.to_owned(),
    }
}
