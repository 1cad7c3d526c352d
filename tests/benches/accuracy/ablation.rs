//! Which model earns its place: what the combination of one series' models loses where one of them is
//! left out, by kind of series and by how long they are known.

use std::collections::{BTreeMap, BTreeSet};

use crm_stats::forecast::ensemble::{Candidates, Model, candidates, combine};
use crm_stats::parallel;
use crm_tests::bench::table::Table;
use crm_tests::harness::places;

use super::daily;
use super::forecast::series;
use super::lengths::{competition, retail, windows};

/// So many series of a set are enough to tell.
const SERIES: usize = 600;

/// What is known of a series, and what came.
type Window = (Vec<f64>, Vec<f64>);

/// Windows of one kind of series.
struct Set {
    title: String,
    seasons: Vec<usize>,
    windows: Vec<Window>,
}

pub(crate) fn run() {
    println!("What the models' combination loses where one of them is left out, in percent of its");
    println!("error; below zero it would be closer without. Errors are relative to what came.\n");
    let sets = sets();
    let found: Vec<BTreeMap<Model, f64>> = sets.iter().map(losses).collect();
    let models: BTreeSet<Model> = found.iter().flat_map(|of| of.keys().copied()).collect();
    let head =
        std::iter::once("left out".to_owned()).chain(sets.iter().map(|set| set.title.clone()));
    let mut table = Table::new(head);
    for model in models {
        let cells = found.iter().map(|of| {
            of.get(&model).map_or_else(|| "–".to_owned(), |loss| format!("{:+.2}", 100.0 * loss))
        });
        table.row(std::iter::once(model.name().to_owned()).chain(cells));
    }
    println!("{table}");
}

/// What is lost without each of the models that any series of the set has.
fn losses(set: &Set) -> BTreeMap<Model, f64> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let each = parallel::map(&set.windows, cores, |(shown, came)| {
        let all = candidates(shown, &set.seasons, came.len());
        let size: f64 = came.iter().map(|value| value.abs()).sum();
        let error = |point: &[f64]| {
            came.iter().zip(point).map(|(came, point)| (came - point).abs()).sum::<f64>() / size
        };
        if !(size > 0.0 && size.is_finite()) {
            return (0.0, Vec::new());
        }
        let members = of_members(&all);
        let without =
            members.iter().map(|one| (*one, error(&combine(&all, |model| model != *one))));
        (error(&combine(&all, |_| true)), without.collect())
    });
    let whole: f64 = each.iter().map(|(whole, _)| whole).sum();
    let mut lost: BTreeMap<Model, f64> = BTreeMap::new();
    for (whole, without) in &each {
        for (model, error) in without {
            *lost.entry(*model).or_default() += error - whole;
        }
    }
    lost.into_iter().map(|(model, lost)| (model, lost / whole)).collect()
}

fn of_members(all: &Candidates) -> Vec<Model> {
    all.all.iter().map(|one| one.model).filter(|model| model.is_member()).collect()
}

fn sets() -> Vec<Set> {
    let mut sets = Vec::new();
    for (title, files, seasons) in [
        ("M4 yearly", "m4/m4_yearly", vec![]),
        ("weekly", "m4/m4_weekly", vec![52]),
        ("hourly", "m4/m4_hourly", vec![24, 168]),
    ] {
        let file = |kind: &str| places::shared_data(&format!("{files}_{kind}.csv.gz"));
        let (Some(train), Some(test)) = (file("train"), file("test")) else { continue };
        let mut later: BTreeMap<String, Vec<f64>> = series(&test).into_iter().collect();
        let known = series(&train);
        let every = known.len().div_ceil(SERIES);
        let windows = known
            .into_iter()
            .step_by(every)
            .filter_map(|(id, shown)| Some((shown, later.remove(&id)?)))
            .collect();
        sets.push(Set { title: title.to_owned(), seasons, windows });
    }
    for known in [8, 14, 20, 30, 48] {
        for (name, all) in [("M3", competition()), ("trades", retail())] {
            let every = all.len().div_ceil(SERIES / 3).max(1);
            let of = all.iter().step_by(every).flat_map(|values| windows(values, known + 6));
            let windows = of.map(|window| {
                let (shown, came) = window.split_at(known);
                (shown.to_vec(), came.to_vec())
            });
            let title = format!("{name} {known} months");
            sets.push(Set { title, seasons: vec![12], windows: windows.collect() });
        }
    }
    let (days, seldom) = daily::windows();
    sets.push(Set { title: "days".to_owned(), seasons: vec![7], windows: days });
    sets.push(Set { title: "seldom sold, weeks".to_owned(), seasons: vec![52], windows: seldom });
    sets.retain(|set| !set.windows.is_empty());
    sets
}
