//! The forecast: of what is counted, by length of a period, whole or in parts.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use crm_api::Bucket;
use crm_api::answer::{Breakdown, Measure};
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
    Router::new().route("/forecast", get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    series: Option<String>,
    by: Option<String>,
    bucket: Option<String>,
}

#[derive(Clone, Copy)]
struct Chosen {
    series: Measure,
    by: Option<Breakdown>,
    bucket: Bucket,
}

impl Chosen {
    fn address(&self, path: &str) -> String {
        let pairs = [
            ("series", Some(self.series.to_string())),
            ("by", self.by.map(|by| by.to_string())),
            ("bucket", Some(self.bucket.to_string())),
        ];
        address(path, &pairs)
    }

    /// Whether the statistics keep this measure of these parts.
    fn is_kept(series: Measure, by: Option<Breakdown>) -> bool {
        let question = question::Forecast { series, by, ..question::Forecast::default() };
        question.check().is_ok()
    }
}

async fn show(
    State(services): State<Services>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> ApiResult<Response> {
    let access = visitor.reads()?;
    let chosen = Chosen {
        series: given("series", asked.series.as_deref())?.unwrap_or(Measure::Revenue),
        by: given("by", asked.by.as_deref())?,
        bucket: given("bucket", asked.bucket.as_deref())?.unwrap_or(Bucket::Month),
    };
    let Chosen { series, by, bucket } = chosen;
    let question = question::Forecast { series, by, bucket, ..question::Forecast::default() };
    let answer = ask_soon(&services, &access, question).await?;
    let s = Shell::new(&visitor, Nav::Forecast, "nav-forecast");
    let around = around(&s, &chosen);
    figures::show(s, around, answer.map(Answer::Forecast).as_ref())
}

fn around(s: &Shell, chosen: &Chosen) -> Around {
    let here = |chosen: Chosen| chosen.address("/forecast");
    let measures = Measure::ALL.iter().filter(|series| Chosen::is_kept(**series, chosen.by));
    let measure = |series: &Measure| Choice {
        address: here(Chosen { series: *series, ..*chosen }),
        text: figures::name(s, series.as_str()),
        is_here: *series == chosen.series,
    };
    let parts = [None].into_iter().chain(Breakdown::ALL.iter().copied().map(Some));
    let parts = parts.filter(|by| Chosen::is_kept(chosen.series, *by));
    let part = |by: Option<Breakdown>| Choice {
        address: here(Chosen { by, ..*chosen }),
        text: by.map_or_else(|| s.t("parts-none"), |by| figures::name(s, by.as_str())),
        is_here: by == chosen.by,
    };
    let bucket = |bucket: &Bucket| Choice {
        address: here(Chosen { bucket: *bucket, ..*chosen }),
        text: s.t(bucket_key(*bucket)),
        is_here: *bucket == chosen.bucket,
    };
    let choices = vec![
        Choices { name: s.t("measures"), choices: measures.map(measure).collect() },
        Choices { name: s.t("buckets"), choices: Bucket::ALL.iter().map(bucket).collect() },
        Choices { name: s.t("parts"), choices: parts.map(part).collect() },
    ];
    let api = chosen.address("/v1/forecasts");
    Around { tabs: Vec::new(), choices, days: None, api, file: "forecast" }
}
