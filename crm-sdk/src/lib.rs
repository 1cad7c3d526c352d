//! Sends customers, purchases and interactions from a host application to the CRM's collector.
//!
#![cfg_attr(feature = "native", doc = "```no_run")]
#![cfg_attr(not(feature = "native"), doc = "```ignore")]
//! # use std::time::Duration;
//! use crm_sdk::{Client, Currency, LineItem, Purchase};
//!
//! let client = Client::builder("http://127.0.0.1:8787", "crm_sk_…").build()?;
//! let item = LineItem::new("MUG-01", 2, "6.95".parse()?);
//! client.purchase(Purchase::sale(Currency::GBP).customer_id("c-1").item(item))?;
//! # let unsent = client.shutdown(Duration::from_secs(5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Each call checks the event, gives it an id and a time, encodes it once and returns: nothing
//! waits for the network. A thread of the client's own, named `crm-sdk`, collects events into
//! batches and sends them until the collector has decided on each one. It needs no async runtime
//! and gets in the way of none.
//!
//! # What is guaranteed
//!
//! An event whose call returned `Ok` is held in **memory only**, until the collector has stored
//! it durably or rejected it:
//!
//! | What happens | What becomes of the queued events |
//! |---|---|
//! | The network fails, the collector is down, restarts, or answers 408, 425, 429 or 5xx | Sent again after growing, random pauses, for as long as it takes |
//! | An answer is lost after the collector stored the events | Sent again with the same ids; the collector stores each id once |
//! | The key is refused (401, 403), or something else answers at the endpoint | Kept and tried again slowly; see [`Stats::failure`] and the log |
//! | A batch is too large (413) or cannot be read (400) | Split until the event that is at fault stands alone; that one is given up |
//! | The collector rejects an event | Given up; the collector keeps it in its quarantine |
//! | The queue is full | What [`WhenFull`] says |
//! | The last [`Client`] is dropped | Sent within [`drop_timeout`](ClientBuilder::drop_timeout), then given up |
//! | [`Client::shutdown`] | Sent within its timeout, then given up; the account is returned |
//! | `main` returns while a client lives in a `static`, or `process::exit` is called | **Lost** |
//! | The process is killed, crashes or aborts, or the machine stops | **Lost** |
//! | The process forks | The parent goes on; the child has no thread that sends, and needs a client of its own |
//!
//! Each event that is given up is counted by its reason: [`Client::losses`]. One request is on
//! its way at a time, so that events arrive in the order of their calls.
//!
//! # What it does to its host
//!
//! It never panics, and catches panics of the host's callback. Memory is bounded by
//! [`queue_events`](ClientBuilder::queue_events) and [`queue_bytes`](ClientBuilder::queue_bytes),
//! and by a request and its compressed copy. It follows no redirects, and reads neither proxies
//! nor anything else from the environment. TLS is rustls with ring, whatever provider the process
//! has as its default. It logs by `tracing`, never a key nor a field of an event.
//!
//! # Features
//!
//! - `native` (default): [`Client`], with its thread and HTTP.
//! - `tls` (default): `https` endpoints.
//! - `testing`: `testing::Capture`, a transport without a network for the host's own tests.

#[cfg(feature = "native")]
mod builder;
#[cfg(feature = "native")]
mod client;
#[cfg(feature = "native")]
mod compress;
#[cfg(feature = "spool")]
mod dead_letters;
mod error;
pub mod ids;
#[cfg(feature = "native")]
mod intake;
mod losses;
#[cfg(feature = "native")]
mod options;
pub mod pipeline;
mod queue;
#[cfg(feature = "native")]
mod random;
mod retry;
#[cfg(feature = "native")]
mod shared;
mod stats;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transport;
#[cfg(feature = "native")]
mod worker;

#[cfg(feature = "native")]
pub use builder::ClientBuilder;
#[cfg(feature = "native")]
pub use client::Client;
#[cfg(feature = "spool")]
pub use dead_letters::DeadLetter;
pub use error::Error;
pub use losses::{Loss, Losses};
#[cfg(feature = "native")]
pub use options::WhenFull;
pub use stats::{Failure, SpoolState, Stats, Unsent};

// What a host needs to say what happened, so that it needs no other crate.
pub use crm_models::ingest::{Rejection, Verdict};
pub use crm_models::{
    Amount, AmountError, Attributes, Code, Currency, Customer, CustomerId, Direction, Event,
    EventId, Interaction, InteractionKind, Invalid, LineItem, Purchase, PurchaseId, PurchaseKind,
    Sku, Timestamp, TimestampError, UnknownCurrency, limits,
};
