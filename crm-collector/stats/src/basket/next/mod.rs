//! What each customer is likely to buy next, and why.
//!
//! Candidates are what the customer bought before, what goes with that, and what everybody buys
//! lately. A handful of figures speaks for each (see [`customer`]); how much each of them weighs is
//! learned from the shop's own data, by guessing every customer's latest visit from those before it.

mod blend;
mod customer;
mod neighbours;
mod popularity;
#[cfg(test)]
mod tests;

pub use blend::Blend;

use std::ops::Range;

use self::customer::{Candidate, Shop, Visits, Workplace};
use super::{ANONYMOUS, Baskets};
use crate::parallel;

/// Why an item is suggested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    /// The customer has bought it before.
    Bought {
        /// Days on which it was bought.
        times: u32,
        /// The last of them, since 1970.
        last_day: i32,
    },
    /// It is often bought together with an item that the customer has bought.
    Together {
        /// That item.
        with: u32,
        /// How many times more often together than if neither had regard to the other.
        lift: f64,
    },
    /// It is bought by many, lately.
    Popular {
        /// Baskets that held it.
        baskets: u32,
        /// In so many days.
        days: u32,
    },
}

/// An item that a customer is likely to buy next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suggestion {
    /// The item.
    pub item: u32,
    /// How likely it is beside the first of the customer's list, from 1 down to 0: a half is half as
    /// likely. It says nothing beside another customer's.
    pub score: f64,
    /// What speaks for it.
    pub reason: Reason,
}

/// Customers that are asked about at a time by one thread.
const BLOCK: usize = 256;

/// What was learned from baskets.
#[derive(Clone, Debug)]
pub struct NextItems {
    /// One a customer and day, in that order.
    baskets: Baskets,
    /// Customers in order, with their baskets.
    customers: Vec<(u32, Range<usize>)>,
    shop: Shop,
    blend: Blend,
}

impl NextItems {
    /// Learns from baskets, on up to `threads` threads; the result does not depend on them. Takes
    /// about three times as long as counting their pairs, and a second or two for the weights.
    pub fn fit(baskets: &Baskets, threads: usize) -> Self {
        let baskets = baskets.by_day();
        let customers = customers_of(&baskets);
        let blend = blend::learn(&baskets, &customers, threads);
        let shop = Shop::of(&baskets);
        Self { baskets, customers, shop, blend }
    }

    /// How the figures are weighed, and how well that has done.
    pub fn blend(&self) -> &Blend {
        &self.blend
    }

    /// The customers that have baskets, in order.
    pub fn customers(&self) -> impl Iterator<Item = u32> {
        self.customers.iter().map(|(customer, _)| *customer)
    }

    /// Up to `top` items that a customer is likely to buy next, the likeliest first, as of a day (in
    /// days since 1970, usually today) or, without one, of the customer's own last day. Of a customer
    /// without baskets what is popular.
    pub fn predict(&self, customer: u32, as_of: Option<i32>, top: usize) -> Vec<Suggestion> {
        self.ask(&mut Workplace::new(&self.shop), customer, as_of, top)
    }

    /// The same for many customers, on up to `threads` threads.
    pub fn predict_all(
        &self,
        customers: &[u32],
        as_of: Option<i32>,
        top: usize,
        threads: usize,
    ) -> Vec<Vec<Suggestion>> {
        let blocks: Vec<&[u32]> = customers.chunks(BLOCK).collect();
        let answered = parallel::map(&blocks, threads, |block| {
            let mut workplace = Workplace::new(&self.shop);
            let ask = |customer: &u32| self.ask(&mut workplace, *customer, as_of, top);
            block.iter().map(ask).collect()
        });
        answered.into_iter().flat_map(|block: Vec<_>| block).collect()
    }

    fn ask(
        &self,
        workplace: &mut Workplace,
        customer: u32,
        as_of: Option<i32>,
        top: usize,
    ) -> Vec<Suggestion> {
        let place = self.customers.binary_search_by_key(&customer, |(number, _)| *number);
        let range = place.map_or(0..0, |place| self.customers[place].1.clone());
        let visits = Visits::of(&self.baskets, range, as_of);
        let candidates = workplace.candidates(&self.shop, &visits, top);
        let score = |candidate: &Candidate| {
            // The weights are learned of customers with a history, and say nothing of others.
            if visits.is_empty() {
                return f64::from(candidate.figures[customer::FASHION]);
            }
            let figures = candidate.figures.iter().zip(&self.blend.weights);
            figures.map(|(figure, weight)| f64::from(*figure) * weight).sum::<f64>()
        };
        let mut scored: Vec<(f64, u32, usize)> = candidates
            .iter()
            .enumerate()
            .map(|(place, candidate)| (score(candidate), candidate.item, place))
            .collect();
        let best = |one: &(f64, u32, usize), other: &(f64, u32, usize)| {
            other.0.total_cmp(&one.0).then(one.1.cmp(&other.1))
        };
        if scored.len() > top {
            scored.select_nth_unstable_by(top, best);
            scored.truncate(top);
        }
        scored.sort_unstable_by(best);
        // Scores are logarithms of likelihoods but for an amount that is a customer's own, so that what
        // they differ by is what they tell: which is the same in a shop of any kind, and never below 0.
        let first = scored.first().map_or(0.0, |(score, ..)| *score);
        let chosen: Vec<(f64, Candidate)> = scored
            .into_iter()
            .map(|(score, _, place)| ((score - first).exp(), candidates[place].clone()))
            .collect();
        workplace.explain(&self.shop, &visits, &chosen)
    }
}

fn customers_of(by_day: &Baskets) -> Vec<(u32, Range<usize>)> {
    let mut customers: Vec<(u32, Range<usize>)> = Vec::new();
    for (index, basket) in by_day.iter().enumerate() {
        match customers.last_mut() {
            Some((customer, range)) if *customer == basket.customer => range.end = index + 1,
            _ => customers.push((basket.customer, index..index + 1)),
        }
    }
    customers.retain(|(customer, _)| *customer != ANONYMOUS);
    customers
}
