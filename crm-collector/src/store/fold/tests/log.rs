//! Runs steps against a store, and says what every event comes to: which are left, each as it is now.

use crm_models::{Code, Currency, Event, Purchase, Timestamp};

use super::steps::{Step, event_of, interaction_of};
use crate::store::{Appender, Config, Outcome, Store, StoreError, Workspace};

/// What becomes of a correction of an interaction, by what is there: each interaction as it is, or as the
/// event that took it back.
pub(super) fn mend(
    events: &mut Vec<Event>,
    event: &Event,
    knows: bool,
    is_erased: bool,
) -> Option<Outcome> {
    let Event::Interaction(told) = event else { return None };
    let which = told.interaction_id?;
    let rejected =
        |code| Some(Outcome::Rejected(crm_models::Invalid::new(code, "", String::new())));
    let place = events.iter().position(|earlier| interaction_of(earlier) == Some(which));
    let Some(place) = place else {
        return match (knows, told.void, is_erased) {
            (false, true, _) => rejected(Code::NotFound),
            (false, false, _) => {
                events.extend((!is_erased).then(|| event.clone()));
                Some(Outcome::Accepted)
            }
            (true, _, true) => Some(Outcome::Duplicate),
            (true, _, false) => rejected(Code::Conflict),
        };
    };
    let Event::Interaction(stored) = &mut events[place] else {
        unreachable!("it has the id of one")
    };
    let goes = told.void || is_erased;
    Some(match (stored.void, goes) {
        (true, true) => Outcome::Duplicate,
        (true, false) => {
            *stored = told.clone();
            Outcome::Accepted
        }
        (false, true) => {
            stored.void = true;
            Outcome::Updated
        }
        (false, false)
            if stored.customer_id == told.customer_id
                && (stored.occurred_at, &stored.subject) == (told.occurred_at, &told.subject) =>
        {
            Outcome::Duplicate
        }
        (false, false) => {
            *stored = told.clone();
            Outcome::Updated
        }
    })
}

pub(super) fn is_of(event: &Event, host_id: &str) -> bool {
    event.customer_id().is_some_and(|customer| customer.as_str() == host_id)
}

/// What is left of an event when its customer is erased.
pub(super) fn nobodys(event: &Event) -> Option<Event> {
    let Event::Purchase(purchase) = event else { return None };
    Some(Purchase { customer_id: None, ..purchase.clone() }.into())
}

pub(super) fn number_of(event: &Event) -> Option<&str> {
    let Event::Purchase(purchase) = event else { return None };
    purchase.purchase_id.as_ref().map(|number| number.as_str())
}

/// What an event tells, whichever event it is.
pub(super) fn content(event: &Event) -> Event {
    let mut event = event.clone();
    if let Event::Purchase(purchase) = &mut event {
        (purchase.id, purchase.replace) = (None, false);
    }
    event
}

pub(super) fn open(folder: &std::path::Path) -> (Store, Workspace) {
    let store = Store::open(folder, &Config::default()).unwrap();
    let zone = chrono_tz::Europe::London;
    let now = Timestamp::from_millis(1_700_000_000_000);
    let workspace = store
        .write::<_, StoreError>(|tx| tx.add_workspace("test", Currency::GBP, zone, now))
        .unwrap();
    (store, workspace)
}

pub(super) fn run(store: &Store, workspace: &Workspace, steps: &[Step]) -> Vec<Event> {
    run_from(0, Vec::new(), store, workspace, steps)
}

/// The same behind so many steps, which led to these events.
pub(super) fn run_from(
    first: usize,
    mut events: Vec<Event>,
    store: &Store,
    workspace: &Workspace,
    steps: &[Step],
) -> Vec<Event> {
    let now = Timestamp::from_millis(1_700_000_000_000);
    for (index, step) in steps.iter().enumerate().skip(first) {
        if let Step::Erasure { customer } = step {
            let host_id = format!("c{customer}");
            if store.erase_customer(workspace.id, &host_id, "cli", now).unwrap().is_some() {
                let events_of = events.iter().filter(|event| is_of(event, &host_id));
                let erased = events_of.cloned().collect::<Vec<_>>();
                events.retain(|event| !erased.contains(event));
                events.extend(erased.into_iter().filter_map(|event| nobodys(&event)));
            }
            continue;
        }
        store
            .write::<_, StoreError>(|tx| {
                let workspace = &tx.known_workspace(workspace.id)?;
                // Many events later a merge is under way for most of the time.
                if let Some(step) = tx.prepare_merge(workspace.id)? {
                    assert!(tx.apply_merge(&step)?);
                }
                let Some(event) = event_of(index, step) else {
                    return tx.fold(workspace, 1, 50).map(drop);
                };
                let mut appender = Appender::new(tx, workspace, now)?;
                let is_erased = match event.customer_id() {
                    Some(customer) => tx.erasure_of(workspace, customer.as_str())?.is_some(),
                    None => false,
                };
                let which = match &event {
                    Event::Interaction(told) => told.interaction_id,
                    _ => None,
                };
                let knows = match which {
                    Some(which) => tx.knows_event(workspace, which)?,
                    None => false,
                };
                let outcome = appender.append(&event)?;
                let is_void = matches!(&event, Event::Purchase(purchase) if purchase.void);
                let is_stored = !matches!(outcome, Outcome::Rejected(_));
                let again = if is_stored { Outcome::Duplicate } else { outcome.clone() };
                assert_eq!(appender.append(&event)?, again);
                if let Some(expected) = mend(&mut events, &event, knows, is_erased) {
                    match (&outcome, &expected) {
                        (Outcome::Rejected(told), Outcome::Rejected(rule)) => {
                            assert_eq!(told.code, rule.code);
                        }
                        _ => assert_eq!(outcome, expected),
                    }
                    return Ok(());
                }
                let event = if is_erased {
                    let Some(event) = nobodys(&event) else {
                        assert_eq!(outcome, Outcome::Accepted);
                        return Ok(());
                    };
                    event
                } else {
                    event
                };
                let before = events.iter().position(|earlier| {
                    number_of(&event).is_some() && number_of(earlier) == number_of(&event)
                });
                let was_stored = || {
                    let earlier = steps[..index].iter().enumerate();
                    earlier.filter_map(|(index, step)| event_of(index, step)).any(|earlier| {
                        let is_void =
                            matches!(&earlier, Event::Purchase(purchase) if purchase.void);
                        !is_void && number_of(&earlier) == number_of(&event)
                    })
                };
                let expected = match before {
                    None if is_void && was_stored() => Outcome::Duplicate,
                    None if is_void => {
                        assert!(!is_stored, "nothing was there to be taken back");
                        outcome.clone()
                    }
                    None => Outcome::Accepted,
                    Some(place) if content(&events[place]) == content(&event) => Outcome::Duplicate,
                    // What it takes the place of is as if it had never been.
                    Some(place) => {
                        events.remove(place);
                        Outcome::Updated
                    }
                };
                assert_eq!(outcome, expected);
                if matches!(outcome, Outcome::Accepted | Outcome::Updated) && !is_void {
                    events.push(event);
                }
                Ok(())
            })
            .unwrap();
    }
    events
}
