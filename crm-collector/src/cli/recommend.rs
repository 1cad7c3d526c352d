//! `recommend`: what to do, and what became of it.

use chrono::NaiveDate;
use clap::Subcommand;
use crm_api::answer::AdviceState;
use crm_api::question::Recommendations;

use super::context::Context;
use super::{Global, Usage, ask, output};
use crate::answers::Answers;
use crate::ask_error::AskError;
use crate::insights::{Decision, Priority};

const EXAMPLES: &str = "\
Money at stake is a lower bound: four of five windows, orders or lines like it brought more. It is
what there is to be kept or won, not what acting earns. The most money times the chance of a
purchase comes first, of each ten no more than three of a kind, and each customer once.

Of a hundred customers, twenty are held back (--state held): what they do tells what acting brings.

Examples:
  crm-collector recommend
  crm-collector recommend --kind replenish --limit 0 --format csv > due.csv
  crm-collector recommend --language ru
  crm-collector recommend accept 1b77c73ced5115b1
  crm-collector recommend dismiss 1b77c73ced5115b1 --reason moved
  crm-collector recommend snooze 1b77c73ced5115b1 --until 2026-03-20
  crm-collector recommend done 1b77c73ced5115b1
  crm-collector recommend results
  crm-collector recommend hold-out 0";

/// Recommend what to do: whom to turn to, with what, by when, and for how much
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
#[group(skip)]
pub(super) struct Args {
    #[command(subcommand)]
    decide: Option<Command>,
    #[command(flatten)]
    question: ask::Args<Recommendations>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take a recommendation on
    Accept(One),
    /// Refuse a recommendation; it is not said again
    Dismiss(One),
    /// Put a recommendation off
    Snooze {
        #[command(flatten)]
        one: One,
        /// The day from which on it is open again [default: in a week]
        #[arg(long, value_name = "DATE", value_parser = crm_api::parse_day)]
        until: Option<NaiveDate>,
    },
    /// Say that a recommendation was followed
    Done(One),
    /// Tell what recommendations brought, beside customers held back
    Results(ask::Args<crm_api::question::AdviceResults>),
    /// Set how many customers of a hundred are held back, to tell what acting brings
    HoldOut {
        /// 0, for none, to 50
        #[arg(value_parser = clap::value_parser!(u8).range(0..=50))]
        percent: u8,
    },
}

#[derive(clap::Args, Debug)]
struct One {
    /// Id of the recommendation, as `recommend` shows it
    id: String,
    /// Why, in your words
    #[arg(long)]
    reason: Option<String>,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let Some(command) = args.decide else { return ask::run(args.question, global) };
    let (state, One { id, reason }, until) = match command {
        Command::Accept(one) => (AdviceState::Accepted, one, None),
        Command::Dismiss(one) => (AdviceState::Dismissed, one, None),
        Command::Snooze { one, until } => (AdviceState::Snoozed, one, until),
        Command::Done(one) => (AdviceState::Done, one, None),
        Command::Results(args) => return ask::run(args, global),
        Command::HoldOut { percent } => return hold_out(percent, global),
    };
    let (context, access) = Context::open_with(global)?;
    let answers = answers(&context);
    let decision = Decision { state, reason, until };
    let decided = context.wait(answers.insights.decide(&access, &id, decision));
    answers.insights.stop();
    let decided = decided.map_err(|error| match error {
        AskError::Invalid(invalid) => Usage::of_field(&invalid).into(),
        error => anyhow::Error::from(error),
    })?;
    let until = decided.until.map_or(String::new(), |day| format!(" until {day}"));
    output::print(&format!("{id} is {state}{until}\n"))
}

fn hold_out(percent: u8, global: &Global) -> anyhow::Result<()> {
    let (context, access) = Context::open_with(global)?;
    let answers = answers(&context);
    let held = context.wait(answers.insights.hold_out(&access, percent));
    answers.insights.stop();
    held?;
    output::print(&match percent {
        0 => "nobody is held back from now on\n".to_owned(),
        percent => format!("{percent} of a hundred customers are held back from now on\n"),
    })
}

fn answers(context: &Context) -> Answers {
    let (store, clock) = (context.store.clone(), context.clock.clone());
    Answers::new(store, clock, &context.config.analysis, Priority::Foreground)
}
