//! Appends interactions. One is known by the id of the event that brought its first version; a correction
//! names that, and has an id of its own, so that it can be sent again.

use crm_models::{Code, EventId, Interaction, Timestamp};

use super::Appender;
use super::standing::{Standing, Told};
use crate::store::catalogue::{Known, LabelKind};
use crate::store::error::{Result, StoreError};
use crate::store::ids::CustomerNumber;
use crate::store::interactions::{
    self, INTERACTION_VOID, InteractionRow, InteractionVersion, LoggedInteraction,
};
use crate::store::outcome::Outcome;

/// Versions of an interaction that are looked through for one that comes again.
const MOST_VERSIONS: usize = 1_000;

impl Appender<'_> {
    pub(super) fn append_interaction(
        &mut self,
        told: &Interaction,
        id: EventId,
        occurred_at: Timestamp,
    ) -> Result<Outcome> {
        let which = told.interaction_id.unwrap_or(id);
        let own = (which != id).then_some(id);
        let is_erased = self.is_erased(&told.customer_id, occurred_at)?;
        let is_new = self.log.claim(id, Some(self.next_seq))?;
        let is_first = match own {
            // What corrects nothing is a duplicate under a known id, whatever it says.
            None if !is_new && told.corrects_by().is_none() => return Ok(Outcome::Duplicate),
            None if !is_new && self.was_told(told, which)? => return Ok(Outcome::Duplicate),
            None => is_new,
            Some(own) if !is_new => {
                return self.outcome_of_known_correction(told, own, which, is_erased);
            }
            Some(_) => self.log.claim(which, Some(self.next_seq))?,
        };
        if is_first {
            if told.void {
                self.log.unclaim(id)?;
                self.log.unclaim(which)?;
                let message = "no interaction of this id is stored, or not yet";
                return Ok(Outcome::rejected(Code::NotFound, "interaction_id", message));
            }
            if is_erased {
                self.log.reclaim(id, None)?;
                self.log.reclaim(which, None)?;
            } else {
                self.insert_interaction(told, (which, own), occurred_at)?;
                self.next_seq += 1;
            }
            return Ok(Outcome::Accepted);
        }
        let stored = self.tx.interaction_by_id(self.workspace.id, which)?;
        match self.standing_of(told, stored.as_ref(), is_erased)? {
            Standing::Same(_) => self.changes_nothing(own, Outcome::Duplicate),
            Standing::Earlier(_) => self.changes_nothing(own, Outcome::Superseded),
            Standing::Conflicts => {
                if let Some(own) = own {
                    self.log.unclaim(own)?;
                }
                let (field, message) = match stored {
                    None => {
                        let field = if own.is_some() { "interaction_id" } else { "id" };
                        (field, "this is the id of no interaction that is stored")
                    }
                    Some(_) => {
                        let message = "it is stored with other content of the same time; a later \
                                       `updated_at`, or `replace`, takes its place";
                        ("updated_at", message)
                    }
                };
                Ok(Outcome::rejected(Code::Conflict, field, message))
            }
            Standing::New => {
                self.insert_interaction(told, (which, own), occurred_at)?;
                self.take_place(which)?;
                Ok(Outcome::Accepted)
            }
            Standing::Replaces(seq) => {
                let Some(InteractionVersion::Stored(row)) = stored else {
                    return Err(StoreError::defect("what is to be replaced is not there"));
                };
                // What is somebody's who was erased is not kept, and not as somebody else's either.
                if told.void || is_erased {
                    self.take_interaction_back(&row, own, told.updated_at)?;
                    if is_erased {
                        self.tx.engine.forget_past_of_interaction(self.workspace.id, &which)?;
                    }
                } else {
                    self.log.replace_interaction(seq, self.next_seq, self.actor)?;
                    self.insert_interaction(told, (which, own), occurred_at)?;
                    self.take_place(which)?;
                }
                Ok(Outcome::Updated)
            }
        }
    }

    /// Takes back the interaction of this id. `false` when there is none.
    pub fn void_interaction(&mut self, which: EventId, id: EventId) -> Result<bool> {
        let stored = self.tx.interaction_by_id(self.workspace.id, which)?;
        let Some(InteractionVersion::Stored(row)) = stored else { return Ok(false) };
        if self.log.claim(id, Some(self.next_seq))? {
            self.take_interaction_back(&row, Some(id), None)?;
        }
        Ok(true)
    }

    /// Takes interactions back, those behind one place in the log up to another: `at_most` of them. Answers
    /// how many and behind which place to go on, `None` where nothing is left.
    pub fn void_some_interactions<E: From<StoreError>>(
        &mut self,
        events: (i64, i64),
        at_most: usize,
        mut id: impl FnMut() -> std::result::Result<EventId, E>,
    ) -> std::result::Result<Option<(usize, i64)>, E> {
        let stored = self.tx.some_interactions(self.workspace.id, events, at_most)?;
        let Some(last) = stored.last() else { return Ok(None) };
        for row in &stored {
            let id = id()?;
            if self.log.claim(id, Some(self.next_seq))? {
                self.take_interaction_back(row, Some(id), None)?;
            }
        }
        Ok(Some((stored.len(), last.seq)))
    }

    fn changes_nothing(&self, own: Option<EventId>, outcome: Outcome) -> Result<Outcome> {
        if let Some(own) = own {
            // It leads to no row, for rows of interactions may be erased.
            self.log.reclaim(own, None)?;
        }
        Ok(outcome)
    }

    fn standing_of(
        &self,
        told: &Interaction,
        stored: Option<&InteractionVersion>,
        is_erased: bool,
    ) -> Result<Standing> {
        let times = Told::by_interaction(told);
        Ok(match stored {
            None if is_erased => Standing::Same(0),
            None => Standing::Conflicts,
            Some(InteractionVersion::Void { updated_at, .. }) => {
                if times.is_earlier_than(*updated_at, true) {
                    Standing::Earlier(0)
                } else if told.void || is_erased {
                    Standing::Same(0)
                } else {
                    Standing::New
                }
            }
            Some(InteractionVersion::Stored(row)) if told.void => {
                match times.is_earlier_than(row.updated_at, false) {
                    true => Standing::Earlier(row.seq),
                    false => Standing::Replaces(row.seq),
                }
            }
            Some(InteractionVersion::Stored(row)) => {
                let is_same = self.same_interaction(told, row)?;
                times.against(row.seq, row.updated_at, is_same)
            }
        })
    }

    /// Whether the event of an interaction's own id has told this already, whatever others have made of it
    /// since: then it comes again, and undoes nothing. Of very many versions the latest are looked at.
    fn was_told(&self, told: &Interaction, which: EventId) -> Result<bool> {
        let workspace = self.workspace.id;
        let now = self.tx.place_of_event(workspace, which)?;
        let past = self.tx.past_interaction_places(workspace, which, i64::MAX, MOST_VERSIONS)?;
        for seq in now.into_iter().chain(past) {
            let was_told = match self.tx.interaction_version(workspace, seq)? {
                Some(InteractionVersion::Void { id, brought_by: None, .. }) => {
                    told.void && id == which
                }
                Some(InteractionVersion::Stored(row)) if row.id == which && !told.void => {
                    told.updated_at <= row.updated_at && self.same_interaction(told, &row)?
                }
                _ => false,
            };
            if was_told {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What becomes of a correction whose event is known: sent again it changes nothing, and what would be
    /// lost without a word is refused.
    fn outcome_of_known_correction(
        &self,
        told: &Interaction,
        id: EventId,
        which: EventId,
        is_erased: bool,
    ) -> Result<Outcome> {
        let workspace = self.workspace.id;
        let place = self.tx.place_of_event(workspace, id)?;
        let brought = match place {
            None => None,
            Some(seq) => self.tx.interaction_version(workspace, seq)?,
        };
        let is_own = match &brought {
            Some(InteractionVersion::Stored(row)) => {
                row.id == which && self.same_interaction(told, row)?
            }
            Some(InteractionVersion::Void { id, .. }) => *id == which && told.void,
            None => false,
        };
        if is_own {
            return Ok(Outcome::Duplicate);
        }
        let stored = self.tx.interaction_by_id(workspace, which)?;
        Ok(match self.standing_of(told, stored.as_ref(), is_erased)? {
            Standing::Same(_) => Outcome::Duplicate,
            Standing::Earlier(_) => Outcome::Superseded,
            // It changed nothing when it came, or what it brought is gone with its customer.
            _ if place.is_none() => Outcome::Duplicate,
            Standing::New | Standing::Replaces(_) | Standing::Conflicts => {
                let message = "an event of this id is stored with other content; a correction is an \
                               event of its own and needs an id that is new";
                Outcome::rejected(Code::Conflict, "id", message)
            }
        })
    }

    /// Whether the same happened with the same customer at the same time.
    fn same_interaction(&self, told: &Interaction, row: &InteractionRow) -> Result<bool> {
        let workspace = self.workspace.id;
        let customer = self.tx.find_customer(workspace, told.customer_id.as_str())?;
        let channel = self.tx.find_label(workspace, LabelKind::Channel, told.channel.as_deref())?;
        let attributes = interactions::attributes_of(told);
        Ok(customer == Known::As(row.customer.0)
            && channel == Known::As(row.channel)
            && told.kind == row.kind
            && told.direction == row.direction
            // A time that was not given was filled in, each time with another.
            && told.occurred_at.is_none_or(|time| time == row.occurred_at)
            && told.subject == row.subject
            && told.text == row.text
            && attributes.as_deref().unwrap_or("{}") == row.attributes.get())
    }

    /// Adds a version of an interaction, known by one id and brought by the event of another, if so.
    fn insert_interaction(
        &mut self,
        told: &Interaction,
        (which, own): (EventId, Option<EventId>),
        occurred_at: Timestamp,
    ) -> Result<()> {
        let workspace = self.workspace.id;
        let host_id = told.customer_id.as_str();
        let customer = match self.tx.find_customer(workspace, host_id)? {
            Known::As(number) => CustomerNumber(number),
            Known::NotYet => self.tx.add_customer(workspace, host_id, self.received_at)?,
        };
        let text = told.channel.as_deref();
        let channel = self.tx.find_label(workspace, LabelKind::Channel, text)?;
        let channel = self.label(LabelKind::Channel, text, channel)?;
        let attributes = interactions::attributes_of(told);
        self.log.insert_interaction(&LoggedInteraction {
            seq: self.next_seq,
            id: which,
            customer,
            kind: interactions::kind_code(told.kind),
            direction: interactions::direction_code(told.direction),
            channel,
            occurred_at,
            received_at: self.received_at,
            subject: told.subject.as_deref(),
            text: told.text.as_deref(),
            attributes: attributes.as_deref(),
            updated_at: Told::by_interaction(told).changed_at(self.received_at),
            brought_by: own,
        })
    }

    /// Puts a mark behind an interaction, which becomes a past one.
    fn take_interaction_back(
        &mut self,
        row: &InteractionRow,
        own: Option<EventId>,
        updated_at: Option<Timestamp>,
    ) -> Result<()> {
        self.log.replace_interaction(row.seq, self.next_seq, self.actor)?;
        self.log.insert_interaction_void(&LoggedInteraction {
            seq: self.next_seq,
            id: row.id,
            customer: row.customer,
            kind: INTERACTION_VOID,
            direction: 0,
            channel: 0,
            occurred_at: row.occurred_at,
            received_at: self.received_at,
            subject: None,
            text: None,
            attributes: None,
            updated_at,
            brought_by: own,
        })?;
        self.take_place(row.id)
    }

    /// Lets the id of an interaction lead to the version that was just added, and ends the event.
    fn take_place(&mut self, which: EventId) -> Result<()> {
        self.log.reclaim(which, Some(self.next_seq))?;
        self.next_seq += 1;
        Ok(())
    }
}
