//! `analyze forecast`: forecasts of the series of a file, which learn from each other where they are many.

use anyhow::bail;
use crm_stats::forecast::{self, Settings};

use super::Files;
use super::output::{Output, numbers};
use super::series::SeriesInput;

const EXAMPLES: &str = "\
The input has the columns id and values, the values of a series in order of time and separated by
spaces. Thirty or more series of one file learn from each other. The output has
id, values, the bounds of each interval and the method.

Examples:
  crm-collector analyze forecast --input months.csv --season 12 --horizon 18
  crm-collector analyze forecast --input hours.csv --season 24,168 --horizon 48 --levels 90";

/// Forecast series of numbers
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    files: Files,
    /// Lengths of the seasons in steps, such as 12 for months or 24,168 for hours; 1 for none
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    season: Vec<u32>,
    /// How many steps ahead
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=5_000))]
    horizon: u32,
    /// Coverages of the intervals in percent
    #[arg(long, value_name = "P,…", value_delimiter = ',', default_value = "80,95")]
    levels: Vec<f64>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    if let Some(level) = args.levels.iter().find(|level| !(**level > 0.0 && **level < 100.0)) {
        bail!("a level of {level} is not between 0 and 100 percent");
    }
    let mut input = SeriesInput::open(&args.files.input)?;
    // Like series learn from each other, so all of them are needed before the first is forecast.
    let read = input.block(usize::MAX)?;
    let (ids, series): (Vec<String>, Vec<Vec<f64>>) =
        read.into_iter().map(|series| (series.id, series.values)).unzip();
    let settings = Settings {
        seasons: args.season.iter().filter_map(|season| usize::try_from(*season).ok()).collect(),
        horizon: usize::try_from(args.horizon)?,
        calendar: None,
    };
    let bar = input.input().computing(series.len());
    let fit = forecast::fit(&series, &settings, args.files.threads(), &|done| {
        bar.set_position(done as u64);
    });
    let levels: Vec<f64> = args.levels.iter().map(|level| level / 100.0).collect();
    let forecasts = fit.predict(settings.horizon, &levels);
    let mut header = vec!["id".to_owned(), "values".to_owned()];
    for level in &args.levels {
        header.extend([format!("lower_{level}"), format!("upper_{level}")]);
    }
    header.push("method".to_owned());
    let mut output = Output::create(args.files.output.as_deref(), &header)?;
    for (id, forecast) in ids.into_iter().zip(forecasts) {
        let mut row = vec![id, numbers(&forecast.point)];
        for interval in &forecast.intervals {
            row.extend([numbers(&interval.lower), numbers(&interval.upper)]);
        }
        row.push(forecast.method.to_string());
        output.row(&row)?;
    }
    output.finish()
}
