//! Posting to a collector, whichever way its endpoint names: over TCP, TLS or a Unix socket, or by
//! the host's own client. No redirect is followed, which could carry the key elsewhere, and no proxy
//! read from the environment, which could carry personal data past where the host sends it.

use std::sync::Arc;
use std::time::Duration;

use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};

use super::Transport;
use super::endpoint::Endpoint;
#[cfg(any(feature = "tls", feature = "reqwest"))]
use super::endpoint::Place;
use super::http1::Http1;
#[cfg(feature = "reqwest")]
use super::reqwest::Reqwest;
#[cfg(feature = "tls")]
use super::tls::{Tls, Trust};

/// What a transport over HTTP is made of.
pub(crate) struct Settings<'a> {
    pub(crate) endpoint: &'a str,
    pub(crate) key: &'a str,
    pub(crate) connect_timeout: Duration,
    #[cfg(feature = "tls")]
    pub(crate) root_certificates: Option<Vec<u8>>,
    #[cfg(feature = "tls")]
    pub(crate) extra_root_certificates: Option<Vec<u8>>,
    /// Posts in our place.
    #[cfg(feature = "reqwest")]
    pub(crate) client: Option<reqwest::Client>,
}

/// The transport for an endpoint, or every mistake in the settings. Connects to nothing yet.
pub(crate) fn transport(settings: Settings<'_>) -> Result<Arc<dyn Transport>, Vec<String>> {
    let endpoint = Endpoint::parse(settings.endpoint).map_err(|error| format!("endpoint: {error}"));
    let (endpoint, authorization) = match (endpoint, bearer(settings.key)) {
        (Ok(endpoint), Ok(authorization)) => (endpoint, authorization),
        (endpoint, key) => {
            return Err([endpoint.err(), key.err()].into_iter().flatten().collect());
        }
    };
    if !endpoint.is_private() {
        tracing::warn!("the endpoint is plain http: the key and the events travel unencrypted");
    }
    let headers = HeaderMap::from_iter([
        (AUTHORIZATION, authorization),
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (USER_AGENT, HeaderValue::from_static(concat!("crm-sdk/", env!("CARGO_PKG_VERSION")))),
    ]);
    #[cfg(feature = "reqwest")]
    if let Some(client) = settings.client {
        #[cfg(unix)]
        if let Place::Unix(_) = endpoint.place {
            return Err(vec!["http_client: posts to no Unix socket; leave it out".to_owned()]);
        }
        let scheme = if endpoint.is_encrypted { "https" } else { "http" };
        let url = format!("{scheme}://{}{}", endpoint.authority, endpoint.target);
        let transport = Reqwest::new(client, &url, headers).map_err(|mistake| vec![mistake])?;
        return Ok(Arc::new(transport));
    }
    #[cfg(feature = "tls")]
    let tls = match &endpoint.place {
        Place::Tcp { host, .. } if endpoint.is_encrypted => {
            let trust =
                Trust { only: settings.root_certificates, extra: settings.extra_root_certificates };
            Some(Tls::new(host, &trust).map_err(|mistake| vec![mistake])?)
        }
        _ => None,
    };
    let transport = Http1::new(
        endpoint,
        #[cfg(feature = "tls")]
        tls,
        headers,
        settings.connect_timeout,
    );
    Ok(Arc::new(transport.map_err(|mistake| vec![mistake])?))
}

fn bearer(key: &str) -> Result<HeaderValue, String> {
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("key: has to be an API key such as crm_sk_…, without blanks".into());
    }
    let mut value = HeaderValue::try_from(format!("Bearer {key}"))
        .map_err(|_| "key: cannot stand in a header".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_cannot_stand_in_a_header_is_refused_without_being_repeated() {
        for key in ["", "crm_sk_\nsecret", "crm_sk_ secret", "crm_sk_secrét"] {
            let error = bearer(key).unwrap_err();
            assert!(error.starts_with("key: ") && !error.contains("secr"), "{error}");
        }
        let value = bearer("crm_sk_secret").unwrap();
        assert!(!format!("{value:?}").contains("secret"));
    }
}
