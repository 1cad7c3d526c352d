//! Texts that many rows share, each stored once: products, countries, channels.

use std::collections::BTreeMap;

use crm_models::{LineItem, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::error::Result;
use super::ids::WorkspaceId;
use super::remembered::Product;
use super::sealed::Sealed;
use super::{ReadTx, WriteTx};
use crate::facts::ProductName;

pub(super) static PRODUCTS: Sealed = Sealed::new(
    "products",
    &["workspace", "number"],
    &["workspace", "number", "sku", "name", "category", "said_at"],
);

pub(super) static LABELS: Sealed = Sealed::new(
    "labels",
    &["workspace", "kind", "number"],
    &["workspace", "kind", "number", "text"],
);

/// What a label names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelKind {
    /// The country of a purchase.
    Country,
    /// The channel of a purchase or an interaction.
    Channel,
}

impl LabelKind {
    fn code(self) -> u8 {
        match self {
            Self::Country => 1,
            Self::Channel => 2,
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
        let number = self
            .conn
            .prepare_cached(
                "SELECT coalesce(max(number), 0) + 1 FROM labels WHERE workspace = ?1 AND kind = ?2",
            )?
            .query_row(params![workspace, kind.code()], |row| row.get(0))?;
        LABELS.insert(self.conn, params![workspace, kind.code(), number, text])?;
        self.remembered.borrow_mut().keep_label(workspace, kind, text, number);
        Ok(number)
    }

    /// The numbers of the products of a category, in order.
    pub fn products_of(&self, workspace: WorkspaceId, category: &str) -> Result<Vec<u32>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT number FROM products WHERE workspace = ?1 AND category = ?2 ORDER BY number",
        )?;
        let rows = statement.query_map(params![workspace, category], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The number of a product.
    pub(super) fn find_product(&self, workspace: WorkspaceId, sku: &str) -> Result<Known> {
        let mut remembered = self.remembered.borrow_mut();
        if let Some(product) = remembered.product(workspace, sku) {
            return Ok(Known::As(product.number));
        }
        let product = self
            .conn
            .prepare_cached(
                "SELECT number, said_at, name, category FROM products
                 WHERE workspace = ?1 AND sku = ?2",
            )?
            .query_row(params![workspace, sku], |row| {
                Ok(Product {
                    number: row.get(0)?,
                    said_at: super::column::time(row, 1)?,
                    name: row.get(2)?,
                    category: row.get(3)?,
                })
            })
            .optional()?;
        let Some(product) = product else { return Ok(Known::NotYet) };
        let number = product.number;
        remembered.keep_product(workspace, sku, product);
        Ok(Known::As(number))
    }

    /// Gives a product its number.
    pub(super) fn add_product(&self, workspace: WorkspaceId, sku: &str) -> Result<u32> {
        let said_at = Timestamp::from_millis(i64::MIN);
        let number = self
            .conn
            .prepare_cached(
                "SELECT coalesce(max(number), 0) + 1 FROM products WHERE workspace = ?1",
            )?
            .query_row([workspace], |row| row.get(0))?;
        let product = Product { number, said_at, name: None, category: None };
        let Product { name, category, .. } = &product;
        let values = params![workspace, number, sku, name, category, said_at.millis()];
        PRODUCTS.insert(self.conn, values)?;
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
        if item.name.is_none() && item.category.is_none() {
            return Ok(());
        }
        let mut remembered = self.remembered.borrow_mut();
        let Some(product) = remembered.product(workspace, item.sku.as_str()) else {
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
        let Product { number, name, category, .. } = &*product;
        let values = params![workspace, number, name, category, said_at.millis()];
        PRODUCTS.change(self.conn, "name = ?3, category = ?4, said_at = ?5", values)?;
        Ok(())
    }
}

impl ReadTx<'_> {
    /// The number of a label by its text.
    pub fn label_number(
        &self,
        workspace: WorkspaceId,
        kind: LabelKind,
        text: &str,
    ) -> Result<Option<u32>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT number FROM labels WHERE workspace = ?1 AND kind = ?2 AND text = ?3",
        )?;
        let key = params![workspace, kind.code(), text];
        Ok(statement.query_row(key, |row| row.get(0)).optional()?)
    }

    /// The text of one label; none has the number 0.
    pub fn label(
        &self,
        workspace: WorkspaceId,
        kind: LabelKind,
        number: u32,
    ) -> Result<Option<String>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT text FROM labels WHERE workspace = ?1 AND kind = ?2 AND number = ?3",
        )?;
        let key = params![workspace, kind.code(), number];
        Ok(statement.query_row(key, |row| row.get(0)).optional()?)
    }

    /// All labels of a kind, by number.
    pub fn labels(&self, workspace: WorkspaceId, kind: LabelKind) -> Result<BTreeMap<u32, String>> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT number, text FROM labels WHERE workspace = ?1 AND kind = ?2")?;
        let rows = statement
            .query_map(params![workspace, kind.code()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The numbers of the products of a category, in order.
    pub fn products_of(&self, workspace: WorkspaceId, category: &str) -> Result<Vec<u32>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT number FROM products WHERE workspace = ?1 AND category = ?2 ORDER BY number",
        )?;
        let rows = statement.query_map(params![workspace, category], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The number of a product.
    pub fn product_number(&self, workspace: WorkspaceId, sku: &str) -> Result<Option<u32>> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT number FROM products WHERE workspace = ?1 AND sku = ?2")?;
        Ok(statement.query_row(params![workspace, sku], |row| row.get(0)).optional()?)
    }

    /// One product by number; an unknown number has an empty name.
    pub fn product_name(&self, workspace: WorkspaceId, number: u32) -> Result<ProductName> {
        let mut statement = self.conn.prepare_cached(
            "SELECT sku, name, category FROM products WHERE workspace = ?1 AND number = ?2",
        )?;
        let product = statement.query_row(params![workspace, number], |row| {
            Ok(ProductName { sku: row.get(0)?, name: row.get(1)?, category: row.get(2)? })
        });
        Ok(product.optional()?.unwrap_or_default())
    }
}
