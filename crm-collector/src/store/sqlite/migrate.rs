//! Brings a database to the newest schema, one numbered step after the other.
//!
//! A step is never edited once released; `user_version` says how many have run.

use rusqlite::{Connection, TransactionBehavior};

use crate::store::{Result, StoreError};

/// The steps, in order; step `n` leads from version `n` to version `n + 1`.
const STEPS: &[&str] = &[
    include_str!("../../../migrations/0001_initial.sql"),
    include_str!("../../../migrations/0002_search.sql"),
    include_str!("../../../migrations/0003_workspace_titles.sql"),
    include_str!("../../../migrations/0004_quarantine_bytes.sql"),
    include_str!("../../../migrations/0005_names_in_any_order.sql"),
    include_str!("../../../migrations/0006_checksums.sql"),
    include_str!("../../../migrations/0007_invitation_numbers.sql"),
    include_str!("../../../migrations/0008_runs.sql"),
    include_str!("../../../migrations/0009_orders.sql"),
    include_str!("../../../migrations/0010_known_from.sql"),
    include_str!("../../../migrations/0011_erasures.sql"),
    include_str!("../../../migrations/0012_interactions.sql"),
    include_str!("../../../migrations/0013_imports.sql"),
    include_str!("../../../migrations/0014_usual_names.sql"),
    include_str!("../../../migrations/0015_advice.sql"),
];

/// What SQL cannot say of a step: run behind it, in its transaction. A change of the forms in which
/// customers are searched for is a step of its own, and the last such step derives them.
fn derive(version: i64, conn: &Connection) -> Result<()> {
    match version {
        5 => super::customers::derive_terms(conn),
        11 => super::workspaces::ROWS.seal(conn, None, usize::MAX >> 1).map(drop),
        _ => Ok(()),
    }
}

/// Marks a file as this program's: "CRMd" in ASCII.
const APPLICATION_ID: i64 = 0x4352_4D64;

/// The version this program writes.
pub(super) fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Runs the steps that are missing, each in a transaction of its own.
pub(super) fn run(conn: &mut Connection) -> Result<()> {
    let found = check(conn)?;
    for (version, step) in (0_i64..).zip(STEPS).skip_while(|(version, _)| *version < found) {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have run the step while this one waited for the lock.
        let now: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if now == version {
            tx.execute_batch(step)?;
            derive(version + 1, &tx)?;
            tx.pragma_update(None, "user_version", version + 1)?;
            tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
        tx.commit()?;
    }
    Ok(())
}

/// The same up to a version, as an older program would have left it.
#[cfg(test)]
pub(super) fn run_to(conn: &Connection, version: i64) -> Result<()> {
    for (before, step) in (0_i64..version).zip(STEPS) {
        conn.execute_batch(step)?;
        derive(before + 1, conn)?;
    }
    conn.pragma_update(None, "user_version", version)?;
    conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(())
}

/// An empty database of the newest schema.
pub(super) fn example() -> Result<Connection> {
    let mut conn = Connection::open_in_memory()?;
    run(&mut conn)?;
    Ok(conn)
}

/// Tables and indexes by name, with the statements that make them.
pub(super) fn schema(conn: &Connection) -> Result<Vec<(String, String)>> {
    let sql = "SELECT name, sql FROM main.sqlite_schema
               WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The version of an existing file; refuses files of others and of newer programs.
pub(super) fn check(conn: &Connection) -> Result<i64> {
    let pragma = |name: &str| -> Result<i64> {
        Ok(conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))?)
    };
    let found = pragma("user_version")?;
    let application_id = pragma("application_id")?;
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && application_id != APPLICATION_ID {
        return Err(StoreError::Damaged("it belongs to another program".into()));
    }
    if found > newest() {
        return Err(StoreError::NewerVersion { found, known: newest() });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_older_version_reaches_the_newest_schema() {
        let fresh = example().unwrap();
        for older in 0..newest() {
            let mut conn = Connection::open_in_memory().unwrap();
            for (_, step) in (0..older).zip(STEPS) {
                conn.execute_batch(step).unwrap();
                conn.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
            }
            conn.pragma_update(None, "user_version", older).unwrap();
            run(&mut conn).unwrap();
            assert_eq!(schema(&conn).unwrap(), schema(&fresh).unwrap());
            run(&mut conn).unwrap();
            assert_eq!(check(&conn).unwrap(), newest());
        }
    }

    #[test]
    fn customers_of_an_older_version_are_found_by_the_forms_of_the_newest() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(STEPS[0]).unwrap();
        conn.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        conn.pragma_update(None, "user_version", 1).unwrap();
        let key = |workspace: i64, number: i64| workspace << 40 | number;
        conn.execute_batch(&format!(
            "INSERT INTO customers (key, host_id, name, email, phone, created_at, updated_at)
             VALUES ({}, 'c-1', 'ООО «Ромашка»', 'A@x.de', '8 916 1', 0, 0),
                    ({}, 'c-2', NULL, NULL, NULL, 0, 0), ({}, 'c-1', 'Zoë', NULL, NULL, 0, 0);
             INSERT INTO customer_terms VALUES (1, 1, 'ооо «ромашка»', 1), (1, 3, '89161', 1);",
            key(1, 1),
            key(1, 2),
            key(7, 1)
        ))
        .unwrap();
        run(&mut conn).unwrap();
        let mut statement =
            conn.prepare("SELECT * FROM customer_terms ORDER BY workspace, field, term").unwrap();
        let terms = statement.query_map([], |row| {
            let (workspace, field): (i64, i64) = (row.get(0)?, row.get(1)?);
            let (term, number): (String, i64) = (row.get(2)?, row.get(3)?);
            Ok(format!("{workspace} {field} {number} {term}"))
        });
        let terms: Vec<_> = terms.unwrap().map(|term| term.unwrap()).collect();
        let expected = [
            "1 1 1 ооо ромашка",
            "1 1 1 ромашка ооо",
            "1 2 1 a@x.de",
            "1 3 1 79161",
            "1 3 1 89161",
            "1 3 1 9161",
            "1 4 1 1619",
            "1 4 1 16197",
            "1 4 1 16198",
            "7 1 1 zoe",
        ];
        assert_eq!(terms, expected);
    }

    #[test]
    fn a_newer_database_is_refused_untouched() {
        let mut conn = Connection::open_in_memory().unwrap();
        run(&mut conn).unwrap();
        conn.pragma_update(None, "user_version", newest() + 1).unwrap();
        let error = run(&mut conn).unwrap_err();
        assert!(matches!(error, StoreError::NewerVersion { found, .. } if found == newest() + 1));
    }

    #[test]
    fn a_database_of_another_program_is_refused() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE theirs (x)").unwrap();
        assert!(matches!(run(&mut conn), Err(StoreError::Damaged(_))));
    }
}
