//! Interactions: the other rows of the log.

use crm_models::{Direction, EventId, Interaction, InteractionKind, Timestamp};
use serde_json::value::RawValue;

use super::ReadTx;
use super::error::{Result, StoreError};
use super::ids::{CustomerNumber, WorkspaceId};

/// A stored interaction.
#[derive(Clone, Debug)]
pub struct InteractionRow {
    /// Id of the event that brought its first version.
    pub id: EventId,
    /// Its place in the log.
    pub seq: i64,
    /// With whom.
    pub customer: CustomerNumber,
    /// What sort it was.
    pub kind: InteractionKind,
    /// Who turned to whom.
    pub direction: Option<Direction>,
    /// Label of the channel; 0 for none.
    pub channel: u32,
    /// When.
    pub occurred_at: Timestamp,
    /// One line.
    pub subject: Option<String>,
    /// The whole text.
    pub text: Option<String>,
    /// Whatever else the host said, as JSON.
    pub attributes: Box<RawValue>,
    /// When the host last changed it, where that was told.
    pub updated_at: Option<Timestamp>,
    /// When the collector took it in.
    pub received_at: Timestamp,
}

/// An interaction as it is or was, or the mark that it was taken back.
#[derive(Clone, Debug)]
pub enum InteractionVersion {
    /// What was stored.
    Stored(InteractionRow),
    /// Such a mark.
    Void {
        /// Id of the event that brought the first version.
        id: EventId,
        /// When the host took it back, where that was told.
        updated_at: Option<Timestamp>,
        /// When the collector took that in.
        received_at: Timestamp,
        /// Id of the event that took it back, where it is not `id`.
        brought_by: Option<EventId>,
    },
}

impl InteractionVersion {
    /// Id of the event that brought the first version.
    pub fn id(&self) -> EventId {
        match self {
            Self::Stored(row) => row.id,
            Self::Void { id, .. } => *id,
        }
    }
}

/// What stands in the place of a kind where an interaction was taken back altogether.
pub(super) const INTERACTION_VOID: u8 = 254;

/// The kinds, in the order of their stored numbers; only ever appended to.
const KINDS: [InteractionKind; 8] = [
    InteractionKind::Visit,
    InteractionKind::Email,
    InteractionKind::Call,
    InteractionKind::Chat,
    InteractionKind::Ticket,
    InteractionKind::Campaign,
    InteractionKind::Note,
    InteractionKind::Custom,
];

/// An interaction as the log keeps it: codes and numbers.
pub(super) struct LoggedInteraction<'r> {
    pub(super) seq: i64,
    pub(super) id: EventId,
    pub(super) customer: CustomerNumber,
    pub(super) kind: u8,
    pub(super) direction: u8,
    pub(super) channel: u32,
    pub(super) occurred_at: Timestamp,
    pub(super) received_at: Timestamp,
    pub(super) subject: Option<&'r str>,
    pub(super) text: Option<&'r str>,
    /// An object of JSON, absent when it is empty.
    pub(super) attributes: Option<&'r str>,
    pub(super) updated_at: Option<Timestamp>,
    /// Id of the event that brought this version, where it is not the first one's.
    pub(super) brought_by: Option<EventId>,
}

/// How the kind of an interaction is stored.
pub(super) fn kind_code(kind: InteractionKind) -> u8 {
    let code = KINDS.iter().position(|known| *known == kind);
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// How the direction of an interaction is stored.
pub(super) fn direction_code(direction: Option<Direction>) -> u8 {
    match direction {
        None => 0,
        Some(Direction::Inbound) => 1,
        Some(Direction::Outbound) => 2,
    }
}

/// What else a host said, as it is stored.
pub(super) fn attributes_of(interaction: &Interaction) -> Option<String> {
    (!interaction.attributes.is_empty())
        .then(|| serde_json::Value::Object(interaction.attributes.clone()).to_string())
}

impl LoggedInteraction<'_> {
    fn unpack(&self) -> Result<InteractionRow> {
        let unreadable = |what: &str| StoreError::Damaged(format!("an interaction: {what}"));
        let kind = KINDS.get(usize::from(self.kind)).copied();
        // Not taken apart: nobody looks into it, and apart it would take many times its bytes.
        let attributes = RawValue::from_string(self.attributes.unwrap_or("{}").to_owned());
        Ok(InteractionRow {
            id: self.id,
            seq: self.seq,
            customer: self.customer,
            kind: kind.ok_or_else(|| unreadable("no such kind"))?,
            direction: match self.direction {
                1 => Some(Direction::Inbound),
                2 => Some(Direction::Outbound),
                _ => None,
            },
            channel: self.channel,
            occurred_at: self.occurred_at,
            subject: self.subject.map(str::to_owned),
            text: self.text.map(str::to_owned),
            attributes: attributes.map_err(|error| unreadable(&error.to_string()))?,
            updated_at: self.updated_at,
            received_at: self.received_at,
        })
    }
}

impl ReadTx<'_> {
    /// One interaction by its place in the log.
    pub fn interaction(&self, workspace: WorkspaceId, seq: i64) -> Result<Option<InteractionRow>> {
        self.logged_interaction(workspace, seq, |logged| logged.unpack())
    }

    /// Some interactions behind one place in the log up to another, in its order.
    pub(super) fn some_interactions(
        &self,
        workspace: WorkspaceId,
        events: (i64, i64),
        at_most: usize,
    ) -> Result<Vec<InteractionRow>> {
        let mut found = Vec::new();
        self.each_logged_interaction(workspace, events, at_most, |logged| {
            found.push(logged.unpack()?);
            Ok(())
        })?;
        Ok(found)
    }

    /// One version of an interaction by its place in the log, whether it is past or not.
    pub fn interaction_version(
        &self,
        workspace: WorkspaceId,
        seq: i64,
    ) -> Result<Option<InteractionVersion>> {
        self.logged_interaction_version(workspace, seq, |logged| match logged.kind {
            INTERACTION_VOID => Ok(InteractionVersion::Void {
                id: logged.id,
                updated_at: logged.updated_at,
                received_at: logged.received_at,
                brought_by: logged.brought_by,
            }),
            _ => logged.unpack().map(InteractionVersion::Stored),
        })
    }

    /// What stands under the id of the event that brought an interaction: as it is now, or the mark that it
    /// was taken back. `None` where the id is that of another event, or of what is gone with its customer.
    pub fn interaction_by_id(
        &self,
        workspace: WorkspaceId,
        id: EventId,
    ) -> Result<Option<InteractionVersion>> {
        let Some(seq) = self.place_of_event(workspace, id)? else { return Ok(None) };
        let found = self.interaction_version(workspace, seq)?;
        // The id of a correction leads to what it brought, which is known by the first one's.
        Ok(found.filter(|version| version.id() == id))
    }
}
