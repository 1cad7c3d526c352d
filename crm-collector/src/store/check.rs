//! Holds a database against itself: the file is sound, and everything derived is what the log says.
//!
//! The log is folded anew, into a temporary database, by the code that folds always; then every row is
//! compared. So a bit that has flipped in a sum, in a set of buyers or
//! in a history is found. What customers are found by is made anew likewise. Rows that nothing else
//! repeats are held against their checksums.

use std::cell::RefCell;

use super::error::{Result, StoreError};
use super::fold::{self, Differences};
use super::remembered::Remembered;
use super::sqlite::{self, Sealing};
use super::workspaces::Workspace;
use super::{ReadTx, Store, WriteTx};
use crate::words::counted;

/// What was compared, and what does not agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Workspaces there are.
    pub workspaces: i64,
    /// Customers of all of them.
    pub customers: i64,
    /// Events of all of them.
    pub events: i64,
    /// Rows without a checksum, as older versions wrote them: whether they are as they were written
    /// cannot be told. [`Store::seal`] gives them one.
    pub unsealed: i64,
    /// What is wrong, a line each; empty when nothing is.
    pub wrong: Vec<String>,
}

impl Store {
    /// Compares everything that is stored with what it was made of. Takes about as long as folding all
    /// of the log; others may read and write meanwhile.
    pub fn check(&self) -> Result<Checked> {
        self.engine.examine(|examined| {
            let mut wrong = examined.damages()?;
            // What comes after relies on a sound file.
            if !wrong.is_empty() {
                return Ok(Checked { wrong, ..Checked::default() });
            }
            wrong.extend(examined.other_schema()?);
            let mut unsealed = 0;
            for (name, judged) in examined.judged()? {
                let damaged = judged.damaged;
                let told = format!("{damaged} rows of {name} are not what was written");
                wrong.extend((damaged > 0).then_some(told));
                unsealed += judged.unsealed;
            }
            let disagreements = examined.disagreements()?;
            wrong.extend(disagreements.iter().map(|(count, what)| format!("{count} {what}")));
            let tx = ReadTx { engine: *examined };
            let workspaces = tx.workspaces()?;
            for workspace in &workspaces {
                match tx.differing_rows(workspace, self.fold_events) {
                    Ok(differing) => wrong.extend(differing),
                    Err(StoreError::Damaged(what)) => {
                        wrong.push(format!("workspace {}: {what}", workspace.name));
                    }
                    Err(error) => return Err(error),
                }
            }
            wrong.extend(examined.differing_terms()?);
            let (customers, events) = tx.customers_and_events()?;
            let workspaces = i64::try_from(workspaces.len()).unwrap_or(i64::MAX);
            Ok(Checked { workspaces, customers, events, unsealed, wrong })
        })
    }

    /// Makes what customers are found by anew, of what is known of them.
    pub fn find_customers_anew(&self) -> Result<()> {
        self.write(|tx| tx.engine.derive_terms_anew())
    }

    /// Gives a checksum to every row that has none. Others may read and write meanwhile.
    pub fn seal(&self) -> Result<()> {
        let mut next = Some(Sealing::default());
        while let Some(from) = next {
            next = self.write(|tx| tx.engine.seal_some(&from))?;
        }
        Ok(())
    }
}

impl ReadTx<'_> {
    /// Whether the runs of a workspace say what its log says: that is folded anew, as far as it was
    /// folded, into a database of its own.
    fn differing_rows(&self, workspace: &Workspace, at_once: i64) -> Result<Vec<String>> {
        let stored = self.runs(workspace.id)?;
        let remembered = RefCell::new(Remembered::new(0));
        let Differences { rows, products } = sqlite::scratch(|engine| {
            let anew = WriteTx::new(engine, &remembered);
            while anew.fold_oldest(self, workspace, stored.through(), at_once)? > 0 {
                while let Some(step) = anew.prepare_merge(workspace.id)? {
                    anew.apply_merge(&step)?;
                }
            }
            fold::differences(&stored, &anew.runs(workspace.id)?)
        })?;
        let name = &workspace.name;
        let mut told: Vec<_> = rows
            .into_iter()
            .map(|(what, rows)| {
                let differ = if rows == 1 { "differs" } else { "differ" };
                let rows = counted(rows, "row", "rows");
                format!("workspace {name}: {rows} of {what} {differ} from the log")
            })
            .collect();
        for products in products {
            let numbers = i64::from(products) << 8..=(i64::from(products) << 8 | 0xff);
            told.extend(
                (!self.has_products(workspace.id, numbers)?)
                    .then(|| format!("workspace {name}: sums of products that are not there")),
            );
        }
        Ok(told)
    }
}
