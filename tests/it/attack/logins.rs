//! Guessing passwords: each guess takes 19 MiB while it is checked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crm_tests::harness::http::Connection;
use serde_json::json;

use super::strangers::{connect_from, stranger};
use super::{Honest, Stage, size};

const CLIENTS: usize = 60;

#[test]
fn many_who_guess_passwords_cost_neither_the_memory_nor_the_time_of_others() {
    let mut stage = Stage::new("logins");
    let honest = Honest::begin(&stage);
    let (clients, each) = (size(CLIENTS, 6), size(5, 2));
    let address = stage.address();
    let guess = move |client: usize| {
        let stream = connect_from(stranger(client), address).unwrap();
        let mut connection = Connection::over(stream).unwrap();
        let attempt = |number| {
            let email = format!("nobody-{client}-{number}@example.com");
            let body = json!({ "email": email, "password": "correct horse" }).to_string();
            connection.post("/v1/auth/login", None, body.as_bytes()).unwrap().status
        };
        (0..each).map(attempt).collect::<Vec<_>>()
    };
    let guessing: Vec<_> =
        (0..clients).map(|client| std::thread::spawn(move || guess(client))).collect();
    let mut statuses = BTreeMap::new();
    for status in guessing.into_iter().flat_map(|thread| thread.join().unwrap()) {
        *statuses.entry(status).or_insert(0_usize) += 1;
    }
    println!("answers by status: {statuses:?}");
    assert_eq!(statuses.values().sum::<usize>(), clients * each);
    // Wrong, or too many at once: nothing else.
    assert!(statuses.keys().all(|status| [401, 429, 503].contains(status)), "{statuses:?}");
    assert!(statuses.contains_key(&401), "{statuses:?}");
    stage.settle(honest);
}

#[test]
fn many_who_log_in_rightly_at_once_keep_nobody_else_at_their_address_out() {
    let mut stage = Stage::new("right logins");
    let honest = Honest::begin(&stage);
    let address = stage.address();
    let log_in = move |email: &str, password: &str| {
        let stream = connect_from(stranger(1), address).unwrap();
        let body = json!({ "email": email, "password": password }).to_string();
        let mut connection = Connection::over(stream).unwrap();
        connection.post("/v1/auth/login", None, body.as_bytes()).unwrap().status
    };
    let over = Arc::new(AtomicBool::new(false));
    let right: Vec<_> = (0..48)
        .map(|_| {
            let over = over.clone();
            std::thread::spawn(move || {
                let mut statuses = BTreeMap::new();
                while !over.load(Ordering::SeqCst) {
                    let status = log_in("owner@example.com", "correct horse battery staple");
                    *statuses.entry(status).or_insert(0_usize) += 1;
                }
                statuses
            })
        })
        .collect();
    std::thread::sleep(Duration::from_secs(1));
    // Others at the address are judged by what they did themselves: they are wrong.
    for number in 0..size(10, 3) {
        assert_eq!(log_in(&format!("ada-{number}@example.com"), "correct horse"), 401);
    }
    over.store(true, Ordering::SeqCst);
    let mut statuses = BTreeMap::new();
    for (status, count) in right.into_iter().flat_map(|thread| thread.join().unwrap()) {
        *statuses.entry(status).or_insert(0_usize) += count;
    }
    println!("answers by status: {statuses:?}");
    assert!(statuses.contains_key(&200), "{statuses:?}");
    stage.settle(honest);
}
