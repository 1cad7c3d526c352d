//! Reads a request's body: at most so many bytes on the wire, at most so many after
//! decompression, in at most so much time, and within the budget that all bodies share.
//!
//! How large a body may be is part of its type, and small unless a route says otherwise. Who sends
//! it is known before: this is a handler's last argument.

use std::io::Read;
use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use crm_models::{Code, limits};
use http_body_util::BodyExt;
use tokio::time::Instant;

use super::budget::{Incoming, SMALL_BYTES};
use super::pace::time_for;
use super::pool::{Holder, Room};
use super::{ApiError, ApiResult, ClientAddress, Services};

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

/// What has room for all of it has to come so many times as fast, over all of its time.
const LARGE_IS_FASTER: u32 = 16;

/// A request's body of at most so many bytes, whole and decompressed.
pub struct Body<const MOST: usize = SMALL> {
    /// Its bytes.
    pub bytes: Bytes,
    /// Its room in the budget, until it has been parsed.
    _room: Vec<Room>,
}

impl<const MOST: usize> FromRequest<Services> for Body<MOST> {
    type Rejection = ApiError;

    async fn from_request(request: Request, services: &Services) -> ApiResult<Self> {
        let (mut parts, body) = request.into_parts();
        let encoding = Encoding::of(&parts.headers)?;
        let announced = announced(&body);
        if announced.is_some_and(|bytes| bytes > MOST) {
            return Err(too_large(MOST, "on the wire"));
        }
        let holder = match parts.extensions.get::<Holder>() {
            Some(known) => *known,
            None => {
                Holder::stranger(ClientAddress::from_request_parts(&mut parts, services).await?.0)
            }
        };
        let mut room = services.budget.incoming(holder, announced.unwrap_or(MOST));
        let limit = services.config.body_timeout();
        let wire = collect(body, MOST, &mut room, services.config.stall_timeout());
        let wire = tokio::time::timeout(limit, wire).await.unwrap_or_else(|_| Err(too_late()))?;
        let room = room.arrived(wire.len());
        let Some(encoding) = encoding else { return Ok(Self { bytes: wire, _room: room }) };
        // Of what is small on the wire, nobody knows how large it is; most is not.
        let usual = wire.len().saturating_mul(USUAL_RATIO).min(MOST);
        for most in [usual, MOST] {
            let mut room = services.budget.unpack(holder, most).await?;
            let plain = if wire.len() <= INLINE_BYTES {
                decompress(encoding, &wire, most)?
            } else {
                let wire = wire.clone();
                services.lanes.ingest.run(move || decompress(encoding, &wire, most)).await??
            };
            if let Some(bytes) = plain {
                room.shrink(bytes.len());
                return Ok(Self { bytes, _room: vec![room] });
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

/// How many bytes a body says it has, where it does.
fn announced(body: &axum::body::Body) -> Option<usize> {
    let exact = hyper::body::Body::size_hint(body).exact()?;
    Some(usize::try_from(exact).unwrap_or(usize::MAX))
}

async fn collect(
    mut body: axum::body::Body,
    most: usize,
    room: &mut Incoming,
    stall: Duration,
) -> ApiResult<Bytes> {
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    let mut pace = Pace::new(stall, Instant::now());
    loop {
        let frame = tokio::time::timeout_at(pace.deadline, body.frame()).await;
        let Some(frame) = frame.map_err(|_| too_late())? else { break };
        // Broken off, or not what its framing said: nobody is left to read this in most cases.
        let frame = frame.map_err(|_| {
            ApiError::new(Code::MalformedEncoding, "the body broke off before its end")
        })?;
        let Ok(data) = frame.into_data() else { continue };
        let arrived = first.len() + whole.len() + data.len();
        if arrived > most {
            return Err(too_large(most, "on the wire"));
        }
        let asked = Instant::now();
        room.grow(arrived).await?;
        let now = Instant::now();
        pace.moved(data.len(), now - asked, now);
        if first.is_empty() && whole.is_empty() {
            first = data;
            continue;
        }
        // No more memory than there is room for.
        whole.reserve(room.covered().max(arrived) - whole.len());
        if whole.is_empty() {
            whole.extend_from_slice(&std::mem::take(&mut first));
        }
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

/// By when more of a body has to be there.
struct Pace {
    stall: Duration,
    begun: Instant,
    arrived: usize,
    deadline: Instant,
}

impl Pace {
    fn new(stall: Duration, begun: Instant) -> Self {
        Self { stall, begun, arrived: 0, deadline: begun + stall }
    }

    /// So many bytes more are there. Waiting for room was not the sender's doing.
    fn moved(&mut self, bytes: usize, waited: Duration, now: Instant) {
        self.begun += waited;
        self.arrived += bytes;
        // As with answers: what arrives buys time for as much again, up to that of a stall.
        let bought = self.deadline + waited + time_for(bytes);
        self.deadline = bought.min(now + self.stall);
        if self.arrived > SMALL_BYTES {
            let over_all = self.begun + self.stall + time_for(self.arrived) / LARGE_IS_FASTER;
            self.deadline = self.deadline.min(over_all);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const STALL: Duration = Duration::from_secs(10);

    /// What is left to a body that comes at 1 KiB/s, so many seconds after it began with so much.
    fn left(first: usize, seconds: u64) -> Duration {
        let begun = Instant::now();
        let mut pace = Pace::new(STALL, begun);
        pace.moved(first, Duration::ZERO, begun);
        let mut now = begun;
        for _ in 0..seconds {
            now += Duration::from_secs(1);
            pace.moved(1_024, Duration::ZERO, now);
        }
        pace.deadline.saturating_duration_since(now)
    }

    #[test]
    fn a_large_body_that_slows_down_is_let_go_sooner_than_a_small_one() {
        assert_eq!(left(1_024, 40), STALL);
        // At 16 KiB/s it would have come as far after 4.5 s, and has 10 s more.
        assert_eq!(left(64 * 1_024, 8), Duration::from_millis(6_500));
        assert_eq!(left(64 * 1_024, 15), Duration::ZERO);
    }

    #[test]
    fn waiting_for_room_takes_none_of_the_senders_time() {
        let begun = Instant::now();
        let mut pace = Pace::new(STALL, begun);
        pace.moved(SMALL_BYTES + 1_024, Duration::ZERO, begun);
        let waited = Duration::from_secs(7);
        pace.moved(1_024, waited, begun + waited);
        assert_eq!(pace.deadline, begun + waited + STALL);
    }
}
