//! What the host is told unasked: losses by reason, and what is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use crm_sdk::{Code, Customer, ErrorReport, Failure, Loss, LossReport};

use crate::server::{Reply, Server};
use crate::{PATIENCE, customer, eventually, hasty, patient};

fn channel<T: Clone + Send + 'static>() -> (impl FnMut(&T) + Send + 'static, Receiver<T>) {
    let (told, hears): (Sender<T>, _) = mpsc::channel();
    // Who does not listen any more need not be told.
    (move |report: &T| drop(told.send(report.clone())), hears)
}

#[test]
fn the_host_is_told_what_is_wrong_once_and_when_it_is_well_again() {
    let mended = Arc::new(AtomicBool::new(false));
    let is_mended = Arc::clone(&mended);
    let server = Server::start(move |_, _| match is_mended.load(Ordering::Relaxed) {
        true => Reply::Store,
        false => Reply::problem(Code::Unauthorized),
    });
    let (tell, hears) = channel::<ErrorReport>();
    let client = hasty(&server.endpoint).on_error(tell).build().unwrap();
    client.customer(customer(0)).unwrap();

    let wrong = hears.recv_timeout(PATIENCE).unwrap();
    assert_eq!(wrong.failure, Some(Failure::KeyRefused { status: 401 }));
    let said = wrong.to_string();
    assert!(said.starts_with("the key is refused (status 401)"), "{said}");
    assert!(!wrong.is_well());
    // Refused again and again, told once.
    eventually("it is tried again", || client.stats().retries >= 3);
    mended.store(true, Ordering::Relaxed);
    let well = hears.recv_timeout(PATIENCE).unwrap();
    assert_eq!((well.to_string().as_str(), well.is_well()), ("all is well again", true));
    assert_eq!(client.losses().total(), 0);
}

#[test]
fn losses_are_told_by_reason_since_the_report_before_with_the_events_that_were_refused() {
    let server = Server::script([Reply::Reject(vec![0])]);
    let (tell, hears) = channel::<LossReport>();
    let client = patient(&server.endpoint).on_loss(tell).build().unwrap();
    let id = client.customer(customer(0)).unwrap();
    client.customer(customer(1)).unwrap();
    assert!(client.flush(PATIENCE).is_empty());

    let rejected = hears.recv_timeout(PATIENCE).unwrap();
    assert_eq!((rejected.counts.of(Loss::Rejected), rejected.counts.total()), (1, 1));
    let ids: Vec<_> = rejected.samples.iter().map(|rejection| rejection.id).collect();
    assert_eq!(ids, [Some(id)]);

    assert!(client.customer(Customer::new(" ")).is_err());
    let invalid = hears.recv_timeout(PATIENCE).unwrap();
    assert_eq!((invalid.counts.of(Loss::Invalid), invalid.counts.total()), (1, 1));
    assert!(invalid.samples.is_empty());
}

#[test]
fn what_a_shutdown_gives_up_is_told_at_its_end() {
    let server = Server::start(|_, _| Reply::Hang);
    let (tell, hears) = channel::<LossReport>();
    let client = patient(&server.endpoint).on_loss(tell).build().unwrap();
    client.customer(customer(0)).unwrap();
    client.customer(customer(1)).unwrap();
    assert_eq!(client.shutdown(Duration::ZERO).events, 2);
    let unsent = hears.recv_timeout(PATIENCE).unwrap();
    assert_eq!((unsent.counts.of(Loss::Unsent), unsent.counts.total()), (2, 2));
}

#[test]
fn a_callback_may_use_the_client_and_its_panic_is_counted() {
    let server = Server::storing();
    let (tell, hears) = channel::<LossReport>();
    let mut tell = tell;
    let client = hasty(&server.endpoint)
        .on_loss(move |report| {
            tell(report);
            panic!("as the test wants it");
        })
        .build()
        .unwrap();
    assert!(client.customer(Customer::new("")).is_err());
    hears.recv_timeout(PATIENCE).unwrap();
    eventually("the panic is counted", || client.stats().callback_panics == 1);
    client.customer(customer(0)).unwrap();
    assert!(client.flush(PATIENCE).is_empty());
}
