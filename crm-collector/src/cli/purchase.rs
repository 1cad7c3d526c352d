//! `purchase`: one purchase with its past, and its correction.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use crm_api::PageSize;
use crm_api::question::{self, Question};
use crm_models::{Event, EventType, Purchase, limits};

use super::context::Context;
use super::{Global, Usage, ask, output};
use crate::auth::NO_SOURCE;
use crate::export::Format;
use crate::ingest::{self, Outcome};
use crate::words::counted;

const EXAMPLES: &str = "\
Examples:
  crm-collector purchase show 1001
  crm-collector purchase show 1001 --source shop-2
  crm-collector purchase replace order.json       the whole purchase, as an application sends it
  crm-collector purchase void 1001                it is in no figure any more
  crm-collector purchase void --source shop-2 --all";

/// Show a purchase with its past, correct it, or take it back
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a purchase as JSON: as it is now, what was given back for it, and its past
    Show(Shown),
    /// Store a purchase in the place of what is stored under its number
    Replace {
        /// A file with the purchase in JSON; `-` for standard input
        file: PathBuf,
    },
    /// Take a purchase back, or all of a source; it is in no figure any more
    Void {
        /// The host's number
        #[arg(required_unless_present = "all")]
        purchase_id: Option<String>,
        /// Which shop or application it comes from, where one was told
        #[arg(long, required_if_eq("all", "true"))]
        source: Option<String>,
        /// All purchases of the source
        #[arg(long, conflicts_with = "purchase_id")]
        all: bool,
    },
}

#[derive(clap::Args, Debug)]
struct Which {
    /// The host's number
    purchase_id: String,
    /// Which shop or application it comes from; `-` where none was told
    #[arg(long, default_value = NO_SOURCE, allow_hyphen_values = true)]
    source: String,
}

#[derive(clap::Args, Debug)]
struct Shown {
    #[command(flatten)]
    which: Which,
    /// The next_after of the page before
    #[arg(long)]
    after: Option<String>,
    /// Versions and refunds at the most, the latest first, 1 to 1000
    #[arg(long, default_value_t = PageSize::default())]
    limit: PageSize,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    match args.command {
        Command::Show(Shown { which: Which { purchase_id, source }, after, limit }) => {
            let asked = question::Purchase { source, purchase_id, after, limit };
            let asked = Question::Purchase(asked);
            ask::print(asked, Format::Json { pretty: true }, ask::Shown::all(), global)
        }
        Command::Replace { file } => replace(&file, global),
        Command::Void { purchase_id, source, .. } => {
            let (context, access) = Context::open_with(global)?;
            let corrections = context.corrections();
            let Some(purchase_id) = purchase_id else {
                let source = source.unwrap_or_default();
                let voided = corrections.void_source(&access, &source)?;
                let told = counted(voided, "purchase of", "purchases of");
                let taken = if voided == 1 { "is" } else { "are" };
                return output::print(&format!("{told} {source} {taken} taken back\n"));
            };
            let source = source.as_deref().unwrap_or(NO_SOURCE);
            if !corrections.void(&access, source, &purchase_id)? {
                anyhow::bail!("there is no purchase {purchase_id} of this source");
            }
            output::print(&format!("{purchase_id} is taken back\n"))
        }
    }
}

fn replace(file: &std::path::Path, global: &Global) -> anyhow::Result<()> {
    let mut text = String::new();
    let most = limits::EVENT_BYTES as u64;
    if file.as_os_str() == "-" {
        std::io::stdin().take(most + 1).read_to_string(&mut text)?;
    } else {
        let opened = std::fs::File::open(file);
        let opened = opened.with_context(|| format!("{} cannot be read", file.display()))?;
        opened.take(most + 1).read_to_string(&mut text)?;
    }
    if text.len() > limits::EVENT_BYTES {
        return Err(Usage(format!("a purchase has at most {} bytes", limits::EVENT_BYTES)).into());
    }
    let purchase = ingest::read_alone::<Purchase>(&text, EventType::Purchase);
    let mut purchase = purchase.context("this is no purchase")?;
    purchase.replace = true;
    let (context, access) = Context::open_with(global)?;
    let now = context.clock.now();
    let mut event = Event::from(purchase);
    let id = ingest::new_event_id(now)?;
    event.complete(|| id, now);
    event.tidy(|warning| output::note(&format!("warning: {}: {}", warning.field, warning.message)));
    let outcomes = ingest::append(&context.store, &access, vec![event], now)?;
    match outcomes.into_iter().next() {
        Some(Outcome::Accepted) => output::print("stored; it is the first of its number\n"),
        Some(Outcome::Updated) => output::print("stored in the place of what was there\n"),
        Some(Outcome::Duplicate | Outcome::Superseded) => output::print("stored before\n"),
        Some(Outcome::Rejected(invalid)) => Err(anyhow::Error::new(invalid)),
        None => anyhow::bail!("the purchase got no answer"),
    }
}
