//! What acting brings: those who were acted on beside those held back, by lot.
//!
//! Everybody who was drawn counts as drawn, whatever was done (intention to treat). What was expected of
//! each is taken off what came (CUPED: Deng, Xu, Kohavi & Walker 2013), which leaves less to chance. The
//! interval may be looked at every day: it is a confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy
//! & Ramdas 2024, theorem 2.2, for a difference of two means), which holds the truth at all times at once
//! with its level, so that looking often raises no false alarm.

use crate::Interval;

/// Customers of each kind without whom nothing is told: the sequence is asymptotic.
const FEWEST: usize = 20;
/// The level of the interval.
const LEVEL: f64 = 0.95;
/// Customers, as one sample, at which the interval is as narrow as can be.
const TIGHTEST_AT: f64 = 300.0;

/// A customer who was drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    /// Whether nothing was said to them.
    pub is_held: bool,
    /// Money that was expected of them when they were drawn.
    pub expected: f64,
    /// Money that they brought within the window.
    pub brought: f64,
}

/// What acting brings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Those who were acted on.
    pub acted: usize,
    /// Those who were held back.
    pub held: usize,
    /// Money that each of those acted on brought, and each held back.
    pub means: [f64; 2],
    /// Money more that each brought for being acted on, what was expected of them taken off; none where
    /// they are too few.
    pub more: Option<f64>,
    /// What that lies in.
    pub interval: Option<Interval>,
    /// About so many more customers are needed to tell; 0 where it can be told.
    pub needed: usize,
}

impl Effect {
    /// Whether the interval leaves no doubt which way it goes.
    pub fn is_proven(&self) -> bool {
        self.interval.is_some_and(|interval| interval.lower > 0.0 || interval.upper < 0.0)
    }
}

/// Compares those who were acted on with those who were held back.
pub fn effect(drawn: &[Drawn]) -> Effect {
    let slope = slope(drawn);
    let centre = mean(drawn.iter().map(|one| one.expected));
    let of = |is_held: bool| drawn.iter().filter(move |one| one.is_held == is_held);
    let left = |one: &Drawn| one.brought - slope * (one.expected - centre);
    let [acted, held] = [false, true].map(|is_held| Sample::of(of(is_held).map(left)));
    let means = [false, true].map(|is_held| mean(of(is_held).map(|one| one.brought)));
    let mut effect = Effect {
        acted: acted.count,
        held: held.count,
        means,
        more: None,
        interval: None,
        needed: 0,
    };
    let fewest = acted.count.min(held.count);
    if fewest < FEWEST {
        // Of a draw of four to one, the held are the fewer.
        let share = (held.count.max(1) as f64 / drawn.len().max(1) as f64).max(0.05);
        effect.needed = whole((FEWEST - fewest) as f64 / share);
        return effect;
    }
    let more = acted.mean - held.mean;
    let error = (acted.variance / acted.count as f64 + held.variance / held.count as f64).sqrt();
    // As one sample of so many.
    let size = 1.0 / (1.0 / acted.count as f64 + 1.0 / held.count as f64);
    let half = error * width(size);
    effect.more = Some(more);
    let (lower, upper) = (more - half, more + half);
    effect.interval = Some(Interval { level: LEVEL, lower, upper });
    if !effect.is_proven() && half > 0.0 {
        effect.needed = needed(more.abs().max(half / 10.0), error * size.sqrt(), size, drawn.len());
    }
    effect
}

/// The half width in standard errors, at a size of the sample.
fn width(size: f64) -> f64 {
    let alpha = 1.0 - LEVEL;
    let log = -2.0 * alpha.ln();
    let rho = (log + log.ln() + 1.0) / TIGHTEST_AT;
    let scaled = size * rho + 1.0;
    (2.0 * scaled / (size * rho) * (scaled.sqrt() / alpha).ln()).sqrt()
}

/// Customers more until an effect of this size would be told from none.
fn needed(more: f64, deviation: f64, size: f64, drawn: usize) -> usize {
    let mut larger = size;
    while larger < 1e9 && deviation / larger.sqrt() * width(larger) >= more {
        larger *= 1.1;
    }
    whole((larger / size - 1.0) * drawn as f64)
}

/// So many customers, the next whole number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
fn whole(count: f64) -> usize {
    count.ceil() as usize
}

struct Sample {
    count: usize,
    mean: f64,
    variance: f64,
}

impl Sample {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.collect();
        let mean = mean(values.iter().copied());
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let variance = squares / values.len().saturating_sub(1).max(1) as f64;
        Self { count: values.len(), mean, variance }
    }
}

/// Of what came on what was expected, by least squares within each of the two.
fn slope(drawn: &[Drawn]) -> f64 {
    let (mut cross, mut square) = (0.0, 0.0);
    for is_held in [false, true] {
        let of = || drawn.iter().filter(|one| one.is_held == is_held);
        let expected = mean(of().map(|one| one.expected));
        let brought = mean(of().map(|one| one.brought));
        for one in of() {
            cross += (one.expected - expected) * (one.brought - brought);
            square += (one.expected - expected).powi(2);
        }
    }
    if square > 0.0 { cross / square } else { 0.0 }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from 0 to 1 that look like chance and are the same each time (Steele & Vigna 2021).
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (mixed >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// Somebody who buys with chance a third, for a sum that is long in the tail.
        fn drawn(&mut self, uplift: f64) -> Drawn {
            let is_held = self.roll() < 0.2;
            let size = 40.0 * (1.5 * (self.roll() + self.roll() + self.roll() - 1.5)).exp();
            let times = if is_held { 1.0 } else { 1.0 + uplift };
            let came = self.roll() < 1.0 / 3.0;
            let noise = (self.roll() + self.roll() - 1.0).exp();
            let brought = if came { size * noise * times } else { 0.0 };
            Drawn { is_held, expected: size / 3.0, brought }
        }
    }

    #[test]
    fn an_experiment_without_an_effect_that_is_looked_at_daily_raises_few_alarms() {
        let alarms = (0..200).filter(|seed| {
            let mut dice = Dice(*seed);
            let mut drawn = Vec::new();
            (0..60).any(|_| {
                drawn.extend((0..10).map(|_| dice.drawn(0.0)));
                effect(&drawn).is_proven()
            })
        });
        let alarms = alarms.count();
        assert!(alarms <= 10, "{alarms} of 200");
    }

    #[test]
    fn an_uplift_is_found_and_its_interval_holds_it() {
        let (mut held, mut proven) = (0, 0);
        // Of those acted on and not, each brings a third of 1.17 (what the noise is on average) times its
        // size; a fifth more of that is the truth.
        for seed in 0..200 {
            let mut dice = Dice(1_000 + seed);
            let drawn: Vec<Drawn> = (0..6_000).map(|_| dice.drawn(0.2)).collect();
            let size = mean(drawn.iter().map(|one| one.expected * 3.0));
            let noise = 4.0 * (0.5_f64.sinh()).powi(2);
            let truth = 0.2 * size * noise / 3.0;
            let found = effect(&drawn);
            held += u32::from(found.interval.unwrap().holds(truth));
            proven += u32::from(found.is_proven());
        }
        assert!(held >= 186, "{held} of 200");
        assert!(proven > 0, "none of 200");
    }

    #[test]
    fn of_few_nothing_is_told_but_how_many_more_are_needed() {
        let one = |is_held| Drawn { is_held, expected: 10.0, brought: 12.0 };
        let few: Vec<Drawn> = (0..50).map(|n| one(n % 5 == 0)).collect();
        let effect = effect(&few);
        assert_eq!((effect.acted, effect.held, effect.more), (40, 10, None));
        // Ten held ones are missing, of which every fifth is one.
        assert_eq!(effect.needed, 50);
    }
}
