//! One interaction: as it is now, and page by page as it was.

use crm_api::answer::{InteractionDetail, InteractionVersion};
use crm_api::question;
use crm_models::EventId;

use super::names::Names;
use super::{Clients, json_bytes, no_such};
use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::facts::{List, Page, Place};
use crate::store;

impl Clients {
    /// Shows one interaction with its past, of which a page holds the latest versions.
    pub fn interaction(
        &self,
        access: &Access<Read>,
        asked: &question::Interaction,
    ) -> std::result::Result<InteractionDetail, AskError> {
        let (workspace, limit) = (access.workspace(), asked.limit.get());
        let token = asked.after.as_deref();
        let place = token.map(|token| Place::parse(token, List::InteractionPast)).transpose()?;
        let before = place.map_or(i64::MAX, |place| place.number);
        let id: EventId =
            asked.interaction_id.trim().parse().map_err(|_| no_such("interaction"))?;
        self.store.read(|tx| {
            // Where nothing stands under the id, the latest version is gone with its customer, and with it
            // the interaction, whoever's it was before.
            let now = match tx.interaction_by_id(workspace, id)? {
                Some(store::InteractionVersion::Stored(row)) => Some(row),
                Some(store::InteractionVersion::Void { .. }) => None,
                None => return Err(no_such("interaction")),
            };
            // One more tells whether there is a next page.
            let past = tx.past_interaction_places(workspace, id, before, limit + 1)?;
            let mut places: Vec<_> = now.iter().map(|row| row.seq).chain(past).collect();
            places.retain(|seq| *seq < before);
            // Of an interaction that was taken back and came again, a mark is among the past ones.
            places.sort_unstable_by(|one, other| other.cmp(one));

            let mut names = Names::new(tx, workspace);
            let mut page = Page::new(List::InteractionPast, limit);
            for seq in places {
                let (received_at, interaction) = match tx.interaction_version(workspace, seq)? {
                    Some(store::InteractionVersion::Stored(row)) => {
                        (row.received_at, Some(names.interaction(row)?))
                    }
                    Some(store::InteractionVersion::Void { received_at, .. }) => {
                        (received_at, None)
                    }
                    None => continue,
                };
                let actor = tx.corrector(workspace, seq)?;
                let version = InteractionVersion { received_at, actor, interaction };
                if page.take(Place::number(seq), json_bytes(&version)?, version).is_break() {
                    break;
                }
            }
            let (mut versions, next_after) = page.finish();
            versions.reverse();
            let interaction = now.map(|row| names.interaction(row)).transpose()?;
            Ok(InteractionDetail { interaction, versions, next_after })
        })
    }
}
