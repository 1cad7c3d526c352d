//! Where an event is sent that comes by itself, and what the path says of it.

use crm_models::{
    Attributes, Code, Event, EventId, EventType, Invalid, PurchaseId, is_placeholder,
};
use serde_json::Value;

use super::SentText;
use crate::auth::NO_SOURCE;

/// Where an event is sent by itself.
#[derive(Clone, Debug)]
pub enum Address<'a> {
    /// To all events of a type.
    Of(EventType),
    /// To the place of one purchase, which it takes.
    Purchase {
        /// Which shop or application it comes from.
        source: Option<&'a str>,
        /// The host's number.
        purchase_id: PurchaseId,
    },
    /// To the place of one interaction, which it takes: the id of the event that brought it.
    Interaction(EventId),
}

impl Address<'_> {
    /// The type of what is sent there.
    pub(super) fn event_type(&self) -> EventType {
        match self {
            Self::Of(event_type) => *event_type,
            Self::Purchase { .. } => EventType::Purchase,
            Self::Interaction(_) => EventType::Interaction,
        }
    }

    /// Adds what the path says, with which the event may not disagree.
    pub(super) fn complete(&self, event: &mut Event) -> Result<(), Invalid> {
        let (source, purchase_id, purchase) = match (self, event) {
            (Self::Purchase { source, purchase_id }, Event::Purchase(purchase)) => {
                (source, purchase_id, purchase)
            }
            (Self::Interaction(id), Event::Interaction(interaction)) => {
                if let Some(told) = interaction.interaction_id.filter(|told| told != id) {
                    return Err(disagrees("interaction_id", &id.to_string(), &told.to_string()));
                }
                interaction.interaction_id = Some(*id);
                interaction.replace = true;
                return Ok(());
            }
            _ => return Ok(()),
        };
        let told = purchase.source.as_deref().filter(|told| !is_placeholder(told));
        if let Some(told) = told.filter(|told| Some(*told) != *source) {
            let of_path = source.unwrap_or(NO_SOURCE);
            return Err(disagrees("source", of_path, told));
        }
        if let Some(told) = purchase.purchase_id.as_ref().filter(|told| *told != purchase_id) {
            return Err(disagrees("purchase_id", purchase_id.as_str(), told.as_str()));
        }
        purchase.source = source.map(str::to_owned);
        purchase.purchase_id = Some(purchase_id.clone());
        purchase.replace = true;
        Ok(())
    }

    /// An event as it stands in the quarantine: as it would in a batch, with what the path says.
    pub(super) fn kept(&self, text: &str) -> SentText {
        // What is cut is not replayed, and needs none of it.
        let fields = match text.len() > SentText::KEPT_BYTES {
            true => None,
            false => serde_json::from_str::<Attributes>(text).ok(),
        };
        let Some(mut fields) = fields else { return SentText::new(text) };
        let mut add = |name: &str, value: Value| {
            fields.entry(name).or_insert(value);
        };
        add("type", self.event_type().to_string().into());
        if let Self::Purchase { source, purchase_id } = self {
            add("purchase_id", purchase_id.as_str().into());
            add("replace", true.into());
            if let Some(source) = source {
                add("source", (*source).into());
            }
        }
        if let Self::Interaction(id) = self {
            add("interaction_id", id.to_string().into());
            add("replace", true.into());
        }
        SentText::new(&Value::Object(fields).to_string())
    }
}

fn disagrees(field: &str, of_path: &str, told: &str) -> Invalid {
    let message = format!("is \"{of_path}\" in the path, \"{told}\" given; leave it out here");
    Invalid::new(Code::InvalidField, field, message)
}
