//! How long requests took: a histogram of fixed size, exact to one part in sixteen.

use std::time::Duration;

const STEPS: usize = 16;

/// Times of any number of requests.
#[derive(Clone, Debug)]
pub struct Latencies {
    /// Sixteen steps for every power of two of microseconds.
    buckets: [u64; 40 * STEPS],
    count: u64,
    max: Duration,
}

impl Default for Latencies {
    fn default() -> Self {
        Self { buckets: [0; 40 * STEPS], count: 0, max: Duration::ZERO }
    }
}

impl Latencies {
    /// Counts one.
    pub fn record(&mut self, time: Duration) {
        let bucket = bucket(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
        self.buckets[bucket.min(self.buckets.len() - 1)] += 1;
        self.count += 1;
        self.max = self.max.max(time);
    }

    /// The time within which this many of a hundred requests were answered.
    pub fn percentile(&self, percent: u64) -> Duration {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Duration::from_micros(upper_bound(index)).min(self.max);
            }
        }
        self.max
    }

    /// The longest.
    pub fn max(&self) -> Duration {
        self.max
    }
}

fn bucket(micros: u64) -> usize {
    let step = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    if micros < STEPS as u64 {
        return step(micros);
    }
    let power = micros.ilog2() - STEPS.ilog2();
    (power as usize) * STEPS + step(micros >> power)
}

fn upper_bound(bucket: usize) -> u64 {
    let bucket = bucket as u64 + 1;
    let steps = STEPS as u64;
    if bucket <= steps {
        return bucket;
    }
    let power = (bucket - 1) / steps - 1;
    (bucket - power * steps) << power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_lies_below_the_bound_of_its_bucket_and_within_a_sixteenth() {
        for micros in (0..2_000).chain([10_000, 65_535, 65_536, 1_000_000, 123_456_789]) {
            let bound = upper_bound(bucket(micros));
            assert!(bound > micros && bound - micros <= micros / 16 + 1, "{micros} {bound}");
        }
    }

    #[test]
    fn percentiles_are_those_of_the_requests() {
        let mut latencies = Latencies::default();
        for millis in 1..=100 {
            latencies.record(Duration::from_millis(millis));
        }
        let near = |percent, millis: u64| {
            let micros = u64::try_from(latencies.percentile(percent).as_micros()).unwrap();
            micros.abs_diff(millis * 1_000) <= millis * 1_000 / 15
        };
        assert!(near(50, 50) && near(99, 99), "{:?}", latencies.percentile(50));
        assert_eq!(latencies.max(), Duration::from_millis(100));
    }
}
