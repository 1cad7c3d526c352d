//! The tables of what was recommended, and of how a workspace is advised.

use crm_models::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::sealed::Sealed;
use super::{Snapshot, Transaction, column};
use crate::store::{AdviceDecision, AdviceRow, AdviceRules, CustomerNumber, Result, WorkspaceId};

pub(super) static ROWS: Sealed = Sealed::new(
    "advice",
    &["workspace", "id"],
    &[
        "workspace",
        "id",
        "kind",
        "customer",
        "made_at",
        "as_of",
        "by_day",
        "currency",
        "at_stake",
        "worth",
        "said",
        "held",
        "state",
        "decided_at",
        "decided_by",
        "reason",
        "until_day",
    ],
);

pub(super) static RULES: Sealed =
    Sealed::new("advice_rules", &["workspace"], &["workspace", "hold_key", "hold_percent"]);

const COLUMNS: &str = "id, kind, customer, made_at, as_of, by_day, currency, at_stake, worth, said, \
                       held, state, decided_at, decided_by, reason, until_day";

fn from_row(row: &Row<'_>) -> rusqlite::Result<AdviceRow> {
    let customer: u32 = row.get(2)?;
    let decided = column::optional_time(row, 12)?.map(|at| {
        Ok::<_, rusqlite::Error>(AdviceDecision {
            at,
            by: row.get(13)?,
            reason: row.get(14)?,
            until_day: row.get(15)?,
        })
    });
    Ok(AdviceRow {
        id: row.get(0)?,
        kind: row.get(1)?,
        customer: (customer != 0).then_some(CustomerNumber(customer)),
        made_at: column::time(row, 3)?,
        as_of: row.get(4)?,
        by_day: row.get(5)?,
        currency: column::currency(row, 6)?,
        at_stake: row.get(7)?,
        worth: row.get(8)?,
        said: row.get(9)?,
        is_held: row.get(10)?,
        state: row.get(11)?,
        decided: decided.transpose()?,
    })
}

impl Snapshot<'_> {
    /// One piece of advice by its id.
    pub fn advice(&self, workspace: WorkspaceId, id: &str) -> Result<Option<AdviceRow>> {
        let sql = format!("SELECT {COLUMNS} FROM advice WHERE workspace = ?1 AND id = ?2");
        let mut statement = self.conn.prepare_cached(&sql)?;
        Ok(statement.query_row(params![workspace, id], from_row).optional()?)
    }

    /// Visits all advice of a workspace.
    pub fn each_advice(
        &self,
        workspace: WorkspaceId,
        mut visit: impl FnMut(AdviceRow),
    ) -> Result<()> {
        let sql = format!("SELECT {COLUMNS} FROM advice WHERE workspace = ?1");
        let mut statement = self.conn.prepare_cached(&sql)?;
        for row in statement.query_map([workspace], from_row)? {
            visit(row?);
        }
        Ok(())
    }

    /// How a workspace is advised.
    pub(in crate::store) fn rules_of_advice(
        &self,
        workspace: WorkspaceId,
    ) -> Result<Option<AdviceRules>> {
        let sql = "SELECT hold_key, hold_percent FROM advice_rules WHERE workspace = ?1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let rules = statement.query_row([workspace], |row| {
            Ok(AdviceRules { hold_key: row.get(0)?, hold_percent: row.get(1)? })
        });
        Ok(rules.optional()?)
    }
}

impl Transaction<'_> {
    /// Adds a piece of advice.
    pub(in crate::store) fn insert_advice(
        &self,
        workspace: WorkspaceId,
        row: &AdviceRow,
    ) -> Result<()> {
        let decided = row.decided.as_ref();
        ROWS.insert(
            self.conn,
            params![
                workspace,
                row.id,
                row.kind,
                row.customer.map_or(0, |number| number.0),
                row.made_at.millis(),
                row.as_of,
                row.by_day,
                row.currency.number(),
                row.at_stake,
                row.worth,
                row.said,
                row.is_held,
                row.state,
                decided.map(|decided| decided.at.millis()),
                decided.map(|decided| &decided.by),
                decided.and_then(|decided| decided.reason.as_ref()),
                decided.and_then(|decided| decided.until_day)
            ],
        )
    }

    /// Changes how a piece of advice stands.
    pub(in crate::store) fn set_advice(
        &self,
        workspace: WorkspaceId,
        row: &AdviceRow,
    ) -> Result<()> {
        let decided = row.decided.as_ref();
        let values = params![
            workspace,
            row.id,
            row.state,
            decided.map(|decided| decided.at).map(Timestamp::millis),
            decided.map(|decided| &decided.by),
            decided.and_then(|decided| decided.reason.as_ref()),
            decided.and_then(|decided| decided.until_day)
        ];
        let set = "state = ?3, decided_at = ?4, decided_by = ?5, reason = ?6, until_day = ?7";
        ROWS.change(self.conn, set, values)?;
        Ok(())
    }

    /// Deletes all advice about a customer.
    pub(in crate::store) fn delete_advice_of(
        &self,
        workspace: WorkspaceId,
        customer: CustomerNumber,
    ) -> Result<()> {
        let sql = "DELETE FROM advice WHERE workspace = ?1 AND customer = ?2 AND customer <> 0";
        self.conn.prepare_cached(sql)?.execute(params![workspace, customer])?;
        Ok(())
    }

    /// Adds the rules of a workspace.
    pub(in crate::store) fn insert_rules_of_advice(
        &self,
        workspace: WorkspaceId,
        rules: &AdviceRules,
    ) -> Result<()> {
        RULES.insert(self.conn, params![workspace, rules.hold_key, rules.hold_percent])
    }

    /// Changes how many are held back.
    pub(in crate::store) fn set_rules_of_advice(
        &self,
        workspace: WorkspaceId,
        hold_percent: u8,
    ) -> Result<()> {
        RULES.change(self.conn, "hold_percent = ?2", params![workspace, hold_percent])?;
        Ok(())
    }
}
