//! Who is asking. What they may do, [`Access`](super::Access) says.

use std::fmt;
use std::sync::Arc;

use crm_models::{EventType, KeyKind, Role, Scope, Timestamp};

use super::error::{AuthError, Result};
use crate::store::{ApiKey, KeyId, UserId, WorkspaceId};

/// An authenticated party at work in one workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub(super) workspace: WorkspaceId,
    pub(super) actor: Actor,
}

/// The party that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person, by their session.
    User {
        /// Who.
        id: UserId,
        /// What they may do.
        role: Role,
    },
    /// A program, by its API key.
    Key(Arc<KeyGrant>),
    /// Whoever runs commands on the collector's own machine; they own the file anyway.
    CommandLine,
    /// The collector itself, at work in the background.
    Collector,
}

/// What an API key grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyGrant {
    /// Its number.
    pub id: KeyId,
    /// What its owner calls it.
    pub name: String,
    /// Where it is used.
    pub kind: KeyKind,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The events it may send; `None` for all.
    pub event_types: Option<Vec<EventType>>,
    /// The web origins it may be used from; `None` for all.
    pub origins: Option<Vec<String>>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// What purchases come from that name no source themselves.
    pub source: Option<String>,
}

/// Audit entries name the actor so.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User { id, .. } => write!(f, "user:{}", id.0),
            Self::Key(key) => write!(f, "key:{}", key.id.0),
            Self::CommandLine => f.write_str("cli"),
            Self::Collector => f.write_str("collector"),
        }
    }
}

impl Principal {
    /// The workspace they are at work in.
    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// The party that asks.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The number of the key that asks, if it is one.
    pub fn key_id(&self) -> Option<KeyId> {
        match &self.actor {
            Actor::Key(key) => Some(key.id),
            Actor::User { .. } | Actor::CommandLine | Actor::Collector => None,
        }
    }

    /// Refuses a browser key from a page it was not made for. `origin` is the request's
    /// `Origin` header, which browsers send with every changing or cross-site request.
    pub fn require_origin(&self, origin: Option<&str>) -> Result<()> {
        let Actor::Key(key) = &self.actor else { return Ok(()) };
        let Some(allowed) = &key.origins else { return Ok(()) };
        if origin.is_some_and(|origin| allowed.iter().any(|allowed| allowed == origin)) {
            return Ok(());
        }
        Err(AuthError::Forbidden("the key may not be used from this web origin".into()))
    }
}

impl KeyGrant {
    /// Whether events of this type may be sent.
    pub fn may_send(&self, event_type: EventType) -> bool {
        self.event_types.as_ref().is_none_or(|types| types.contains(&event_type))
    }

    /// Whether what is sent may take the place of what is stored. A browser key is known to everybody
    /// who opens a page.
    pub fn may_correct(&self) -> bool {
        self.kind == KeyKind::Server
    }
}

impl From<ApiKey> for KeyGrant {
    fn from(key: ApiKey) -> Self {
        let about = key.about;
        Self {
            id: key.id,
            name: about.name,
            kind: about.kind,
            scopes: about.scopes,
            event_types: about.event_types,
            origins: about.origins,
            expires_at: about.expires_at,
            source: about.source.clone(),
        }
    }
}
