//! A reqwest client of the host's own, for what only a host can know: proxies, client
//! certificates, resolvers, further protocols.

use hyper::header::{HOST, HeaderMap};
use reqwest::{Client, Url};

use super::exchange::{answer_of, extend, headers_for, unreachable};
use super::{Answer, Request, Sending, Transport, Unreachable};

/// Posts to one collector with one key, by a client that the host has made.
pub(super) struct Reqwest {
    client: Client,
    url: Url,
    headers: HeaderMap,
}

impl Reqwest {
    /// A transport, or why there is none.
    pub(super) fn new(client: Client, url: &str, mut headers: HeaderMap) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| format!("endpoint: not a URL: {error}"))?;
        // reqwest's to say.
        headers.remove(HOST);
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

impl Transport for Reqwest {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(self.post(request))
    }
}

fn without_url(error: reqwest::Error) -> Unreachable {
    unreachable(&error.without_url())
}
