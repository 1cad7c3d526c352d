//! `segments`: prints the groups that customers fall into.

use super::{Global, insight};
use crate::insights::{DEFAULT_HORIZON_DAYS, ValueQuery};

const EXAMPLES: &str = "\
By stage of life, from how likely each customer is to come back (new, active, loyal, slipping,
lost); and by recency, frequency and money, each in fifths, under the eleven usual names.

Examples:
  crm-collector segments
  crm-collector segments --format json
  crm-collector report rfm --from 2026-01-01
  crm-collector report cohorts";

/// Tell which groups the customers fall into
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Days ahead that expected values cover
    #[arg(long, value_name = "N", default_value_t = DEFAULT_HORIZON_DAYS)]
    horizon_days: u32,
    #[command(flatten)]
    options: insight::Options,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let query = ValueQuery { scope: args.options.scope(), horizon_days: args.horizon_days };
    insight::print(global, &args.options, async |insights, access, view| {
        insights.segments(access, query, view).await
    })
}
