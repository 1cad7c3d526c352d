//! What to do: an inbox of recommendations, each with its reasons and what is behind it, and what became
//! of those decided.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use crm_api::Language;
use crm_api::answer::{
    AdviceKind, AdviceState, AdviceVerb, Evidence, Recommendation, Recommendations, Standing,
};
use crm_api::question::{self, Answer};
use serde::Deserialize;

use super::asking::ask_soon;
use super::figures::{self, Around, Choice, Choices, given};
use super::form::{Submitted, see};
use super::link;
use super::link::address;
use super::page;
use super::shell::{Nav, Shell};
use super::visitor::Visitor;
use crate::auth::right::Decide;
use crate::http::{ApiResult, Path, Query, Services};
use crate::insights::Decision;
use crate::locale::Lang;

/// Recommendations a page.
const SHOWN: usize = 20;

pub(super) fn routes() -> Router<Services> {
    Router::new()
        .route("/recommendations", get(show))
        .route("/recommendations/results", get(results))
        .route("/recommendations/{id}/{decision}", post(decide))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    state: Option<String>,
    kind: Option<String>,
    /// `all` shows more than the first.
    show: Option<String>,
}

/// A list, with how many are in it.
struct Tab {
    address: String,
    text: String,
    count: usize,
    is_here: bool,
}

/// A page that shows what is behind a recommendation.
struct Behind {
    address: String,
    text: String,
}

/// A recommendation in words.
pub(super) struct Item {
    pub(super) id: String,
    pub(super) summary: String,
    pub(super) money: String,
    pub(super) by: String,
    pub(super) why: Vec<String>,
    also: Option<String>,
    decided: Option<String>,
    behind: Vec<Behind>,
    /// What may be decided, and whether that is the first thing to press.
    verbs: Vec<Verb>,
}

/// Something that can be decided.
struct Verb {
    path: &'static str,
    text: String,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "recommendations.html")]
struct Shown {
    s: Shell,
    tabs: Vec<Tab>,
    choices: Vec<Choices>,
    says: String,
    items: Vec<Item>,
    /// Where all of them are shown.
    all: Option<String>,
    nothing: Option<String>,
    is_computing: bool,
    may_decide: bool,
    reasons: Vec<String>,
    export: Vec<(&'static str, String)>,
}

const STATES: [(AdviceState, &str); 6] = [
    (AdviceState::Open, "advice-open"),
    (AdviceState::Accepted, "advice-accepted"),
    (AdviceState::Snoozed, "advice-snoozed"),
    (AdviceState::Done, "advice-done"),
    (AdviceState::Dismissed, "advice-dismissed"),
    (AdviceState::Held, "advice-held"),
];

fn count(standing: &Standing, state: AdviceState) -> usize {
    match state {
        AdviceState::Open => standing.open,
        AdviceState::Accepted => standing.accepted,
        AdviceState::Snoozed => standing.snoozed,
        AdviceState::Done => standing.done,
        AdviceState::Dismissed => standing.dismissed,
        AdviceState::Held => standing.held,
    }
}

fn kind_key(kind: AdviceKind) -> &'static str {
    match kind {
        AdviceKind::WinBack => "advice-kind-win-back",
        AdviceKind::SecondPurchase => "advice-kind-second",
        AdviceKind::Replenish => "advice-kind-replenish",
        AdviceKind::Together => "advice-kind-together",
        AdviceKind::Falling => "advice-kind-falling",
        AdviceKind::Refunds => "advice-kind-refunds",
        AdviceKind::Concentration => "advice-kind-concentration",
    }
}

/// The language of sentences.
pub(super) fn language(s: &Shell) -> Language {
    match s.locale.lang() {
        Lang::English => Language::English,
        Lang::Russian => Language::Russian,
    }
}

async fn show(
    State(services): State<Services>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> ApiResult<Response> {
    let access = visitor.reads()?;
    let state = given("state", asked.state.as_deref())?.unwrap_or(AdviceState::Open);
    let kind = given::<AdviceKind>("kind", asked.kind.as_deref())?;
    let s = Shell::new(&visitor, Nav::Recommendations, "nav-recommendations");
    let limit = if asked.show.as_deref() == Some("all") { 0 } else { SHOWN };
    let question = question::Recommendations {
        state,
        kind,
        limit,
        language: language(&s),
        ..question::Recommendations::default()
    };
    let answer = ask_soon(&services, &access, question).await?;
    let at = |state: AdviceState, kind: Option<AdviceKind>, all: bool| {
        address(
            "/recommendations",
            &[
                ("state", (state != AdviceState::Open).then(|| state.to_string())),
                ("kind", kind.map(|kind| kind.to_string())),
                ("show", all.then(|| "all".to_owned())),
            ],
        )
    };
    let may_decide = visitor.access::<Decide>().is_ok();
    let tab = |&(of, key): &(AdviceState, &str)| Tab {
        address: at(of, None, false),
        text: s.t(key),
        count: answer.as_ref().map_or(0, |answer| count(&answer.standing, of)),
        is_here: of == state,
    };
    let mut kinds = vec![Choice {
        address: at(state, None, false),
        text: s.t("advice-kind-all"),
        is_here: kind.is_none(),
    }];
    kinds.extend(AdviceKind::ALL.iter().map(|of| Choice {
        address: at(state, Some(*of), false),
        text: s.t(kind_key(*of)),
        is_here: kind == Some(*of),
    }));
    let api = |form: &str| {
        address(
            "/v1/recommendations",
            &[
                ("state", Some(state.to_string())),
                ("kind", kind.map(|kind| kind.to_string())),
                ("limit", Some("0".to_owned())),
                ("language", Some(language(&s).to_string())),
                ("format", Some(form.to_owned())),
            ],
        )
    };
    let items = answer.as_ref().map(|answer| {
        answer.recommendations.iter().map(|one| item(&s, answer, one, may_decide)).collect()
    });
    let items: Vec<Item> = items.unwrap_or_default();
    let is_empty = answer.is_some() && items.is_empty();
    let page = Shown {
        tabs: STATES.iter().map(tab).collect(),
        choices: vec![Choices { name: s.t("advice-kinds"), choices: kinds }],
        says: answer.as_ref().map(|answer| says(&s, answer, state)).unwrap_or_default(),
        all: answer.as_ref().filter(|one| one.omitted > 0).map(|_| at(state, kind, true)),
        nothing: is_empty.then(|| match (state, kind) {
            (AdviceState::Open, None) => s.t("advice-nothing"),
            _ => s.t("advice-nothing-here"),
        }),
        is_computing: answer.is_none(),
        may_decide,
        reasons: ["advice-reason-did", "advice-reason-wrong", "advice-reason-worth"]
            .map(|key| s.t(key))
            .to_vec(),
        export: [("CSV", "csv"), ("JSON", "json"), ("HTML", "html")]
            .map(|(name, form)| (name, api(form)))
            .to_vec(),
        items,
        s,
    };
    page::page(&page)
}

/// What acting brought.
async fn results(State(services): State<Services>, visitor: Visitor) -> ApiResult<Response> {
    let access = visitor.reads()?;
    let answer = ask_soon(&services, &access, question::AdviceResults::default()).await?;
    let s = Shell::new(&visitor, Nav::Recommendations, "advice-results");
    let inbox = Choice {
        address: "/recommendations".to_owned(),
        text: s.t("nav-recommendations"),
        is_here: false,
    };
    let here = Choice {
        address: "/recommendations/results".to_owned(),
        text: s.t("advice-results"),
        is_here: true,
    };
    let around = Around {
        tabs: vec![inbox, here],
        choices: Vec::new(),
        days: None,
        api: "/v1/recommendations/results".to_owned(),
        file: "results",
    };
    figures::show(s, around, answer.map(Answer::AdviceResults).as_ref())
}

/// What there is to say of the list.
fn says(s: &Shell, answer: &Recommendations, state: AdviceState) -> String {
    let key = match state {
        AdviceState::Open => "advice-say-open",
        AdviceState::Held => "advice-say-held",
        _ => return String::new(),
    };
    s.n(key, count(&answer.standing, state))
}

/// A recommendation as a page shows it.
fn item(s: &Shell, answer: &Recommendations, one: &Recommendation, may_decide: bool) -> Item {
    let also: Vec<String> = one.also.iter().map(|kind| s.t(kind_key(*kind))).collect();
    let decided = one.decision.as_ref().map(|decision| {
        let at = s.locale.moment(decision.at);
        match (&decision.until, &decision.reason) {
            (Some(until), _) => s.x("advice-until", &s.locale.day_long(*until)),
            (None, Some(reason)) => format!("{at} · {reason}"),
            (None, None) => at,
        }
    });
    let verb = |of: AdviceVerb, key: &str, class: &'static str| Verb {
        path: of.as_str(),
        text: s.t(key),
        class,
    };
    let verbs = match (may_decide, one.state) {
        (false, _) | (_, AdviceState::Done | AdviceState::Held) => Vec::new(),
        (_, AdviceState::Open) => vec![
            verb(AdviceVerb::Accept, "advice-accept", ""),
            verb(AdviceVerb::Snooze, "advice-snooze", "quiet"),
        ],
        (_, AdviceState::Accepted) => vec![verb(AdviceVerb::Done, "advice-did", "")],
        (_, AdviceState::Snoozed | AdviceState::Dismissed) => {
            vec![verb(AdviceVerb::Accept, "advice-accept", "")]
        }
    };
    let mut behind: Vec<Behind> = Vec::new();
    let today = s.locale.today();
    let asked = one.evidence.iter().filter_map(Evidence::question);
    for (address, key) in asked.filter_map(|one| link::of_question(&one, today)) {
        if !behind.iter().any(|known| known.address == address) {
            behind.push(Behind { address, text: s.t(key) });
        }
    }
    Item {
        id: one.id.clone(),
        summary: one.summary.clone(),
        money: s.locale.estimate(one.at_stake, answer.currency),
        by: s.x("advice-by", &s.locale.day_long(one.by)),
        why: one.why.clone(),
        also: (!also.is_empty()).then(|| s.x("advice-also", &also.join(", "))),
        decided,
        behind,
        verbs,
    }
}

/// Recommendations where they are only told; they are decided about on their own page.
pub(super) fn items(s: &Shell, all: &Recommendations) -> Vec<Item> {
    all.recommendations.iter().map(|one| item(s, all, one, false)).collect()
}

async fn decide(
    State(services): State<Services>,
    Path((id, verb)): Path<(String, AdviceVerb)>,
    form: Submitted,
) -> ApiResult<Response> {
    let access = form.visitor.access::<Decide>()?;
    let until = figures::given_day("until", form.fields.get("until"))?;
    let reason = form.fields.get("reason").map(str::to_owned);
    let decision = Decision { state: verb.state(), reason, until };
    services.answers.insights.decide(&access, &id, decision).await?;
    Ok(see(form.fields.get("back").unwrap_or("/recommendations")))
}
