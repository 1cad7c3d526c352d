//! Exponential smoothing as state space models, chosen by AICc (Hyndman, Koehler, Ord and Snyder,
//! Forecasting with Exponential Smoothing, 2008): additive or multiplicative errors; no, a lasting
//! or a fading trend; no, an additive or a multiplicative season. Left out are the combinations that
//! the book advises against: additive errors with a multiplicative season, multiplicative trends.
//!
//! The first states come from a decomposition of the series (level and slope by the line through
//! its first points, seasonal indices by classical decomposition) and are not searched for; the
//! likelihood is one pass, and the parameters lie in the usual region: 0 < α < 1, 0 < β < α,
//! 0 < γ < 1 - α, 0.8 ≤ φ ≤ 0.98.

mod filter;

use super::lanes::{LANES, Place, each, search};
use super::{ModelFit, mean, real, too_short};
use filter::{Parameters, Scratch, Start};

/// How errors meet the forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Error {
    /// They add.
    Additive,
    /// They are relative to it; for series above 0.
    Multiplicative,
}

/// What the trend does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trend {
    /// There is none.
    None,
    /// It goes on.
    Additive,
    /// It fades.
    Damped,
}

/// How the season meets the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seasonal {
    /// There is none.
    None,
    /// It adds.
    Additive,
    /// It multiplies; for series above 0.
    Multiplicative,
}

/// One model of the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// Errors.
    pub error: Error,
    /// Trend.
    pub trend: Trend,
    /// SeasonalIndices.
    pub season: Seasonal,
}

impl std::fmt::Display for Kind {
    /// As in the book: `MAdM` has multiplicative errors, a damped trend, a multiplicative season.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.error == Error::Additive { "A" } else { "M" })?;
        f.write_str(match self.trend {
            Trend::None => "N",
            Trend::Additive => "A",
            Trend::Damped => "Ad",
        })?;
        f.write_str(match self.season {
            Seasonal::None => "N",
            Seasonal::Additive => "A",
            Seasonal::Multiplicative => "M",
        })
    }
}

/// A fitted model.
#[derive(Clone, Debug, PartialEq)]
pub struct Ets {
    /// Forecasts and one-step errors, in the series' unit.
    pub fit: ModelFit,
    /// Which model.
    pub kind: Kind,
    /// Of the level.
    pub alpha: f64,
    /// Of the trend, as a part of an error (not of the level's correction).
    pub beta: f64,
    /// Of the season.
    pub gamma: f64,
    /// What is left of the trend after a step.
    pub phi: f64,
    /// Corrected Akaike's criterion, but for a constant that all models of the series share.
    /// Infinite where there are too few points for the model's parameters.
    pub aicc: f64,
}

/// The model with the least AICc. Seasonal ones take part where the series has two seasons and a
/// half, multiplicative ones where all values are above 0. A series of less than four points is
/// forecast by its last one.
pub fn ets(values: &[f64], season: usize, horizon: usize) -> Ets {
    ets_among(values, season, |_| true, horizon)
}

/// The same among those models that are allowed.
pub fn ets_among(
    values: &[f64],
    season: usize,
    allowed: impl Fn(Kind) -> bool,
    horizon: usize,
) -> Ets {
    let series = Normalised::of(values, season);
    let mut scratch = Scratch::default();
    let mut best: Option<Found> = None;
    for kind in series.kinds().into_iter().filter(|kind| allowed(*kind)) {
        let found = series.find(kind, &mut scratch);
        if best.as_ref().is_none_or(|best| found.aicc < best.aicc) {
            best = Some(found);
        }
    }
    match best {
        Some(found) => series.forecast(found, horizon),
        None => series.last_value(horizon),
    }
}

/// A given model; `None` where the series does not allow it (see [`ets`]).
pub fn fit(values: &[f64], season: usize, kind: Kind, horizon: usize) -> Option<Ets> {
    let series = Normalised::of(values, season);
    let found = series.find(kind, &mut Scratch::default());
    series.kinds().contains(&kind).then(|| series.forecast(found, horizon))
}

/// A series of mean size 1 with the states that its models start from.
struct Normalised<'a> {
    given: &'a [f64],
    unit: f64,
    values: Vec<f64>,
    positive: bool,
    plain: Start,
    additive: Option<Start>,
    multiplicative: Option<Start>,
}

/// A model with its parameters.
struct Found {
    kind: Kind,
    parameters: [f64; 4],
    aicc: f64,
}

/// How many points the line at the start goes through.
const STARTING_POINTS: usize = 10;

impl<'a> Normalised<'a> {
    fn of(given: &'a [f64], season: usize) -> Self {
        let unit = given.iter().map(|value| value.abs()).sum::<f64>() / real(given.len());
        let unit = if unit > 0.0 && unit.is_finite() { unit } else { 1.0 };
        let values: Vec<f64> = given.iter().map(|value| value / unit).collect();
        let positive = values.iter().all(|value| *value > 0.0);
        let seasonal = season > 1 && values.len() >= 2 * season + season / 2;
        let additive = seasonal.then(|| Start::seasonal(&values, season, false));
        let multiplicative = (seasonal && positive).then(|| Start::seasonal(&values, season, true));
        let plain = Start::plain(&values);
        Self { given, unit, values, positive, plain, additive, multiplicative }
    }

    fn kinds(&self) -> Vec<Kind> {
        let mut kinds = Vec::new();
        if self.values.len() < 4 {
            return kinds;
        }
        for season in [Seasonal::None, Seasonal::Additive, Seasonal::Multiplicative] {
            if self.start(season).is_none() {
                continue;
            }
            for trend in [Trend::None, Trend::Additive, Trend::Damped] {
                if season != Seasonal::Multiplicative {
                    kinds.push(Kind { error: Error::Additive, trend, season });
                }
                if self.positive {
                    kinds.push(Kind { error: Error::Multiplicative, trend, season });
                }
            }
        }
        kinds
    }

    fn start(&self, season: Seasonal) -> Option<&Start> {
        match season {
            Seasonal::None => Some(&self.plain),
            Seasonal::Additive => self.additive.as_ref(),
            Seasonal::Multiplicative => self.multiplicative.as_ref(),
        }
    }

    fn find(&self, kind: Kind, scratch: &mut Scratch) -> Found {
        let Some(start) = self.start(kind.season) else {
            return Found { kind, parameters: [1.0, 0.0, 0.0, 1.0], aicc: f64::INFINITY };
        };
        let flat;
        let start = if kind.trend == Trend::None {
            flat = start.without_trend(&self.values);
            &flat
        } else {
            start
        };
        let axes = kind.axes();
        let starts: [Place; LANES] = STARTS.map(|start| {
            let mut place = [0.0; 4];
            for (coordinate, axis) in place.iter_mut().zip(axes) {
                *coordinate = start[*axis];
            }
            place
        });
        let (place, value) = search(axes.len(), &starts, |places| {
            let sets = each(places, |place| kind.parameters(place));
            let column = |which: usize| sets.map(|set| set[which]);
            let parameters =
                Parameters { alpha: column(0), beta: column(1), gamma: column(2), phi: column(3) };
            filter::criterion(&self.values, kind, start, &parameters, scratch)
        });
        let count = real(self.values.len());
        let free = kind.free(start.season.len());
        let aicc = if count - free - 1.0 > 0.0 {
            value + 2.0 * free * count / (count - free - 1.0)
        } else {
            f64::INFINITY
        };
        Found { kind, parameters: kind.parameters(&place), aicc }
    }

    fn forecast(&self, found: Found, horizon: usize) -> Ets {
        let Found { kind, parameters, aicc } = found;
        let Some(start) = self.start(kind.season) else { return self.last_value(horizon) };
        let start = if kind.trend == Trend::None {
            start.without_trend(&self.values)
        } else {
            start.clone()
        };
        let mut fit = filter::run(&self.values, kind, &start, parameters, horizon);
        for value in fit.point.iter_mut().chain(&mut fit.errors) {
            *value *= self.unit;
        }
        let [alpha, beta, gamma, phi] = parameters;
        Ets { fit, kind, alpha, beta, gamma, phi, aicc }
    }

    fn last_value(&self, horizon: usize) -> Ets {
        let kind = Kind { error: Error::Additive, trend: Trend::None, season: Seasonal::None };
        let fit = too_short(self.given, horizon);
        Ets { fit, kind, alpha: 1.0, beta: 0.0, gamma: 0.0, phi: 1.0, aicc: f64::INFINITY }
    }
}

/// Where the search looks first: coordinates of α, β, γ and φ.
const STARTS: [[f64; 4]; LANES] = [
    [0.1, 0.05, 0.02, 0.8],
    [0.3, 0.1, 0.2, 0.5],
    [0.6, 0.02, 0.5, 0.9],
    [0.9, 0.1, 0.02, 0.3],
    [0.1, 0.3, 0.8, 0.9],
    [0.3, 0.02, 0.02, 0.95],
    [0.6, 0.2, 0.05, 0.6],
    [0.02, 0.02, 0.3, 0.9],
];

impl Kind {
    /// Which parameters are searched for: 0 α, 1 β, 2 γ, 3 φ.
    fn axes(self) -> &'static [usize] {
        match (self.trend, self.season == Seasonal::None) {
            (Trend::None, true) => &[0],
            (Trend::Additive, true) => &[0, 1],
            (Trend::Damped, true) => &[0, 1, 3],
            (Trend::None, false) => &[0, 2],
            (Trend::Additive, false) => &[0, 2, 1],
            (Trend::Damped, false) => &[0, 2, 1, 3],
        }
    }

    /// α, β, γ and φ at a place of the search.
    fn parameters(self, place: &Place) -> [f64; 4] {
        let mut coordinates = [0.0; 4];
        for (axis, coordinate) in self.axes().iter().zip(place) {
            coordinates[*axis] = *coordinate;
        }
        let within = |coordinate: f64| 1e-4 + coordinate * (0.9999 - 1e-4);
        let alpha = within(coordinates[0]);
        let beta = if self.trend == Trend::None { 0.0 } else { alpha * within(coordinates[1]) };
        let gamma = if self.season == Seasonal::None {
            0.0
        } else {
            (1.0 - alpha) * within(coordinates[2])
        };
        let phi = if self.trend == Trend::Damped { 0.8 + 0.18 * coordinates[3] } else { 1.0 };
        [alpha, beta, gamma, phi]
    }

    /// Smoothing parameters, first states, and the variance.
    fn free(self, season: usize) -> f64 {
        let trend = match self.trend {
            Trend::None => 0.0,
            Trend::Additive => 2.0,
            Trend::Damped => 3.0,
        };
        let season = if self.season == Seasonal::None { 0.0 } else { real(season) };
        3.0 + trend + season
    }
}

impl Start {
    fn plain(values: &[f64]) -> Self {
        let first = &values[..STARTING_POINTS.min(values.len())];
        let middle = (real(first.len()) - 1.0) / 2.0;
        let height = mean(first);
        let (mut products, mut squares) = (0.0, 0.0);
        for (at, value) in first.iter().enumerate() {
            let away = real(at) - middle;
            products += away * (value - height);
            squares += away * away;
        }
        let slope = if squares > 0.0 { products / squares } else { 0.0 };
        Self { level: height - slope * (middle + 1.0), slope, season: Vec::new() }
    }

    /// From classical decomposition: the mean by phase of the values without (divided by, or less)
    /// their centred average, and the line through the first adjusted points.
    fn seasonal(values: &[f64], season: usize, multiplies: bool) -> Self {
        let average = super::smooth::seasonal_average(values, season);
        let first = season / 2;
        let mut sums = vec![(0.0, 0.0); season];
        for (at, (value, trend)) in values[first..].iter().zip(&average).enumerate() {
            let (sum, count) = &mut sums[(first + at) % season];
            *sum += if multiplies { value / trend } else { value - trend };
            *count += 1.0;
        }
        let mut indices: Vec<f64> =
            sums.iter().map(|(sum, count)| if *count > 0.0 { sum / count } else { 0.0 }).collect();
        let centre = mean(&indices);
        for index in &mut indices {
            if multiplies {
                *index = (*index / centre).max(0.01);
            } else {
                *index -= centre;
            }
        }
        let adjusted: Vec<f64> = values
            .iter()
            .take(STARTING_POINTS.max(season))
            .zip(indices.iter().cycle())
            .map(|(value, index)| if multiplies { value / index } else { value - index })
            .collect();
        Self { season: indices, ..Self::plain(&adjusted) }
    }

    /// The same with the mean of the first adjusted points for a level, and no slope.
    fn without_trend(&self, values: &[f64]) -> Self {
        // The line passes through that mean in the middle of the points it was drawn through.
        let points = real(STARTING_POINTS.min(values.len()));
        let level = self.level + self.slope * (points + 1.0) / 2.0;
        Self { level, slope: 0.0, season: self.season.clone() }
    }
}

#[cfg(test)]
mod tests;
