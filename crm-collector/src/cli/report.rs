//! `report`: prints a report.

use std::io::IsTerminal;

use chrono::NaiveDate;
use crm_api::Bucket;
use crm_api::answer::ReportName;
use crm_models::Currency;

use super::context::Context;
use super::{Global, Usage, output};
use crate::export::{self, Answer, Format};
use crate::reports::{Query, ReportError, Reports};

const EXAMPLES: &str = "\
Reports:
  summary    sales, refunds, orders and customers, beside the period before
  sales      the same by day, week, month, quarter or year
  products   what was sold, by product
  countries  where it was sold
  channels   how it was sold
  customers  the customers who brought most
  repeat     new against returning customers
  refunds    what came back, by product
  heatmap    when people buy, by weekday and hour
  rfm        customers by recency, frequency and money
  cohorts    retention and revenue by month of first purchase

Examples:
  crm-collector report summary
  crm-collector report sales --from 2026-01-01 --to 2027-01-01 --bucket quarter
  crm-collector report products --limit 0 --format csv > products.csv";

/// Print a report
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Which report
    name: ReportName,
    /// First day that counts, such as 2026-01-01 [default: that of the first purchase; for summary, of the last full month, or of a week or a day where there are no two months]
    #[arg(long, value_name = "DATE", value_parser = super::day)]
    from: Option<NaiveDate>,
    /// First day that counts no more [default: the day after the last purchase]
    #[arg(long, value_name = "DATE", value_parser = super::day)]
    to: Option<NaiveDate>,
    /// How `sales` divides time: day, week, month, quarter or year [default: month]
    #[arg(long)]
    bucket: Option<Bucket>,
    /// Currency of the purchases that count [default: the workspace's own]
    #[arg(long)]
    currency: Option<Currency>,
    /// Rows of products, customers and refunds at the most; 0 for all [default: 100]
    #[arg(long)]
    limit: Option<usize>,
    /// table, json or csv
    #[arg(long, default_value = "table")]
    format: Format,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let context = Context::open(global)?;
    let query = Query {
        from: args.from,
        to: args.to,
        currency: args.currency,
        bucket: args.bucket,
        limit: args.limit,
    };
    let access = context.access()?;
    let report = match Reports::new(context.store.clone(), context.clock.clone())
        .run(&access, args.name, &query)
    {
        Err(ReportError::Invalid(invalid)) => return Err(Usage::of_field(&invalid).into()),
        report => report?,
    };
    let format = match args.format {
        Format::Json { .. } => Format::Json { pretty: std::io::stdout().is_terminal() },
        other => other,
    };
    // A file of figures has no room for what is not among them.
    if format == Format::Csv {
        report.sheet().notes.iter().for_each(|note| output::note(note));
    }
    output::print(&export::to_text(&report, format)?)
}
