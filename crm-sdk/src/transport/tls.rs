//! TLS by rustls with ring, whatever provider the host's process has chosen, or has not.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

/// Whose signature a collector's certificate needs.
pub(crate) enum Trust {
    /// The system's certificate authorities.
    System,
    /// These authorities alone, in PEM.
    Only(Vec<u8>),
}

/// A client's configuration, or why there is none.
pub(crate) fn client_config(trust: &Trust) -> Result<ClientConfig, String> {
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
