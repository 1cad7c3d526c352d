//! The forms in which customers are searched for. What is stored and what is asked go through the
//! same ones, so that `ромашка` finds «Ромашка», `muller` Müller, and 8 916 … the phone of +7 916 ….

use std::collections::BTreeSet;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Fewer digits than this are no phone number to search for.
const PHONE_DIGITS: usize = 4;
/// Behind as many digits a letter begins an extension.
const WHOLE_NUMBER_DIGITS: usize = 7;
/// Words of a spelling from which a search may begin; further ones are found behind these only.
const WORDS: usize = 16;
/// Characters of a name that are compared.
const NAME_CHARS: usize = 64;

/// What a name is searched by: each of its spellings, from each of its words on and around to the word
/// before.
pub(super) fn name_terms(name: &str) -> BTreeSet<String> {
    let around = |words: &String| -> Vec<String> {
        let starts = std::iter::once(0).chain(words.match_indices(' ').map(|(at, _)| at + 1));
        let from = |start| {
            let (before, behind): (&str, &str) = words.split_at(start);
            shortened(&format!("{behind} {before}"))
        };
        starts.take(WORDS).filter_map(from).collect()
    };
    spellings(name).iter().flat_map(around).collect()
}

/// The beginnings that are asked for, one for each spelling; none where the text has neither letter
/// nor digit.
pub(super) fn name_prefixes(text: &str) -> BTreeSet<String> {
    spellings(text).iter().filter_map(|words| shortened(words)).collect()
}

/// How else people write a name: without its apostrophes and hyphens (`oneill`), and with two letters
/// for one that their keyboard lacks (`mueller`, `soeren`).
fn spellings(name: &str) -> BTreeSet<String> {
    let joined: String = name.chars().filter(|letter| !is_joint(*letter)).collect();
    let all = [name, &joined, &in_two_letters(name), &in_two_letters(&joined)];
    all.into_iter().map(words).collect()
}

/// What joins two parts of a word.
fn is_joint(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '\u{2bc}' | '\u{2018}' | '\u{2019}' | '`' | '\u{b4}' | '-' | '\u{2010}' | '\u{2011}'
    )
}

/// With two letters where German, Danish, Norwegian and Swedish write so when a keyboard lacks the one.
fn in_two_letters(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for letter in text.nfc() {
        match letter {
            'ä' | 'Ä' | 'æ' | 'Æ' => written.push_str("ae"),
            'ö' | 'Ö' | 'ø' | 'Ø' => written.push_str("oe"),
            'ü' | 'Ü' => written.push_str("ue"),
            'å' | 'Å' => written.push_str("aa"),
            letter => written.push(letter),
        }
    }
    written
}

fn shortened(words: &str) -> Option<String> {
    let short: String = words.chars().take(NAME_CHARS).collect();
    // Cut behind a word it would not begin what goes on there.
    Some(short.trim_end().to_owned()).filter(|short| !short.is_empty())
}

/// Words alone, a blank between them, without case and accents.
fn words(text: &str) -> String {
    let letters: String = folded(text)
        .filter(|letter| !is_accent(*letter) && !is_invisible(*letter))
        .map(without_stroke)
        .nfkc()
        .collect();
    let is_of_word = |letter: char| letter.is_alphanumeric() || is_combining_mark(letter);
    let words = letters.split(|letter| !is_of_word(letter)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// How an id may be stored that is searched for: as it was typed, and in letters of one case. Ids that
/// are email addresses are stored in small ones.
pub(super) fn ids(text: &str) -> BTreeSet<String> {
    let text = text.trim();
    BTreeSet::from([text.to_owned(), text.to_lowercase(), text.to_uppercase()])
}

/// An email address without case, in one normal form. Accents count: they are other mailboxes.
pub(super) fn email(text: &str) -> String {
    folded(text.trim()).nfkc().collect()
}

/// Compatible caseless matching (Unicode Standard, section 3.13, D146), not yet recomposed.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().nfd().default_case_fold().nfkd().default_case_fold().nfkd()
}

/// The marks of Latin, Greek and Cyrillic letters. Those of other scripts are vowels.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// What separates and joins letters without being seen.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Letters whose stroke or missing dot Unicode does not take for a mark.
fn without_stroke(letter: char) -> char {
    match letter {
        'ł' => 'l',
        'ø' => 'o',
        'đ' => 'd',
        'ħ' => 'h',
        'ŧ' => 't',
        'ı' => 'i',
        letter => letter,
    }
}

/// What a phone number as somebody wrote it may stand for, in digits: as written, and, unless `+`
/// names its country, without the 00 that is dialled before a country or the 0 or 8 that is dialled
/// within one, and with the 7 that stands for that 8 from abroad (Russia, Kazakhstan). None where
/// there are too few digits to be a phone number.
pub(super) fn phone_readings(text: &str) -> BTreeSet<String> {
    // `sip:ada@10.0.0.17` and `+1 555 0100 ext. 12` hold digits that are none of the number.
    let number = text.split('@').next().unwrap_or_default();
    let mut digits = String::new();
    let mut is_international = false;
    for letter in number.nfkc() {
        match digit(letter) {
            Some(digit) => digits.push(digit),
            None if letter == '+' && digits.is_empty() => is_international = true,
            None if letter.is_alphabetic() && digits.len() >= WHOLE_NUMBER_DIGITS => break,
            None => {}
        }
    }
    let mut readings = vec![digits.clone()];
    if !is_international {
        if let Some(abroad) = digits.strip_prefix("00") {
            readings.push(abroad.to_owned());
        } else if let Some(within) = digits.strip_prefix('8') {
            readings.extend([within.to_owned(), format!("7{within}")]);
        } else if let Some(within) = digits.strip_prefix('0') {
            readings.push(within.to_owned());
        }
    }
    readings.into_iter().filter(|reading| reading.len() >= PHONE_DIGITS).collect()
}

/// Whether a text may be a phone number; whatever has letters is something else.
pub(super) fn may_be_phone(text: &str) -> bool {
    !text.chars().any(char::is_alphabetic)
}

/// How a number that is asked for with its country may be written otherwise: in Germany `+49 30 123456`
/// is `030 123456`, and `+49 (0)30 123456` for both.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Otherwise {
    /// How it may begin. No number with its country begins with the 0 that is dialled within most, so that
    /// what begins so was written without.
    pub(super) beginnings: [String; 2],
    /// All of it without that 0, as in Spain or in the United States, where it is as long as a whole
    /// number: its beginning alone is that of others with their country.
    pub(super) whole: Option<String>,
}

/// A number that names its country without the 0 that is dialled within: `+44 (0)20` is `+44 20`.
pub(super) fn without_trunk(text: &str) -> String {
    text.replace("(0)", "")
}

/// The same for each reading of a text that names a country, by `+` or 00.
pub(super) fn written_otherwise(text: &str) -> Vec<Otherwise> {
    let compatible: String = text.nfkc().collect();
    let readings = phone_readings(text).into_iter();
    let readings: Vec<_> = match compatible.trim_start().starts_with('+') {
        true => readings.collect(),
        false => {
            readings.filter_map(|digits| Some(digits.strip_prefix("00")?.to_owned())).collect()
        }
    };
    let otherwise = |digits: &String| {
        let (code, national) = digits.split_at_checked(country_code_digits(digits))?;
        // In Italy the 0 is a part of the number.
        let dialled = format!("0{}", national.strip_prefix('0').unwrap_or(national));
        let whole = (national.len() >= WHOLE_NUMBER_DIGITS).then(|| national.to_owned());
        let abroad = format!("{code}{dialled}");
        (dialled.len() >= PHONE_DIGITS)
            .then_some(Otherwise { beginnings: [dialled, abroad], whole })
    };
    readings.iter().filter_map(otherwise).collect()
}

/// How many digits name the country (ITU-T E.164): one in zones
/// 1 and 7, two for some in the others, three for the rest.
fn country_code_digits(digits: &str) -> usize {
    match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    }
}

/// Digits back to front, so that the end of a number is found as a beginning.
pub(super) fn reversed(digits: &str) -> String {
    digits.chars().rev().collect()
}

fn digit(letter: char) -> Option<char> {
    let from = |zero: u32| char::from_digit(u32::from(letter).wrapping_sub(zero), 10);
    match letter {
        '0'..='9' => Some(letter),
        '\u{660}'..='\u{669}' => from(0x660),
        '\u{6f0}'..='\u{6f9}' => from(0x6f0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(asked: &str, name: &str) -> bool {
        let (asked, terms) = (name_prefixes(asked), name_terms(name));
        asked.iter().any(|prefix| terms.iter().any(|term| term.starts_with(prefix)))
    }

    #[test]
    fn a_name_is_found_by_its_words_whatever_their_case_accents_and_quotes() {
        let found = [
            ("ромашка", "ООО «Ромашка»"),
            ("«РОМ", "ООО «Ромашка»"),
            ("ооо ромашка", "ООО «Ромашка»"),
            ("алена", "Алёна Королёва"),
            ("королёва", "Алена Королева"),
            ("андреи", "Андрей"),
            ("muller", "Jürgen MÜLLER"),
            ("mu\u{308}ller", "Müller"),
            ("Müller", "Mu\u{308}ller"),
            ("strasse", "Große Straße"),
            ("STRASSE", "Straße"),
            ("lodz", "Łódź Tee"),
            ("oresund", "Øresund ApS"),
            ("ISTANBUL", "İstanbul"),
            ("isik", "IŞIK"),
            ("σοφος", "ΣΟΦΟΣ"),
            ("ﬁne", "Fine Goods"),
            ("ｔｅａ", "Tea House"),
            ("o'bri", "Mary O’Brien"),
            ("brien", "Mary O'Brien"),
            ("lovelace, ada", "Lovelace Ada"),
            ("LOVELACE, Ada", "Ada Lovelace"),
            ("schmidt anna", "Anna Maria Schmidt"),
            ("oneill", "Ryan O’Neill"),
            ("o neill", "Ryan O'Neill"),
            ("Ryan O'Neill", "Ryan ONeill"),
            ("grossmeier", "Lena Groß-Meier"),
            ("groß meier", "Lena Groß-Meier"),
            ("mueller", "Jürgen Müller"),
            ("Müller", "Juergen Mueller"),
            ("muller", "Jürgen Müller"),
            ("soeren", "Søren"),
            ("aevar", "Ævar"),
            ("aase", "Åse"),
            ("कि", "किशोर"),
            ("سلام", "سلام"),
        ];
        for (asked, name) in found {
            assert!(finds(asked, name), "{asked} {name}");
        }
        let not = [
            ("", "Ada"),
            ("«»", "Ada"),
            ("'", "Ada"),
            ("da", "Ada"),
            ("कु", "किशोर"),
            ("ada byron", "Ada Lovelace"),
        ];
        for (asked, name) in not {
            assert!(!finds(asked, name), "{asked} {name}");
        }
    }

    #[test]
    fn terms_are_bounded_however_long_the_name_is() {
        let name = "a ".repeat(256);
        let terms = name_terms(&name);
        assert!(terms.len() <= 16 && terms.iter().all(|term| term.chars().count() <= 64));
        assert!(finds(&name, &name) && finds(&"я".repeat(256), &"Я".repeat(256)));
    }

    #[test]
    fn email_addresses_differ_by_accents_and_not_by_case() {
        assert_eq!(email(" ADA@Example.COM "), "ada@example.com");
        assert_eq!(email("MÜLLER@x.de"), email("mu\u{308}ller@x.de"));
        assert_ne!(email("müller@x.de"), email("muller@x.de"));
    }

    #[test]
    fn a_phone_number_has_the_readings_of_how_it_may_be_dialled() {
        let readings = |text: &str| phone_readings(text).into_iter().collect::<Vec<_>>();
        assert_eq!(readings("+7 (916) 123-45-67"), ["79161234567"]);
        assert_eq!(readings("8 (916) 123-45-67"), ["79161234567", "89161234567", "9161234567"]);
        assert_eq!(readings("+81 3 1234 5678"), ["81312345678"]);
        assert_eq!(readings("0049 30 123456"), ["004930123456", "4930123456"]);
        assert_eq!(readings("0001"), ["0001"]);
        assert_eq!(readings("030 123456"), ["030123456", "30123456"]);
        assert_eq!(readings("+1 555 0100 ext. 12"), ["15550100"]);
        assert_eq!(readings("tel:+49-30-123456"), ["4930123456"]);
        assert_eq!(readings("＋４９ ３０ １２３４"), ["49301234"]);
        assert_eq!(readings("٠٣٠ ١٢٣٤"), ["0301234", "301234"]);
        for none in ["anonymous", "---", "", "٥٥٥", "sip:anonymous@10.0.0.17", "12-3"] {
            assert_eq!(readings(none), [""; 0], "{none}");
        }
        assert!(!may_be_phone("c-17841") && may_be_phone("+1 784 1"));
    }

    #[test]
    fn a_number_that_names_its_country_is_known_as_it_is_written_within() {
        let within = |text: &str| {
            let of = |one: Otherwise| (one.beginnings, one.whole.unwrap_or_default());
            written_otherwise(text).into_iter().map(of).collect::<Vec<_>>()
        };
        let one = |dialled: &str, abroad: &str, whole: &str| {
            vec![([dialled.to_owned(), abroad.to_owned()], whole.to_owned())]
        };
        assert_eq!(within("+49 30 123456"), one("030123456", "49030123456", "30123456"));
        assert_eq!(within("0049 30 123456"), one("030123456", "49030123456", "30123456"));
        assert_eq!(within("＋４９ ３０ １２"), one("03012", "4903012", ""));
        assert_eq!(within("+1 (555) 010-0123"), one("05550100123", "105550100123", "5550100123"));
        assert_eq!(within("+39 06 1234 5678"), one("0612345678", "390612345678", "0612345678"));
        assert_eq!(within("+351 912 345 678"), one("0912345678", "3510912345678", "912345678"));
        for none in ["030 123456", "4930123456", "+49", "+49 3", "0001", "", "Ada"] {
            assert_eq!(within(none), [], "{none}");
        }
        let two =
            ["20", "27", "30", "36", "39", "43", "49", "51", "58", "66", "81", "86", "95", "98"];
        assert!(two.iter().all(|code| country_code_digits(code) == 2));
        let three = ["212", "351", "420", "372", "599", "670", "800", "852", "880", "966", "996"];
        assert!(three.iter().all(|code| country_code_digits(code) == 3));
    }
}
