//! Imports: which places of the log each has filled, so that what it brought can be taken back.
//!
//! Nothing of it stands in the rows of the log: an import appends some thousand events in a transaction,
//! so that few stretches of places tell of all of them.

use crm_models::Timestamp;

use super::error::Result;
use super::ids::WorkspaceId;
use super::{ReadTx, WriteTx};

/// An import of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// From 1 in each workspace.
    pub number: i64,
    /// Of the file, without its folder.
    pub name: String,
    /// Who imported: `user:ID`, `key:ID` or `cli`.
    pub actor: String,
    /// When it began.
    pub began_at: Timestamp,
    /// Purchases and interactions that it brought.
    pub events: i64,
    /// When it was last asked to be taken back. From the first time on it brings nothing more; where taking
    /// it back was cut off, some of it is left until it is asked again.
    pub taken_back_at: Option<Timestamp>,
}

impl ImportRow {
    /// One that begins, of a file; it has no number until it brings something.
    pub fn of_file(name: &str, began_at: Timestamp) -> Self {
        let (name, actor) = (name.chars().take(NAME_CHARS).collect(), String::new());
        Self { number: 0, name, actor, began_at, events: 0, taken_back_at: None }
    }
}

/// So much of the name of a file is kept.
const NAME_CHARS: usize = 200;

impl ReadTx<'_> {
    /// Imports before one, the latest first.
    pub fn imports(
        &self,
        workspace: WorkspaceId,
        before: i64,
        at_most: usize,
    ) -> Result<Vec<ImportRow>> {
        let mut found = Vec::new();
        self.each_import_before(workspace, before, at_most, |row| found.push(row))?;
        Ok(found)
    }

    /// One import by its number, whatever number is asked for.
    pub fn import(&self, workspace: WorkspaceId, number: i64) -> Result<Option<ImportRow>> {
        let upto = self.imports(workspace, number.saturating_add(1), 1)?;
        Ok(upto.into_iter().find(|import| import.number == number))
    }
}

impl WriteTx<'_> {
    /// Whether an import was taken back, and is to bring nothing more. Behind the lock, so that this stays
    /// as it is until the end of the transaction.
    pub fn is_taken_back(&self, workspace: WorkspaceId, import: &ImportRow) -> Result<bool> {
        self.lock_workspace(workspace)?;
        // It has no number until it brings something, and nobody can name it.
        let stored = match import.number {
            0 => None,
            number => self.import(workspace, number)?,
        };
        Ok(stored.is_some_and(|stored| stored.taken_back_at.is_some()))
    }

    /// Notes that an import has filled the places of the log behind one up to another; which it is, where
    /// it has no number yet.
    pub fn note_import(
        &self,
        workspace: WorkspaceId,
        import: &ImportRow,
        (after, through): (i64, i64),
    ) -> Result<ImportRow> {
        self.lock_workspace(workspace)?;
        let mut import = import.clone();
        import.events += through - after;
        if import.number == 0 {
            let last = self.imports(workspace, i64::MAX, 1)?.first().map_or(0, |last| last.number);
            import.number = last + 1;
            self.engine.insert_import(workspace, &import)?;
        } else {
            self.engine.set_import(workspace, &import)?;
        }
        // Where nobody else has written in between, the stretch goes on.
        if !self.engine.extend_stretch(workspace, import.number, (after, through))? {
            self.engine.insert_stretch(workspace, import.number, (after + 1, through))?;
        }
        Ok(import)
    }

    /// Notes that an import is being taken back, before any of it is: from then on it brings nothing more,
    /// so that what there is of it can be taken back in steps. `false` where there is no such import.
    pub fn begin_to_take_back(
        &self,
        workspace: WorkspaceId,
        number: i64,
        actor: &str,
        now: Timestamp,
    ) -> Result<bool> {
        self.lock_workspace(workspace)?;
        let Some(import) = self.import(workspace, number)? else { return Ok(false) };
        let import = ImportRow { taken_back_at: Some(now), ..import };
        self.engine.set_import(workspace, &import)?;
        self.audit(workspace, now, actor, "import.void", &format!("import:{number}"))?;
        Ok(true)
    }
}
