//! `trends`: prints what changed.

use crm_api::Bucket;

use super::{Global, insight};
use crate::insights::TrendQuery;

const EXAMPLES: &str = "\
The whole and each product, country and channel are looked at together; of the trends that are
shown at most 5 % are owed to chance. Each has its size in money, since when, and what drove it;
--format json has all drivers, what the change is made of, and where its purchases are.

Examples:
  crm-collector trends
  crm-collector trends --bucket month --format json";

/// Tell what changed, since when, by how much, and what drove it
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Length of a period: day, week, month, quarter or year
    #[arg(long, default_value = "week")]
    bucket: Bucket,
    /// Trends at the most, the largest first; 0 for 200
    #[arg(long, default_value_t = TrendQuery::DEFAULT_LIMIT)]
    limit: usize,
    #[command(flatten)]
    options: insight::Options,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let query = TrendQuery { scope: args.options.scope(), bucket: args.bucket, limit: args.limit };
    insight::print(global, &args.options, async |insights, access, view| {
        insights.trends(access, query, view).await
    })
}
