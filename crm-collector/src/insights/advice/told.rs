//! Recommendations with names, in words.

use crm_api::answer::{
    AdviceFacts, AdviceKind, AdviceState, Breakdown, Decision, Evidence, Figure, Named,
    Recommendation, Trend,
};
use crm_api::question::{self, Question};
use crm_api::{Language, WholeDay};
use crm_models::Currency;
use crm_stats::advice::WINDOW_DAYS;
use serde::{Deserialize, Serialize};

use super::Advised;
use crate::ask_error::AskError;
use crate::assistant::candidates::{About, Candidate, Found};
use crate::assistant::narrative::{self, Told};
use crate::facts::{date_of_day, first_instant};
use crate::locale::{Lang, Locale};
use crate::store::{CustomerNumber, ReadTx, Workspace};

/// Customers that a recommendation lists.
const MOST_LISTED: usize = 200;

/// What is said, as it is kept: no names but those of products, countries and channels.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Said {
    given: usize,
    chance: Option<f64>,
    product: Option<Named>,
    /// Numbers of the customers that the facts list.
    listed: Vec<u32>,
    facts: AdviceFacts,
}

/// What is told of a piece of advice beside what is said in it.
pub(super) struct Piece {
    pub(super) id: String,
    pub(super) kind: AdviceKind,
    pub(super) customer: Option<u32>,
    pub(super) as_of: i32,
    pub(super) by_day: i32,
    pub(super) at_stake: f64,
    pub(super) currency: Currency,
    pub(super) also: Vec<AdviceKind>,
    pub(super) state: AdviceState,
    pub(super) decision: Option<Decision>,
}

/// Knows the names of what is told.
pub(super) struct Namer<'a> {
    pub(super) tx: &'a ReadTx<'a>,
    pub(super) workspace: &'a Workspace,
    pub(super) language: Language,
}

impl Namer<'_> {
    fn customer(&self, number: u32) -> Result<Named, AskError> {
        let name = self.tx.customer_name(self.workspace.id, CustomerNumber(number))?;
        Ok(Named { id: name.customer_id, name: name.name })
    }

    fn product(&self, number: u32) -> Result<Named, AskError> {
        let product = self.tx.product_name(self.workspace.id, number)?;
        Ok(Named { id: product.sku, name: product.name })
    }

    /// What is said of a candidate.
    pub(super) fn said(&self, candidate: &Candidate, of: &Advised) -> Result<Said, AskError> {
        let trend = match candidate.about {
            About::Trend(place) => of.trends.trends.get(place),
            _ => None,
        };
        let product = match candidate.about {
            About::Need(_, product) | About::Product(product) | About::Pair(_, product) => {
                Some(self.product(product)?)
            }
            _ => trend.and_then(of_trend),
        };
        let listed = match &candidate.found {
            Found::Together(found, _) => {
                found.customers.iter().take(MOST_LISTED).copied().collect()
            }
            Found::Concentration(found) => found.customers.clone(),
            _ => Vec::new(),
        };
        let chance = candidate.chance.map(|chance| (chance * 1e4).round() / 1e4);
        let facts = self.facts(candidate, of.as_of, trend)?;
        Ok(Said { given: candidate.given, chance, product, listed, facts })
    }

    /// A piece of advice, in words.
    pub(super) fn told(&self, piece: Piece, said: Said) -> Result<Recommendation, AskError> {
        let Said { given, chance, product, listed, mut facts } = said;
        let customer = piece.customer.map(|number| self.customer(number)).transpose()?;
        let mut names = listed.iter().map(|number| self.customer(*number));
        match &mut facts {
            AdviceFacts::Together { customer_ids, .. } => {
                let ids = names.map(|named| named.map(|named| named.id));
                *customer_ids = ids.collect::<Result<_, _>>()?;
                // Those who were erased since.
                customer_ids.retain(|id| !id.is_empty());
            }
            AdviceFacts::Concentration { customers, .. } => {
                *customers = names.by_ref().collect::<Result<_, _>>()?;
                customers.retain(|customer| !customer.id.is_empty());
            }
            _ => {}
        }
        let at_stake = Figure::estimate(piece.at_stake);
        let by = date_of_day(piece.by_day);
        let lang = match self.language {
            Language::English => Lang::English,
            Language::Russian => Lang::Russian,
        };
        let zone = self.workspace.timezone;
        let locale = Locale::new(lang, zone, first_instant(piece.as_of, zone));
        let told = Told {
            kind: piece.kind,
            facts: &facts,
            customer: customer.as_ref(),
            product: product.as_ref(),
            by,
            at_stake,
            chance,
            given,
            window_days: WINDOW_DAYS,
            currency: piece.currency,
        };
        let (summary, why) = narrative::told(&told, &locale);
        let evidence = evidence(&piece, customer.as_ref(), product.as_ref(), &facts);
        Ok(Recommendation {
            id: piece.id,
            kind: piece.kind,
            summary,
            why,
            customer,
            product,
            by,
            at_stake,
            chance,
            worth: Figure::estimate(piece.at_stake * chance.unwrap_or(1.0)),
            given,
            facts,
            evidence,
            also: piece.also,
            state: piece.state,
            decision: piece.decision,
        })
    }

    /// The figures of a candidate; the customers that it lists are told by number elsewhere.
    fn facts(
        &self,
        candidate: &Candidate,
        as_of: i32,
        trend: Option<&Trend>,
    ) -> Result<AdviceFacts, AskError> {
        Ok(match &candidate.found {
            Found::WinBack(found) => AdviceFacts::WinBack {
                purchase_days: found.rhythm.days,
                usual_gap_days: found.rhythm.usual_gap,
                longest_gap_days: found.rhythm.longest_gap,
                silent_days: found.rhythm.silent,
                last_purchase: date_of_day(found.rhythm.last_day),
                usual: Figure::estimate(found.usual),
                share: (found.share * 1e4).round() / 1e4,
                returned: found.returned,
            },
            Found::SecondPurchase(found) => AdviceFacts::SecondPurchase {
                bought_on: date_of_day(found.first_day),
                spent: Figure::estimate(found.first_amount),
                half_within_days: found.usual[1],
                most_within_days: found.usual[2],
                returned: found.returned,
            },
            Found::Replenish(found) => AdviceFacts::Replenish {
                purchase_days: found.days,
                usual_gap_days: found.usual_gap,
                longest_gap_days: found.longest_gap,
                silent_days: as_of - found.last_day,
                last_purchase: date_of_day(found.last_day),
                quantity: found.quantity,
                cases: found.cases,
            },
            Found::Together(found, pair) => AdviceFacts::Together {
                with: self.product(found.with)?,
                customers: found.customers.len(),
                customer_ids: Vec::new(),
                orders_with_both: pair.both,
                orders_with_first: pair.with_first,
                had_first: found.had_first,
                went_on: found.went_on,
                price: Figure::estimate(found.price),
            },
            Found::Trend => {
                let trend = trend.ok_or_else(|| AskError::NotFound("the trend".into()))?;
                AdviceFacts::Trend {
                    dimension: trend.dimension.clone().into_owned(),
                    since: trend.since_date,
                    a_month: trend.at_stake,
                    expected: trend.expected,
                    actual: trend.actual,
                    cause: trend.cause.clone(),
                }
            }
            Found::Refunds(found) => AdviceFacts::Refunds {
                sold: found.of_it.sold,
                returned: found.of_it.returned,
                all_sold: found.of_all.sold,
                all_returned: found.of_all.returned,
                customers: found.customers,
                money: Figure::estimate(found.of_it.money),
            },
            Found::Concentration(found) => AdviceFacts::Concentration {
                customers: Vec::new(),
                of_them: Figure::estimate(found.of_them),
                share: (found.of_them / found.of_all * 1e4).round() / 1e4,
                buyers: found.count,
            },
        })
    }
}

/// The questions whose answers show what is behind it.
fn evidence(
    piece: &Piece,
    customer: Option<&Named>,
    product: Option<&Named>,
    facts: &AdviceFacts,
) -> Vec<Evidence> {
    let as_of: Option<WholeDay> = Some(date_of_day(piece.as_of).into());
    let currency = Some(piece.currency);
    let mut asked: Vec<Question> = Vec::new();
    if let Some(Named { id, .. }) = customer {
        let customer_id = id.clone();
        asked.push(question::Timeline { customer_id, ..Default::default() }.into());
        let customer_id = id.clone();
        asked.push(question::Value { customer_id, as_of, currency, ..Default::default() }.into());
    }
    match facts {
        AdviceFacts::Together { with, .. } => {
            let sku = with.id.clone();
            asked.push(question::Together { sku, as_of, currency, ..Default::default() }.into());
        }
        AdviceFacts::Trend { .. } => {
            asked.push(question::Trends { as_of, currency, ..Default::default() }.into());
        }
        AdviceFacts::Refunds { .. } | AdviceFacts::Replenish { .. } => {
            let sku = product.map(|product| product.id.clone());
            asked.push(question::Purchases { sku, ..Default::default() }.into());
        }
        AdviceFacts::Concentration { .. } => {
            let (by, limit) = (question::ValuesBy::Spent, 10);
            asked
                .push(question::Values { by, limit, as_of, currency, ..Default::default() }.into());
        }
        AdviceFacts::WinBack { .. } | AdviceFacts::SecondPurchase { .. } => {}
    }
    asked.into_iter().map(Evidence::from).collect()
}

/// What a trend is of.
fn of_trend(trend: &Trend) -> Option<Named> {
    let parts = [Breakdown::Product, Breakdown::Country, Breakdown::Channel];
    let is_part = parts.iter().any(|part| *trend.dimension == *part.as_str());
    let id = trend.key.clone().filter(|_| is_part)?;
    Some(Named { id, name: trend.name.clone() })
}
