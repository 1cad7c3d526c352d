//! Which keys of which dimension (products, countries, segments …) a change is due to.

use super::Change;

/// One key's part in a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Driver {
    /// Its dimension, by its place in what was given.
    pub dimension: usize,
    /// Its place in the dimension.
    pub key: usize,
    /// What it had before and after.
    pub change: Change,
    /// Its part of the change, in the unit of the values: after less before.
    pub contribution: f64,
    /// Its explanatory power: contribution divided by the whole change; 0 where that is 0.
    pub share: f64,
    /// Its part of the Jensen-Shannon divergence of the shares before and after, in nats.
    pub surprise: f64,
}

/// A dimension and what it has to say about the change.
#[derive(Clone, Debug, PartialEq)]
pub struct DimensionRank {
    /// Its place in what was given.
    pub dimension: usize,
    /// The few keys that explain the change, the most surprising first; none where the change is
    /// spread too thinly for that.
    pub drivers: Vec<Driver>,
    /// The sum of their surprise.
    pub surprise: f64,
    /// The sum of their shares.
    pub share: f64,
    /// Every key, by the size of its contribution. With `rest`, they sum to the change.
    pub keys: Vec<Driver>,
    /// The part of the change that none of the keys has.
    pub rest: f64,
}

/// A change and who it is due to.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// After less before.
    pub change: f64,
    /// The dimensions, the one that explains most surprisingly first.
    pub dimensions: Vec<DimensionRank>,
}

impl Ranking {
    /// The drivers of all dimensions, the best dimension's first.
    pub fn drivers(&self) -> impl Iterator<Item = &Driver> {
        self.dimensions.iter().flat_map(|dimension| &dimension.drivers)
    }
}

/// A key needs this share of the change to be among its drivers, and a set of drivers this much in
/// all (Bhagwan et al. 2014, section 4.3: T_EEP and T_EP)
const LEAST_SHARE: f64 = 0.1;
/// … and so much more of the change than it had of what was there before: what changed as all did
/// explains nothing, however large it is.
const LEAST_EXCESS: f64 = 0.1;
const ENOUGH: f64 = 0.67;

/// Ranks the keys of several dimensions by what they explain and how surprising that is
/// (Adtributor: Bhagwan et al., NSDI 2014, equations 2 to 4 and algorithm 1). `total` is the whole
/// before and after; each dimension has a value for each of its keys.
///
/// The paper's values are not negative. Here shares before and after are those of absolute values,
/// which is the same where none is, and keys that move against the change are no drivers.
pub fn rank(total: Change, dimensions: &[&[Change]]) -> Ranking {
    let change = total.finite().difference();
    let mut ranks: Vec<DimensionRank> = dimensions
        .iter()
        .enumerate()
        .map(|(index, keys)| rank_dimension(index, keys, change))
        .collect();
    // Stable, so that equals stand in the order given.
    ranks.sort_by(|a, b| {
        let explains = |rank: &DimensionRank| rank.share > ENOUGH;
        (explains(b).cmp(&explains(a))).then(b.surprise.total_cmp(&a.surprise))
    });
    Ranking { change, dimensions: ranks }
}

fn rank_dimension(dimension: usize, keys: &[Change], change: f64) -> DimensionRank {
    let keys: Vec<Change> = keys.iter().map(|key| key.finite()).collect();
    let before: f64 = keys.iter().map(|key| key.before.abs()).sum();
    let after: f64 = keys.iter().map(|key| key.after.abs()).sum();
    let mut ranked: Vec<Driver> = keys
        .iter()
        .enumerate()
        .map(|(key, &moved)| Driver {
            dimension,
            key,
            change: moved,
            contribution: moved.difference(),
            share: share(moved.difference(), change),
            surprise: surprise(share(moved.before.abs(), before), share(moved.after.abs(), after)),
        })
        .collect();
    let drivers = drivers(&ranked, before);
    ranked.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    let explained: f64 = ranked.iter().map(|key| key.contribution).sum();
    DimensionRank {
        dimension,
        surprise: drivers.iter().map(|driver| driver.surprise).sum(),
        share: drivers.iter().map(|driver| driver.share).sum(),
        drivers,
        keys: ranked,
        rest: change - explained,
    }
}

/// Of keys that had so much in all before.
fn drivers(keys: &[Driver], before: f64) -> Vec<Driver> {
    let explains = |key: &&Driver| {
        let excess = key.share - share(key.change.before.abs(), before);
        key.share > LEAST_SHARE && excess > LEAST_EXCESS
    };
    let mut by_surprise: Vec<Driver> = keys.iter().filter(explains).copied().collect();
    by_surprise.sort_by(|a, b| b.surprise.total_cmp(&a.surprise).then(b.share.total_cmp(&a.share)));
    let mut explained = 0.0;
    let mut enough = 0;
    for driver in &by_surprise {
        if explained > ENOUGH {
            break;
        }
        explained += driver.share;
        enough += 1;
    }
    by_surprise.truncate(enough);
    by_surprise
}

fn share(part: f64, whole: f64) -> f64 {
    let share = part / whole;
    if share.is_finite() { share } else { 0.0 }
}

/// ½ (p ln(2p / (p + q)) + q ln(2q / (p + q))), equation 4 of the paper.
fn surprise(p: f64, q: f64) -> f64 {
    let half = |a: f64, b: f64| if a > 0.0 { a * (2.0 * a / (a + b)).ln() } else { 0.0 };
    (0.5 * (half(p, q) + half(q, p))).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::Change;
    use super::rank;
    use proptest::prelude::*;

    fn of(values: &[(f64, f64)]) -> Vec<Change> {
        values.iter().map(|&(before, after)| Change { before, after }).collect()
    }

    fn total(keys: &[Change]) -> Change {
        let sum = |pick: fn(&Change) -> f64| keys.iter().map(pick).sum();
        Change { before: sum(|key| key.before), after: sum(|key| key.after) }
    }

    #[test]
    fn the_paper_s_example_is_explained_by_the_data_centre() {
        // Bhagwan et al. 2014, table 1: revenue forecast and found, by data centre, advertiser, device.
        let centres = of(&[(94.0, 47.0), (6.0, 3.0)]);
        let advertisers = of(&[(50.0, 24.0), (20.0, 21.0), (20.0, 4.0), (10.0, 1.0)]);
        let devices = of(&[(50.0, 49.0), (50.0, 1.0)]);
        let found = rank(total(&devices), &[&centres, &advertisers, &devices]);
        assert_eq!(found.change, -50.0);
        assert_eq!(found.dimensions[0].dimension, 2);
        let first = found.drivers().next().unwrap();
        assert_eq!((first.key, first.contribution), (1, -49.0));
        assert!((first.share - 0.98).abs() < 1e-12);
        // ½ (.5 ln(1 / .52) + .02 ln(.04 / .52))
        assert!((first.surprise - 0.137_832).abs() < 1e-6, "{}", first.surprise);
    }

    #[test]
    fn the_largest_that_fell_as_all_did_is_no_driver() {
        let countries = of(&[(900.0, 720.0), (60.0, 48.0), (40.0, 32.0)]);
        assert_eq!(rank(total(&countries), &[&countries]).drivers().count(), 0);
        let countries = of(&[(900.0, 891.0), (60.0, 60.0), (40.0, 4.0)]);
        let found = rank(total(&countries), &[&countries]);
        assert_eq!(found.drivers().map(|driver| driver.key).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn what_no_key_has_is_the_rest() {
        let found = rank(Change { before: 10.0, after: 30.0 }, &[&of(&[(5.0, 12.0), (1.0, 2.0)])]);
        assert_eq!(found.dimensions[0].rest, 12.0);
    }

    #[test]
    fn a_change_of_nothing_has_no_drivers() {
        let found = rank(Change { before: 5.0, after: 5.0 }, &[&of(&[(5.0, 5.0)]), &[]]);
        assert_eq!(found.drivers().count(), 0);
    }

    proptest! {
        #[test]
        fn contributions_and_the_rest_sum_to_the_change(
            values in prop::collection::vec((-1e3..1e6_f64, -1e3..1e6_f64), 0..40),
            before in -1e6..1e6_f64,
            after in -1e6..1e6_f64,
        ) {
            let keys = of(&values);
            let found = rank(Change { before, after }, &[&keys]);
            let dimension = &found.dimensions[0];
            let sum = dimension.keys.iter().map(|key| key.contribution).sum::<f64>() + dimension.rest;
            let scale = values.iter().map(|(b, a)| b.abs() + a.abs()).sum::<f64>();
            prop_assert!((sum - found.change).abs() <= 1e-9 * found.change.abs() + 1e-12 * scale);
        }

        #[test]
        fn a_single_driver_comes_first(
            others in prop::collection::vec(50.0..100.0_f64, 3..30),
            driver in 0_usize..3,
            factor in prop::sample::select(vec![0.1, 0.4, 2.0, 5.0]),
        ) {
            let mut keys: Vec<Change> =
                others.iter().map(|&value| Change { before: value, after: value }).collect();
            keys[driver].after *= factor;
            let whole = total(&keys);
            // The other dimension has the same change spread over all its keys.
            let spread = of(&[0.25, 0.25, 0.5].map(|part| (part * whole.before, part * whole.after)));
            let found = rank(whole, &[&spread, &keys]);
            let first = found.drivers().next().unwrap();
            prop_assert_eq!((first.dimension, first.key), (1, driver));
        }
    }
}
