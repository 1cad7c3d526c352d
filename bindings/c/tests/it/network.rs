//! A collector behind https that has signed its own certificate and stumbles over one event.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::kit::{C, Installed, Linking, folder, succeed, test_program, workspace};

#[test]
fn a_program_trusts_a_certificate_of_its_own_and_learns_why_requests_fail() {
    let folder = folder();
    let installed = Installed::get();
    let program = installed.compile(C, &test_program("network.c"), Linking::Shared, folder.path());
    let fixtures = workspace("crm-sdk/tests/it/fixtures");
    let certificate = fixtures.join("self_signed.pem");
    let port = serve(
        CertificateDer::from_pem_file(&certificate).unwrap(),
        PrivateKeyDer::from_pem_file(fixtures.join("self_signed.key")).unwrap(),
    );
    let endpoint = format!("https://localhost:{port}");
    let spool = folder.path().join("no directory");
    std::fs::write(&spool, "a file is in the way").unwrap();
    // Not under valgrind, which takes what ring's assembly has written for uninitialised.
    let said = succeed(Command::new(program).arg(endpoint).arg(certificate).arg(spool));
    assert_eq!(said, "all expectations hold\n");
}

/// Serves each connection on a thread, until the process ends; tells the port.
fn serve(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let config = Arc::clone(&config);
            // A client that does not trust it breaks the connection.
            thread::spawn(move || answer(config, stream?));
        }
    });
    port
}

/// Stores every batch, but for those with the word "poison": they always get 500.
fn answer(config: Arc<ServerConfig>, stream: TcpStream) -> io::Result<()> {
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    loop {
        let mut bytes = 0;
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let lower = line.to_ascii_lowercase();
            if let Some(length) = lower.strip_prefix("content-length:") {
                bytes = length.trim().parse().map_err(io::Error::other)?;
            }
        }
        let mut body = vec![0; bytes];
        stream.read_exact(&mut body)?;
        let body: serde_json::Value = serde_json::from_slice(&body)?;
        let (status, answer) = if body.to_string().contains("poison") {
            ("500 Internal Server Error", "out of order".to_owned())
        } else {
            let events = body["events"].as_array().map_or(0, Vec::len);
            ("200 OK", format!(r#"{{"accepted":{events},"duplicate":0,"rejected":[]}}"#))
        };
        let length = answer.len();
        write!(
            stream.get_mut(),
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n\
             {answer}"
        )?;
        stream.get_mut().flush()?;
    }
}
