//! What can be checked of a database by itself: the file, its tables, checksums, and rows that have to
//! agree with one another.

use rusqlite::{Connection, TransactionBehavior};

use super::sealed::Judged;
use super::{Database, Snapshot, Transaction, customers, migrate, rejected, tables};
use crate::store::Result;

/// Disagreements that rows of one kind may have, each a query for how many there are.
const AGREEMENTS: &[(&str, &str)] = &[
    (
        "purchases whose id leads elsewhere",
        "SELECT count(*) FROM (SELECT workspace, event_id, key FROM purchases
                               UNION ALL SELECT workspace, event_id, key FROM past_purchases) AS log
         LEFT JOIN event_ids AS id ON id.workspace = log.workspace AND id.event_id = log.event_id WHERE id.key IS NOT log.key",
    ),
    (
        "interactions whose id leads elsewhere",
        "SELECT count(*) FROM (SELECT workspace, event_id, key FROM interactions
                               UNION ALL SELECT workspace, brought_by, key FROM interactions
                               WHERE brought_by IS NOT NULL
                               UNION ALL SELECT workspace, brought_by, key FROM past_interactions
                               WHERE brought_by IS NOT NULL) AS log
         LEFT JOIN event_ids AS id ON id.workspace = log.workspace AND id.event_id = log.event_id WHERE id.key IS NOT log.key",
    ),
    (
        "rows of the log in another workspace than their number says",
        "SELECT (SELECT count(*) FROM purchases WHERE workspace <> key >> 40)
              + (SELECT count(*) FROM past_purchases WHERE workspace <> key >> 40)
              + (SELECT count(*) FROM corrections WHERE key >> 40 <> replaces >> 40)
              + (SELECT count(*) FROM interactions WHERE workspace <> key >> 40)
              + (SELECT count(*) FROM past_interactions WHERE workspace <> key >> 40)
              + (SELECT count(*) FROM event_ids WHERE key <> 0 AND workspace <> key >> 40)",
    ),
    (
        "ids of events that are not there",
        "SELECT count(*) FROM event_ids AS id WHERE key <> 0
         AND NOT EXISTS (SELECT 1 FROM purchases AS log WHERE log.key = id.key)
         AND NOT EXISTS (SELECT 1 FROM past_purchases AS log WHERE log.key = id.key)
         AND NOT EXISTS (SELECT 1 FROM interactions AS log WHERE log.key = id.key)
         AND NOT EXISTS (SELECT 1 FROM past_interactions AS log WHERE log.key = id.key)",
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
                               UNION
                               SELECT workspace, customer FROM past_purchases WHERE customer IS NOT NULL
                               UNION SELECT workspace, customer FROM interactions
                               UNION SELECT workspace, customer FROM past_interactions) AS log
         WHERE NOT EXISTS (SELECT 1 FROM customers AS one
                           WHERE one.key = log.workspace << 40 | log.customer)
         -- Erasing goes in steps, and goes on when the collector starts.
         AND NOT EXISTS (SELECT 1 FROM erasures WHERE erasures.workspace = log.workspace
                         AND erasures.number = log.customer AND erasures.done = 0)",
    ),
    (
        "events of countries, channels and sources that are not there",
        "SELECT count(*) FROM (SELECT workspace, 1 AS kind, country AS number FROM purchases
                               UNION SELECT workspace, 2, channel FROM purchases
                               UNION SELECT workspace, 3, ifnull(source, 0) FROM purchases
                               UNION SELECT workspace, 1, country FROM past_purchases
                               UNION SELECT workspace, 2, channel FROM past_purchases
                               UNION SELECT workspace, 3, ifnull(source, 0) FROM past_purchases
                               UNION SELECT workspace, 2, channel FROM interactions
                               UNION SELECT workspace, 2, channel FROM past_interactions) AS log
         WHERE number <> 0 AND NOT EXISTS (SELECT 1 FROM labels WHERE labels.workspace = log.workspace
                                           AND labels.kind = log.kind AND labels.number = log.number)",
    ),
    (
        "past purchases that nothing took the place of",
        "SELECT count(*) FROM past_purchases AS past WHERE past.state IS NOT 3
         AND NOT EXISTS (SELECT 1 FROM corrections WHERE corrections.replaces = past.key)",
    ),
    (
        "past interactions that nothing took the place of",
        "SELECT count(*) FROM past_interactions AS past WHERE past.kind <> 254
         AND NOT EXISTS (SELECT 1 FROM corrections WHERE corrections.replaces = past.key)",
    ),
    (
        // What took the place of an interaction may have been erased since, with its customer.
        "corrections of events that are not there",
        "SELECT count(*) FROM corrections AS correction
         WHERE NOT EXISTS (SELECT 1 FROM past_interactions AS past WHERE past.key = correction.replaces)
         AND NOT (EXISTS (SELECT 1 FROM past_purchases AS past WHERE past.key = correction.replaces)
                  AND (EXISTS (SELECT 1 FROM purchases AS log WHERE log.key = correction.key)
                       OR EXISTS (SELECT 1 FROM past_purchases AS log WHERE log.key = correction.key)))",
    ),
    (
        "stretches of imports that are not there",
        "SELECT count(*) FROM import_stretches AS stretch WHERE last < first
         OR NOT EXISTS (SELECT 1 FROM imports WHERE imports.key = stretch.import)",
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

impl Database {
    /// Runs `work` on a snapshot beside which temporary tables may be made, and nothing else.
    pub(in crate::store) fn examine<T>(
        &self,
        work: impl FnOnce(Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut conn = self.readers.open()?;
        // It writes to temporary tables alone, which a connection that only asks may not.
        conn.pragma_update(None, "query_only", false)?;
        conn.pragma_update(None, "cell_size_check", true)?;
        let tx = conn.transaction()?;
        work(Transaction { snapshot: Snapshot { conn: &tx }, others_wrote: false })
    }
}

/// Runs `work` on an empty database of its own, which is on the disk for as long as that takes.
pub(in crate::store) fn scratch<T>(work: impl FnOnce(Transaction<'_>) -> Result<T>) -> Result<T> {
    let mut conn = Connection::open("")?;
    migrate::run(&mut conn)?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    work(Transaction { snapshot: Snapshot { conn: &tx }, others_wrote: false })
}

pub(super) fn count_of(conn: &Connection, sql: &str) -> Result<i64> {
    Ok(conn.query_row(sql, [], |row| row.get(0))?)
}

impl Snapshot<'_> {
    /// How many customers and how many events all workspaces have.
    pub(in crate::store) fn customers_and_events(&self) -> Result<(i64, i64)> {
        Ok((
            count_of(self.conn, "SELECT count(*) FROM customers")?,
            count_of(self.conn, "SELECT count(*) FROM event_ids")?,
        ))
    }

    /// What the checksums say, by table.
    pub(in crate::store) fn judged(&self) -> Result<Vec<(&'static str, Judged)>> {
        tables::sealed().iter().map(|table| Ok((table.name(), table.judge(self.conn)?))).collect()
    }

    /// How many rows do not agree with others, and what they are, where there are any.
    pub(in crate::store) fn disagreements(&self) -> Result<Vec<(i64, &'static str)>> {
        let counts = rejected::wrong_counts();
        let all =
            AGREEMENTS.iter().copied().chain([("counts of rejected events", counts.as_str())]);
        let mut found = Vec::new();
        for (what, sql) in all {
            let count = count_of(self.conn, sql)?;
            found.extend((count > 0).then_some((count, what)));
        }
        Ok(found)
    }
}

impl Transaction<'_> {
    /// What is wrong with the file itself.
    pub(in crate::store) fn damages(&self) -> Result<Vec<String>> {
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
    pub(in crate::store) fn other_schema(&self) -> Result<Option<String>> {
        let ours = migrate::schema(&migrate::example()?)?;
        let other = migrate::schema(self.conn)? != ours;
        Ok(other.then(|| "the tables are not those that this program makes".to_owned()))
    }

    /// Whether customers are found by what is known of them, and by nothing else. A name without its
    /// schema means a temporary table first, so that what is derived anew goes there.
    pub(in crate::store) fn differing_terms(&self) -> Result<Vec<String>> {
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
}
