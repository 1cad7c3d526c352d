//! `analyze`: the statistics on a CSV file of one's own, without a database.
//!
//! An analysis is a file with `Args` and `run`, and a line in each of the two lists here. It reads
//! through [`input`], computes by `analytics`, and writes through [`Output`]; what is printed is
//! the same on any number of cores.

mod anomalies;
mod changepoints;
mod forecast;
mod indexes;
mod input;
mod names;
mod next;
mod output;
mod series;
mod value;

use std::path::PathBuf;

const EXAMPLES: &str = "\
Each analysis reads a CSV file with a header line; its own --help says which columns.

Examples:
  crm-collector analyze forecast --input series.csv --season 12 --horizon 18
  crm-collector analyze next --input baskets.csv";

/// Run the statistics on a CSV file of your own
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    analysis: Analysis,
}

#[derive(clap::Subcommand, Debug)]
enum Analysis {
    Forecast(forecast::Args),
    Value(value::Args),
    Next(next::Args),
    Changepoints(changepoints::Args),
    Anomalies(anomalies::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    match args.analysis {
        Analysis::Forecast(args) => forecast::run(&args),
        Analysis::Value(args) => value::run(args),
        Analysis::Anomalies(args) => anomalies::run(&args),
        Analysis::Changepoints(args) => changepoints::run(&args),
        Analysis::Next(args) => next::run(&args),
    }
}

/// What every analysis takes.
#[derive(clap::Args, Debug)]
struct Files {
    /// The CSV file with a header line, plain or compressed by gzip or zstd; - for standard input
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Where the result goes [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Threads to compute on; the result is the same with any number [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl Files {
    fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(cores, usize::from)
    }
}
