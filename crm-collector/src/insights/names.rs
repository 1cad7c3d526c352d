//! Keys of a breakdown as people know them.

use std::collections::BTreeMap;

use crm_api::answer::Breakdown;

use crate::ask_error::AskError;
use crate::store::{LabelKind, ReadTx, WorkspaceId};

/// The key that people know, and the name beside it if it has one.
pub(super) type Name = (Option<String>, Option<String>);

/// Names of some numbers, each of a breakdown.
#[derive(Default)]
pub(super) struct Names(BTreeMap<(&'static str, u32), Name>);

impl Names {
    /// Looks the names of some numbers up. Those of segments are not in the database.
    pub(super) fn look_up(
        tx: &ReadTx<'_>,
        workspace: WorkspaceId,
        numbers: impl IntoIterator<Item = (Breakdown, u32)>,
    ) -> Result<Self, AskError> {
        let mut names = BTreeMap::new();
        let mut labels: BTreeMap<&str, BTreeMap<u32, String>> = BTreeMap::new();
        for (by, number) in numbers {
            let place = (by.as_str(), number);
            if names.contains_key(&place) {
                continue;
            }
            let kind = match by {
                Breakdown::Country => LabelKind::Country,
                Breakdown::Channel => LabelKind::Channel,
                Breakdown::Product => {
                    let product = tx.product_name(workspace, number)?;
                    names.insert(place, (Some(product.sku), product.name));
                    continue;
                }
                Breakdown::Segment => continue,
            };
            if !labels.contains_key(by.as_str()) {
                labels.insert(by.as_str(), tx.labels(workspace, kind)?);
            }
            let label = labels.get(by.as_str()).and_then(|labels| labels.get(&number));
            names.insert(place, (label.cloned(), None));
        }
        Ok(Self(names))
    }

    /// The name of a number.
    pub(super) fn of(&self, by: Breakdown, number: u32) -> Name {
        self.0.get(&(by.as_str(), number)).cloned().unwrap_or_default()
    }
}
