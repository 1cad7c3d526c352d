//! Questions and who answers them: the one place where each question meets its computation.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use crm_api::answer::ReportName;
use crm_api::question::{self, Answer, Question};
use crm_api::{Asked, Bucket, Language};
use crm_models::{Code, Invalid};

use crate::ask_error::AskError;
use crate::assistant::ask::{self, Outcome, Shop, TooLong};
use crate::assistant::briefing::{Days, Facts, briefing};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::clients::{Clients, Known};
use crate::clock::Clock;
use crate::facts::{ProductName, day_of_date, first_instant};
use crate::insights::{Config, Insights, Priority, ProgressView};
use crate::locale::{Lang, Locale};
use crate::reports::{self, Reports};
use crate::store::Store;

/// Whether an answer holds much while it is made, see [`reports::is_heavy`].
pub fn is_heavy(question: &Question) -> bool {
    match question {
        Question::Report(asked) => reports::is_heavy(asked),
        Question::Cohorts(_) => true,
        _ => false,
    }
}

/// Answers questions, by those who know.
#[derive(Clone)]
pub struct Answers {
    /// The client base.
    pub clients: Clients,
    /// The reports.
    pub reports: Reports,
    /// What the statistics say.
    pub insights: Insights,
    clock: Clock,
}

/// An answer that is computed, or can be read without waiting for a computation.
pub struct Ready(Box<Making>);

type Making = dyn Fn() -> Result<Answer, AskError> + Send + Sync;

impl Ready {
    fn new(make: impl Fn() -> Result<Answer, AskError> + Send + Sync + 'static) -> Self {
        Self(Box::new(make))
    }

    /// The answer. Reads the store, so it blocks: not for async threads. Nothing is kept, and whoever
    /// asks twice has it read twice.
    pub fn answer(&self) -> Result<Answer, AskError> {
        (self.0)()
    }
}

/// A question in words that was read.
pub struct ReadInWords {
    /// What became of it.
    pub outcome: Outcome,
    /// What the workspace calls its things.
    pub shop: Shop,
    /// The zone of its days.
    pub timezone: Tz,
}

/// The customer that a question is about.
fn customer_of(asked: &Asked) -> Option<&str> {
    match &asked.question {
        Question::Customer(one) => Some(&one.customer_id),
        Question::Timeline(one) => Some(&one.customer_id),
        Question::Value(one) => Some(&one.customer_id),
        Question::Next(one) => Some(&one.customer_id),
        _ => None,
    }
}

fn too_long(error: TooLong) -> AskError {
    AskError::Invalid(Invalid::new(Code::TooLong, "text", error.to_string()))
}

fn shop(known: Known, today: NaiveDate) -> Shop {
    let product =
        |one: ProductName| ask::Product { sku: one.sku, name: one.name, category: one.category };
    Shop {
        today,
        currency: Some(known.currency),
        products: known.products.into_iter().map(product).collect(),
        countries: known.countries,
        channels: known.channels,
        customers: known
            .customers
            .into_iter()
            .map(|(id, name)| ask::Customer { id, name })
            .collect(),
        orders: known
            .orders
            .into_iter()
            .map(|(source, number)| ask::Order { source, number })
            .collect(),
    }
}

impl From<Answer> for Ready {
    fn from(answer: Answer) -> Self {
        Self::new(move || Ok(answer.clone()))
    }
}

impl Answers {
    /// From a store.
    pub fn new(store: Arc<Store>, clock: Clock, config: &Config, priority: Priority) -> Self {
        Self {
            clients: Clients::new(store.clone()),
            reports: Reports::new(store.clone(), clock.clone()),
            insights: Insights::new(store, clock.clone(), config, priority),
            clock,
        }
    }

    /// Reads a question in words, by what the workspace calls its things. Reads the store, so it blocks: not for
    /// async threads.
    pub fn understand(
        &self,
        access: &Access<Read>,
        text: &str,
        language: Option<Language>,
        before: Option<&Asked>,
    ) -> Result<ReadInWords, AskError> {
        let words = ask::names_in(text).map_err(too_long)?;
        let ids: Vec<_> = before.and_then(customer_of).into_iter().collect();
        let now = self.clock.now();
        let known = self.clients.known(access, &words, &ids, now)?;
        let timezone = known.timezone;
        let shop = shop(known, DateTime::<Utc>::from(now).with_timezone(&timezone).date_naive());
        let outcome = ask::understand(text, &shop, language, before).map_err(too_long)?;
        Ok(ReadInWords { outcome, shop, timezone })
    }

    /// Answers a question, for somebody who may read. Waits for what has to be computed, without a
    /// thread; `view` tells how far that is.
    pub async fn ask(
        &self,
        access: &Access<Read>,
        question: Question,
        view: &ProgressView,
    ) -> Result<Ready, AskError> {
        let (insights, reading) = (&self.insights, access.clone());
        let (clients, reports) = (self.clients.clone(), self.reports.clone());
        Ok(match question {
            Question::FindCustomers(asked) => Ready::new(move || {
                Ok(Answer::FindCustomers(clients.find(&reading, &asked)?.into()))
            }),
            Question::Customer(asked) => {
                Ready::new(move || Ok(Answer::Customer(clients.customer(&reading, &asked)?.into())))
            }
            Question::Timeline(asked) => {
                Ready::new(move || Ok(Answer::Timeline(clients.timeline(&reading, &asked)?.into())))
            }
            Question::Purchases(asked) => {
                let now = self.clock.now();
                Ready::new(move || {
                    Ok(Answer::Purchases(clients.purchases(&reading, &asked, now)?.into()))
                })
            }
            Question::Purchase(asked) => {
                Ready::new(move || Ok(Answer::Purchase(clients.purchase(&reading, &asked)?.into())))
            }
            Question::Interaction(asked) => Ready::new(move || {
                Ok(Answer::Interaction(clients.interaction(&reading, &asked)?.into()))
            }),
            Question::Report(asked) => {
                Ready::new(move || Ok(Answer::Report(reports.run(&reading, &asked)?.into())))
            }
            Question::Cohorts(asked) => {
                let asked = asked.into();
                Ready::new(move || Ok(Answer::Cohorts(reports.run(&reading, &asked)?.into())))
            }
            Question::Forecast(asked) => {
                Answer::Forecast(insights.forecasts(access, &asked, view).await?).into()
            }
            Question::Trends(asked) => {
                Answer::Trends(insights.trends(access, &asked, view).await?).into()
            }
            Question::Values(asked) => {
                // Held until the answer is written.
                let turn = insights.turn_of_list(asked.limit).await;
                let values = insights.values(access, &asked, view).await?;
                Ready::new(move || {
                    let _held = &turn;
                    Ok(Answer::Values(values.clone()))
                })
            }
            Question::Value(asked) => {
                Answer::Value(insights.value(access, &asked, view).await?).into()
            }
            Question::Segments(asked) => {
                Answer::Segments(insights.segments(access, &asked, view).await?).into()
            }
            Question::Together(asked) => {
                Answer::Together(insights.together(access, &asked, view).await?).into()
            }
            Question::Next(asked) => {
                Answer::Next(insights.next(access, &asked, view).await?).into()
            }
            Question::Recommendations(asked) => {
                let told = insights.recommendations(access, &asked, view).await?;
                Answer::Recommendations(told).into()
            }
            Question::AdviceResults(asked) => {
                Answer::AdviceResults(insights.advice_results(access, &asked).await?).into()
            }
            Question::Briefing(asked) => self.briefing(access, &asked, view).await?,
        })
    }

    /// What happened, what changed, what to expect, what to do: from the answers to other questions.
    async fn briefing(
        &self,
        access: &Access<Read>,
        asked: &question::Briefing,
        view: &ProgressView,
    ) -> Result<Ready, AskError> {
        let question::Briefing { language, currency, as_of } = *asked;
        let of_trends = question::Trends { currency, as_of, ..Default::default() };
        let trends = self.insights.trends(access, &of_trends, view).await?;
        let ahead = question::Forecast { currency, as_of, ..Default::default() };
        let forecasts = self.insights.forecasts(access, &ahead, view).await?;
        let to_do = question::Recommendations { currency, as_of, language, ..Default::default() };
        let advice = self.insights.recommendations(access, &to_do, view).await?;
        let days = Days::before(trends.as_of);
        let (reports, reading) = (self.reports.clone(), access.clone());
        let currency = Some(trends.currency);
        Ok(Ready::new(move || {
            let sales = |from: NaiveDate, to: NaiveDate| {
                let (from, to) = (Some(from.into()), Some(to.into()));
                let (name, bucket) = (ReportName::Sales, Some(Bucket::Month));
                let asked =
                    question::Report { name, from, to, currency, bucket, ..Default::default() };
                reports.run(&reading, &asked)
            };
            let months = sales(days.first(), days.running)?;
            let is_running = days.as_of > days.running;
            let so_far = is_running.then(|| sales(days.running, days.as_of)).transpose()?;
            // Beside the same days of a year before, or else of a month before.
            let year_before = days.same_days(12).0;
            let back = if trends.from <= year_before { 12 } else { 1 };
            let (from, to) = days.same_days(back);
            let before = is_running.then(|| sales(from, to)).transpose()?;
            let facts = Facts {
                days,
                months: &months,
                so_far: so_far.as_ref(),
                same_days: before.as_ref().map(|before| (before, back)),
                forecasts: &forecasts,
                trends: &trends,
                advice: &advice,
            };
            let zone = trends.timezone.parse().unwrap_or(chrono_tz::Tz::UTC);
            let today = first_instant(day_of_date(days.as_of), zone);
            let lang = match language {
                Language::English => Lang::English,
                Language::Russian => Lang::Russian,
            };
            let locale = Locale::new(lang, zone, today);
            Ok(Answer::Briefing(briefing(&facts, language, &locale).into()))
        }))
    }
}
