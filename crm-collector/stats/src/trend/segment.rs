//! Models of a series with and without changes, and the choice between them.

use super::pelt::{Costs, pelt};
use super::series::robust_scale;

/// What a segment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Its own level, about a polynomial of this degree that all segments share.
    Steps { degree: usize },
    /// Its own line.
    Lines,
}

/// A model of a series.
#[derive(Clone, Debug)]
pub(super) struct Segmentation {
    /// Starts of all segments but the first.
    pub(super) changes: Vec<usize>,
    pub(super) form: Form,
    /// −2 log likelihood and penalties, but for a constant.
    pub(super) score: f64,
}

impl Segmentation {
    fn of_changes(changes: &[usize], form: Form) -> Self {
        Self { changes: changes.to_vec(), form, score: f64::INFINITY }
    }
}

/// Degrees tried of the polynomial that all segments may share. The higher ones are there for
/// smooth curves, which steps or lines would cut up.
const DEGREES: [usize; 5] = [1, 2, 3, 5, HIGHEST_DEGREE];
const HIGHEST_DEGREE: usize = 8;

/// A polynomial's degree needs this many values, or it takes a short series' steps for curves.
const VALUES_A_DEGREE: usize = 15;

/// Autocorrelation is held below this: beyond, a wandering level explains any series.
const MOST_CORRELATED: f64 = 0.98;

/// The autocorrelation of as many values as this is held at nothing, of ten times as many at 0.9.
/// Tuned: `tests/benches/accuracy/trend.rs` measures what another value does.
const VALUES_TO_WANDER: f64 = 4.0;

/// What is left of a series in standard deviations, below which it counts as explained entirely.
const NOISE_FLOOR: f64 = 1e-4;

/// The model with the least −2 log likelihood + penalties of those that have steps about a
/// polynomial or lines. `least` is the shortest segment.
pub(super) fn best(values: &[f64], least: usize) -> Option<Segmentation> {
    let (values, unit_size) = standardised(values)?;
    let unit = unit(&values);
    let lines = pelt(&Costs::of_lines(&values), 4.0 * unit, least);
    let steps = |values: &[f64]| pelt(&Costs::of_levels(values), 3.0 * unit, least);
    let mut found = vec![chosen(&values, Form::Steps { degree: 0 }, &steps(&values))];
    for degree in DEGREES.into_iter().filter(|degree| degree * VALUES_A_DEGREE <= values.len()) {
        let form = Form::Steps { degree };
        for (start, rounds) in [(&[][..], 1), (&lines[..], 2)] {
            let mut model = Segmentation::of_changes(start, form);
            for _ in 0..rounds {
                let rest = without_polynomial(&values, &model.changes, degree);
                model = chosen(&rest, form, &steps(&rest));
            }
            // The polynomial anew, without the changes that did not stand.
            let rest = without_polynomial(&values, &model.changes, degree);
            found.push(chosen(&rest, form, &model.changes));
        }
    }
    found.push(chosen(&values, Form::Lines, &lines));
    let mut best = found.into_iter().min_by(|a, b| a.score.total_cmp(&b.score))?;
    if best.form == Form::Lines {
        best.changes = bends(&values, &best.changes, least);
    }
    best.score += 2.0 * values.len() as f64 * unit_size.ln();
    Some(best)
}

/// The changes of level alone, whatever else there is: slopes and curves come as steps too.
pub(super) fn levels(values: &[f64], least: usize) -> Vec<usize> {
    let Some((values, _)) = standardised(values) else { return Vec::new() };
    let changes = pelt(&Costs::of_levels(&values), 3.0 * unit(&values), least);
    chosen(&values, Form::Steps { degree: 0 }, &changes).changes
}

/// The variance of the noise between neighbours times log n.
fn unit(values: &[f64]) -> f64 {
    let differences: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let noise = robust_scale(&differences) / std::f64::consts::SQRT_2;
    noise.max(1e-3).powi(2) * (values.len() as f64).ln()
}

/// Values of mean 0 and variance 1, and their standard deviation before; nothing where they do
/// not vary.
fn standardised(values: &[f64]) -> Option<(Vec<f64>, f64)> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let deviation = variance.sqrt();
    let standardised: Vec<f64> = values.iter().map(|value| (value - mean) / deviation).collect();
    // The variation of rounding is none.
    let varies = deviation > 1e-12 * mean.abs() && standardised.iter().all(|v| v.is_finite());
    varies.then_some((standardised, deviation))
}

/// How far a bend may stand from where two free lines part best.
const BEND_REACH: usize = 20;

/// Changes of lines, each moved to where one bent line fits best, if that does about as well as
/// two that need not meet: these part anywhere near a bend.
fn bends(values: &[f64], changes: &[usize], least: usize) -> Vec<usize> {
    let mut placed: Vec<usize> = Vec::with_capacity(changes.len());
    for (number, &change) in changes.iter().enumerate() {
        let from = placed.last().copied().unwrap_or(0);
        let to = changes.get(number + 1).copied().unwrap_or(values.len());
        let apart = segment(values, Form::Lines, from, change).square
            + segment(values, Form::Lines, change, to).square;
        let near = change.saturating_sub(BEND_REACH).max(from + least)
            ..(change + BEND_REACH).min((to + 1).saturating_sub(least));
        let bent = near
            .map(|at| (bent_line(&values[from..to], at - from), at))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let count = (to - from) as f64;
        placed.push(match bent {
            Some((error, at)) if error <= apart * (1.0 + 2.0 * count.ln() / count) => at,
            _ => change,
        });
    }
    placed
}

/// The squared error of the best line with a bend at `at`.
fn bent_line(values: &[f64], at: usize) -> f64 {
    let count = values.len() as f64;
    let hinge = |index: usize| index.saturating_sub(at) as f64;
    let mean = |of: &dyn Fn(usize) -> f64| (0..values.len()).map(of).sum::<f64>() / count;
    let (time, bend, value) = (mean(&|i| i as f64), mean(&hinge), mean(&|i| values[i]));
    let [mut tt, mut tb, mut bb, mut tv, mut bv, mut vv] = [0.0; 6];
    for (index, v) in values.iter().enumerate() {
        let (t, b, v) = (index as f64 - time, hinge(index) - bend, v - value);
        tt += t * t;
        tb += t * b;
        bb += b * b;
        tv += t * v;
        bv += b * v;
        vv += v * v;
    }
    let determinant = tt * bb - tb * tb;
    if determinant <= 1e-9 * tt * bb {
        return f64::INFINITY;
    }
    let slope = (tv * bb - bv * tb) / determinant;
    let more = (bv * tt - tv * tb) / determinant;
    vv - slope * tv - more * bv
}

/// Where in `range` two levels part with the least squared error.
pub(super) fn parting(values: &[f64], range: std::ops::Range<usize>) -> Option<usize> {
    let total: f64 = values.iter().sum();
    let mut left: f64 = values.get(..range.start)?.iter().sum();
    let mut best: Option<(f64, usize)> = None;
    for at in range {
        if at > 0 && at < values.len() {
            let right = total - left;
            let gain = left * left / at as f64 + right * right / (values.len() - at) as f64;
            if best.is_none_or(|(most, _)| gain > most) {
                best = Some((gain, at));
            }
        }
        left += values.get(at)?;
    }
    best.map(|(_, at)| at)
}

/// A stretch with its errors about its own level or line: what a likelihood needs of it.
#[derive(Clone, Copy)]
struct Segment {
    from: usize,
    to: usize,
    /// Sum of squared errors.
    square: f64,
    /// Sum of products of neighbouring errors.
    product: f64,
    first: f64,
    last: f64,
}

fn segment(values: &[f64], form: Form, from: usize, to: usize) -> Segment {
    let part = &values[from..to];
    let count = part.len() as f64;
    let mean = part.iter().sum::<f64>() / count;
    let middle = (count - 1.0) / 2.0;
    let slope = if form == Form::Lines && part.len() > 1 {
        let along: f64 = part.iter().enumerate().map(|(i, v)| (i as f64 - middle) * v).sum();
        along / (count * (count * count - 1.0) / 12.0)
    } else {
        0.0
    };
    let error = |index: usize| part[index] - mean - slope * (index as f64 - middle);
    let first = error(0);
    let (mut square, mut product, mut last) = (first * first, 0.0, first);
    for index in 1..part.len() {
        let next = error(index);
        square += next * next;
        product += last * next;
        last = next;
    }
    Segment { from, to, square, product, first, last }
}

/// Takes changes away one by one, the one that is missed least first, down to none, and returns
/// the model that scored best on the way.
fn chosen(values: &[f64], form: Form, changes: &[usize]) -> Segmentation {
    let count = values.len() as f64;
    let log_count = count.ln();
    let (each, shared) = match form {
        Form::Steps { degree } => (3.0 * log_count, degree as f64 * log_count),
        Form::Lines => (4.0 * log_count, log_count),
    };
    let score = |square: f64, product: f64, changes: usize| {
        let correlation = correlation(square, product, count);
        let left = square * (1.0 + correlation * correlation) - 2.0 * correlation * product;
        let variance = (left / count).max(NOISE_FLOOR * NOISE_FLOOR);
        count * variance.ln() - (1.0 - correlation * correlation).ln()
            + each * changes as f64
            + shared
    };
    let bounds: Vec<usize> =
        std::iter::once(0).chain(changes.iter().copied()).chain([values.len()]).collect();
    let mut segments: Vec<Segment> =
        bounds.windows(2).map(|pair| segment(values, form, pair[0], pair[1])).collect();
    let join = |a: &Segment, b: &Segment| segment(values, form, a.from, b.to);
    let mut joined: Vec<Segment> =
        segments.windows(2).map(|pair| join(&pair[0], &pair[1])).collect();
    let mut square: f64 = segments.iter().map(|segment| segment.square).sum();
    let mut product: f64 = segments.iter().map(|segment| segment.product).sum::<f64>()
        + segments.windows(2).map(|pair| pair[0].last * pair[1].first).sum::<f64>();
    let now = |segments: &[Segment], square, product| Segmentation {
        changes: segments.iter().skip(1).map(|segment| segment.from).collect(),
        form,
        score: score(square, product, segments.len() - 1),
    };
    let mut best = now(&segments, square, product);
    while segments.len() > 1 {
        let after = |index: usize| {
            let (a, b, ab) = (&segments[index], &segments[index + 1], &joined[index]);
            let mut change = ab.product - a.product - b.product - a.last * b.first;
            if let Some(before) = index.checked_sub(1).and_then(|before| segments.get(before)) {
                change += before.last * (ab.first - a.first);
            }
            if let Some(next) = segments.get(index + 2) {
                change += (ab.last - b.last) * next.first;
            }
            (square + ab.square - a.square - b.square, product + change)
        };
        let Some((_, index)) = (0..joined.len())
            .map(|index| {
                let (square, product) = after(index);
                (score(square, product, segments.len() - 2), index)
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
        else {
            break;
        };
        (square, product) = after(index);
        segments[index] = joined.remove(index);
        segments.remove(index + 1);
        if index > 0 {
            joined[index - 1] = join(&segments[index - 1], &segments[index]);
        }
        if index < joined.len() {
            joined[index] = join(&segments[index], &segments[index + 1]);
        }
        let model = now(&segments, square, product);
        if model.score <= best.score {
            best = model;
        }
    }
    best
}

fn correlation(square: f64, product: f64, count: f64) -> f64 {
    // A few dozen values cannot tell a wandering level from one that changed once.
    let most = (1.0 - VALUES_TO_WANDER / count).clamp(0.5, MOST_CORRELATED);
    if square > 0.0 { (product / square).clamp(-most, most) } else { 0.0 }
}

/// The values less the polynomial that fits them best together with a level of each segment's own
/// (least squares; the levels are taken out first, Frisch & Waugh 1933).
fn without_polynomial(values: &[f64], changes: &[usize], degree: usize) -> Vec<f64> {
    let last = values.len().saturating_sub(1).max(1) as f64;
    let row = |index: usize| {
        let powers = legendre(2.0 * index as f64 / last - 1.0);
        let mut row = [values[index]; HIGHEST_DEGREE + 1];
        row[..HIGHEST_DEGREE].copy_from_slice(&powers);
        row
    };
    let mut normal = [[0.0; HIGHEST_DEGREE + 1]; HIGHEST_DEGREE];
    let bounds: Vec<usize> =
        std::iter::once(0).chain(changes.iter().copied()).chain([values.len()]).collect();
    for pair in bounds.windows(2) {
        let count = (pair[1] - pair[0]).max(1) as f64;
        let mut mean = [0.0; HIGHEST_DEGREE + 1];
        for index in pair[0]..pair[1] {
            for (mean, value) in mean.iter_mut().zip(row(index)) {
                *mean += value / count;
            }
        }
        for index in pair[0]..pair[1] {
            let mut row = row(index);
            for (value, mean) in row.iter_mut().zip(mean) {
                *value -= mean;
            }
            for (line, left) in normal.iter_mut().zip(row).take(degree) {
                for (target, right) in line.iter_mut().zip(row) {
                    *target += left * right;
                }
            }
        }
    }
    let weights = solved(&mut normal, degree);
    let polynomial = |index: usize| -> f64 {
        row(index).iter().zip(weights).map(|(power, weight)| power * weight).sum()
    };
    values.iter().enumerate().map(|(index, value)| value - polynomial(index)).collect()
}

/// Legendre's polynomials of degree 1 and up, which are nearly independent where plain powers are
/// nearly parallel: (k + 1) P₍ₖ₊₁₎ = (2k + 1) t Pₖ − k P₍ₖ₋₁₎ (Bonnet).
fn legendre(time: f64) -> [f64; HIGHEST_DEGREE] {
    let mut found = [time; HIGHEST_DEGREE];
    let mut before = 1.0;
    for k in 1..HIGHEST_DEGREE {
        let degree = k as f64;
        found[k] = ((2.0 * degree + 1.0) * time * found[k - 1] - degree * before) / (degree + 1.0);
        before = found[k - 1];
    }
    found
}

/// Solves the first `size` of symmetric equations (the right side in the last column) by
/// elimination; a direction that the data do not have gets no weight.
fn solved(
    normal: &mut [[f64; HIGHEST_DEGREE + 1]; HIGHEST_DEGREE],
    size: usize,
) -> [f64; HIGHEST_DEGREE] {
    for k in 0..size {
        let pivot = normal[k][k];
        for j in 0..size {
            if j != k && pivot > 1e-9 {
                let factor = normal[j][k] / pivot;
                let line = normal[k];
                for (target, value) in normal[j].iter_mut().zip(line) {
                    *target -= factor * value;
                }
            }
        }
    }
    std::array::from_fn(|k| {
        let pivot = normal[k][k];
        if k < size && pivot > 1e-9 { normal[k][HIGHEST_DEGREE] / pivot } else { 0.0 }
    })
}
