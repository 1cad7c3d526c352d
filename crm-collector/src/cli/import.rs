//! `import`: takes a CSV file of purchases in.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use chrono_tz::Tz;
use crm_models::{Currency, Event};
use indicatif::{ProgressBar, ProgressStyle};

use super::context::Context;
use super::{Global, output};
use crate::auth::{Access, Workspace};
use crate::clock::Clock;
use crate::import::{self, DateOrder, Mapping, Plan, Preset, Progress, Source};
use crate::ingest::{self, Outcome};

const EXAMPLES: &str = "\
Lines with the same purchase_id become one purchase; negative quantities become a refund. A
second run of the same file adds nothing.

Examples:
  crm-collector import online_retail_ii.csv.gz --preset online-retail \\
      --currency GBP --timezone Europe/London
  crm-collector import orders.csv --currency EUR --timezone Europe/Berlin \\
      --map purchase_id=Order,occurred_at=Date,sku=Article,quantity=Pieces,unit_price=Price
  crm-collector import orders.csv … --dry-run --rejects rejects.csv";

/// Import purchases from a CSV file, plain or compressed by gzip or zstd
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The file
    file: PathBuf,
    /// A known kind of file: online-retail
    #[arg(long, conflicts_with = "map")]
    preset: Option<Preset>,
    /// Which column is what: purchase_id=Invoice,sku=StockCode,… The fields are purchase_id,
    /// occurred_at, customer_id, customer_name, email, phone, sku, name, category, quantity,
    /// unit_price, total, country, channel and kind
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    map: Option<Mapping>,
    /// Currency of all amounts [default: the workspace's own]
    #[arg(long)]
    currency: Option<Currency>,
    /// Time zone of times without an offset, such as Europe/London [default: the workspace's own]
    #[arg(long, value_name = "ZONE", value_parser = super::timezone)]
    timezone: Option<Tz>,
    /// What comes first in dates such as 4/5/2011: day or month
    #[arg(long, value_name = "day|month")]
    date_order: Option<DateOrder>,
    /// What separates the fields
    #[arg(long, default_value_t = ',')]
    delimiter: char,
    /// Write every line that is skipped to this file, with its reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Store nothing, say what would happen
    #[arg(long)]
    dry_run: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// What a workspace reports in where nobody says.
const EURO: Currency = Currency::EUR;
/// What the derived rows are brought up to after an import: all of it.
const EVERYTHING: i64 = 1;

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    // A dry run makes nothing, not even a database to look into.
    let context = match args.dry_run {
        true => Context::open_if_there(global)?,
        false => Some(Context::open_or_make(global)?),
    };
    let known = match &context {
        Some(context) => context.workspace_if_any()?,
        None => None,
    };
    // Without either the error names the columns that there are.
    let mapping = args.preset.map(Mapping::preset).or(args.map).unwrap_or_default();
    let delimiter = u8::try_from(args.delimiter).context("--delimiter is one ASCII character")?;
    let plan = Plan {
        mapping,
        currency: args.currency.or(known.as_ref().map(|known| known.currency)).unwrap_or(EURO),
        timezone: args.timezone.or(known.as_ref().map(|known| known.timezone)).unwrap_or(Tz::UTC),
        date_order: args.date_order,
        delimiter,
    };
    let in_file = |path: &PathBuf| path.display().to_string();
    let mut rejects = match &args.rejects {
        Some(path) => {
            let file =
                File::create(path).with_context(|| format!("cannot write {}", in_file(path)))?;
            Some(BufWriter::new(file))
        }
        None => None,
    };

    let now = Clock::system().now();
    let bar = progress_bar();
    let mut progress = |progress: Progress| {
        bar.set_length(progress.total_bytes);
        bar.set_position(progress.read_bytes);
        bar.set_message(format!("{} lines", progress.lines));
    };
    // Made by the first events, so that a file that cannot be read leaves no workspace behind.
    let mut workspace = known;
    let access = |workspace: &Workspace| Access::command_line(workspace.id);
    let mut store = |events: Vec<Event>| -> anyhow::Result<Vec<Outcome>> {
        let Some(context) = context.as_ref() else {
            return Ok(ingest::judge(&events, now));
        };
        if args.dry_run {
            return Ok(match &workspace {
                Some(known) => ingest::foresee(&context.store, &access(known)?, &events, now)?,
                None => ingest::judge(&events, now),
            });
        }
        let workspace = match &mut workspace {
            Some(workspace) => workspace,
            none => none.insert(context.workspace_or_make(args.currency, args.timezone)?),
        };
        Ok(ingest::append(&context.store, &access(workspace)?, &events, now)?)
    };
    let mut sink = |events| store(events).map_err(NotStored);
    let summary = import::run(
        Source::File(&args.file),
        &plan,
        rejects.as_mut().map(|file| file as &mut dyn Write),
        &mut sink,
        &mut progress,
    )
    .with_context(|| format!("cannot import {}", in_file(&args.file)))?;
    if let Some(mut rejects) = rejects {
        rejects.flush().context("cannot write the rejects")?;
    }
    if let (Some(context), Some(workspace), false) = (&context, &workspace, args.dry_run) {
        bar.set_message("sums");
        while ingest::fold(&context.store, workspace, EVERYTHING)? > 0 {}
    }
    bar.finish_and_clear();

    if args.dry_run {
        output::note("nothing was stored; this is what an import would do:");
    }
    if args.json {
        return output::print(&format!("{}\n", serde_json::to_string_pretty(&summary)?));
    }
    output::print(&summary.to_string())
}

/// Why events could not be stored; the whole of it in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
struct NotStored(anyhow::Error);

fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    // The template is a constant; were it wrong, the plain bar would do.
    if let Ok(style) = ProgressStyle::with_template("{msg:>16} {wide_bar} {percent:>3} %") {
        bar.set_style(style);
    }
    bar
}
