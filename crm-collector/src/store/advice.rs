//! What was recommended, and what became of it.

use crm_models::{Currency, Timestamp};

use super::error::Result;
use super::ids::{CustomerNumber, WorkspaceId};
use super::{ReadTx, WriteTx};

/// Customers of a hundred whom an experiment holds back, unless told otherwise.
pub const HOLD_PERCENT: u8 = 20;
/// Bytes of the key that decides who is held back.
const KEY_BYTES: usize = 32;

/// A piece of advice as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdviceRow {
    /// Names it within the workspace.
    pub id: String,
    /// Its kind, as the question has it.
    pub kind: String,
    /// The customer it is about, if it is about one.
    pub customer: Option<CustomerNumber>,
    /// When it was given.
    pub made_at: Timestamp,
    /// The first day that was not known.
    pub as_of: i32,
    /// The last day on which it makes sense.
    pub by_day: i32,
    /// Currency of its money.
    pub currency: Currency,
    /// Money at stake, 1/10,000.
    pub at_stake: i64,
    /// The same times the chance, 1/10,000.
    pub worth: i64,
    /// Its figures, as JSON.
    pub said: String,
    /// Whether an experiment holds it back.
    pub is_held: bool,
    /// What became of it: `open`, `accepted`, `done`, `dismissed` or `snoozed`.
    pub state: String,
    /// What was decided last.
    pub decided: Option<AdviceDecision>,
}

/// What was decided about a piece of advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdviceDecision {
    /// When.
    pub at: Timestamp,
    /// Who: `user:ID`, `key:ID` or `cli`.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// The day from which on it is open again.
    pub until_day: Option<i32>,
}

/// How a workspace is advised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdviceRules {
    /// Secret: decides with a customer's number who is held back.
    pub hold_key: Vec<u8>,
    /// Customers of a hundred who are held back.
    pub hold_percent: u8,
}

impl ReadTx<'_> {
    /// How a workspace is advised; nothing before the first time.
    pub fn advice_rules(&self, workspace: WorkspaceId) -> Result<Option<AdviceRules>> {
        self.rules_of_advice(workspace)
    }
}

impl WriteTx<'_> {
    /// The rules of a workspace, which get a key of their own the first time.
    pub fn known_advice_rules(
        &self,
        workspace: WorkspaceId,
        new_key: impl FnOnce() -> Result<[u8; KEY_BYTES]>,
    ) -> Result<AdviceRules> {
        self.lock_workspace(workspace)?;
        if let Some(rules) = self.rules_of_advice(workspace)? {
            return Ok(rules);
        }
        let rules = AdviceRules { hold_key: new_key()?.to_vec(), hold_percent: HOLD_PERCENT };
        self.engine.insert_rules_of_advice(workspace, &rules)?;
        Ok(rules)
    }

    /// Changes how many customers are held back. What was given before stays as it was.
    pub fn set_hold_percent(
        &self,
        workspace: WorkspaceId,
        percent: u8,
        (actor, now): (&str, Timestamp),
    ) -> Result<()> {
        self.lock_workspace(workspace)?;
        self.engine.set_rules_of_advice(workspace, percent)?;
        self.audit(workspace, now, actor, "advice.hold", &format!("percent:{percent}"))
    }

    /// Notes what is given now; what was given before stays as it was.
    pub fn give_advice(&self, workspace: WorkspaceId, rows: &[AdviceRow]) -> Result<()> {
        self.lock_workspace(workspace)?;
        for row in rows {
            if self.advice(workspace, &row.id)?.is_none() {
                self.engine.insert_advice(workspace, row)?;
            }
        }
        Ok(())
    }

    /// Notes what was decided; how it stands then, or nothing where there is no such advice.
    pub fn decide_advice(
        &self,
        workspace: WorkspaceId,
        id: &str,
        state: &str,
        decided: AdviceDecision,
    ) -> Result<Option<AdviceRow>> {
        self.lock_workspace(workspace)?;
        let Some(row) = self.advice(workspace, id)? else { return Ok(None) };
        let row = AdviceRow { state: state.to_owned(), decided: Some(decided), ..row };
        self.engine.set_advice(workspace, &row)?;
        Ok(Some(row))
    }
}
