//! `ask`: a question in plain English or Russian: how it was understood, the command that asks the same, the answer
//! in a sentence, and the answer as that command prints it.

use anyhow::bail;
use crm_api::{Asked, Language};

use super::context::Context;
use super::{Global, Usage, ask, output};
use crate::ask_error::AskError;
use crate::assistant::ask::{Declined, Outcome, Understood, language_of, spelled};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::export::{self, ExportError, Format, Locale, pictures};

const EXAMPLES: &str = "\
What is not understood, or not in the data, is declined with what can be asked instead.

Examples:
  crm-collector ask sales by country last month
  crm-collector ask what is bought together with 22423
  crm-collector ask sales in 2011 --then monthly
  crm-collector ask почему упали продажи в ноябре";

/// Answer a question in plain English or Russian
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The question; a shell takes some signs for its own, so it may stand in quotation marks
    #[arg(required = true, value_name = "TEXT")]
    text: Vec<String>,
    /// A question that takes up the one before; may be given several times
    #[arg(long, value_name = "TEXT")]
    then: Vec<String>,
    /// Language of the answer: en or ru [default: that of the question]
    #[arg(long)]
    language: Option<Language>,
    /// table, json, csv or html; all but a table have the answer alone
    #[arg(long, default_value = "table")]
    format: Format,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let context = Context::open(global)?;
    let (access, _) = context.access_and_timezone::<Read>()?;
    let answers = ask::answers(&context);
    let done = answer_each(&args, &context, &answers, &access);
    answers.insights.stop();
    done
}

fn answer_each(
    args: &Args,
    context: &Context,
    answers: &crate::answers::Answers,
    access: &Access<Read>,
) -> anyhow::Result<()> {
    let mut before: Option<Asked> = None;
    let first = args.text.join(" ");
    for (nth, text) in std::iter::once(&first).chain(&args.then).enumerate() {
        let language = args.language.unwrap_or_else(|| language_of(text));
        let read = answers.understand(access, text, Some(language), before.as_ref());
        let read = read.map_err(|error| match error {
            AskError::Invalid(invalid) => anyhow::Error::from(Usage(invalid.message)),
            error => error.into(),
        })?;
        let understood = match read.outcome {
            Outcome::Understood(understood) => understood,
            Outcome::Declined(Declined { why, examples }) => {
                let lead = match language {
                    Language::English => "You could ask:",
                    Language::Russian => "Можно спросить:",
                };
                let examples: Vec<_> = examples.iter().map(|one| format!("\n  {one}")).collect();
                bail!("{why}\n{lead}{}", examples.concat())
            }
        };
        if nth > 0 && args.format == Format::Table {
            output::print("\n")?;
        }
        let Understood { asked, as_understood, .. } = *understood;
        let answer = ask::answer(context, answers, access, asked.question.clone())?;
        let locale = match language {
            Language::English => Locale::En,
            Language::Russian => Locale::Ru,
        };
        let says = pictures::told(&answer, &asked.focus, locale, read.timezone).plain();
        let same = spelled::command(&asked.question)
            .unwrap_or_else(|| format!("GET {}", spelled::address(&asked.question)));
        let about = format!("{as_understood}\n{same}\n");
        let look = output::look(Vec::new());
        if args.format == Format::Table {
            output::print(&format!("{about}\n{}\n\n", says.trim()))?;
        } else {
            output::note(about.trim_end());
        }
        let mut list = Vec::new();
        let listed = match args.format {
            Format::Table => export::write_list(&answer, &look, read.timezone, &mut list),
            _ => Err(ExportError::NoTable),
        };
        match listed {
            Ok(()) => output::print(&String::from_utf8(list)?)?,
            Err(ExportError::NoTable) => {
                // People see the part that they asked about; programs have the whole.
                let part = match args.format {
                    Format::Table => export::narrowed(&answer, &asked.focus),
                    _ => None,
                };
                let shown = part.as_ref().unwrap_or(&answer);
                ask::write(shown, ask::for_stdout(args.format), &look)?;
            }
            Err(error) => return Err(error.into()),
        }
        before = Some(asked);
    }
    Ok(())
}
