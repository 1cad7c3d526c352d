//! Holds a database against itself: the file is sound, and everything derived is what the log says.
//!
//! The log is folded anew, into a temporary database, by the code that folds always; then every row is
//! compared. So a bit that has flipped in a sum, in a set of buyers or
//! in a history is found. What customers are found by is made anew likewise. Rows that nothing else
//! repeats are held against their checksums (`store::sealed`).

use std::cell::RefCell;

use rusqlite::{Connection, params};

use super::customers;
use super::error::{Result, StoreError};
use super::fold::{self, Differences};
use super::rejected;
use super::remembered::Remembered;
use super::sealed;
use super::workspaces::Workspace;
use super::{ReadTx, Store, WriteTx, migrate};
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

/// Disagreements that rows of one kind may have, each a query for how many there are.
const AGREEMENTS: &[(&str, &str)] = &[
    (
        "purchases whose id leads elsewhere",
        "SELECT count(*) FROM purchases AS log LEFT JOIN event_ids AS id
         ON id.workspace = log.workspace AND id.event_id = log.event_id WHERE id.key IS NOT log.key",
    ),
    (
        "interactions whose id leads elsewhere",
        "SELECT count(*) FROM interactions AS log LEFT JOIN event_ids AS id
         ON id.workspace = log.workspace AND id.event_id = log.event_id WHERE id.key IS NOT log.key",
    ),
    (
        "rows of the log in another workspace than their number says",
        "SELECT (SELECT count(*) FROM purchases WHERE workspace <> key >> 40)
              + (SELECT count(*) FROM interactions WHERE workspace <> key >> 40)
              + (SELECT count(*) FROM event_ids WHERE key <> 0 AND workspace <> key >> 40)",
    ),
    (
        "ids of events that are not there",
        "SELECT count(*) FROM event_ids AS id WHERE key <> 0
         AND NOT EXISTS (SELECT 1 FROM purchases AS log WHERE log.key = id.key)
         AND NOT EXISTS (SELECT 1 FROM interactions AS log WHERE log.key = id.key)",
    ),
    (
        "customers whose id leads elsewhere",
        "SELECT count(*) FROM customers AS one LEFT JOIN customer_ids AS id
         ON id.workspace = one.key >> 40 AND id.host_id = one.host_id
         WHERE id.number IS NOT one.key & 0xFFFFFFFFFF",
    ),
    (
        "ids of customers that are not there",
        "SELECT count(*) FROM customer_ids AS id LEFT JOIN customers AS one
         ON one.key = id.workspace << 40 | id.number WHERE one.host_id IS NOT id.host_id",
    ),
    (
        "events of customers that are not there",
        "SELECT count(*) FROM (SELECT workspace, customer FROM purchases WHERE customer IS NOT NULL
                               UNION SELECT workspace, customer FROM interactions) AS log
         WHERE NOT EXISTS (SELECT 1 FROM customers AS one
                           WHERE one.key = log.workspace << 40 | log.customer)",
    ),
    (
        "purchases of countries and channels that are not there",
        "SELECT count(*) FROM (SELECT workspace, 1 AS kind, country AS number FROM purchases
                               UNION SELECT workspace, 2, channel FROM purchases
                               UNION SELECT workspace, 2, channel FROM interactions) AS log
         WHERE number <> 0 AND NOT EXISTS (SELECT 1 FROM labels WHERE labels.workspace = log.workspace
                                           AND labels.kind = log.kind AND labels.number = log.number)",
    ),
    (
        "runs of workspaces that are not there",
        "SELECT count(*) FROM runs WHERE workspace NOT IN (SELECT id FROM workspaces)",
    ),
    (
        "runs that leave events out",
        "SELECT count(*) FROM runs AS run WHERE state = 0 AND after <> 0
         AND NOT EXISTS (SELECT 1 FROM runs AS older WHERE older.workspace = run.workspace
                         AND older.state = 0 AND older.through = run.after)",
    ),
    (
        "blocks of runs that are not there",
        "SELECT count(*) FROM run_blocks AS block WHERE NOT EXISTS (SELECT 1 FROM runs
         WHERE runs.workspace = block.workspace AND runs.number = block.run)",
    ),
];

/// The table that is made anew beside the stored one.
const TERMS: &str = "customer_terms";

/// Rows that are sealed in one transaction.
const SEALED_AT_ONCE: usize = 10_000;

impl Store {
    /// Compares everything that is stored with what it was made of. Takes about as long as folding all
    /// of the log; others may read and write meanwhile.
    pub fn check(&self) -> Result<Checked> {
        let mut conn = self.readers.open()?;
        // It writes to temporary tables alone, which a connection that only asks may not.
        conn.pragma_update(None, "query_only", false)?;
        conn.pragma_update(None, "cell_size_check", true)?;
        let tx = conn.transaction()?;
        let remembered = RefCell::new(Remembered::new(0));
        let tx = WriteTx { read: ReadTx { conn: &tx }, remembered: &remembered };
        let mut wrong = tx.damages()?;
        // What comes after relies on a sound file.
        if !wrong.is_empty() {
            return Ok(Checked { wrong, ..Checked::default() });
        }
        wrong.extend(tx.other_schema()?);
        let mut unsealed = 0;
        for table in sealed::tables() {
            let judged = table.judge(tx.conn)?;
            let (damaged, name) = (judged.damaged, table.name());
            let told = format!("{damaged} rows of {name} are not what was written");
            wrong.extend((damaged > 0).then_some(told));
            unsealed += judged.unsealed;
        }
        for (what, count) in AGREEMENTS {
            let count = count_of(tx.conn, count)?;
            wrong.extend((count > 0).then(|| format!("{count} {what}")));
        }
        let counts = count_of(tx.conn, &rejected::wrong_counts())?;
        wrong.extend((counts > 0).then(|| format!("{counts} counts of rejected events")));
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
        wrong.extend(tx.differing_terms()?);
        Ok(Checked {
            workspaces: i64::try_from(workspaces.len()).unwrap_or(i64::MAX),
            customers: count_of(tx.conn, "SELECT count(*) FROM customers")?,
            events: count_of(tx.conn, "SELECT count(*) FROM event_ids")?,
            unsealed,
            wrong,
        })
    }

    /// Makes what customers are found by anew, of what is known of them.
    pub fn find_customers_anew(&self) -> Result<()> {
        self.write(|tx| {
            tx.conn.execute("DELETE FROM customer_terms", [])?;
            customers::derive_terms(tx.conn)
        })
    }

    /// Gives a checksum to every row that has none. Others may read and write meanwhile.
    pub fn seal(&self) -> Result<()> {
        for table in sealed::tables() {
            let mut behind = None;
            loop {
                behind = self.write(|tx| table.seal(tx.conn, behind.as_deref(), SEALED_AT_ONCE))?;
                if behind.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }
}

pub(super) fn count_of(conn: &Connection, sql: &str) -> Result<i64> {
    Ok(conn.query_row(sql, [], |row| row.get(0))?)
}

impl WriteTx<'_> {
    /// What is wrong with the file itself.
    fn damages(&self) -> Result<Vec<String>> {
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

    /// Whether the tables are those of this version.
    fn other_schema(&self) -> Result<Option<String>> {
        let ours = migrate::schema(&migrate::example()?)?;
        let other = migrate::schema(self.conn)? != ours;
        Ok(other.then(|| "the tables are not those that this program makes".to_owned()))
    }

    /// Whether customers are found by what is known of them, and by nothing else. A name without its
    /// schema means a temporary table first, so that what is derived anew goes there.
    fn differing_terms(&self) -> Result<Vec<String>> {
        for (name, sql) in migrate::schema(&migrate::example()?)? {
            if name == TERMS {
                self.conn.execute_batch(&sql.replacen("CREATE TABLE", "CREATE TEMP TABLE", 1))?;
            }
        }
        customers::derive_terms(self.conn)?;
        let only_in = |one: &str, other: &str| {
            let sql = format!(
                "SELECT count(*) FROM {one}.customer_terms AS one WHERE NOT EXISTS (
                     SELECT 1 FROM {other}.customer_terms AS other
                     WHERE other.workspace = one.workspace AND other.field = one.field
                     AND other.term = one.term AND other.number = one.number)"
            );
            count_of(self.conn, &sql)
        };
        let (strange, missing) = (only_in("main", "temp")?, only_in("temp", "main")?);
        let told = [
            (strange, "customers are found by what is not known of them"),
            (missing, "customers are not found by what is known of them"),
        ];
        Ok(told
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} times {what}"))
            .collect())
    }

    /// Whether the runs of a workspace say what its log says: that is folded anew, as far as it was
    /// folded, into a database of its own.
    fn differing_rows(&self, workspace: &Workspace, at_once: i64) -> Result<Vec<String>> {
        let stored = self.runs(workspace.id)?;
        // On disk for as long as it is open.
        let mut conn = Connection::open("")?;
        migrate::run(&mut conn)?;
        let tx = conn.transaction()?;
        let remembered = RefCell::new(Remembered::new(0));
        let anew = WriteTx { read: ReadTx { conn: &tx }, remembered: &remembered };
        while anew.fold_oldest(self, workspace, stored.through(), at_once)? > 0 {
            while let Some(step) = anew.prepare_merge(workspace.id)? {
                anew.apply_merge(&step)?;
            }
        }
        let Differences { rows, products } = fold::differences(&stored, &anew.runs(workspace.id)?)?;
        let name = &workspace.name;
        let mut told: Vec<_> = rows
            .into_iter()
            .map(|(what, rows)| {
                let differ = if rows == 1 { "differs" } else { "differ" };
                let rows = counted(rows, "row", "rows");
                format!("workspace {name}: {rows} of {what} {differ} from the log")
            })
            .collect();
        let mut known = self.conn.prepare_cached(
            "SELECT count(*) FROM products WHERE workspace = ?1 AND number BETWEEN ?2 AND ?3",
        )?;
        for products in products {
            let (first, last) = (i64::from(products) << 8, i64::from(products) << 8 | 0xff);
            let there: i64 =
                known.query_row(params![workspace.id, first, last], |row| row.get(0))?;
            told.extend(
                (there == 0)
                    .then(|| format!("workspace {name}: sums of products that are not there")),
            );
        }
        Ok(told)
    }
}
