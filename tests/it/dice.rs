//! Seeded randomness: rounds of a test, each with a seed that is told when it fails and that
//! replays it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Rounds unless CRM_ROUNDS says otherwise: enough for every change, not for a release.
const ROUNDS: u64 = 3;

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // A bias of bound in 2^64 is none that a test could notice.
        self.next() % bound
    }

    pub(crate) fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[usize::try_from(self.below(among.len() as u64)).unwrap()]
    }

    pub(crate) fn micros(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_micros(least + self.below(most - least + 1))
    }

    pub(crate) fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least + 1))
    }
}

/// Runs a round CRM_ROUNDS times, each with a seed of its own, or once with that of CRM_SEED.
pub(crate) fn rounds(mut round: impl FnMut(u64)) {
    if let Some(seed) = number("CRM_SEED") {
        return round(seed);
    }
    let mut seeds = seeds();
    let count = number("CRM_ROUNDS").unwrap_or(ROUNDS);
    for index in 1..=count {
        // Short enough to be typed.
        let seed = seeds.below(1_000_000_000);
        println!("round {index} of {count}, seed {seed}");
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| round(seed))) {
            println!("it fails with CRM_SEED={seed}");
            resume_unwind(panic);
        }
    }
}

/// Runs a round once, with a seed of its own or with that of CRM_SEED.
pub(crate) fn once(round: impl FnOnce(u64)) {
    let seed = number("CRM_SEED").unwrap_or_else(|| seeds().below(1_000_000_000));
    println!("CRM_SEED={seed}");
    round(seed);
}

/// Seeds that are others each time.
fn seeds() -> Dice {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Dice::new(u64::try_from(now.as_nanos() & u128::from(u64::MAX)).unwrap())
}

pub(crate) fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number, {text:?} given")))
}
