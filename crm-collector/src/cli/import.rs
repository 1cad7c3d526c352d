//! `import`: takes a CSV file of purchases in.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use chrono_tz::Tz;
use crm_models::{Currency, Event};
use indicatif::{ProgressBar, ProgressStyle};

use super::context::Context;
use super::{Global, output};
use crate::import::{self, DateOrder, Mapping, Plan, Preset, Progress, Source};
use crate::ingest;

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
    #[arg(long, conflicts_with = "map", required_unless_present = "map")]
    preset: Option<Preset>,
    /// Which column is what: purchase_id=Invoice,sku=StockCode,…
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    map: Option<Mapping>,
    /// Currency of all amounts [default: the workspace's own]
    #[arg(long)]
    currency: Option<Currency>,
    /// Time zone of times without an offset, such as Europe/London [default: the workspace's own]
    #[arg(long, value_name = "ZONE")]
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

/// What the derived rows are brought up to after an import: all of it.
const EVERYTHING: i64 = 1;

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let context = Context::open_or_make(global)?;
    let workspace = context.workspace_or_make(args.currency, args.timezone)?;
    let mapping = match (args.preset, args.map) {
        (Some(preset), _) => Mapping::preset(preset),
        (None, Some(mapping)) => mapping,
        (None, None) => bail!("say what the columns are, with --preset or --map"),
    };
    let delimiter = u8::try_from(args.delimiter).context("--delimiter is one ASCII character")?;
    let plan = Plan {
        mapping,
        currency: args.currency.unwrap_or(workspace.currency),
        timezone: args.timezone.unwrap_or(workspace.timezone),
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

    let now = context.clock.now();
    let bar = progress_bar();
    let mut progress = |progress: Progress| {
        bar.set_length(progress.total_bytes);
        bar.set_position(progress.read_bytes);
        bar.set_message(format!("{} lines", progress.lines));
    };
    let mut sink = |events: Vec<Event>| {
        if args.dry_run {
            ingest::foresee(&context.store, &workspace, &events, now)
        } else {
            ingest::append(&context.store, &workspace, &events, now)
        }
    };
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
    if !args.dry_run {
        bar.set_message("sums");
        while ingest::fold(&context.store, &workspace, EVERYTHING)? > 0 {}
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

fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    // The template is a constant; were it wrong, the plain bar would do.
    if let Ok(style) = ProgressStyle::with_template("{msg:>16} {wide_bar} {percent:>3} %") {
        bar.set_style(style);
    }
    bar
}
