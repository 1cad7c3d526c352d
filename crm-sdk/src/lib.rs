//! Sends customers, purchases and interactions from a host application to the CRM's collector.
//!
//! In the host's project: `cargo add crm-sdk --path ../crm/crm-sdk`, with the path to this crate.
//! A key comes from `crm-collector key create`, or from `make demo`, which prints one.
//!
#![cfg_attr(feature = "native", doc = "```no_run")]
#![cfg_attr(not(feature = "native"), doc = "```ignore")]
//! use std::time::Duration;
//!
//! use crm_sdk::{Client, Currency, LineItem, Purchase};
//!
//! let client = Client::builder("http://127.0.0.1:8787", "crm_sk_…").build()?;
//! let item = LineItem::new("MUG-01", 2, "6.95".parse()?);
//! client.purchase(Purchase::sale(Currency::GBP).customer_id("c-1").item(item))?;
//!
//! // At the end of the program: what is still queued, and what stands in its way.
//! let unsent = client.shutdown(Duration::from_secs(5));
//! if let Some(failure) = client.stats().failure {
//!     eprintln!("{} events are not sent: {failure}", unsent.events);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Make one client and keep it. [`purchase`](Client::purchase) and its siblings fail where the
//! caller can do something about it; that the network, the key or the collector is at fault shows
//! in [`Stats::failure`], and [`on_error`](ClientBuilder::on_error) calls when it changes.
//!
//! Each call checks the event, gives it an id and a time, encodes it once and returns: nothing
//! waits for the network. A thread of the client's own, named `crm-sdk`, collects events into
//! batches and sends them until the collector has decided on each one. It needs no async runtime
//! and gets in the way of none.
//!
//! With a directory, events are on disk before the call returns:
//!
#![cfg_attr(feature = "spool", doc = "```no_run")]
#![cfg_attr(not(feature = "spool"), doc = "```ignore")]
//! # use crm_sdk::{Client, Purchase};
//! let client = Client::builder("http://127.0.0.1:8787", "crm_sk_…")
//!     .spool_dir("/var/lib/shop/crm")
//!     .build()?;
//! # Ok::<(), crm_sdk::Error>(())
//! ```
//!
//! # Orders
//!
//! An order has its discount, delivery and tax beside its lines; what was given back is a refund of
//! its own that names the order; what was told wrongly is told again, and replaces it:
//!
//! ```
//! use crm_sdk::{Currency, LineItem, LineKind, Purchase};
//!
//! // 2 mugs at 6.95 and a pot at 24.99, 4.00 off, 4.90 for delivery, 20 % tax on top.
//! let order = Purchase::sale(Currency::GBP)
//!     .purchase_id("1042")
//!     .customer_id("c-1")
//!     .item(LineItem::new("MUG-01", 2, "6.95".parse()?))
//!     .item(LineItem::new("POT-02", 1, "24.99".parse()?))
//!     .discount("4.00".parse()?)
//!     .shipping("4.90".parse()?)
//!     .tax("7.96".parse()?)
//!     .total("47.75".parse()?);
//! let parts = order.parts().ok_or("sums do not fit")?;
//! assert_eq!(parts.gross, "38.89".parse()?);
//! assert_eq!(parts.net(), Some("34.89".parse()?)); // what counts as sold
//! assert_eq!(parts.adjustment, "0".parse()?); // the parts are the total
//!
//! // One mug came back: a refund by lines, with an id of its own.
//! let refund = Purchase::refund(Currency::GBP)
//!     .purchase_id("1042-R1")
//!     .refund_of("1042")
//!     .customer_id("c-1")
//!     .item(LineItem::new("MUG-01", 1, "6.95".parse()?))
//!     .tax("1.39".parse()?);
//! assert_eq!(refund.total_or_sum(), Some("8.34".parse()?));
//!
//! // Delivery was free after all: the same number again, with `replace` or a later `updated_at`.
//! let corrected = order
//!     .clone()
//!     .shipping("0".parse()?)
//!     .tax("6.98".parse()?)
//!     .total("41.87".parse()?)
//!     .replace();
//! assert_eq!(corrected.parts().ok_or("sums do not fit")?.adjustment, "0".parse()?);
//!
//! // Where a shop tells lines of all sorts, `kind` says which of them are no products.
//! let line = LineItem::of_kind(LineKind::Shipping, "4.90".parse()?).name("Parcel");
//! # let _ = line;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Client::cancel`] calls one off that was never paid, and [`Client::void`] takes one back that never
//! should have been sent. The project's `docs/what-to-send.md` shows
//! orders as other shops have them.
//!
//! # What survives what
//!
//! | | in memory: [`track`](Client::track) | on disk: [`track`](Client::track) with [`spool_dir`](ClientBuilder::spool_dir) | [`track_durable`](Client::track_durable) |
//! |---|---|---|---|
//! | The network fails; the collector is down, restarts, is overloaded | sent again | sent again | sent again |
//! | An answer is lost after the collector stored the events | stored once | stored once | stored once |
//! | The process is killed, crashes, aborts, or exits without a shutdown | **lost** | kept | kept |
//! | The machine loses power | **lost** | the last seconds may be lost | kept |
//! | A bit of a file flips | — | that event is lost, and counted | that event is lost, and counted |
//! | The disk is full or fails | — | kept in memory, and counted | [`Error::Spool`] |
//! | What it costs the caller, in orders of magnitude | a microsecond | a few microseconds: one `write` | a `fdatasync`, shared by the threads that wait: 0.1 to 10 ms |
//!
//! In all three an event that was taken is held until the collector has stored it durably or
//! rejected it:
//!
//! | What happens | What becomes of the events |
//! |---|---|
//! | No answer, or 408, 425, 429, 5xx | Sent again after growing, random pauses or when the collector says (`Retry-After`), for as long as it takes. After five failures in a row a few events at a time try whether it is well again |
//! | The collector refuses the key (401, 403), or something else answers at the endpoint | Kept and tried again, slowly when it lasts; see [`Stats::failure`] and the log |
//! | One event makes every request fail that it is in, by a 500 or a firewall's 403 | It is looked for, and [parked](Stats::parked): the others go on. It is tried again, alone, after growing pauses, and becomes a [dead letter](Client::dead_letters) after a day |
//! | The verdict does not account for each event | Sent again |
//! | A batch is too large (413) or cannot be read (400) | Split until the event that is at fault stands alone; that one becomes a [dead letter](Client::dead_letters), its neighbours are stored |
//! | The collector rejects an event | It becomes a [dead letter](Client::dead_letters); the collector keeps it in its quarantine as well |
//! | The queue or the spool is full | What [`WhenFull`] says |
//! | An event is on disk for longer than [`spool_age`](ClientBuilder::spool_age) | It becomes a [dead letter](Client::dead_letters) |
//! | [`Client::shutdown`], or the last [`Client`] is dropped | Sent within the timeout; the rest stays on disk, or is given up if it is in memory alone. The account is exact |
//! | The process forks | The parent goes on; the child's calls return [`Error::Forked`], and it needs a client of its own, which may use the same directory |
//!
//! Each event that is given up is counted by its reason: [`Client::losses`], and
//! [`on_loss`](ClientBuilder::on_loss) calls. One request is on
//! its way at a time. Dead letters need a spool; without one such events are counted, and handed to
//! [`on_verdict`](ClientBuilder::on_verdict).
//!
//! Events arrive in the order of their calls, but for those that are parked, and for one event at a
//! time that tries whether a collector in trouble is well again.
//!
//! # On disk
//!
//! A spool's directory may be shared by the clients of any number of processes. Each appends to
//! files of its own, which it keeps locked; what a dead one left behind is adopted by one that
//! lives, within 20 seconds, or by the next one to start. What very many left is adopted in parts,
//! the oldest first. An event is read again and checked by
//! its CRC-32C before it is sent; a damaged one costs no other. Files are deleted when all that is
//! in them is settled, so that an outage costs disk and no memory: a window of two batches is all
//! that is held. Clients of different keys leave each other's files alone; see
//! [`spool_key`](ClientBuilder::spool_key) for the rotation of a key.
//!
//! Ages are measured by a clock that never goes back, within a process. Between processes a clock may
//! have been wrong: an event that seems too old, or to come from the future, is sent if it can be, and
//! given up only after an hour in which it cannot. A directory that cannot be written to is still
//! read, and tried again; one that is deleted under a client is made anew. Files of a newer version
//! are left alone.
//!
//! The directory holds personal data: it is made for its owner's eyes alone. It has to be on a
//! local file system with working locks.
//!
//! # What it does to its host
//!
//! It never panics, and catches panics of the host's callbacks. Memory is bounded by
//! [`queue_events`](ClientBuilder::queue_events) and [`queue_bytes`](ClientBuilder::queue_bytes),
//! and by a request and its compressed copy. It follows no redirects, and no proxies
//! of the environment. What is read from the environment is what the system's own parts read: with
//! `https` the variables `SSL_CERT_FILE` and `SSL_CERT_DIR`, where they name the system's certificate
//! authorities (Unix other than Apple's and Android), and what the lookup of names reads. TLS is rustls with ring, whatever provider the process
//! has as its default. It logs by `tracing`, never a key nor a field of an event. It can be called
//! from any thread, inside any runtime or none, in `Drop`, in a panic hook and at exit.
//!
//! A thousand clients that start together, or whose collector comes back, do not meet it with all
//! their leftovers at once: the first batch comes after a random part of its age, and after an
//! interruption batches keep about their steady distance before they come closer.
//!
//! # Features
//!
//! - `native` (default): [`Client`], with its thread and plain HTTP over TCP and Unix sockets.
//! - `tls` (default): `https` endpoints.
//! - `spool` (default): events on disk.
//! - `reqwest`: a client of the host's own posts instead, with its proxy for instance. Its version
//!   of reqwest is then part of this crate's interface.
//! - `chrono`: conversions between [`Timestamp`] and chrono's `DateTime<Utc>`.
//! - `testing`: `testing::Capture`, a transport without a network for the host's own tests.
//!
//! Without any of them the crate is the types that travel.

#![forbid(unsafe_code)]

/// The programs of README.md are compiled.
#[cfg(all(doctest, feature = "spool"))]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(feature = "native")]
mod builder;
#[cfg(feature = "native")]
mod chunks;
#[cfg(feature = "native")]
mod client;
#[cfg(feature = "native")]
mod clock;
#[cfg(feature = "native")]
mod compress;
#[cfg(feature = "spool")]
mod dead_letters;
mod error;
#[cfg(feature = "native")]
mod ids;
#[cfg(feature = "native")]
mod intake;
mod losses;
#[cfg(feature = "native")]
mod options;
// For the browser package, which drives it from JavaScript. It moves with the drivers and promises
// nothing to anybody else; a crate of its own would make its queue, its counts and its retries public
// as well.
#[doc(hidden)]
pub mod pipeline;
mod queue;
#[cfg(feature = "native")]
mod random;
#[cfg(feature = "native")]
mod report;
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
#[cfg(feature = "native")]
pub use report::{ErrorReport, LossReport};
pub use stats::{Failure, SpoolState, Stats, Unsent};

// What a host needs to say what happened, so that it needs no other crate.
pub use crm_models::ingest::{Notice, Rejection, Verdict};
pub use crm_models::{
    Amount, AmountError, Attributes, Code, Currency, Customer, CustomerId, Direction, Event,
    EventId, Interaction, InteractionKind, Invalid, LineItem, LineKind, Parts, Purchase,
    PurchaseId, PurchaseKind, Quantity, QuantityError, Sku, State, Timestamp, TimestampError,
    UnknownCurrency, Warning, WarningCode, limits,
};
