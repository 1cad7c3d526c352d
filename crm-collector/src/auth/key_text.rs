//! The text of an API key: `crm_sk_` or `crm_pk_`, 32 random characters, 6 of checksum.
//!
//! The prefix and the CRC-32 let scanners know a key that leaked into a repository, and let a
//! mistyped one be refused before it reaches the store.

use crm_models::KeyKind;
use ring::rand::{SecureRandom, SystemRandom};

use super::error::Result;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 32 characters of base 62 are 190 bits.
const BODY_CHARS: usize = 32;
const CHECKSUM_CHARS: usize = 6;

const fn prefix(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Server => "crm_sk_",
        KeyKind::Browser => "crm_pk_",
    }
}

/// A new key.
pub(super) fn generate(kind: KeyKind, random: &SystemRandom) -> Result<String> {
    let mut text = String::from(prefix(kind));
    let length = text.len() + BODY_CHARS;
    while text.len() < length {
        let mut bytes = [0; BODY_CHARS];
        random.fill(&mut bytes)?;
        // 248 is 4 times 62: bytes above would make the first characters likelier.
        let fair = bytes.into_iter().filter(|byte| *byte < 248);
        let room = length - text.len();
        text.extend(fair.map(|byte| char::from(ALPHABET[usize::from(byte % 62)])).take(room));
    }
    let checksum = checksum(&text);
    Ok(text + &checksum)
}

/// Whether a text has the form of a key, checksum included.
pub(super) fn is_well_formed(text: &str) -> bool {
    let known = [KeyKind::Server, KeyKind::Browser].map(prefix);
    let length = known[0].len() + BODY_CHARS + CHECKSUM_CHARS;
    text.len() == length
        && text.is_ascii()
        && known.iter().any(|prefix| text.starts_with(prefix))
        && text[length - CHECKSUM_CHARS..] == checksum(&text[..length - CHECKSUM_CHARS])
}

/// What is shown of a key once it is made.
pub(super) fn hint(text: &str) -> &str {
    text.get(text.len().saturating_sub(4)..).unwrap_or_default()
}

fn checksum(text: &str) -> String {
    let mut crc = flate2::Crc::new();
    crc.update(text.as_bytes());
    let mut rest = crc.sum();
    let mut digits = [b'0'; CHECKSUM_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_well_formed_and_a_mistyped_one_is_not() {
        let random = SystemRandom::new();
        for kind in [KeyKind::Server, KeyKind::Browser] {
            let key = generate(kind, &random).unwrap();
            assert_eq!((key.len(), is_well_formed(&key)), (45, true), "{key}");
            for at in 0..key.len() {
                let mut mistyped = key.clone().into_bytes();
                mistyped[at] = if mistyped[at] == b'x' { b'y' } else { b'x' };
                assert!(!is_well_formed(&String::from_utf8(mistyped).unwrap()));
            }
        }
    }

    #[test]
    fn the_checksum_is_pinned_for_scanners() {
        let body = format!("crm_sk_{}", "a".repeat(BODY_CHARS));
        let key = format!("{body}{}", checksum(&body));
        assert_eq!(key, "crm_sk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0RviH3");
        assert!(is_well_formed(&key));
    }
}
