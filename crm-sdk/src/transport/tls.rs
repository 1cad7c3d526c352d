//! TLS by rustls with ring, whatever provider the host's process has chosen, or has not.

use std::io;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
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

/// Whose signature a collector's certificate needs.
pub(super) enum Trust {
    /// The system's certificate authorities.
    System,
    /// These authorities alone, in PEM.
    Only(Vec<u8>),
}

/// A client's configuration, or why there is none.
fn client_config(trust: &Trust) -> Result<ClientConfig, String> {
    // Handed over at each step: a library must not install a default into its host's process.
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::<CryptoProvider>::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("endpoint: no TLS version can be used: {error}"))?;
    let config = match trust {
        Trust::System => {
            let verifier = Verifier::new(provider).map_err(|error| {
                format!("endpoint: the system's certificate authorities cannot be read: {error}")
            })?;
            // Dangerous is a verifier that accepts too much; this one asks the system.
            config.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
        Trust::Only(pem) => config.with_root_certificates(roots(pem)?),
    };
    Ok(config.with_no_client_auth())
}

fn roots(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate =
            certificate.map_err(|error| format!("root_certificates: not PEM: {error}"))?;
        roots
            .add(certificate)
            .map_err(|error| format!("root_certificates: not a certificate: {error}"))?;
    }
    if roots.is_empty() {
        return Err("root_certificates: there is no certificate in it".into());
    }
    Ok(roots)
}
