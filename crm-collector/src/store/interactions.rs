//! Interactions: the other rows of the log.

use std::ops::RangeInclusive;

use crm_models::{Direction, EventId, Interaction, InteractionKind, Timestamp};
use rusqlite::{Row, params};
use serde_json::value::RawValue;

use super::error::Result;
use super::ids::{CustomerNumber, WorkspaceId, number_of};
use super::sealed::Sealed;
use super::workspaces::Workspace;
use super::{ReadTx, WriteTx, column};
use crate::facts::{HistoryEntry, HistoryKind};

pub(super) static ROWS: Sealed = Sealed::new(
    "interactions",
    &["key"],
    &[
        "key",
        "workspace",
        "event_id",
        "customer",
        "kind",
        "direction",
        "channel",
        "occurred_at",
        "received_at",
        "subject",
        "text",
        "attributes",
    ],
);

/// A stored interaction.
#[derive(Clone, Debug)]
pub struct InteractionRow {
    /// Id of the event that brought it.
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
}

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

impl WriteTx<'_> {
    #[expect(clippy::too_many_arguments, reason = "the columns of one row")]
    pub(super) fn insert_interaction(
        &self,
        key: i64,
        workspace: &Workspace,
        interaction: &Interaction,
        id: EventId,
        customer: CustomerNumber,
        channel: u32,
        (occurred_at, received_at): (Timestamp, Timestamp),
    ) -> Result<()> {
        let kind = KINDS.iter().position(|kind| *kind == interaction.kind);
        let direction: u8 = match interaction.direction {
            None => 0,
            Some(Direction::Inbound) => 1,
            Some(Direction::Outbound) => 2,
        };
        let attributes = (!interaction.attributes.is_empty())
            .then(|| serde_json::Value::Object(interaction.attributes.clone()).to_string());
        ROWS.insert(
            self.conn,
            params![
                key,
                workspace.id,
                id.as_bytes(),
                customer,
                kind.and_then(|kind| u8::try_from(kind).ok()),
                direction,
                channel,
                occurred_at.millis(),
                received_at.millis(),
                interaction.subject,
                interaction.text,
                attributes
            ],
        )
    }
}

impl ReadTx<'_> {
    /// Visits the history entries of the interactions with these keys, in order.
    pub(super) fn each_interaction_entry(
        &self,
        keys: RangeInclusive<i64>,
        mut visit: impl FnMut(HistoryEntry),
    ) -> Result<()> {
        let sql = "SELECT key, customer, occurred_at FROM interactions WHERE key BETWEEN ?1 AND ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([keys.start(), keys.end()])?;
        while let Some(row) = rows.next()? {
            visit(HistoryEntry {
                seq: number_of(row.get(0)?),
                customer: row.get(1)?,
                occurred_at: column::time(row, 2)?,
                kind: HistoryKind::Interaction,
            });
        }
        Ok(())
    }

    /// One interaction by its place in the log.
    pub fn interaction(&self, workspace: WorkspaceId, seq: i64) -> Result<Option<InteractionRow>> {
        let sql = "SELECT key, event_id, customer, kind, direction, channel, occurred_at, subject,
                   text, attributes FROM interactions WHERE key = ?1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([workspace.key(seq)])?;
        rows.next()?.map(read_row).transpose()
    }
}

fn read_row(row: &Row<'_>) -> Result<InteractionRow> {
    let kind = KINDS.get(usize::from(row.get::<_, u8>(3)?)).copied();
    Ok(InteractionRow {
        id: column::event_id(row, 1)?,
        seq: number_of(row.get(0)?),
        customer: row.get(2)?,
        kind: kind.ok_or_else(|| column::unreadable(3, "no such kind"))?,
        direction: match row.get(4)? {
            1 => Some(Direction::Inbound),
            2 => Some(Direction::Outbound),
            _ => None,
        },
        channel: row.get(5)?,
        occurred_at: column::time(row, 6)?,
        subject: row.get(7)?,
        text: row.get(8)?,
        attributes: column::json(row, 9)?,
    })
}
