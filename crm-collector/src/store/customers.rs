//! The client base: one row a customer, every id the host uses for it, and what it is found by.

use std::collections::{BTreeMap, BTreeSet};

use crm_models::{Attributes, Code, Customer, Invalid, Timestamp, limits};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde_json::value::RawValue;

use super::catalogue::Known;
use super::error::{Result, StoreError};
use super::ids::{CustomerNumber, WorkspaceId, number_of, workspace_of};
use super::sealed::Sealed;
use super::{ReadTx, WriteTx, column, search};
use crate::facts::CustomerName;

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

/// A customer as it is known now.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The host's id.
    pub customer_id: String,
    /// Full name.
    pub name: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Whatever else the host said, as JSON.
    pub attributes: Box<RawValue>,
    /// What the customer agreed to.
    pub consent: BTreeMap<String, bool>,
    /// When the collector first heard of the customer.
    pub created_at: Timestamp,
    /// When it last heard something new.
    pub updated_at: Timestamp,
}

/// What is known of a customer, to be changed by an event.
#[derive(Clone, Debug, Default)]
struct Fields {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    country: Option<String>,
    attributes: Attributes,
    consent: BTreeMap<String, bool>,
    /// When each field was last said; milliseconds by field.
    said_at: BTreeMap<String, i64>,
}

impl Fields {
    /// Takes over the fields of an event, but for those said later than it.
    fn take_over(&mut self, event: &Customer, said_at: Timestamp) {
        let said = &mut self.said_at;
        let mut newest = |field: String| {
            let known = said.get(&field).is_some_and(|known| *known > said_at.millis());
            if !known {
                said.insert(field, said_at.millis());
            }
            !known
        };
        let texts = [
            ("name", &mut self.name, &event.name),
            ("email", &mut self.email, &event.email),
            ("phone", &mut self.phone, &event.phone),
            ("country", &mut self.country, &event.country),
        ];
        for (field, own, given) in texts {
            if given.is_some() && newest(field.to_owned()) {
                own.clone_from(given);
            }
        }
        for (key, value) in &event.attributes {
            if newest(format!("attributes.{key}")) {
                self.attributes.insert(key.clone(), value.clone());
            }
        }
        for (flag, given) in &event.consent {
            if newest(format!("consent.{flag}")) {
                self.consent.insert(flag.clone(), *given);
            }
        }
    }

    /// What the customer is found by.
    fn terms(&self) -> BTreeSet<(u8, String)> {
        let [name, email, phone] = [&self.name, &self.email, &self.phone].map(Option::as_deref);
        terms(name, email, phone)
    }
}

/// What somebody is found by, in the forms in which it is compared.
fn terms(name: Option<&str>, email: Option<&str>, phone: Option<&str>) -> BTreeSet<(u8, String)> {
    let mut terms = BTreeSet::new();
    terms.extend(name.into_iter().flat_map(search::name_terms).map(|term| (NAME, term)));
    let email = email.map(search::email).filter(|email| !email.is_empty());
    terms.extend(email.map(|email| (EMAIL, email)));
    for reading in phone.map(search::phone_readings).unwrap_or_default() {
        terms.insert((PHONE_END, search::reversed(&reading)));
        terms.insert((PHONE, reading));
    }
    terms
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
        for (field, term) in terms(text(1)?, text(2)?, text(3)?) {
            add.execute(params![workspace_of(key), field, term, number_of(key)])?;
        }
    }
    Ok(())
}

const ADD_TERM: &str =
    "INSERT INTO customer_terms (workspace, field, term, number) VALUES (?1, ?2, ?3, ?4)";

/// The fields of `customer_terms`.
const NAME: u8 = 1;
const EMAIL: u8 = 2;
const PHONE: u8 = 3;
const PHONE_END: u8 = 4;

/// A page of customers to ask for.
#[derive(Clone, Debug, Default)]
pub struct CustomerQuery {
    /// Only those whose id, email address or name from one of its words on begins so, or whose phone
    /// begins or ends so.
    pub search: Option<String>,
    /// Only those with this very id.
    pub customer_id: Option<String>,
    /// Only those with this very email address, in any case of letters.
    pub email: Option<String>,
    /// Only those whose phone number begins or ends with these digits; with fewer than four nobody.
    pub phone: Option<String>,
    /// Only those whose name begins so, from one of its words on.
    pub name: Option<String>,
    /// Only those after this one, in order of number.
    pub after: u32,
    /// At most so many.
    pub limit: usize,
}

impl ReadTx<'_> {
    /// The number of a customer by one of the host's ids.
    pub fn customer_number(
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
        let row = statement.query_row([workspace.key(number.0.into())], |row| {
            Ok(Profile {
                customer_id: row.get(0)?,
                name: row.get(1)?,
                email: row.get(2)?,
                phone: row.get(3)?,
                country: row.get(4)?,
                attributes: column::json(row, 5)?,
                consent: parsed(row, 6)?,
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
        let key = workspace.key(number.0.into());
        let name = statement.query_row([key], |row| {
            Ok(CustomerName { customer_id: row.get(0)?, name: row.get(1)? })
        });
        Ok(name.optional()?.unwrap_or_default())
    }

    /// The customers that a query asks for, in order of number. Where several conditions are
    /// given, all have to hold.
    pub fn find_customers(
        &self,
        workspace: WorkspaceId,
        query: &CustomerQuery,
    ) -> Result<Vec<CustomerNumber>> {
        let mut found = Search::new(workspace, query.after);
        if let Some(id) = &query.customer_id {
            found.require(&[search_id(id, id)]);
        }
        if let Some(email) = &query.email {
            let email = search::email(email);
            found.require(&[(Index::Terms(EMAIL), email.clone(), email)]);
        }
        if let Some(phone) = &query.phone {
            found.require(&by_phone(phone));
        }
        if let Some(name) = &query.name {
            found.require(&by_name(name));
        }
        if let Some(text) = &query.search {
            let mut any = vec![
                by_prefix(Index::Ids, text.trim().to_owned()),
                by_prefix(Index::Terms(EMAIL), search::email(text)),
            ];
            any.extend(by_name(text));
            if search::may_be_phone(text) {
                any.extend(by_phone(text));
            }
            found.require(&any);
        }
        let sql = found.sql(query.limit);
        let mut statement = self.conn.prepare_cached(&sql)?;
        let values = rusqlite::params_from_iter(found.values.iter());
        let keys = statement.query_map(values, |row| row.get(0))?;
        keys.map(|key| customer_number(number_of(key?))).collect()
    }

    /// How many customers the workspace has.
    pub fn count_customers(&self, workspace: WorkspaceId) -> Result<i64> {
        // Numbers are given without gaps, and the last one is found at once.
        let mut statement = self.conn.prepare_cached(
            "SELECT coalesce(max(key), ?1) FROM customers WHERE key BETWEEN ?1 AND ?2",
        )?;
        let keys = params![workspace.key(0), workspace.last_key()];
        Ok(number_of(statement.query_row(keys, |row| row.get(0))?))
    }
}

impl WriteTx<'_> {
    /// The number of a customer.
    pub(super) fn find_customer(&self, workspace: WorkspaceId, host_id: &str) -> Result<Known> {
        let mut remembered = self.remembered.borrow_mut();
        if let Some(number) = remembered.customer(workspace, host_id) {
            return Ok(Known::As(number));
        }
        let Some(number) = self.customer_number(workspace, host_id)? else {
            return Ok(Known::NotYet);
        };
        remembered.keep_customer(workspace, host_id.into(), number.0);
        Ok(Known::As(number.0))
    }

    /// Makes a customer of whom only the id is known.
    pub(super) fn add_customer(
        &self,
        workspace: WorkspaceId,
        host_id: &str,
        now: Timestamp,
    ) -> Result<CustomerNumber> {
        let number = customer_number(self.count_customers(workspace)? + 1)?;
        let (key, now) = (workspace.key(number.0.into()), now.millis());
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
        self.remembered.borrow_mut().keep_customer(workspace, host_id.into(), number.0);
        Ok(number)
    }

    fn profile(&self, workspace: WorkspaceId, number: CustomerNumber) -> Result<Option<Fields>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT name, email, phone, country, attributes, consent, said_at
             FROM customers WHERE key = ?1",
        )?;
        let row = statement.query_row([workspace.key(number.0.into())], |row| {
            Ok(Fields {
                name: row.get(0)?,
                email: row.get(1)?,
                phone: row.get(2)?,
                country: row.get(3)?,
                attributes: parsed(row, 4)?,
                consent: parsed(row, 5)?,
                said_at: parsed(row, 6)?,
            })
        });
        Ok(row.optional()?)
    }

    /// Takes over what an event says of a customer.
    pub(super) fn update_customer(
        &self,
        workspace: WorkspaceId,
        event: &Customer,
        said_at: Timestamp,
        now: Timestamp,
    ) -> Result<std::result::Result<(), Invalid>> {
        let host_id = event.customer_id.as_str();
        let number = self.customer_number(workspace, host_id)?;
        let before = match number {
            Some(number) => self.profile(workspace, number)?,
            None => None,
        }
        .unwrap_or_default();
        let mut after = before.clone();
        after.take_over(event, said_at);
        let attributes = json(&after.attributes)?;
        if attributes.as_ref().is_some_and(|json| json.len() > limits::ATTRIBUTES_BYTES) {
            let limit = limits::ATTRIBUTES_BYTES;
            let message = format!("at most {limit} bytes, together with what is known already");
            return Ok(Err(Invalid::new(Code::TooLong, "attributes", message)));
        }
        if after.consent.len() > before.consent.len().max(limits::CONSENT_FLAGS) {
            let limit = limits::CONSENT_FLAGS;
            let message = format!("at most {limit} flags, together with what is known already");
            return Ok(Err(Invalid::new(Code::TooMany, "consent", message)));
        }
        let number = match number {
            Some(number) => number,
            None => self.add_customer(workspace, host_id, now)?,
        };
        ROWS.change(
            self.conn,
            "name = ?2, email = ?3, phone = ?4, country = ?5, attributes = ?6, consent = ?7,
             said_at = ?8, updated_at = ?9",
            params![
                workspace.key(number.0.into()),
                after.name,
                after.email,
                after.phone,
                after.country,
                attributes,
                json(&after.consent)?,
                json(&after.said_at)?,
                now.millis()
            ],
        )?;
        let (old, new) = (before.terms(), after.terms());
        for (field, term) in old.difference(&new) {
            self.conn
                .prepare_cached(
                    "DELETE FROM customer_terms
                     WHERE workspace = ?1 AND field = ?2 AND term = ?3 AND number = ?4",
                )?
                .execute(params![workspace, field, term, number])?;
        }
        for (field, term) in new.difference(&old) {
            self.conn.prepare_cached(ADD_TERM)?.execute(params![workspace, field, term, number])?;
        }
        Ok(Ok(()))
    }
}

/// An index that customers are found by.
#[derive(Clone, Copy)]
enum Index {
    Ids,
    Terms(u8),
}

/// A stretch of an index, both ends included.
type Stretch = (Index, String, String);

fn search_id(first: &str, last: &str) -> Stretch {
    (Index::Ids, first.to_owned(), last.to_owned())
}

/// Everything that begins so, in the order of bytes.
fn by_prefix(index: Index, prefix: String) -> Stretch {
    let last = format!("{prefix}\u{10ffff}");
    (index, prefix, last)
}

/// Names that begin so from one of their words on: none where the text has neither letter nor digit.
fn by_name(text: &str) -> Vec<Stretch> {
    let prefixes = search::name_prefixes(text).into_iter();
    prefixes.map(|prefix| by_prefix(Index::Terms(NAME), prefix)).collect()
}

/// Phone numbers that begin or end as one reading of the text does; none where there is no reading.
fn by_phone(text: &str) -> Vec<Stretch> {
    let of = |reading: String| {
        let end = by_prefix(Index::Terms(PHONE_END), search::reversed(&reading));
        [by_prefix(Index::Terms(PHONE), reading), end]
    };
    let plain = search::without_trunk(text);
    let mut readings = search::phone_readings(text);
    readings.extend(search::phone_readings(&plain));
    let mut stretches: Vec<_> = readings.into_iter().flat_map(of).collect();
    for otherwise in search::written_otherwise(&plain) {
        stretches.extend(otherwise.beginnings.map(|digits| by_prefix(Index::Terms(PHONE), digits)));
        stretches.extend(otherwise.whole.map(|all| (Index::Terms(PHONE), all.clone(), all)));
    }
    stretches
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
                Box::new(workspace.key(after.into())),
                Box::new(workspace.last_key()),
                Box::new(workspace),
                // What a number is added to, to be a key.
                Box::new(workspace.key(0)),
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

fn parsed<T: Default + serde::de::DeserializeOwned>(
    row: &Row<'_>,
    index: usize,
) -> rusqlite::Result<T> {
    let Some(json) = row.get::<_, Option<String>>(index)? else { return Ok(T::default()) };
    serde_json::from_str(&json).map_err(|error| column::unreadable(index, error))
}

/// JSON for a column, or nothing for an empty object.
fn json(value: &impl Serialize) -> Result<Option<String>> {
    let json = serde_json::to_string(value)
        .map_err(|error| StoreError::Damaged(format!("attributes cannot be written: {error}")))?;
    Ok((json != "{}").then_some(json))
}

fn customer_number(number: i64) -> Result<CustomerNumber> {
    let number = u32::try_from(number);
    number.map(CustomerNumber).map_err(|_| StoreError::Damaged("more customers than fit".into()))
}
