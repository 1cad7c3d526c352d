//! Reads a request's body: at most so many bytes on the wire, at most so many after
//! decompression, in at most so much time, and within the budget that all bodies share.
//!
//! How large a body may be is part of its type, and small unless a route says otherwise. Who sends
//! it is known before: this is a handler's last argument.

use std::io::Read;
use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use crm_models::{Code, limits};
use http_body_util::BodyExt;
use tokio::time::Instant;

use super::budget::{Holder, Room};
use super::pace::time_for;
use super::{ApiError, ApiResult, Services};

/// What an account, a key, an invitation are described in.
pub(super) const SMALL: usize = 16 * 1024;
/// Bodies up to this size on the wire are decompressed where they are; larger ones would hold
/// up other requests of the thread for milliseconds.
const INLINE_BYTES: usize = 64 * 1024;
/// zstd's window, as a power of two: a larger one could only be of use to larger bodies.
const ZSTD_WINDOW_LOG: u32 = 23;
/// How many times its size on the wire a body has room for at first: more than JSON of events
/// comes to.
const USUAL_RATIO: usize = 32;

/// A request's body of at most so many bytes, whole and decompressed.
pub struct Body<const MOST: usize = SMALL> {
    /// Its bytes.
    pub bytes: Bytes,
    /// Its room in the budget, until it has been parsed.
    _room: Room,
}

impl<const MOST: usize> FromRequest<Services> for Body<MOST> {
    type Rejection = ApiError;

    async fn from_request(request: Request, services: &Services) -> ApiResult<Self> {
        let encoding = Encoding::of(request.headers())?;
        let announced = announced(&request);
        if announced.is_some_and(|bytes| bytes > MOST) {
            return Err(too_large(MOST, "on the wire"));
        }
        let holder = Holder::of(request.extensions());
        let mut room = services.budget.read(holder, announced.unwrap_or(MOST)).await?;
        let limit = services.config.body_timeout();
        let wire = collect(request, MOST, services.config.stall_timeout());
        let wire = tokio::time::timeout(limit, wire).await.unwrap_or_else(|_| Err(too_late()))?;
        room.shrink(wire.len());
        let Some(encoding) = encoding else { return Ok(Self { bytes: wire, _room: room }) };
        // Of what is small on the wire, nobody knows how large it is; most is not.
        let usual = wire.len().saturating_mul(USUAL_RATIO).min(MOST);
        for most in [usual, MOST] {
            let mut room = services.budget.unpack(most).await?;
            let plain = if wire.len() <= INLINE_BYTES {
                decompress(encoding, &wire, most)?
            } else {
                let wire = wire.clone();
                services.lanes.ingest.run(move || decompress(encoding, &wire, most)).await??
            };
            if let Some(bytes) = plain {
                room.shrink(bytes.len());
                return Ok(Self { bytes, _room: room });
            }
            if most == MOST {
                break;
            }
        }
        Err(too_large(MOST, "after decompression"))
    }
}

#[derive(Clone, Copy)]
enum Encoding {
    Gzip,
    Zstd,
}

impl Encoding {
    fn of(headers: &HeaderMap) -> ApiResult<Option<Self>> {
        let Some(value) = headers.get(header::CONTENT_ENCODING) else { return Ok(None) };
        match value.as_bytes().trim_ascii().to_ascii_lowercase().as_slice() {
            b"identity" => Ok(None),
            b"gzip" | b"x-gzip" => Ok(Some(Self::Gzip)),
            b"zstd" => Ok(Some(Self::Zstd)),
            _ => Err(ApiError::new(
                Code::UnsupportedMedia,
                "Content-Encoding is gzip, zstd or left out",
            )),
        }
    }
}

/// How many bytes a request says it has, where it does.
fn announced(request: &Request) -> Option<usize> {
    let exact = hyper::body::Body::size_hint(request.body()).exact()?;
    Some(usize::try_from(exact).unwrap_or(usize::MAX))
}

async fn collect(request: Request, most: usize, stall: Duration) -> ApiResult<Bytes> {
    let announced = announced(&request).unwrap_or(0);
    let mut body = request.into_body();
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    // As with answers: what arrives buys time for as much again, up to that of a stall.
    let mut deadline = Instant::now() + stall;
    loop {
        let frame = tokio::time::timeout_at(deadline, body.frame()).await;
        let Some(frame) = frame.map_err(|_| too_late())? else { break };
        // Broken off, or not what its framing said: nobody is left to read this in most cases.
        let frame = frame.map_err(|_| {
            ApiError::new(Code::MalformedEncoding, "the body broke off before its end")
        })?;
        let Ok(data) = frame.into_data() else { continue };
        deadline = (deadline + time_for(data.len())).min(Instant::now() + stall);
        if first.len() + whole.len() + data.len() > most {
            return Err(too_large(most, "on the wire"));
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

/// What a body decompresses to; `None` when that is more than `most`.
fn decompress(encoding: Encoding, wire: &[u8], most: usize) -> ApiResult<Option<Bytes>> {
    match encoding {
        Encoding::Gzip => bounded(flate2::read::MultiGzDecoder::new(wire), most, "gzip"),
        Encoding::Zstd => {
            let mut decoder =
                zstd::stream::read::Decoder::with_buffer(wire).map_err(ApiError::internal)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(ApiError::internal)?;
            bounded(decoder, most, "zstd")
        }
    }
}

/// Reads to the end, or to the byte that is one too many.
fn bounded(decoder: impl Read, most: usize, name: &str) -> ApiResult<Option<Bytes>> {
    let mut plain = Vec::new();
    let mut bounded = decoder.take(most as u64 + 1);
    bounded.read_to_end(&mut plain).map_err(|error| {
        let detail = format!("Content-Encoding says {name}, and the body is not: {error}");
        ApiError::new(Code::MalformedEncoding, detail)
    })?;
    Ok((plain.len() <= most).then(|| plain.into()))
}

fn too_late() -> ApiError {
    ApiError::new(Code::RequestTimeout, "the body did not arrive in time, or too slowly")
}

fn too_large(most: usize, where_: &str) -> ApiError {
    let event = if most == limits::EVENT_BYTES { ", as one event has" } else { "" };
    let detail = format!("a body has at most {most} bytes {where_} here{event}");
    ApiError::new(Code::BodyTooLarge, detail)
}
