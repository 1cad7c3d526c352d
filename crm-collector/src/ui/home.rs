//! Home: how the month goes, where it is expected to end, what changed, and who bought last.
//!
//! The month is that of the last purchase, so that a shop that pauses sees its last month and not an empty
//! one. Every figure is one of the API's, asked for the same days.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use chrono::{Datelike, Days, Months, NaiveDate};
use crm_api::answer::{Figure, Report, ReportName, Trend, Value};
use crm_api::{Bucket, PageSize, question};
use crm_models::{Currency, PurchaseKind, State as Standing};

use super::asking::{ask, ask_soon};
use super::figures::{locale_of, name, whole};
use super::shell::{Nav, Shell};
use super::visitor::Visitor;
use super::{link, orders, page, recommendations};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::charts::Spark;
use crate::export::pictures::{Month, Texts};
use crate::http::{ApiResult, Services};
use crate::locale::Marked;

/// Days that the small pictures show.
const DAYS: u64 = 30;
/// Recommendations, trends and purchases that are told.
const ADVICE: usize = 3;
const TRENDS: usize = 5;
const PURCHASES: usize = 7;

pub(super) fn routes() -> Router<Services> {
    Router::new().route("/home", get(show))
}

/// A change, by whether it is good.
struct Change {
    class: &'static str,
    text: String,
}

/// A figure of the month so far.
struct Fact {
    name: String,
    value: String,
    change: Option<Change>,
    was: String,
    spark: String,
}

/// A trend in a line.
struct Told {
    name: String,
    about: String,
    class: &'static str,
    amount: String,
}

/// A purchase in a line.
struct Bought {
    name: String,
    address: Option<String>,
    time: Marked,
    amount: String,
}

/// What the page shows.
#[derive(Template)]
#[template(path = "home.html")]
struct Shown {
    s: Shell,
    nothing: Option<String>,
    may_connect: bool,
    is_computing: bool,
    says: Vec<Marked>,
    /// HTML, escaped where it was made.
    chart: Option<String>,
    figures: Vec<Fact>,
    advice: Vec<recommendations::Item>,
    trends: Vec<Told>,
    bought: Vec<Bought>,
}

/// The days that the page is about.
#[derive(Clone, Copy)]
struct Span {
    first: NaiveDate,
    last: NaiveDate,
    before: NaiveDate,
}

impl Span {
    /// The month of the last day that is known.
    fn of(last: NaiveDate) -> Option<Self> {
        let first = last.with_day(1)?;
        Some(Self { first, last, before: first.checked_sub_months(Months::new(1))? })
    }

    /// Days of the month that are known.
    fn days(&self) -> u64 {
        u64::from(self.last.day())
    }

    fn after_last(&self) -> Option<NaiveDate> {
        self.last.succ_opt()
    }

    /// As many days of the month before, as far as it has them.
    fn same_days_before(&self) -> Option<NaiveDate> {
        Some(self.before.checked_add_days(Days::new(self.days()))?.min(self.first))
    }
}

async fn show(State(services): State<Services>, visitor: Visitor) -> ApiResult<Response> {
    let access = visitor.reads()?;
    let s = Shell::new(&visitor, Nav::Home, "nav-home");
    let all = report(&services, &access, ReportName::Sales, None, None, None).await?;
    let span = all.to.and_then(|to| to.pred_opt()).and_then(Span::of);
    let Some(span) = span.filter(|_| !all.rows.is_empty()) else {
        let nothing = Some(s.t("home-nothing-about"));
        return page::page(&empty(s, nothing, visitor.owns()));
    };
    let to = span.after_last();
    let by_day = Some(Bucket::Day);
    let sales = |from, to| report(&services, &access, ReportName::Sales, from, to, by_day);
    let summary = |from, to| report(&services, &access, ReportName::Summary, from, to, None);
    let month = sales(Some(span.first), to).await?;
    let before = sales(Some(span.before), Some(span.first)).await?;
    let year = span.first.checked_sub_months(Months::new(12));
    let year_end = year.and_then(|year| year.checked_add_months(Months::new(1)));
    let known_then = year.is_some_and(|year| all.from.is_some_and(|from| from <= year));
    let year_before = match known_then {
        true => Some(sales(year, year_end).await?),
        false => None,
    };
    let recent = sales(span.last.checked_sub_days(Days::new(DAYS - 1)), to).await?;
    let now = summary(Some(span.first), to).await?;
    let then = summary(Some(span.before), span.same_days_before()).await?;
    let ahead = |bucket, horizon| {
        let asked = question::Forecast { bucket, horizon, ..question::Forecast::default() };
        ask_soon(&services, &access, asked)
    };
    let expected = ahead(Bucket::Month, None).await?;
    let days = ahead(Bucket::Day, Some(31)).await?;
    let asked = question::Trends { limit: TRENDS, ..question::Trends::default() };
    let trends = ask_soon(&services, &access, asked).await?;
    let asked = question::Recommendations {
        limit: ADVICE,
        language: recommendations::language(&s),
        ..question::Recommendations::default()
    };
    let advice = ask_soon(&services, &access, asked).await?;
    let picture = Month {
        so_far: &month,
        before: Some(&before),
        year_before: year_before.as_deref(),
        expected: expected.as_deref(),
        by_day: days.as_deref(),
    };
    let says = says(&s, &span, &now, &then, &picture);
    let plain: Vec<_> = says.iter().map(|(plain, _)| plain.as_str()).collect();
    let chart = picture.chart(&plain.join(" "), locale_of(&s));
    let told = trends
        .as_deref()
        .map(|trends| trends.trends.iter().map(|trend| told(&s, trend, trends.currency)).collect());
    let page = Shown {
        nothing: None,
        may_connect: visitor.owns(),
        is_computing: trends.is_none() || expected.is_none() || advice.is_none(),
        advice: advice.as_deref().map(|all| recommendations::items(&s, all)).unwrap_or_default(),
        figures: figures(&s, &span, &now, &then, &recent),
        bought: bought(&s, &services, &access).await?,
        trends: told.unwrap_or_default(),
        says: says.into_iter().map(|(_, marked)| marked).collect(),
        chart,
        s,
    };
    page::page(&page)
}

fn empty(s: Shell, nothing: Option<String>, may_connect: bool) -> Shown {
    Shown {
        s,
        nothing,
        may_connect,
        is_computing: false,
        says: Vec::new(),
        chart: None,
        figures: Vec::new(),
        advice: Vec::new(),
        trends: Vec::new(),
        bought: Vec::new(),
    }
}

async fn report(
    services: &Services,
    access: &Access<Read>,
    name: ReportName,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    bucket: Option<Bucket>,
) -> ApiResult<Arc<Report>> {
    let (from, to) = (whole(from), whole(to));
    let asked = question::Report { name, from, to, bucket, ..question::Report::default() };
    ask(services, access, asked).await
}

/// A figure of a row. Customers who had bought before are those who are not new.
fn cell(report: &Report, row: &[Value], column: &str) -> Value {
    let of = |column: &str| {
        let at = report.columns.iter().position(|of| of.name == column)?;
        row.get(at).cloned()
    };
    match (column, of("customers"), of("new_customers")) {
        ("returning_customers", Some(Value::Count(all)), Some(Value::Count(new))) => {
            Value::Count(all - new)
        }
        _ => of(column).unwrap_or(Value::None),
    }
}

/// A figure of the days that a summary is of.
fn of_days(summary: &Report, column: &str) -> Value {
    summary.rows.first().map_or(Value::None, |row| cell(summary, row, column))
}

/// What the month comes to, beside the month before, and where it is expected to end: each as plain text,
/// and with its figures in bold.
fn says(
    s: &Shell,
    span: &Span,
    now: &Report,
    then: &Report,
    picture: &Month<'_>,
) -> Vec<(String, Marked)> {
    let charts = locale_of(s);
    let currency = now.currency;
    let both = |key: &str, args: &[(&'static str, fluent_bundle::FluentValue<'_>)]| {
        let plain = s.locale.with(key, args).replace(['⟦', '⟧'], "");
        (plain, s.locale.marked(key, args))
    };
    let month = charts.month_and_year(span.first);
    let (net, net_then) = (of_days(now, "net"), of_days(then, "net"));
    let sum = match &net {
        Value::Money(net) => s.locale.money_whole(*net, currency),
        _ => String::new(),
    };
    let days = i64::try_from(span.days()).unwrap_or(0);
    let so_far = [("month", month.into()), ("net", sum.into()), ("n", days.into())];
    let mut says = vec![both("home-say", &so_far)];
    if let Some(percent) = change(number(&net), number(&net_then)) {
        let key = if percent < 0.0 { "home-less" } else { "home-more" };
        says.push(both(key, &[("percent", charts.percent(percent.abs()).into())]));
    }
    if let Some(outlook) = picture.outlook(span.first) {
        let end = span.first.checked_add_months(Months::new(1)).and_then(|day| day.pred_opt());
        let money = |value: f64| charts.whole_money(value, currency);
        let args = [
            ("day", end.map_or(String::new(), |day| s.locale.day_long(day)).into()),
            ("point", money(outlook.point).into()),
            ("low", money(outlook.band.0).into()),
            ("high", money(outlook.band.1).into()),
        ];
        says.push(both("home-expected", &args));
    }
    says
}

/// By how many per cent a value is more than another that is above nought.
fn change(now: f64, then: f64) -> Option<f64> {
    (then > 0.0).then(|| (now / then - 1.0) * 100.0).filter(|percent| percent.is_finite())
}

#[expect(clippy::cast_precision_loss, reason = "a comparison, and a small picture")]
fn number(value: &Value) -> f64 {
    match value {
        Value::Money(total) => total.ten_thousandths() as f64 / 1e4,
        Value::Count(count) => *count as f64,
        _ => 0.0,
    }
}

/// Five figures beside the same days of the month before, each with its last days.
fn figures(s: &Shell, span: &Span, now: &Report, then: &Report, recent: &Report) -> Vec<Fact> {
    let texts = Texts {
        locale: locale_of(s),
        currency: Some(now.currency),
        timezone: now.timezone.parse().unwrap_or(chrono_tz::Tz::UTC),
    };
    let first = recent.rows.len().saturating_sub(usize::try_from(span.days()).unwrap_or(0));
    let fact = |column: &'static str| {
        let (value, was) = (of_days(now, column), of_days(then, column));
        let change = change(number(&value), number(&was)).map(|percent| {
            let is_good = (percent > 0.0) != (column == "refunds");
            let percent_text = texts.locale.percent(percent.abs());
            Change {
                class: match percent {
                    _ if percent.abs() < 0.05 => "",
                    _ if is_good => "good",
                    _ => "bad",
                },
                text: format!("{} {percent_text}", if percent < 0.0 { "▼" } else { "▲" }),
            }
        });
        let name = name(s, column);
        let values = recent.rows.iter().map(|row| number(&cell(recent, row, column)));
        let spark = Spark { sentence: name.clone(), values: values.collect() }.bars(first);
        Fact {
            value: texts.cell(&value),
            was: s.x("home-was", &texts.cell(&was)),
            change,
            spark,
            name,
        }
    };
    ["orders", "average_order", "new_customers", "returning_customers", "refunds"]
        .map(fact)
        .into_iter()
        .collect()
}

fn told(s: &Shell, trend: &Trend, currency: Currency) -> Told {
    let named = trend.name.clone().or_else(|| trend.key.clone());
    let estimate = |figure: Figure| s.locale.estimate(figure, currency);
    let args = [
        ("low", estimate(trend.expected).into()),
        ("high", estimate(trend.actual).into()),
        ("day", s.locale.day_long(trend.since_date).into()),
    ];
    let is_less = trend.at_stake.is_negative();
    let amount = estimate(trend.at_stake);
    Told {
        name: named.unwrap_or_else(|| name(s, &trend.dimension)),
        about: s.locale.with("home-trend", &args),
        class: if is_less { "bad" } else { "good" },
        amount: if is_less { amount } else { format!("+{amount}") },
    }
}

/// Who bought last.
async fn bought(s: &Shell, services: &Services, access: &Access<Read>) -> ApiResult<Vec<Bought>> {
    let limit = PageSize::at_most(PURCHASES);
    let asked = question::Purchases { limit, ..question::Purchases::default() };
    let page = ask(services, access, asked).await?;
    let names = orders::names(services, access, &page.purchases).await?;
    let one = |purchase: &crm_api::answer::Purchase| {
        let id = purchase.customer_id.as_ref();
        let name = id.map(|id| names.get(id).unwrap_or(id).clone());
        let amount = s.locale.amount(purchase.total, purchase.currency);
        let is_refund = purchase.kind == PurchaseKind::Refund;
        Bought {
            name: name.unwrap_or_else(|| s.t("home-anonymous")),
            address: id.map(|id| link::customer(id)),
            time: s.locale.time(purchase.occurred_at),
            amount: if is_refund { format!("−{amount}") } else { amount },
        }
    };
    let paid = page.purchases.iter().filter(|purchase| purchase.state == Standing::Paid);
    Ok(paid.map(one).collect())
}
