//! Where the bytes come from: a file or memory, plain, gzip or zstd as its first bytes tell,
//! counted as they are read and with a bound on what one record may take.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

/// Bytes one record may take. What goes on longer is an unclosed quote, and would otherwise take
/// the rest of the file into memory.
pub(super) const RECORD_BYTES: usize = 1024 * 1024;
/// What the CSV reader asks for at a time.
pub(super) const BUFFER_BYTES: usize = 64 * 1024;

/// What an import reads. It is read twice, so that a pipe will not do.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// A regular file.
    File(&'a Path),
    /// A file's content.
    Bytes(&'a [u8]),
}

impl<'a> Source<'a> {
    /// Size as it is stored, compressed or not.
    pub(super) fn size_bytes(&self) -> io::Result<u64> {
        match self {
            Self::File(path) => {
                let metadata = std::fs::metadata(path)?;
                if !metadata.is_file() {
                    let message = "not a regular file; an import reads its file twice, \
                                   so that a pipe or a folder will not do";
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
                }
                Ok(metadata.len())
            }
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// Opens it from the beginning; `read_bytes` tells how much was taken off it.
    pub(super) fn open(&self, read_bytes: Rc<Cell<u64>>) -> io::Result<Bounded<'a>> {
        let raw: Box<dyn Read + 'a> = match self {
            Self::File(path) => Box::new(File::open(path)?),
            Self::Bytes(bytes) => Box::new(*bytes),
        };
        let plain = decompressed(Counted { raw, read_bytes })?;
        Ok(Bounded { plain, left_bytes: 0 })
    }
}

/// The text behind some bytes: plain, gzip or zstd, as the first of them tell.
///
/// # Errors
/// When they cannot be read, or are UTF-16.
pub fn decompressed<'a>(raw: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut raw = io::BufReader::with_capacity(BUFFER_BYTES, raw);
    Ok(match io::BufRead::fill_buf(&mut raw)? {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(raw)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::Decoder::with_buffer(raw)?),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            let message = "the file is UTF-16; save it as CSV in UTF-8";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        _ => Box::new(raw),
    })
}

struct Counted<'a> {
    raw: Box<dyn Read + 'a>,
    read_bytes: Rc<Cell<u64>>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.raw.read(buffer)?;
        self.read_bytes.set(self.read_bytes.get() + length as u64);
        Ok(length)
    }
}

/// Decompressed bytes; refuses to go on once a single record took [`RECORD_BYTES`].
pub(super) struct Bounded<'a> {
    plain: Box<dyn Read + 'a>,
    left_bytes: usize,
}

impl Bounded<'_> {
    /// A new record begins.
    pub(super) fn next_record(&mut self) {
        self.left_bytes = RECORD_BYTES;
    }
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left_bytes == 0 {
            let message = format!(
                "a record takes more than {RECORD_BYTES} bytes; \
                                   most often a quote is opened and never closed"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let length = self.plain.read(buffer)?;
        self.left_bytes = self.left_bytes.saturating_sub(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut reader = Source::Bytes(bytes).open(Rc::default())?;
        reader.next_record();
        let mut text = String::new();
        reader.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn plain_gzip_and_zstd_read_alike() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"a,b\n1,2\n").unwrap();
        let zstd = zstd::encode_all(&b"a,b\n1,2\n"[..], 1).unwrap();
        for bytes in [b"a,b\n1,2\n".to_vec(), gzip.finish().unwrap(), zstd] {
            assert_eq!(read(&bytes).unwrap(), "a,b\n1,2\n");
        }
    }

    #[test]
    fn utf_sixteen_is_named() {
        let error = read(b"\xff\xfea\0,\0").unwrap_err().to_string();
        assert!(error.contains("UTF-16"), "{error}");
    }

    #[test]
    fn a_record_without_end_is_refused() {
        let error = read(&vec![b'x'; 2 * RECORD_BYTES]).unwrap_err().to_string();
        assert!(error.contains("a quote is opened"), "{error}");
    }

    #[test]
    fn a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = Source::File(folder.path()).size_bytes().unwrap_err().to_string();
        assert!(error.contains("not a regular file"), "{error}");
    }
}
