//! `analyze changepoints`.

use crm_stats::trend;

use super::{Files, indexes};

/// Where series went over to another level or slope
///
/// The input has the columns id and values, the values of a series in order of time and separated
/// by spaces. The output has id and indexes: the first value of each new level or slope, counted
/// from 0, and none where nothing changed.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  crm-collector analyze changepoints --input series.csv --output changes.csv
  crm-collector analyze changepoints --input months.csv --season 12")]
pub(super) struct Args {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    seasons: indexes::Seasons,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let seasons = args.seasons.lengths();
    indexes::run(&args.files, |values| trend::changepoints_beside(values, seasons))
}
