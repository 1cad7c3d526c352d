//! What the commands that ask the statistics share: options, waiting with progress, printing.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use crm_models::Currency;
use indicatif::{ProgressBar, ProgressStyle};

use super::context::Context;
use super::{Global, Usage, output};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::export::{self, Answer, Format};
use crate::insights::{InsightError, Insights, Priority, ProgressView, Scope, Stage};

/// Options of every such command.
#[derive(clap::Args, Debug)]
pub(super) struct Options {
    /// Currency of the purchases that count [default: the workspace's own]
    #[arg(long)]
    currency: Option<Currency>,
    /// First day that counts no more, such as 2026-01-31 [default: today, or the day after the last purchase where
    /// that is more than five weeks ago]
    #[arg(long, value_name = "DATE", value_parser = super::day)]
    as_of: Option<NaiveDate>,
    /// table, json or csv
    #[arg(long, default_value = "table")]
    pub(super) format: Format,
}

impl Options {
    pub(super) fn scope(&self) -> Scope {
        Scope { currency: self.currency, as_of: self.as_of }
    }
}

/// How often the progress is shown.
const SHOW_EVERY: Duration = Duration::from_millis(100);

/// Asks, shows progress while it takes, and prints the answer.
pub(super) fn print<A: Answer>(
    global: &Global,
    options: &Options,
    ask: impl AsyncFnOnce(&Insights, &Access<Read>, &ProgressView) -> Result<Arc<A>, InsightError>,
) -> anyhow::Result<()> {
    let context = Context::open(global)?;
    let access = context.access()?;
    let (store, clock) = (context.store.clone(), context.clock.clone());
    // Somebody sits and waits.
    let insights = Insights::new(store, clock, &context.config.analysis, Priority::Foreground);
    let answer = context.wait(shown(async |view| ask(&insights, &access, view).await));
    insights.stop();
    let answer = match answer {
        Err(InsightError::Invalid(invalid)) => return Err(Usage::of_field(&invalid).into()),
        answer => answer?,
    };
    write(&*answer, options.format)
}

/// Shows how far an answer is until it is there.
async fn shown<T>(ask: impl AsyncFnOnce(&ProgressView) -> T) -> T {
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

/// Prints an answer; JSON for a terminal is laid out for people.
pub(super) fn write(answer: &impl Answer, format: Format) -> anyhow::Result<()> {
    let format = match format {
        Format::Json { .. } => Format::Json { pretty: std::io::stdout().is_terminal() },
        other => other,
    };
    output::print(&export::to_text(answer, format)?)
}
