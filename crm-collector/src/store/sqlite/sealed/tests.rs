//! Every way of writing leaves rows that their checksums vouch for, and any other content is found.

use std::collections::BTreeSet;
use std::path::Path;

use crm_models::{
    Code, Currency, Customer, Event, EventId, Interaction, InteractionKind, Invalid, KeyKind,
    LineItem, Purchase, PurchaseKind, Role, Scope, Timestamp,
};

use super::super::{customers, migrate, tables};
use super::*;
use crate::store::{
    AdviceDecision, AdviceRow, Appender, Config, CustomerNumber, ImportRow, NewApiKey, NewRejected,
    Outcome, SentText, Store, StoreError, UserId, Workspace, WorkspaceId,
};

fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

fn write<T>(store: &Store, work: impl FnOnce(&crate::store::WriteTx<'_>) -> Result<T>) -> T {
    store.write::<_, StoreError>(work).unwrap()
}

fn append(store: &Store, workspace: &Workspace, id: u8, event: impl Into<Event>) {
    append_for(store, workspace, id, event, Outcome::Accepted);
}

fn append_for(
    store: &Store,
    workspace: &Workspace,
    id: u8,
    event: impl Into<Event>,
    outcome: Outcome,
) {
    let mut event = event.into();
    event.complete(|| EventId::from_bytes([id; 16]), now());
    let appended = write(store, |tx| Appender::new(tx, workspace, now())?.append(&event));
    assert_eq!(appended, outcome);
}

/// A store that was written to in each way that it offers, a step at a time; `look` looks at it behind
/// each.
fn written(folder: &Path, mut look: impl FnMut(&Store, &str)) -> Store {
    let store = Store::open(folder, &Config::default()).unwrap();
    let zone = chrono_tz::Europe::London;
    let shop = write(&store, |tx| tx.add_workspace("shop", Currency::GBP, zone, now()));
    look(&store, "add_workspace");
    let moved =
        Workspace { timezone: chrono_tz::Asia::Tokyo, currency: Currency::EUR, ..shop.clone() };
    let moved = Workspace { known_from: chrono::NaiveDate::from_ymd_opt(2019, 1, 1), ..moved };
    write(&store, |tx| tx.change_workspace(&moved));
    look(&store, "change_workspace");

    let user = write(&store, |tx| tx.add_user("ada@example.com", "Ada", "hash", now())).id;
    write(&store, |tx| tx.set_password_hash(user, "another hash"));
    look(&store, "users");
    people(&store, moved.id, user);
    look(&store, "memberships, invitations, sessions, the audit log");
    keys(&store, moved.id);
    look(&store, "keys");

    let item = LineItem::new("TEA", 2, "4.50".parse().unwrap());
    let sale = |number: &str| Purchase::sale(Currency::EUR).purchase_id(number).occurred_at(now());
    append(
        &store,
        &moved,
        1,
        sale("A-1").customer_id("c-1").country("AT").channel("web").item(item),
    );
    append(&store, &moved, 2, sale("A-2").total("3".parse().unwrap()));
    let named = LineItem::new("TEA", 1, "4".parse().unwrap()).name("Green tea").category("tea");
    append(&store, &moved, 3, sale("A-3").item(named).occurred_at(now().plus_millis(5)));
    let order = sale("A-4").source("shop-2").refund_of("A-1").pending().replace().number("#4");
    let order = Purchase { kind: PurchaseKind::Refund, ..order };
    let shipped = order.clone().shipping("2".parse().unwrap());
    append(&store, &moved, 7, order.total("3".parse().unwrap()));
    append_for(&store, &moved, 8, shipped.total("5".parse().unwrap()), Outcome::Updated);
    write(&store, |tx| {
        let id = EventId::from_bytes([9; 16]);
        assert!(Appender::new(tx, &moved, now())?.void(None, "A-2", id)?);
        Ok(())
    });
    look(&store, "purchases");
    let customer = Customer::new("c-1").name("Zoë").phone("+43 1 234567").attribute("tier", "gold");
    append(&store, &moved, 4, customer.consent("email", true));
    append(&store, &moved, 5, Customer::new("c-2").email("b@example.com").country("DE"));
    look(&store, "customers");
    let call = Interaction::new("c-3", InteractionKind::Call).subject("late").text("Where is it?");
    append(&store, &moved, 6, call.channel("phone"));
    let mended = || {
        let note = Interaction::new("c-3", InteractionKind::Note);
        note.interaction_id(EventId::from_bytes([6; 16])).updated_at(now())
    };
    append_for(&store, &moved, 10, mended().text("It is here"), Outcome::Updated);
    append_for(&store, &moved, 11, mended().text("No").void(), Outcome::Updated);
    append_for(&store, &moved, 12, mended().text("It is").replace(), Outcome::Accepted);
    look(&store, "interactions");
    write(&store, |tx| {
        let import = ImportRow::of_file("orders.csv", now());
        let import = tx.note_import(moved.id, &import, (2, 3))?;
        let import = tx.note_import(moved.id, &import, (3, 5))?;
        assert_eq!((import.number, import.events), (1, 3));
        assert_eq!(tx.next_stretch(moved.id, 1, 0)?, Some((3, 5)));
        tx.begin_to_take_back(moved.id, 1, "cli", now()).map(drop)
    });
    look(&store, "imports");
    advice(&store, moved.id);
    look(&store, "advice");
    let reason = Invalid::new(Code::TooLong, "text", "too long".into());
    for event in ["{\"a\":1}", "{\"b\":2}"] {
        let rejected = NewRejected { key: None, reason: &reason, event: &SentText::new(event) };
        write(&store, |tx| tx.keep_rejected(moved.id, &rejected, 1_000_000, now()));
    }
    write(&store, |tx| tx.release_rejected(moved.id, 1));
    look(&store, "the quarantine");
    write(&store, |tx| tx.fold(&moved, 1, 2));
    look(&store, "fold");
    write(&store, |tx| tx.unfold(&moved));
    write(&store, |tx| tx.fold(&moved, 1, 3));
    look(&store, "unfold");
    assert!(store.erase_customer(moved.id, "c-2", "cli", now()).unwrap().is_some());
    look(&store, "erase_customer");
    store
}

fn advice(store: &Store, shop: WorkspaceId) {
    let given = |id: &str, customer: Option<u32>| AdviceRow {
        id: id.to_owned(),
        kind: "win_back".into(),
        customer: customer.map(CustomerNumber),
        made_at: now(),
        as_of: 20_000,
        by_day: 20_007,
        currency: Currency::EUR,
        at_stake: 2_800_000,
        worth: 1_400_000,
        said: "{}".into(),
        is_held: false,
        state: "open".into(),
        decided: None,
    };
    write(store, |tx| {
        let rules = tx.known_advice_rules(shop, || Ok([3; 32]))?;
        assert_eq!(tx.known_advice_rules(shop, || Ok([4; 32]))?, rules);
        tx.set_hold_percent(shop, 10, ("cli", now()))?;
        let rows = [given("a", Some(1)), given("b", Some(2)), given("c", None)];
        tx.give_advice(shop, &rows)?;
        // What was given before stays as it was.
        tx.give_advice(shop, &[AdviceRow { at_stake: 1, ..rows[0].clone() }])?;
        let decided = AdviceDecision {
            at: now(),
            by: "cli".into(),
            reason: Some("moved".into()),
            until_day: Some(20_030),
        };
        let row = tx.decide_advice(shop, "a", "snoozed", decided.clone())?.unwrap();
        assert_eq!((row.at_stake, row.decided.as_ref()), (2_800_000, Some(&decided)));
        assert_eq!(tx.advice(shop, "a")?, Some(row));
        assert_eq!(tx.decide_advice(shop, "nosuch", "done", decided)?, None);
        Ok(())
    });
}

fn people(store: &Store, shop: WorkspaceId, user: UserId) {
    write(store, |tx| {
        assert!(tx.add_member(shop, user, Role::Owner)?);
        assert!(!tx.add_member(shop, user, Role::Analyst)?);
        let ends = now().plus_millis(1_000);
        for token in [1, 2] {
            tx.add_invitation(&[token; 32], shop, "bob@example.com", Role::Analyst, now(), ends)?;
            tx.add_session(&[token; 32], user, shop, now(), ends)?;
        }
        tx.end_session(&[1; 32])?;
        tx.audit(shop, now(), "cli", "key.create", "key:7")
    });
}

fn keys(store: &Store, shop: WorkspaceId) {
    let about = NewApiKey {
        name: "shop".into(),
        kind: KeyKind::Browser,
        scopes: vec![Scope::Ingest],
        event_types: None,
        origins: Some(vec!["https://shop.example".into()]),
        expires_at: None,
        source: Some("page".into()),
    };
    write(store, |tx| {
        let key = tx.add_key(shop, about.clone(), &[7; 32], "abcd", now())?.id;
        tx.note_key_use(key, now())?;
        tx.expire_key(shop, key, now().plus_millis(9))?;
        assert!(!tx.revoke_key(WorkspaceId(shop.0 + 1), key, now())?);
        assert!(tx.revoke_key(shop, key, now())?);
        assert!(!tx.revoke_key(shop, key, now())?);
        let key = tx.key(shop, key)?.unwrap();
        assert_eq!(key.about.expires_at, Some(now().plus_millis(9)));
        assert_eq!((key.revoked_at, key.last_used_at), (Some(now()), Some(now())));
        tx.add_key(shop, about, &[8; 32], "efgh", now()).map(drop)
    });
}

#[test]
fn every_way_of_writing_leaves_rows_that_agree_with_their_checksums() {
    let folder = tempfile::tempdir().unwrap();
    let store = written(folder.path(), |store, step| {
        let checked = store.check().unwrap();
        assert_eq!((checked.wrong, checked.unsealed), (vec![], 0), "{step}");
    });
    for table in tables::sealed() {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        let rows = store.read(|tx| super::super::check::count_of(tx.conn, &sql)).unwrap();
        assert!(rows > 0, "nothing was written to {}", table.name);
    }
}

#[test]
fn a_row_with_other_content_is_found_in_every_column_and_stays_found_when_it_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = written(folder.path(), |_, _| {});
    let judge = |table: &Sealed| store.read(|tx| table.judge(tx.conn)).unwrap();
    store.run_sql("PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1");
    for table in tables::sealed() {
        for column in table.content {
            let name = table.name;
            // What is NULL becomes a text or a number, as the type of the column allows.
            store.run_sql(&format!("CREATE TEMP TABLE kept AS SELECT * FROM {name}"));
            let other = format!(
                "UPDATE {name} SET {column} = CASE typeof({column})
                     WHEN 'integer' THEN {column} + 1000
                     WHEN 'text' THEN {column} || 'x'
                     WHEN 'blob' THEN CAST({column} || x'00' AS BLOB)
                     ELSE (SELECT CASE type WHEN 'BLOB' THEN x'01' ELSE '1' END
                           FROM pragma_table_info('{name}') WHERE name = '{column}') END
                 WHERE rowid_of_one"
            );
            let one = format!("({0}) = (SELECT {0} FROM {name} LIMIT 1)", table.key.join(", "));
            store.run_sql(&other.replace("rowid_of_one", &one));
            assert_eq!(judge(table).damaged, 1, "{name}.{column}");
            store.run_sql(&format!(
                "DELETE FROM {name}; INSERT INTO {name} SELECT * FROM kept; DROP TABLE kept"
            ));
            assert_eq!(judge(table), Judged::default(), "{name}");
        }
    }

    store.run_sql("UPDATE customers SET name = 'Zoe' WHERE host_id = 'c-1'");
    let shop =
        store.read(|tx| tx.workspaces()).unwrap_or_else(|error: StoreError| panic!("{error}"));
    append(
        &store,
        &shop[0],
        19,
        Customer::new("c-1").country("CH").occurred_at(now().plus_millis(9)),
    );
    assert_eq!(judge(&customers::ROWS).damaged, 1);
}

#[test]
fn rows_of_an_older_version_are_counted_and_sealed_when_they_are_written_or_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let store = written(folder.path(), |_, _| {});
    for table in tables::sealed() {
        store.run_sql(&format!("UPDATE {} SET checksum = NULL", table.name));
    }
    let unsealed = || {
        let checked = store.check().unwrap();
        assert_eq!(checked.wrong, [""; 0]);
        checked.unsealed
    };
    let all = unsealed();
    write(&store, |tx| tx.set_password_hash(UserId(1), "a third hash"));
    assert_eq!(unsealed(), all - 1);
    for table in tables::sealed() {
        // In steps of one, to go from key to key.
        let mut behind = None;
        let mut steps = 0;
        loop {
            behind = write(&store, |tx| table.seal(tx.conn, behind.as_deref(), 1));
            steps += 1;
            if behind.is_none() || steps > 100 {
                break;
            }
        }
    }
    assert_eq!(unsealed(), 0);
    store.run_sql("UPDATE products SET checksum = NULL");
    store.seal().unwrap();
    assert_eq!(unsealed(), 0);
}

#[test]
fn the_checksum_is_of_every_column_but_a_number_that_sqlite_gives() {
    let conn = migrate::example().unwrap();
    let mut sealed: BTreeSet<&str> = BTreeSet::new();
    for table in tables::sealed() {
        let columns = conn
            .prepare(&format!("SELECT name FROM pragma_table_info('{}')", table.name))
            .and_then(|mut columns| {
                columns
                    .query_map([], |row| row.get(0))?
                    .collect::<rusqlite::Result<BTreeSet<String>>>()
            })
            .unwrap();
        let mut expected: BTreeSet<String> =
            table.content.iter().chain(&["checksum"]).map(|&column| column.to_owned()).collect();
        if table.key == ["id"] {
            expected.insert("id".to_owned());
        }
        assert_eq!(columns, expected, "{}", table.name);
        sealed.insert(table.name);
    }
    // What is in the others, something else repeats, and `check` compares it.
    let repeated =
        ["customer_ids", "customer_terms", "event_ids", "quarantines", "runs", "run_blocks"];
    let mut tables = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    for name in names.map(|name| name.unwrap()).filter(|name| !name.starts_with("sqlite_")) {
        assert!(sealed.contains(name.as_str()) != repeated.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn nobody_else_inserts_or_changes_rows_of_these_tables() {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut files = vec![store];
    let mut read = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        if path.file_name().is_some_and(|name| name == "tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let words: Vec<_> = code.split_whitespace().map(|word| word.trim_matches('"')).collect();
        for table in tables::sealed() {
            for pair in words.windows(2) {
                let writes = matches!(pair, ["INTO" | "UPDATE", name] if *name == table.name);
                assert!(!writes, "{}: {}", path.display(), pair.join(" "));
            }
        }
        read += 1;
    }
    assert!(read > 30, "{read} files");
}
