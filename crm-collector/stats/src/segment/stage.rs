//! Where a customer stands in its life with the shop, by the chance that it will buy again rather
//! than by fixed numbers of days.

use std::fmt;

/// The stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Bought once, and is likely to be a customer still.
    New,
    /// Bought more than once, and is likely to be a customer still.
    Active,
    /// Active, and among those who buy most often.
    Loyal,
    /// As likely gone as not.
    Slipping,
    /// Most likely gone.
    Lost,
}

/// From this chance on a customer is taken to be one still.
const ALIVE: f64 = 0.6;
/// Below this chance a customer is taken to be gone.
const GONE: f64 = 0.2;

impl Stage {
    /// All of them, in order of life.
    pub const ALL: [Self; 5] = [Self::New, Self::Active, Self::Loyal, Self::Slipping, Self::Lost];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::Loyal => "loyal",
            Self::Slipping => "slipping",
            Self::Lost => "lost",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The stage of a customer with so many sales and such a chance of being a customer still; who buys
/// `loyal_from` times or more is loyal (see [`loyal_from`]). A chance that is no number is none.
pub fn stage(orders: u32, p_alive: f64, loyal_from: u32) -> Stage {
    if p_alive >= ALIVE {
        match orders {
            0..=1 => Stage::New,
            _ if orders >= loyal_from => Stage::Loyal,
            _ => Stage::Active,
        }
    } else if p_alive >= GONE {
        Stage::Slipping
    } else {
        Stage::Lost
    }
}

/// How many sales make a customer loyal in a shop: as many as the best quarter of those who came
/// back have, and three at the least. Takes the sales of each customer, in any order.
pub fn loyal_from(orders: &[u32]) -> u32 {
    let mut came_back: Vec<u32> = orders.iter().copied().filter(|orders| *orders > 1).collect();
    let best_quarter = came_back.len() - came_back.len().div_ceil(4);
    let count = came_back.len();
    if count == 0 {
        return 3;
    }
    let (_, orders, _) = came_back.select_nth_unstable(best_quarter.min(count - 1));
    (*orders).max(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chance_decides_before_the_sales_do() {
        assert_eq!(stage(1, 0.99, 5), Stage::New);
        assert_eq!(stage(4, 0.61, 5), Stage::Active);
        assert_eq!(stage(5, 0.61, 5), Stage::Loyal);
        assert_eq!(stage(500, 0.59, 5), Stage::Slipping);
        assert_eq!(stage(500, 0.19, 5), Stage::Lost);
        assert_eq!(stage(1, 0.0, 5), Stage::Lost);
        assert_eq!(stage(9, f64::NAN, 5), Stage::Lost);
        assert_eq!(stage(9, f64::INFINITY, 5), Stage::Loyal);
    }

    #[test]
    fn the_best_quarter_of_those_who_came_back_is_loyal() {
        assert_eq!(loyal_from(&[]), 3);
        assert_eq!(loyal_from(&[1, 1, 1]), 3);
        assert_eq!(loyal_from(&[2, 2, 1]), 3);
        assert_eq!(loyal_from(&[1, 2, 9, 4, 1, 6, 3, 8, 5, 7]), 8);
    }
}
