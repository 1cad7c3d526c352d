//! How the bytes of a text stand for letters: found from the bytes, or said; and read as UTF-8.

use std::io::{self, Read};
use std::str::FromStr;

use encoding_rs::{
    Decoder, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1252, X_MAC_CYRILLIC,
};

use super::raw::BUFFER_BYTES;

/// How the bytes of a text stand for letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

/// A text that names no [`Encoding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an encoding is a name such as utf-8, utf-16le, windows-1251, windows-1252, koi8-r, ibm866 or macintosh"
)]
pub struct UnknownEncoding;

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    fn from_str(text: &str) -> Result<Self, UnknownEncoding> {
        let label = match text.to_ascii_lowercase().as_str() {
            "macroman" | "mac-roman" => "macintosh",
            "utf16" => "utf-16le",
            _ => text,
        };
        encoding_rs::Encoding::for_label(label.as_bytes()).map(Self).ok_or(UnknownEncoding)
    }
}

impl Encoding {
    /// What needs no translation.
    pub const UTF_8: Self = Self(UTF_8);

    /// What it is called.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The text of some bytes in it.
    pub(super) fn decoded<'a>(self, raw: Box<dyn Read + 'a>) -> Box<dyn Read + 'a> {
        if self == Self::UTF_8 { raw } else { Box::new(Decoded::new(raw, self)) }
    }

    /// The text of the beginning of some bytes.
    pub(super) fn text(self, bytes: &[u8]) -> Vec<u8> {
        match self == Self::UTF_8 {
            true => bytes.to_vec(),
            false => self.0.decode_with_bom_removal(bytes).0.into_owned().into_bytes(),
        }
    }

    /// The encoding of a text, by a sample of it. A few bytes that are no UTF-8 in a text that otherwise is
    /// are a fault of these.
    pub(super) fn guess(sample: &[u8]) -> Self {
        match sample {
            [0xff, 0xfe, ..] => return Self(UTF_16LE),
            [0xfe, 0xff, ..] => return Self(UTF_16BE),
            _ => {}
        }
        if let Some(wide) = wide(sample) {
            return wide;
        }
        let lines = sample.split(|byte| *byte == b'\n').filter(|line| !line.is_ascii());
        let (mut all, mut foreign) = (0_u32, 0_u32);
        let lines: Vec<_> = lines.collect();
        for (index, line) in lines.iter().enumerate() {
            let fits = match std::str::from_utf8(line) {
                Ok(_) => true,
                // The sample ends within a letter.
                Err(error) => index + 1 == lines.len() && error.error_len().is_none(),
            };
            all += 1;
            foreign += u32::from(!fits);
        }
        if is_stray(foreign.into(), all.into()) {
            return Self::UTF_8;
        }
        let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
        detector.feed(sample, true);
        let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
        // Those of an old Macintosh are taken for those of Windows.
        let (mac, letters) = match guess {
            guess if guess == WINDOWS_1252 => (MACINTOSH, WESTERN),
            guess if guess == WINDOWS_1251 => (X_MAC_CYRILLIC, CYRILLIC),
            _ => return Self(guess),
        };
        let of = |encoding| letters_of(sample, encoding, letters);
        Self(if of(mac) > of(guess) { mac } else { guess })
    }
}

/// Whether so many lines that are no UTF-8, of so many beyond ASCII, are faults in a text that is.
pub(super) fn is_stray(foreign: u64, beyond_ascii: u64) -> bool {
    foreign * 20 < beyond_ascii.max(1)
}

/// UTF-16 without a mark at its beginning: every other byte of what is written in ASCII is 0.
fn wide(sample: &[u8]) -> Option<Encoding> {
    let zeros =
        |from: usize| sample.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second, half) = (zeros(0), zeros(1), sample.len() / 2);
    if second * 4 > half && first * 20 < half {
        Some(Encoding(UTF_16LE))
    } else if first * 4 > half && second * 20 < half {
        Some(Encoding(UTF_16BE))
    } else {
        None
    }
}

/// Letters of western languages beside those of English.
const WESTERN: &str = "àáâãäåæçèéêëìíîïñòóôõöøùúûüßœÀÁÂÄÅÆÇÈÉÊËÍÑÓÖØÚÜ";
/// Letters of Russian.
const CYRILLIC: &str = "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ";

/// How many bytes beyond ASCII are such letters in an encoding.
fn letters_of(sample: &[u8], encoding: &'static encoding_rs::Encoding, letters: &str) -> usize {
    let bytes: Vec<u8> = sample.iter().copied().filter(|byte| !byte.is_ascii()).collect();
    let text = encoding.decode_without_bom_handling(&bytes).0;
    text.chars().filter(|letter| letters.contains(*letter)).count()
}

/// Reads bytes of another encoding as UTF-8.
struct Decoded<'a> {
    raw: Box<dyn Read + 'a>,
    decoder: Decoder,
    input: Vec<u8>,
    input_at: usize,
    output: Vec<u8>,
    output_at: usize,
    at_end: bool,
}

impl<'a> Decoded<'a> {
    fn new(raw: Box<dyn Read + 'a>, encoding: Encoding) -> Self {
        Self {
            raw,
            decoder: encoding.0.new_decoder_with_bom_removal(),
            input: Vec::new(),
            input_at: 0,
            output: Vec::new(),
            output_at: 0,
            at_end: false,
        }
    }

    /// Decodes some more; at least a byte unless the end has come.
    fn fill(&mut self) -> io::Result<()> {
        self.output_at = 0;
        self.output.clear();
        let mut is_last = false;
        while self.output.is_empty() && !self.at_end {
            if self.input_at == self.input.len() {
                self.input.resize(BUFFER_BYTES, 0);
                let length = self.raw.read(&mut self.input)?;
                self.input.truncate(length);
                self.input_at = 0;
                is_last = length == 0;
            }
            self.output.resize(BUFFER_BYTES, 0);
            let input = self.input.get(self.input_at..).unwrap_or_default();
            let (result, read, written, _) =
                self.decoder.decode_to_utf8(input, &mut self.output, is_last);
            self.input_at += read;
            self.output.truncate(written);
            self.at_end = is_last && result == encoding_rs::CoderResult::InputEmpty;
        }
        Ok(())
    }
}

impl Read for Decoded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.output_at == self.output.len() && !self.at_end {
            self.fill()?;
        }
        let rest = self.output.get(self.output_at..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(from);
        }
        self.output_at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUSSIAN: &str = "Заказ;Дата;Покупатель;Сумма\n1;01.07.2026;Иванова Мария;1 234,56\n\
                           2;02.07.2026;Пётр Сергеевич;99,90\n";
    const FRENCH: &str = "Commande;Créée le;Prénom;Référence\n1;2026-07-01;Zoé;Écharpe à carreaux\n\
                          2;2026-07-02;Noël;Bougie parfumée, été\n3;2026-07-03;Ana Peña;Crème brûlée\n";

    fn encoded(text: &str, name: &str) -> Vec<u8> {
        let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect();
        match name {
            "UTF-16LE" => wide(u16::to_le_bytes),
            "UTF-16BE" => wide(u16::to_be_bytes),
            name => name.parse::<Encoding>().unwrap().0.encode(text).0.into_owned(),
        }
    }

    #[test]
    fn texts_are_read_in_the_encoding_that_they_are_written_in() {
        let russian =
            ["UTF-8", "UTF-16LE", "UTF-16BE", "windows-1251", "KOI8-R", "IBM866", "x-mac-cyrillic"];
        let french = ["UTF-8", "UTF-16LE", "windows-1252", "macintosh"];
        let cases = russian.map(|name| (RUSSIAN, name)).into_iter();
        for (text, name) in cases.chain(french.map(|name| (FRENCH, name))) {
            let bytes = encoded(text, name);
            let found = Encoding::guess(&bytes);
            assert_eq!(String::from_utf8(found.text(&bytes)).unwrap(), text, "{name}: {found:?}");
            let mut read = String::new();
            found.decoded(Box::new(&*bytes)).read_to_string(&mut read).unwrap();
            assert_eq!(read, text, "{name}");
        }
    }

    #[test]
    fn one_broken_byte_does_not_make_another_encoding_of_a_text() {
        let mut text = RUSSIAN.repeat(20).into_bytes();
        text.extend_from_slice(b"3;x\xff\n");
        assert_eq!(Encoding::guess(&text), Encoding::UTF_8);
        // A sample ends wherever it does.
        let half = &"Ж".as_bytes()[..1];
        assert_eq!(Encoding::guess(&[b"a,b\n", half].concat()), Encoding::UTF_8);
    }

    #[test]
    fn what_is_longer_than_a_buffer_is_decoded_whole() {
        let text = RUSSIAN.repeat(2_000);
        let bytes = encoded(&text, "windows-1251");
        let mut read = String::new();
        let encoding: Encoding = "windows-1251".parse().unwrap();
        encoding.decoded(Box::new(&*bytes)).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
    }

    #[test]
    fn encodings_are_known_by_many_names() {
        let name = |text: &str| text.parse::<Encoding>().map(Encoding::name);
        assert_eq!(name("cp1251"), Ok("windows-1251"));
        assert_eq!(name("MacRoman"), Ok("macintosh"));
        assert_eq!(name("klingon"), Err(UnknownEncoding));
    }
}
