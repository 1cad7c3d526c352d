//! How often two items would meet by chance, given how large the baskets are that hold them.
//!
//! In large baskets anything meets anything, and a test that knows only how many baskets hold each
//! item takes that for a bond. So what counts is how much company an item has in its baskets.

use super::fisher::LnFactorials;

/// How much company items have.
#[derive(Clone, Debug, Default)]
pub(super) struct Company {
    /// By item, the other items in its baskets, each as often as it is met.
    meetings: Vec<u64>,
    all: u64,
}

impl Company {
    /// Counts one basket more, whose items are in order.
    pub(super) fn add(&mut self, items: &[u32]) {
        let others = items.len().saturating_sub(1) as u64;
        self.all += others * items.len() as u64;
        if let Some(&largest) = items.last()
            && largest as usize >= self.meetings.len()
        {
            self.meetings.resize(largest as usize + 1, 0);
        }
        for &item in items {
            self.meetings[item as usize] += others;
        }
    }

    /// How much company an item has, as a number whose product with that of another item is how
    /// often chance lets both meet: m₁ · m₂ / Σm, as if everybody's company were dealt out anew (the
    /// null model of Newman & Girvan 2004, eq. 5).
    pub(super) fn of(&self, item: u32) -> f64 {
        let meetings = self.meetings.get(item as usize).copied().unwrap_or(0);
        if meetings == 0 { 0.0 } else { meetings as f64 / (self.all as f64).sqrt() }
    }
}

/// An upper bound of the chance to meet at least `together` times when `expected` times are to be
/// expected and `most` are possible; nothing if it is surely larger than e to the `max_ln`.
///
/// The meetings are a sum of `most` independent yes-or-no outcomes, one for each basket with the
/// rarer item, of chances that grow with the size of the basket. From one above the mean on the
/// upper tail of such a sum is at most that of as many outcomes of like chances (Hoeffding 1956,
/// theorem 5), and of that binomial tail the terms shrink at least as fast as the second to the
/// first. With the mean of Fisher's test, whose distribution is such a sum too (Vatutin & Mikhailov
/// 1982), it is therefore an upper bound of Fisher's p.
#[inline]
pub(super) fn tail(
    ln: &LnFactorials,
    together: u32,
    most: u32,
    expected: f64,
    max_ln: f64,
) -> Option<f64> {
    if f64::from(together) < expected + 1.0 || together > most {
        return (max_ln >= 0.0).then_some(1.0);
    }
    let chance = expected / f64::from(most);
    let rest = f64::from(most - together);
    let ways = ln.of(most) - ln.of(together) - ln.of(most - together);
    let first = ways + f64::from(together) * chance.ln() + rest * (-chance).ln_1p();
    if first > max_ln {
        return None;
    }
    let ratio = rest * chance / (f64::from(together + 1) * (1.0 - chance));
    Some((first.exp() / (1.0 - ratio)).min(1.0))
}
