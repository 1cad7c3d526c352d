//! Where a series went over to another level or another slope.

use super::season::{seasonal, seasons};
use super::segment;
use super::series::{filled, without_spikes};

/// The fewest values between two changes, and before the first and after the last.
const LEAST_SEGMENT: usize = 5;

/// Longer series are looked at in this many means of neighbours first, and a change found there
/// is then placed among the values themselves: the search is quadratic in what it looks at where
/// nothing changes.
const MOST_LOOKED_AT: usize = 4_096;

/// The indices at which a new level or slope begins, ascending.
///
/// `season` is its length in periods, 1 for none, 0 to find out. Values that are not finite are
/// gaps and are bridged; fewer than ten values have no changes.
///
/// Candidates are found by PELT (Killick, Fearnhead & Eckley 2012) with squared-error cost on
/// values free of season and spikes, penalty 3 log n in units of the noise between neighbours.
/// Which of them stand is decided against models with fewer changes and with none: each is the
/// series as steps about a polynomial of degree 0 to 3, or as lines, with errors that are an
/// autoregression of order 1, and −2 log likelihood + 3 log n for each change + log n for each
/// other parameter is to be least. So neither a smooth trend nor a wandering level is cut up.
pub fn changepoints(values: &[f64], season: usize) -> Vec<usize> {
    changepoints_beside(values, if season == 0 { &[] } else { std::slice::from_ref(&season) })
}

/// The same for a series with several seasons: a single 1 for none, nothing to find out.
pub fn changepoints_beside(values: &[f64], seasons_of: &[usize]) -> Vec<usize> {
    if values.len() < 2 * LEAST_SEGMENT {
        return Vec::new();
    }
    let Some(filled) = filled(values).filter(|filled| !filled.is_straight()) else {
        return Vec::new();
    };
    let seasons = seasons(&filled.values, seasons_of);
    let plain = search(&filled.values, &seasons);
    // What grows by percents has steps and seasons in percents. The density of a value is that
    // of its logarithm divided by the value.
    let logarithms = filled.values.iter().all(|value| *value > 0.0).then(|| {
        let logarithms: Vec<f64> = filled.values.iter().map(|value| value.ln()).collect();
        let sum: f64 = logarithms.iter().sum();
        search(&logarithms, &seasons).map(|(changes, score)| (changes, score + 2.0 * sum))
    });
    let models = [plain, logarithms.flatten()];
    let best = models.into_iter().flatten().min_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or_else(Vec::new, |(changes, _)| changes)
}

/// The changes of the best model of a season's series, and its score in the unit of the values.
fn search(values: &[f64], seasons: &[usize]) -> Option<(Vec<usize>, f64)> {
    let season = seasonal(values, seasons);
    let adjusted: Vec<f64> = values.iter().zip(&season).map(|(v, s)| v - s).collect();
    search_adjusted(&adjusted)
}

fn search_adjusted(adjusted: &[f64]) -> Option<(Vec<usize>, f64)> {
    let adjusted = without_spikes(adjusted, 3.0);
    let Some((means, width)) = shortened(&adjusted) else {
        return segment::best(&adjusted, LEAST_SEGMENT).map(|best| (best.changes, best.score));
    };
    let best = segment::best(&means, LEAST_SEGMENT)?;
    Some((place(&adjusted, &best.changes, width), best.score * width as f64))
}

/// The changes of level of values that are finite and have no season.
pub(super) fn levels(adjusted: &[f64]) -> Vec<usize> {
    let adjusted = without_spikes(adjusted, 3.0);
    match shortened(&adjusted) {
        None => segment::levels(&adjusted, LEAST_SEGMENT),
        Some((means, width)) => place(&adjusted, &segment::levels(&means, LEAST_SEGMENT), width),
    }
}

/// Means of so many neighbours that there are not too many of them; nothing if there are not.
fn shortened(values: &[f64]) -> Option<(Vec<f64>, usize)> {
    let width = values.len().div_ceil(MOST_LOOKED_AT);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / width as f64;
    (width > 1).then(|| (values.chunks_exact(width).map(mean).collect(), width))
}

/// Each change at the value within two means of it at which the levels before and after part best.
fn place(values: &[f64], coarse: &[usize], width: usize) -> Vec<usize> {
    let mut placed: Vec<usize> = Vec::with_capacity(coarse.len());
    for (number, change) in coarse.iter().enumerate() {
        let before = placed.last().copied().unwrap_or(0);
        let after = coarse.get(number + 1).map_or(values.len(), |next| next * width);
        let middle = change * width;
        let from = middle.saturating_sub(8 * width).max(before);
        let to = (middle + 8 * width).min(after);
        let first = middle.saturating_sub(2 * width).max(from + LEAST_SEGMENT);
        let last = (middle + 2 * width).min(to.saturating_sub(LEAST_SEGMENT));
        let part = &values[from..to];
        let best = segment::parting(part, first - from..(last + 1).max(first) - from);
        placed.push(best.map_or(middle, |at| from + at));
    }
    placed
}
