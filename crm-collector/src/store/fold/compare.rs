//! Stored rows beside those that were folded anew: `main` beside `temp`.

use rusqlite::{Connection, params};

use super::histories;
use crate::store::error::Result;
use crate::store::workspaces::Workspace;
use crate::words::counted;

/// What the stored rows of a workspace say otherwise than those folded anew, a line for each kind.
pub(in crate::store) fn disagreements(
    conn: &Connection,
    workspace: &Workspace,
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut note = |what: &str, rows: i64| {
        if rows > 0 {
            let name = &workspace.name;
            let differ = if rows == 1 { "differs" } else { "differ" };
            let rows = counted(rows, "row", "rows");
            found.push(format!("workspace {name}: {rows} of {what} {differ} from the log"));
        }
    };
    let dimensions = [
        (1, "sums by hour"),
        (2, "sums by country"),
        (3, "sums by channel"),
        (4, "sums by product"),
    ];
    for (dimension, what) in dimensions {
        note(what, differing(conn, workspace, SUMS, dimension)?);
    }
    let buyers = [
        (0, "buyers by day"),
        (1, "buyers by month"),
        (2, "buyers by country and day"),
        (3, "buyers by country and month"),
        (4, "buyers by product"),
    ];
    for (dimension, what) in buyers {
        note(what, differing(conn, workspace, BUYERS, dimension)?);
    }
    // No other dimension is written, so one that is there was made by damage.
    let others = conn.query_row(
        "SELECT (SELECT count(*) FROM main.rollups WHERE workspace = ?1 AND dimension NOT BETWEEN 1 AND 4)
              + (SELECT count(*) FROM main.buyers WHERE workspace = ?1 AND dimension NOT BETWEEN 0 AND 4)",
        [workspace.id],
        |row| row.get(0),
    )?;
    note("sums of no known kind", others);
    note("histories", differing_histories(conn, workspace)?);
    Ok(found)
}

/// Derived rows of workspaces that there are not.
pub(in crate::store) fn strays(conn: &Connection) -> Result<i64> {
    let sql = "SELECT count(*) FROM (SELECT workspace FROM main.rollups
                   UNION SELECT workspace FROM main.buyers UNION SELECT workspace FROM main.histories)
               WHERE workspace NOT IN (SELECT id FROM main.workspaces)";
    Ok(conn.query_row(sql, [], |row| row.get(0))?)
}

/// Of each table: its name, what is packed, and the rest of its key.
type Kind = (&'static str, &'static str, &'static str);

const SUMS: Kind = ("rollups", "sums", "level, period, currency, chunk");
const BUYERS: Kind = ("buyers", "days", "currency, month, key");

/// Rows of a dimension that differ, or that only one side has. Packed rows of both kinds are the same
/// to the byte whenever they were folded.
fn differing(
    conn: &Connection,
    workspace: &Workspace,
    (table, packed, key): Kind,
    dimension: u8,
) -> Result<i64> {
    let either = |one: &str, other: &str| {
        format!(
            "SELECT count(*) FROM {one}.{table} AS one LEFT JOIN {other}.{table} AS other
             USING (workspace, dimension, {key})
             WHERE one.workspace = ?1 AND one.dimension = ?2 AND other.{packed} IS NOT one.{packed}"
        )
    };
    let count = |sql: String| -> Result<i64> {
        Ok(conn.query_row(&sql, params![workspace.id, dimension], |row| row.get(0))?)
    };
    // A row that both have is counted from either side.
    Ok(count(either("main", "temp"))?.max(count(either("temp", "main"))?))
}

/// Histories that differ. Entries stand in the order of folding, so they are brought into one.
fn differing_histories(conn: &Connection, workspace: &Workspace) -> Result<i64> {
    let missing = "SELECT count(*) FROM temp.histories AS one LEFT JOIN main.histories AS other
                   USING (workspace, month, bucket) WHERE one.workspace = ?1 AND other.entries IS NULL";
    let mut differing: i64 = conn.query_row(missing, [workspace.id], |row| row.get(0))?;
    let mut statement = conn.prepare(
        "SELECT one.month, one.bucket, one.entries, other.entries
         FROM main.histories AS one LEFT JOIN temp.histories AS other
         USING (workspace, month, bucket) WHERE one.workspace = ?1",
    )?;
    let mut rows = statement.query([workspace.id])?;
    while let Some(row) = rows.next()? {
        let (month, bucket): (i32, u32) = (row.get(0)?, row.get(1)?);
        let entries = |column: usize| -> Result<Option<Vec<_>>> {
            let Some(packed) = row.get::<_, Option<Vec<u8>>>(column)? else { return Ok(None) };
            let mut entries = Vec::new();
            histories::unpack(month, bucket, &packed, |entry| entries.push(entry))?;
            entries.sort_unstable_by_key(|entry| entry.seq);
            Ok(Some(entries))
        };
        differing += i64::from(entries(2)? != entries(3)?);
    }
    Ok(differing)
}
