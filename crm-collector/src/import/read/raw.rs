//! Where the bytes come from: a file, standard input or memory, plain, gzip or zstd as its first bytes
//! tell, counted as they are read, with a bound on what they may unpack to and on what one record may take.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::rc::Rc;

use super::ReadError;

/// Bytes one record may take. What goes on longer is an unclosed quote, and would otherwise take
/// the rest of the file into memory.
pub(super) const RECORD_BYTES: usize = 1024 * 1024;
/// What is asked for at a time.
pub(super) const BUFFER_BYTES: usize = 64 * 1024;
/// What a byte of a compressed file may unpack to, once it is [`HARMLESS_BYTES`]. Tables that people have
/// stay below a hundred.
pub(super) const MOST_RATIO: u64 = 400;
pub(super) const HARMLESS_BYTES: u64 = 64 * 1024 * 1024;
/// What a file may unpack to at all.
pub(super) const MOST_BYTES: u64 = 64 * 1024 * 1024 * 1024;
/// What may be set aside on the disk of one file.
pub(super) const MOST_SPOOLED_BYTES: u64 = 8 * 1024 * 1024 * 1024;

/// What an import reads.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// A file. It is read twice, so that what is no regular one is set aside on the disk first.
    File(&'a Path),
    /// A file's content.
    Bytes(&'a [u8]),
    /// Standard input, which is set aside on the disk first.
    Input,
}

/// What can be read from its beginning as often as it is needed.
#[derive(Debug)]
pub(super) enum Stored<'a> {
    File(&'a Path, u64),
    Bytes(&'a [u8]),
    /// A file without a name, which is gone with the process.
    Spooled(File, u64),
}

/// Reads and seeks, as containers need it.
pub(super) trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

impl<'a> Source<'a> {
    /// What it is called where it has a name.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(path) => {
                path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            }
            Self::Bytes(_) => "the file".to_owned(),
            Self::Input => "standard input".to_owned(),
        }
    }

    /// Sees to it that it can be read more than once.
    pub(super) fn stored(self) -> Result<Stored<'a>, ReadError> {
        match self {
            Self::Bytes(bytes) => Ok(Stored::Bytes(bytes)),
            Self::Input => set_aside(&mut io::stdin().lock()),
            Self::File(path) => {
                let metadata = std::fs::metadata(path)?;
                if metadata.is_dir() {
                    let message = "not a regular file; name the files in the folder";
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, message).into());
                }
                if metadata.is_file() {
                    return Ok(Stored::File(path, metadata.len()));
                }
                set_aside(&mut File::open(path)?)
            }
        }
    }
}

/// Writes a stream to the disk.
fn set_aside<'a>(stream: &mut dyn Read) -> Result<Stored<'a>, ReadError> {
    let mut file = tempfile::tempfile()?;
    let length = io::copy(&mut stream.take(MOST_SPOOLED_BYTES + 1), &mut file)?;
    if length > MOST_SPOOLED_BYTES {
        return Err(ReadError::TooLarge);
    }
    Ok(Stored::Spooled(file, length))
}

impl Stored<'_> {
    /// Size as it is stored, compressed or not.
    pub(super) fn size_bytes(&self) -> u64 {
        match self {
            Self::File(_, length) | Self::Spooled(_, length) => *length,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }

    /// Its bytes as they are stored, from the beginning.
    pub(super) fn raw(&self) -> io::Result<Box<dyn ReadSeek + '_>> {
        Ok(match self {
            Self::File(path, _) => Box::new(File::open(path)?),
            Self::Bytes(bytes) => Box::new(io::Cursor::new(*bytes)),
            Self::Spooled(file, length) => Box::new(At { file, offset: 0, length: *length }),
        })
    }

    /// What is in it, unpacked; `read_bytes` tells how much was taken off it.
    pub(super) fn plain(&self, read_bytes: Rc<Cell<u64>>) -> io::Result<Box<dyn Read + '_>> {
        let begun_at = read_bytes.get();
        let raw = Counted { raw: self.raw()?, read_bytes: Rc::clone(&read_bytes) };
        let plain = decompressed(raw)?;
        Ok(Box::new(Metered { plain, unpacked: 0, read_bytes, begun_at }))
    }

    /// What is in it, for whoever has to seek: unpacked onto the disk where it is packed.
    pub(super) fn seekable(&self) -> Result<Box<dyn ReadSeek + '_>, ReadError> {
        let mut head = [0; 4];
        let length = read_most(&mut self.raw()?, &mut head)?;
        if !is_packed(head.get(..length).unwrap_or_default()) {
            return Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, self.raw()?)));
        }
        match set_aside(&mut self.plain(Rc::default())?)? {
            Stored::Spooled(mut file, _) => {
                file.rewind()?;
                Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, file)))
            }
            Stored::File(..) | Stored::Bytes(_) => Err(ReadError::TooLarge),
        }
    }
}

/// Reads until a buffer is full or the end comes; how much there was.
pub(super) fn read_most(from: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = buffer.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

fn is_packed(head: &[u8]) -> bool {
    head.starts_with(GZIP) || head.starts_with(ZSTD)
}

/// The text behind some bytes: plain, gzip or zstd, as the first of them tell.
///
/// # Errors
/// When they cannot be read.
pub fn decompressed<'a>(raw: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut raw = BufReader::with_capacity(BUFFER_BYTES, raw);
    let head = raw.fill_buf()?;
    Ok(if head.starts_with(GZIP) {
        Box::new(flate2::bufread::MultiGzDecoder::new(raw))
    } else if head.starts_with(ZSTD) {
        Box::new(zstd::Decoder::with_buffer(raw)?)
    } else {
        Box::new(raw)
    })
}

/// Reads a file that others read too, at a place of its own.
struct At<'a> {
    file: &'a File,
    offset: u64,
    length: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read_at(buffer, self.offset)?;
        self.offset += length as u64;
        Ok(length)
    }
}

impl Seek for At<'_> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        let offset = match to {
            io::SeekFrom::Start(offset) => Some(offset),
            io::SeekFrom::End(more) => self.length.checked_add_signed(more),
            io::SeekFrom::Current(more) => self.offset.checked_add_signed(more),
        };
        self.offset = offset.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.offset)
    }
}

struct Counted<R> {
    raw: R,
    read_bytes: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.raw.read(buffer)?;
        self.read_bytes.set(self.read_bytes.get() + length as u64);
        Ok(length)
    }
}

/// Whether so much unpacked from so little is no table that anybody has.
pub(super) fn is_bomb(packed: u64, unpacked: u64) -> bool {
    unpacked > MOST_BYTES || (unpacked > HARMLESS_BYTES && unpacked / MOST_RATIO > packed.max(1))
}

/// Refuses to go on unpacking what is a bomb.
struct Metered<'a> {
    plain: Box<dyn Read + 'a>,
    unpacked: u64,
    read_bytes: Rc<Cell<u64>>,
    begun_at: u64,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.plain.read(buffer)?;
        self.unpacked += length as u64;
        if is_bomb(self.read_bytes.get().saturating_sub(self.begun_at), self.unpacked) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, ReadError::Bomb.to_string()));
        }
        Ok(length)
    }
}

/// Text; refuses to go on once a single record took [`RECORD_BYTES`].
pub(super) struct Bounded<'a> {
    plain: Box<dyn Read + 'a>,
    left_bytes: usize,
}

impl<'a> Bounded<'a> {
    pub(super) fn new(plain: Box<dyn Read + 'a>) -> Self {
        Self { plain, left_bytes: 0 }
    }

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

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn plain_gzip_and_zstd_read_alike_and_again() {
        let zstd = zstd::encode_all(&b"a,b\n1,2\n"[..], 1).unwrap();
        for bytes in [b"a,b\n1,2\n".to_vec(), gzip(b"a,b\n1,2\n"), zstd] {
            let mut spooled = tempfile::tempfile().unwrap();
            spooled.write_all(&bytes).unwrap();
            let spooled = Stored::Spooled(spooled, bytes.len() as u64);
            for stored in [Stored::Bytes(&bytes), spooled] {
                for _ in 0..2 {
                    let mut text = String::new();
                    stored.plain(Rc::default()).unwrap().read_to_string(&mut text).unwrap();
                    assert_eq!(text, "a,b\n1,2\n");
                    let mut text = String::new();
                    stored.seekable().unwrap().read_to_string(&mut text).unwrap();
                    assert_eq!(text, "a,b\n1,2\n");
                }
            }
        }
    }

    #[test]
    fn what_unpacks_to_far_more_than_any_table_is_refused() {
        let bomb = zstd::encode_all(io::repeat(b'x').take(2 * HARMLESS_BYTES), 1).unwrap();
        let stored = Stored::Bytes(&bomb);
        let error = io::copy(&mut stored.plain(Rc::default()).unwrap(), &mut io::sink());
        assert_eq!(error.unwrap_err().to_string(), ReadError::Bomb.to_string());
        assert!(!is_bomb(1, HARMLESS_BYTES) && !is_bomb(1 << 20, MOST_RATIO << 20));
    }

    #[test]
    fn a_record_without_end_is_refused() {
        let bytes = vec![b'x'; 2 * RECORD_BYTES];
        let mut bounded = Bounded::new(Box::new(&*bytes));
        bounded.next_record();
        let error = bounded.read_to_end(&mut Vec::new()).unwrap_err().to_string();
        assert!(error.contains("a quote is opened"), "{error}");
    }

    #[test]
    fn a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = Source::File(folder.path()).stored().unwrap_err();
        let error = std::error::Error::source(&error).unwrap().to_string();
        assert!(error.contains("not a regular file"), "{error}");
    }
}
