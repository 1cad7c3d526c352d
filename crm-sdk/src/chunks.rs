//! Memory for encoded events, some two hundred of which share an allocation.
//!
//! Each thread fills chunks of its own, and the worker frees a chunk with the last event in it:
//! asking the allocator for each event, and giving it back on another thread, would cost a quarter
//! of the whole call. At most a chunk a thread is held beyond what the queue counts.

use std::cell::Cell;

use bytes::{Bytes, BytesMut};

const CHUNK_BYTES: usize = 64 * 1024;
/// Larger ones would leave much of a chunk unused.
const SHARING_BYTES: usize = CHUNK_BYTES / 16;

/// A copy of these bytes that is as long as they are.
pub(crate) fn keep(json: &[u8]) -> Bytes {
    thread_local! {
        static CHUNK: Cell<BytesMut> = Cell::new(BytesMut::new());
    }
    if json.len() > SHARING_BYTES {
        return Bytes::copy_from_slice(json);
    }
    let shared = CHUNK.try_with(|kept| {
        let mut chunk = kept.take();
        if chunk.capacity() < json.len() {
            chunk = BytesMut::with_capacity(CHUNK_BYTES);
        }
        chunk.extend_from_slice(json);
        let copy = chunk.split().freeze();
        kept.set(chunk);
        copy
    });
    // A thread that is ending has no chunk any more.
    shared.unwrap_or_else(|_| Bytes::copy_from_slice(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_stay_as_they_are_whatever_comes_after_them() {
        let texts: Vec<_> = (0..1_000).map(|n| format!("{n}-").repeat(1 + n * 7 % 900)).collect();
        let kept: Vec<_> = texts.iter().map(|text| keep(text.as_bytes())).collect();
        for (text, kept) in texts.iter().zip(&kept) {
            assert_eq!(text.as_bytes(), kept);
        }
    }

    #[test]
    fn small_ones_lie_side_by_side() {
        let (one, next) = (keep(b"one"), keep(b"next"));
        assert_eq!(one.as_ptr().wrapping_add(3), next.as_ptr());
        assert_ne!(keep(&[0; SHARING_BYTES + 1]).as_ptr(), next.as_ptr().wrapping_add(4));
    }
}
