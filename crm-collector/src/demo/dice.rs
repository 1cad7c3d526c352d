//! Chance, by a seed: SplitMix64 (Steele, Lea and Flood 2014), in whole numbers throughout, so
//! that a seed gives the same shop on every machine.

/// A million, of which chances are parts.
pub(super) const MILLION: u64 = 1_000_000;

/// A source of chance.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to one less than `bound`; 0 when there is none.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        // The high half of the product (Lemire 2019); its bias is far below what shows here.
        let product = u128::from(self.next()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or_default()
    }

    /// A number between two, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in so many of a million cases.
    pub(super) fn chance(&mut self, millionths: u64) -> bool {
        self.below(MILLION) < millionths
    }

    /// One of several, each as likely; there has to be one.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let position = usize::try_from(self.below(choices.len() as u64)).unwrap_or_default();
        &choices[position]
    }

    /// The position of one of several, as likely as its weight; 0 when there is none.
    pub(super) fn weighted(&mut self, weights: impl IntoIterator<Item = u64> + Clone) -> usize {
        let mut left = self.below(weights.clone().into_iter().sum());
        let chosen = weights.into_iter().position(|weight| {
            let chosen = left < weight;
            left = left.saturating_sub(weight);
            chosen
        });
        chosen.unwrap_or_default()
    }

    /// Ten bytes, as an event's id wants them.
    pub(super) fn ten_bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.next().to_le_bytes());
        bytes[8..].copy_from_slice(&self.next().to_le_bytes()[..2]);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let mut dice = Dice::new(1_234_567);
        let first: Vec<_> = (0..3).map(|_| dice.next()).collect();
        // The reference implementation's output for this seed.
        let expected =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(first, expected);
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::new(1);
        let mut counts = [0_u32; 3];
        (0..10_000).for_each(|_| counts[dice.weighted([1, 0, 3])] += 1);
        assert_eq!(counts[1], 0);
        assert!((2_300..2_700).contains(&counts[0]), "{counts:?}");
    }
}
