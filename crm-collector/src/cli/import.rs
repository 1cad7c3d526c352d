//! `import`: takes files of purchases in.

use std::fs::File;
use std::io::{BufRead, BufWriter, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use chrono_tz::Tz;
use crm_models::{Code, Currency, Event, Timestamp};
use indicatif::{ProgressBar, ProgressStyle};

use super::context::Context;
use super::interrupt::Interrupt;
use super::{Ended, Global, Usage, output};
use crate::auth::{Access, Workspace};
use crate::clock::Clock;
use crate::import::{
    self, DateOrder, Decimals, Encoding, Field, Files, Foreseen, ImportError, Look, Mapping, Plan,
    Preset, Progress, Reading, Source, Standing, States, Summary,
};
use crate::ingest::{self, Import, Outcome};
use crate::words::counted;

const EXAMPLES: &str = "\
A file may be CSV with any delimiter and in any encoding, XLSX, XLS, ODS, or JSON, plain or packed by gzip,
zstd or ZIP. Which column is what is found by their names and by what stands in them; --dry-run shows it, with
what would come of it. What a file does not show is asked, and never guessed.

Lines with the same purchase_id become one purchase; negative quantities become a refund. A
second run of the same file adds nothing; with --replace, what has changed in it takes the place of
what is stored. A purchase of which a line cannot be read is left out whole. Ctrl-C stops it in order; a second run adds the rest.

The exit code is 0 where everything is stored, 3 where some was skipped, 4 where nothing is stored, 2 where
something has to be said.

Examples:
  crm-collector import orders_export.csv --currency EUR --timezone Europe/Berlin
  crm-collector import orders.xlsx --sheet 2025 --dry-run
  crm-collector import online_retail_ii.csv.gz --preset online-retail \\
      --currency GBP --timezone Europe/London
  crm-collector import orders.csv --currency EUR --timezone Europe/Berlin \\
      --map purchase_id=Order,occurred_at=Date,sku=Article,quantity=Pieces,unit_price=Price
  crm-collector import orders.csv … --dry-run --rejects rejects.csv";

/// Import purchases from files: CSV, XLSX, XLS, ODS, JSON, plain or packed
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The files, which have the same columns; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A known kind of file, such as online-retail or shopify-orders [default: what its header shows]
    #[arg(long, conflicts_with = "map")]
    preset: Option<Preset>,
    /// Which column is what: purchase_id=Invoice,sku=StockCode,… Without purchase_id, occurred_at and what was
    /// paid, the rest is found out. The fields are purchase_id, occurred_at, time, timezone, customer_id,
    /// customer_name, first_name, last_name, email, phone, sku, name, variant, category, quantity, unit_price,
    /// line_total (what the line comes to, not the purchase), line_discount, line_tax, cost; of the whole
    /// purchase order_total, discount, shipping, tax, tip, fees, refunded, currency, state, cancelled_at,
    /// country, channel, source, payment_method, coupon; kind and refund_of
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    map: Vec<Mapping>,
    /// Currency of amounts where the file tells none [default: the workspace's own]
    #[arg(long)]
    currency: Option<Currency>,
    /// Time zone of times without an offset, such as Europe/London [default: the workspace's own]
    #[arg(long, value_name = "ZONE", value_parser = super::timezone)]
    timezone: Option<Tz>,
    /// What comes first in dates such as 4/5/2011: day-first, month-first or year-first [default: what the column
    /// shows]
    #[arg(long, visible_alias = "date-order", value_name = "day|month|year")]
    dates: Option<DateOrder>,
    /// What stands before the decimals of numbers such as 1,234: point or comma [default: what the column
    /// shows]
    #[arg(long, value_name = "point|comma")]
    decimal: Option<Decimals>,
    /// What words for the state of an order say: Packed=paid,… They are taken for paid, pending, cancelled or
    /// refunded
    #[arg(long, value_name = "WORD=STATE", value_delimiter = ',', value_parser = state)]
    states: Vec<(String, Standing)>,
    /// What separates the fields of a text [default: what the file shows]
    #[arg(long)]
    delimiter: Option<char>,
    /// How the bytes of a text stand for letters, such as windows-1251 [default: what the file shows]
    #[arg(long, value_name = "NAME")]
    encoding: Option<Encoding>,
    /// Which sheet of a workbook, or file of an archive, by its name or its number
    #[arg(long, value_name = "NAME|NUMBER")]
    sheet: Option<String>,
    /// Write every line that is skipped to this file, with its reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Let purchases of the file take the place of what is stored under their numbers
    #[arg(long)]
    replace: bool,
    /// Store nothing, say what the file is taken for and what would happen
    #[arg(long)]
    dry_run: bool,
    /// Take what is unsure as it seems, and skip what needs to be said
    #[arg(long, short)]
    yes: bool,
    /// Store nothing unless everything can be stored
    #[arg(long)]
    strict: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// What a workspace reports in where nobody says.
const EURO: Currency = Currency::EUR;
/// The end of an import of which some was skipped.
const SOME_SKIPPED: u8 = 3;
/// The end of an import that stored nothing of what was given.
const NOTHING_STORED: u8 = 4;

/// Reads what a word for a state says.
fn state(text: &str) -> Result<(String, Standing), String> {
    let (word, standing) = text.split_once('=').ok_or("a state is said as Packed=paid")?;
    let standing = standing.trim().parse::<Standing>().map_err(|error| error.to_string())?;
    Ok((word.trim().to_lowercase(), standing))
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let mut target = Target::find(&args, global)?;
    let names: Vec<_> = args.files.iter().map(|file| file.display().to_string()).collect();
    let about = || format!("cannot import {}", names.join(", "));
    let delimiter = args.delimiter.map(u8::try_from).transpose();
    let reading = Reading {
        delimiter: delimiter.context("--delimiter is one ASCII character")?,
        encoding: args.encoding,
        sheet: args.sheet.clone(),
    };
    let is_input = |file: &PathBuf| file.as_os_str() == "-";
    let source = |file| if is_input(file) { Source::Input } else { Source::File(file) };
    let sources: Vec<_> = args.files.iter().map(source).collect();
    // Before anything is made.
    let mut files = Files::open(&sources, &reading).with_context(about)?;
    let told = told(&args)?;
    let look = import::look(&files, told.as_ref(), args.preset).with_context(about)?;
    let known = target.workspace.as_ref();
    let plan = Plan {
        mapping: look.mapping.clone(),
        currency: args.currency.or(known.map(|known| known.currency)).unwrap_or(EURO),
        timezone: args.timezone.or(known.map(|known| known.timezone)).unwrap_or(Tz::UTC),
        date_order: args.dates,
        decimals: args.decimal,
        states: args.states.iter().cloned().collect::<States>(),
        skip_open: args.yes || args.dry_run,
        replace: args.replace.then_some(target.now),
    };
    let is_found_out = args.preset.is_none() && !told.as_ref().is_some_and(Mapping::is_complete);
    confirm(&args, &files, &plan, &look, is_found_out, known.is_none()).with_context(about)?;
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
    if args.strict && !args.dry_run {
        // What would be skipped is known before anything is stored.
        target.is_dry = true;
        let foreseen = import::run(
            &mut files,
            &plan,
            None,
            &mut |events| target.store(events).map_err(NotStored),
            &mut progress,
        );
        let foreseen = done(foreseen, true).with_context(about)?;
        target.is_dry = foreseen.is_short();
    }
    let is_dry = target.is_dry;
    let imported = import::run(
        &mut files,
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
            bail!("{}", stopped(&summary, is_dry))
        }
        imported => done(imported, is_dry).with_context(about)?,
    };
    bar.set_message("sums");
    target.fold(&interrupt)?;
    bar.finish_and_clear();

    if is_dry {
        output::note("nothing was stored; this is what an import would do:");
    }
    if args.json {
        output::print(&format!("{}\n", serde_json::to_string_pretty(&summary)?))?;
    } else {
        output::print(&match is_dry {
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
    end(&args, &summary)
}

/// What the options say of the columns.
fn told(args: &Args) -> anyhow::Result<Option<Mapping>> {
    let Some((first, others)) = args.map.split_first() else { return Ok(None) };
    let merged = others.iter().try_fold(first.clone(), Mapping::merged);
    merged.map(Some).map_err(|error| Usage(error.to_string()).into())
}

/// Whether an import came to its end; what has to be said first is wrong usage.
fn done(
    imported: Result<Summary, ImportError<NotStored>>,
    is_dry: bool,
) -> anyhow::Result<Summary> {
    match imported {
        Err(error @ ImportError::Open(_)) => {
            let message = format!("{error}\n--yes stores the rest, without the lines that need it");
            Err(Usage(message).into())
        }
        Err(ImportError::Stopped(summary)) => bail!("{}", stopped(&summary, is_dry)),
        imported => Ok(imported?),
    }
}

/// Shows what was found out before anything is stored, and asks whether that is right where somebody can
/// be asked.
fn confirm(
    args: &Args,
    files: &Files<'_>,
    plan: &Plan,
    look: &Look,
    is_found_out: bool,
    is_new: bool,
) -> anyhow::Result<()> {
    let mut unsure = look.unsure.clone();
    let is_untold = args.currency.is_none() && plan.mapping.column(Field::Currency).is_none();
    if is_new && is_untold && is_found_out {
        unsure.push(
            "no column tells the currency: --currency CODE says it, --yes takes EUR".to_owned(),
        );
    }
    let asks = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let asks = asks && !args.yes && !args.dry_run && !args.json;
    let is_shown = (is_found_out || !unsure.is_empty()) && !args.json;
    if is_shown && (args.dry_run || asks || !unsure.is_empty()) {
        output::note(import::preview(files, plan, look)?.to_string().trim_end());
    }
    if args.yes || (unsure.is_empty() && !asks) {
        return Ok(());
    }
    unsure.iter().for_each(|line| output::note(line));
    if args.dry_run {
        return Ok(());
    }
    if !asks {
        let count = counted(unsure.len(), "thing is", "things are");
        return Err(Usage(format!("{count} unsure, and nothing was stored; see above")).into());
    }
    if !is_found_out {
        return Ok(());
    }
    output::note("Store this? [y/N]");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("cannot read an answer")?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" | "д" | "да" => Ok(()),
        _ => bail!("nothing was stored"),
    }
}

/// What was given and is not stored is no success.
fn end(args: &Args, summary: &Summary) -> anyhow::Result<()> {
    if summary.lines == 0 {
        let message = "the file has a header and no lines; nothing was stored".to_owned();
        return Err(Ended { code: NOTHING_STORED, message }.into());
    }
    let counts = [
        (summary.faulty_lines(), ("line was", "lines were")),
        (summary.rejected_events(), ("event was", "events were")),
    ];
    let lost = counts.into_iter().filter(|(count, _)| *count > 0);
    let lost: Vec<_> = lost.map(|(count, (one, many))| counted(count, one, many)).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let is_nothing = args.strict || summary.accepted + summary.duplicate == 0;
    let code = if is_nothing { NOTHING_STORED } else { SOME_SKIPPED };
    let lost = lost.join(" and ");
    let message = match &args.rejects {
        Some(path) => format!("{lost} not stored; {} has the reasons", path.display()),
        None => format!("{lost} not stored; --rejects FILE writes the reasons"),
    };
    Err(Ended { code, message }.into())
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
    /// Whether nothing is stored, and only said what would be.
    is_dry: bool,
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
        let name =
            |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let names: Vec<_> = args.files.iter().filter_map(name).collect();
        let import = Import::of_file(&names.join(", "), now);
        Ok(Self { args, global, now, import, context, workspace, is_dry: args.dry_run })
    }

    /// What becomes of events; a dry run makes nothing.
    fn store(&mut self, events: Vec<Event>) -> anyhow::Result<Vec<Outcome>> {
        let access = |workspace: &Workspace| Access::command_line(workspace.id);
        if self.is_dry {
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
        // A new workspace reports in what its first file is in.
        let of_event = |event: &Event| match event {
            Event::Purchase(purchase) => Some(purchase.currency),
            _ => None,
        };
        let currency = currency.or_else(|| events.iter().find_map(of_event));
        let workspace = match &mut self.workspace {
            Some(workspace) => workspace,
            none => none.insert(context.workspace_or_make(currency, *timezone)?),
        };
        Ok(ingest::append_import(&context.store, &access(workspace)?, events, &mut self.import)?)
    }

    /// Brings the sums up to what was stored. They are no less right where this is cut off: who reads
    /// adds the rest.
    fn fold(&self, interrupt: &Interrupt) -> anyhow::Result<()> {
        if let (Some(context), Some(workspace), false) =
            (&self.context, &self.workspace, self.is_dry)
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
