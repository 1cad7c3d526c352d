//! Series in, indexes of each out: `id,values` to `id,indexes`, block by block in the order of the
//! file.

use anyhow::Context as _;
use crm_stats::parallel;

use super::Files;
use super::output::Output;
use super::series::{Series, SeriesInput};

/// Series that are held at once, for each thread.
const BLOCK: usize = 64;

/// Seasons as they are given, `12` or `24,168`.
#[derive(clap::Args, Debug)]
pub(super) struct Seasons {
    /// Lengths of the seasons in periods: 12, or 24,168 for several; 1 for none [default: those
    /// that each series shows]
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = season)]
    season: Vec<usize>,
}

impl Seasons {
    /// Nothing where they are to be found out.
    pub(super) fn lengths(&self) -> &[usize] {
        &self.season
    }
}

fn season(text: &str) -> anyhow::Result<usize> {
    let length: usize = text.trim().parse().context("a season is a whole number of periods")?;
    anyhow::ensure!(length > 0, "a season is at least 1, which stands for none");
    Ok(length)
}

/// Writes what `indexes` finds in each series.
pub(super) fn run(
    files: &Files,
    indexes: impl Fn(&[f64]) -> Vec<usize> + Sync,
) -> anyhow::Result<()> {
    let mut series = SeriesInput::open(&files.input)?;
    let mut output = Output::create(files.output.as_deref(), &["id", "indexes"])?;
    let threads = files.threads();
    loop {
        let block: Vec<Series> = series.block(BLOCK * threads)?;
        if block.is_empty() {
            return output.finish();
        }
        let found = parallel::map(&block, threads, |series| indexes(&series.values));
        for (series, found) in block.iter().zip(found) {
            let found: Vec<String> = found.iter().map(usize::to_string).collect();
            output.row(&[series.id.as_str(), &found.join(" ")])?;
        }
    }
}
