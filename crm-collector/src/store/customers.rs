//! The client base: a customer, every id the host uses for it, and what it is found by.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crm_models::{Attributes, Code, Customer, Invalid, Timestamp, limits};
use serde::Serialize;
use serde_json::value::RawValue;

use super::catalogue::Known;
use super::error::{Result, StoreError};
use super::ids::{CustomerNumber, WorkspaceId};
use super::{ReadTx, WriteTx, search};

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
pub(super) struct Fields {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) country: Option<String>,
    pub(super) attributes: Attributes,
    pub(super) consent: BTreeMap<String, bool>,
    /// When each field was last said; milliseconds by field.
    pub(super) said_at: BTreeMap<String, i64>,
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
    fn terms(&self) -> Terms {
        let [name, email, phone] = [&self.name, &self.email, &self.phone].map(Option::as_deref);
        Terms::of(name, email, phone)
    }
}

/// What somebody is found by: fields, and the forms in which they are compared.
pub(super) struct Terms(pub(super) BTreeSet<(u8, String)>);

impl Terms {
    /// Those of a name, an email address and a phone number.
    pub(super) fn of(name: Option<&str>, email: Option<&str>, phone: Option<&str>) -> Self {
        let mut terms = BTreeSet::new();
        terms.extend(name.into_iter().flat_map(search::name_terms).map(|term| (NAME, term)));
        let email = email.map(search::email).filter(|email| !email.is_empty());
        terms.extend(email.map(|email| (EMAIL, email)));
        for reading in phone.map(search::phone_readings).unwrap_or_default() {
            terms.insert((PHONE_END, search::reversed(&reading)));
            terms.insert((PHONE, reading));
        }
        Self(terms)
    }
}

/// The fields that somebody is found by.
const NAME: u8 = 1;
const EMAIL: u8 = 2;
const PHONE: u8 = 3;
const PHONE_END: u8 = 4;

/// What is known of a customer, as it is stored.
pub(super) struct CustomerTexts<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) email: Option<&'a str>,
    pub(super) phone: Option<&'a str>,
    pub(super) country: Option<&'a str>,
    /// Objects of JSON, absent when they are empty.
    pub(super) attributes: Option<&'a str>,
    pub(super) consent: Option<&'a str>,
    pub(super) said_at: Option<&'a str>,
}

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

/// An id as it is stored: an email address, which shops take for an id, is the same in any case of
/// letters.
pub(super) fn stored_id(host_id: &str) -> Cow<'_, str> {
    let is_email = host_id.contains('@') && host_id.chars().any(char::is_uppercase);
    if is_email { host_id.to_lowercase().into() } else { host_id.into() }
}

impl ReadTx<'_> {
    /// The number of a customer by one of the host's ids. One that an older version stored in capitals
    /// is found by just these.
    pub fn customer_number(
        &self,
        workspace: WorkspaceId,
        host_id: &str,
    ) -> Result<Option<CustomerNumber>> {
        if let Some(number) = self.customer_of_id(workspace, host_id)? {
            return Ok(Some(number));
        }
        match stored_id(host_id) {
            Cow::Borrowed(_) => Ok(None),
            Cow::Owned(stored) => self.customer_of_id(workspace, &stored),
        }
    }

    /// The customers that a query asks for, in order of number. Where several conditions are
    /// given, all have to hold.
    pub fn find_customers(
        &self,
        workspace: WorkspaceId,
        query: &CustomerQuery,
    ) -> Result<Vec<CustomerNumber>> {
        let mut conditions: Vec<Vec<Stretch>> = Vec::new();
        if let Some(id) = &query.customer_id {
            let stored = stored_id(id).into_owned();
            let exactly = |id: String| (Index::Ids, id.clone(), id);
            conditions.push(vec![exactly(id.clone()), exactly(stored)]);
        }
        if let Some(email) = &query.email {
            let email = search::email(email);
            conditions.push(vec![(Index::Terms(EMAIL), email.clone(), email)]);
        }
        if let Some(phone) = &query.phone {
            conditions.push(by_phone(phone));
        }
        if let Some(name) = &query.name {
            conditions.push(by_name(name));
        }
        if let Some(text) = &query.search {
            let mut any = vec![by_prefix(Index::Terms(EMAIL), search::email(text))];
            any.extend(search::ids(text).into_iter().map(|id| by_prefix(Index::Ids, id)));
            any.extend(by_name(text));
            if search::may_be_phone(text) {
                any.extend(by_phone(text));
            }
            conditions.push(any);
        }
        self.customers_within(workspace, &conditions, query.after, query.limit)
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
        let number = self.engine.insert_customer(workspace, &stored_id(host_id), now)?;
        self.remembered.borrow_mut().keep_customer(workspace, host_id.into(), number.0);
        Ok(number)
    }

    /// Deletes a customer, with what he or she is found by.
    pub(super) fn forget_customer(
        &self,
        workspace: WorkspaceId,
        number: CustomerNumber,
        profile: &Profile,
    ) -> Result<()> {
        let fields = self.customer_fields(workspace, number)?.unwrap_or_default();
        for (field, term) in fields.terms().0 {
            self.engine.delete_term(workspace, field, &term, number)?;
        }
        self.engine.delete_customer(workspace, number, &profile.customer_id)?;
        self.engine.delete_advice_of(workspace, number)?;
        // It would lead to the number.
        self.remembered.borrow_mut().clear();
        Ok(())
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
            Some(number) => self.customer_fields(workspace, number)?,
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
        self.engine.set_customer(
            workspace,
            number,
            &CustomerTexts {
                name: after.name.as_deref(),
                email: after.email.as_deref(),
                phone: after.phone.as_deref(),
                country: after.country.as_deref(),
                attributes: attributes.as_deref(),
                consent: json(&after.consent)?.as_deref(),
                said_at: json(&after.said_at)?.as_deref(),
            },
            now,
        )?;
        let (Terms(old), Terms(new)) = (before.terms(), after.terms());
        for (field, term) in old.difference(&new) {
            self.engine.delete_term(workspace, *field, term, number)?;
        }
        for (field, term) in new.difference(&old) {
            self.engine.insert_term(workspace, *field, term, number)?;
        }
        Ok(Ok(()))
    }
}

/// An index that customers are found by.
#[derive(Clone, Copy)]
pub(super) enum Index {
    /// Their ids.
    Ids,
    /// What they are found by, a field of it.
    Terms(u8),
}

/// A stretch of an index in the order of bytes, both ends included.
pub(super) type Stretch = (Index, String, String);

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

/// JSON as it is stored, or nothing for an empty object.
fn json(value: &impl Serialize) -> Result<Option<String>> {
    let json = serde_json::to_string(value)
        .map_err(|error| StoreError::Damaged(format!("attributes cannot be written: {error}")))?;
    Ok((json != "{}").then_some(json))
}
