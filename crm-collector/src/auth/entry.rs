//! One-time addresses: the way in for the first owner of an empty store, and for whoever looks at a demo.
//!
//! They live as long as the process. Only the hash of each is kept, and a new one takes the place of an
//! older one of its kind.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crm_models::{Role, Timestamp};
use ring::rand::SecureRandom;

use super::accounts::{Account, DAY_MS, LoggedIn, NewUser, NewWorkspace, account_of};
use super::error::{AuthError, Result};
use super::principal::Actor;
use super::secret::{SessionToken, sha256, to_hex};
use super::{Auth, promised};
use crate::store::UserId;

/// How long the address of the first run is good.
const FIRST_RUN_MS: i64 = 60 * 60 * 1_000;
const GONE: AuthError =
    AuthError::Unauthorized("this address was used already, or its time is over");

/// The addresses that are open.
#[derive(Default)]
pub(super) struct Entries(Mutex<Open>);

#[derive(Default)]
struct Open {
    /// The hash of the token, and when it ends.
    first_run: Option<([u8; 32], Timestamp)>,
    /// The hash of the token, and whom it signs in.
    person: Option<([u8; 32], UserId)>,
}

impl Auth {
    /// The token that makes the first owner, where nobody is registered yet.
    pub async fn open_first_run(&self) -> Result<Option<String>> {
        if self.read(|tx| Ok(tx.has_users()?)).await? {
            return Ok(None);
        }
        let token = self.entry_token()?;
        let ends = self.shared.clock.now().plus_millis(FIRST_RUN_MS);
        self.entries(|open| open.first_run = Some((sha256(token.as_bytes()), ends)));
        Ok(Some(token))
    }

    /// When the address of the first run ends, if this is its token and it is still good.
    pub fn first_run_ends(&self, token: &str) -> Result<Timestamp> {
        let hash = sha256(token.as_bytes());
        let open = self.entries(|open| open.first_run).filter(|(known, _)| *known == hash);
        let ends = open.map(|(_, ends)| ends).filter(|ends| *ends > self.shared.clock.now());
        ends.ok_or(GONE)
    }

    /// Makes the first owner with their workspace, and signs them in. The token is used up.
    pub async fn begin(
        &self,
        token: &str,
        new: NewUser,
        workspace: NewWorkspace,
        address: Option<IpAddr>,
    ) -> Result<LoggedIn> {
        self.slow_down(address)?;
        self.first_run_ends(token)?;
        let password_hash = self.shared.hashing.hash(new.password).await?;
        let (name, email) = (new.name, new.email);
        let now = self.shared.clock.now();
        let session = SessionToken::generate(&self.shared.random)?;
        let session_hash = session.hash();
        let expires_at = self.session_ends(now);
        let account = self
            .write(move |tx| {
                // Of two who use the address at once, the second comes too late here.
                if tx.has_users()? {
                    return Err(GONE);
                }
                let workspace = workspace.add(tx, now)?;
                let user = tx.add_user(&email, &name, &password_hash, now)?;
                tx.add_member(workspace.id, user.id, Role::Owner)?;
                let actor = Actor::User { id: user.id, role: Role::Owner }.to_string();
                let subject = format!("workspace:{}", workspace.id.0);
                tx.audit(workspace.id, now, &actor, "user.register", &subject)?;
                tx.add_session(&session_hash, user.id, workspace.id, now, expires_at)?;
                Ok(Account { user, workspace, role: Role::Owner })
            })
            .await?;
        self.entries(|open| open.first_run = None);
        Ok(LoggedIn { token: session, expires_at, account })
    }

    /// A token that signs a person in, as often as it is used, while this process runs. For a demo, whose
    /// password everybody knows.
    pub fn open_door(&self, user: UserId) -> Result<String> {
        let token = self.entry_token()?;
        self.entries(|open| open.person = Some((sha256(token.as_bytes()), user)));
        Ok(token)
    }

    /// Signs in whom a token of [`Self::open_door`] is for.
    pub async fn enter(&self, token: &str) -> Result<LoggedIn> {
        let hash = sha256(token.as_bytes());
        let person = self.entries(|open| open.person).filter(|(known, _)| *known == hash);
        let (_, id) = person.ok_or(GONE)?;
        let now = self.shared.clock.now();
        let session = SessionToken::generate(&self.shared.random)?;
        let session_hash = session.hash();
        let expires_at = self.session_ends(now);
        let account = self
            .write(move |tx| {
                let user = promised(tx.user(id)?)?;
                let account = account_of(tx, user, None)?;
                tx.add_session(&session_hash, id, account.workspace.id, now, expires_at)?;
                Ok(account)
            })
            .await?;
        Ok(LoggedIn { token: session, expires_at, account })
    }

    fn session_ends(&self, now: Timestamp) -> Timestamp {
        now.plus_millis(i64::from(self.shared.config.session_days) * DAY_MS)
    }

    fn entry_token(&self) -> Result<String> {
        let mut secret = [0; 32];
        self.shared.random.fill(&mut secret)?;
        Ok(to_hex(&secret))
    }

    fn entries<T>(&self, look: impl FnOnce(&mut Open) -> T) -> T {
        look(&mut self.shared.entries.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
