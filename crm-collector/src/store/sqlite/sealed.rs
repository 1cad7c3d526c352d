//! Tables whose rows carry a checksum of their content, for nothing else repeats it.
//!
//! Rows of these tables are inserted and changed here alone, so none can be written without its
//! checksum: a test reads the sources for other ways. CRC-32C finds every single bit, and every run of
//! up to 32, that the disk has changed. It is no protection from whoever writes to the file on purpose.

use std::sync::OnceLock;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{CachedStatement, Connection, Error, Row, Statement, ToSql};

use crate::store::Result;

/// A table with a column `checksum`.
pub(super) struct Sealed {
    name: &'static str,
    /// What a row is found by.
    key: &'static [&'static str],
    /// What the checksum is of, in the order in which values are given: every column, but for a number
    /// that SQLite gives, which an index holds as well.
    content: &'static [&'static str],
    /// Columns at the end of the content that came with a later version: where they are empty, the
    /// checksum is that of a row without them.
    later: usize,
    insert: OnceLock<String>,
}

/// What the checksums of a table say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Judged {
    /// Rows that are not what was written.
    pub(in crate::store) damaged: i64,
    /// Rows without a checksum, as older versions wrote them.
    pub(in crate::store) unsealed: i64,
}

impl Sealed {
    pub(super) const fn new(
        name: &'static str,
        key: &'static [&'static str],
        content: &'static [&'static str],
    ) -> Self {
        Self { name, key, content, later: 0, insert: OnceLock::new() }
    }

    /// The same, with so many columns at the end that older rows have not.
    pub(super) const fn with_later(mut self, later: usize) -> Self {
        self.later = later;
        self
    }

    /// The checksum of a row with the value of one more column.
    fn extended(&self, checksum: u32, column: usize, value: ValueRef<'_>) -> u32 {
        if column < self.content.len() - self.later {
            return extended(checksum, value);
        }
        match value {
            ValueRef::Null => checksum,
            // Which of them it is makes a difference, for others may be empty.
            value => {
                let column = ValueRef::Integer(i64::try_from(column).unwrap_or(i64::MAX));
                extended(extended(checksum, column), value)
            }
        }
    }

    fn checksum_of(&self, row: &Row<'_>, first: usize) -> rusqlite::Result<i64> {
        let mut checksum = 0;
        for column in 0..self.content.len() {
            checksum = self.extended(checksum, column, row.get_ref(first + column)?);
        }
        Ok(stored(checksum))
    }

    /// The checksum that a row has, in front, and the one that its content has.
    fn with_checksum(&self, row: &Row<'_>) -> rusqlite::Result<(Option<i64>, i64)> {
        Ok((row.get(0)?, self.checksum_of(row, 1)?))
    }

    fn read_one(
        &self,
        conn: &Connection,
        sql: &str,
        values: &[&dyn ToSql],
    ) -> rusqlite::Result<Option<(Option<i64>, i64)>> {
        let mut statement = conn.prepare_cached(sql)?;
        bind(&mut statement, values)?;
        let mut rows = statement.raw_query();
        let found = rows.next()?.map(|row| self.with_checksum(row)).transpose()?;
        Ok(found)
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// A statement that inserts rows.
    pub(super) fn insertion<'a>(&'static self, conn: &'a Connection) -> Result<Insertion<'a>> {
        let sql = self.insert.get_or_init(|| {
            let columns = self.content.join(", ");
            let places: Vec<_> = (1..=self.content.len() + 1).map(|at| format!("?{at}")).collect();
            let (name, places) = (self.name, places.join(", "));
            format!("INSERT INTO {name} ({columns}, checksum) VALUES ({places})")
        });
        Ok(Insertion { statement: conn.prepare_cached(sql)?, table: self })
    }

    /// Inserts one row.
    pub(super) fn insert(&'static self, conn: &Connection, values: &[&dyn ToSql]) -> Result<()> {
        Ok(self.insertion(conn)?.row(values)?)
    }

    /// Changes a row; `false` when there is none. The first of the values are its key, and `set` has
    /// places for all of them. A row that was damaged before does not become right by a change of some
    /// of its columns.
    pub(super) fn change(
        &self,
        conn: &Connection,
        set: &str,
        values: &[&dyn ToSql],
    ) -> Result<bool> {
        let (name, content, found) = (self.name, self.content.join(", "), self.found_by_key());
        let key = values.get(..self.key.len()).unwrap_or(values);
        let before = format!("SELECT checksum, {content} FROM {name} WHERE {found}");
        let Some((checksum, was)) = self.read_one(conn, &before, key)? else { return Ok(false) };
        let change = format!("UPDATE {name} SET {set} WHERE {found} RETURNING checksum, {content}");
        let Some((_, is)) = self.read_one(conn, &change, values)? else { return Ok(false) };
        let damage = checksum.map_or(0, |checksum| checksum ^ was);
        let seal = format!("UPDATE {name} SET checksum = ?{} WHERE {found}", key.len() + 1);
        let mut seal = conn.prepare_cached(&seal)?;
        let is = is ^ damage;
        let with_key: Vec<&dyn ToSql> = key.iter().copied().chain([&is as &dyn ToSql]).collect();
        bind(&mut seal, &with_key)?;
        seal.raw_execute()?;
        Ok(true)
    }

    /// Moves the row of a key to another table of the same columns, its checksum with it.
    pub(super) fn move_row(
        &self,
        to: &Self,
        conn: &Connection,
        values: &[&dyn ToSql],
    ) -> Result<()> {
        let (name, to, found) = (self.name, to.name, self.found_by_key());
        let columns = format!("{}, checksum", self.content.join(", "));
        conn.prepare_cached(&format!(
            "INSERT INTO {to} ({columns}) SELECT {columns} FROM {name} WHERE {found}"
        ))?
        .execute(values)?;
        conn.prepare_cached(&format!("DELETE FROM {name} WHERE {found}"))?.execute(values)?;
        Ok(())
    }

    fn found_by_key(&self) -> String {
        let of = |(at, column): (usize, &&str)| format!("{column} = ?{}", at + 1);
        self.key.iter().enumerate().map(of).collect::<Vec<_>>().join(" AND ")
    }

    /// Holds every row against its checksum.
    pub(super) fn judge(&self, conn: &Connection) -> Result<Judged> {
        let sql = format!("SELECT checksum, {} FROM main.{}", self.content.join(", "), self.name);
        let mut statement = conn.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut judged = Judged::default();
        while let Some(row) = rows.next()? {
            match self.with_checksum(row)? {
                (None, _) => judged.unsealed += 1,
                (Some(checksum), is) => judged.damaged += i64::from(checksum != is),
            }
        }
        Ok(judged)
    }

    /// Gives a checksum to rows that have none, at most so many behind a key; the key of the last.
    pub(super) fn seal(
        &self,
        conn: &Connection,
        behind: Option<&[Value]>,
        at_most: usize,
    ) -> Result<Option<Vec<Value>>> {
        let (name, key, width) = (self.name, self.key.join(", "), self.key.len());
        let places: Vec<_> = (1..=width).map(|at| format!("?{at}")).collect();
        let further =
            behind.map_or(String::new(), |_| format!("AND ({key}) > ({})", places.join(", ")));
        let mut unsealed = conn.prepare_cached(&format!(
            "SELECT {key}, {} FROM {name} WHERE checksum IS NULL {further} ORDER BY {key} LIMIT {at_most}",
            self.content.join(", ")
        ))?;
        let mut found = Vec::new();
        let mut rows = unsealed.query(rusqlite::params_from_iter(behind.into_iter().flatten()))?;
        while let Some(row) = rows.next()? {
            let key = (0..width).map(|at| row.get(at)).collect::<rusqlite::Result<Vec<Value>>>()?;
            found.push((key, self.checksum_of(row, width)?));
        }
        let by_key = self.found_by_key();
        let seal = format!("UPDATE {name} SET checksum = ?{} WHERE {by_key}", width + 1);
        let mut seal = conn.prepare_cached(&seal)?;
        for (key, checksum) in &found {
            let values =
                key.iter().map(|value| value as &dyn ToSql).chain([checksum as &dyn ToSql]);
            bind(&mut seal, &values.collect::<Vec<_>>())?;
            seal.raw_execute()?;
        }
        Ok(found.pop().map(|(key, _)| key))
    }
}

/// Inserts rows, each with its checksum.
pub(super) struct Insertion<'a> {
    statement: CachedStatement<'a>,
    table: &'static Sealed,
}

impl Insertion<'_> {
    /// Inserts one: a value for each column of the content.
    pub(super) fn row(&mut self, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
        let columns = self.table.content.len();
        if values.len() != columns {
            return Err(Error::InvalidParameterCount(values.len(), columns));
        }
        let mut checksum = 0;
        for (at, value) in values.iter().enumerate() {
            let value = value.to_sql()?;
            checksum = match &value {
                ToSqlOutput::Borrowed(value) => self.table.extended(checksum, at, *value),
                ToSqlOutput::Owned(value) => self.table.extended(checksum, at, value.into()),
                _ => return Err(Error::ToSqlConversionFailure("no value of a column".into())),
            };
            self.statement.raw_bind_parameter(at + 1, value)?;
        }
        self.statement.raw_bind_parameter(columns + 1, stored(checksum))?;
        self.statement.raw_execute()?;
        Ok(())
    }
}

/// The checksum of a row with one more value: its type, its size or itself, and its bytes, so that no two
/// rows are the same to it.
fn extended(checksum: u32, value: ValueRef<'_>) -> u32 {
    let (kind, number, bytes): (u8, u64, &[u8]) = match value {
        ValueRef::Null => (0, 0, &[]),
        ValueRef::Integer(number) => (1, number.cast_unsigned(), &[]),
        ValueRef::Real(number) => (2, number.to_bits(), &[]),
        ValueRef::Text(text) => (3, text.len() as u64, text),
        ValueRef::Blob(blob) => (4, blob.len() as u64, blob),
    };
    let mut head = [kind; 9];
    head[1..].copy_from_slice(&number.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(checksum, &head), bytes)
}

/// With a sign it takes four bytes of a row, and six without.
fn stored(checksum: u32) -> i64 {
    i64::from(checksum.cast_signed())
}

fn bind(statement: &mut Statement<'_>, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
    values
        .iter()
        .enumerate()
        .try_for_each(|(at, value)| statement.raw_bind_parameter(at + 1, value))
}

#[cfg(test)]
mod tests;
