//! `next`: prints what a customer is likely to buy next.

use super::{Global, insight};
use crate::insights::DEFAULT_ITEMS;

const EXAMPLES: &str = "\
Examples:
  crm-collector next 17841
  crm-collector next 17841 --limit 3 --format json";

/// Tell what a customer is likely to buy next, and why
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The customer, by the host's id
    customer_id: String,
    /// Products at the most; 0 for all
    #[arg(long, default_value_t = DEFAULT_ITEMS)]
    limit: usize,
    #[command(flatten)]
    options: insight::Options,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let scope = args.options.scope();
    insight::print(global, &args.options, async |insights, access, view| {
        insights.next(access, scope, &args.customer_id, args.limit, view).await
    })
}
