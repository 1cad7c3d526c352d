//! Checking a database and copying it while it is in use.

use std::path::Path;

use rusqlite::Connection;

use super::error::{Result, StoreError};
use super::workspaces::Workspace;
use super::{ReadTx, Store};
use crate::facts::{Dimension, Sums};

impl Store {
    /// Writes a consistent copy, as of now, to a new file; the server may go on writing. The
    /// copy appears under its name when it is whole and on the disk.
    pub fn backup(&self, to: &Path) -> Result<u64> {
        let in_folder = |error: std::io::Error| StoreError::Folder {
            path: to.to_owned(),
            source: std::sync::Arc::new(error),
        };
        if to.exists() {
            return Err(StoreError::Taken("the file of the backup"));
        }
        let mut partial = to.as_os_str().to_owned();
        partial.push(".partial");
        let partial = Path::new(&partial);
        match std::fs::remove_file(partial) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(in_folder(error));
            }
            _ => {}
        }
        let text = partial.to_str().ok_or_else(|| {
            let error = std::io::Error::other("a path has to be valid Unicode");
            in_folder(error)
        })?;
        super::private::make_file(partial).map_err(in_folder)?;
        let conn = Connection::open(&self.path)?;
        conn.busy_timeout(super::BUSY_TIMEOUT)?;
        conn.execute("VACUUM INTO ?1", [text])?;
        let file = std::fs::File::open(partial).map_err(in_folder)?;
        file.sync_all().map_err(in_folder)?;
        std::fs::rename(partial, to).map_err(in_folder)?;
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = std::fs::File::open(parent.unwrap_or(Path::new("."))).map_err(in_folder)?;
        folder.sync_all().map_err(in_folder)?;
        Ok(file.metadata().map_err(in_folder)?.len())
    }
}

impl ReadTx<'_> {
    /// What is wrong with the database file itself; empty when nothing is.
    pub fn damages(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut integrity = self.conn.prepare("PRAGMA integrity_check")?;
        let mut rows = integrity.query([])?;
        while let Some(row) = rows.next()? {
            let line: String = row.get(0)?;
            if line != "ok" {
                found.push(line);
            }
        }
        let mut foreign = self.conn.prepare("PRAGMA foreign_key_check")?;
        let mut rows = foreign.query([])?;
        while let Some(row) = rows.next()? {
            found.push(format!("a row of {} refers to nothing", row.get::<_, String>(0)?));
        }
        Ok(found)
    }

    /// Whether the derived figures of a workspace agree with its purchases, currency by
    /// currency; the first disagreement as text.
    pub fn disagreement(&self, workspace: &Workspace) -> Result<Option<String>> {
        let derived = self.derived(workspace)?;
        let mut from_log = std::collections::BTreeMap::<_, Sums>::new();
        let keys = workspace.id.key(0)..=workspace.id.last_key();
        self.each_purchase_fact(keys, |fact| {
            let sums = from_log.entry(fact.currency).or_default();
            sums.add_amount(fact.kind, fact.total, 0);
            sums.add_order(fact.kind);
        })?;
        for (currency, log) in from_log {
            for dimension in [Dimension::Hour, Dimension::Country, Dimension::Channel] {
                let mut sums = Sums::default();
                let days = i32::MIN / 2..i32::MAX / 2;
                derived.each_day_sum(dimension, currency, days, |_, _, day| sums.add(day))?;
                let figures = |s: &Sums| (s.gross, s.refunds, s.orders, s.refund_orders);
                if figures(&sums) != figures(&log) {
                    return Ok(Some(format!(
                        "{currency} by {dimension:?}: {} purchases in the log, {} in the sums",
                        log.orders + log.refund_orders,
                        sums.orders + sums.refund_orders
                    )));
                }
            }
        }
        Ok(None)
    }
}
