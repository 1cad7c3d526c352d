//! `report`, `forecast` and their like: a question and the form of its answer. Waits with progress,
//! and prints.

use std::io::IsTerminal;
use std::time::Duration;

use crm_api::answer::ReportName;
use crm_api::question::{Answer, Ask, Question};
use indicatif::{ProgressBar, ProgressStyle};

use super::context::Context;
use super::{Global, Usage, output};
use crate::answers::{Answers, Ready};
use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::export::{self, ExportError, Format, Look, Tabular};
use crate::insights::{Priority, ProgressView, Stage};

/// What follows the options of each command.
pub(super) fn report_help() -> String {
    let line = |name: &ReportName| format!("  {name:<10} {}\n", name.description());
    let reports: String = ReportName::ALL.iter().map(line).collect();
    format!(
        "Reports:\n{reports}\n\
         What each figure means: docs/figures.md\n\n\
         Examples:\n  \
         crm-collector report summary\n  \
         crm-collector report summary --range this-month\n  \
         crm-collector report sales --last 12w --bucket week\n  \
         crm-collector report sales --from 2026-01-01 --to 2027-01-01 --bucket quarter\n  \
         crm-collector report products --limit 0 --format csv > products.csv\n  \
         crm-collector report sales --format html > sales.html"
    )
}

pub(super) const FORECAST: &str = "\
The period that is not over is never taken for a whole one. Each forecast has intervals of 80 and
95 %, names its method, and says how far off that would have been in the past, and repeating the past.

Examples:
  crm-collector forecast
  crm-collector forecast --series orders --bucket week --horizon 8
  crm-collector forecast --by product --limit 0 --format csv > products.csv
  crm-collector forecast --bucket day --holidays 2026-12-25,2026-12-26";

pub(super) const TRENDS: &str = "\
All sales are compared with the same periods of the year before, each product, country and channel
by its share of what else was sold: seasons are no trends. What has one cause is one trend; what has
most money at stake from now on comes first. --format json has all drivers, what each change is made
of and what it explains, and where its purchases are.

Examples:
  crm-collector trends
  crm-collector trends --bucket month --format json";

pub(super) const SEGMENTS: &str = "\
By stage of life, from how likely each customer is to buy within a year (loyal, active, new,
slipping, lost, one-time); and by recency, frequency and money, each in fifths, under the eleven
usual names. A name says what the stage does: who is lost is no champion.

Examples:
  crm-collector segments
  crm-collector segments --format json
  crm-collector report rfm --from 2026-01-01
  crm-collector report cohorts";

pub(super) const TOGETHER: &str = "\
Only pairs that chance does not explain are shown: at most 5 % of them are false ones (Fisher's
exact test, Benjamini-Hochberg over the pairs of the product). A product of the category `fee`, such
as postage, is no goods and in no basket.

Examples:
  crm-collector together 22423
  crm-collector together 22423 --limit 0 --format csv";

pub(super) const NEXT: &str = "\
Examples:
  crm-collector next 17841
  crm-collector next 17841 --limit 3 --format json";

pub(super) const BRIEFING: &str = "\
Each sentence is made of figures that other commands print; --format json names the question that has
them.

Examples:
  crm-collector briefing
  crm-collector briefing --language ru
  crm-collector briefing --as-of 2026-02-01 --format html > briefing.html";

/// A question as a command.
#[derive(clap::Args, Debug)]
pub(super) struct Args<Q: clap::Args> {
    #[command(flatten)]
    question: Q,
    /// table, json, csv or html
    #[arg(long, default_value = "table")]
    format: Format,
    #[command(flatten)]
    shown: Shown,
}

/// What of an answer is shown.
#[derive(clap::Args, Debug)]
pub(super) struct Shown {
    /// Columns of a table or of CSV, by the names in CSV, parted by commas [default: in a table those
    /// that fit, in CSV all]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(super) columns: Vec<String>,
}

impl Shown {
    /// Everything.
    pub(super) fn all() -> Self {
        Self { columns: Vec::new() }
    }
}

pub(super) fn run<Q: Ask + clap::Args>(args: Args<Q>, global: &Global) -> anyhow::Result<()> {
    print(args.question.into(), for_stdout(args.format), args.shown, global)
}

/// Asks, shows progress while it takes, and prints the answer.
pub(super) fn print(
    question: Question,
    format: Format,
    shown: Shown,
    global: &Global,
) -> anyhow::Result<()> {
    let look = output::look(shown.columns);
    let context = Context::open(global)?;
    let access = context.access()?;
    let answers = answers(&context);
    let answer = answer(&context, &answers, &access, question);
    answers.insights.stop();
    write(&answer?, format, &look)
}

/// Who answers questions here.
pub(super) fn answers(context: &Context) -> Answers {
    let (store, clock) = (context.store.clone(), context.clock.clone());
    // Somebody sits and waits.
    Answers::new(store, clock, &context.config.analysis, Priority::Foreground)
}

/// Asks, and shows progress while it takes.
pub(super) fn answer(
    context: &Context,
    answers: &Answers,
    access: &Access<Read>,
    question: Question,
) -> anyhow::Result<Answer> {
    let asked = progress(async |view| answers.ask(access, question, view).await);
    let answer = context.wait(asked).and_then(|ready: Ready| ready.answer());
    answer.map_err(|error| match error {
        AskError::Invalid(invalid) => Usage::of_field(&invalid).into(),
        error => anyhow::Error::from(error),
    })
}

/// Prints an answer.
pub(super) fn write(answer: &Answer, format: Format, look: &Look) -> anyhow::Result<()> {
    // A file of figures has no room for what is not among them.
    if let (Answer::Report(report), Format::Csv) = (answer, format) {
        report.sheet().notes.iter().for_each(|note| output::note(note));
    }
    let mut text = Vec::new();
    export::write_answer(answer, format, look, &mut text).map_err(wrong_columns)?;
    output::print(&String::from_utf8(text)?)
}

/// Columns that cannot be shown are a mistake of whoever asked for them.
pub(super) fn wrong_columns(error: ExportError) -> anyhow::Error {
    match error {
        ExportError::NoColumn { .. } | ExportError::AllColumns => {
            Usage(format!("--columns: {error}")).into()
        }
        error => error.into(),
    }
}

/// JSON for a terminal is laid out for people.
pub(super) fn for_stdout(format: Format) -> Format {
    match format {
        Format::Json { .. } => Format::Json { pretty: std::io::stdout().is_terminal() },
        other => other,
    }
}

/// How often the progress is shown.
const SHOW_EVERY: Duration = Duration::from_millis(100);

/// Shows how far an answer is until it is there.
async fn progress<T>(ask: impl AsyncFnOnce(&ProgressView) -> T) -> T {
    let view = ProgressView::default();
    let mut answer = std::pin::pin!(ask(&view));
    let bar = ProgressBar::new_spinner().with_message("reading");
    loop {
        match tokio::time::timeout(SHOW_EVERY, &mut answer).await {
            Ok(answer) => {
                bar.finish_and_clear();
                return answer;
            }
            Err(_) => show(&bar, view.stage()),
        }
    }
}

fn show(bar: &ProgressBar, stage: Stage) {
    let Stage::Computing { done, of } = stage else {
        return bar.tick();
    };
    // The template is a constant; were it wrong, the plain bar would do.
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos} of {len}") {
        bar.set_style(style);
    }
    bar.set_message("computing");
    bar.set_length(of as u64);
    bar.set_position(done as u64);
}
