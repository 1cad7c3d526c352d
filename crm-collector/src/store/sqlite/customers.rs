//! The tables of customers, of their ids, and of what they are found by.

use crm_models::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::numbers::{customer_number, key, last_key, number_of, workspace_of};
use super::sealed::Sealed;
use super::{Snapshot, Transaction, column};
use crate::facts::CustomerName;
use crate::store::{
    CustomerNumber, CustomerTexts, Fields, Index, Profile, Result, Stretch, Terms, WorkspaceId,
};

pub(super) static ROWS: Sealed = Sealed::new(
    "customers",
    &["key"],
    &[
        "key",
        "host_id",
        "created_at",
        "updated_at",
        "name",
        "email",
        "phone",
        "country",
        "attributes",
        "consent",
        "said_at",
    ],
);

/// What is not known of a customer of whom only the id is.
const UNKNOWN: Option<&str> = None;

impl Snapshot<'_> {
    /// The number of a customer by one of the host's ids, as it is stored.
    pub(in crate::store) fn customer_of_id(
        &self,
        workspace: WorkspaceId,
        host_id: &str,
    ) -> Result<Option<CustomerNumber>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT number FROM customer_ids WHERE workspace = ?1 AND host_id = ?2",
        )?;
        Ok(statement.query_row(params![workspace, host_id], |row| row.get(0)).optional()?)
    }

    /// One customer.
    pub fn customer(
        &self,
        workspace: WorkspaceId,
        number: CustomerNumber,
    ) -> Result<Option<Profile>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT host_id, name, email, phone, country, attributes, consent, created_at, updated_at
             FROM customers WHERE key = ?1",
        )?;
        let row = statement.query_row([key(workspace, number.0.into())], |row| {
            Ok(Profile {
                customer_id: row.get(0)?,
                name: row.get(1)?,
                email: row.get(2)?,
                phone: row.get(3)?,
                country: row.get(4)?,
                attributes: column::json(row, 5)?,
                consent: column::parsed(row, 6)?,
                created_at: column::time(row, 7)?,
                updated_at: column::time(row, 8)?,
            })
        });
        Ok(row.optional()?)
    }

    /// How a customer is called; an unknown number has an empty id.
    pub fn customer_name(
        &self,
        workspace: WorkspaceId,
        number: CustomerNumber,
    ) -> Result<CustomerName> {
        let mut statement =
            self.conn.prepare_cached("SELECT host_id, name FROM customers WHERE key = ?1")?;
        let key = key(workspace, number.0.into());
        let name = statement.query_row([key], |row| {
            Ok(CustomerName { customer_id: row.get(0)?, name: row.get(1)? })
        });
        Ok(name.optional()?.unwrap_or_default())
    }

    /// How many customers the workspace has.
    pub fn count_customers(&self, workspace: WorkspaceId) -> Result<i64> {
        // Numbers are given without gaps, and the last one is found at once.
        let mut erased = self.conn.prepare_cached(
            "SELECT count(DISTINCT number) FROM erasures WHERE workspace = ?1 AND number > 0",
        )?;
        let erased: i64 = erased.query_row([workspace], |row| row.get(0))?;
        Ok(self.last_customer(workspace)? - erased)
    }

    /// The last number that was given to a customer, also to one who was erased since.
    fn last_customer(&self, workspace: WorkspaceId) -> Result<i64> {
        let mut last = self.conn.prepare_cached(
            "SELECT max(coalesce((SELECT max(key) FROM customers WHERE key BETWEEN ?1 AND ?2), ?1),
                        ?1 + coalesce((SELECT max(number) FROM erasures WHERE workspace = ?3), 0))",
        )?;
        let keys = params![key(workspace, 0), last_key(workspace), workspace];
        Ok(number_of(last.query_row(keys, |row| row.get(0))?))
    }

    /// What is known of a customer, with the times when it was said.
    pub(in crate::store) fn customer_fields(
        &self,
        workspace: WorkspaceId,
        number: CustomerNumber,
    ) -> Result<Option<Fields>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT name, email, phone, country, attributes, consent, said_at
             FROM customers WHERE key = ?1",
        )?;
        let row = statement.query_row([key(workspace, number.0.into())], |row| {
            Ok(Fields {
                name: row.get(0)?,
                email: row.get(1)?,
                phone: row.get(2)?,
                country: row.get(3)?,
                attributes: column::parsed(row, 4)?,
                consent: column::parsed(row, 5)?,
                said_at: column::parsed(row, 6)?,
            })
        });
        Ok(row.optional()?)
    }

    /// The customers behind one, in order of number, that lie in a stretch of each condition; where a
    /// condition has none, nobody does.
    pub(in crate::store) fn customers_within(
        &self,
        workspace: WorkspaceId,
        conditions: &[Vec<Stretch>],
        after: u32,
        limit: usize,
    ) -> Result<Vec<CustomerNumber>> {
        let mut search = Search::new(workspace, after);
        conditions.iter().for_each(|stretches| search.require(stretches));
        let sql = search.sql(limit);
        let mut statement = self.conn.prepare_cached(&sql)?;
        let values = rusqlite::params_from_iter(search.values.iter());
        let keys = statement.query_map(values, |row| row.get(0))?;
        keys.map(|key| customer_number(number_of(key?))).collect()
    }
}

impl Transaction<'_> {
    /// Adds a customer of whom only the id is known, with the next number.
    pub(in crate::store) fn insert_customer(
        &self,
        workspace: WorkspaceId,
        host_id: &str,
        now: Timestamp,
    ) -> Result<CustomerNumber> {
        self.hold_lock()?;
        let number = customer_number(self.last_customer(workspace)? + 1)?;
        let (key, now) = (key(workspace, number.0.into()), now.millis());
        #[rustfmt::skip]
        let values = params![
            key, host_id, now, now,
            UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN
        ];
        ROWS.insert(self.conn, values)?;
        self.conn
            .prepare_cached(
                "INSERT INTO customer_ids (workspace, host_id, number) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![workspace, host_id, number])?;
        Ok(number)
    }

    /// Writes what is known of a customer.
    pub(in crate::store) fn set_customer(
        &self,
        workspace: WorkspaceId,
        number: CustomerNumber,
        texts: &CustomerTexts<'_>,
        now: Timestamp,
    ) -> Result<()> {
        ROWS.change(
            self.conn,
            "name = ?2, email = ?3, phone = ?4, country = ?5, attributes = ?6, consent = ?7,
             said_at = ?8, updated_at = ?9",
            params![
                key(workspace, number.0.into()),
                texts.name,
                texts.email,
                texts.phone,
                texts.country,
                texts.attributes,
                texts.consent,
                texts.said_at,
                now.millis()
            ],
        )?;
        Ok(())
    }

    /// Lets a customer be found by something more.
    pub(in crate::store) fn insert_term(
        &self,
        workspace: WorkspaceId,
        field: u8,
        term: &str,
        number: CustomerNumber,
    ) -> Result<()> {
        let sql =
            "INSERT INTO customer_terms (workspace, field, term, number) VALUES (?1, ?2, ?3, ?4)";
        self.conn.prepare_cached(sql)?.execute(params![workspace, field, term, number])?;
        Ok(())
    }

    /// Lets a customer not be found any more by something.
    pub(in crate::store) fn delete_term(
        &self,
        workspace: WorkspaceId,
        field: u8,
        term: &str,
        number: CustomerNumber,
    ) -> Result<()> {
        let sql = "DELETE FROM customer_terms
                   WHERE workspace = ?1 AND field = ?2 AND term = ?3 AND number = ?4";
        self.conn.prepare_cached(sql)?.execute(params![workspace, field, term, number])?;
        Ok(())
    }

    /// Makes what all customers are found by anew.
    pub(in crate::store) fn derive_terms_anew(&self) -> Result<()> {
        self.conn.execute("DELETE FROM customer_terms", [])?;
        derive_terms(self.conn)
    }
}

/// Makes what all customers of all workspaces are found by, where there is none yet. One customer
/// is in memory at a time. The terms are sorted first: added as they come, each would touch a page
/// somewhere in the index.
pub(super) fn derive_terms(conn: &Connection) -> Result<()> {
    conn.execute_batch(
        "CREATE TEMP TABLE unsorted_terms (
             workspace INTEGER, field INTEGER, term TEXT, number INTEGER)",
    )?;
    list_terms(conn)?;
    conn.execute_batch(
        "INSERT INTO customer_terms SELECT workspace, field, term, number FROM unsorted_terms
         ORDER BY workspace, field, term, number;
         DROP TABLE unsorted_terms",
    )?;
    Ok(())
}

fn list_terms(conn: &Connection) -> Result<()> {
    let mut customers = conn.prepare("SELECT key, name, email, phone FROM customers")?;
    let mut add = conn.prepare("INSERT INTO unsorted_terms VALUES (?1, ?2, ?3, ?4)")?;
    let mut rows = customers.query([])?;
    while let Some(row) = rows.next()? {
        let text =
            |index| -> rusqlite::Result<Option<&str>> { Ok(row.get_ref(index)?.as_str_or_null()?) };
        let key: i64 = row.get(0)?;
        for (field, term) in Terms::of(text(1)?, text(2)?, text(3)?).0 {
            add.execute(params![workspace_of(key), field, term, number_of(key)])?;
        }
    }
    Ok(())
}

/// A query in the making: the conditions in words, the values apart from them.
struct Search {
    conditions: Vec<String>,
    values: Vec<Box<dyn rusqlite::ToSql>>,
}

impl Search {
    fn new(workspace: WorkspaceId, after: u32) -> Self {
        Self {
            conditions: vec!["key > ?1 AND key <= ?2".to_owned()],
            values: vec![
                Box::new(key(workspace, after.into())),
                Box::new(last_key(workspace)),
                Box::new(workspace),
                // What a number is added to, to be a key.
                Box::new(key(workspace, 0)),
            ],
        }
    }

    /// Has to lie in one of these stretches; where there is none, nobody does.
    fn require<'a>(&mut self, stretches: impl IntoIterator<Item = &'a Stretch>) {
        let selects = stretches.into_iter().map(|(index, first, last)| {
            self.values.push(Box::new(first.clone()));
            self.values.push(Box::new(last.clone()));
            let (low, high) = (self.values.len() - 1, self.values.len());
            match index {
                Index::Ids => format!(
                    "SELECT ?4 + number FROM customer_ids
                     WHERE workspace = ?3 AND host_id BETWEEN ?{low} AND ?{high}"
                ),
                Index::Terms(field) => format!(
                    "SELECT ?4 + number FROM customer_terms
                     WHERE workspace = ?3 AND field = {field} AND term BETWEEN ?{low} AND ?{high}"
                ),
            }
        });
        let selects: Vec<_> = selects.collect();
        // Keys, so that SQLite goes from what was found to the customers, not the other way.
        self.conditions.push(format!("key IN ({})", selects.join(" UNION ")));
    }

    fn sql(&mut self, limit: usize) -> String {
        self.values.push(Box::new(i64::try_from(limit).unwrap_or(i64::MAX)));
        let (conditions, limit) = (self.conditions.join(" AND "), self.values.len());
        format!("SELECT key FROM customers WHERE {conditions} ORDER BY key LIMIT ?{limit}")
    }
}
