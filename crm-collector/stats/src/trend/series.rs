//! A series made fit for what follows: gaps bridged, brought to a size that no sum of squares
//! overflows, single spikes held down. And running medians.

use crate::numeric::quantile::{NORMAL_MAD, mad_about, median};

/// The values with gaps (what is not finite) bridged in a straight line, and divided by `unit`,
/// the largest of their sizes. Nothing if no value is finite or all are equal.
pub(super) struct Filled {
    pub(super) values: Vec<f64>,
    pub(super) unit: f64,
}

/// Second differences of values of size 1 that are no more than rounding.
const ROUNDING: f64 = 1e-12;

impl Filled {
    /// Whether the values lie on a line without any noise: what the noise is measured by would be
    /// rounding, and nothing stands out from that.
    pub(super) fn is_straight(&self) -> bool {
        self.values.windows(3).all(|of| (of[0] - 2.0 * of[1] + of[2]).abs() <= ROUNDING)
    }
}

pub(super) fn filled(values: &[f64]) -> Option<Filled> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let unit = finite().map(f64::abs).fold(0.0, f64::max);
    let first = finite().next()?;
    if finite().all(|value| value == first) {
        return None;
    }
    let mut filled: Vec<f64> = values.iter().map(|value| value / unit).collect();
    if !filled.iter().all(|value| !value.is_finite() || value.abs() <= 1.0) {
        return None;
    }
    let mut last: Option<usize> = None;
    for index in 0..filled.len() {
        if !filled[index].is_finite() {
            continue;
        }
        let right = filled[index];
        let from = last.map_or(0, |last| last + 1);
        let left = last.map_or(right, |last| filled[last]);
        let gaps = index - from;
        for (step, gap) in filled[from..index].iter_mut().enumerate() {
            *gap = left + (right - left) * (step + 1) as f64 / (gaps + 1) as f64;
        }
        last = Some(index);
    }
    if let Some(last) = last {
        let end = filled[last];
        filled[last + 1..].fill(end);
    }
    Some(Filled { values: filled, unit })
}

/// Median over the value and `half` others on either side; at the ends over as many of the
/// nearest, so that an outlier there has neighbours too. Linear in the values, times the window.
pub(super) fn running_median(values: &[f64], half: usize) -> Vec<f64> {
    windows(values, half, |window, _| middle(window))
}

/// The same of the others alone, which a value has no part in, and with the series continued
/// beyond its ends as its mirror image about them, which keeps a slope.
pub(super) fn median_of_others(values: &[f64], half: usize) -> Vec<f64> {
    over_continued(values, half, |window, value| {
        let mut others = window.to_vec();
        let at = others.partition_point(|other| other.total_cmp(&value).is_lt());
        others.remove(at.min(others.len() - 1));
        middle(&others)
    })
}

/// The running median with the series continued in the same way.
pub(super) fn running_median_of_continued(values: &[f64], half: usize) -> Vec<f64> {
    over_continued(values, half, |window, _| middle(window))
}

fn over_continued(values: &[f64], half: usize, of: impl Fn(&[f64], f64) -> f64) -> Vec<f64> {
    let count = values.len();
    if count < 4 || half == 0 {
        return values.to_vec();
    }
    let reach = half.min(count - 3);
    // About the second value from the end, at the level of the three there.
    let ends = [
        middle_of_three([values[0], values[1], values[2]]),
        middle_of_three([values[count - 1], values[count - 2], values[count - 3]]),
    ];
    let before = (0..reach).rev().map(|step| 2.0 * ends[0] - values[3 + step]);
    let after = (0..reach).map(|step| 2.0 * ends[1] - values[count - 4 - step]);
    let continued: Vec<f64> = before.chain(values.iter().copied()).chain(after).collect();
    windows(&continued, reach, of)[reach..reach + count].to_vec()
}

fn middle_of_three(mut values: [f64; 3]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[1]
}

fn middle(sorted: &[f64]) -> f64 {
    let upper = sorted[sorted.len() / 2];
    if sorted.len() % 2 == 1 { upper } else { sorted[sorted.len() / 2 - 1] / 2.0 + upper / 2.0 }
}

/// What is made of the sorted window about each value, and of the value.
fn windows(values: &[f64], half: usize, of: impl Fn(&[f64], f64) -> f64) -> Vec<f64> {
    let width = (2 * half + 1).min(values.len());
    let mut window: Vec<f64> = values[..width].to_vec();
    window.sort_unstable_by(f64::total_cmp);
    let mut from = 0;
    let mut made = Vec::with_capacity(values.len());
    for index in 0..values.len() {
        let wanted = index.saturating_sub(half).min(values.len() - width);
        while from < wanted {
            let (gone, come) = (values[from], values[from + width]);
            let at = window.partition_point(|other| other.total_cmp(&gone).is_lt());
            window.remove(at.min(width - 1));
            let at = window.partition_point(|other| other.total_cmp(&come).is_lt());
            window.insert(at, come);
            from += 1;
        }
        made.push(of(&window, values[index]));
    }
    made
}

/// Mean over a window of `length` values (an even one by half weights at its ends), free of every
/// season of that length; at the ends continued in a straight line.
pub(super) fn moving_mean(values: &[f64], length: usize) -> Vec<f64> {
    let count = values.len();
    let length = length.clamp(1, count.max(1));
    let half = length / 2;
    let sums = prefix_sums(values);
    if count < 2 * half + 1 {
        let mean = sums.last().copied().unwrap_or(0.0) / count.max(1) as f64;
        return vec![mean; count];
    }
    let at = |index: usize| {
        let sum = sums[index + half + 1] - sums[index - half];
        if length % 2 == 1 {
            sum / length as f64
        } else {
            (sum - 0.5 * (values[index - half] + values[index + half])) / length as f64
        }
    };
    let (first, last) = (half, count - 1 - half);
    let step = half.min(last - first);
    let slope = |rise: f64| if step > 0 { rise / step as f64 } else { 0.0 };
    let (rise, more) = (slope(at(first + step) - at(first)), slope(at(last) - at(last - step)));
    (0..count)
        .map(|index| {
            let before = first.saturating_sub(index) as f64;
            let after = index.saturating_sub(last) as f64;
            at(index.clamp(first, last)) - rise * before + more * after
        })
        .collect()
}

pub(super) fn prefix_sums(values: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut sums = Vec::with_capacity(values.len() + 1);
    sums.push(0.0);
    for value in values {
        sum += value;
        sums.push(sum);
    }
    sums
}

/// A standard deviation that outliers do not move: of the median absolute deviation, or, where
/// more than half of the values are the same, of the mean absolute one.
pub(super) fn robust_scale(values: &[f64]) -> f64 {
    let Some(centre) = median(values) else { return 0.0 };
    let deviation = mad_about(values, centre).unwrap_or(0.0) * NORMAL_MAD;
    if deviation > 0.0 {
        return deviation;
    }
    let sum: f64 = values.iter().map(|value| (value - centre).abs()).sum();
    // A normal's mean absolute deviation is √(2/π) of its standard deviation.
    sum / values.len().max(1) as f64 * (std::f64::consts::PI / 2.0).sqrt()
}

/// Holds spikes of at most three values down to `reach` standard deviations from the running
/// median (Hampel's identifier). Longer runs are levels and stay.
pub(super) fn without_spikes(values: &[f64], reach: f64) -> Vec<f64> {
    let centre = running_median(values, 3);
    let rest: Vec<f64> = values.iter().zip(&centre).map(|(value, centre)| value - centre).collect();
    let bound = reach * robust_scale(&rest);
    // No clamp: of values that overflow the bound is no number, and holds nothing.
    centre.iter().zip(&rest).map(|(centre, rest)| centre + rest.max(-bound).min(bound)).collect()
}
