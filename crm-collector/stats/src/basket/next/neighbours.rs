//! Which items go with an item: the cosine of their baskets, shrunk where few baskets speak.

use super::super::Baskets;
use super::super::meetings::Meetings;

/// An item that goes with another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Neighbour {
    pub(super) item: u32,
    /// together / √(of one · of other) · together / (together + [`DOUBT`]) (the cosine of Sarwar et
    /// al. 2001, eq. 3, for yes and no; shrunk as in Bell & Koren 2007, eq. 3).
    pub(super) similarity: f32,
    /// How many times more often together than if neither had regard to the other.
    pub(super) lift: f32,
}

/// The neighbours of all items.
#[derive(Clone, Debug)]
pub(super) struct Neighbours {
    /// By item.
    starts: Vec<usize>,
    neighbours: Vec<Neighbour>,
}

/// Neighbours of each item.
const MOST: usize = 30;
/// Baskets that have to hold both.
const ENOUGH: u32 = 3;
/// As many baskets together as halve a cosine.
/// Tuned: `tests/benches/accuracy/basket.rs` measures what another value does.
const DOUBT: f32 = 10.0;
/// Items that have neighbours, those in most baskets.
const MOST_ITEMS: usize = 1 << 16;

impl Neighbours {
    pub(super) fn of(baskets: &Baskets) -> Self {
        let items = frequent(baskets);
        let meetings = Meetings::of(baskets, &items);
        let of: Vec<f32> = (0..items.len()).map(|rank| meetings.of_rank(rank) as f32).collect();
        let all = baskets.len() as f32;
        let mut lists: Vec<Vec<Neighbour>> = vec![Vec::new(); items.len()];
        let mut counts = vec![0; items.len()];
        for one in 0..items.len() {
            meetings.count(one, ENOUGH, &mut counts, |other, together| {
                let together = together as f32;
                let similarity =
                    together / (of[one] * of[other]).sqrt() * (together / (together + DOUBT));
                let lift = together * all / (of[one] * of[other]);
                for (whose, which) in [(one, other), (other, one)] {
                    let list = &mut lists[whose];
                    list.push(Neighbour { item: items[which], similarity, lift });
                    if list.len() >= 8 * MOST {
                        shorten(list);
                    }
                }
            });
        }
        let mut starts = Vec::with_capacity(baskets.item_bound() + 1);
        let mut neighbours = Vec::new();
        for (item, mut list) in items.into_iter().zip(lists) {
            starts.resize(item as usize + 1, neighbours.len());
            shorten(&mut list);
            neighbours.append(&mut list);
        }
        starts.resize(baskets.item_bound() + 1, neighbours.len());
        Self { starts, neighbours }
    }

    /// What goes with an item.
    pub(super) fn get(&self, item: u32) -> &[Neighbour] {
        let item = item as usize;
        match (self.starts.get(item), self.starts.get(item + 1)) {
            (Some(&start), Some(&end)) => &self.neighbours[start..end],
            _ => &[],
        }
    }
}

/// Keeps the nearest.
fn shorten(list: &mut Vec<Neighbour>) {
    if list.len() > MOST {
        list.select_nth_unstable_by(MOST, |one, other| {
            other.similarity.total_cmp(&one.similarity).then(one.item.cmp(&other.item))
        });
        list.truncate(MOST);
    }
    list.sort_unstable_by_key(|neighbour| neighbour.item);
}

/// The items in enough baskets to have neighbours, in order.
fn frequent(baskets: &Baskets) -> Vec<u32> {
    let mut counts = vec![0_u32; baskets.item_bound()];
    for basket in baskets.iter() {
        basket.items.iter().for_each(|&item| counts[item as usize] += 1);
    }
    let mut items: Vec<(u32, u32)> = (0..)
        .zip(counts)
        .filter(|(_, count)| *count >= ENOUGH)
        .map(|(item, count)| (u32::MAX - count, item))
        .collect();
    if items.len() > MOST_ITEMS {
        items.select_nth_unstable(MOST_ITEMS);
        items.truncate(MOST_ITEMS);
    }
    let mut items: Vec<u32> = items.into_iter().map(|(_, item)| item).collect();
    items.sort_unstable();
    items
}
