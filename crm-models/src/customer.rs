//! A customer, as the host knows it now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{CustomerId, EventId};
use crate::text::trimmed;
use crate::time::Timestamp;
use crate::validate::{Invalid, attributes, check, optional_text, required_text};
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

    /// Checks every field against [`limits`].
    pub fn validate(&self) -> Result<(), Invalid> {
        required_text("customer_id", self.customer_id.as_str(), limits::ID_BYTES)?;
        optional_text("name", self.name.as_deref(), limits::NAME_BYTES)?;
        optional_text("email", self.email.as_deref(), limits::NAME_BYTES)?;
        if let Some(email) = &self.email {
            let well_formed = email.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && !domain.is_empty() && !email.contains(char::is_whitespace)
            });
            check(well_formed, Code::InvalidField, "email", || {
                "an email address has the form name@domain".into()
            })?;
        }
        optional_text("phone", self.phone.as_deref(), limits::NAME_BYTES)?;
        optional_text("country", self.country.as_deref(), limits::ID_BYTES)?;
        attributes("attributes", &self.attributes)?;
        check(self.consent.len() <= limits::CONSENT_FLAGS, Code::TooMany, "consent", || {
            format!("at most {} consent flags, {} given", limits::CONSENT_FLAGS, self.consent.len())
        })?;
        self.consent.keys().try_for_each(|flag| required_text("consent", flag, limits::ID_BYTES))
    }
}
