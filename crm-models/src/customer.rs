//! A customer, as the host knows it now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{CustomerId, EventId};
use crate::text::{no_placeholder, one_line, trimmed};
use crate::time::Timestamp;
use crate::validate::{Invalid, attributes, check, optional_text, required_text, somebody};
use crate::warning::{Warning, WarningCode};
use crate::{Attributes, Code, limits};

/// A customer event: creates the customer, or updates the fields it carries.
///
/// A field that is left out stays as it is; one that is given wins over what was said at an
/// earlier `occurred_at`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct Customer {
    /// Unique id of this event, the same when it is sent again. In a batch each event needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<EventId>,
    /// When the fields were true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// What the host calls the customer.
    pub customer_id: CustomerId,
    /// Full name of the person or firm.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Email address.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone number.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Country, by name or code, as the host writes it.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Whatever else the host knows; each key is a field of its own.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub attributes: Attributes,
    /// What the customer agreed to, such as `"email_marketing": true`; each flag is a field of
    /// its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub consent: BTreeMap<String, bool>,
}

impl Customer {
    /// A customer of whom only the id is known yet.
    pub fn new(customer_id: impl Into<CustomerId>) -> Self {
        Self {
            id: None,
            occurred_at: None,
            customer_id: customer_id.into(),
            name: None,
            email: None,
            phone: None,
            country: None,
            attributes: Attributes::new(),
            consent: BTreeMap::new(),
        }
    }

    /// Sets the full name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the email address.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// Sets the phone number.
    #[must_use]
    pub fn phone(mut self, phone: impl Into<String>) -> Self {
        self.phone = Some(phone.into());
        self
    }

    /// Sets the country.
    #[must_use]
    pub fn country(mut self, country: impl Into<String>) -> Self {
        self.country = Some(country.into());
        self
    }

    /// Sets one free attribute.
    #[must_use]
    pub fn attribute(
        mut self,
        key: impl Into<String>,
        value: impl Into<serde_json::Value>,
    ) -> Self {
        self.attributes.insert(key.into(), value.into());
        self
    }

    /// Sets one consent flag.
    #[must_use]
    pub fn consent(mut self, flag: impl Into<String>, given: bool) -> Self {
        self.consent.insert(flag.into(), given);
        self
    }

    /// Sets when the fields were true, where that is not now.
    #[must_use]
    pub fn occurred_at(mut self, time: Timestamp) -> Self {
        self.occurred_at = Some(time);
        self
    }

    /// Takes what is almost right as what it means, and leaves out what is no such thing, see
    /// [`crate::Event::tidy`].
    pub(crate) fn tidy(&mut self, warn: &mut impl FnMut(Warning)) {
        let texts = [&mut self.name, &mut self.email, &mut self.phone, &mut self.country];
        texts.into_iter().for_each(|text| {
            no_placeholder(text);
            one_line(text);
        });
        let fields: [(&str, &mut Option<String>, Rule); 4] = [
            ("name", &mut self.name, name),
            ("email", &mut self.email, email),
            ("phone", &mut self.phone, phone),
            ("country", &mut self.country, country),
        ];
        for (field, text, rule) in fields {
            if let Err(Invalid { message, .. }) = rule(text.as_deref()) {
                *text = None;
                let message = format!("{message}; the field was left out, the others were taken");
                warn(Warning::new(WarningCode::FieldIgnored, field, message));
            }
        }
    }

    /// Checks every field against [`limits`].
    pub fn validate(&self) -> Result<(), Invalid> {
        required_text("customer_id", self.customer_id.as_str(), limits::ID_BYTES)?;
        somebody(&self.customer_id)?;
        name(self.name.as_deref())?;
        email(self.email.as_deref())?;
        phone(self.phone.as_deref())?;
        country(self.country.as_deref())?;
        attributes("attributes", &self.attributes)?;
        check(self.consent.len() <= limits::CONSENT_FLAGS, Code::TooMany, "consent", || {
            format!("at most {} consent flags, {} given", limits::CONSENT_FLAGS, self.consent.len())
        })?;
        self.consent.keys().try_for_each(|flag| required_text("consent", flag, limits::ID_BYTES))
    }
}

/// What a contact field has to be.
type Rule = fn(Option<&str>) -> Result<(), Invalid>;

fn name(name: Option<&str>) -> Result<(), Invalid> {
    optional_text("name", name, limits::NAME_BYTES)
}

fn country(country: Option<&str>) -> Result<(), Invalid> {
    optional_text("country", country, limits::ID_BYTES)
}

fn email(email: Option<&str>) -> Result<(), Invalid> {
    optional_text("email", email, limits::NAME_BYTES)?;
    let Some(email) = email else { return Ok(()) };
    let well_formed = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !email.contains(char::is_whitespace)
    });
    check(well_formed, Code::InvalidField, "email", || {
        "an email address has the form name@domain".into()
    })
}

fn phone(phone: Option<&str>) -> Result<(), Invalid> {
    optional_text("phone", phone, limits::NAME_BYTES)?;
    let Some(phone) = phone else { return Ok(()) };
    check(phone.chars().any(|c| c.is_numeric()), Code::InvalidField, "phone", || {
        "a phone number has digits".into()
    })
}
