//! Numbers that the writer remembers between transactions, so that an event whose customer,
//! products and labels are known costs no look-up.
//!
//! Holds only what is committed or is being written by the transaction at hand: it is forgotten
//! when that one fails, and when another connection has written.

use std::collections::HashMap;

use super::catalogue::{LabelKind, Product};
use super::ids::WorkspaceId;

/// A map that is quick to ask: half of the cost of the standard one is its hash.
pub(super) type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

pub(super) struct Remembered {
    labels: Map<(WorkspaceId, LabelKind), Map<String, u32>>,
    products: Map<WorkspaceId, Map<String, Product>>,
    /// Labels and products, over all workspaces.
    texts: usize,
    /// Customers in two generations: what is asked for moves to the young one, and when that is
    /// full the old one is dropped and takes its place. So whoever is asked for often stays.
    young: Map<WorkspaceId, Map<Box<str>, u32>>,
    old: Map<WorkspaceId, Map<Box<str>, u32>>,
    young_customers: usize,
    most_customers: usize,
}

/// Labels and products that are remembered at the most; about 200 bytes each.
const MOST_TEXTS: usize = 20_000;
/// What a remembered customer takes, with its id of twenty bytes or so.
const CUSTOMER_BYTES: usize = 96;

impl Remembered {
    /// Remembers as many customers as fit into this memory, more or less.
    pub(super) fn new(customer_bytes: usize) -> Self {
        Self {
            labels: Map::default(),
            products: Map::default(),
            texts: 0,
            young: Map::default(),
            old: Map::default(),
            young_customers: 0,
            most_customers: customer_bytes / CUSTOMER_BYTES,
        }
    }

    /// Makes room before it is needed, never in the middle of an event.
    pub(super) fn trim(&mut self) {
        if self.texts > MOST_TEXTS {
            self.labels.clear();
            self.products.clear();
            self.texts = 0;
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.most_customers * CUSTOMER_BYTES);
    }

    pub(super) fn label(&self, workspace: WorkspaceId, kind: LabelKind, text: &str) -> Option<u32> {
        self.labels.get(&(workspace, kind))?.get(text).copied()
    }

    pub(super) fn keep_label(
        &mut self,
        workspace: WorkspaceId,
        kind: LabelKind,
        text: &str,
        number: u32,
    ) {
        self.labels.entry((workspace, kind)).or_default().insert(text.to_owned(), number);
        self.texts += 1;
    }

    pub(super) fn product(&mut self, workspace: WorkspaceId, sku: &str) -> Option<&mut Product> {
        self.products.get_mut(&workspace)?.get_mut(sku)
    }

    pub(super) fn keep_product(&mut self, workspace: WorkspaceId, sku: &str, product: Product) {
        self.products.entry(workspace).or_default().insert(sku.to_owned(), product);
        self.texts += 1;
    }

    pub(super) fn customer(&mut self, workspace: WorkspaceId, host_id: &str) -> Option<u32> {
        if let Some(number) = self.young.get(&workspace).and_then(|young| young.get(host_id)) {
            return Some(*number);
        }
        let (host_id, number) = self.old.get_mut(&workspace)?.remove_entry(host_id)?;
        self.keep_customer(workspace, host_id, number);
        Some(number)
    }

    pub(super) fn keep_customer(&mut self, workspace: WorkspaceId, host_id: Box<str>, number: u32) {
        if self.young_customers >= self.most_customers / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_customers = 0;
        }
        self.young.entry(workspace).or_default().insert(host_id, number);
        self.young_customers += 1;
    }
}
