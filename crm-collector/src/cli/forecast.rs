//! `forecast`: prints forecasts of sales.

use chrono::NaiveDate;
use crm_api::Bucket;
use crm_api::answer::{Breakdown, Measure};

use super::{Global, Usage, insight};
use crate::insights::ForecastQuery;

const EXAMPLES: &str = "\
The period that is not over is never taken for a whole one. Each forecast has intervals of 80 and
95 %, names its method, and says how that would have done in the past beside the naive method.

Examples:
  crm-collector forecast
  crm-collector forecast --series orders --bucket week --horizon 8
  crm-collector forecast --by product --limit 0 --format csv > products.csv
  crm-collector forecast --bucket day --holidays 2026-12-25,2026-12-26";

/// Forecast sales
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What is forecast: revenue, orders, units or customers
    #[arg(long, default_value = "revenue")]
    series: Measure,
    /// What it is divided by: product, country, channel or segment [default: the whole alone]
    #[arg(long)]
    by: Option<Breakdown>,
    /// Length of a period: day, week, month, quarter or year
    #[arg(long, default_value = "month")]
    bucket: Bucket,
    /// Periods ahead [default: 28 days, 13 weeks, 6 months, 4 quarters or 2 years]
    #[arg(long)]
    horizon: Option<usize>,
    /// Parts of --by that are forecast one by one, the largest first; 0 for all [default: 10]
    #[arg(long)]
    limit: Option<usize>,
    /// Holidays behind and ahead, for a forecast by day, such as 2026-12-25,2026-12-26
    #[arg(long, value_name = "DATE,…", value_delimiter = ',', value_parser = super::day)]
    holidays: Vec<NaiveDate>,
    #[command(flatten)]
    options: insight::Options,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let limit = ForecastQuery::parts(args.by, args.limit);
    let query = ForecastQuery {
        scope: args.options.scope(),
        series: args.series,
        by: args.by,
        bucket: args.bucket,
        horizon: args.horizon,
        limit: limit.map_err(|invalid| Usage::of_field(&invalid))?,
        holidays: args.holidays,
    };
    insight::print(global, &args.options, async |insights, access, view| {
        insights.forecasts(access, &query, view).await
    })
}
