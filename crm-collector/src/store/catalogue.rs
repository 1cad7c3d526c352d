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
    lines: NameLines,
}

/// How many lines the name of a product is ahead of all others: each line under it counts for it, up to a
/// bound, and each later line under another name against it. Where nothing is left, the other one takes its
/// place. So a product is called what it usually is, in spite of a line here and there that calls it "damaged",
/// and one that gets a new name is called by that soon.
#[derive(Clone, Copy, Default)]
struct NameLines {
    now: u8,
    /// As it was last written. Not each line is worth a statement, and what a stop loses is less than a
    /// step.
    written: u8,
}

impl NameLines {
    const MOST: u8 = 16;
    /// It is written when it differs by so many from what was.
    const STEP: u8 = 8;

    /// Counts a line under the name; whether that is to be written.
    fn add(&mut self) -> bool {
        self.now = (self.now + 1).min(Self::MOST);
        self.now.abs_diff(self.written) >= Self::STEP
    }

    /// Counts a line under another name. `None` where that takes its place, else whether the count is to be
    /// written.
    fn take(&mut self) -> Option<bool> {
        if self.now <= 1 {
            return None;
        }
        self.now -= 1;
        Some(self.now.abs_diff(self.written) >= Self::STEP)
    }
}

impl Product {
    /// One of which nothing was said yet.
    pub(super) fn new(number: u32) -> Self {
        Self::stored(number, Timestamp::from_millis(i64::MIN), [None, None], None)
    }

    /// One as it is stored: when that was said, name and category, and how many lines the name is ahead.
    pub(super) fn stored(
        number: u32,
        said_at: Timestamp,
        [name, category]: [Option<String>; 2],
        name_lines: Option<u8>,
    ) -> Self {
        let now = name_lines.unwrap_or(0).min(NameLines::MOST);
        Self { number, said_at, name, category, lines: NameLines { now, written: now } }
    }

    /// How many lines the name is ahead, as it is stored.
    pub(super) fn name_lines(&self) -> Option<u8> {
        (self.lines.now > 0).then_some(self.lines.now)
    }

    /// Takes in what a line says of it; whether that is to be written.
    fn hear(
        &mut self,
        name: Option<&String>,
        category: Option<&String>,
        said_at: Timestamp,
    ) -> bool {
        let is_later = said_at >= self.said_at;
        let mut changes = match name {
            Some(name) if self.name.as_ref() == Some(name) => self.lines.add(),
            // What was said before says nothing against what was said later.
            Some(name) if is_later => self.lines.take().unwrap_or_else(|| {
                self.name = Some(name.clone());
                self.lines.now = 1;
                true
            }),
            _ => false,
        };
        if is_later {
            self.said_at = said_at;
            if category.is_some() && category != self.category.as_ref() {
                self.category = category.cloned();
                changes = true;
            }
        }
        if changes {
            self.lines.written = self.lines.now;
        }
        changes
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

    /// Takes in the name and the category that a line gives its product: the name that it usually has, and
    /// the latest category.
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
        match product.hear(item.name.as_ref(), item.category.as_ref(), said_at) {
            true => self.engine.set_product(workspace, product),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a product is called after lines under these names, one a second, and how often it was written.
    fn heard<'a>(lines: impl IntoIterator<Item = &'a str>) -> (String, usize) {
        let (mut product, mut written) = (Product::new(1), 0);
        for (second, name) in (0..).zip(lines) {
            let said_at = Timestamp::from_millis(1_000 * second);
            written += usize::from(product.hear(Some(&name.to_owned()), None, said_at));
        }
        (product.name.unwrap(), written)
    }

    fn lines<const N: usize>(runs: [(&str, usize); N]) -> Vec<&str> {
        runs.iter().flat_map(|(name, times)| std::iter::repeat_n(*name, *times)).collect()
    }

    #[test]
    fn a_product_is_called_what_it_usually_is() {
        let cases = [
            (lines([("Mug", 1)]), "Mug"),
            (lines([("Mug", 1), ("damaged", 1)]), "damaged"),
            (lines([("damaged", 1), ("Mug", 2)]), "Mug"),
            (lines([("Mug", 20), ("damaged", 3)]), "Mug"),
            (lines([("Mug", 2), ("Cup", 3), ("Mug", 2)]), "Mug"),
            // A new name is taken up, however long it had the other.
            (lines([("Mug", 10_000), ("Mug, blue", 16)]), "Mug, blue"),
            (lines([("Mug", 10_000), ("Mug, blue", 15)]), "Mug"),
        ];
        for (lines, name) in cases {
            assert_eq!(heard(lines.iter().copied()).0, name, "{lines:?}");
        }
    }

    #[test]
    fn what_a_product_is_called_costs_few_statements_in_whatever_order_names_come() {
        assert_eq!(heard(lines([("Mug", 10_000)])).1, 2);
        let by_turns = ["Mug", "Mug", "Cup"].into_iter().cycle().take(30_000);
        assert_eq!(heard(by_turns), ("Mug".to_owned(), 2));
    }

    #[test]
    fn what_is_heard_late_changes_no_name_that_is_later() {
        let mut product = Product::new(1);
        let said = |text: &str| Some(text.to_owned());
        let at = Timestamp::from_millis;
        assert!(product.hear(said("new").as_ref(), said("tea").as_ref(), at(2_000)));
        assert!(!product.hear(said("old").as_ref(), said("coffee").as_ref(), at(1_000)));
        assert_eq!((product.name, product.category), (said("new"), said("tea")));
    }
}
