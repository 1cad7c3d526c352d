//! Mistakes of the host, and what it is told.

use std::time::Duration;

use crm_sdk::{
    Client, Code, Currency, Customer, Error, Interaction, InteractionKind, Loss, Purchase,
};

use crate::server::Server;
use crate::{KEY, PATIENCE, patient};

fn mistakes(result: Result<Client, Error>) -> Vec<String> {
    match result {
        Err(Error::Configuration { mistakes }) => mistakes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_mistake_of_a_configuration_is_named_at_once() {
    let result = Client::builder("crm.example", "a secret")
        .batch_events(0)
        .request_timeout(Duration::ZERO)
        .build();
    let mistakes = mistakes(result);
    let options: Vec<_> =
        mistakes.iter().filter_map(|mistake| Some(mistake.split_once(':')?.0)).collect();
    assert_eq!(options, ["batch_events", "request_timeout", "endpoint", "key"]);
    assert!(!mistakes.join(" ").contains("secret"));
}

#[test]
fn a_main_that_returns_an_error_prints_its_message() {
    let told =
        |endpoint: &str| format!("{:?}", Client::builder(endpoint, KEY).build().unwrap_err());
    assert_eq!(
        told("127.0.0.1:8787"),
        "the client is misconfigured: endpoint: not a URL such as http://127.0.0.1:8787: it begins with \
         no scheme"
    );
    let ftp = "the client is misconfigured: endpoint: http or https is expected, or unix: and the path of \
               a socket, not ftp";
    assert_eq!(told("ftp://crm.example"), ftp);
}

#[cfg(not(feature = "tls"))]
#[test]
fn https_without_tls_is_a_mistake_that_names_the_feature() {
    let mistakes = mistakes(Client::builder("https://crm.example", KEY).build());
    assert_eq!(mistakes, ["endpoint: https needs crm-sdk built with its feature `tls`"]);
}

#[cfg(feature = "tls")]
#[test]
fn certificates_that_are_none_are_a_mistake() {
    for pem in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let builder = Client::builder("https://crm.example", KEY).root_certificates(pem);
        let mistakes = mistakes(builder.build());
        assert_eq!(mistakes.len(), 1);
        assert!(mistakes[0].starts_with("root_certificates: "), "{mistakes:?}");
    }
}

#[test]
fn an_invalid_event_fails_early_and_names_the_field() {
    let server = Server::storing();
    let client = patient(&server.endpoint).build().unwrap();
    let invalid = |result: Result<_, Error>| match result {
        Err(Error::Invalid(invalid)) => (invalid.code, invalid.field),
        other => panic!("{other:?}"),
    };
    let customer = client.customer(Customer::new(""));
    assert_eq!(invalid(customer), (Code::MissingField, "customer_id".into()));
    let purchase = client.purchase(Purchase::sale(Currency::GBP));
    assert_eq!(invalid(purchase), (Code::MissingField, "total".into()));
    let note = Interaction::new("c", InteractionKind::Note).subject("x".repeat(1_000));
    assert_eq!(invalid(client.interaction(note)), (Code::TooLong, "subject".into()));

    let mut huge = Purchase::sale(Currency::GBP);
    for _ in 0..5_000 {
        let item = crm_sdk::LineItem::new("A", 1, "1".parse().unwrap());
        huge = huge.item(item.name("x".repeat(500)));
    }
    assert_eq!(invalid(client.purchase(huge)), (Code::TooLong, "event".into()));

    assert_eq!(client.losses().of(Loss::Invalid), 4);
    assert_eq!(client.stats().tracked, 0);
    assert!(client.flush(PATIENCE).is_empty());
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn the_key_shows_nowhere() {
    let builder = Client::builder("http://127.0.0.1:9", "crm_sk_secret");
    assert!(!format!("{builder:?}").contains("secret"));
    let client = builder.build().unwrap();
    assert!(!format!("{client:?}").contains("secret"));
}

#[test]
fn a_client_can_be_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Client>();
    fn sent<T: Send>(_: &T) {}
    let client = Client::builder("http://127.0.0.1:9", KEY).build().unwrap();
    sent(&client.flush_async(Duration::ZERO));
    sent(&client.shutdown_async(Duration::ZERO));
}
