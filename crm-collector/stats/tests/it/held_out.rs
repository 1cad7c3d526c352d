//! Forecasts of real series of every length, beside what came: nowhere clearly worse than what was last,
//! or what was a year ago.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use crm_stats::forecast::{Settings, fit_each};

const AHEAD: usize = 6;

/// Turnover by month of every `every`th of the Australian series of states and industries; none where
/// the data is absent.
fn retail(every: usize) -> Vec<Vec<f64>> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/aus_retail.csv.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        println!("skipped: {} is absent", path.display());
        return Vec::new();
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut series: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let mut fields = line.rsplit(',');
        let (turnover, month, id) =
            (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap());
        series.entry(id).or_default().insert(month, turnover.parse().unwrap());
    }
    series.into_values().step_by(every).map(|months| months.into_values().collect()).collect()
}

#[test]
fn at_no_length_are_a_few_months_forecast_worse_than_by_the_last_year() {
    let all = retail(16);
    for known in [6, 8, 10, 12, 13, 14, 15, 18, 24, 30] {
        // At two dates of each series, among them years that begin in each season.
        let windows: Vec<&[f64]> = all
            .iter()
            .enumerate()
            .flat_map(|(index, values)| {
                let room = values.len() - known - AHEAD;
                [room / 3 + index, room - index].map(|from| &values[from..from + known + AHEAD])
            })
            .collect();
        let shown: Vec<&[f64]> = windows.iter().map(|window| &window[..known]).collect();
        let settings = Settings { seasons: vec![12], horizon: AHEAD, calendar: None };
        let told = fit_each(&shown, &settings, 1, &|_| {}).predict(AHEAD, &[]);
        let (mut own, mut naive) = (0.0, 0.0);
        for (window, told) in windows.iter().zip(&told) {
            let (shown, came) = window.split_at(known);
            let size: f64 = came.iter().sum();
            for (step, came) in came.iter().enumerate() {
                let before = if known < 12 { known - 1 } else { known - 12 + step };
                own += (told.point[step] - came).abs() / size;
                naive += (shown[before] - came).abs() / size;
            }
        }
        assert!(own <= 1.02 * naive, "{known} months: off by {own}, the last year by {naive}");
    }
}
