//! Who was erased is in no file, in no answer, and does not come back.

use std::path::Path;

use crm_models::{
    Code, Currency, Customer, Event, EventId, Interaction, InteractionKind, Invalid, KeyKind,
    LineItem, LineKind, Purchase, Scope, Timestamp,
};

use super::mentions::Mentions;
use crate::store::{
    Appender, Config, CustomerNumber, CustomerQuery, Erasure, InteractionVersion, NewApiKey,
    NewRejected, Outcome, SentText, Store, StoreError, Workspace,
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
    let store = Store::open(folder, &Config::default()).unwrap();
    store.erase_who_came_back().unwrap();
    store
}

fn shop(store: &Store) -> Workspace {
    let zone = chrono_tz::Europe::Berlin;
    let made =
        |tx: &crate::store::WriteTx<'_>| tx.add_workspace("shop", Currency::EUR, zone, now());
    store.write::<_, StoreError>(made).unwrap()
}

fn shop_of(store: &Store, name: &str) -> Workspace {
    let zone = chrono_tz::Europe::Berlin;
    let made = |tx: &crate::store::WriteTx<'_>| tx.add_workspace(name, Currency::EUR, zone, now());
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

fn event_id(number: u128) -> EventId {
    EventId::from_bytes(number.to_be_bytes())
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
    let with_her_address = order("A-3").customer_id("c-2").attribute("address", "Sonnenallee 999");
    append(store, workspace, 6, with_her_address);
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
    // What was hers and is somebody else's, what was somebody else's and is hers, and what was taken back.
    let note = |of: &str| Interaction::new(of, InteractionKind::Note).occurred_at(now());
    append(store, workspace, 11, note("hq-7731@example.com").text("prefers the blue teapot"));
    append(store, workspace, 12, note("c-2").interaction_id(event_id(11)).replace());
    append(store, workspace, 13, note("c-2").text("prefers the blue teapot"));
    let hers = note("hq-7731@example.com").subject("ring the bell twice");
    append(store, workspace, 14, hers.clone().interaction_id(event_id(13)).replace());
    append(store, workspace, 15, hers.clone().text("Sonnenallee 999"));
    append(store, workspace, 16, hers.interaction_id(event_id(15)).void());
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
    erase_of(store, workspace, "HQ-7731@example.com")
}

fn erase_of(store: &Store, workspace: &Workspace, id: &str) -> Option<Erasure> {
    let erased = store.erase_customer(workspace.id, id, "user:1", now()).unwrap()?;
    assert!(erased.is_gone);
    Some(erased.erasure)
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
            (3, 2, 4, true)
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
                // What is somebody else's stays, without its past; of hers nothing is left.
                let kept = tx.interaction_by_id(workspace.id, event_id(11))?;
                let Some(InteractionVersion::Stored(kept)) = kept else { panic!("{kept:?}") };
                assert_eq!((kept.text, kept.customer), (None, CustomerNumber(2)));
                let gone = tx.interaction_by_id(workspace.id, event_id(13))?;
                assert_eq!(gone.map(|version| version.id()), None);
                // That there was another version is known from histories.
                let past = [11, 13, 15].map(|number| {
                    tx.past_interaction_places(workspace.id, event_id(number), i64::MAX, 9).unwrap()
                });
                assert_eq!(past.each_ref().map(Vec::len), [0, 1, 0]);
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
    assert_eq!(
        store.erase_customer(workspace.id, id, "cli", later).unwrap().unwrap().erasure.purchases,
        1
    );
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
    // A line that was cut short costs that line, wherever it was cut, and no start.
    let list = folder.path().join("erased.txt");
    let whole = std::fs::read(&list).unwrap();
    for kept in [whole.len() - 1, whole.len() - 30, whole.len() - 100] {
        let cut = [&whole[..kept], b"\n1 c6\n\0\xff\n", &whole[..]].concat();
        std::fs::write(&list, cut).unwrap();
        std::fs::copy(&backup, folder.path().join(Store::FILE_NAME)).unwrap();
        assert_clean(&open(folder.path()), folder.path());
    }
}

#[test]
fn an_erasure_that_was_broken_off_goes_on_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let workspace = shop(&store);
    fill(&store, &workspace);
    let at = now();
    let id = "hq-7731@example.com";
    let mentions = store.read(|tx| Mentions::of(tx, workspace.id, id)).unwrap();
    let rejected = store.mentioned(workspace.id, &mentions).unwrap();
    let begun =
        store.erase_identity(&workspace, id, at, ("cli", at), (&mentions, rejected)).unwrap();
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
        let erased = erase_of(&store, &workspace, &id).unwrap();
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

#[test]
fn numbers_that_are_contacts_are_known_again_and_never_collide() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let workspace = shop(&store);
    // Alike but for case, of two people; and one who takes a number that is free again.
    for (id, number, customer) in
        [(1, "x@y.example-1", "c-1"), (2, "X@Y.example-1", "c-1"), (3, "x@Y.example-1", "c-2")]
    {
        append(&store, &workspace, id, order(number).customer_id(customer));
    }
    erase_of(&store, &workspace, "c-1").unwrap();
    let again = order("x@y.example-1");
    assert_eq!(append(&store, &workspace, 4, again.clone().customer_id("c-1")), Outcome::Duplicate);
    assert_eq!(append(&store, &workspace, 5, again.clone()), Outcome::Duplicate);
    let mended = again.clone().shipping("3".parse().unwrap()).replace();
    assert_eq!(append(&store, &workspace, 6, mended.customer_id("c-3")), Outcome::Updated);
    erase_of(&store, &workspace, "c-2").unwrap();
    erase_of(&store, &workspace, "c-3").unwrap();
    // Somebody else's purchase stands under the very number that would be given.
    let taken = store
        .read::<_, StoreError>(|tx| {
            let stored = tx.purchase_by_id(workspace.id, 0, "x@y.example-1")?.unwrap();
            assert_eq!((stored.fact.customer, stored.fact.total), (None, 120_000));
            Ok(stored.purchase_id.unwrap())
        })
        .unwrap();
    assert!(taken.starts_with("erased-"), "{taken}");
    let other = shop_of(&store, "other");
    let planted = super::hash::number_without_contact(&other, "z@y.example").unwrap();
    append(&store, &other, 7, order(&planted).customer_id("c-8"));
    append(&store, &other, 8, order("z@y.example").customer_id("c-9"));
    erase_of(&store, &other, "c-9").unwrap();
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.check().unwrap().wrong, [""; 0]);
    let bytes = std::fs::read(folder.path().join(Store::FILE_NAME)).unwrap().to_ascii_lowercase();
    assert!(!bytes.windows(9).any(|some| some == b"y.example"));
}

#[test]
fn what_arrives_rejected_after_an_erasure_is_not_kept_and_who_was_only_rejected_is_erased() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let workspace = shop(&store);
    let keep = |event: &str| {
        let reason = Invalid::new(Code::TooLong, "text", "too long".into());
        let event = SentText::new(event);
        let rejected = NewRejected { key: None, reason: &reason, event: &event };
        let keep = |tx: &crate::store::WriteTx<'_>| {
            tx.keep_rejected(workspace.id, &rejected, 1_000_000, now())
        };
        store.write::<_, StoreError>(keep).unwrap();
    };
    let kept = || store.read::<_, StoreError>(|tx| tx.count_rejected(workspace.id)).unwrap();
    // Known from what was rejected alone.
    keep(r#"{"type":"customer","customer_id":"hq-7731@example.com","phone":5}"#);
    assert_eq!(erase(&store, &workspace).unwrap().rejected, 1);
    for event in [
        r#"{"customer_id":"HQ-7731@example.com","name":5}"#,
        r#"{"name":"x","customer_id" : "hq-7731@example.com","text":"cut sho"#,
    ] {
        keep(event);
    }
    assert_eq!(kept(), 0);
    // Who comes back is somebody, and what is wrong then is kept.
    let later = now().plus_millis(60_000);
    append(&store, &workspace, 1, Customer::new("hq-7731@example.com").occurred_at(later));
    keep(r#"{"customer_id":"hq-7731@example.com","name":5}"#);
    assert_eq!(kept(), 1);
}

#[test]
fn rejected_events_of_others_stay_whatever_somebody_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let workspace = shop(&store);
    let call = |text: &str| {
        format!(r#"{{"type":"purchase","currency":"EUR","customer_id":"c-2",{text}}}"#)
    };
    let of_others =
        [call(r#""text":"a""#), call(r#""name":"Ada L.""#), call(r#""text":"purchase""#)];
    let of_person = [
        call(r#""text":"call +44-20-7946 0123 back""#),
        call(r#""name":"GRACE  HOPPER""#),
        call(r#""attributes":{"grace@example.com":1}"#),
        call(r#""text":"cut Grac\u0065 Hopper is"#),
        r#"{"customer_id":"purchase","text":7"#.to_owned(),
    ];
    store
        .write::<_, StoreError>(|tx| {
            let reason = Invalid::new(Code::TooLong, "text", "too long".into());
            for event in of_others.iter().chain(&of_person) {
                let event = SentText::new(event);
                let rejected = NewRejected { key: None, reason: &reason, event: &event };
                tx.keep_rejected(workspace.id, &rejected, 1_000_000, now())?;
            }
            Ok(())
        })
        .unwrap();
    let person = Customer::new("purchase").name("Grace Hopper").email("grace@example.com");
    append(&store, &workspace, 1, person.phone("+44 20 7946 0123"));
    assert_eq!(erase_of(&store, &workspace, "purchase").unwrap().rejected, 5);
    let left = store.read::<_, StoreError>(|tx| tx.count_rejected(workspace.id)).unwrap();
    assert_eq!(left, 3);
}

#[test]
fn a_rejected_event_that_names_nobody_goes_with_the_customer_whose_purchase_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let workspace = shop(&store);
    let till = |number: &str| order(number).source("till");
    append(&store, &workspace, 1, till("1").customer_id("hers"));
    append(&store, &workspace, 2, till("2").customer_id("his"));
    append(&store, &workspace, 3, order("1").customer_id("his"));
    append(&store, &workspace, 4, till("3").customer_id("hers"));
    append(&store, &workspace, 5, till("3").void());
    let note = |of: &str| Interaction::new(of, InteractionKind::Note).occurred_at(now());
    append(&store, &workspace, 6, note("hers"));
    append(&store, &workspace, 7, note("his"));
    let key = store
        .write::<_, StoreError>(|tx| {
            let about = NewApiKey {
                name: "till".into(),
                kind: KeyKind::Server,
                scopes: vec![Scope::Ingest],
                event_types: None,
                origins: None,
                expires_at: None,
                source: Some("till".into()),
            };
            Ok(tx.add_key(workspace.id, about, &[7; 32], "hint", now())?.id)
        })
        .unwrap();
    let by_id = |number: u128, more: &str| format!(r#"{{"id":"{}",{more}}}"#, event_id(number));
    let of_interaction =
        |number: u128| format!(r#"{{"interaction_id":"{}","text":7}}"#, event_id(number));
    let hers = [
        (None, r#"{"source":"till","purchase_id":"1","total":"x"}"#.to_owned()),
        (None, r#"{"source":" till ","purchase_id":1,"attributes":{"address":"Sonnen"#.to_owned()),
        (None, r#"{"source":"till","purchase_id":"r","refund_of":"1","total":"x"}"#.to_owned()),
        (None, r#"{"source":"till","purchase_id":"3","total":"x"}"#.to_owned()),
        (Some(key), r#"{"purchase_id":"1","total":"x"}"#.to_owned()),
        (None, of_interaction(6)),
        (None, by_id(1, r#""total":"x""#)),
    ];
    let others = [
        (None, r#"{"source":"till","purchase_id":"2","total":"x"}"#.to_owned()),
        (None, r#"{"purchase_id":"1","total":"x"}"#.to_owned()),
        (None, r#"{"source":"till","purchase_id":"9","total":"x"}"#.to_owned()),
        (None, r#"{"source":"till","purchase_id":"1","customer_id":"his","total":"x"}"#.to_owned()),
        (Some(key), r#"{"purchase_id":"2","total":"x"}"#.to_owned()),
        (None, of_interaction(7)),
        (None, by_id(99, r#""total":"x""#)),
    ];
    store
        .write::<_, StoreError>(|tx| {
            let reason = Invalid::new(Code::InvalidField, "total", "is no amount".into());
            for (key, event) in hers.iter().chain(&others) {
                let event = SentText::new(event);
                let rejected = NewRejected { key: *key, reason: &reason, event: &event };
                tx.keep_rejected(workspace.id, &rejected, 1_000_000, now())?;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(erase_of(&store, &workspace, "hers").unwrap().rejected, 7);
    let left =
        store.read::<_, StoreError>(|tx| tx.rejected(workspace.id, 0, 100, usize::MAX)).unwrap();
    let left: Vec<_> = left.into_iter().map(|one| one.event.text).collect();
    assert_eq!(left, others.map(|(_, event)| event));
    assert_eq!(store.check().unwrap().wrong, [""; 0]);
}
