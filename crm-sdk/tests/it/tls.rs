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

fn config() -> Arc<ServerConfig> {
    let certificates = vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
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
    let (server, listener) = Server::bind(|_, _| Reply::Store);
    let config = config();
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
    // The server's certificate is no authority, and has not signed itself.
    let client = hasty(&endpoint).root_certificates(CERTIFICATE).build().unwrap();
    track(&client, 1);
    eventually("connecting fails", || client.stats().failure == Some(Failure::Unreachable));
    assert_eq!(client.shutdown(Duration::ZERO).events, 1);
    assert_eq!(server.requests().len(), 0);
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
