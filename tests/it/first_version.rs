//! A database as the first version made it is brought to the newest schema, and says what it said.

use rusqlite::Connection;

use crate::whole_shop::WholeShop;

const FIRST: &str = include_str!("../../crm-collector/migrations/0001_initial.sql");
/// Marks a file as the collector's.
const APPLICATION_ID: i64 = 0x4352_4D64;

#[test]
fn a_database_of_the_first_version_answers_as_one_of_the_newest() {
    let shop = WholeShop::make();
    let scratch = crm_tests::harness::places::scratch_folder();
    let (newest, first) =
        (tempfile::tempdir_in(&scratch).unwrap(), tempfile::tempdir_in(&scratch).unwrap());
    for folder in [&newest, &first] {
        std::fs::create_dir(folder.path().join("data")).unwrap();
    }
    std::fs::copy(shop.database(), newest.path().join("data/crm.db")).unwrap();
    let rows = make_first(&first.path().join("data/crm.db"), &shop.database());

    let expected = shop.answers(newest.path());
    let check = |arguments: &[&str]| {
        let output = shop.on(first.path()).command(arguments, "");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    };
    let (said, noted) = check(&["check"]);
    assert!(said.starts_with("ok: "), "{said}{noted}");
    assert!(noted.starts_with(&format!("{rows} rows were written by an older version")), "{noted}");
    for (was, is) in expected.iter().zip(shop.answers(first.path())) {
        assert_eq!(*was, is);
    }
    let (again, noted) = check(&["check", "--rebuild"]);
    assert_eq!((again, noted), (said, "the sums are made anew\n".to_owned()));
    for (was, is) in expected.iter().zip(shop.answers(first.path())) {
        // Keys were used in between.
        assert!(*was == is || was.0.starts_with("key list"), "{was:?}\n{is:?}");
    }
}

/// Makes a database of the first version with the rows of another, as far as there were columns for
/// them; how many of them have a checksum by now.
fn make_first(path: &std::path::Path, of: &std::path::Path) -> i64 {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(FIRST).unwrap();
    conn.pragma_update(None, "user_version", 1).unwrap();
    conn.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    conn.execute("ATTACH ?1 AS newest", [of.to_str().unwrap()]).unwrap();
    let names = |sql: &str| {
        let mut statement = conn.prepare(sql).unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        names.collect::<Result<Vec<String>, _>>().unwrap()
    };
    let mut rows_with_a_checksum = 0;
    let tables =
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    for table in names(tables) {
        let columns = |schema: &str| {
            names(&format!("SELECT name FROM pragma_table_info('{table}', '{schema}')"))
        };
        let still = columns("newest");
        // What is derived is made anew, whatever the first version had of it.
        if still.is_empty() {
            continue;
        }
        let all = columns("main").into_iter().filter(|column| still.contains(column));
        let all = all.collect::<Vec<_>>().join(", ");
        let copied = conn
            .execute(
                &format!("INSERT INTO main.{table} ({all}) SELECT {all} FROM newest.{table}"),
                [],
            )
            .unwrap();
        // Workspaces get theirs when they lose a column.
        if table != "workspaces" && still.iter().any(|column| column == "checksum") {
            rows_with_a_checksum += i64::try_from(copied).unwrap();
        }
    }
    // The forms in which customers were searched for then.
    conn.execute_batch(
        "DELETE FROM customer_terms;
         INSERT INTO customer_terms SELECT key >> 40, 2, lower(email), key & 0xFFFFFFFFFF FROM customers
         WHERE email IS NOT NULL;",
    )
    .unwrap();
    rows_with_a_checksum
}
