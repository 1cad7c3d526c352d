//! Series and shops made by a seed, with known truths planted in them or none.

/// A stream of chance (SplitMix64, Steele, Lea & Flood 2014).
pub struct Dice(u64);

impl Dice {
    pub fn new(kind: &str, seed: u64) -> Self {
        let name = kind.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(131) + u64::from(byte));
        Self(name.wrapping_mul(104_729).wrapping_add(seed.wrapping_mul(7_919)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Between 0 and 1, neither included.
    pub fn share(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    pub fn pick(&mut self, from: usize, to: usize) -> usize {
        (from..to).nth((self.next() % (to - from) as u64) as usize).unwrap()
    }

    fn sign(&mut self) -> f64 {
        if self.share() < 0.5 { -1.0 } else { 1.0 }
    }

    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.share().ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }

    pub fn student(&mut self, degrees: usize) -> f64 {
        let squares: f64 = (0..degrees).map(|_| self.normal().powi(2)).sum();
        self.normal() / (squares / degrees as f64).sqrt()
    }

    pub fn exponential(&mut self) -> f64 {
        -self.share().ln()
    }

    /// With a shape and scale 1 (Marsaglia & Tsang 2000).
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.share().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.share().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (one, other) = (self.gamma(a), self.gamma(b));
        one / (one + other)
    }

    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 60.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let (mut count, mut product) = (0.0, self.share());
        while product > (-mean).exp() {
            count += 1.0;
            product *= self.share();
        }
        count
    }

    pub fn white(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.normal()).collect()
    }

    /// Of variance 1, each value `carried` over to the next.
    pub fn autoregression(&mut self, count: usize, carried: f64) -> Vec<f64> {
        let mut value = self.normal();
        let mut step = || {
            value = carried * value + (1.0 - carried * carried).sqrt() * self.normal();
            value
        };
        (0..count).map(|_| step()).collect()
    }
}

/// A series and what was planted in it.
pub struct Planted {
    pub values: Vec<f64>,
    pub truth: Vec<usize>,
    /// What one who knows the data would say; empty where it is to be found out.
    pub seasons: Vec<usize>,
}

fn planted(values: Vec<f64>, truth: Vec<usize>) -> Planted {
    Planted { values, truth, seasons: vec![1] }
}

/// Makes a series of its kind.
pub type Maker = fn(&mut Dice) -> Planted;

/// Kinds of series with changes; those that begin with `no` have none.
pub const CHANGES: &[(&str, Maker)] = &[
    ("no: white", |dice| planted(white(dice), vec![])),
    ("no: autoregression .5", |dice| {
        let count = length(dice);
        planted(dice.autoregression(count, 0.5), vec![])
    }),
    ("no: autoregression .8", |dice| {
        let count = length(dice);
        planted(dice.autoregression(count, 0.8), vec![])
    }),
    ("no: straight slope", |dice| {
        let rise = dice.between(3.0, 23.0);
        planted(plus(white(dice), |share| rise * share), vec![])
    }),
    ("no: parabola", |dice| {
        let (rise, turn) = (dice.between(5.0, 20.0), dice.share());
        planted(plus(white(dice), |share| rise * (share - turn).powi(2)), vec![])
    }),
    ("no: growth by percents", |dice| {
        let growth = dice.between(1.0, 3.0);
        planted(grown(white(dice), growth, 0.05), vec![])
    }),
    ("no: slow wave", |dice| {
        let (waves, height) = (dice.between(1.0, 3.0), dice.between(2.0, 5.0));
        let wave = |share: f64| height * (std::f64::consts::TAU * waves * share).sin();
        planted(plus(white(dice), wave), vec![])
    }),
    ("no: random walk", |dice| {
        let steps = white(dice);
        planted(summed(&steps), vec![])
    }),
    ("no: Student's t, 2 degrees", |dice| {
        let count = length(dice);
        planted((0..count).map(|_| dice.student(2)).collect(), vec![])
    }),
    ("no: counts", |dice| {
        let (count, mean) = (length(dice), dice.between(0.5, 10.0));
        planted((0..count).map(|_| dice.poisson(mean)).collect(), vec![])
    }),
    ("one shift", |dice| shifted(dice, white, 1, (1.5, 3.0))),
    ("several shifts", |dice| {
        let shifts = dice.pick(2, 6);
        shifted(dice, white, shifts, (2.0, 5.0))
    }),
    ("shifts, season unnamed", |dice| {
        let shifts = dice.pick(1, 4);
        let made = shifted(dice, white, shifts, (2.0, 5.0));
        let season = [4, 7, 12, 24][dice.pick(0, 4)];
        Planted { seasons: vec![], values: seasonal(dice, made.values, season, 2.5), ..made }
    }),
    ("shifts on a slope", |dice| {
        let made = shifted(dice, white, 1, (4.0, 7.0));
        let rise = dice.between(5.0, 20.0);
        Planted { values: plus(made.values, |share| rise * share), ..made }
    }),
    ("shifts, autoregression .4", |dice| {
        let shifts = dice.pick(1, 5);
        let noise = |dice: &mut Dice| {
            let count = length(dice);
            dice.autoregression(count, 0.4)
        };
        shifted(dice, noise, shifts, (3.0, 6.0))
    }),
    ("shifts, Student's t", |dice| {
        let shifts = dice.pick(1, 5);
        let noise = |dice: &mut Dice| {
            let count = length(dice);
            (0..count).map(|_| dice.student(3)).collect()
        };
        shifted(dice, noise, shifts, (3.0, 6.0))
    }),
    ("shifts and spikes", |dice| {
        let shifts = dice.pick(1, 4);
        let mut made = shifted(dice, white, shifts, (2.5, 5.0));
        spikes(dice, &mut made.values, 4, (8.0, 18.0));
        made
    }),
    ("short", |dice| {
        let count = dice.pick(24, 50);
        let mut values = dice.white(count);
        let at = dice.pick(8, count - 8);
        let step = dice.sign() * dice.between(2.5, 5.0);
        values[at..].iter_mut().for_each(|value| *value += step);
        planted(values, vec![at])
    }),
    ("bend", |dice| {
        let mut values = white(dice);
        let at = dice.pick(values.len() / 4, 3 * values.len() / 4);
        let (slope, turn) = (dice.between(-0.1, 0.1), dice.sign() * dice.between(0.1, 0.3));
        for (index, value) in values.iter_mut().enumerate() {
            *value += slope * index as f64 + turn * index.saturating_sub(at) as f64;
        }
        planted(values, vec![at])
    }),
    ("stairs", |dice| {
        let values: Vec<f64> = white(dice).iter().map(|value| 0.3 * value).collect();
        let steps = (values.len() / 20).min(8);
        let truth = places(dice, values.len(), steps, 10);
        planted(stepped(values, &truth, |_| 1.5), truth)
    }),
    ("growth, season and shift by percents", |dice| {
        let count = dice.pick(72, 180);
        let growth = dice.between(1.0, 2.0);
        let noise = dice.white(count);
        let factor = if dice.share() < 0.5 { 0.6 } else { 1.6 };
        let at = dice.pick(20, count - 20);
        let mut values = seasonal_factors(dice, grown(noise, growth, 0.06), 12, 0.25);
        values[at..].iter_mut().for_each(|value| *value *= factor);
        Planted { values, truth: vec![at], seasons: vec![12] }
    }),
    ("daily sales", |dice| {
        let count = dice.pick(200, 700);
        let truth = match dice.pick(0, 3) {
            0 => vec![],
            shifts => places(dice, count, shifts, 40),
        };
        let factors: Vec<f64> =
            truth.iter().map(|_| if dice.share() < 0.5 { 0.55_f64 } else { 1.8 }.ln()).collect();
        let levels = stepped(vec![dice.between(3.0, 8.0); count], &truth, |k| factors[k]);
        let wander = dice.autoregression(count, 0.5);
        let means = levels.iter().zip(wander).map(|(level, w)| (level + 0.2 * w).exp()).collect();
        let means = seasonal_factors(dice, means, 7, 0.3);
        let values = means.iter().map(|mean| dice.poisson(*mean)).collect();
        Planted { values, truth, seasons: vec![7] }
    }),
];

/// Kinds of series with outliers; those that begin with `no` have none.
pub const OUTLIERS: &[(&str, Maker)] = &[
    ("no: white", |dice| planted(white(dice), vec![])),
    ("no: autoregression .8", |dice| {
        let count = length(dice);
        planted(dice.autoregression(count, 0.8), vec![])
    }),
    ("no: Student's t, 3 degrees", |dice| {
        let count = length(dice);
        planted((0..count).map(|_| dice.student(3)).collect(), vec![])
    }),
    ("no: counts", |dice| {
        let (count, mean) = (length(dice), dice.between(0.3, 10.0));
        planted((0..count).map(|_| dice.poisson(mean)).collect(), vec![])
    }),
    ("no: log-normal", |dice| {
        planted(white(dice).iter().map(|value| (0.6 * value).exp()).collect(), vec![])
    }),
    ("no: shifts", |dice| {
        let shifts = dice.pick(1, 4);
        Planted { truth: vec![], ..shifted(dice, white, shifts, (4.0, 12.0)) }
    }),
    ("no: season unnamed", |dice| {
        let season = [7, 12, 24][dice.pick(0, 3)];
        let noise = white(dice);
        let values = seasonal(dice, noise, season, 3.0);
        Planted { values, truth: vec![], seasons: vec![] }
    }),
    ("white", |dice| spiked(dice, white, (6.0, 12.0))),
    ("autoregression .6", |dice| {
        let noise = |dice: &mut Dice| {
            let count = length(dice);
            dice.autoregression(count, 0.6)
        };
        spiked(dice, noise, (6.0, 12.0))
    }),
    ("slope", |dice| {
        let rise = dice.between(0.0, 30.0);
        let made = spiked(dice, white, (6.0, 12.0));
        Planted { values: plus(made.values, |share| rise * share), ..made }
    }),
    ("season", |dice| {
        let made = spiked(dice, white, (6.0, 12.0));
        let season = [7, 12, 24][dice.pick(0, 3)];
        let values = seasonal(dice, made.values, season, 3.0);
        Planted { values, seasons: vec![season], ..made }
    }),
    ("season unnamed", |dice| {
        let made = spiked(dice, white, (6.0, 12.0));
        let season = [7, 12, 24][dice.pick(0, 3)];
        Planted { values: seasonal(dice, made.values, season, 3.0), seasons: vec![], ..made }
    }),
    ("two seasons", |dice| {
        let count = dice.pick(800, 1_400);
        let mut values = dice.white(count);
        let truth = spikes(dice, &mut values, 5, (6.0, 12.0));
        let values = seasonal(dice, values, 24, 3.0);
        let days = dice.white(7);
        let weekly = values.iter().enumerate().map(|(i, v)| v + 3.0 * days[i / 24 % 7]).collect();
        Planted { values: weekly, truth, seasons: vec![24, 168] }
    }),
    ("shifts and spikes", |dice| {
        let shifts = dice.pick(1, 4);
        let mut made = shifted(dice, white, shifts, (4.0, 12.0));
        made.truth = spikes(dice, &mut made.values, 4, (6.0, 12.0));
        made
    }),
    ("random walk", |dice| {
        let steps = white(dice);
        let mut values = summed(&steps);
        let truth = spikes(dice, &mut values, 3, (7.0, 14.0));
        planted(values, truth)
    }),
    ("burst", |dice| {
        let mut values = white(dice);
        let length = dice.pick(3, 9);
        let from = dice.pick(10, values.len() - 20);
        let height = dice.sign() * dice.between(7.0, 12.0);
        values[from..from + length].iter_mut().for_each(|value| *value += height);
        planted(values, (from..from + length).collect())
    }),
    ("counts", |dice| {
        let (count, mean) = (length(dice), dice.between(1.0, 11.0));
        let mut values: Vec<f64> = (0..count).map(|_| dice.poisson(mean)).collect();
        let mut truth = places(dice, count, 3, 5);
        truth.iter().for_each(|at| values[*at] += (8.0 * mean.sqrt()).round());
        truth.sort_unstable();
        planted(values, truth)
    }),
    ("short", |dice| {
        let count = dice.pick(20, 50);
        let mut values = dice.white(count);
        let truth = spikes(dice, &mut values, 1, (8.0, 12.0));
        planted(values, truth)
    }),
];

/// A kind of noise: so many values of it.
pub type Noise = fn(&mut Dice, usize) -> Vec<f64>;

/// Noise as sales have it.
pub const NOISES: &[(&str, Noise)] = &[
    ("white", |dice, count| dice.white(count).iter().map(|e| 100.0 + 20.0 * e).collect()),
    ("autoregression .5", |dice, count| {
        dice.autoregression(count, 0.5).iter().map(|e| 100.0 + 20.0 * e).collect()
    }),
    ("autoregression .7", |dice, count| {
        dice.autoregression(count, 0.7).iter().map(|e| 100.0 + 20.0 * e).collect()
    }),
    ("counts", |dice, count| {
        let mean = dice.between(0.2, 20.0);
        (0..count).map(|_| dice.poisson(mean)).collect()
    }),
    ("counts, wandering", |dice, count| {
        let mean = dice.between(20.0, 200.0);
        let wander = dice.autoregression(count, 0.6);
        wander.iter().map(|w| dice.poisson(mean * (0.2 * w).exp())).collect()
    }),
    ("orders of log-normal size", |dice, count| {
        let order = |dice: &mut Dice| (3.0 + 1.5 * dice.normal()).exp();
        (0..count).map(|_| (0..dice.poisson(3.0) as usize).map(|_| order(dice)).sum()).collect()
    }),
    ("Student's t, carried over", |dice, count| {
        let mut value = 0.0;
        let mut step = || {
            value = 0.5 * value + dice.student(3);
            100.0 + 10.0 * value
        };
        (0..count).map(|_| step()).collect()
    }),
    ("log-normal", |dice, count| {
        dice.white(count).iter().map(|e| 100.0 * (0.8 * e).exp()).collect()
    }),
];

fn length(dice: &mut Dice) -> usize {
    dice.pick(80, 500)
}

fn white(dice: &mut Dice) -> Vec<f64> {
    let count = length(dice);
    dice.white(count)
}

fn summed(steps: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut add = |step: &f64| {
        sum += step;
        sum
    };
    steps.iter().map(&mut add).collect()
}

/// Adds what a place in the series, between 0 and 1, comes to.
fn plus(values: Vec<f64>, of_share: impl Fn(f64) -> f64) -> Vec<f64> {
    let count = values.len() as f64;
    values.iter().enumerate().map(|(i, value)| value + of_share(i as f64 / count)).collect()
}

fn grown(noise: Vec<f64>, growth: f64, spread: f64) -> Vec<f64> {
    let count = noise.len() as f64;
    let at = |(index, e): (usize, &f64)| {
        100.0 * (growth * index as f64 / count).exp() * (1.0 + spread * e)
    };
    noise.iter().enumerate().map(at).collect()
}

fn seasonal(dice: &mut Dice, values: Vec<f64>, season: usize, height: f64) -> Vec<f64> {
    let profile = dice.white(season);
    values.iter().enumerate().map(|(i, value)| value + height * profile[i % season]).collect()
}

fn seasonal_factors(dice: &mut Dice, values: Vec<f64>, season: usize, height: f64) -> Vec<f64> {
    let profile: Vec<f64> = dice.white(season).iter().map(|e| (height * e).exp()).collect();
    values.iter().enumerate().map(|(i, value)| value * profile[i % season]).collect()
}

/// Ascending places, `apart` from each other and from the ends.
fn places(dice: &mut Dice, count: usize, wanted: usize, apart: usize) -> Vec<usize> {
    loop {
        let mut places: Vec<usize> = (0..wanted).map(|_| dice.pick(apart, count - apart)).collect();
        places.sort_unstable();
        if places.windows(2).all(|pair| pair[1] - pair[0] >= apart) {
            return places;
        }
    }
}

fn stepped(mut values: Vec<f64>, at: &[usize], height: impl Fn(usize) -> f64) -> Vec<f64> {
    for (number, place) in at.iter().enumerate() {
        values[*place..].iter_mut().for_each(|value| *value += height(number));
    }
    values
}

fn shifted(
    dice: &mut Dice,
    noise: impl Fn(&mut Dice) -> Vec<f64>,
    shifts: usize,
    height: (f64, f64),
) -> Planted {
    let values = noise(dice);
    let truth = places(dice, values.len(), shifts, 13);
    let heights: Vec<f64> =
        truth.iter().map(|_| dice.sign() * dice.between(height.0, height.1)).collect();
    planted(stepped(values, &truth, |number| heights[number]), truth)
}

fn spikes(dice: &mut Dice, values: &mut [f64], count: usize, height: (f64, f64)) -> Vec<usize> {
    let truth = places(dice, values.len(), count, 5);
    for place in &truth {
        values[*place] += dice.sign() * dice.between(height.0, height.1);
    }
    truth
}

fn spiked(dice: &mut Dice, noise: impl Fn(&mut Dice) -> Vec<f64>, height: (f64, f64)) -> Planted {
    let mut values = noise(dice);
    let count = 1 + values.len() / 150;
    let truth = spikes(dice, &mut values, count, height);
    planted(values, truth)
}
