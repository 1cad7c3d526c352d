//! What travels from the requests to the writer.

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::Decision;
use super::parse::Parsed;
use crate::store::{KeyId, StoreError, WorkspaceId};

/// What waits in the queue: the events of one request, and who waits for the answer.
pub(super) struct Submission {
    pub(super) workspace: WorkspaceId,
    pub(super) key: Option<KeyId>,
    /// Who sends, see [`crate::auth::Actor`].
    pub(super) actor: String,
    pub(super) events: Vec<Parsed>,
    pub(super) reply: oneshot::Sender<Result<Vec<Decision>, StoreError>>,
    /// Room in the queue, given back when the request is answered.
    pub(super) _room: [OwnedSemaphorePermit; 2],
}

/// What travels through the queue.
pub(super) enum Message {
    /// Events to be written.
    Events(Submission),
    /// Write what waits, and end.
    Stop,
}
