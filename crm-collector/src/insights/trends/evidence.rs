//! The purchases behind changes: one pass over the log takes apart all changes at once.

use std::collections::HashMap;
use std::ops::Range;

use crm_api::answer::{Breakdown, Factor, Figure};
use crm_models::{LineParts, PurchaseKind};
use crm_stats::trend::Finding;
use crm_stats::trend::drivers::{self, Change, Volumes};

use super::Of;
use crate::ask_error::AskError;
use crate::facts::{Bits, LocalTime, PurchaseFact, Units, units};
use crate::insights::selection::Selection;
use crate::insights::work::Work;

/// Drivers told of a change.
const TOLD: usize = 5;

/// What a change is told from.
#[derive(Clone)]
pub(super) struct Windows {
    /// The days before it.
    pub(super) before: Range<i32>,
    /// The days since.
    pub(super) after: Range<i32>,
    /// What is multiplied with the sums of the days before, to be what would have been in those since.
    pub(super) scale: f64,
    /// Periods since: contributions are those of one.
    pub(super) periods: f64,
}

/// What was bought in the days before and after each of some changes.
pub(super) struct Evidence<'a>(Vec<Parts<'a>>);

/// The evidence of one change.
struct Parts<'a> {
    of: Of,
    windows: &'a Windows,
    before: Bought,
    after: Bought,
    /// Purchases of the days since.
    purchases: usize,
}

/// What a change is made of.
pub(super) struct Told {
    /// The change as customers × orders of each × units of an order × price of a unit.
    pub(super) factors: Vec<Factor>,
    /// Where the change is, the most surprising first.
    pub(super) drivers: Vec<Driver>,
    /// Purchases of the days that it is shown by.
    pub(super) purchases: usize,
}

/// A key that a change is owed to.
pub(super) struct Driver {
    pub(super) of: Of,
    pub(super) contribution: f64,
    pub(super) share: f64,
    pub(super) surprise: f64,
}

type Map = HashMap<u32, i128, foldhash::fast::FixedState>;

/// What was bought in some days.
#[derive(Default)]
struct Bought {
    customers: Bits,
    /// Sales without a customer, each of which counts as one of its own.
    guests: i64,
    orders: i64,
    units: Units,
    /// Sales less refunds, 1/10,000.
    money: i128,
    products: Map,
    countries: Map,
    channels: Map,
}

impl<'a> Evidence<'a> {
    /// Of some changes, with nothing gathered yet.
    pub(super) fn of(changes: impl Iterator<Item = (Of, &'a Windows)>) -> Self {
        let evidence = |(of, windows)| {
            let (before, after) = (Bought::default(), Bought::default());
            Parts { of, windows, before, after, purchases: 0 }
        };
        Self(changes.map(evidence).collect())
    }

    /// Gathers what was bought, in one pass over the log.
    pub(super) fn gather(
        &mut self,
        work: &mut Work<'_>,
        selection: &Selection,
    ) -> Result<(), AskError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut local_time = LocalTime::new(selection.workspace.timezone);
        work.each_purchase(0, selection.last_seq, |fact| {
            let day = local_time.day(fact.occurred_at);
            if !selection.counts(day, fact.currency) {
                return;
            }
            for change in &mut self.0 {
                change.add(fact, day);
            }
        })
    }

    /// What each change is made of, in their order. `fees` are products that drive nothing, in order.
    pub(super) fn told(&self, fees: &[u32]) -> Vec<Told> {
        let told = |change: &Parts<'_>| Told {
            factors: change.factors(),
            drivers: change.drivers(fees),
            purchases: change.purchases,
        };
        self.0.iter().map(told).collect()
    }
}

impl Parts<'_> {
    fn add(&mut self, fact: &PurchaseFact, day: i32) {
        let windows = self.windows;
        let matches = match self.of.by {
            None => true,
            Some(Breakdown::Country) => fact.country == self.of.key,
            Some(Breakdown::Channel) => fact.channel == self.of.key,
            Some(Breakdown::Product) => fact.items.iter().any(|item| item.product == self.of.key),
            Some(Breakdown::Segment) => false,
        };
        if !matches {
            return;
        }
        self.purchases += usize::from(windows.after.contains(&day));
        let product = (self.of.by == Some(Breakdown::Product)).then_some(self.of.key);
        if windows.before.contains(&day) {
            self.before.add(fact, product);
        } else if windows.after.contains(&day) {
            self.after.add(fact, product);
        }
    }

    /// The change as customers × orders of each × units of an order × price of a unit.
    fn factors(&self) -> Vec<Factor> {
        let (before, after) = (self.before.volumes(), self.after.volumes());
        let before = before.map(|volume| volume * self.windows.scale);
        if before == [0.0; 4] && after == [0.0; 4] {
            return Vec::new();
        }
        let change = |index: usize| Change { before: before[index], after: after[index] };
        let effects = drivers::factors(&Volumes {
            customers: change(0),
            orders: change(1),
            units: change(2),
            revenue: change(3),
        });
        let ratio = |of: &[f64; 4], index: usize| match index {
            0 => of[0],
            _ if of[index - 1] == 0.0 => 0.0,
            _ => of[index] / of[index - 1],
        };
        let parts = [
            ("customers", effects.customers),
            ("frequency", effects.frequency),
            ("basket", effects.basket),
            ("price", effects.price),
        ];
        let factor = |(index, (factor, contribution)): (usize, (&'static str, f64))| Factor {
            factor: factor.into(),
            before: ratio(&before, index),
            after: ratio(&after, index),
            contribution: Figure::money(contribution / self.windows.periods),
        };
        let mut factors: Vec<_> = parts.into_iter().enumerate().map(factor).collect();
        if effects.other != 0.0 {
            let contribution = Figure::money(effects.other / self.windows.periods);
            factors.push(Factor { factor: "other".into(), before: 0.0, after: 0.0, contribution });
        }
        factors
    }

    /// Where the change is: the few keys that explain it by more than their size, the most surprising
    /// first; none where it is spread too thinly for that, or nothing was sold before or since.
    fn drivers(&self, fees: &[u32]) -> Vec<Driver> {
        let (before, after) = (&self.before, &self.after);
        let scale = self.windows.scale;
        let total = Change { before: units(before.money) * scale, after: units(after.money) };
        if total.before == total.after || before.money <= 0 || after.money <= 0 {
            return Vec::new();
        }
        let of = |before: &Map, after: &Map| {
            let keys = joined(before, after).into_iter();
            let scaled = |(key, change): (u32, Change)| {
                (key, Change { before: change.before * scale, ..change })
            };
            keys.map(scaled).collect::<Vec<_>>()
        };
        let mut products = of(&before.products, &after.products);
        products.retain(|(key, _)| fees.binary_search(key).is_err());
        let dimensions = [
            (Breakdown::Product, products),
            (Breakdown::Country, of(&before.countries, &after.countries)),
            (Breakdown::Channel, of(&before.channels, &after.channels)),
        ];
        self.ranked(total, &dimensions)
    }

    /// The drivers among the keys of some dimensions, the best dimension's first.
    fn ranked(&self, total: Change, dimensions: &[(Breakdown, Vec<(u32, Change)>)]) -> Vec<Driver> {
        // A dimension with one key says nothing, and the one that the change is of says itself.
        let telling: Vec<_> = dimensions
            .iter()
            .filter(|(by, keys)| Some(*by) != self.of.by && keys.len() > 1)
            .collect();
        let changes: Vec<Vec<Change>> = telling
            .iter()
            .map(|(_, keys)| keys.iter().map(|(_, change)| *change).collect())
            .collect();
        let given: Vec<&[Change]> = changes.iter().map(Vec::as_slice).collect();
        let ranking = drivers::rank(total, &given);
        let mut told = Vec::new();
        for driver in ranking.drivers().take(TOLD) {
            let Some((by, keys)) = telling.get(driver.dimension) else { continue };
            let Some(&(key, _)) = keys.get(driver.key) else { continue };
            told.push(Driver {
                of: Of { by: Some(*by), key },
                contribution: driver.contribution / self.windows.periods,
                share: driver.share,
                surprise: driver.surprise,
            });
        }
        told
    }
}

impl Bought {
    /// Adds a purchase, or only its lines with a product.
    fn add(&mut self, fact: &PurchaseFact, product: Option<u32>) {
        let is_sale = fact.kind == PurchaseKind::Sale;
        let sign = if is_sale { 1 } else { -1 };
        let breakdown = fact.breakdown();
        // Each product with what it comes to, less discounts.
        let lines = || {
            let net = |line: LineParts| {
                i128::from(line.gross.ten_thousandths())
                    - i128::from(line.discounts.ten_thousandths())
            };
            let products = fact.items.iter().zip(breakdown.products(fact.lines()));
            products
                .filter_map(move |(item, line)| Some((item, net(line?))))
                .filter(|(item, _)| product.is_none_or(|one| one == item.product))
        };
        let money = match product {
            None => breakdown.parts().net().unwrap_or_default().ten_thousandths().into(),
            Some(_) => lines().map(|(_, net)| net).sum::<i128>(),
        };
        let money = money * sign;
        self.money += money;
        let add = |map: &mut Map, key: u32, money: i128| *map.entry(key).or_default() += money;
        add(&mut self.countries, fact.country, money);
        add(&mut self.channels, fact.channel, money);
        for (item, net) in lines() {
            add(&mut self.products, item.product, net * sign);
        }
        if is_sale {
            self.orders += 1;
            lines().for_each(|(item, _)| self.units.add(item.quantity.into()));
            match fact.customer {
                Some(customer) => drop(self.customers.insert(customer)),
                None => self.guests += 1,
            }
        }
    }

    /// Customers, orders, units, money.
    fn volumes(&self) -> [f64; 4] {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let count = |count: i64| count as f64;
        [
            count(self.customers.count() + self.guests),
            count(self.orders),
            units(self.units.ten_thousandths()),
            units(self.money),
        ]
    }
}

/// The values of each key before and after, in order of the keys.
fn joined(before: &Map, after: &Map) -> Vec<(u32, Change)> {
    let mut keys: Vec<_> = before.keys().chain(after.keys()).copied().collect();
    keys.sort_unstable();
    keys.dedup();
    let value = |map: &Map, key| map.get(&key).copied().map_or(0.0, units);
    keys.into_iter()
        .map(|key| (key, Change { before: value(before, key), after: value(after, key) }))
        .collect()
}

/// What a change of price is made of.
pub(super) fn price_alone(found: &Finding) -> Factor {
    let (before, after) = found.price.map_or((0.0, 0.0), |price| (price.before, price.after));
    let contribution = Figure::money(found.per_period());
    Factor { factor: "price".into(), before, after, contribution }
}
