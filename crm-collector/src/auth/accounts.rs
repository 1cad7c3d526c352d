//! People: registering, logging in and out, changing a password.

use std::net::IpAddr;

use chrono_tz::Tz;
use crm_models::{Currency, Role, Timestamp};

use super::error::{AuthError, Result};
use super::password::Password;
use super::principal::{Actor, Principal};
use super::right::{Own, Person, Right};
use super::secret::SessionToken;
use super::text::{self, line};
use super::throttle::From;
use super::{Access, Auth, Registration, promised};
use crate::store::{AuditEntry, ReadTx, User, UserId, Workspace, WriteTx};

pub(super) const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// What a workspace is called when nobody says.
const DEFAULT_WORKSPACE: &str = "default";

/// A person to be added; its fields have been checked.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) password: Password,
}

impl NewUser {
    /// Checks what a person says of themselves.
    pub fn new(name: &str, email: &str, password: String) -> Result<Self> {
        let (name, email) = (line("name", name)?, text::email(email)?);
        Ok(Self { name, email, password: Password::new(password, "password")? })
    }
}

/// A workspace to be made, where one is.
#[derive(Clone, Debug)]
pub struct NewWorkspace {
    name: Option<String>,
    currency: Currency,
    timezone: Tz,
}

impl NewWorkspace {
    /// Checks a workspace's name, which is `default` where nobody says. Without the rest, it
    /// reports in EUR and UTC.
    pub fn new(
        name: Option<&str>,
        currency: Option<Currency>,
        timezone: Option<Tz>,
    ) -> Result<Self> {
        let name = name.map(|name| line("workspace", name)).transpose()?;
        let currency = currency.unwrap_or(Currency::EUR);
        Ok(Self { name, currency, timezone: timezone.unwrap_or(Tz::UTC) })
    }

    pub(super) fn add(&self, tx: &WriteTx<'_>, now: Timestamp) -> Result<Workspace> {
        let title = self.name.as_deref().unwrap_or(DEFAULT_WORKSPACE);
        Ok(tx.add_workspace(title, self.currency, self.timezone, now)?)
    }
}

/// A person in a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub user: User,
    /// Where.
    pub workspace: Workspace,
    /// As what.
    pub role: Role,
}

/// Where somebody logs in from.
#[derive(Clone, Debug, Default)]
pub struct LogInFrom {
    /// Their address, where it is known.
    pub address: Option<IpAddr>,
    /// The session their browser still has. If it is one of the same account, others who guess
    /// from the same address do not slow them down.
    pub session: Option<SessionToken>,
}

/// A fresh session.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// The cookie's secret.
    pub token: SessionToken,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who logged in, and where.
    pub account: Account,
}

impl Auth {
    /// Makes an account and its own workspace, where [`Registration`] allows it.
    pub async fn register(
        &self,
        new: NewUser,
        workspace: NewWorkspace,
        address: Option<IpAddr>,
    ) -> Result<Account> {
        self.slow_down(address)?;
        let registration = self.shared.registration;
        // Before the password costs its time, and once more where it counts.
        self.read(move |tx| may_register(registration, tx)).await?;
        let password_hash = self.shared.hashing.hash(new.password).await?;
        let now = self.shared.clock.now();
        self.write(move |tx| {
            may_register(registration, tx)?;
            let workspace = workspace.add(tx, now)?;
            let user = tx.add_user(&new.email, &new.name, &password_hash, now)?;
            tx.add_member(workspace.id, user.id, Role::Owner)?;
            let actor = Actor::User { id: user.id, role: Role::Owner };
            let subject = format!("workspace:{}", workspace.id.0);
            tx.audit(workspace.id, now, &actor.to_string(), "user.register", &subject)?;
            Ok(Account { user, workspace, role: Role::Owner })
        })
        .await
    }

    /// Makes a workspace without people, as for an import. For the command line.
    pub async fn add_workspace(&self, workspace: NewWorkspace) -> Result<Workspace> {
        let now = self.shared.clock.now();
        self.write(move |tx| {
            let workspace = workspace.add(tx, now)?;
            let subject = format!("workspace:{}", workspace.id.0);
            let actor = Actor::CommandLine.to_string();
            tx.audit(workspace.id, now, &actor, "workspace.add", &subject)?;
            Ok(workspace)
        })
        .await
    }

    /// Adds a person to the workspace of this name, or to the first one; makes it where there is
    /// none. For the command line.
    pub async fn add_user(
        &self,
        new: NewUser,
        role: Role,
        workspace: NewWorkspace,
    ) -> Result<Account> {
        let password_hash = self.shared.hashing.hash(new.password).await?;
        let now = self.shared.clock.now();
        self.write(move |tx| {
            let existing = match &workspace.name {
                Some(name) => tx.workspace_by_name(name)?,
                None => tx.workspaces()?.into_iter().next(),
            };
            let workspace = match existing {
                Some(existing) => existing,
                None => workspace.add(tx, now)?,
            };
            let user = tx.add_user(&new.email, &new.name, &password_hash, now)?;
            tx.add_member(workspace.id, user.id, role)?;
            let actor = Actor::CommandLine.to_string();
            tx.audit(workspace.id, now, &actor, "user.add", &format!("user:{}", user.id.0))?;
            Ok(Account { user, workspace, role })
        })
        .await
    }

    /// A person's name, and the hash of the password they chose.
    pub(super) async fn hashed(&self, new: NewUser) -> Result<(String, String)> {
        Ok((new.name, self.shared.hashing.hash(new.password).await?))
    }

    /// Begins a session in the named workspace, or in the first of the user's. Takes the same
    /// time and gives the same answer whether the address is unknown or the password wrong.
    pub async fn log_in(
        &self,
        email: &str,
        password: String,
        workspace: Option<String>,
        from: LogInFrom,
    ) -> Result<LoggedIn> {
        const WRONG: AuthError =
            AuthError::Unauthorized("the email address or the password is wrong");
        let email = email.trim().to_lowercase();
        let (wanted, session) = (email.clone(), from.session.as_ref().map(SessionToken::hash));
        let (found, session) = self
            .read(move |tx| {
                let Some(user) = tx.user_by_email(&wanted)? else { return Ok((None, None)) };
                let password_hash = promised(tx.password_hash(user.id)?)?;
                let own = |hash: &[u8; 32]| -> Result<bool> {
                    Ok(tx.session(hash)?.is_some_and(|session| session.user == user.id))
                };
                let session = match session {
                    Some(hash) if own(&hash)? => Some(hash),
                    _ => None,
                };
                Ok((Some((user, password_hash)), session))
            })
            .await?;
        let from = session.as_ref().map_or(From::Address(from.address), From::Session);
        let attempt = self.shared.throttle.attempt(&email, from)?;
        let (user, password_hash) = found.unzip();
        let verified =
            self.shared.hashing.verify(Password::attempt(password), password_hash).await?;
        let user = user.filter(|_| verified).ok_or(WRONG)?;
        attempt.succeeded();

        let token = SessionToken::generate(&self.shared.random)?;
        let token_hash = token.hash();
        let now = self.shared.clock.now();
        let expires_at = now.plus_millis(i64::from(self.shared.config.session_days) * DAY_MS);
        let account = self
            .write(move |tx| {
                let account = account_of(tx, user, workspace.as_deref())?;
                let workspace = account.workspace.id;
                tx.add_session(&token_hash, account.user.id, workspace, now, expires_at)?;
                Ok(account)
            })
            .await?;
        Ok(LoggedIn { token, expires_at, account })
    }

    /// Who is behind a session.
    pub async fn session(&self, token: &SessionToken) -> Result<Principal> {
        let token_hash = token.hash();
        let session = self.read(move |tx| Ok(tx.session(&token_hash)?)).await?;
        let session =
            session.ok_or(AuthError::Unauthorized("the session is over, log in again"))?;
        if session.expires_at <= self.shared.clock.now() {
            return Err(AuthError::Expired("the session has expired, log in again"));
        }
        let actor = Actor::User { id: session.user, role: session.role };
        Ok(Principal { workspace: session.workspace, actor })
    }

    /// Ends a session.
    pub async fn log_out(&self, token: &SessionToken) -> Result<()> {
        let token_hash = token.hash();
        self.write(move |tx| Ok(tx.end_session(&token_hash)?)).await
    }

    /// The account behind a session, and all workspaces it may log in to.
    pub async fn me(&self, access: &Access<Person>) -> Result<(Account, Vec<(Workspace, Role)>)> {
        let (id, here) = (access.user()?, access.workspace());
        self.read(move |tx| {
            let user = promised(tx.user(id)?)?;
            let mut workspaces = Vec::new();
            for (workspace, role) in tx.workspaces_of(id)? {
                workspaces.push((promised(tx.workspace(workspace)?)?, role));
            }
            let current = workspaces.iter().find(|(workspace, _)| workspace.id == here);
            let (workspace, role) = promised(current.cloned())?;
            Ok((Account { user, workspace, role }, workspaces))
        })
        .await
    }

    /// Changes one's own password and ends one's other sessions.
    pub async fn change_password(
        &self,
        access: &Access<Person>,
        session: &SessionToken,
        current: String,
        new: Password,
    ) -> Result<()> {
        let (id, workspace) = (access.user()?, access.workspace());
        let (user, stored) = self
            .read(move |tx| Ok((promised(tx.user(id)?)?, promised(tx.password_hash(id)?)?)))
            .await?;
        // A stolen session must not become a way to guess the password.
        let kept = session.hash();
        let attempt = self.shared.throttle.attempt(&user.email, From::Session(&kept))?;
        if !self.shared.hashing.verify(Password::attempt(current), Some(stored)).await? {
            return Err(AuthError::Unauthorized("the current password is wrong"));
        }
        attempt.succeeded();
        let password_hash = self.shared.hashing.hash(new).await?;
        let (now, actor) = (self.shared.clock.now(), access.actor().to_string());
        self.write(move |tx| {
            tx.set_password_hash(id, &password_hash)?;
            tx.end_sessions_of(id, Some(&kept))?;
            Ok(tx.audit(workspace, now, &actor, "user.password", &format!("user:{}", id.0))?)
        })
        .await
    }

    /// Ends one's sessions but for this one.
    pub async fn end_other_sessions(
        &self,
        access: &Access<Person>,
        session: &SessionToken,
    ) -> Result<()> {
        let (id, kept) = (access.user()?, session.hash());
        self.write(move |tx| Ok(tx.end_sessions_of(id, Some(&kept))?)).await
    }

    /// Sets somebody's password and ends their sessions. For the command line.
    pub async fn set_password(&self, email: &str, new: Password) -> Result<()> {
        let email = text::email(email)?;
        let password_hash = self.shared.hashing.hash(new).await?;
        let now = self.shared.clock.now();
        self.write(move |tx| {
            let user = tx.user_by_email(&email)?;
            let user: UserId = user.ok_or(AuthError::NotFound("user"))?.id;
            tx.set_password_hash(user, &password_hash)?;
            tx.end_sessions_of(user, None)?;
            let actor = Actor::CommandLine.to_string();
            for (workspace, _) in tx.workspaces_of(user)? {
                let subject = format!("user:{}", user.0);
                tx.audit(workspace, now, &actor, "user.password", &subject)?;
            }
            Ok(())
        })
        .await
    }

    /// The people of a workspace.
    pub async fn users(&self, access: &Access<Own>) -> Result<Vec<(User, Role)>> {
        let workspace = access.workspace();
        self.read(move |tx| Ok(tx.members(workspace)?)).await
    }

    /// Who changed accounts and keys, the latest first.
    pub async fn audit_entries(
        &self,
        access: &Access<Own>,
        at_most: usize,
    ) -> Result<Vec<AuditEntry>> {
        let workspace = access.workspace();
        self.read(move |tx| Ok(tx.audit_entries(workspace, at_most)?)).await
    }

    /// The workspace somebody works in.
    pub async fn workspace<R: Right>(&self, access: &Access<R>) -> Result<Workspace> {
        let workspace = access.workspace();
        self.read(move |tx| promised(tx.workspace(workspace)?)).await
    }
}

fn may_register(registration: Registration, tx: &ReadTx<'_>) -> Result<()> {
    match registration {
        Registration::Open => Ok(()),
        Registration::FirstUser if !tx.has_users()? => Ok(()),
        Registration::FirstUser => Err(AuthError::RegistrationClosed(
            "only the first user registers here; ask an owner for an invitation",
        )),
        Registration::Closed => {
            Err(AuthError::RegistrationClosed("accounts are made by invitation; ask an owner"))
        }
    }
}

pub(super) fn account_of(tx: &ReadTx<'_>, user: User, name: Option<&str>) -> Result<Account> {
    for (workspace, role) in tx.workspaces_of(user.id)? {
        let workspace = promised(tx.workspace(workspace)?)?;
        if name.is_none_or(|name| workspace.title.eq_ignore_ascii_case(name)) {
            return Ok(Account { user, workspace, role });
        }
    }
    Err(AuthError::Forbidden(match name {
        Some(_) => "you belong to no workspace of this name".into(),
        None => "you belong to no workspace; ask an owner for an invitation".into(),
    }))
}
