//! Answers: the client base, reports, and what the statistics say of them.
//!
//! Values that the HTTP interface, the command line and the pages all show. Money is a decimal
//! string, everything else a JSON number. An answer of the statistics names its method, what it was
//! given, and what more it would have needed: in a sentence, and beside it as a code with parameters.

mod advice;
mod analysis;
mod basket;
mod customer;
mod explanation;
mod figure;
mod forecast;
mod purchase;
mod raw;
mod report;
mod segment;
mod trend;
mod value;

pub use advice::{
    AdviceFacts, AdviceKind, AdviceResult, AdviceResults, AdviceState, AdviceVerb, Briefing,
    BriefingPart, Decision, Evidence, Named, Recommendation, Recommendations, Standing, Statement,
};
pub use analysis::Analysis;
pub use basket::{NextItem, NextItems, Pair, Together};
pub use customer::{Customer, CustomerDetail, CustomerPage, Worth};
pub use explanation::{Change, Compared, Direction, Driver, Missing, Naive, Reason, Why};
pub use figure::Figure;
pub use forecast::{
    Accuracy, Band, Breakdown, ForecastPeriod, Forecasts, Measure, PastPeriod, SeriesForecast,
};
pub use purchase::{
    Interaction, InteractionDetail, InteractionVersion, LineItem, Purchase, PurchaseDetail,
    PurchasePage, PurchaseVersion, TimelineEntry, TimelinePage,
};
pub use report::{Column, Report, ReportName, Unit, Value};
pub use segment::{Group, Segments};
pub use trend::{Contribution, Explained, Factor, Rows, Season, Trend, Trends};
pub use value::{CustomerValue, CustomerValues, Parameter, Rfm, ValueModel};
