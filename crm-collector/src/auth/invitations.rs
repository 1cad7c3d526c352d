//! Inviting people to a workspace. Works under every registration policy.

use std::net::IpAddr;

use crm_models::{Code, Role, Timestamp};
use ring::rand::SecureRandom;

use super::accounts::{Account, NewUser};
use super::error::{AuthError, Result};
use super::principal::Actor;
use super::right::{Own, Person};
use super::secret::{sha256, to_hex};
use super::text::email;
use super::{Access, Auth, promised};
use crate::facts::{List, Page, Place};
use crate::store::{Invitation, InvitationId, User, WriteTx};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Invitations of a workspace that wait at the same time.
const WAITING: i64 = 1_000;
/// Bytes that an invitation takes in a list, beside its address.
const LISTED_BYTES: usize = 200;
/// Says what a token is where it turns up.
const PREFIX: &str = "crm_in_";

/// Who takes an invitation.
#[derive(Debug)]
pub enum Newcomer {
    /// Somebody without an account: their name and password.
    Stranger {
        /// What they are called.
        name: String,
        /// The password they chose.
        password: String,
    },
    /// Somebody who has an account and is logged in.
    Known(Access<Person>),
}

impl Auth {
    /// Keeps a place for an address. The token, shown this once, is what takes it.
    pub async fn invite(
        &self,
        access: &Access<Own>,
        address: &str,
        role: Role,
    ) -> Result<(String, Invitation)> {
        let address = email(address)?;
        let mut secret = [0; 32];
        self.shared.random.fill(&mut secret)?;
        let token = format!("{PREFIX}{}", to_hex(&secret));
        let token_hash = sha256(token.as_bytes());
        let now = self.shared.clock.now();
        let expires_at = now.plus_millis(i64::from(self.shared.config.invitation_days) * DAY_MS);
        let (workspace, actor) = (access.workspace(), access.actor().to_string());
        let invitation = self
            .write(move |tx| {
                if let Some(user) = tx.user_by_email(&address)?
                    && tx.role(workspace, user.id)?.is_some()
                {
                    return Err(AuthError::Conflict("they belong to the workspace already".into()));
                }
                tx.lock_workspace(workspace)?;
                let invitation =
                    tx.add_invitation(&token_hash, workspace, &address, role, now, expires_at)?;
                // Afterwards, for an earlier one of the same address has given way.
                if tx.count_invitations(workspace, now)? > WAITING {
                    let rule = format!("at most {WAITING} wait at a time; withdraw one first");
                    return Err(AuthError::field(Code::TooMany, "invitations", rule));
                }
                let subject = subject(invitation.id);
                tx.audit(workspace, now, &actor, "invitation.create", &subject)?;
                Ok(invitation)
            })
            .await?;
        Ok((token, invitation))
    }

    /// A page of the invitations that wait to be taken, the latest first.
    pub async fn invitations(
        &self,
        access: &Access<Own>,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<Invitation>> {
        let (workspace, now) = (access.workspace(), self.shared.clock.now());
        let before = after.map_or(i64::MAX, |place| place.number);
        self.read(move |tx| {
            let mut page = Page::new(List::Invitations, limit);
            tx.each_invitation(workspace, before, now, |invitation| {
                // A character may be written as an escape.
                let bytes = LISTED_BYTES + 2 * invitation.email.len();
                page.take(Place::number(invitation.id.0), bytes, invitation)
            })?;
            Ok(page)
        })
        .await
    }

    /// Takes an invitation back.
    pub async fn withdraw_invitation(&self, access: &Access<Own>, id: InvitationId) -> Result<()> {
        let (workspace, actor) = (access.workspace(), access.actor().to_string());
        let now = self.shared.clock.now();
        self.write(move |tx| {
            if !tx.remove_invitation(workspace, id, now)? {
                return Err(AuthError::NotFound("invitation"));
            }
            Ok(tx.audit(workspace, now, &actor, "invitation.withdraw", &subject(id))?)
        })
        .await
    }

    /// Takes the place that a token stands for.
    pub async fn accept_invitation(
        &self,
        token: &str,
        newcomer: Newcomer,
        address: Option<IpAddr>,
    ) -> Result<Account> {
        self.slow_down(address)?;
        let token_hash = sha256(token.as_bytes());
        let now = self.shared.clock.now();
        let invited =
            self.read(move |tx| living(tx.invitation_by_token(&token_hash)?, now)).await?;
        match newcomer {
            Newcomer::Known(access) => {
                let id = access.user()?;
                self.write(move |tx| {
                    let invitation = living(tx.invitation_by_token(&token_hash)?, now)?;
                    let user = promised(tx.user(id)?)?;
                    if user.email != invitation.email {
                        let message = "the invitation is for another email address";
                        return Err(AuthError::Forbidden(message.into()));
                    }
                    join(tx, &invitation, user, now)
                })
                .await
            }
            Newcomer::Stranger { name, password } => {
                let known = invited.email.clone();
                if self.read(move |tx| Ok(tx.user_by_email(&known)?)).await?.is_some() {
                    let message = "there is an account with this email address: log in, then \
                                   accept the invitation";
                    return Err(AuthError::Conflict(message.into()));
                }
                let new = NewUser::new(&name, &invited.email, password)?;
                let (name, password_hash) = self.hashed(new).await?;
                self.write(move |tx| {
                    // It may have been taken or withdrawn while the password was hashed.
                    let invitation = living(tx.invitation_by_token(&token_hash)?, now)?;
                    let user = tx.add_user(&invitation.email, &name, &password_hash, now)?;
                    join(tx, &invitation, user, now)
                })
                .await
            }
        }
    }
}

fn living(invitation: Option<Invitation>, now: Timestamp) -> Result<Invitation> {
    match invitation {
        None => Err(AuthError::Unauthorized("the invitation is unknown, taken or withdrawn")),
        Some(invitation) if invitation.expires_at <= now => {
            Err(AuthError::Expired("the invitation has expired, ask for a new one"))
        }
        Some(invitation) => Ok(invitation),
    }
}

fn join(tx: &WriteTx<'_>, invitation: &Invitation, user: User, now: Timestamp) -> Result<Account> {
    let workspace = promised(tx.workspace(invitation.workspace)?)?;
    tx.add_member(workspace.id, user.id, invitation.role)?;
    tx.remove_invitation(workspace.id, invitation.id, now)?;
    // A member from before keeps the role they have.
    let role = promised(tx.role(workspace.id, user.id)?)?;
    let actor = Actor::User { id: user.id, role };
    let subject = subject(invitation.id);
    tx.audit(workspace.id, now, &actor.to_string(), "invitation.accept", &subject)?;
    Ok(Account { user, workspace, role })
}

fn subject(id: InvitationId) -> String {
    format!("invitation:{}", id.0)
}
