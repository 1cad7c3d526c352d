//! What could be recommended: each kind with its precondition, its money, and its last day.

use crm_api::answer::{AdviceKind, Trend, Trends};

use crm_stats::advice::{
    self, Concentration, Due, Hotspot, Offer, Ordered, Second, Slipped, WINDOW_DAYS,
};
use crm_stats::value::Prediction;
use ring::digest;

use crate::facts::day_of_date;

/// Days to write to whoever slipped: who is silent for longer than ever should not wait.
const SOON_DAYS: i32 = 7;
/// Days for what needs a campaign or somebody's care.
const MONTH_DAYS: i32 = 30;
/// Days of a month, on average over four years.
const DAYS_OF_MONTH: f64 = 1_461.0 / 48.0;
/// A quarter of a year, after which the same is advised anew.
const QUARTER_DAYS: i32 = 91;
/// Trends that are looked at, those with most money first.
const MOST_TRENDS: usize = 20;
/// What began longer ago is how things are, and no news.
const NEWS_DAYS: i32 = 182;

/// What is known.
pub struct Facts<'a> {
    /// Number of the workspace: what is advised in one has no name in another.
    pub workspace: i32,
    /// What was bought and given back.
    pub ledger: &'a Ordered,
    /// What is expected of each customer within the window.
    pub ahead: &'a Prediction,
    /// Pairs of products that are bought together more often than by chance: the one, the other, orders
    /// with both, orders with the one.
    pub pairs: &'a [Paired],
    /// What changed.
    pub trends: &'a Trends,
}

/// A pair of products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paired {
    /// The one.
    pub first: u32,
    /// The other.
    pub second: u32,
    /// Orders with both.
    pub both: u32,
    /// Orders with the one.
    pub with_first: u32,
}

/// What a candidate is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum About {
    /// The whole shop.
    Shop,
    /// One customer.
    Customer(u32),
    /// One customer and one product.
    Need(u32, u32),
    /// One product.
    Product(u32),
    /// A product for those who have another one.
    Pair(u32, u32),
    /// One of the trends, by its place.
    Trend(usize),
}

impl About {
    /// The customer, if it is about one.
    pub fn customer(self) -> Option<u32> {
        match self {
            Self::Customer(customer) | Self::Need(customer, _) => Some(customer),
            _ => None,
        }
    }
}

/// What it is made of, by its kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Silent for longer than ever.
    WinBack(Slipped),
    /// Bought once.
    SecondPurchase(Second),
    /// Needs it again.
    Replenish(Due),
    /// A product to offer, and the pair.
    Together(Offer, Paired),
    /// Something that is sold less.
    Trend,
    /// Given back too often.
    Refunds(Hotspot),
    /// Much from few.
    Concentration(Concentration),
}

/// Something that could be recommended.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What kind it is of.
    pub kind: AdviceKind,
    /// What it is about.
    pub about: About,
    /// Names it while what it is about stays as it is.
    pub id: String,
    /// The last day on which it makes sense.
    pub by_day: i32,
    /// Money at stake within the window.
    pub at_stake: f64,
    /// The chance of a purchase within the window with no action.
    pub chance: Option<f64>,
    /// So many windows, orders or lines are behind the money.
    pub given: usize,
    /// What it is made of.
    pub found: Found,
}

impl Candidate {
    /// What it goes by: money times the chance.
    pub fn worth(&self) -> f64 {
        self.at_stake * self.chance.unwrap_or(1.0)
    }

    /// Memory that it takes beside itself.
    pub fn bytes(&self) -> usize {
        let customers = match &self.found {
            Found::Together(offer, _) => offer.customers.capacity(),
            Found::Concentration(found) => found.customers.capacity(),
            _ => 0,
        };
        self.id.capacity() + customers * size_of::<u32>()
    }
}

/// Everything that could be recommended, in no order.
pub fn candidates(facts: &Facts<'_>) -> Vec<Candidate> {
    let as_of = facts.ledger.as_of();
    let name = |kind, of: &[i64]| id(facts.workspace, kind, of);
    let mut all: Vec<Candidate> = Vec::new();
    all.extend(advice::slipped(facts.ledger, facts.ahead).into_iter().map(|found| Candidate {
        kind: AdviceKind::WinBack,
        about: About::Customer(found.customer),
        id: name(AdviceKind::WinBack, &[found.customer.into(), found.rhythm.last_day.into()]),
        by_day: as_of + SOON_DAYS,
        at_stake: found.at_stake,
        chance: Some(found.chance),
        given: if found.returned > 0 { found.returned } else { found.windows },
        found: Found::WinBack(found),
    }));
    let seconds = advice::second_purchases(facts.ledger, facts.ahead);
    all.extend(seconds.into_iter().map(|found| Candidate {
        kind: AdviceKind::SecondPurchase,
        about: About::Customer(found.customer),
        id: name(AdviceKind::SecondPurchase, &[found.customer.into(), found.first_day.into()]),
        by_day: found.first_day + found.usual[2],
        at_stake: found.at_stake,
        chance: Some(found.chance),
        given: found.returned,
        found: Found::SecondPurchase(found),
    }));
    all.extend(advice::due(facts.ledger).into_iter().map(|found| Candidate {
        kind: AdviceKind::Replenish,
        about: About::Need(found.customer, found.product),
        id: name(
            AdviceKind::Replenish,
            &[found.customer.into(), found.product.into(), found.last_day.into()],
        ),
        by_day: found.last_day + found.longest_gap,
        at_stake: found.at_stake,
        chance: Some(found.chance),
        given: found.days,
        found: Found::Replenish(found),
    }));
    all.extend(together(facts, as_of));
    all.extend(trends(facts, as_of));
    all.extend(advice::hotspots(facts.ledger).into_iter().map(|found| Candidate {
        kind: AdviceKind::Refunds,
        about: About::Product(found.product),
        id: name(AdviceKind::Refunds, &[found.product.into(), quarter(as_of)]),
        by_day: as_of + MONTH_DAYS,
        // What a year brought, for a window.
        at_stake: found.at_stake * f64::from(WINDOW_DAYS) / 364.0,
        chance: None,
        given: found.of_it.returned as usize,
        found: Found::Refunds(found),
    }));
    all.extend(advice::concentration(facts.ledger).map(|found| Candidate {
        kind: AdviceKind::Concentration,
        about: About::Shop,
        id: name(AdviceKind::Concentration, &[quarter(as_of)]),
        by_day: as_of + MONTH_DAYS,
        at_stake: found.at_stake,
        chance: None,
        given: found.windows,
        found: Found::Concentration(found),
    }));
    all.retain(|one| one.by_day >= as_of && one.worth() > 0.0);
    all
}

fn together(facts: &Facts<'_>, as_of: i32) -> impl Iterator<Item = Candidate> {
    let name = |kind, of: &[i64]| id(facts.workspace, kind, of);
    let pairs: Vec<_> = facts.pairs.iter().map(|pair| (pair.first, pair.second)).collect();
    let offers = advice::offers(facts.ledger, &pairs);
    offers.into_iter().filter_map(move |found| {
        let is_it = |pair: &&Paired| (pair.first, pair.second) == (found.with, found.product);
        let pair = *facts.pairs.iter().find(is_it)?;
        Some(Candidate {
            kind: AdviceKind::Together,
            about: About::Pair(found.with, found.product),
            id: name(
                AdviceKind::Together,
                &[found.with.into(), found.product.into(), quarter(as_of)],
            ),
            by_day: as_of + MONTH_DAYS,
            at_stake: found.at_stake,
            chance: None,
            given: found.had_first as usize,
            found: Found::Together(found, pair),
        })
    })
}

fn trends<'a>(facts: &Facts<'a>, as_of: i32) -> impl Iterator<Item = Candidate> + use<'a> {
    let (workspace, trends) = (facts.workspace, facts.trends);
    // What is sold no more on purpose needs no advice, and a price is somebody's decision.
    let acts = |trend: &Trend| {
        matches!(trend.kind.as_str(), "level_change" | "growth" | "customers_lost")
            && trend.at_stake.is_negative()
    };
    let is_news = move |trend: &Trend| day_of_date(trend.since_date) >= as_of - NEWS_DAYS;
    let told = trends.trends.iter().take(MOST_TRENDS).enumerate();
    let is_part = |trend: &Trend| &*trend.dimension != "all";
    told.filter(move |(_, trend)| acts(trend) && is_news(trend) && is_part(trend)).map(
        move |(place, trend)| {
            let a_month = trend.at_stake.to_f64();
            let kind = AdviceKind::Falling;
            let since = day_of_date(trend.since_date);
            let key = trend.key.as_deref().unwrap_or_default();
            Candidate {
                kind,
                about: About::Trend(place),
                id: named_id(workspace, kind, &format!("{}|{key}|{since}", trend.dimension)),
                by_day: as_of + SOON_DAYS,
                at_stake: a_month.abs() * f64::from(WINDOW_DAYS) / DAYS_OF_MONTH,
                chance: None,
                given: trends.examined,
                found: Found::Trend,
            }
        },
    )
}

fn quarter(as_of: i32) -> i64 {
    as_of.div_euclid(QUARTER_DAYS).into()
}

fn id(workspace: i32, kind: AdviceKind, of: &[i64]) -> String {
    let parts: Vec<String> = of.iter().map(i64::to_string).collect();
    named_id(workspace, kind, &parts.join("|"))
}

/// Sixteen hexadecimal digits: names are looked up within a workspace, where two alike would need some
/// billions of pieces of advice.
fn named_id(workspace: i32, kind: AdviceKind, of: &str) -> String {
    let hash = digest::digest(&digest::SHA256, format!("{workspace}|{kind}|{of}").as_bytes());
    hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
