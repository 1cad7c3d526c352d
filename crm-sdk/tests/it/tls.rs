//! https with a private authority, in a process that has chosen no TLS provider.
//!
//! The fixtures were made with openssl for `localhost`, valid for a hundred years; they protect
//! nothing, and the authority's own key was thrown away.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crm_sdk::{Failure, Interaction, InteractionKind};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::server::{Reply, Server};
use crate::{PATIENCE, eventually, hasty, patient, track};

const AUTHORITY: &[u8] = include_bytes!("fixtures/authority.pem");
const CERTIFICATE: &[u8] = include_bytes!("fixtures/server.pem");
const KEY: &[u8] = include_bytes!("fixtures/server.key");
/// What `openssl req -x509` makes: an authority of its own, for a name that is not the host's.
const SELF_SIGNED: &[u8] = include_bytes!("fixtures/self_signed.pem");
const SELF_SIGNED_KEY: &[u8] = include_bytes!("fixtures/self_signed.key");

fn config() -> Arc<ServerConfig> {
    config_of(CERTIFICATE, KEY)
}

fn config_of(certificate: &[u8], key: &[u8]) -> Arc<ServerConfig> {
    let certificates = vec![CertificateDer::from_pem_slice(certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    Arc::new(config)
}

fn server() -> (Server, String) {
    server_of(config())
}

fn server_of(config: Arc<ServerConfig>) -> (Server, String) {
    let (server, listener) = Server::bind(|_, _| Reply::Store);
    let endpoint = format!("https://localhost:{}", server.address.port());
    let accepting = server.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (server, config) = (accepting.clone(), Arc::clone(&config));
            thread::spawn(move || {
                let connection = ServerConnection::new(config).unwrap();
                server.serve(StreamOwned::new(connection, stream?))
            });
        }
    });
    (server, endpoint)
}

#[test]
fn https_works_without_a_default_provider_and_installs_none() {
    let (server, endpoint) = server();
    let client = patient(&endpoint).root_certificates(AUTHORITY).build().unwrap();
    let ids = track(&client, 100);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}

#[test]
fn a_certificate_of_an_unknown_authority_is_not_trusted() {
    let (server, endpoint) = server();
    let client = hasty(&endpoint).root_certificates(SELF_SIGNED).build().unwrap();
    track(&client, 1);
    eventually("connecting fails", || client.stats().failure == Some(Failure::Unreachable));
    let reason = client.stats().failure_reason.unwrap();
    assert!(reason.contains("UnknownIssuer") && reason.contains("root_certificates"), "{reason}");
    assert_eq!(client.shutdown(Duration::ZERO).events, 1);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_certificate_that_the_collector_has_signed_itself_is_trusted_where_it_is_named() {
    for extra in [false, true] {
        let (server, endpoint) = server_of(config_of(SELF_SIGNED, SELF_SIGNED_KEY));
        let client = patient(&endpoint);
        let client = if extra {
            client.extra_root_certificates(SELF_SIGNED)
        } else {
            client.root_certificates(SELF_SIGNED)
        };
        let client = client.build().unwrap();
        let ids = track(&client, 10);
        assert!(client.flush(PATIENCE).is_empty(), "{:?}", client.stats());
        assert!(server.holds_each_once(&ids));
    }
    // A certificate that is not the one that was named, of the same name or not, is none.
    let (server, endpoint) = server_of(config_of(SELF_SIGNED, SELF_SIGNED_KEY));
    let client = hasty(&endpoint).extra_root_certificates(AUTHORITY).build().unwrap();
    track(&client, 1);
    eventually("connecting fails", || client.stats().failure == Some(Failure::Unreachable));
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn an_authority_may_be_trusted_beside_the_systems() {
    let (server, endpoint) = server();
    let client = patient(&endpoint).extra_root_certificates(AUTHORITY).build().unwrap();
    let ids = track(&client, 10);
    assert!(client.flush(PATIENCE).is_empty(), "{:?}", client.stats());
    assert!(server.holds_each_once(&ids));
}

/// A proxy with a limit answers without reading the body, and closes the connection.
#[test]
fn an_answer_that_comes_before_the_body_is_sent_splits_the_batch() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let config = config();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(connection, stream?));
            let mut line = String::new();
            while stream.read_line(&mut line)? > 2 {
                line.clear();
            }
            let answer = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n";
            stream.get_mut().write_all(answer)?;
        }
        std::io::Result::Ok(())
    });
    let client =
        patient(&endpoint).root_certificates(AUTHORITY).gzip_above(usize::MAX).build().unwrap();
    for _ in 0..80 {
        let note = Interaction::new("c-1", InteractionKind::Note).text("x".repeat(10_000));
        client.interaction(note).unwrap();
    }
    assert!(client.flush(PATIENCE).is_empty());
    assert_eq!(client.losses().of(crm_sdk::Loss::TooLarge), 80);
}
