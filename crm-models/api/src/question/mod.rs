//! Questions: what can be asked, each a type whose fields are described once, and the list of them,
//! from which routes are made.

mod advice;
mod clients;
mod fields;
mod report;
mod statistics;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};

pub use advice::{AdviceResults, Briefing, Recommendations};
pub use clients::{Customer, FindCustomers, Interaction, Purchase, Purchases, Timeline};
pub use report::{Cohorts, Report};
pub use statistics::{
    Counting, Forecast, Next, Segments, Stage, Together, Trends, Value, Values, ValuesBy,
    check_horizon_days,
};

use crate::answer;

/// A question, and how it is asked by HTTP.
pub trait Ask:
    Described + Into<Question> + Serialize + DeserializeOwned + Default + Send + Sync + 'static
{
    /// What answers it.
    type Answer: AnswerDescribed + Serialize + DeserializeOwned;
    /// Where and how it is asked.
    const ROUTE: Route;
}

/// Where a question is asked by HTTP, and what is said about that.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The path, with the name of what the question is about in braces.
    pub path: &'static str,
    /// Name of the operation.
    pub operation: &'static str,
    /// Heading that it stands under.
    pub tag: &'static str,
    /// What is told, in lines; the first paragraph sums it up.
    pub about: &'static str,
    /// What an answer holds.
    pub answer: &'static str,
    /// How it is answered.
    pub kind: Kind,
    /// What may be given beside the path.
    pub parameters: &'static [&'static str],
}

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With something to read, in JSON alone.
    Record,
    /// With a table, in each format.
    Table,
    /// With a table that may take a while to compute.
    Analysis,
}

/// Told of every question.
pub trait EachQuestion {
    /// Here is one.
    fn question<Q: Ask>(&mut self);
}

macro_rules! questions {
    ($($(#[doc = $about:literal])*
        $name:ident -> $answer:ident: $kind:ident $operation:literal $path:literal $tag:literal $told:literal;)*
    ) => {
        /// A question of any kind.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(tag = "question", rename_all = "snake_case")]
        pub enum Question {
            $($(#[doc = $about])* $name($name),)*
        }

        /// An answer to a [`Question`] of the same name.
        #[derive(Clone, Debug)]
        pub enum Answer {
            $(#[doc = $told] $name(Arc<answer::$answer>),)*
        }

        impl Serialize for Answer {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$name(answer) => answer.serialize(serializer),)* }
            }
        }

        impl Question {
            /// Where and how it is asked by HTTP.
            pub const fn route(&self) -> Route {
                match self { $(Self::$name(_) => <$name as Ask>::ROUTE,)* }
            }

            /// The same question with everything left out.
            pub fn plain(&self) -> Self {
                match self { $(Self::$name(_) => Self::$name($name::default()),)* }
            }
        }

        $(
            impl From<$name> for Question {
                fn from(question: $name) -> Self {
                    Self::$name(question)
                }
            }

            impl Ask for $name {
                type Answer = answer::$answer;
                const ROUTE: Route = Route {
                    path: $path,
                    operation: $operation,
                    tag: $tag,
                    about: concat!($($about, "\n"),*),
                    answer: $told,
                    kind: Kind::$kind,
                    parameters: $name::PARAMETERS,
                };
            }
        )*

        /// Tells somebody of every question.
        pub fn each_question(told: &mut impl EachQuestion) {
            $(told.question::<$name>();)*
        }
    };
}

questions! {
    /// Finds customers.
    FindCustomers -> CustomerPage: Record "find_customers" "/v1/customers" "Client base"
        "In order of first acquaintance";
    /// One customer, with what was bought in sums.
    Customer -> CustomerDetail: Record "get_customer" "/v1/customers/{id}" "Client base"
        "The customer";
    /// What happened with a customer: purchases, refunds, interactions.
    Timeline -> TimelinePage: Record "get_timeline" "/v1/customers/{id}/timeline" "Client base"
        "The latest first";
    /// Lists purchases.
    Purchases -> PurchasePage: Record "list_purchases" "/v1/purchases" "Client base"
        "The latest first";
    /// One purchase: as it is now, as it was before each correction, and what was given back for it.
    Purchase -> PurchaseDetail: Record "get_purchase" "/v1/purchases/{source}/{purchase_id}" "Client base"
        "The purchase";
    /// One interaction: as it is now, and as it was before each correction.
    Interaction -> InteractionDetail: Record "get_interaction" "/v1/interactions/{interaction_id}" "Client base"
        "The interaction";
    /// Makes a report: a table with typed columns, rows keyed by column, and totals. Money is a
    /// string.
    Report -> Report: Table "get_report" "/v1/reports/{name}" "Reports"
        "The report";
    /// Retention and revenue of customers by the month of their first purchase: the report `cohorts`.
    Cohorts -> Report: Table "get_cohorts" "/v1/cohorts" "Insights"
        "The report";
    /// Forecasts sales.
    ///
    /// Each forecast has intervals, names its method, and says how that would have done in the past
    /// beside the naive method.
    Forecast -> Forecasts: Analysis "get_forecasts" "/v1/forecasts" "Insights"
        "The whole, and its parts";
    /// Tells what changed: since when, by how much, how surely, and what drove it.
    ///
    /// Like is compared with like: all sales with the year before, parts by their share of what else
    /// was sold. What has one cause is one trend.
    Trends -> Trends: Analysis "get_trends" "/v1/trends" "Insights"
        "What has most money at stake first";
    /// Lists what customers are worth.
    Values -> CustomerValues: Analysis "list_values" "/v1/customer-values" "Insights"
        "The most valuable first";
    /// Tells what a customer is worth: whether they will come back, how often, for how much, when.
    Value -> CustomerValues: Analysis "get_value" "/v1/customers/{id}/value" "Insights"
        "One customer, or none who never bought";
    /// Tells which groups the customers fall into.
    Segments -> Segments: Analysis "get_segments" "/v1/segments" "Insights"
        "By stage of life, and by recency, frequency and money";
    /// Tells what is bought together with a product, more often than by chance.
    Together -> Together: Analysis "get_together" "/v1/products/{sku}/together" "Insights"
        "Those with the largest excess over chance first";
    /// Tells what a customer is likely to buy next, and why.
    Next -> NextItems: Analysis "get_next" "/v1/customers/{id}/next" "Insights"
        "The likeliest first";
    /// Recommends what to do: whom to turn to, with what, by when, and how much money is at stake.
    ///
    /// Money at stake is a lower bound of what is to be kept or won within ten weeks, not what acting
    /// earns. Each recommendation has the questions whose answers show what is behind it.
    Recommendations -> Recommendations: Analysis "get_recommendations" "/v1/recommendations" "Assistant"
        "The most money first";
    /// Tells what recommendations brought: customers who were told of, beside those held back by lot.
    ///
    /// Everybody counts as drawn, whatever was done, once the ten weeks after are over. The interval may be
    /// looked at every day.
    AdviceResults -> AdviceResults: Analysis "get_recommendation_results" "/v1/recommendations/results"
        "Assistant" "By kind, all customers first";
    /// Tells in a few sentences what happened, what changed, what to expect, and what to do.
    Briefing -> Briefing: Analysis "get_briefing" "/v1/briefing" "Assistant"
        "Sentences, each with the question whose answer shows what is behind it";
}

impl From<Question> for answer::Evidence {
    fn from(question: Question) -> Self {
        // A question is texts, numbers and lists of them: all of it can be written.
        Self(serde_json::to_value(question).unwrap_or_default())
    }
}

impl answer::Evidence {
    /// The question; nothing where it is one of a later version.
    pub fn question(&self) -> Option<Question> {
        serde_json::from_value(self.0.clone()).ok()
    }
}

#[cfg(feature = "openapi")]
mod described {
    /// Has parameters that OpenAPI describes.
    pub trait Described: utoipa::IntoParams {}
    impl<T: utoipa::IntoParams> Described for T {}
    /// Has a schema.
    pub trait AnswerDescribed: utoipa::ToSchema {}
    impl<T: utoipa::ToSchema> AnswerDescribed for T {}
}

#[cfg(not(feature = "openapi"))]
mod described {
    /// Has parameters.
    pub trait Described {}
    impl<T> Described for T {}
    /// Has a form.
    pub trait AnswerDescribed {}
    impl<T> AnswerDescribed for T {}
}

use described::{AnswerDescribed, Described};

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn every_question_is_read_as_it_is_written_and_may_leave_everything_out() {
        struct Tried(Vec<String>);

        impl EachQuestion for Tried {
            fn question<Q: Ask>(&mut self) {
                let question: Question = Q::default().into();
                let written = serde_json::to_value(&question).unwrap();
                let read = |value: Value| serde_json::from_value::<Question>(value);
                assert_eq!(read(written.clone()).unwrap(), question);
                let name = written["question"].as_str().unwrap().to_owned();
                assert_eq!(read(json!({ "question": name })).unwrap(), question);
                let refused = read(json!({ "question": name, "nosuch": 1 })).unwrap_err();
                assert!(refused.to_string().starts_with("unknown field `nosuch`"), "{refused}");
                self.0.push(name);
            }
        }

        let mut tried = Tried(Vec::new());
        each_question(&mut tried);
        let names = [
            "find_customers",
            "customer",
            "timeline",
            "purchases",
            "purchase",
            "interaction",
            "report",
            "cohorts",
            "forecast",
            "trends",
            "values",
            "value",
            "segments",
            "together",
            "next",
            "recommendations",
            "advice_results",
            "briefing",
        ];
        assert_eq!(tried.0, names);
    }

    #[test]
    fn fields_are_read_as_they_are_given() {
        let question = json!({ "question": "forecast", "series": "orders", "bucket": "day",
            "holidays": "2026-12-25, 2026-12-26", "as_of": "2026-01-31", "currency": "EUR" });
        let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
        let expected = Forecast {
            series: answer::Measure::Orders,
            bucket: crate::Bucket::Day,
            holidays: vec![day("2026-12-25"), day("2026-12-26")],
            as_of: Some(day("2026-01-31").into()),
            currency: Some(crm_models::Currency::EUR),
            ..Forecast::default()
        };
        assert_eq!(serde_json::from_value::<Question>(question).unwrap(), expected.into());
    }
}
