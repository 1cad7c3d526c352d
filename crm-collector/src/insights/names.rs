//! Keys of a breakdown as people know them.

use std::collections::BTreeMap;

use crm_models::insight::Breakdown;

use super::InsightError;
use crate::store::{LabelKind, ReadTx, Workspace};

/// Gives numbers their names.
pub(super) struct Names<'a> {
    tx: &'a ReadTx<'a>,
    workspace: &'a Workspace,
    /// By number; empty for products, which are many and are looked up one by one.
    labels: BTreeMap<u32, String>,
    by: Breakdown,
}

impl<'a> Names<'a> {
    pub(super) fn load(
        tx: &'a ReadTx<'_>,
        workspace: &'a Workspace,
        by: Breakdown,
    ) -> Result<Self, InsightError> {
        let labels = match by {
            Breakdown::Country => tx.labels(workspace.id, LabelKind::Country)?,
            Breakdown::Channel => tx.labels(workspace.id, LabelKind::Channel)?,
            Breakdown::Product | Breakdown::Segment => BTreeMap::new(),
        };
        Ok(Self { tx, workspace, labels, by })
    }

    /// The key that people know, and the name beside it if it has one.
    pub(super) fn of(&self, number: u32) -> Result<(Option<String>, Option<String>), InsightError> {
        if self.by == Breakdown::Product {
            let product = self.tx.product_name(self.workspace.id, number)?;
            return Ok((Some(product.sku), product.name));
        }
        Ok((self.labels.get(&number).cloned(), None))
    }
}
