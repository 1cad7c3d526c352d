//! What can be set on a client before it is made. Kept apart from the SDK's own builder, which is
//! used up by building: options in C stay with their owner and may make several clients.

mod callbacks;
mod network;
mod queue;
mod spool;

use std::ffi::c_char;
use std::path::PathBuf;
use std::time::Duration;

use crm_sdk::{Client, ClientBuilder, WhenFull};

use crate::before_send::BeforeSend;
use crate::boundary::{Failed, call, value};
use crate::code::crm_code;
use crate::gate::{Callbacks, Gate};
use crate::kept::Kept;
use crate::pointer::{Handle, give, release, text};

pub use callbacks::*;
pub use network::*;
pub use queue::*;
pub use spool::*;

/// How a client is going to be: where it sends, as whom, and what its limits are. What is not set
/// has a default that serves most programs. Bounds are checked by crm_client_new, all at once.
pub struct crm_options {
    endpoint: String,
    key: String,
    batch_events: Option<usize>,
    batch_bytes: Option<usize>,
    batch_age: Option<Duration>,
    queue_events: Option<usize>,
    queue_bytes: Option<usize>,
    when_full: Option<WhenFull>,
    gzip_above: Option<usize>,
    connect_timeout: Option<Duration>,
    request_timeout: Option<Duration>,
    retry_between: Option<(Duration, Duration)>,
    drop_timeout: Option<Duration>,
    callbacks: Callbacks,
    before_send: Option<BeforeSend>,
    keep_verdicts: usize,
    spool_dir: Option<PathBuf>,
    spool_required: Option<bool>,
    spool_bytes: Option<u64>,
    spool_age: Option<Duration>,
    spool_keys: Vec<String>,
    root_certificates: Option<String>,
    extra_root_certificates: Option<String>,
}

impl Handle for crm_options {
    const NAME: &'static str = "options";
}

impl crm_options {
    /// For one client, as each closes its own.
    pub(crate) fn gate(&self) -> Gate {
        Gate::new(self.callbacks)
    }

    /// For one client, as each has verdicts of its own.
    pub(crate) fn kept(&self) -> Option<Kept> {
        (self.keep_verdicts > 0).then(|| Kept::new(self.keep_verdicts))
    }

    fn new(endpoint: &str, key: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            key: key.to_owned(),
            batch_events: None,
            batch_bytes: None,
            batch_age: None,
            queue_events: None,
            queue_bytes: None,
            when_full: None,
            gzip_above: None,
            connect_timeout: None,
            request_timeout: None,
            retry_between: None,
            drop_timeout: None,
            callbacks: Callbacks::default(),
            before_send: None,
            keep_verdicts: 0,
            spool_dir: None,
            spool_required: None,
            spool_bytes: None,
            spool_age: None,
            spool_keys: Vec::new(),
            root_certificates: None,
            extra_root_certificates: None,
        }
    }

    /// A client, which calls its callbacks through the gate.
    pub(crate) fn build(&self, gate: &Gate, kept: Option<&Kept>) -> Result<Client, Failed> {
        let builder = Client::builder(&self.endpoint, &self.key);
        let builder = set(builder, self.batch_events, ClientBuilder::batch_events);
        let builder = set(builder, self.batch_bytes, ClientBuilder::batch_bytes);
        let builder = set(builder, self.batch_age, ClientBuilder::batch_age);
        let builder = set(builder, self.queue_events, ClientBuilder::queue_events);
        let builder = set(builder, self.queue_bytes, ClientBuilder::queue_bytes);
        let builder = set(builder, self.when_full, ClientBuilder::when_full);
        let builder = set(builder, self.gzip_above, ClientBuilder::gzip_above);
        let builder = set(builder, self.connect_timeout, ClientBuilder::connect_timeout);
        let builder = set(builder, self.request_timeout, ClientBuilder::request_timeout);
        let builder = set(builder, self.retry_between, |builder, (first, longest)| {
            builder.retry_between(first, longest)
        });
        let builder = set(builder, self.drop_timeout, ClientBuilder::drop_timeout);
        let builder = if self.callbacks.on_verdict.is_some() || kept.is_some() {
            let (gate, kept) = (gate.clone(), kept.cloned());
            builder.on_verdict(move |verdict| {
                kept.iter().for_each(|kept| kept.keep(verdict));
                gate.verdict(verdict);
            })
        } else {
            builder
        };
        let builder =
            set(builder, self.callbacks.on_loss.map(|_| gate.clone()), |builder, gate| {
                builder.on_loss(move |report| gate.loss(report))
            });
        let builder =
            set(builder, self.callbacks.on_error.map(|_| gate.clone()), |builder, gate| {
                builder.on_error(move |report| gate.error(report))
            });
        let builder = set(builder, self.before_send, |builder, before_send| {
            builder.before_send(move |event| before_send.show(event))
        });
        let builder = set(builder, self.spool_dir.as_ref(), ClientBuilder::spool_dir);
        let builder = set(builder, self.spool_required, ClientBuilder::spool_required);
        let builder = set(builder, self.spool_bytes, ClientBuilder::spool_bytes);
        let builder = set(builder, self.spool_age, ClientBuilder::spool_age);
        let builder = self.spool_keys.iter().fold(builder, ClientBuilder::spool_key);
        let builder = self.trust(builder)?;
        Ok(builder.build()?)
    }

    #[cfg(feature = "tls")]
    #[expect(clippy::unnecessary_wraps, reason = "a library without https may have to refuse")]
    fn trust(&self, builder: ClientBuilder) -> Result<ClientBuilder, Failed> {
        let (only, extra) =
            (self.root_certificates.as_deref(), self.extra_root_certificates.as_deref());
        let builder = set(builder, only, ClientBuilder::root_certificates);
        Ok(set(builder, extra, ClientBuilder::extra_root_certificates))
    }

    #[cfg(not(feature = "tls"))]
    fn trust(&self, builder: ClientBuilder) -> Result<ClientBuilder, Failed> {
        let given = [
            ("root_certificates", &self.root_certificates),
            ("extra_root_certificates", &self.extra_root_certificates),
        ];
        match given.iter().find(|(_, pem)| pem.is_some()) {
            None => Ok(builder),
            Some((name, _)) => {
                let mistake = format!("{name}: this library was built without https");
                Err(Failed::new(crm_code::CRM_CONFIGURATION, mistake))
            }
        }
    }
}

fn set<T>(
    builder: ClientBuilder,
    given: Option<T>,
    set: impl FnOnce(ClientBuilder, T) -> ClientBuilder,
) -> ClientBuilder {
    match given {
        Some(value) => set(builder, value),
        None => builder,
    }
}

/// Begins the options of a client that sends to the collector at `endpoint`, such as
/// "http://127.0.0.1:8787" or "unix:/run/crm.sock", with an API key that may ingest, such as "crm_sk_…".
///
/// Threads: any. Ownership: both texts are copied; `*options` is yours, end it by
/// crm_options_free. NULL after a failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_new(
    endpoint: *const c_char,
    key: *const c_char,
    options: *mut *mut crm_options,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        give(options, || Ok(crm_options::new(text(endpoint, "endpoint")?, text(key, "key")?)))
    })
}

/// Ends options. NULL is allowed and does nothing. Clients that were made with them go on.
///
/// Threads: any, while no other uses these options. Ownership: taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_free(options: *mut crm_options) {
    // SAFETY: the head of crm.h demands it.
    value((), || unsafe { release(options) });
}
