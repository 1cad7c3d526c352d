//! What changed: the money at stake, and what each of the first trends is made of.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use crm_api::Bucket;
use crm_api::question::{self, Answer};
use serde::Deserialize;

use super::asking::ask_soon;
use super::figures::{self, Around, Choice, Choices, given};
use super::link::address;
use super::reports::bucket_key;
use super::shell::{Nav, Shell};
use super::visitor::Visitor;
use crate::http::{ApiResult, Query, Services};

pub(super) fn routes() -> Router<Services> {
    Router::new().route("/trends", get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    bucket: Option<String>,
}

async fn show(
    State(services): State<Services>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> ApiResult<Response> {
    let access = visitor.reads()?;
    let bucket = given("bucket", asked.bucket.as_deref())?.unwrap_or(Bucket::Week);
    let question = question::Trends { bucket, ..question::Trends::default() };
    let answer = ask_soon(&services, &access, question).await?;
    let s = Shell::new(&visitor, Nav::Trends, "nav-trends");
    let at = |path: &str, bucket: Bucket| address(path, &[("bucket", Some(bucket.to_string()))]);
    let choice = |of: &Bucket| Choice {
        address: at("/trends", *of),
        text: s.t(bucket_key(*of)),
        is_here: *of == bucket,
    };
    let choices =
        Choices { name: s.t("buckets"), choices: Bucket::ALL.iter().map(choice).collect() };
    let around = Around {
        tabs: Vec::new(),
        choices: vec![choices],
        days: None,
        api: at("/v1/trends", bucket),
        file: "trends",
    };
    figures::show(s, around, answer.map(Answer::Trends).as_ref())
}
