//! https by reqwest with the TLS of [`tls`](super::tls).

use std::time::Duration;

use hyper::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::http::{IDLE, answer_of, extend, headers_for, unreachable};
use super::tls::{Trust, client_config};
use super::{Answer, Request, Sending, Transport, Unreachable};

/// Posts to one collector with one key, encrypted.
pub(super) struct Https {
    client: Client,
    url: Url,
    headers: HeaderMap,
}

impl Https {
    /// A transport, or why there is none. Trusts these certificate authorities, in PEM, or the
    /// system's.
    pub(super) fn new(
        url: &str,
        headers: HeaderMap,
        connect_timeout: Duration,
        trusted: Option<Vec<u8>>,
    ) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| format!("endpoint: not a URL: {error}"))?;
        let trust = trusted.map_or(Trust::System, Trust::Only);
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(1)
            .tls_backend_preconfigured(client_config(&trust)?)
            .build()
            .map_err(|error| format!("endpoint: {}", error.without_url()))?;
        Ok(Self { client, url, headers })
    }

    async fn post(&self, request: Request) -> Result<Answer, Unreachable> {
        let headers = headers_for(&self.headers, request.gzip);
        let post = self.client.post(self.url.clone()).headers(headers).body(request.body);
        let mut response = post.send().await.map_err(without_url)?;
        let mut answer = answer_of(response.status().as_u16(), response.headers());
        while let Some(piece) = response.chunk().await.map_err(without_url)? {
            extend(&mut answer.body, &piece)?;
        }
        Ok(answer)
    }
}

impl Transport for Https {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(self.post(request))
    }
}

fn without_url(error: reqwest::Error) -> Unreachable {
    unreachable(&error.without_url())
}
