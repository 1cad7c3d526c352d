//! The briefing: what happened, what changed, what to expect, what to do, in a few sentences. Every figure
//! in them is one of the answers that it is made of.

use chrono::{Datelike, Months, NaiveDate};
use crm_api::answer::{
    AdviceKind, Briefing, BriefingPart, Figure, Forecasts, Recommendation, Recommendations, Report,
    ReportName, Statement, Trend, Trends, Value,
};
use crm_api::question::{self, Question};
use crm_api::{Bucket, Language, Total};
use crm_models::Currency;
use fluent_bundle::FluentValue;

use crate::locale::Locale;

/// Trends and recommendations that are told.
const TOLD: usize = 3;
/// A change that is told as none, as a share.
const SAME: f64 = 0.005;

/// The days that it looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first day of the running month.
    pub running: NaiveDate,
    /// The first day that counts no more.
    pub as_of: NaiveDate,
}

impl Days {
    /// Of what is known before a day. On the first of a month the month before is over.
    pub fn before(as_of: NaiveDate) -> Self {
        let running = as_of.with_day(1).unwrap_or(as_of);
        Self { running, as_of }
    }

    /// The last month that is over.
    pub fn last(&self) -> NaiveDate {
        months_before(self.running, 1)
    }

    /// The first day of what is asked: the same month a year before the last one.
    pub fn first(&self) -> NaiveDate {
        months_before(self.running, 13)
    }

    /// The same days of the running month a year before, or a month before: until when.
    pub fn same_days(&self, months: u32) -> (NaiveDate, NaiveDate) {
        (months_before(self.running, months), months_before(self.as_of, months))
    }
}

fn months_before(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_sub_months(Months::new(months)).unwrap_or(day)
}

/// What it is made of.
pub struct Facts<'a> {
    /// The days.
    pub days: Days,
    /// Sales by month, since a year before the last one.
    pub months: &'a Report,
    /// Sales of the running month; nothing on its first day.
    pub so_far: Option<&'a Report>,
    /// The same days before, and how many months before.
    pub same_days: Option<(&'a Report, u32)>,
    /// Revenue by month.
    pub forecasts: &'a Forecasts,
    /// What changed.
    pub trends: &'a Trends,
    /// What to do.
    pub advice: &'a Recommendations,
}

/// The briefing.
pub(crate) fn briefing(facts: &Facts<'_>, language: Language, locale: &Locale) -> Briefing {
    let say = Say { facts, locale, currency: facts.months.currency };
    let part = |about: &str, key: &str, sentences: Vec<Statement>| BriefingPart {
        about: about.to_owned(),
        heading: locale.say(key),
        sentences,
    };
    Briefing {
        currency: say.currency,
        as_of: facts.days.as_of,
        language,
        parts: vec![
            part("happened", "brief-happened", say.happened()),
            part("changed", "brief-changed", say.changed()),
            part("expected", "brief-expected", say.expected()),
            part("todo", "brief-todo", say.to_do()),
        ],
        outside: facts.months.outside.clone(),
    }
}

type Arg = (&'static str, FluentValue<'static>);

struct Say<'a> {
    facts: &'a Facts<'a>,
    locale: &'a Locale,
    currency: Currency,
}

impl Say<'_> {
    fn statement(&self, key: &str, args: &[Arg], evidence: Question) -> Statement {
        Statement { text: self.locale.with(key, args), evidence: evidence.into() }
    }

    fn money(&self, total: Total) -> FluentValue<'static> {
        self.locale.money_whole(total, self.currency).into()
    }

    fn sales(&self, from: NaiveDate, to: NaiveDate) -> Question {
        let (from, to) = (Some(from.into()), Some(to.into()));
        let (name, bucket, currency) =
            (ReportName::Sales, Some(Bucket::Month), Some(self.currency));
        question::Report { name, from, to, bucket, currency, ..Default::default() }.into()
    }

    fn happened(&self) -> Vec<Statement> {
        let Facts { days, months, .. } = *self.facts;
        let last = days.last();
        let of = |day: NaiveDate| row(months, &format!("{}-{:02}", day.year(), day.month()));
        let evidence = || self.sales(days.first(), days.running);
        let Some(now) = of(last).filter(|now| now.orders > 0) else {
            let nothing = self.statement("brief-nothing-sold", &[], evidence());
            return if self.facts.so_far.is_some_and(|so_far| whole(so_far).orders > 0) {
                self.so_far().into_iter().collect()
            } else {
                vec![nothing]
            };
        };
        let net = ("net", self.money(now.net));
        let month = ("month", self.locale.whole_month(last).into());
        let year_before = (months_before(last, 12), of(months_before(last, 12)));
        let month_before = (months_before(last, 1), of(months_before(last, 1)));
        let compared = [year_before, month_before].into_iter().find_map(|(day, sales)| {
            // A month that is not known from its first day on is none to compare with.
            let sales = sales.filter(|_| self.facts.trends.from <= day)?;
            (sales.orders > 0 && sales.net > Total::ZERO).then_some((day, sales))
        });
        let mut told = Vec::new();
        match compared {
            Some((day, before)) => {
                let mut args = vec![net, month, ("than", than(last, day).into())];
                args.extend(self.change(now.net, before.net));
                told.push(self.statement("brief-month", &args, evidence()));
                let args = [
                    ("orders", now.orders.into()),
                    ("orders-before", before.orders.into()),
                    ("average", self.money(now.average)),
                    ("average-before", self.money(before.average)),
                ];
                told.push(self.statement("brief-orders", &args, evidence()));
            }
            None => told.push(self.statement("brief-month-alone", &[net, month], evidence())),
        }
        told.extend(self.so_far());
        told
    }

    /// How the running month stands beside the same days before.
    fn so_far(&self) -> Option<Statement> {
        let Facts { days, .. } = *self.facts;
        let now = whole(self.facts.so_far?);
        let (before, months) = self.facts.same_days?;
        let before = whole(before);
        let (from, _) = days.same_days(months);
        if before.net <= Total::ZERO || self.facts.trends.from > from {
            return None;
        }
        let mut args = vec![
            ("net", self.money(now.net)),
            ("month", self.locale.whole_month(days.running).into()),
            ("day", self.locale.day_long(days.as_of.pred_opt()?).into()),
            ("than", than(days.running, from).into()),
        ];
        args.extend(self.change(now.net, before.net));
        Some(self.statement("brief-so-far", &args, self.sales(days.running, days.as_of)))
    }

    /// By how much it changed, in which way, and what it was.
    fn change(&self, now: Total, before: Total) -> [Arg; 3] {
        let (now, was) = (Figure::Money(now).to_f64(), Figure::Money(before).to_f64());
        let share = now / was - 1.0;
        let way = match share {
            share if share > SAME => "up",
            share if share < -SAME => "down",
            _ => "same",
        };
        let percent = format!("{}\u{202f}%", self.locale.decimals(share.abs() * 100.0, 1));
        [("way", way.into()), ("percent", percent.into()), ("before", self.money(before))]
    }

    fn changed(&self) -> Vec<Statement> {
        let Facts { trends, .. } = *self.facts;
        let told = trends.trends.iter().filter(|trend| trend.first).take(TOLD);
        let money = |figure: Figure| {
            let size = Figure::estimate(figure.to_f64().abs());
            FluentValue::from(self.locale.estimate(size, self.currency))
        };
        let one = |trend: &Trend| {
            let args = [
                ("name", self.name(trend).into()),
                ("actual", money(trend.actual)),
                ("expected", money(trend.expected)),
                ("since", self.locale.day_long(trend.since_date).into()),
            ];
            let key = match trend.kind.as_str() {
                "launch" => "brief-launch",
                "end" => "brief-end",
                _ => "brief-trend",
            };
            let as_of = Some(trends.as_of.into());
            let asked =
                question::Trends { as_of, currency: Some(self.currency), ..Default::default() };
            self.statement(key, &args, asked.into())
        };
        told.map(one).collect()
    }

    fn name(&self, trend: &Trend) -> String {
        let named = trend.name.clone().or_else(|| trend.key.clone());
        named.unwrap_or_else(|| self.locale.say("brief-all"))
    }

    fn expected(&self) -> Vec<Statement> {
        let Facts { days, forecasts, .. } = *self.facts;
        let Some(of_all) = forecasts.forecasts.first() else { return Vec::new() };
        let next = of_all.periods.iter().find(|period| period.from >= days.as_of);
        let asked = || {
            let (as_of, currency) = (Some(forecasts.as_of.into()), Some(self.currency));
            Question::from(question::Forecast { as_of, currency, ..Default::default() })
        };
        let mut told = Vec::new();
        let band = next.and_then(|next| next.bands.iter().find(|band| band.level == 80));
        if let Some((next, band)) = next.zip(band) {
            let money = |figure: Figure| self.locale.estimate(figure, self.currency).into();
            let args = [
                ("month", self.locale.whole_month(next.from).into()),
                ("point", money(next.point)),
                ("lower", money(band.lower)),
                ("upper", money(band.upper)),
            ];
            told.push(self.statement("brief-ahead", &args, asked()));
        }
        if let Some(tested) = of_all.backtest.as_ref().filter(|_| !told.is_empty()) {
            // Symmetric: twice the error by the sum of both.
            let percent =
                |smape: f64| format!("{}\u{202f}%", self.locale.decimals(smape, 0)).into();
            let args = [
                ("origins", i64::try_from(tested.origins).unwrap_or(i64::MAX).into()),
                ("error", percent(tested.smape)),
                ("naive", percent(tested.naive_smape)),
            ];
            told.push(self.statement("brief-tested", &args, asked()));
        }
        told
    }

    fn to_do(&self) -> Vec<Statement> {
        let Facts { advice, .. } = *self.facts;
        let asked = |kind| {
            let (as_of, currency) = (Some(advice.as_of.into()), Some(self.currency));
            let language = advice.language;
            Question::from(question::Recommendations {
                kind: Some(kind),
                as_of,
                currency,
                language,
                ..Default::default()
            })
        };
        // What falls is told above.
        let is_told = |one: &&Recommendation| one.kind == AdviceKind::Falling;
        let told = advice.recommendations.iter().filter(|one| !is_told(one)).take(TOLD);
        told.map(|one| Statement { text: one.summary.clone(), evidence: asked(one.kind).into() })
            .collect()
    }
}

/// What it is compared with: the same a year or a month before.
fn than(day: NaiveDate, before: NaiveDate) -> &'static str {
    if months_before(day, 12) == before { "year" } else { "month" }
}

/// Sales of a period.
#[derive(Clone, Copy, Default)]
struct Sales {
    net: Total,
    orders: i64,
    average: Total,
}

/// The sales of a period by its name.
fn row(report: &Report, period: &str) -> Option<Sales> {
    let at = report.columns.iter().position(|column| column.name == "period")?;
    let is_it =
        |row: &&Vec<Value>| matches!(row.get(at), Some(Value::Text(name)) if name == period);
    report.rows.iter().find(is_it).map(|row| sales(report, row))
}

/// Those of all periods.
fn whole(report: &Report) -> Sales {
    sales(report, &report.totals)
}

fn sales(report: &Report, row: &[Value]) -> Sales {
    let cell = |name: &str| {
        let at = report.columns.iter().position(|column| column.name == name)?;
        row.get(at)
    };
    let money = |name: &str| match cell(name) {
        Some(Value::Money(total)) => *total,
        _ => Total::ZERO,
    };
    let orders = match cell("orders") {
        Some(Value::Count(count)) => *count,
        _ => 0,
    };
    Sales { net: money("net"), orders, average: money("average_order") }
}
