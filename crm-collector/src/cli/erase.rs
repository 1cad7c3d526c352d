//! `erase`: erases a customer.

use std::io::IsTerminal as _;

use super::context::Context;
use super::{Global, Usage, output};
use crate::ingest::Erased;
use crate::words::counted;

const EXAMPLES: &str = "\
Examples:
  crm-collector erase c-17
  crm-collector erase ada@example.com --yes      asks nothing, as for a script

What the customer bought stays in all sums, as bought by nobody. Gone are the name, contacts and
attributes, all interactions, what was told of purchases beside products and money, and rejected
events that speak of the customer: from the database, its log and later backups. The file
erased.txt in the data folder keeps a hash of the id: keep it there when you put a backup in the
place of the database.";

/// Erase a customer for good: who it is, and what happened with them
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The host's id of the customer
    customer_id: String,
    /// Do not ask whether you are sure
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<()> {
    let Args { customer_id, yes } = args;
    let (context, access) = Context::open_with(global)?;
    if !yes && !is_sure(customer_id)? {
        output::note("nothing was erased");
        return Ok(());
    }
    let Some(Erased { hash, purchases, interactions, rejected, is_gone, .. }) =
        context.erasures().erase(&access, customer_id)?
    else {
        anyhow::bail!("there is no customer {customer_id}");
    };
    if !is_gone {
        output::note(
            "somebody reads from the database: what was deleted may stand in its files until you say this \
             once more, or the collector starts again",
        );
    }
    output::print(&format!(
        "erased: {}, {} and {}\nreceipt: {hash}\n",
        counted(purchases, "purchase is nobody's now", "purchases are nobody's now"),
        counted(interactions, "interaction is gone", "interactions are gone"),
        counted(rejected, "rejected event is gone", "rejected events are gone"),
    ))
}

fn is_sure(customer_id: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(Usage("erasing cannot be undone; say --yes to do it".into()).into());
    }
    output::note(&format!(
        "Erase customer {customer_id} for good? This cannot be undone. Type the id to go on:"
    ));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == customer_id)
}
