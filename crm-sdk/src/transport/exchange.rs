//! What one exchange over HTTP is made of, whoever has the connection: the headers of the request,
//! the answer within its bound, and why there is none.

use std::error::Error;

use hyper::header::{CONTENT_ENCODING, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use super::{Answer, Unreachable};

/// A verdict that rejects every event of the largest batch is smaller than this.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// The headers of one request.
pub(super) fn headers_for(common: &HeaderMap, gzip: bool) -> HeaderMap {
    let mut headers = common.clone();
    if gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers
}

/// An answer's head; its body is to follow.
pub(super) fn answer_of(status: u16, headers: &HeaderMap) -> Answer {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::to_owned);
    Answer { status, retry_after: text(RETRY_AFTER), date: text(DATE), body: Vec::new() }
}

/// Adds a piece to an answer's body, within its bound.
pub(super) fn extend(body: &mut Vec<u8>, piece: &[u8]) -> Result<(), Unreachable> {
    if body.len() + piece.len() > ANSWER_BYTES {
        let error = format!("the answer has more than {ANSWER_BYTES} bytes");
        return Err(Unreachable::new(error));
    }
    body.extend_from_slice(piece);
    Ok(())
}

/// Libraries say "error sending request" and keep the reason as their source.
pub(super) fn unreachable(error: &dyn Error) -> Unreachable {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    Unreachable::new(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_up_to_its_bound_and_not_a_byte_further() {
        let mut body = vec![0; ANSWER_BYTES - 1];
        assert_eq!(extend(&mut body, b"1"), Ok(()));
        let error = extend(&mut body, b"2").unwrap_err().to_string();
        assert!(error.ends_with("the answer has more than 4194304 bytes"), "{error}");
        assert_eq!(body.len(), ANSWER_BYTES);
    }
}
