//! The tables of products and of labels.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use rusqlite::{OptionalExtension, params};

use super::sealed::Sealed;
use super::{Snapshot, Transaction, column};
use crate::facts::ProductName;
use crate::store::{LabelKind, Product, Result, WorkspaceId};

pub(super) static PRODUCTS: Sealed = Sealed::new(
    "products",
    &["workspace", "number"],
    &["workspace", "number", "sku", "name", "category", "said_at", "name_lines"],
)
.with_later(1);

pub(super) static LABELS: Sealed = Sealed::new(
    "labels",
    &["workspace", "kind", "number"],
    &["workspace", "kind", "number", "text"],
);

impl Snapshot<'_> {
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

    /// Products in order of number, so many at the most.
    pub fn first_products(&self, workspace: WorkspaceId, most: usize) -> Result<Vec<ProductName>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT sku, name, category FROM products WHERE workspace = ?1 ORDER BY number LIMIT ?2",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![workspace, most], |row| {
            Ok(ProductName { sku: row.get(0)?, name: row.get(1)?, category: row.get(2)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// What is known of a product.
    pub(in crate::store) fn product(
        &self,
        workspace: WorkspaceId,
        sku: &str,
    ) -> Result<Option<Product>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT number, said_at, name, category, name_lines FROM products
             WHERE workspace = ?1 AND sku = ?2",
        )?;
        let product = statement.query_row(params![workspace, sku], |row| {
            let (number, said_at) = (row.get(0)?, column::time(row, 1)?);
            Ok(Product::stored(number, said_at, [row.get(2)?, row.get(3)?], row.get(4)?))
        });
        Ok(product.optional()?)
    }

    /// Whether there is any product with one of these numbers.
    pub(in crate::store) fn has_products(
        &self,
        workspace: WorkspaceId,
        numbers: RangeInclusive<i64>,
    ) -> Result<bool> {
        let mut statement = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM products WHERE workspace = ?1 AND number BETWEEN ?2 AND ?3)",
        )?;
        let numbers = params![workspace, numbers.start(), numbers.end()];
        Ok(statement.query_row(numbers, |row| row.get(0))?)
    }
}

impl Transaction<'_> {
    /// Adds a label, with the next number of its kind.
    pub(in crate::store) fn insert_label(
        &self,
        workspace: WorkspaceId,
        kind: LabelKind,
        text: &str,
    ) -> Result<u32> {
        self.hold_lock()?;
        let number = self
            .conn
            .prepare_cached(
                "SELECT coalesce(max(number), 0) + 1 FROM labels WHERE workspace = ?1 AND kind = ?2",
            )?
            .query_row(params![workspace, kind.code()], |row| row.get(0))?;
        LABELS.insert(self.conn, params![workspace, kind.code(), number, text])?;
        Ok(number)
    }

    /// Adds a product of which nothing but its name in the shop is known, with the next number.
    pub(in crate::store) fn insert_product(
        &self,
        workspace: WorkspaceId,
        sku: &str,
    ) -> Result<Product> {
        self.hold_lock()?;
        let number = self
            .conn
            .prepare_cached(
                "SELECT coalesce(max(number), 0) + 1 FROM products WHERE workspace = ?1",
            )?
            .query_row([workspace], |row| row.get(0))?;
        let product = Product::new(number);
        let Product { name, category, said_at, .. } = &product;
        let lines = product.name_lines();
        let values = params![workspace, number, sku, name, category, said_at.millis(), lines];
        PRODUCTS.insert(self.conn, values)?;
        Ok(product)
    }

    /// Writes what is known of a product.
    pub(in crate::store) fn set_product(
        &self,
        workspace: WorkspaceId,
        product: &Product,
    ) -> Result<()> {
        let Product { number, name, category, said_at, .. } = product;
        let values =
            params![workspace, number, name, category, said_at.millis(), product.name_lines()];
        let set = "name = ?3, category = ?4, said_at = ?5, name_lines = ?6";
        PRODUCTS.change(self.conn, set, values)?;
        Ok(())
    }
}
