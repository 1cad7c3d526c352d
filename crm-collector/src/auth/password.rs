//! Passwords: argon2id with OWASP's parameters, on blocking threads, two at a time.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use crm_models::Code;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::Semaphore;

use super::error::{AuthError, Result};

/// OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// Each hash takes 19 MiB for its time; more at once would be felt in a small sidecar.
const AT_ONCE: usize = 2;
/// How many may wait for their turn; the next is told to try again.
const WAITING: usize = 32;

const LENGTH_BYTES: std::ops::RangeInclusive<usize> = 10..=256;

/// A password of acceptable length.
#[derive(Clone)]
pub struct Password(String);

/// A secret has no place in a log.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Password {
    /// A password to be set; `field` is named when its length is not acceptable.
    pub fn new(text: String, field: &str) -> Result<Self> {
        let (least, most) = LENGTH_BYTES.into_inner();
        let given = text.len();
        if given == 0 {
            return Err(AuthError::field(Code::MissingField, field, "may not be empty"));
        }
        if given < least {
            let rule = format!("has at least {least} bytes, {given} given");
            return Err(AuthError::field(Code::InvalidField, field, rule));
        }
        if given > most {
            let rule = format!("has at most {most} bytes, {given} given");
            return Err(AuthError::field(Code::TooLong, field, rule));
        }
        Ok(Self(text))
    }

    /// A password to be compared. One that could never have been set is as wrong as any other.
    pub fn attempt(text: String) -> Self {
        if text.len() > *LENGTH_BYTES.end() { Self(String::new()) } else { Self(text) }
    }
}

/// Hashes and verifies passwords.
pub(super) struct Hashing {
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    random: SystemRandom,
    /// The hash of a password that nobody has: verified where there is no account, so that the
    /// time of an answer does not tell whether there is one.
    nobody: String,
}

impl Hashing {
    pub(super) fn new(random: &SystemRandom) -> Result<Self> {
        let mut unknown = [0; 32];
        random.fill(&mut unknown)?;
        let mut salt = [0; SALT_BYTES];
        random.fill(&mut salt)?;
        let nobody = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: (&params()?).try_into().map_err(|_| BROKEN)?,
            salt: Some(argon2::password_hash::phc::Salt::new(&salt).map_err(|_| BROKEN)?),
            hash: Some(argon2::password_hash::phc::Output::new(&unknown).map_err(|_| BROKEN)?),
        };
        Ok(Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            queue: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            random: random.clone(),
            nobody: nobody.to_string(),
        })
    }

    /// The PHC string to store for a password.
    pub(super) async fn hash(&self, password: Password) -> Result<String> {
        let mut salt = [0; SALT_BYTES];
        self.random.fill(&mut salt)?;
        self.in_turn(move || {
            let hash = argon2()?.hash_password_with_salt(password.0.as_bytes(), &salt);
            Ok(hash.map_err(|_| BROKEN)?.to_string())
        })
        .await
    }

    /// Whether a password is the one of a stored PHC string. Takes as long when there is none.
    pub(super) async fn verify(&self, password: Password, stored: Option<String>) -> Result<bool> {
        let exists = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.clone());
        self.in_turn(move || {
            let verified = argon2()?.verify_password(password.0.as_bytes(), stored.as_str());
            Ok(exists && verified.is_ok())
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = self.queue.clone().try_acquire_owned().map_err(|_| AuthError::Busy)?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| AuthError::Busy)?;
        let work = move || {
            let done = work();
            // Given back by the thread, not by a request that may have gone away meanwhile.
            drop((turn, place));
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(AuthError::stopped)?
    }
}

const BROKEN: AuthError = AuthError::Internal("the password could not be hashed");

fn params() -> Result<Params> {
    Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| BROKEN)
}

fn argon2() -> Result<Argon2<'static>> {
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_verified_against_a_hash_with_the_recommended_parameters() {
        let hashing = Hashing::new(&SystemRandom::new()).unwrap();
        let password = |text: &str| Password::new(text.into(), "password").unwrap();
        let stored = hashing.hash(password("correct horse")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(hashing.nobody.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hashing.verify(password("correct horse"), Some(stored.clone())).await.unwrap());
        assert!(!hashing.verify(password("correct house"), Some(stored)).await.unwrap());
        assert!(!hashing.verify(password("correct horse"), None).await.unwrap());
    }

    #[test]
    fn the_length_rule_names_the_field_and_the_limit() {
        let refused = |text: &str| Password::new(text.into(), "password").unwrap_err().to_string();
        assert_eq!(refused("short"), "password: has at least 10 bytes, 5 given");
        assert_eq!(refused(&"x".repeat(257)), "password: has at most 256 bytes, 257 given");
    }
}
