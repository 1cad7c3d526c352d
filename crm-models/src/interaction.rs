//! Anything that passed between the host and a customer other than a purchase.

use serde::{Deserialize, Serialize};

use crate::corrections::correctable;
use crate::ids::{CustomerId, EventId};
use crate::text::{no_placeholder, one_line, trimmed};
use crate::time::Timestamp;
use crate::validate::{
    Invalid, attributes, check, free_text, is_false, one_event, optional_text, required_text,
    somebody,
};
use crate::{Attributes, Code, limits};

/// What sort of interaction it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub enum InteractionKind {
    /// A visit to a site, an app or a shop.
    Visit,
    /// An email.
    Email,
    /// A phone call.
    Call,
    /// A chat.
    Chat,
    /// A support ticket.
    Ticket,
    /// A campaign that reached the customer.
    Campaign,
    /// A note somebody took.
    Note,
    /// Anything else; say what in the subject or the attributes.
    Custom,
}

/// Who turned to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Direction {
    /// The customer turned to the host.
    Inbound,
    /// The host turned to the customer.
    Outbound,
}

/// An interaction event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct Interaction {
    /// Unique id of this event, the same when it is sent again. In a batch each event needs one. The
    /// interaction is known by it ever after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<EventId>,
    /// Of a correction: which interaction it takes the place of, by the `id` of the event that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_id: Option<EventId>,
    /// When it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// With whom.
    pub customer_id: CustomerId,
    /// What sort it was.
    pub kind: InteractionKind,
    /// Who turned to whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Where, such as `web`, `app` or `store`.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// One line.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The whole text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When the host last changed it. Sent again with a later one, the interaction takes the place of
    /// what was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Whether it takes the place of what is stored, whenever that was changed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub replace: bool,
    /// Whether it is taken back altogether: no timeline has it any more. What else is told of it does
    /// not matter.
    #[serde(default, skip_serializing_if = "is_false")]
    pub void: bool,
    /// Whatever else the host knows.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub attributes: Attributes,
}

correctable!(Interaction);

impl Interaction {
    /// An interaction of this kind with this customer.
    pub fn new(customer_id: impl Into<CustomerId>, kind: InteractionKind) -> Self {
        Self {
            id: None,
            interaction_id: None,
            occurred_at: None,
            customer_id: customer_id.into(),
            kind,
            direction: None,
            channel: None,
            subject: None,
            text: None,
            updated_at: None,
            replace: false,
            void: false,
            attributes: Attributes::new(),
        }
    }

    /// Sets who turned to whom.
    #[must_use]
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = Some(direction);
        self
    }

    /// Sets where it happened.
    #[must_use]
    pub fn channel(mut self, channel: impl Into<String>) -> Self {
        self.channel = Some(channel.into());
        self
    }

    /// Sets the one-line subject.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sets the whole text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
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

    /// Sets when it happened, where that is not now.
    #[must_use]
    pub fn occurred_at(mut self, time: Timestamp) -> Self {
        self.occurred_at = Some(time);
        self
    }

    /// Says which interaction this is a correction of: the id of the event that brought it.
    #[must_use]
    pub fn interaction_id(mut self, id: EventId) -> Self {
        self.interaction_id = Some(id);
        self
    }

    /// Takes what is almost right as what it means, see [`crate::Event::tidy`].
    pub(crate) fn tidy(&mut self) {
        [&mut self.channel, &mut self.subject].into_iter().for_each(|text| {
            no_placeholder(text);
            one_line(text);
        });
    }

    /// Checks every field against [`limits`].
    pub fn validate(&self) -> Result<(), Invalid> {
        required_text("customer_id", self.customer_id.as_str(), limits::ID_BYTES)?;
        somebody(&self.customer_id)?;
        optional_text("channel", self.channel.as_deref(), limits::ID_BYTES)?;
        optional_text("subject", self.subject.as_deref(), limits::NAME_BYTES)?;
        free_text("text", self.text.as_deref(), limits::TEXT_BYTES)?;
        one_event("interaction_id", self.interaction_id)?;
        let corrects = self.interaction_id.is_none() || self.corrects_by().is_some();
        check(corrects, Code::InvalidField, "interaction_id", || {
            "only what has `updated_at`, `replace` or `void` is a correction of another".into()
        })?;
        attributes("attributes", &self.attributes)
    }
}
