//! A transport without a network, for the tests of hosts: it keeps what it is sent and answers
//! like a collector, or as it is told.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crm_models::ingest::{Notice, RawBatch, Rejection, Verdict};
use crm_models::{Code, Event, EventId, Interaction, Problem, Purchase, PurchaseId, Timestamp};
use flate2::read::GzDecoder;

use crate::transport::{Answer, Request, Sending, Transport, Unreachable};

/// How a [`Capture`] meets one request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// Stores the events and says so.
    Store,
    /// Stores the events, but the answer is lost on its way back.
    StoreAndLose,
    /// Stores nothing, and nothing comes back.
    Unreachable,
    /// Stores nothing, and answers this.
    Answer(Answer),
}

/// Keeps the events that it is sent, each id once, in memory: of what is corrected, every version. Clones share what they keep.
///
/// ```
/// # #[cfg(feature = "native")] {
/// use crm_sdk::testing::Capture;
/// use crm_sdk::{Client, Customer, Event};
///
/// let capture = Capture::new();
/// let client = Client::builder("", "").transport(capture.clone()).build()?;
/// client.customer(Customer::new("c-1").name("Ada Lovelace"))?;
/// assert!(client.flush(std::time::Duration::from_secs(5)).is_empty());
///
/// let events = capture.events();
/// assert!(matches!(&events[..], [Event::Customer(ada)] if ada.customer_id.as_str() == "c-1"));
/// # }
/// # Ok::<(), crm_sdk::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Capture {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    events: Vec<Event>,
    ids: HashSet<EventId>,
    /// When the version that counts was changed.
    versions: HashMap<Which, Option<Timestamp>>,
    requests: usize,
    replies: VecDeque<Reply>,
}

impl Capture {
    /// A transport that stores everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Meets the next request with this; called again, the one after it. When all replies are
    /// used up, requests are stored again.
    pub fn reply(&self, reply: Reply) {
        self.lock().replies.push_back(reply);
    }

    /// The events stored so far, in the order of their arrival.
    pub fn events(&self) -> Vec<Event> {
        self.lock().events.clone()
    }

    /// How many requests came, failed ones included.
    pub fn requests(&self) -> usize {
        self.lock().requests
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Capture {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move { self.lock().receive(&request) })
    }
}

impl State {
    fn receive(&mut self, request: &Request) -> Result<Answer, Unreachable> {
        self.requests += 1;
        match self.replies.pop_front().unwrap_or(Reply::Store) {
            Reply::Store => Ok(self.store(request)),
            Reply::StoreAndLose => {
                self.store(request);
                Err(Unreachable::new("the answer was lost, as the test wants it"))
            }
            Reply::Unreachable => Err(Unreachable::new("unreachable, as the test wants it")),
            Reply::Answer(answer) => Ok(answer),
        }
    }

    fn store(&mut self, request: &Request) -> Answer {
        let events = match decode(request) {
            Ok(events) => events,
            Err(error) => {
                let problem = Problem::new(Code::MalformedJson, error);
                return json(problem.status, serde_json::to_vec(&problem));
            }
        };
        let mut verdict = Verdict::default();
        for (index, mut event) in events.into_iter().enumerate() {
            // The client gives each event an id.
            let id = event.id();
            if id.is_some_and(|id| !self.ids.insert(id)) {
                verdict.duplicate += 1;
                continue;
            }
            event.tidy(|warning| verdict.warnings.push(Notice::new(index, id, warning)));
            let standing = self.standing(&event);
            match standing {
                Standing::New => verdict.accepted += 1,
                Standing::Corrects => verdict.updated += 1,
                Standing::Earlier => verdict.superseded += 1,
                Standing::VoidsNothing => {
                    let message = "nothing of this number is stored, or not yet";
                    verdict.rejected.push(Rejection::new(index, Code::NotFound, message));
                    continue;
                }
            }
            self.events.push(event);
        }
        json(200, serde_json::to_vec(&verdict))
    }

    /// How an event stands to what is stored under its number.
    fn standing(&mut self, event: &Event) -> Standing {
        let (version, updated_at, replace, void) = match event {
            Event::Purchase(Purchase {
                purchase_id: Some(number),
                source,
                updated_at,
                replace,
                void,
                ..
            }) => (Which::Purchase(source.clone(), number.clone()), *updated_at, *replace, *void),
            Event::Interaction(Interaction {
                id: Some(id),
                interaction_id,
                updated_at,
                replace,
                void,
                ..
            }) => (Which::Interaction(interaction_id.unwrap_or(*id)), *updated_at, *replace, *void),
            _ => return Standing::New,
        };
        match self.versions.get_mut(&version) {
            None if void => Standing::VoidsNothing,
            Some(stored) if void => {
                if !replace && updated_at.is_some() && updated_at < *stored {
                    return Standing::Earlier;
                }
                self.versions.remove(&version);
                Standing::Corrects
            }
            Some(stored) if replace || updated_at > *stored => {
                *stored = updated_at.or(*stored);
                Standing::Corrects
            }
            Some(_) if updated_at.is_some() => Standing::Earlier,
            _ => {
                self.versions.insert(version, updated_at);
                Standing::New
            }
        }
    }
}

/// What has versions.
#[derive(PartialEq, Eq, Hash)]
enum Which {
    /// By its source and number.
    Purchase(Option<String>, PurchaseId),
    /// By the id of the event that brought it.
    Interaction(EventId),
}

/// How an event stands to what is stored under its number.
enum Standing {
    New,
    /// It takes the place of an earlier version, or takes it back.
    Corrects,
    /// It came too late for that.
    Earlier,
    VoidsNothing,
}

fn decode(request: &Request) -> Result<Vec<Event>, String> {
    let mut inflated = Vec::new();
    let body = if request.gzip {
        GzDecoder::new(&request.body[..])
            .read_to_end(&mut inflated)
            .map_err(|error| error.to_string())?;
        &inflated
    } else {
        &request.body
    };
    let batch: RawBatch<'_> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let event = |raw: &&serde_json::value::RawValue| serde_json::from_str(raw.get());
    batch.events.iter().map(event).collect::<Result<_, _>>().map_err(|error| error.to_string())
}

fn json(status: u16, body: serde_json::Result<Vec<u8>>) -> Answer {
    Answer { status, body: body.unwrap_or_default(), ..Answer::default() }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Capture")
            .field("events", &state.events.len())
            .field("requests", &state.requests)
            .field("replies", &state.replies)
            .finish()
    }
}
