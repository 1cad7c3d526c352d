//! Events that the collector would not take: kept on disk with the reason, until they are sent
//! again.

use crm_sdk::{Code, DeadLetter, Error, Event, Loss};
use tempfile::tempdir;

use super::{adds_up, spooled};
use crate::server::{Reply, Server};
use crate::{PATIENCE, customer, patient, track};

/// Refuses what holds customer c-3 until it has refused it alone.
fn picky(refusal: Reply) -> Server {
    let mut mended = false;
    Server::start(move |_, request| {
        if mended || !request.customers.contains(&"c-3".to_owned()) {
            return Reply::Store;
        }
        mended = request.customers.len() == 1;
        refusal.clone()
    })
}

fn customers(letters: &[DeadLetter]) -> Vec<&str> {
    letters.iter().filter_map(|letter| letter.event.customer_id()).map(|id| id.as_str()).collect()
}

/// One event of eight is refused; it becomes a letter, its neighbours are stored, and it is stored
/// when it is sent again.
fn becomes_a_letter(refusal: Reply, reason: Loss, code: Code) {
    let (dir, server) = (tempdir().unwrap(), picky(refusal));
    let client = spooled(&server, &dir).build().unwrap();
    let ids = track(&client, 8);
    assert!(client.flush(PATIENCE).is_empty());
    assert_eq!(server.stored().len(), 7);

    let letters = client.dead_letters().unwrap();
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!((letter.reason, letter.code), (reason, code));
    assert_eq!(letter.event.id().map(|id| id.to_string()).as_ref(), Some(&ids[3]));
    let Event::Customer(kept) = &letter.event else { panic!("{letter:?}") };
    assert_eq!((kept.customer_id.as_str(), kept.name.as_deref()), ("c-3", Some("Ada Lovelace")));
    assert_eq!((client.losses().of(reason), client.losses().total()), (1, 1));
    adds_up(&client);

    // It survives the client, and is another's to send again.
    assert!(client.shutdown(PATIENCE).is_empty());
    assert!(matches!(client.resend_dead_letters(), Err(Error::ShutDown)));
    let next = spooled(&server, &dir).build().unwrap();
    assert_eq!(next.stats().recovered, 0);
    assert_eq!(next.dead_letters().unwrap(), letters);
    assert_eq!(next.resend_dead_letters().unwrap(), 1);
    assert_eq!(next.dead_letters().unwrap(), []);
    assert_eq!(next.resend_dead_letters().unwrap(), 0);
    assert!(next.shutdown(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    adds_up(&next);
}

#[test]
fn an_event_that_cannot_be_read_becomes_a_letter_and_its_neighbours_are_stored() {
    let malformed = Reply::problem(Code::MalformedJson);
    becomes_a_letter(malformed, Loss::Malformed, Code::MalformedJson);
}

#[test]
fn an_event_that_is_too_large_becomes_a_letter_and_its_neighbours_are_stored() {
    let too_large = Reply::problem(Code::BodyTooLarge);
    becomes_a_letter(too_large, Loss::TooLarge, Code::BodyTooLarge);
}

#[test]
fn rejected_events_become_letters_in_the_order_of_their_calls() {
    let dir = tempdir().unwrap();
    let server = Server::script([Reply::Reject(vec![1, 4]), Reply::Reject(vec![0])]);
    let client = spooled(&server, &dir).build().unwrap();
    let mut ids = track(&client, 6);
    assert!(client.flush(PATIENCE).is_empty());
    ids.extend(track(&client, 3));
    assert!(client.flush(PATIENCE).is_empty());

    let letters = client.dead_letters().unwrap();
    assert_eq!(customers(&letters), ["c-1", "c-4", "c-0"]);
    let told: Vec<_> = letters
        .iter()
        .map(|letter| (letter.reason, letter.code, letter.message.as_str()))
        .collect();
    assert_eq!(told, [(Loss::Rejected, Code::InvalidField, "as the test wants it"); 3]);
    assert!(letters.is_sorted_by_key(|letter| letter.at));
    assert_eq!((client.stats().rejected, client.losses().of(Loss::Rejected)), (3, 3));

    assert_eq!(client.resend_dead_letters().unwrap(), 3);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert_eq!(client.dead_letters().unwrap(), []);
    adds_up(&client);
}

#[test]
fn a_letter_that_is_rejected_again_is_a_letter_again() {
    let dir = tempdir().unwrap();
    let server = Server::script([Reply::Reject(vec![0]), Reply::Reject(vec![0])]);
    let client = spooled(&server, &dir).build().unwrap();
    track(&client, 1);
    assert!(client.flush(PATIENCE).is_empty());
    let first = client.dead_letters().unwrap();
    assert_eq!(client.resend_dead_letters().unwrap(), 1);
    assert!(client.flush(PATIENCE).is_empty());
    let second = client.dead_letters().unwrap();
    assert_eq!((second.len(), &second[0].event), (1, &first[0].event));
    assert_eq!((server.requests().len(), client.losses().of(Loss::Rejected)), (2, 2));
}

#[test]
fn a_mended_letter_can_be_tracked_with_its_id() {
    let dir = tempdir().unwrap();
    let server = Server::script([Reply::Reject(vec![0])]);
    let client = spooled(&server, &dir).build().unwrap();
    let ids = track(&client, 1);
    assert!(client.flush(PATIENCE).is_empty());
    let letter = client.dead_letters().unwrap().remove(0);
    let Event::Customer(event) = letter.event else { panic!("{letter:?}") };
    assert_eq!(client.track(event.name("Grace Hopper")).unwrap().to_string(), ids[0]);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    let last = server.requests().pop().unwrap();
    assert!(String::from_utf8_lossy(&last.body).contains("Grace Hopper"));
}

#[test]
fn letters_of_another_key_are_not_shown() {
    let dir = tempdir().unwrap();
    let server = Server::script([Reply::Reject(vec![0])]);
    let client = spooled(&server, &dir).build().unwrap();
    track(&client, 1);
    assert!(client.shutdown(PATIENCE).is_empty());
    let other = crm_sdk::Client::builder(&server.endpoint, "crm_sk_other")
        .spool_dir(dir.path())
        .build()
        .unwrap();
    assert_eq!(other.dead_letters().unwrap(), []);
    assert_eq!(other.resend_dead_letters().unwrap(), 0);
    assert_eq!(client.dead_letters().unwrap().len(), 1);
}

#[test]
fn a_line_that_somebody_broke_hides_no_other() {
    let dir = tempdir().unwrap();
    let server = Server::script([Reply::Reject(vec![0, 1, 2])]);
    let client = spooled(&server, &dir).build().unwrap();
    track(&client, 3);
    assert!(client.flush(PATIENCE).is_empty());
    let names = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
    let path = names.into_iter().find(|path| path.extension().is_some_and(|e| e == "jsonl"));
    let path = path.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = text.lines().collect();
    std::fs::write(&path, [lines[0], "{\"at\":", lines[2]].join("\n")).unwrap();
    assert_eq!(customers(&client.dead_letters().unwrap()), ["c-0", "c-2"]);
    assert_eq!(client.resend_dead_letters().unwrap(), 2);
    assert_eq!(std::fs::read_to_string(&path).unwrap().trim(), "{\"at\":");
}

#[test]
fn without_a_spool_there_are_no_letters_and_the_loss_is_counted() {
    let server = Server::script([Reply::Reject(vec![0])]);
    let client = patient(&server.endpoint).build().unwrap();
    client.customer(customer(0)).unwrap();
    assert!(client.flush(PATIENCE).is_empty());
    assert_eq!(client.dead_letters().unwrap(), []);
    assert_eq!(client.resend_dead_letters().unwrap(), 0);
    assert_eq!(client.losses().of(Loss::Rejected), 1);
}
