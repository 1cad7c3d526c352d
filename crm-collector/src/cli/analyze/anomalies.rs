//! `analyze anomalies`.

use crm_stats::trend;

use super::{Files, indexes};

/// Which values of series stand out from what is around them
///
/// The input has the columns id and values, the values of a series in order of time and separated
/// by spaces. The output has id and indexes: the values that stand out, counted from 0, and none
/// where there is none.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  crm-collector analyze anomalies --input series.csv --output anomalies.csv
  crm-collector analyze anomalies --input hours.csv --season 24,168")]
pub(super) struct Args {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    seasons: indexes::Seasons,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let seasons = args.seasons.lengths();
    indexes::run(&args.files, |values| trend::anomalies(values, seasons))
}
