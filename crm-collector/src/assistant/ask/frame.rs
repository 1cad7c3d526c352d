//! A question's words sorted by what they say: what is wanted, of what, by what, when. Each word has one place,
//! and what has none is kept as unknown.

use std::collections::BTreeSet;

use crm_api::Bucket;
use crm_api::question::Stage;
use crm_models::Currency;

use super::names::Named;
use super::sense::{Act, Bound, Column, Dim, Missing, Sense};
use super::when::When;

/// What the words of a question say.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    pub(super) columns: Vec<Column>,
    /// What is listed.
    pub(super) dims: Vec<Dim>,
    /// What is divided by.
    pub(super) by: Vec<Dim>,
    pub(super) bucket: Option<Bucket>,
    pub(super) whens: Vec<When>,
    pub(super) acts: BTreeSet<Act>,
    pub(super) stages: Vec<Stage>,
    pub(super) named: Vec<Named>,
    /// How many rows.
    pub(super) count: Option<u32>,
    /// The number of an order.
    pub(super) order: Option<String>,
    pub(super) currency: Option<Currency>,
    pub(super) ever: bool,
    pub(super) missing: Option<Missing>,
    pub(super) bound: Option<Bound>,
    /// Words that say nothing that is known, as they were typed.
    pub(super) unknown: Vec<String>,
    /// Words that several names have: where they stand in the text, and what they may mean.
    pub(super) unclear: Option<((usize, usize), Vec<Named>)>,
    /// What somebody is to be found by.
    pub(super) searched: Option<String>,
    /// The words that said something, as they were typed.
    pub(super) used: Vec<String>,
    /// Whether it takes up a question before.
    pub(super) takes_up: bool,
}

impl Frame {
    /// Puts a sense in its place.
    pub(super) fn take(&mut self, sense: Sense, is_by: &mut bool) {
        match sense {
            Sense::Skip | Sense::By => {}
            Sense::Column(column) => {
                if !self.columns.contains(&column) {
                    self.columns.push(column);
                }
                // Customers by revenue are those with most of it.
                if std::mem::take(is_by) && !self.dims.is_empty() {
                    self.acts.insert(Act::Top);
                }
            }
            Sense::Dim(dim) => {
                let of = if *is_by { &mut self.by } else { &mut self.dims };
                if !of.contains(&dim) {
                    of.push(dim);
                }
                *is_by = false;
            }
            Sense::Bucket(bucket) => self.bucket = self.bucket.or(Some(bucket)),
            Sense::Act(act) => {
                self.acts.insert(act);
            }
            Sense::Stage(stage) => self.stages.push(stage),
            Sense::Missing(missing) => self.missing = self.missing.or(Some(missing)),
            Sense::Bound(bound) => self.bound = self.bound.or(Some(bound)),
            Sense::Ever => self.ever = true,
        }
    }

    /// The top items are products, and not so many units of them.
    pub(super) fn take_items_for_products(&mut self) {
        let ranks = self.has_any(&[Act::Top, Act::Worst]) && !self.has(Act::HowMany);
        let is_bare = self.dims.is_empty() && self.by.is_empty() && self.named.is_empty();
        if self.columns == [Column::Units] && ranks && is_bare && self.bucket.is_none() {
            self.columns.clear();
            self.dims.push(Dim::Product);
        }
    }

    /// `the web channel` names a channel, and lists none.
    pub(super) fn drop_kinds(&mut self) {
        let named = &self.named;
        self.dims.retain(|dim| {
            !named.iter().any(|named| {
                matches!(
                    (named, dim),
                    (Named::Product(_), Dim::Product)
                        | (Named::Country(_), Dim::Country)
                        | (Named::Channel(_), Dim::Channel)
                        | (Named::Customer(_), Dim::Customer)
                )
            })
        });
    }

    pub(super) fn has(&self, act: Act) -> bool {
        self.acts.contains(&act)
    }

    pub(super) fn has_any(&self, acts: &[Act]) -> bool {
        acts.iter().any(|act| self.has(*act))
    }
}
