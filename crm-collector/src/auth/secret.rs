//! Random secrets and their hashes.

use std::fmt;

use ring::digest::{SHA256, digest};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use super::error::{AuthError, Result};

const TOKEN_BYTES: usize = 32;

/// The secret of a session cookie: 256 random bits. Only its hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken([u8; TOKEN_BYTES]);

/// A secret has no place in a log.
impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

impl SessionToken {
    pub(super) fn generate(random: &SystemRandom) -> Result<Self> {
        let mut bytes = [0; TOKEN_BYTES];
        random.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Reads the text of a cookie.
    pub fn parse(text: &str) -> Option<Self> {
        from_hex(text).map(Self)
    }

    /// The text of the cookie.
    pub fn to_text(&self) -> String {
        to_hex(&self.0)
    }

    pub(super) fn hash(&self) -> [u8; 32] {
        sha256(&self.0)
    }

    /// The token against cross-site request forgery: derived from the session's own, so that it
    /// needs no place in the store, and every page can be given it again.
    pub fn csrf_token(&self) -> String {
        to_hex(hmac::sign(&self.csrf_key(), b"csrf").as_ref())
    }

    /// Refuses a changing request that does not bring the session's CSRF token. Compares in
    /// constant time.
    pub fn check_csrf(&self, given: Option<&str>) -> Result<()> {
        let given: [u8; 32] = given.and_then(from_hex).ok_or(AuthError::Csrf)?;
        hmac::verify(&self.csrf_key(), b"csrf", &given).map_err(|_| AuthError::Csrf)
    }

    fn csrf_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.0)
    }
}

/// SHA-256. Enough for secrets of 190 bits and more; passwords have argon2.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_token_reads_back_and_others_do_not() {
        let token = SessionToken::generate(&SystemRandom::new()).unwrap();
        let text = token.to_text();
        assert_eq!(text.len(), 64);
        assert_eq!(SessionToken::parse(&text), Some(token));
        for bad in ["", "00", &text[1..], &format!("{}ß", &text[2..])] {
            assert_eq!(SessionToken::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_csrf_token_belongs_to_one_session() {
        let random = SystemRandom::new();
        let (mine, theirs) =
            (SessionToken::generate(&random).unwrap(), SessionToken::generate(&random).unwrap());
        assert!(matches!(mine.check_csrf(Some(&theirs.csrf_token())), Err(AuthError::Csrf)));
        assert!(matches!(mine.check_csrf(None), Err(AuthError::Csrf)));
        assert!(mine.check_csrf(Some(&mine.csrf_token())).is_ok());
    }
}
