//! Permission as a value. A function that touches a workspace takes an [`Access`] of the right it
//! needs, so its signature says who may call it, and what was not judged here does not compile.

use std::fmt;
use std::marker::PhantomData;

use crm_models::{EventType, KeyKind, Role, Scope};

use super::error::{AuthError, Result};
use super::principal::{Actor, Principal};
use crate::store::{KeyId, UserId, WorkspaceId};

/// Proof that somebody has the right `R` in one workspace. Only this module makes it.
pub struct Access<R> {
    principal: Principal,
    right: PhantomData<fn() -> R>,
}

/// The rights there are.
pub mod right {
    /// A right that [`Access`](super::Access) can prove. The rights are these alone.
    pub trait Right: super::Judge {}

    macro_rules! rights {
        ($($(#[$doc:meta])* $name:ident;)*) => {
            $($(#[$doc])* #[derive(Clone, Copy, Debug)] pub enum $name {} impl Right for $name {})*
        };
    }

    rights! {
        /// To ask whether credentials work. Everybody has it who has credentials.
        Connect;
        /// To send events: keys of the scope `ingest`, owners.
        Ingest;
        /// To correct purchases: server keys of the scope `ingest` that may send some, owners.
        Correct;
        /// To correct interactions: server keys of the scope `ingest` that may send some, owners.
        CorrectInteractions;
        /// To take an import back: server keys of the scope `ingest` that may send all that one brings,
        /// owners.
        TakeBack;
        /// To erase customers: owners, server keys of both scopes.
        Erase;
        /// To read what is stored and computed: keys of the scope `read`, owners, analysts.
        Read;
        /// To decide about recommendations: owners, analysts, server keys of both scopes.
        Decide;
        /// To try rejected events again: owners, server keys of both scopes.
        Replay;
        /// To change people and keys: owners.
        Own;
        /// To act as a person: whoever is logged in.
        Person;
    }
}

use right::{
    Connect, Correct, CorrectInteractions, Decide, Erase, Ingest, Own, Person, Read, Replay, Right,
    TakeBack,
};

/// How a right is judged. Nobody outside can name this, so nobody adds a right elsewhere.
pub trait Judge {
    /// Refuses who lacks the right.
    fn judge(actor: &Actor) -> Result<()>;
}

impl Judge for Connect {
    fn judge(_: &Actor) -> Result<()> {
        Ok(())
    }
}

impl Judge for Ingest {
    fn judge(actor: &Actor) -> Result<()> {
        require(actor, Scope::Ingest)
    }
}

impl Judge for Read {
    fn judge(actor: &Actor) -> Result<()> {
        require(actor, Scope::Read)
    }
}

impl Judge for Correct {
    fn judge(actor: &Actor) -> Result<()> {
        corrects(actor, &[EventType::Purchase])
    }
}

impl Judge for CorrectInteractions {
    fn judge(actor: &Actor) -> Result<()> {
        corrects(actor, &[EventType::Interaction])
    }
}

impl Judge for TakeBack {
    fn judge(actor: &Actor) -> Result<()> {
        corrects(actor, &[EventType::Purchase, EventType::Interaction])
    }
}

impl Judge for Decide {
    fn judge(actor: &Actor) -> Result<()> {
        match actor {
            Actor::User { .. } | Actor::CommandLine => Ok(()),
            Actor::Key(_) => both_scopes(actor),
            Actor::Collector => {
                Err(AuthError::Forbidden("this is for people, and for their programs".into()))
            }
        }
    }
}

impl Judge for Replay {
    fn judge(actor: &Actor) -> Result<()> {
        both_scopes(actor)
    }
}

impl Judge for Erase {
    fn judge(actor: &Actor) -> Result<()> {
        both_scopes(actor)?;
        match actor {
            // What is erased is of all types.
            Actor::Key(key) if key.event_types.is_some() => {
                let why = "this needs a key that may send events of all types";
                Err(AuthError::Forbidden(why.into()))
            }
            _ => Ok(()),
        }
    }
}

/// Who corrects what is of some types may send them.
fn corrects(actor: &Actor, types: &[EventType]) -> Result<()> {
    require(actor, Scope::Ingest)?;
    server_key(actor)?;
    let Actor::Key(key) = actor else { return Ok(()) };
    match types.iter().find(|of| !key.may_send(**of)) {
        Some(of) => Err(AuthError::Forbidden(format!("this key may not send events of type {of}"))),
        None => Ok(()),
    }
}

/// What only an owner's program may do.
fn both_scopes(actor: &Actor) -> Result<()> {
    require(actor, Scope::Ingest)?;
    require(actor, Scope::Read)?;
    server_key(actor)
}

/// A browser key is known to everybody who opens a page.
fn server_key(actor: &Actor) -> Result<()> {
    match actor {
        Actor::Key(key) if key.kind != KeyKind::Server => {
            Err(AuthError::Forbidden("this needs a server key".into()))
        }
        Actor::Key(_) | Actor::User { .. } | Actor::CommandLine | Actor::Collector => Ok(()),
    }
}

impl Judge for Own {
    fn judge(actor: &Actor) -> Result<()> {
        match actor {
            Actor::User { role: Role::Owner, .. } | Actor::CommandLine => Ok(()),
            Actor::User { role: Role::Analyst, .. } | Actor::Collector => {
                Err(AuthError::Forbidden("only an owner of the workspace may do this".into()))
            }
            Actor::Key(_) => Err(AuthError::SessionRequired),
        }
    }
}

impl Judge for Person {
    fn judge(actor: &Actor) -> Result<()> {
        match actor {
            Actor::User { .. } => Ok(()),
            Actor::Key(_) | Actor::CommandLine | Actor::Collector => {
                Err(AuthError::SessionRequired)
            }
        }
    }
}

/// Owners may send and read, analysts and the collector read, keys do what their scopes say.
fn require(actor: &Actor, scope: Scope) -> Result<()> {
    let (allowed, who) = match actor {
        Actor::User { role, .. } => (*role == Role::Owner || scope == Scope::Read, "role"),
        Actor::Key(key) => (key.scopes.contains(&scope), "key"),
        Actor::CommandLine => (true, "command line"),
        Actor::Collector => (scope == Scope::Read, "collector"),
    };
    if allowed {
        return Ok(());
    }
    Err(AuthError::Forbidden(format!("this needs the scope {scope}, which the {who} lacks")))
}

impl Principal {
    /// The right `R` of this party, or why they lack it.
    pub fn access<R: Right>(self) -> Result<Access<R>> {
        R::judge(&self.actor)?;
        Ok(Access { principal: self, right: PhantomData })
    }
}

impl<R: Right> Access<R> {
    /// The right of whoever runs commands on the collector's own machine, who owns the file
    /// anyway. Fails for what only a person has.
    pub fn command_line(workspace: WorkspaceId) -> Result<Self> {
        Principal { workspace, actor: Actor::CommandLine }.access()
    }
}

impl<R> Access<R> {
    /// Another right of the same party, or why they lack it.
    pub fn also<S: Right>(&self) -> Result<Access<S>> {
        self.principal.clone().access()
    }

    /// The workspace; nothing outside it may be touched.
    pub fn workspace(&self) -> WorkspaceId {
        self.principal.workspace
    }

    /// Who has the right.
    pub fn actor(&self) -> &Actor {
        &self.principal.actor
    }

    /// The number of the key that asks, if it is one.
    pub fn key_id(&self) -> Option<KeyId> {
        self.principal.key_id()
    }
}

impl Access<Read> {
    /// The collector's own right, for what it computes before anybody asks.
    pub(crate) fn of_collector(workspace: WorkspaceId) -> Self {
        let principal = Principal { workspace, actor: Actor::Collector };
        Self { principal, right: PhantomData }
    }
}

/// What stands in a path where no source is told.
pub const NO_SOURCE: &str = "-";

impl<R: Right> Access<R> {
    /// The source that a path or an argument names. Where a placeholder stands, it is that of the key
    /// that asks, as it is for what the key sends.
    pub fn source<'a>(&'a self, told: &'a str) -> Option<&'a str> {
        match crm_models::is_placeholder(told) {
            true => self.key()?.source.as_deref(),
            false => Some(told.trim()),
        }
    }

    /// The key that asks, if it is one.
    pub fn key(&self) -> Option<&super::KeyGrant> {
        match &self.principal.actor {
            Actor::Key(key) => Some(key),
            Actor::User { .. } | Actor::CommandLine | Actor::Collector => None,
        }
    }
}

impl Access<Correct> {
    /// Who may correct may send.
    pub fn ingest(&self) -> Access<Ingest> {
        Access { principal: self.principal.clone(), right: PhantomData }
    }
}

impl Access<CorrectInteractions> {
    /// Who may correct may send.
    pub fn ingest(&self) -> Access<Ingest> {
        Access { principal: self.principal.clone(), right: PhantomData }
    }
}

impl Access<Ingest> {
    /// The right of a server's key, for a simulation of many senders.
    #[cfg(test)]
    pub(crate) fn of_key(workspace: WorkspaceId, id: KeyId) -> Self {
        let grant = super::KeyGrant {
            id,
            name: "simulated".into(),
            kind: KeyKind::Server,
            scopes: vec![Scope::Ingest],
            event_types: None,
            origins: None,
            expires_at: None,
            source: None,
        };
        let principal = Principal { workspace, actor: Actor::Key(std::sync::Arc::new(grant)) };
        Self { principal, right: PhantomData }
    }
}

impl Access<Person> {
    /// Who it is. Judged to be a person, so there is one.
    pub(super) fn user(&self) -> Result<UserId> {
        match &self.principal.actor {
            Actor::User { id, .. } => Ok(*id),
            Actor::Key(_) | Actor::CommandLine | Actor::Collector => {
                Err(AuthError::SessionRequired)
            }
        }
    }
}

// By hand, as the right itself is never there to be cloned or printed.
impl<R> Clone for Access<R> {
    fn clone(&self) -> Self {
        Self { principal: self.principal.clone(), right: PhantomData }
    }
}

impl<R> fmt::Debug for Access<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Access").field(&self.principal).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::auth::KeyGrant;

    #[test]
    fn a_browser_key_replays_nothing_even_if_it_had_the_scopes() {
        let may = |kind| {
            let grant = KeyGrant {
                id: KeyId(1),
                name: "shop".into(),
                kind,
                scopes: vec![Scope::Ingest, Scope::Read],
                event_types: None,
                origins: None,
                expires_at: None,
                source: None,
            };
            let actor = Actor::Key(Arc::new(grant));
            Principal { workspace: WorkspaceId(1), actor }.access::<Replay>().is_ok()
        };
        assert_eq!((may(KeyKind::Server), may(KeyKind::Browser)), (true, false));
    }
}
