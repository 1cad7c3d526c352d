//! `workspace`: the tenants, their currency, time zone and first day.

use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::Subcommand;
use crm_models::Currency;

use super::context::Context;
use super::{Global, check, output};
use crate::store::{Store, StoreError, Workspace};
use crate::words::counted;

const EXAMPLES: &str = "\
Examples:
  crm-collector workspace list
  crm-collector workspace set --timezone Europe/London --currency GBP";

const EXAMPLES_OF_SET: &str = "\
Reports count the purchases that were made in the currency; no amount is converted. A change of the
time zone moves purchases to other days, and all sums are made anew.

Examples:
  crm-collector workspace set --currency GBP
  crm-collector --workspace shop workspace set --timezone Europe/London
  crm-collector workspace set --known-from 2019-01-01";

/// List workspaces, set their currency, time zone and first day
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the workspaces
    List,
    /// Set the currency, the time zone or the first day of a workspace
    #[command(after_help = EXAMPLES_OF_SET)]
    Set(Change),
}

#[derive(clap::Args, Debug)]
#[group(required = true, multiple = true)]
struct Change {
    /// Currency of its reports
    #[arg(long)]
    currency: Option<Currency>,
    /// Whose days and months its reports use, such as Europe/London
    #[arg(long, value_name = "ZONE", value_parser = super::timezone)]
    timezone: Option<Tz>,
    /// First day that counts where nobody says from when on, such as 2019-01-31; `auto` leaves out a few
    /// purchases that lie far before all others
    #[arg(long, value_name = "DATE|auto", value_parser = known_from)]
    known_from: Option<KnownFrom>,
}

/// A first day, or that it is to be found.
#[derive(Clone, Copy, Debug)]
struct KnownFrom(Option<NaiveDate>);

fn known_from(text: &str) -> Result<KnownFrom, String> {
    match text {
        "auto" => Ok(KnownFrom(None)),
        date => match date.parse() {
            Ok(date) => Ok(KnownFrom(Some(date))),
            Err(_) => Err("is a day such as 2019-01-31, or auto".to_owned()),
        },
    }
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let context = Context::open(global)?;
    match args.command {
        Command::List => {
            let mut list = output::List::new(["NAME", "CURRENCY", "TIME ZONE"]);
            for workspace in context.store.read(|tx| tx.workspaces())? {
                list.add([
                    workspace.name,
                    workspace.currency.to_string(),
                    workspace.timezone.name().to_owned(),
                ]);
            }
            list.print()
        }
        Command::Set(Change { currency, timezone, known_from }) => {
            let id = context.workspace()?.id;
            let (before, workspace) = context.store.write::<_, StoreError>(|tx| {
                // Behind the lock, or what somebody else changes meanwhile would be changed back.
                tx.lock_workspace(id)?;
                let before = tx.known_workspace(id)?;
                let workspace = Workspace {
                    currency: currency.unwrap_or(before.currency),
                    timezone: timezone.unwrap_or(before.timezone),
                    known_from: known_from.map_or(before.known_from, |KnownFrom(date)| date),
                    ..before.clone()
                };
                tx.change_workspace(&workspace)?;
                if workspace.timezone != before.timezone {
                    // Days and months are others now.
                    tx.unfold(&workspace)?;
                }
                Ok((before, workspace))
            })?;
            if workspace.timezone != before.timezone {
                check::rebuild(&context.store, &workspace)?;
            }
            tell(&context.store, &before, &workspace)
        }
    }
}

/// Says what changed, and what it means for the reports.
fn tell(store: &Store, before: &Workspace, now: &Workspace) -> anyhow::Result<()> {
    let name = &now.name;
    if now == before {
        output::note(&format!("{name} has {}, {} already", now.currency, now.timezone));
        return Ok(());
    }
    if now.timezone != before.timezone {
        output::note(&format!(
            "{name}: time zone {} instead of {}; all sums are made anew",
            now.timezone, before.timezone
        ));
    }
    if now.known_from != before.known_from {
        let of = |date: Option<NaiveDate>| date.map_or("auto".to_owned(), |date| date.to_string());
        let (now, before) = (of(now.known_from), of(before.known_from));
        output::note(&format!("{name}: known from {now} instead of {before}"));
    }
    if now.currency == before.currency {
        return Ok(());
    }
    output::note(&format!(
        "{name}: currency {} instead of {}; no amount is converted",
        now.currency, before.currency
    ));
    let mut purchases = store
        .read(|tx| -> Result<_, StoreError> { tx.derived(now)?.currencies(i32::MIN..i32::MAX) })?;
    let own = purchases.remove(&now.currency).unwrap_or(0);
    let own = counted(own, "purchase", "purchases");
    output::note(&format!("reports count the {own} made in {}", now.currency));
    for (currency, count) in purchases {
        let others = counted(count, "purchase", "purchases");
        output::note(&format!("{others} in {currency}: `report … --currency {currency}`"));
    }
    Ok(())
}
