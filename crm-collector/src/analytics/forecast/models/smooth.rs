//! Smooth lines through a series: the centred average over a season, and local lines.

/// The average over one season around each point (for an even season the two outermost points
/// count half), which a season of that length does not disturb. The points within half a season
/// of either end have none: the averages are those of the points from `season / 2` on.
///
/// Macauley, The Smoothing of Time Series, 1931; the 2×m moving average of the textbooks.
pub fn seasonal_average(values: &[f64], season: usize) -> Vec<f64> {
    let half = season / 2;
    if season == 0 || values.len() < 2 * half + 1 {
        return Vec::new();
    }
    let outer = if season.is_multiple_of(2) { 0.5 } else { 1.0 };
    values
        .windows(2 * half + 1)
        .map(|window| {
            let sum: f64 = window.iter().sum();
            let ends = window[0] + window[window.len() - 1];
            if half == 0 { sum } else { (sum - (1.0 - outer) * ends) / real(season) }
        })
        .collect()
}

/// A line fitted around each point to the `2·reach + 1` nearest ones, weighted by the tricube of
/// their distance, and read off at the point (Cleveland, Robust Locally Weighted Regression and
/// Smoothing Scatterplots, 1979). At the ends the window is as wide and stands to one side. Costs
/// as many steps as there are points times the window.
pub fn local_lines(values: &[f64], reach: usize) -> Vec<f64> {
    let count = values.len();
    let width = (2 * reach + 1).min(count);
    if count == 0 {
        return Vec::new();
    }
    // A window holds its point at one place in the middle of the series, and at others only near
    // the ends; the weights depend on the place alone.
    let middle = if width == 2 * reach + 1 { reach } else { width };
    let kernel = if middle < width { weights(width, middle) } else { Vec::new() };
    let mut smooth = Vec::with_capacity(count);
    for at in 0..count {
        let from = at.saturating_sub(reach).min(count - width);
        let window = &values[from..from + width];
        let place = at - from;
        if place == middle {
            smooth.push(dot(&kernel, window));
        } else {
            smooth.push(dot(&weights(width, place), window));
        }
    }
    smooth
}

/// What the points of a window count for the line's value at one of them.
fn weights(width: usize, place: usize) -> Vec<f64> {
    let edge = real(place.max(width - 1 - place)) + 1.0;
    let (mut s0, mut s1, mut s2) = (0.0, 0.0, 0.0);
    let mut weights: Vec<f64> = (0..width)
        .map(|other| {
            let x = real(other) - real(place);
            let near = (x / edge).abs().powi(3);
            let weight = (1.0 - near).powi(3);
            s0 += weight;
            s1 += weight * x;
            s2 += weight * x * x;
            weight
        })
        .collect();
    let determinant = s0 * s2 - s1 * s1;
    for (other, weight) in weights.iter_mut().enumerate() {
        let x = real(other) - real(place);
        *weight *= if determinant > 0.0 { (s2 - s1 * x) / determinant } else { 1.0 / s0 };
    }
    weights
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a4.zip(b4) {
        for lane in 0..4 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes[0] + lanes[1] + lanes[2] + lanes[3] + rest
}

fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
