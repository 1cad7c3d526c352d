//! The reports: each with the days, the length of a period and the comparison that the address names.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::{Datelike, Months, NaiveDate};
use crm_api::Bucket;
use crm_api::answer::{Report, ReportName};
use crm_api::question::{self, Answer};
use crm_models::Code;
use serde::Deserialize;

use super::asking::ask;
use super::figures::{self, Around, Choice, Choices, DaysForm, given, given_day, whole};
use super::link::address;
use super::shell::{Nav, Shell};
use super::visitor::Visitor;
use crate::http::{ApiError, ApiResult, Path, Query, Services};

pub(super) fn routes() -> Router<Services> {
    Router::new().route("/reports", get(first)).route("/reports/{name}", get(show))
}

/// The report that one looks at first.
async fn first(_: Visitor) -> Response {
    Redirect::to("/reports/sales").into_response()
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    from: Option<String>,
    to: Option<String>,
    bucket: Option<String>,
}

/// What the address asks for, read.
#[derive(Clone, Copy)]
struct Chosen {
    name: ReportName,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    bucket: Option<Bucket>,
}

impl Chosen {
    fn question(&self) -> question::Report {
        question::Report {
            name: self.name,
            from: whole(self.from),
            to: whole(self.to),
            bucket: self.bucket.filter(|_| self.name == ReportName::Sales),
            ..question::Report::default()
        }
    }

    fn pairs(&self) -> [(&'static str, Option<String>); 3] {
        [
            ("from", self.from.map(|day| day.to_string())),
            ("to", self.to.map(|day| day.to_string())),
            // Kept over the reports, and used by the one that divides time.
            ("bucket", self.bucket.map(|bucket| bucket.to_string())),
        ]
    }

    fn address(&self) -> String {
        address(&format!("/reports/{}", self.name), &self.pairs())
    }

    /// The same question to the API.
    fn api(&self) -> String {
        let [from, to, bucket] = self.pairs();
        let bucket = (bucket.0, bucket.1.filter(|_| self.name == ReportName::Sales));
        address(&format!("/v1/reports/{}", self.name), &[from, to, bucket])
    }
}

async fn show(
    State(services): State<Services>,
    visitor: Visitor,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> ApiResult<Response> {
    let access = visitor.reads()?;
    let Ok(name) = name.parse::<ReportName>() else {
        return Err(ApiError::new(Code::NotFound, "there is no such report"));
    };
    let chosen = Chosen {
        name,
        from: given_day("from", asked.from.as_deref())?,
        to: given_day("to", asked.to.as_deref())?,
        bucket: given("bucket", asked.bucket.as_deref())?,
    };
    let report: Arc<Report> = ask(&services, &access, chosen.question()).await?;
    let s = Shell::new(&visitor, Nav::Reports, "nav-reports");
    let around = around(&s, &chosen, &report);
    figures::show(s, around, Some(&Answer::Report(report)))
}

fn around(s: &Shell, chosen: &Chosen, report: &Report) -> Around {
    let tab = |name: &ReportName| Choice {
        address: Chosen { name: *name, ..*chosen }.address(),
        text: figures::name(s, name.as_str()),
        is_here: *name == chosen.name,
    };
    let mut choices = vec![ranges(s, chosen, report)];
    if chosen.name == ReportName::Sales {
        choices.push(buckets(s, chosen));
    }
    let day = |day: Option<NaiveDate>| day.map_or(String::new(), |day| day.to_string());
    let bucket = chosen.bucket.map(|bucket| ("bucket", bucket.to_string()));
    Around {
        tabs: ReportName::ALL.iter().map(tab).collect(),
        choices,
        days: Some(DaysForm {
            action: format!("/reports/{}", chosen.name),
            from: day(chosen.from),
            to: day(chosen.to),
            kept: bucket.into_iter().collect(),
        }),
        api: chosen.api(),
        file: chosen.name.as_str(),
    }
}

/// Usual ranges, back from the last day that is known.
fn ranges(s: &Shell, chosen: &Chosen, report: &Report) -> Choices {
    let range = |text: String, from: Option<NaiveDate>, to: Option<NaiveDate>| Choice {
        address: Chosen { from, to, ..*chosen }.address(),
        text,
        is_here: (chosen.from, chosen.to) == (from, to),
    };
    let mut choices = vec![range(s.t("range-all"), None, None)];
    // A range that ends amid the data has no later day to count back from.
    let last = report.to.filter(|_| chosen.to.is_none()).and_then(|to| to.pred_opt());
    let last = last.unwrap_or_else(|| s.locale.today());
    if let Some(month) = last.with_day(1) {
        let year = NaiveDate::from_ymd_opt(last.year(), 1, 1);
        choices.push(range(s.t("range-months"), month.checked_sub_months(Months::new(11)), None));
        choices.push(range(last.year().to_string(), year, None));
        let named = figures::locale_of(s).month_and_year(month);
        choices.push(range(named, Some(month), None));
    }
    Choices { name: s.t("range"), choices }
}

fn buckets(s: &Shell, chosen: &Chosen) -> Choices {
    let choice = |bucket: &Bucket| Choice {
        address: Chosen { bucket: Some(*bucket), ..*chosen }.address(),
        text: s.t(bucket_key(*bucket)),
        is_here: *bucket == chosen.bucket.unwrap_or(Bucket::Month),
    };
    Choices { name: s.t("buckets"), choices: Bucket::ALL.iter().map(choice).collect() }
}

pub(super) fn bucket_key(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Day => "bucket-day",
        Bucket::Week => "bucket-week",
        Bucket::Month => "bucket-month",
        Bucket::Quarter => "bucket-quarter",
        Bucket::Year => "bucket-year",
    }
}
