//! `together`: prints what is bought together with a product.

use super::{Global, insight};
use crate::insights::DEFAULT_ITEMS;

const EXAMPLES: &str = "\
Only pairs that chance does not explain are shown: at most 5 % of them are false ones (Fisher's
exact test, Benjamini-Hochberg over the pairs of the product). A product of the category `fee`, such
as postage, is no goods and in no basket.

Examples:
  crm-collector together 22423
  crm-collector together 22423 --limit 0 --format csv";

/// Tell what is bought together with a product
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The product, by its sku
    sku: String,
    /// Products at the most; 0 for all
    #[arg(long, default_value_t = DEFAULT_ITEMS)]
    limit: usize,
    #[command(flatten)]
    options: insight::Options,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let scope = args.options.scope();
    insight::print(global, &args.options, async |insights, access, view| {
        insights.together(access, scope, &args.sku, args.limit, view).await
    })
}
