//! `import`: takes a CSV file of purchases in.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use chrono_tz::Tz;
use crm_models::{Code, Currency, Event, Timestamp};
use indicatif::{ProgressBar, ProgressStyle};

use super::context::Context;
use super::interrupt::Interrupt;
use super::{Global, output};
use crate::auth::{Access, Workspace};
use crate::clock::Clock;
use crate::import::{
    self, DateOrder, Decimals, Foreseen, ImportError, Mapping, Plan, Preset, Progress, Source,
    Summary,
};
use crate::ingest::{self, Import, Outcome};
use crate::words::counted;

const EXAMPLES: &str = "\
Lines with the same purchase_id become one purchase; negative quantities become a refund. A
second run of the same file adds nothing; with --replace, what has changed in it takes the place of
what is stored. A purchase of which a line cannot be read is left out whole. Ctrl-C stops it in order; a second run adds the rest.

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
    /// unit_price, line_total (what the line comes to, not the purchase), country, channel, kind and
    /// refund_of
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
    /// What stands before the decimals of numbers such as 1,234: point or comma [default: what the file
    /// shows]
    #[arg(long, value_name = "point|comma")]
    decimal: Option<Decimals>,
    /// What separates the fields
    #[arg(long, default_value_t = ',')]
    delimiter: char,
    /// Write every line that is skipped to this file, with its reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Let purchases of the file take the place of what is stored under their numbers
    #[arg(long)]
    replace: bool,
    /// Store nothing, say what would happen
    #[arg(long)]
    dry_run: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// What a workspace reports in where nobody says.
const EURO: Currency = Currency::EUR;

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let mut target = Target::find(&args, global)?;
    let known = target.workspace.as_ref();
    // Without either the error names the columns that there are.
    let mapping = args.preset.map(Mapping::preset).or(args.map.clone()).unwrap_or_default();
    let delimiter = u8::try_from(args.delimiter).context("--delimiter is one ASCII character")?;
    let plan = Plan {
        mapping,
        currency: args.currency.or(known.map(|known| known.currency)).unwrap_or(EURO),
        timezone: args.timezone.or(known.map(|known| known.timezone)).unwrap_or(Tz::UTC),
        date_order: args.date_order,
        decimals: args.decimal,
        replace: args.replace.then_some(target.now),
        delimiter,
    };
    let source = Source::File(&args.file);
    let about = || format!("cannot import {}", args.file.display());
    // Before anything is made.
    import::look::<NotStored>(source, &plan).with_context(about)?;
    let mut rejects = match &args.rejects {
        Some(path) => {
            let file =
                File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            Some(BufWriter::new(file))
        }
        None => None,
    };

    let interrupt = Interrupt::listen()?;
    let bar = progress_bar();
    let mut progress = |progress: Progress| {
        bar.set_length(progress.total_bytes);
        bar.set_position(progress.read_bytes);
        bar.set_message(counted(progress.lines, "line", "lines"));
        if interrupt.came() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let imported = import::run(
        source,
        &plan,
        rejects.as_mut().map(|file| file as &mut dyn Write),
        &mut |events| target.store(events).map_err(NotStored),
        &mut progress,
    );
    if let Some(mut rejects) = rejects {
        rejects.flush().context("cannot write the rejects")?;
    }
    let summary = match imported {
        Err(ImportError::Stopped(summary)) => {
            bar.finish_and_clear();
            bail!("{}", stopped(&summary, args.dry_run))
        }
        imported => imported.with_context(about)?,
    };
    bar.set_message("sums");
    target.fold(&interrupt)?;
    bar.finish_and_clear();

    if args.dry_run {
        output::note("nothing was stored; this is what an import would do:");
    }
    if args.json {
        output::print(&format!("{}\n", serde_json::to_string_pretty(&summary)?))?;
    } else {
        output::print(&match args.dry_run {
            true => Foreseen(&summary).to_string(),
            false => summary.to_string(),
        })?;
    }
    let conflicts = summary.rejected.get(Code::Conflict.as_str()).copied().unwrap_or(0);
    if conflicts > 0 {
        output::note(&format!(
            "{} stored with other content; --replace stores what the file says in their place",
            counted(conflicts, "purchase is", "purchases are")
        ));
    }
    // What was given and is not stored is no success.
    let counts = [
        (summary.faulty_lines(), ("line was", "lines were")),
        (summary.rejected_events(), ("event was", "events were")),
    ];
    let lost = counts.into_iter().filter(|(count, _)| *count > 0);
    let lost: Vec<_> = lost.map(|(count, (one, many))| counted(count, one, many)).collect();
    match (lost.is_empty(), &args.rejects) {
        (true, _) => Ok(()),
        (false, Some(path)) => {
            bail!("{} not stored; {} has the reasons", lost.join(" and "), path.display())
        }
        (false, None) => {
            bail!("{} not stored; --rejects FILE writes the reasons", lost.join(" and "))
        }
    }
}

/// Where events go.
struct Target<'a> {
    args: &'a Args,
    global: &'a Global,
    now: Timestamp,
    /// What is noted of it.
    import: Import,
    /// Made by the first events, as is the workspace: a file that cannot be read leaves nothing behind.
    context: Option<Context>,
    workspace: Option<Workspace>,
}

impl<'a> Target<'a> {
    /// What there is of it.
    fn find(args: &'a Args, global: &'a Global) -> anyhow::Result<Self> {
        let context = Context::open_if_there(global)?;
        let workspace = match &context {
            Some(context) => context.workspace_if_any()?,
            None => None,
        };
        let now = Clock::system().now();
        let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned());
        let import = Import::of_file(&name.unwrap_or_default(), now);
        Ok(Self { args, global, now, import, context, workspace })
    }

    /// What becomes of events; a dry run makes nothing.
    fn store(&mut self, events: Vec<Event>) -> anyhow::Result<Vec<Outcome>> {
        let access = |workspace: &Workspace| Access::command_line(workspace.id);
        if self.args.dry_run {
            return Ok(match (&self.context, &self.workspace) {
                (Some(context), Some(known)) => {
                    ingest::foresee(&context.store, &access(known)?, events, self.now)?
                }
                _ => ingest::judge(events, self.now),
            });
        }
        let context = match &mut self.context {
            Some(context) => context,
            none => none.insert(Context::open_or_make(self.global)?),
        };
        let Args { currency, timezone, .. } = self.args;
        let workspace = match &mut self.workspace {
            Some(workspace) => workspace,
            none => none.insert(context.workspace_or_make(*currency, *timezone)?),
        };
        Ok(ingest::append_import(&context.store, &access(workspace)?, events, &mut self.import)?)
    }

    /// Brings the sums up to what was stored. They are no less right where this is cut off: who reads
    /// adds the rest.
    fn fold(&self, interrupt: &Interrupt) -> anyhow::Result<()> {
        if let (Some(context), Some(workspace), false) =
            (&self.context, &self.workspace, self.args.dry_run)
        {
            while !interrupt.came() && context.store.fold_oldest(workspace)? > 0 {}
        }
        Ok(())
    }
}

/// What is told of an import that was stopped.
fn stopped(summary: &Summary, is_dry_run: bool) -> String {
    if is_dry_run {
        return "stopped; nothing was stored".to_owned();
    }
    let lines = counted(summary.lines, "line", "lines");
    let events = counted(summary.accepted, "event", "events");
    let is_are = if summary.lines == 1 { "is" } else { "are" };
    format!("stopped: {lines} of the file {is_are} in, {events} stored; a second run adds the rest")
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
