//! Stylesheet, icons and scripts: embedded, named by a hash of what is in them, so that a browser keeps
//! them for ever, and compressed once.

use std::io::Write as _;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use crm_models::Code;
use flate2::Compression;
use flate2::write::GzEncoder;
use ring::digest::{SHA256, digest};

use crate::http::{ApiError, ApiResult, Services};

const STYLES: &str = concat!(
    include_str!("assets/tokens.css"),
    include_str!("assets/base.css"),
    include_str!("assets/shell.css"),
    include_str!("assets/controls.css"),
    include_str!("assets/content.css"),
    include_str!("../charts/charts.css"),
    include_str!("assets/figures.css"),
);

/// Where each asset is, as pages write it.
#[derive(Debug)]
pub(super) struct Addresses {
    pub(super) styles: String,
    pub(super) icons: String,
    pub(super) mark: String,
    pub(super) script: String,
}

struct Asset {
    name: String,
    content_type: &'static str,
    plain: Bytes,
    gzip: Bytes,
}

static ASSETS: LazyLock<(Vec<Asset>, Addresses)> = LazyLock::new(|| {
    let assets = vec![
        Asset::new("pages", "css", "text/css; charset=utf-8", STYLES),
        Asset::new("icons", "svg", "image/svg+xml", include_str!("assets/icons.svg")),
        Asset::new("mark", "svg", "image/svg+xml", include_str!("assets/mark.svg")),
        Asset::new(
            "pages",
            "js",
            "text/javascript; charset=utf-8",
            include_str!("assets/pages.js"),
        ),
    ];
    let address = |place: usize| format!("/assets/{}", assets[place].name);
    let [styles, icons, mark, script] = [0, 1, 2, 3].map(address);
    let addresses = Addresses { styles, icons, mark, script };
    (assets, addresses)
});

/// Where each asset is.
pub(super) fn addresses() -> &'static Addresses {
    &ASSETS.1
}

impl Asset {
    fn new(name: &str, kind: &str, content_type: &'static str, text: &'static str) -> Self {
        let hash = digest(&SHA256, text.as_bytes());
        let hash: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let plain = Bytes::from_static(text.as_bytes());
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        let packed = packed.write_all(&plain).and_then(|()| packed.finish());
        // Writing to memory does not fail; if it did, the text itself would be as good.
        let gzip = packed.map_or_else(|_| Bytes::new(), Bytes::from);
        Self { name: format!("{name}.{hash}.{kind}"), content_type, plain, gzip }
    }
}

pub(super) fn routes() -> Router<Services> {
    Router::new().route("/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> ApiResult<Response> {
    let found = ASSETS.0.iter().find(|asset| asset.name == name);
    let found = found.ok_or_else(|| ApiError::new(Code::NotFound, "there is no such asset"))?;
    let fixed = |name: HeaderName, value| (name, HeaderValue::from_static(value));
    let kept = [
        fixed(CONTENT_TYPE, found.content_type),
        fixed(CACHE_CONTROL, "public, max-age=31536000, immutable"),
        fixed(VARY, "accept-encoding"),
    ];
    if !found.gzip.is_empty() && takes_gzip(&headers) {
        let encoded = [fixed(CONTENT_ENCODING, "gzip")];
        return Ok((kept, encoded, found.gzip.clone()).into_response());
    }
    Ok((kept, found.plain.clone()).into_response())
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next() == Some("gzip") && parts.next() != Some("q=0")
    })
}
