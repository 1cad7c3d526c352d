//! Texts that many rows share, each stored once: products, countries, channels.

use crm_models::{LineItem, Timestamp};

use super::WriteTx;
use super::error::Result;
use super::ids::WorkspaceId;

/// What a label names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelKind {
    /// The country of a purchase.
    Country,
    /// The channel of a purchase or an interaction.
    Channel,
    /// What a purchase comes from: a shop or an application.
    Source,
}

impl LabelKind {
    /// How it is stored.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Country => 1,
            Self::Channel => 2,
            Self::Source => 3,
        }
    }
}

/// The number of a text that an event speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It has this number.
    As(u32),
    /// Nothing of this name is stored yet.
    NotYet,
}

/// What is known of a product.
pub(super) struct Product {
    pub(super) number: u32,
    pub(super) said_at: Timestamp,
    pub(super) name: Option<String>,
    pub(super) category: Option<String>,
}

impl Product {
    /// One of which nothing was said yet.
    pub(super) fn new(number: u32) -> Self {
        Self { number, said_at: Timestamp::from_millis(i64::MIN), name: None, category: None }
    }
}

impl WriteTx<'_> {
    /// The number of a label; 0 for no text.
    pub(super) fn find_label(
        &self,
        workspace: WorkspaceId,
        kind: LabelKind,
        text: Option<&str>,
    ) -> Result<Known> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Known::As(0)) };
        let mut remembered = self.remembered.borrow_mut();
        if let Some(number) = remembered.label(workspace, kind, text) {
            return Ok(Known::As(number));
        }
        let Some(number) = self.label_number(workspace, kind, text)? else {
            return Ok(Known::NotYet);
        };
        remembered.keep_label(workspace, kind, text, number);
        Ok(Known::As(number))
    }

    /// Gives a label its number.
    pub(super) fn add_label(
        &self,
        workspace: WorkspaceId,
        kind: LabelKind,
        text: &str,
    ) -> Result<u32> {
        let number = self.engine.insert_label(workspace, kind, text)?;
        self.remembered.borrow_mut().keep_label(workspace, kind, text, number);
        Ok(number)
    }

    /// The number of a product.
    pub(super) fn find_product(&self, workspace: WorkspaceId, sku: &str) -> Result<Known> {
        let mut remembered = self.remembered.borrow_mut();
        if let Some(product) = remembered.product(workspace, sku) {
            return Ok(Known::As(product.number));
        }
        let Some(product) = self.product(workspace, sku)? else { return Ok(Known::NotYet) };
        let number = product.number;
        remembered.keep_product(workspace, sku, product);
        Ok(Known::As(number))
    }

    /// Gives a product its number.
    pub(super) fn add_product(&self, workspace: WorkspaceId, sku: &str) -> Result<u32> {
        let product = self.engine.insert_product(workspace, sku)?;
        let number = product.number;
        self.remembered.borrow_mut().keep_product(workspace, sku, product);
        Ok(number)
    }

    /// Takes over the name and the category that a line gives its product, unless later ones
    /// are known.
    pub(super) fn name_product(
        &self,
        workspace: WorkspaceId,
        item: &LineItem,
        said_at: Timestamp,
    ) -> Result<()> {
        let Some(sku) = item.product().filter(|_| item.name.is_some() || item.category.is_some())
        else {
            return Ok(());
        };
        let mut remembered = self.remembered.borrow_mut();
        let Some(product) = remembered.product(workspace, sku) else {
            return Ok(());
        };
        let says_new =
            |given: &Option<String>, known: &Option<String>| given.is_some() && given != known;
        let changes =
            says_new(&item.name, &product.name) || says_new(&item.category, &product.category);
        if said_at < product.said_at || !changes {
            return Ok(());
        }
        product.said_at = said_at;
        if item.name.is_some() {
            product.name.clone_from(&item.name);
        }
        if item.category.is_some() {
            product.category.clone_from(&item.category);
        }
        self.engine.set_product(workspace, product)
    }
}
