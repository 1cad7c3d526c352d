//! HTTP/1.1 over reqwest. Follows no redirect, which could carry the key elsewhere, and reads no
//! proxy from the environment, which could carry personal data past where the host sends it.

use std::error::Error as StdError;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue,
    RETRY_AFTER,
};
use reqwest::redirect::Policy;
use reqwest::{Response, Url};

use super::{Answer, Request, Sending, Transport, Unreachable};

/// A verdict that rejects every event of the largest batch is smaller than this.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// A collector and what stands before it close idle connections; a request on one that is about
/// to be closed is a request lost.
const IDLE: Duration = Duration::from_secs(30);

/// Posts to one collector with one key.
pub(crate) struct Http {
    client: reqwest::Client,
    url: Url,
    authorization: HeaderValue,
}

/// What an [`Http`] is made of.
pub(crate) struct Settings<'a> {
    pub(crate) endpoint: &'a str,
    pub(crate) key: &'a str,
    pub(crate) connect_timeout: Duration,
    #[cfg(feature = "tls")]
    pub(crate) root_certificates: Option<Vec<u8>>,
}

impl Http {
    /// A transport, or every mistake in its settings.
    pub(crate) fn new(settings: Settings<'_>) -> Result<Self, Vec<String>> {
        let (url, authorization) = match (events_url(settings.endpoint), bearer(settings.key)) {
            (Ok(url), Ok(authorization)) => (url, authorization),
            (url, key) => return Err([url.err(), key.err()].into_iter().flatten().collect()),
        };
        if url.scheme() == "http" && !is_loopback(&url) {
            tracing::warn!("the endpoint is plain http: the key and the events travel unencrypted");
        }
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(settings.connect_timeout)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(1)
            .user_agent(concat!("crm-sdk/", env!("CARGO_PKG_VERSION")));
        #[cfg(feature = "tls")]
        let client = {
            use super::tls::{Trust, client_config};
            let trust = match settings.root_certificates {
                _ if url.scheme() == "http" => Trust::Nobody,
                Some(pem) => Trust::Only(pem),
                None => Trust::System,
            };
            client.tls_backend_preconfigured(client_config(&trust).map_err(|error| vec![error])?)
        };
        // Where the host's own dependencies give reqwest a TLS that this crate was built without,
        // reqwest panics for want of a provider.
        let client = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client.build()))
            .map_err(|_| {
                vec![
                    "endpoint: reqwest has TLS but no provider for it; build crm-sdk \
                               with its feature `tls`"
                        .to_owned(),
                ]
            })?
            .map_err(|error| vec![format!("endpoint: {}", error.without_url())])?;
        Ok(Self { client, url, authorization })
    }

    async fn post(&self, request: Request) -> Result<Answer, Unreachable> {
        let mut post = self
            .client
            .post(self.url.clone())
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if request.gzip {
            post = post.header(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let response = post.body(request.body).send().await.map_err(unreachable)?;
        Ok(Answer {
            status: response.status().as_u16(),
            retry_after: text(response.headers(), RETRY_AFTER),
            date: text(response.headers(), DATE),
            body: bounded_body(response).await?,
        })
    }
}

impl Transport for Http {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(self.post(request))
    }
}

async fn bounded_body(mut response: Response) -> Result<Vec<u8>, Unreachable> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > ANSWER_BYTES {
            let error = format!("the answer has more than {ANSWER_BYTES} bytes");
            return Err(Unreachable::new(error));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// reqwest says "error sending request" and keeps the reason as its source.
fn unreachable(error: reqwest::Error) -> Unreachable {
    let error = error.without_url();
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    Unreachable::new(message)
}

/// `{endpoint}/v1/events`. What is wrong is told without the endpoint: it may hold a password.
fn events_url(endpoint: &str) -> Result<Url, String> {
    let mut url = Url::parse(endpoint.trim())
        .map_err(|error| format!("endpoint: not a URL such as http://127.0.0.1:8787: {error}"))?;
    match url.scheme() {
        "http" => {}
        "https" if cfg!(feature = "tls") => {}
        "https" => {
            return Err("endpoint: https needs crm-sdk built with its feature `tls`".into());
        }
        scheme => return Err(format!("endpoint: http or https is expected, not {scheme}")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("endpoint: may not hold a user or a password; the key is all there is".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("endpoint: may not have a query or a fragment".into());
    }
    let path = format!("{}/v1/events", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
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

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_go_below_the_endpoint() {
        let url = |endpoint| events_url(endpoint).unwrap().to_string();
        assert_eq!(url("http://127.0.0.1:8787"), "http://127.0.0.1:8787/v1/events");
        assert_eq!(url(" http://crm.example/base/ "), "http://crm.example/base/v1/events");
    }

    #[test]
    fn a_wrong_endpoint_is_explained_without_being_repeated() {
        let cases = [
            ("", "not a URL"),
            ("collector:8787", "http or https is expected"),
            ("ftp://crm.example", "http or https is expected, not ftp"),
            ("http://user:secret@crm.example", "may not hold a user"),
            ("http://crm.example?secret", "query"),
        ];
        for (endpoint, reason) in cases {
            let error = events_url(endpoint).unwrap_err();
            assert!(error.starts_with("endpoint: ") && error.contains(reason), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn only_loopback_may_go_without_encryption_unnoticed() {
        let loopback = |endpoint| is_loopback(&events_url(endpoint).unwrap());
        assert!(loopback("http://localhost:1") && loopback("http://127.9.9.9"));
        assert!(loopback("http://[::1]:1"));
        assert!(!loopback("http://crm.example") && !loopback("http://10.0.0.1"));
    }

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
