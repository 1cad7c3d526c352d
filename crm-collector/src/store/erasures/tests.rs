//! Who was erased is in no file, in no answer, and does not come back.

use std::path::Path;

use crm_models::{
    Code, Currency, Customer, Event, EventId, Interaction, InteractionKind, Invalid, LineItem,
    LineKind, Purchase, Timestamp,
};

use crate::store::{
    Appender, Config, CustomerQuery, Erasure, NewRejected, Outcome, SentText, Store, StoreError,
    Workspace,
};

fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

/// Texts that nobody but the person has.
const PLANTED: [&str; 9] = [
    "Hildegard Quastenberg",
    "hildegard.quastenberg",
    "4915199887766",
    "prefers the blue teapot",
    "ring the bell twice",
    "Quastenberg's gift wrap",
    "VIP-QUASTE",
    "hq-7731",
    "Sonnenallee 999",
];

fn open(folder: &Path) -> Store {
    Store::open(folder, &Config::default()).unwrap()
}

fn shop(store: &Store) -> Workspace {
    let zone = chrono_tz::Europe::Berlin;
    let made =
        |tx: &crate::store::WriteTx<'_>| tx.add_workspace("shop", Currency::EUR, zone, now());
    store.write::<_, StoreError>(made).unwrap()
}

fn append(store: &Store, workspace: &Workspace, id: u128, event: impl Into<Event>) -> Outcome {
    let mut event = event.into();
    event.complete(|| EventId::from_bytes(id.to_be_bytes()), now());
    let appended = store.write::<_, StoreError>(|tx| {
        let workspace = tx.known_workspace(workspace.id)?;
        Appender::new(tx, &workspace, now())?.append(&event)
    });
    appended.unwrap()
}

fn order(number: &str) -> Purchase {
    Purchase::sale(Currency::EUR)
        .purchase_id(number)
        .occurred_at(now().plus_millis(-86_400_000))
        .item(LineItem::new("TEA", 2, "4.50".parse().unwrap()))
}

/// Somebody of whom everything is told that can be, beside somebody else.
fn fill(store: &Store, workspace: &Workspace) {
    let person = Customer::new("hq-7731@example.com").name("Hildegard Quastenberg");
    let person = person.email("hildegard.quastenberg@example.com").phone("+49 151 99887766");
    append(store, workspace, 1, person.attribute("note", "prefers the blue teapot"));
    append(store, workspace, 2, Customer::new("c-2").name("Bob Other").email("bob@example.com"));
    let gift = LineItem::new("WRAP", 1, "2".parse().unwrap()).name("Hildegard Quastenberg");
    let gift = gift.variant("Quastenberg's gift wrap");
    let told =
        order("A-1").customer_id("hq-7731@example.com").number("VIP-QUASTE").coupon("VIP-QUASTE");
    let told =
        told.attribute("address", "Sonnenallee 999").item(LineItem { kind: LineKind::Fee, ..gift });
    append(store, workspace, 3, told.clone());
    append(store, workspace, 4, told.shipping("4.90".parse().unwrap()).replace());
    append(store, workspace, 5, order("hq-7731@example.com/2").customer_id("HQ-7731@example.com"));
    append(store, workspace, 6, order("A-3").customer_id("c-2"));
    // What was somebody else's becomes hers, and what was hers somebody else's.
    append(store, workspace, 7, order("A-3").customer_id("hq-7731@example.com").replace());
    append(store, workspace, 8, order("A-4").customer_id("hq-7731@example.com"));
    append(store, workspace, 9, order("A-4").customer_id("c-2").replace());
    let call = Interaction::new("hq-7731@example.com", InteractionKind::Call)
        .subject("ring the bell twice");
    append(
        store,
        workspace,
        10,
        call.occurred_at(now()).text("prefers the blue teapot ".repeat(3_000)),
    );
    let reason = Invalid::new(
        Code::InvalidField,
        "email",
        "hildegard.quastenberg@example.com is none".into(),
    );
    let sent = [
        r#"{"customer_id":" HQ-7731@example.com","text":"prefers the blue teapot"}"#,
        r#"{"customer_id":"c-9","text":"Hildegard Quastenberg called"}"#,
        r#"{"customer_id":"hq-7731@example.com","text":"ring the bell twi"#,
        r#"{"customer_id":"c-2","text":"nothing of interest"}"#,
        "{}",
    ];
    store
        .write::<_, StoreError>(|tx| {
            let plain = Invalid::new(Code::TooLong, "text", "too long".into());
            for (place, event) in sent.iter().enumerate() {
                let reason = if place == 4 { &reason } else { &plain };
                let event = SentText::new(event);
                let rejected = NewRejected { key: None, reason, event: &event };
                tx.keep_rejected(workspace.id, &rejected, 1_000_000, now())?;
            }
            Ok(())
        })
        .unwrap();
}

fn erase(store: &Store, workspace: &Workspace) -> Option<Erasure> {
    store.erase_customer(workspace.id, "HQ-7731@example.com", "user:1", now()).unwrap()
}

/// Where the planted texts stand among the files of a folder.
fn found_in_files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap().to_ascii_lowercase();
        for planted in PLANTED {
            let planted = planted.to_ascii_lowercase();
            if bytes.windows(planted.len()).any(|some| some == planted.as_bytes()) {
                found.push(format!("{planted} in {}", path.display()));
            }
        }
    }
    found
}

fn assert_clean(store: &Store, folder: &Path) {
    assert_eq!(found_in_files(folder), [""; 0]);
    assert_eq!(store.check().unwrap().wrong, [""; 0]);
}

#[test]
fn who_was_erased_is_in_no_file_and_found_by_nothing_and_sums_stay() {
    for folds in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let workspace = shop(&store);
        fill(&store, &workspace);
        if folds {
            store.write::<_, StoreError>(|tx| tx.fold(&workspace, 1, 4)).unwrap();
        }
        assert_ne!(found_in_files(folder.path()), [""; 0]);
        let total = || {
            store.read::<_, StoreError>(|tx| {
                let derived = tx.derived(&workspace)?;
                Ok(derived
                    .by_day()?
                    .into_values()
                    .map(|sums| (sums.orders, sums.gross))
                    .collect::<Vec<_>>())
            })
        };
        let before = total().unwrap();
        let erased = erase(&store, &workspace).unwrap();
        assert_eq!(
            (erased.purchases, erased.interactions, erased.rejected, erased.is_done),
            (3, 1, 4, true)
        );
        assert_clean(&store, folder.path());
        assert_eq!(total().unwrap(), before);
        store
            .read::<_, StoreError>(|tx| {
                let everybody = CustomerQuery { limit: 10, ..CustomerQuery::default() };
                assert_eq!(tx.find_customers(workspace.id, &everybody)?.len(), 1);
                assert_eq!(tx.count_customers(workspace.id)?, 1);
                let row = tx.purchase_by_id(workspace.id, 0, "A-1")?.unwrap();
                assert_eq!((row.fact.customer, row.fact.total), (None, 159_000));
                let first = tx.version(workspace.id, 1)?.unwrap().row;
                assert_eq!(
                    (first.purchase_id.as_deref(), first.fact.customer),
                    (Some("A-1"), None)
                );
                assert!(
                    tx.purchase_by_id(workspace.id, 0, "A-4")?.unwrap().fact.customer.is_some()
                );
                let audit = tx.audit_entries(workspace.id, 1)?;
                assert_eq!(
                    (audit[0].action.as_str(), audit[0].actor.as_str()),
                    ("customer.erase", "user:1")
                );
                Ok(())
            })
            .unwrap();
        // The same answer to whoever asks again, also after a restart.
        assert_eq!(erase(&store, &workspace), Some(erased.clone()));
        drop(store);
        let store = open(folder.path());
        assert_eq!(erase(&store, &workspace), Some(erased));
        assert_clean(&store, folder.path());
        assert_eq!(store.erase_customer(workspace.id, "nobody", "cli", now()).unwrap(), None);
    }
}

#[test]
fn what_arrives_late_is_nobodys_and_what_happens_later_is_somebody_news() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let workspace = shop(&store);
    fill(&store, &workspace);
    erase(&store, &workspace).unwrap();
    let id = "hq-7731@example.com";
    let late = now().plus_millis(-1_000);
    assert_eq!(
        append(
            &store,
            &workspace,
            20,
            Customer::new(id).name("Hildegard Quastenberg").occurred_at(late)
        ),
        Outcome::Accepted
    );
    let call = Interaction::new(id, InteractionKind::Call).subject("ring the bell twice");
    assert_eq!(append(&store, &workspace, 21, call.clone().occurred_at(late)), Outcome::Accepted);
    assert_eq!(append(&store, &workspace, 21, call.occurred_at(late)), Outcome::Duplicate);
    // The same orders once more, as from another machine, and a new one.
    let again = order("hq-7731@example.com/2").customer_id(id);
    assert_eq!(append(&store, &workspace, 22, again), Outcome::Duplicate);
    let new = order("A-9").customer_id(id).attribute("address", "Sonnenallee 999");
    assert_eq!(append(&store, &workspace, 23, new.clone()), Outcome::Accepted);
    assert_eq!(append(&store, &workspace, 24, new), Outcome::Duplicate);
    drop(store);
    let store = open(folder.path());
    assert_clean(&store, folder.path());
    // Who comes back of her own accord is somebody new, and can be erased as well.
    let later = now().plus_millis(60_000);
    append(
        &store,
        &workspace,
        25,
        Customer::new(id).name("Hildegard Quastenberg").occurred_at(later),
    );
    append(&store, &workspace, 26, order("A-10").customer_id(id).occurred_at(later));
    let number = |store: &Store| {
        store.read::<_, StoreError>(|tx| tx.customer_number(workspace.id, id)).unwrap()
    };
    assert_eq!(number(&store).unwrap().0, 3, "no number is given twice");
    assert_eq!(store.erase_customer(workspace.id, id, "cli", later).unwrap().unwrap().purchases, 1);
    assert_clean(&store, folder.path());
}

#[test]
fn a_backup_from_before_is_clean_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let workspace = shop(&store);
    fill(&store, &workspace);
    let elsewhere = tempfile::tempdir().unwrap();
    let backup = elsewhere.path().join("backup.db");
    store.backup(&backup).unwrap();
    let erased = erase(&store, &workspace).unwrap();
    drop(store);
    std::fs::copy(&backup, folder.path().join(Store::FILE_NAME)).unwrap();
    assert_ne!(found_in_files(folder.path()), [""; 0]);
    let store = open(folder.path());
    assert_clean(&store, folder.path());
    let again = erase(&store, &workspace).unwrap();
    assert_eq!(again, erased);
    // A list that was lost is written anew.
    drop(store);
    std::fs::remove_file(folder.path().join("erased.txt")).unwrap();
    drop(open(folder.path()));
    std::fs::copy(&backup, folder.path().join(Store::FILE_NAME)).unwrap();
    assert_clean(&open(folder.path()), folder.path());
    // A list that cannot be read is no empty one.
    std::fs::write(folder.path().join("erased.txt"), "somebody else's\n").unwrap();
    assert!(matches!(Store::open(folder.path(), &Config::default()), Err(StoreError::Damaged(_))));
}

#[test]
fn an_erasure_that_was_broken_off_goes_on_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let workspace = shop(&store);
    fill(&store, &workspace);
    let at = now();
    let begun = store.erase_identity(&workspace, "hq-7731@example.com", at, ("cli", at)).unwrap();
    assert!(!begun.is_done);
    drop(store);
    assert_ne!(found_in_files(folder.path()), [""; 0]);
    let store = open(folder.path());
    assert_clean(&store, folder.path());
    let erased = erase(&store, &workspace).unwrap();
    assert_eq!((erased.purchases, erased.is_done), (3, true));
}

/// A text that nobody else has, in the middle of others.
fn token(person: u32, version: u32) -> String {
    format!("<{:08x}>", (person * 1_000 + version).wrapping_mul(2_654_435_761))
}

#[test]
fn what_was_told_of_many_who_were_erased_is_in_no_page_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let workspace = shop(&store);
    let (people, versions) = (90_u32, 6);
    let mut told: u128 = 0;
    // Texts of all lengths, which change, so that pages split, join and overflow.
    for version in 0..versions {
        let mut events: Vec<Event> = Vec::new();
        for person in 0..people {
            let (id, token) = (format!("person-{person}"), token(person, version));
            let long = token.repeat(1 + ((person * 7 + version * 13) % 60) as usize * 8);
            let at = now().plus_millis(i64::from(version) - 1_000);
            events.push(
                Customer::new(&*id).name(&*token).attribute("note", &*long).occurred_at(at).into(),
            );
            let order = order(&format!("O-{person}-{version}")).customer_id(&*id);
            events.push(order.attribute("note", &*long).into());
            let note = Interaction::new(&*id, InteractionKind::Note);
            events.push(note.text(&*long).occurred_at(at).into());
        }
        store
            .write::<_, StoreError>(|tx| {
                let mut appender = Appender::new(tx, &workspace, now())?;
                for event in &mut events {
                    told += 1;
                    event.complete(|| EventId::from_bytes(told.to_be_bytes()), now());
                    assert_eq!(appender.append(event)?, Outcome::Accepted);
                }
                Ok(())
            })
            .unwrap();
    }
    let erased: Vec<u32> = (0..people).filter(|person| person % 3 == 1).collect();
    for person in &erased {
        let id = format!("person-{person}");
        let erased = store.erase_customer(workspace.id, &id, "cli", now()).unwrap().unwrap();
        assert_eq!((erased.purchases, erased.interactions), (6, 6));
    }
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let text = String::from_utf8_lossy(&bytes);
    let is_there = |person: u32| {
        (0..versions).filter(|version| text.contains(&token(person, *version))).count()
    };
    for person in 0..people {
        // Of those who are still there, what is told last is.
        let wanted = if erased.contains(&person) { 0 } else { 6 };
        assert_eq!(is_there(person), wanted, "person {person}");
    }
    assert_eq!(store.check().unwrap().wrong, [""; 0]);
}
