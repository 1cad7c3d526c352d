//! Texts that many rows share, each stored once: products, countries, channels.

use std::collections::{BTreeMap, HashMap};

use crm_models::{LineItem, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::error::Result;
use super::ids::WorkspaceId;
use super::{ReadTx, WriteTx};
use crate::facts::ProductName;

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

/// Most texts whose numbers are remembered between transactions.
const REMEMBERED: usize = 20_000;

/// Numbers that the writer remembers. Only ever holds what is committed, or is being written by
/// the transaction at hand; forgotten when that one fails or when another process has written.
#[derive(Default)]
pub(super) struct Numbers {
    labels: HashMap<(WorkspaceId, LabelKind, String), u32>,
    products: HashMap<WorkspaceId, HashMap<String, Product>>,
    remembered: usize,
}

#[derive(Clone)]
struct Product {
    number: u32,
    said_at: Timestamp,
    name: Option<String>,
    category: Option<String>,
}

impl Numbers {
    /// Makes room before it is needed, never in the middle of an event.
    pub(super) fn trim(&mut self) {
        if self.remembered > REMEMBERED {
            self.clear();
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl WriteTx<'_> {
    /// The number of a label, or `None` for one that is not known yet.
    pub(super) fn find_label(
        &self,
        workspace: WorkspaceId,
        kind: LabelKind,
        text: &str,
    ) -> Result<Option<u32>> {
        let mut numbers = self.numbers.borrow_mut();
        let key = (workspace, kind, text.to_owned());
        if let Some(&number) = numbers.labels.get(&key) {
            return Ok(Some(number));
        }
        let number = self
            .conn
            .prepare_cached(
                "SELECT number FROM labels WHERE workspace = ?1 AND kind = ?2 AND text = ?3",
            )?
            .query_row(params![workspace, kind.code(), text], |row| row.get(0))
            .optional()?;
        if let Some(number) = number {
            numbers.labels.insert(key, number);
            numbers.remembered += 1;
        }
        Ok(number)
    }

    /// The number of a label, given one if it has none; 0 for no text.
    pub(super) fn label(
        &self,
        workspace: WorkspaceId,
        kind: LabelKind,
        text: Option<&str>,
    ) -> Result<u32> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(0) };
        if let Some(number) = self.find_label(workspace, kind, text)? {
            return Ok(number);
        }
        let number = self
            .conn
            .prepare_cached(
                "INSERT INTO labels (workspace, kind, number, text)
                 SELECT ?1, ?2, coalesce(max(number), 0) + 1, ?3
                 FROM labels WHERE workspace = ?1 AND kind = ?2
                 RETURNING number",
            )?
            .query_row(params![workspace, kind.code(), text], |row| row.get(0))?;
        let mut numbers = self.numbers.borrow_mut();
        numbers.labels.insert((workspace, kind, text.to_owned()), number);
        numbers.remembered += 1;
        Ok(number)
    }

    /// The number of a product, or `None` for one that is not known yet.
    pub(super) fn find_product(&self, workspace: WorkspaceId, sku: &str) -> Result<Option<u32>> {
        let mut numbers = self.numbers.borrow_mut();
        if let Some(product) = numbers.products.get(&workspace).and_then(|of| of.get(sku)) {
            return Ok(Some(product.number));
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
        let number = product.as_ref().map(|product| product.number);
        if let Some(product) = product {
            numbers.products.entry(workspace).or_default().insert(sku.to_owned(), product);
            numbers.remembered += 1;
        }
        Ok(number)
    }

    /// The number of a line's product, given one if it has none.
    pub(super) fn product(&self, workspace: WorkspaceId, item: &LineItem) -> Result<u32> {
        let sku = item.sku.as_str();
        if let Some(number) = self.find_product(workspace, sku)? {
            return Ok(number);
        }
        let number = self
            .conn
            .prepare_cached(
                "INSERT INTO products (workspace, number, sku, said_at)
                 SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3
                 FROM products WHERE workspace = ?1
                 RETURNING number",
            )?
            .query_row(params![workspace, sku, i64::MIN], |row| row.get(0))?;
        let product = Product {
            number,
            said_at: Timestamp::from_millis(i64::MIN),
            name: None,
            category: None,
        };
        let mut numbers = self.numbers.borrow_mut();
        numbers.products.entry(workspace).or_default().insert(sku.to_owned(), product);
        numbers.remembered += 1;
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
        let mut numbers = self.numbers.borrow_mut();
        let known = numbers.products.get_mut(&workspace);
        let Some(product) = known.and_then(|known| known.get_mut(item.sku.as_str())) else {
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
        self.conn
            .prepare_cached(
                "UPDATE products SET name = ?3, category = ?4, said_at = ?5
                 WHERE workspace = ?1 AND number = ?2",
            )?
            .execute(params![
                workspace,
                product.number,
                product.name,
                product.category,
                said_at.millis()
            ])?;
        Ok(())
    }
}

impl ReadTx<'_> {
    /// All labels of a kind, by number.
    pub fn labels(&self, workspace: WorkspaceId, kind: LabelKind) -> Result<BTreeMap<u32, String>> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT number, text FROM labels WHERE workspace = ?1 AND kind = ?2")?;
        let rows = statement
            .query_map(params![workspace, kind.code()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
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
