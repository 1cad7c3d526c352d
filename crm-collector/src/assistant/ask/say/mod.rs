//! A question as it was understood, in words of whoever asked; why one is not answered; and what can be asked
//! instead.

mod days;
mod examples;
mod figures;
mod reason;

use chrono::NaiveDate;
use crm_api::answer::{Breakdown, Measure, ReportName};
use crm_api::question::{Question, Report, Stage, ValuesBy};
use crm_api::{Asked, Bucket, Focus, Language, Moment};
use crm_models::Currency;

use days::{day, day_of, days, period};
use figures::{by_bucket, figure};

pub(super) use examples::examples;
pub(super) use reason::reason;

/// A question in words: what, of what, and which days.
pub(super) fn understood(asked: &Asked, language: Language) -> String {
    let says = Says { focus: &asked.focus, english: language == Language::English, language };
    let mut text = says.question(&asked.question);
    // Only a currency that is not the workspace's own is asked for.
    if let Some(currency) = currency_of(&asked.question) {
        text.push_str(&format!(", {currency}"));
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn currency_of(question: &Question) -> Option<Currency> {
    match question {
        Question::Report(asked) => asked.currency,
        Question::Cohorts(asked) => asked.currency,
        Question::Forecast(asked) => asked.currency,
        Question::Trends(asked) => asked.currency,
        Question::Purchases(asked) => asked.currency,
        Question::Values(asked) => asked.currency,
        Question::Value(asked) => asked.currency,
        Question::Segments(asked) => asked.currency,
        Question::Together(asked) => asked.currency,
        Question::Next(asked) => asked.currency,
        _ => None,
    }
}

struct Says<'a> {
    focus: &'a Focus,
    english: bool,
    language: Language,
}

impl Says<'_> {
    fn of(&self, english: &str, russian: &str) -> String {
        if self.english { english.to_owned() } else { russian.to_owned() }
    }

    fn name(&self) -> Option<&str> {
        self.focus.name.as_deref()
    }

    fn question(&self, question: &Question) -> String {
        match question {
            Question::Report(report) => self.report(report),
            Question::Cohorts(asked) => {
                let days = days(
                    self.language,
                    asked.from.and_then(day_of),
                    asked.to.and_then(day_of),
                    asked.range,
                );
                let what = self.of(
                    "retention by the month of the first purchase",
                    "удержание по месяцу первой покупки",
                );
                with_days(what, days)
            }
            Question::Forecast(asked) => {
                let series = match asked.series {
                    Measure::Revenue => self.of("net sales", "чистая выручка"),
                    Measure::Orders => self.of("orders", "заказы"),
                    Measure::Units => self.of("units sold", "продано единиц"),
                    Measure::Customers => self.of("customers who buy", "покупатели"),
                };
                let mut text = format!("{}: {series}", self.of("forecast", "прогноз"));
                if let Some(name) = self.name() {
                    text.push_str(&format!(", {name}"));
                } else if let Some(by) = asked.by {
                    text.push_str(&format!(" {}", self.by(by)));
                }
                text.push_str(&format!(", {}", by_bucket(asked.bucket, self.language)));
                if let Some(horizon) = asked.horizon {
                    text.push_str(&match self.english {
                        true => format!(", {horizon} ahead"),
                        false => format!(", на {horizon} вперёд"),
                    });
                }
                match self.focus.days {
                    Some(first) => {
                        with_days(text, Some(period(self.language, first, asked.bucket)))
                    }
                    None => text,
                }
            }
            Question::Trends(asked) => {
                let what = self.of("what changed and why", "что изменилось и почему");
                let of = match (self.name(), self.focus.part) {
                    (Some(name), _) => Some(name.to_owned()),
                    (None, Some(part)) => Some(self.by(part)),
                    (None, None) => None,
                };
                let known = asked.as_of.and_then(day_of).and_then(|day| day.pred_opt());
                let known = known.map(|known| match self.english {
                    true => format!("as known at the end of {}", day(self.language, known)),
                    false => format!("по данным на конец {}", day(self.language, known)),
                });
                with_days(of.map_or(what.clone(), |of| format!("{what}, {of}")), known)
            }
            Question::Purchases(asked) => self.purchases(asked),
            Question::Purchase(asked) => {
                format!("{} {}", self.of("order", "заказ"), asked.purchase_id)
            }
            Question::Interaction(asked) => {
                format!("{} {}", self.of("interaction", "взаимодействие"), asked.interaction_id)
            }
            Question::FindCustomers(asked) => {
                let q = asked.q.as_deref().unwrap_or_default();
                match self.english {
                    true => format!("customers found by “{q}”"),
                    false => format!("клиенты по запросу «{q}»"),
                }
            }
            Question::Recommendations(_) => self.of("what to do", "что делать"),
            Question::AdviceResults(_) => {
                self.of("what recommendations brought", "что дали рекомендации")
            }
            Question::Briefing(_) => self.of("the briefing", "сводка"),
            Question::Customer(asked) => self.of_customer("customer", "клиент", &asked.customer_id),
            Question::Timeline(asked) => {
                self.of_customer("what happened with", "история клиента", &asked.customer_id)
            }
            Question::Value(asked) => {
                let of = self.of_customer(
                    "what to expect of",
                    "чего ждать от клиента",
                    &asked.customer_id,
                );
                self.horizon(of, asked.horizon_days)
            }
            Question::Next(asked) => self.of_customer(
                "what is likely to be bought next by",
                "что скорее всего купит клиент",
                &asked.customer_id,
            ),
            Question::Values(asked) => self.values(asked),
            Question::Segments(_) => {
                let what = self.of("customers by group", "клиенты по группам");
                let stage = self.focus.key.as_deref().and_then(|key| key.parse::<Stage>().ok());
                stage.map_or(what.clone(), |stage| format!("{what}: {}", self.stage(stage)))
            }
            Question::Together(asked) => {
                let name = self.name().unwrap_or(&asked.sku);
                match self.english {
                    true => format!("what is bought together with {name}"),
                    false => format!("что покупают вместе с {name}"),
                }
            }
        }
    }

    fn of_customer(&self, english: &str, russian: &str, id: &str) -> String {
        let name = self.name().unwrap_or(id);
        let what = self.of(english, russian);
        if name == id { format!("{what} {id}") } else { format!("{what} {name} ({id})") }
    }

    fn horizon(&self, text: String, days: u32) -> String {
        match self.english {
            true => format!("{text}, within {days} days"),
            false => format!("{text}, на {days} дн. вперёд"),
        }
    }

    fn by(&self, by: Breakdown) -> String {
        match by {
            Breakdown::Product => self.of("by product", "по товарам"),
            Breakdown::Country => self.of("by country", "по странам"),
            Breakdown::Channel => self.of("by channel", "по каналам"),
            Breakdown::Segment => self.of("by segment", "по сегментам"),
        }
    }

    fn report(&self, report: &Report) -> String {
        let ends = [report.from, report.to].map(|end| end.and_then(day_of));
        let days = days(self.language, ends[0], ends[1], report.range);
        let column = self.focus.column.as_deref();
        let usual = if report.name == ReportName::Products { "gross" } else { "net" };
        let sold = || figure(column.unwrap_or(usual), self.language);
        let of_part = |by: Breakdown| match self.name() {
            Some(name) => format!("{}, {name}", sold()),
            None => format!("{} {}", sold(), self.by(by)),
        };
        let what = match report.name {
            ReportName::Summary => {
                let days = days
                    .unwrap_or_else(|| self.of("the last full month", "последний полный месяц"));
                let beside = self.of("beside the period before", "рядом с предыдущим периодом");
                return format!("{}, {days}, {beside}", sold());
            }
            ReportName::Sales => self.sales(report, &sold()),
            ReportName::Products => of_part(Breakdown::Product),
            ReportName::Countries => of_part(Breakdown::Country),
            ReportName::Channels => of_part(Breakdown::Channel),
            ReportName::Customers => {
                self.of("the customers who brought most", "клиенты, которые принесли больше всего")
            }
            ReportName::Repeat => {
                self.of("new and returning customers", "новые и вернувшиеся клиенты")
            }
            ReportName::Refunds => {
                let what = self.of("refunds by product", "возвраты по товарам");
                self.name()
                    .map_or(what, |name| format!("{}, {name}", self.of("refunds", "возвраты")))
            }
            ReportName::Heatmap => self.of(
                "when people buy, by weekday and hour",
                "когда покупают, по дням недели и часам",
            ),
            ReportName::Rfm => self.of(
                "customers by recency, frequency and money",
                "клиенты по давности, частоте и деньгам",
            ),
            ReportName::Cohorts => self.of(
                "retention by the month of the first purchase",
                "удержание по месяцу первой покупки",
            ),
        };
        let compares = report.name == ReportName::Sales && self.focus.than.is_some();
        let days = if compares { None } else { days };
        let ever = || self.of("all days so far", "за всё время");
        let text = with_days(what, days.or_else(|| (!compares).then(ever)));
        match report.limit.filter(|limit| *limit > 0) {
            Some(limit) if self.english => format!("{text}, the first {limit}"),
            Some(limit) => format!("{text}, первые {limit}"),
            None => text,
        }
    }

    fn sales(&self, report: &Report, sold: &str) -> String {
        let bucket = report.bucket.unwrap_or(Bucket::Month);
        let by = by_bucket(bucket, self.language);
        match (self.focus.days, self.focus.than) {
            (Some(days), Some(than)) => {
                let [days, than] = [days, than].map(|day| period(self.language, day, bucket));
                match self.english {
                    true => format!("{sold}, {days} beside {than}, {by}"),
                    false => format!("{sold}, {days} рядом с {than}, {by}"),
                }
            }
            _ => format!("{sold} {by}"),
        }
    }

    fn purchases(&self, asked: &crm_api::question::Purchases) -> String {
        let day = |moment: Option<Moment>| match moment {
            Some(Moment::Day(day)) => Some(day),
            _ => None::<NaiveDate>,
        };
        let mut text = match &asked.purchase_id {
            Some(number) => {
                format!("{} {number}", self.of("orders with the number", "заказы с номером"))
            }
            None => self.of("orders", "заказы"),
        };
        for one in [&asked.country, &asked.channel, &asked.sku].into_iter().flatten() {
            text.push_str(&format!(", {one}"));
        }
        with_days(text, days(self.language, day(asked.from), day(asked.to), asked.range))
    }

    fn values(&self, asked: &crm_api::question::Values) -> String {
        let text = match asked.stage {
            Some(stage) => format!("{}: {}", self.of("customers", "клиенты"), self.stage(stage)),
            None => self.of("customers", "клиенты"),
        };
        let by = match asked.by {
            ValuesBy::Value => self.of("by what is expected of them", "по ожидаемой ценности"),
            ValuesBy::Spent => self.of("by what they spent", "по потраченному"),
            ValuesBy::Purchases => self.of("by how often they bought", "по частоте покупок"),
            ValuesBy::Last => self.of("the last to buy first", "сначала купившие последними"),
            ValuesBy::Next => self.of("the soonest to buy first", "сначала те, кто купит раньше"),
            ValuesBy::Alive => {
                self.of("by the chance that they come back", "по вероятности возврата")
            }
        };
        self.horizon(format!("{text}, {by}"), asked.horizon_days)
    }

    fn stage(&self, stage: Stage) -> String {
        match stage {
            Stage::Loyal => self.of("loyal", "постоянные"),
            Stage::Active => self.of("active", "активные"),
            Stage::New => self.of("new", "новые"),
            Stage::Slipping => self.of("slipping", "уходящие"),
            Stage::Lost => self.of("lost", "потерянные"),
            Stage::OneTime => self.of("bought once", "купившие однажды"),
        }
    }
}

fn with_days(text: String, days: Option<String>) -> String {
    match days {
        Some(days) => format!("{text}, {days}"),
        None => text,
    }
}
