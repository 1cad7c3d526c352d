//! Bodies on their way out: compressed when that is worth it.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::transport::Request;

/// The request that carries a body; those of more than `gzip_above` bytes are compressed.
pub(crate) fn request(body: Vec<u8>, gzip_above: usize) -> Request {
    if body.len() > gzip_above
        && let Ok(compressed) = gzip(&body)
    {
        return Request { body: compressed, gzip: true };
    }
    Request { body, gzip: false }
}

/// At the fastest level: JSON that repeats its field names shrinks well at any, and the processor
/// is the host's.
fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn only_bodies_above_the_size_are_compressed() {
        let body = br#"{"a":1}"#.repeat(100);
        let plain = request(body.clone(), body.len());
        assert_eq!((&plain.body, plain.gzip), (&body, false));

        let compressed = request(body.clone(), body.len() - 1);
        assert!(compressed.gzip);
        assert!(compressed.body.len() < body.len());
        let mut inflated = Vec::new();
        flate2::read::GzDecoder::new(&compressed.body[..]).read_to_end(&mut inflated).unwrap();
        assert_eq!(inflated, body);
    }
}
