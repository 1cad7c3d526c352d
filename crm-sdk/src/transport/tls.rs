//! TLS by rustls with ring, whatever provider the host's process has chosen, or has not.

use std::io;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, InvalidMessage, RootCertStore, SignatureScheme,
};
use rustls_platform_verifier::Verifier;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::stream::Stream;

/// Encrypts connections to one collector.
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    /// TLS for connections to this host, a name or an address, or why there is none.
    pub(super) fn new(host: &str, trust: &Trust) -> Result<Self, String> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| "endpoint: the host is no name that a certificate can have".to_owned())?;
        let mut config = client_config(trust)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    pub(super) async fn connect(&self, stream: Stream) -> io::Result<TlsStream<Stream>> {
        self.connector.connect(self.name.clone(), stream).await
    }
}

/// What to do about a handshake that failed, where that is known.
pub(super) fn advice(error: &io::Error) -> Option<&'static str> {
    match error.get_ref()?.downcast_ref::<Error>()? {
        Error::InvalidCertificate(_) => Some(
            "trust its authority, or the certificate itself, by root_certificates or \
             extra_root_certificates",
        ),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            Some("the other end speaks no TLS: http in place of https?")
        }
        _ => None,
    }
}

/// Whose signature a collector's certificate needs.
#[derive(Default)]
pub(super) struct Trust {
    /// These authorities and certificates alone, in PEM, in place of the system's.
    pub(super) only: Option<Vec<u8>>,
    /// These as well.
    pub(super) extra: Option<Vec<u8>>,
}

/// A client's configuration, or why there is none.
fn client_config(trust: &Trust) -> Result<ClientConfig, String> {
    // Handed over at each step: a library must not install a default into its host's process.
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::<CryptoProvider>::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("endpoint: no TLS version can be used: {error}"))?;
    let mut verifiers: Vec<Arc<dyn ServerCertVerifier>> = Vec::new();
    let mut named = Vec::new();
    match &trust.only {
        Some(pem) => named.push(("root_certificates", pem)),
        None => {
            let verifier = Verifier::new(Arc::clone(&provider)).map_err(|error| {
                format!("endpoint: the system's certificate authorities cannot be read: {error}")
            })?;
            verifiers.push(Arc::new(verifier));
        }
    }
    named.extend(trust.extra.iter().map(|pem| ("extra_root_certificates", pem)));
    let mut pinned = Vec::new();
    for (option, pem) in named {
        let (roots, certificates) = read(option, pem)?;
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        verifiers.push(verifier.build().map_err(|error| format!("{option}: {error}"))?);
        pinned.extend(certificates);
    }
    // Dangerous is a verifier that accepts too much: this one asks the system, or those above.
    let verifier = Arc::new(AnyOf { verifiers, pinned });
    Ok(config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// The certificates of a PEM text, as authorities and as they are.
fn read(option: &str, pem: &[u8]) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), String> {
    let mut roots = RootCertStore::empty();
    let mut certificates = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| format!("{option}: not PEM: {error}"))?;
        roots
            .add(certificate.clone())
            .map_err(|error| format!("{option}: not a certificate: {error}"))?;
        certificates.push(certificate);
    }
    if roots.is_empty() {
        return Err(format!("{option}: there is no certificate in it"));
    }
    Ok((roots, certificates))
}

/// Accepts what one of several verifiers accepts, and certificates that the host has named
/// themselves: one that a collector has signed itself is no authority's, and often has no name of
/// its host, but whoever has its key is who was meant.
#[derive(Debug)]
struct AnyOf {
    /// Never empty.
    verifiers: Vec<Arc<dyn ServerCertVerifier>>,
    pinned: Vec<CertificateDer<'static>>,
}

impl AnyOf {
    /// The first that succeeds, or what the last one said.
    fn first<T>(
        &self,
        ask: impl Fn(&dyn ServerCertVerifier) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut result = Err(Error::General("there is no verifier".to_owned()));
        for verifier in &self.verifiers {
            result = ask(&**verifier);
            if result.is_ok() {
                break;
            }
        }
        result
    }
}

impl ServerCertVerifier for AnyOf {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.pinned.iter().any(|pinned| pinned == end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        self.first(|verifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.first(|verifier| verifier.verify_tls12_signature(message, cert, dss))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.first(|verifier| verifier.verify_tls13_signature(message, cert, dss))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifiers.first().map_or_else(Vec::new, |verifier| verifier.supported_verify_schemes())
    }
}
