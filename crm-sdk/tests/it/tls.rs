//! https with a private authority, in a process that has chosen no TLS provider.
//!
//! The fixtures were made with openssl for `localhost`, valid for a hundred years; they protect
//! nothing, and the authority's own key was thrown away.

use std::sync::Arc;
use std::time::Duration;

use crm_sdk::Failure;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::server::{Reply, Server};
use crate::{PATIENCE, eventually, hasty, patient, track};

const AUTHORITY: &[u8] = include_bytes!("fixtures/authority.pem");
const CERTIFICATE: &[u8] = include_bytes!("fixtures/server.pem");
const KEY: &[u8] = include_bytes!("fixtures/server.key");

fn server() -> (Server, String) {
    let (server, listener) = Server::bind(|_, _| Reply::Store);
    let certificates = vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    let config = Arc::new(config);
    let endpoint = format!("https://localhost:{}", server.address.port());
    let accepting = server.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (server, config) = (accepting.clone(), Arc::clone(&config));
            std::thread::spawn(move || {
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
