//! What the rest of the store relies on: synced commits, the lock, and word of other writers.

use super::*;

/// Makes a database as the version before runs kept it, with the log of another: folded, as it says, into
/// rows that it had.
pub(in crate::store) fn keep_as_before_runs(folder: &Path, log_of: &Path) {
    let conn = Connection::open(folder.join(FILE_NAME)).unwrap();
    migrate::run_to(&conn, 7).unwrap();
    conn.execute("ATTACH ?1 AS now", [log_of.to_str().unwrap()]).unwrap();
    for table in ["customers", "customer_ids", "products", "labels", "event_ids", "purchases"] {
        // Those that the older version has.
        let columns: String = conn
            .query_row("SELECT group_concat(name) FROM pragma_table_info(?1)", [table], |row| {
                row.get(0)
            })
            .unwrap();
        let copy = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM now.{table}");
        conn.execute_batch(&copy).unwrap();
    }
    conn.execute_batch(
        "INSERT INTO workspaces (id, name, title, currency, timezone, created_at, folded_seq)
         SELECT id, name, title, currency, timezone, created_at, 4000 FROM now.workspaces;
         INSERT INTO rollups VALUES (1, 4, 0, 19000, 826, 0, x'0001'); DETACH now;",
    )
    .unwrap();
    conn.close().unwrap();
}

#[test]
fn what_is_committed_is_synced() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path(), &Config::default()).unwrap();
    let writer = database.writer.blocking_lock();
    let conn = &writer.as_ref().unwrap().conn;
    let journal: String = conn.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    // 2 is FULL: the log of changes reaches the disk before a commit returns.
    let synchronous: i64 = conn.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
    assert_eq!((synchronous, journal.as_str()), (2, "wal"));
}

#[test]
fn a_transaction_is_told_once_that_another_process_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Database::open(folder.path(), &Config::default()).unwrap();
    let (one, other) = (open(), open());
    let wrote = |database: &Database| {
        let work = |tx: Transaction<'_>| {
            tx.hold_lock()?;
            tx.write_nothing()?;
            Ok::<_, StoreError>(tx.others_wrote())
        };
        database.turn().unwrap().transact(work).unwrap()
    };
    wrote(&one);
    assert!(!wrote(&one), "its own transactions are known to it");
    wrote(&other);
    assert!(wrote(&one));
    assert!(!wrote(&one));
}

#[test]
fn numbers_are_given_under_the_lock_alone() {
    let conn = Connection::open_in_memory().unwrap();
    let tx = conn.unchecked_transaction().unwrap();
    let deferred = Transaction { snapshot: Snapshot { conn: &tx }, others_wrote: false };
    assert!(matches!(deferred.hold_lock(), Err(StoreError::Internal(_))));
}

#[test]
fn a_statement_is_planned_once_whatever_is_bound_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path(), &Config::default()).unwrap();
    let planned_again = |conn: &Connection| {
        let sql = "SELECT coalesce(max(number), 0) + 1 FROM products WHERE workspace = ?1";
        let mut statement = conn.prepare(sql).unwrap();
        for workspace in [1, 2, 1] {
            let next: i64 = statement.query_row([workspace], |row| row.get(0)).unwrap();
            assert_eq!(next, 1);
        }
        statement.get_status(rusqlite::StatementStatus::RePrepare)
    };
    assert_eq!(planned_again(&database.writer.blocking_lock().as_ref().unwrap().conn), 0);
    assert_eq!(planned_again(database.readers.take().unwrap().conn().unwrap()), 0);
    // Without the guarantee it would be: the test sees what it looks for.
    let mut plain = Connection::open_in_memory().unwrap();
    migrate::run(&mut plain).unwrap();
    assert!(planned_again(&plain) > 0);
}
