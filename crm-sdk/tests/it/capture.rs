//! The transport for the tests of hosts.

use std::time::Duration;

use crm_sdk::testing::{Capture, Reply};
use crm_sdk::transport::Answer;
use crm_sdk::{
    Amount, Client, Currency, Customer, Event, Interaction, InteractionKind, LineItem, Purchase,
    State, Timestamp, WarningCode,
};

use crate::{PATIENCE, customer, track};

#[test]
fn a_host_can_see_what_it_would_have_sent_whatever_fails() {
    let capture = Capture::new();
    capture.reply(Reply::Unreachable);
    capture.reply(Reply::StoreAndLose);
    capture.reply(Reply::Answer(Answer::new(503, "")));
    let client = Client::builder("", "")
        .transport(capture.clone())
        .retry_between(Duration::from_millis(1), Duration::from_millis(2))
        .build()
        .unwrap();
    track(&client, 50);
    assert!(client.flush(PATIENCE).is_empty());

    let names: Vec<_> =
        capture.events().iter().map(Event::customer_id).map(|id| id.unwrap().to_string()).collect();
    let expected: Vec<_> = (0..50).map(|number| customer(number).customer_id.to_string()).collect();
    assert_eq!(names, expected);
    assert_eq!(capture.requests(), 4);
    let stats = client.stats();
    assert_eq!((stats.accepted, stats.duplicate, stats.retries), (0, 50, 3));
}

#[test]
fn corrections_and_what_has_to_be_looked_at_are_counted_and_told() {
    let capture = Capture::new();
    let (tell, told) = std::sync::mpsc::channel();
    let client = Client::builder("", "")
        .transport(capture.clone())
        .on_verdict(move |verdict| tell.send(verdict.clone()).unwrap())
        .build()
        .unwrap();
    let amount = |text: &str| text.parse::<Amount>().unwrap();
    let day = |day| format!("2026-03-{day:02}T00:00:00Z").parse::<Timestamp>().unwrap();
    let order = |total| Purchase::sale(Currency::EUR).purchase_id("1042").total(amount(total));
    client.purchase(order("10").updated_at(day(2))).unwrap();
    client.purchase(order("11").updated_at(day(3))).unwrap();
    client.purchase(order("9").updated_at(day(1))).unwrap();
    client.cancel(order("11")).unwrap();
    client.void(order("11")).unwrap();
    client.void(order("11")).unwrap();
    let line = LineItem::new("MUG-01", 1, amount("10"));
    let adjusted = Purchase::sale(Currency::EUR).item(line).total(amount("15"));
    let adjusted = client.purchase(adjusted).unwrap();
    client.customer(Customer::new("c-1").name("Ada").email("nowhere")).unwrap();
    assert!(client.flush(PATIENCE).is_empty());

    let stats = client.stats();
    let counts = (stats.accepted, stats.updated, stats.superseded, stats.duplicate);
    assert_eq!((counts, stats.rejected), ((3, 3, 1, 0), 1));
    // The customer at the call, the order by its verdict.
    assert_eq!(stats.warnings, 2);
    let verdicts: Vec<_> = told.try_iter().collect();
    let warnings: Vec<_> = verdicts.iter().flat_map(|verdict| &verdict.warnings).collect();
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert_eq!((warning.id, warning.code), (Some(adjusted), WarningCode::Adjusted));
    let note = || Interaction::new("c-1", InteractionKind::Note);
    let id = client.interaction(note().subject("late")).unwrap();
    client.interaction(note().subject("found").interaction_id(id).replace()).unwrap();
    client.interaction(note().interaction_id(id).void()).unwrap();
    client.interaction(note().interaction_id(id).void()).unwrap();
    assert!(client.flush(PATIENCE).is_empty());
    let stats = client.stats();
    assert_eq!((stats.accepted, stats.updated, stats.rejected), (4, 5, 2));
    let events = capture.events();
    assert!(matches!(&events[8], Event::Interaction(note) if note.interaction_id == Some(id)));
    assert!(matches!(&events[3], Event::Purchase(last) if last.state == State::Cancelled));
    assert!(matches!(&events[4], Event::Purchase(last) if last.void && last.replace));
    let Event::Customer(ada) = &events[6] else { panic!("{events:?}") };
    assert_eq!((ada.name.as_deref(), ada.email.as_deref()), (Some("Ada"), None));
}

#[test]
fn a_transport_that_panics_has_not_answered() {
    struct Broken(std::sync::atomic::AtomicUsize, Capture);
    impl crm_sdk::transport::Transport for Broken {
        fn send(&self, request: crm_sdk::transport::Request) -> crm_sdk::transport::Sending<'_> {
            match self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                0 => panic!("at once"),
                1 => Box::pin(async { panic!("later") }),
                _ => self.1.send(request),
            }
        }
    }
    let capture = Capture::new();
    let client = Client::builder("", "")
        .transport(Broken(0.into(), capture.clone()))
        .retry_between(Duration::from_millis(1), Duration::from_millis(2))
        .build()
        .unwrap();
    track(&client, 3);
    assert!(client.flush(PATIENCE).is_empty());
    assert_eq!((capture.events().len(), client.stats().retries), (3, 2));
}
