//! What an answer says at a glance: a sentence, and the charts that show it, in the reader's language.
//! Every figure on them is one of the answer's.

mod advice;
mod baskets;
mod forecasts;
mod month;
mod names;
mod people;
mod period;
mod records;
mod report;
mod text;
mod told;
mod trends;

use crm_api::question::Answer;

pub use month::{Month, Outlook};
pub use names::{heading, name};
pub use period::period_start;
pub use text::Texts;
pub(super) use text::number;
pub use told::told;

use crate::charts::{Escaped, Locale};

/// Rows that a chart of the largest has.
const LARGEST: usize = 10;

/// An answer at a glance.
#[derive(Clone, Debug, Default)]
pub struct Face {
    /// What it is, in a word or two.
    pub title: String,
    /// What it covers: days, currency, time zone.
    pub about: String,
    /// What it says.
    pub says: Sentence,
    /// Its charts, what matters most first.
    pub charts: Vec<Picture>,
}

/// A chart under its heading.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What it shows; empty for the first, which the sentence tells of.
    pub heading: String,
    /// What stands between the two; may be empty.
    pub text: String,
    /// The chart, as HTML.
    pub markup: String,
}

impl Picture {
    fn new(heading: impl Into<String>, markup: String) -> Self {
        Self { heading: heading.into(), text: String::new(), markup }
    }
}

/// A sentence whose figures stand out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentence(Vec<(bool, String)>);

impl Sentence {
    fn say(mut self, text: impl Into<String>) -> Self {
        self.0.push((false, text.into()));
        self
    }

    fn figure(mut self, text: impl Into<String>) -> Self {
        self.0.push((true, text.into()));
        self
    }

    /// Without marks.
    pub fn plain(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// With its figures in bold.
    pub fn markup(&self) -> String {
        let part = |(is_figure, text): &(bool, String)| match is_figure {
            true => format!("<b>{}</b>", Escaped(text)),
            false => Escaped(text).to_string(),
        };
        self.0.iter().map(part).collect()
    }
}

/// An answer at a glance; nothing for those about the client base, which are no figures.
pub fn face(answer: &Answer, locale: Locale) -> Option<Face> {
    Some(match answer {
        Answer::Report(report) | Answer::Cohorts(report) => report::face(report, locale),
        Answer::Forecast(forecasts) => forecasts::face(forecasts, locale),
        Answer::Trends(trends) => trends::face(trends, locale),
        Answer::Values(values) | Answer::Value(values) => people::values(values, locale),
        Answer::Segments(segments) => people::segments(segments, locale),
        Answer::Together(together) => baskets::together(together, locale),
        Answer::Next(next) => baskets::next(next, locale),
        Answer::Recommendations(advice) => advice::face(advice, locale),
        Answer::Briefing(briefing) => advice::briefing(briefing),
        Answer::AdviceResults(results) => advice::results(results, locale),
        Answer::FindCustomers(_)
        | Answer::Customer(_)
        | Answer::Timeline(_)
        | Answer::Purchases(_)
        | Answer::Purchase(_)
        | Answer::Interaction(_) => return None,
    })
}
