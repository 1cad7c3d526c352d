//! Reads a request's body: at most so many bytes on the wire, at most so many after
//! decompression, in at most so much time.

use std::io::Read;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use crm_models::{Code, limits};
use http_body_util::BodyExt;

use super::{ApiError, ApiResult, Services};

/// Bodies up to this size on the wire are decompressed where they are; larger ones would hold
/// up other requests of the thread for milliseconds.
const INLINE_BYTES: usize = 64 * 1024;
/// zstd's window, as a power of two: a larger one could only be of use to larger bodies.
const ZSTD_WINDOW_LOG: u32 = 23;

/// A request's body, whole and decompressed.
pub struct Body(pub Bytes);

impl FromRequest<Services> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, services: &Services) -> ApiResult<Self> {
        let encoding = Encoding::of(request.headers())?;
        let wire = tokio::time::timeout(services.config.body_timeout(), collect(request)).await;
        let wire = wire.map_err(|_| {
            let limit = services.config.body_timeout_s;
            let detail = format!("the body did not arrive within {limit} s");
            ApiError::new(Code::RequestTimeout, detail)
        })??;
        let plain = match encoding {
            Encoding::Identity => wire,
            _ if wire.len() <= INLINE_BYTES => decompress(encoding, &wire)?,
            _ => tokio::task::spawn_blocking(move || decompress(encoding, &wire))
                .await
                .map_err(ApiError::internal)??,
        };
        Ok(Self(plain))
    }
}

#[derive(Clone, Copy)]
enum Encoding {
    Identity,
    Gzip,
    Zstd,
}

impl Encoding {
    fn of(headers: &HeaderMap) -> ApiResult<Self> {
        let Some(value) = headers.get(header::CONTENT_ENCODING) else {
            return Ok(Self::Identity);
        };
        match value.as_bytes().trim_ascii().to_ascii_lowercase().as_slice() {
            b"identity" => Ok(Self::Identity),
            b"gzip" | b"x-gzip" => Ok(Self::Gzip),
            b"zstd" => Ok(Self::Zstd),
            _ => Err(ApiError::new(
                Code::UnsupportedMedia,
                "Content-Encoding is gzip, zstd or left out",
            )),
        }
    }
}

async fn collect(request: Request) -> ApiResult<Bytes> {
    let mut body = request.into_body();
    let announced = usize::try_from(hyper::body::Body::size_hint(&body).lower());
    let announced = announced.unwrap_or(usize::MAX);
    if announced > limits::BODY_BYTES {
        return Err(too_large("on the wire"));
    }
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // Broken off, or not what its framing said: nobody is left to read this in most cases.
        let frame = frame.map_err(|_| {
            ApiError::new(Code::MalformedEncoding, "the body broke off before its end")
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + whole.len() + data.len() > limits::BODY_BYTES {
            return Err(too_large("on the wire"));
        }
        if first.is_empty() && whole.is_empty() {
            first = data;
            continue;
        }
        if whole.is_empty() {
            whole.reserve(announced.max(first.len() + data.len()));
            whole.extend_from_slice(&std::mem::take(&mut first));
        }
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

fn decompress(encoding: Encoding, wire: &[u8]) -> ApiResult<Bytes> {
    match encoding {
        Encoding::Identity => Ok(Bytes::copy_from_slice(wire)),
        Encoding::Gzip => bounded(flate2::read::MultiGzDecoder::new(wire), wire.len(), "gzip"),
        Encoding::Zstd => {
            let mut decoder =
                zstd::stream::read::Decoder::with_buffer(wire).map_err(ApiError::internal)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(ApiError::internal)?;
            bounded(decoder, wire.len(), "zstd")
        }
    }
}

/// Reads to the end, or to the byte that is one too many.
fn bounded(decoder: impl Read, wire_bytes: usize, name: &str) -> ApiResult<Bytes> {
    let mut plain = Vec::with_capacity((wire_bytes * 4).min(limits::BODY_BYTES));
    let mut bounded = decoder.take(limits::BODY_BYTES as u64 + 1);
    bounded.read_to_end(&mut plain).map_err(|error| {
        let detail = format!("Content-Encoding says {name}, and the body is not: {error}");
        ApiError::new(Code::MalformedEncoding, detail)
    })?;
    if plain.len() > limits::BODY_BYTES {
        return Err(too_large("after decompression"));
    }
    Ok(plain.into())
}

fn too_large(where_: &str) -> ApiError {
    let most = limits::BODY_BYTES;
    ApiError::new(Code::BodyTooLarge, format!("a body has at most {most} bytes {where_}"))
}
