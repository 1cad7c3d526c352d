//! Configures a client, and reports every mistake in its configuration at once.

#[cfg(feature = "spool")]
mod spool;

use std::fmt;
#[cfg(feature = "spool")]
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crm_models::Event;
use crm_models::ingest::Verdict;

use crate::client::Client;
use crate::error::Error;
use crate::intake::{BeforeSend, Intake};
use crate::options::{Options, WhenFull};
use crate::random;
use crate::report::{ErrorReport, LossReport};
use crate::shared::Shared;
use crate::transport::{Transport, http};
use crate::worker::{Log, OnVerdict, Reports, Worker};
#[cfg(feature = "spool")]
use spool::{Keys, Spool};

/// Configures a [`Client`]; begun by [`Client::builder`]. What is not set has a default that
/// serves most hosts.
#[must_use]
pub struct ClientBuilder {
    endpoint: String,
    key: String,
    options: Options,
    transport: Option<Arc<dyn Transport>>,
    on_verdict: Option<OnVerdict>,
    reports: Reports,
    before_send: Option<BeforeSend>,
    #[cfg(feature = "spool")]
    spool_dir: Option<PathBuf>,
    #[cfg(feature = "spool")]
    spool_keys: Vec<String>,
    #[cfg(feature = "tls")]
    root_certificates: Option<Vec<u8>>,
    #[cfg(feature = "tls")]
    extra_root_certificates: Option<Vec<u8>>,
    #[cfg(feature = "reqwest")]
    client: Option<reqwest::Client>,
}

impl Client {
    /// Begins a client that sends to the collector at `endpoint`, such as `http://127.0.0.1:8787`,
    /// `https://crm.example` or, on the same machine, `unix:/run/crm.sock`, with an API key that
    /// may ingest.
    pub fn builder(endpoint: impl Into<String>, key: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(endpoint.into(), key.into())
    }
}

impl ClientBuilder {
    fn new(endpoint: String, key: String) -> Self {
        Self {
            endpoint,
            key,
            options: Options::default(),
            transport: None,
            on_verdict: None,
            reports: Reports::default(),
            before_send: None,
            #[cfg(feature = "spool")]
            spool_dir: None,
            #[cfg(feature = "spool")]
            spool_keys: Vec::new(),
            #[cfg(feature = "tls")]
            root_certificates: None,
            #[cfg(feature = "tls")]
            extra_root_certificates: None,
            #[cfg(feature = "reqwest")]
            client: None,
        }
    }

    /// Most events in one request: 1 to 1,000, by default 1,000. Never more than half of the
    /// queue.
    pub fn batch_events(mut self, events: usize) -> Self {
        self.options.batch_events = events;
        self
    }

    /// Most bytes of one request's body before compression: 64 to 4,194,304, by default as many.
    /// A larger event goes alone. Never more than half of the queue.
    pub fn batch_bytes(mut self, bytes: usize) -> Self {
        self.options.batch_bytes = bytes;
        self
    }

    /// How long an event may wait for others to share its request. By default a second.
    pub fn batch_age(mut self, age: Duration) -> Self {
        self.options.batch_age = age;
        self
    }

    /// Most events in the queue, those on their way included. By default 100,000.
    pub fn queue_events(mut self, events: usize) -> Self {
        self.options.queue_events = events;
        self
    }

    /// Most bytes in the queue, as JSON, those on their way included. By default 32 MiB.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.options.queue_bytes = bytes;
        self
    }

    /// What becomes of a new event when the queue is full. By default it is refused.
    pub fn when_full(mut self, policy: WhenFull) -> Self {
        self.options.when_full = policy;
        self
    }

    /// Bodies of more bytes than this are compressed with gzip. By default 1,024;
    /// `usize::MAX` for never, which saves a little work where the collector is on this machine.
    pub fn gzip_above(mut self, bytes: usize) -> Self {
        self.options.gzip_above = bytes;
        self
    }

    /// How long a connection may take to stand. By default 10 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.options.connect_timeout = timeout;
        self
    }

    /// How long a request may take, connecting and the whole answer included, before it is made
    /// again. By default 30 seconds.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.options.request_timeout = timeout;
        self
    }

    /// The pause after a failure: a random time up to `first`, which doubles with each failure in
    /// a row until it is `longest`. By default half a second and a minute.
    ///
    /// A collector that asks for a pause by `Retry-After` gets at least that, up to an hour. When
    /// the key is refused, each pause lies between half of `longest` and all of it.
    pub fn retry_between(mut self, first: Duration, longest: Duration) -> Self {
        self.options.retry_initial = first;
        self.options.retry_longest = longest;
        self
    }

    /// How long dropping the last clone may block to send what is queued. By default 2 seconds.
    pub fn drop_timeout(mut self, timeout: Duration) -> Self {
        self.options.drop_timeout = timeout;
        self
    }

    /// Called with each verdict of the collector, on the client's own thread: keep it short, for
    /// nothing is sent meanwhile. Rejected events carry their ids. An event that was given up
    /// because not even a request of its own was accepted comes as rejected in a verdict of its
    /// own.
    ///
    /// When a flush returns, this was called for all that it was for. A panic is caught and
    /// counted. A callback that holds a clone of the client keeps it from being dropped.
    pub fn on_verdict(mut self, callback: impl FnMut(&Verdict) + Send + 'static) -> Self {
        self.on_verdict = Some(Box::new(callback));
        self
    }

    /// Called when events were given up, for whatever reason: how many by reason since the last
    /// call, and some of those that the collector would not take.
    ///
    /// Called on the client's own thread, within a second of the loss and at most once a second,
    /// and once more at the end of a shutdown: keep it short, for nothing is sent meanwhile. A panic
    /// is caught and counted. It may use a clone of the client, which keeps the client from being
    /// dropped.
    pub fn on_loss(mut self, callback: impl FnMut(&LossReport) + Send + 'static) -> Self {
        self.reports.on_loss = Some(Box::new(callback));
        self
    }

    /// Called when requests begin to fail, when they fail for another reason, when the disk takes
    /// no more events, and when all is well again. Nothing is lost by any of these; whoever runs
    /// the host should know.
    ///
    /// ```no_run
    /// # use crm_sdk::Client;
    /// let client = Client::builder("http://127.0.0.1:8787", "crm_sk_…")
    ///     .on_error(|error| eprintln!("CRM: {error}"))
    ///     .build()?;
    /// # Ok::<(), crm_sdk::Error>(())
    /// ```
    ///
    /// Called on the client's own thread and at most once a second, as [`on_loss`](Self::on_loss) is.
    pub fn on_error(mut self, callback: impl FnMut(&ErrorReport) + Send + 'static) -> Self {
        self.reports.on_error = Some(Box::new(callback));
        self
    }

    /// Shows each event to the host before it is taken, with its id and its time: what this
    /// returns is sent instead, and `None` holds the event back. The place for consent and
    /// redaction. Called on the thread that tracks; a panic is caught, and holds the event back.
    pub fn before_send(
        mut self,
        callback: impl Fn(Event) -> Option<Event> + Send + Sync + 'static,
    ) -> Self {
        self.before_send = Some(Box::new(callback));
        self
    }

    /// Keeps events on disk, in this directory, until the collector has decided on them: they
    /// survive the process. By default they are in memory alone.
    ///
    /// The directory is made where it does not exist, readable by its owner alone; it has to be
    /// on a local disk. Clients of any number of processes may share one: each writes files of its
    /// own, and what a dead one left behind is sent by one that lives. Clients with another key
    /// leave it alone, so that events never reach another workspace; see
    /// [`spool_key`](Self::spool_key). A child that was forked and lives on without `exec` keeps
    /// what its parent left from being adopted until it ends.
    ///
    /// Where the directory cannot be used, or its disk is full, the client starts all the same, keeps
    /// events in memory and says so: in its log and by [`Stats::spool`](crate::Stats::spool). It is
    /// tried again with the events that come. See [`spool_required`](Self::spool_required).
    #[cfg(feature = "spool")]
    pub fn spool_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.spool_dir = Some(dir.into());
        self
    }

    /// Whether [`build`](Self::build) fails where the [directory](Self::spool_dir) cannot be written
    /// to. By default it does not.
    #[cfg(feature = "spool")]
    pub fn spool_required(mut self, required: bool) -> Self {
        self.options.spool_required = required;
        self
    }

    /// Most bytes of this client's files on disk, what it has adopted included; beyond that
    /// [`when_full`](Self::when_full) holds. By default 256 MiB, 1 MiB at the least.
    #[cfg(feature = "spool")]
    pub fn spool_bytes(mut self, bytes: u64) -> Self {
        self.options.spool_bytes = bytes;
        self
    }

    /// How old an event on disk may grow; an older one is given up as
    /// [`Loss::Expired`](crate::Loss::Expired), and is kept as a dead letter. One that another process
    /// left is tried first, as a clock may have been wrong. By default 30 days.
    #[cfg(feature = "spool")]
    pub fn spool_age(mut self, age: Duration) -> Self {
        self.options.spool_age = age;
        self
    }

    /// At most how long it takes until a live client looks for what dead ones left. For tests, which
    /// cannot wait for the 20 seconds that are right everywhere else.
    #[cfg(feature = "spool")]
    #[doc(hidden)]
    pub fn adoption_interval(mut self, interval: Duration) -> Self {
        self.options.adoption_interval = interval;
        self
    }

    /// Adopts what was left on disk by clients with this key as well: an older key of the same
    /// workspace, after a rotation. May be called several times.
    #[cfg(feature = "spool")]
    pub fn spool_key(mut self, key: impl Into<String>) -> Self {
        self.spool_keys.push(key.into());
        self
    }

    /// Trusts the certificate authorities in this PEM text, and none else; for a collector with a
    /// private one. By default the system's are trusted.
    ///
    /// A certificate that a collector has signed itself may stand in the text as well: that very
    /// certificate is then trusted, whatever names and dates are in it.
    #[cfg(feature = "tls")]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates = Some(pem.into());
        self
    }

    /// Trusts what is in this PEM text beside what is trusted anyway; see
    /// [`root_certificates`](Self::root_certificates).
    #[cfg(feature = "tls")]
    pub fn extra_root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.extra_root_certificates = Some(pem.into());
        self
    }

    /// Posts by this client of reqwest's instead of our own, for what only the host can know: a
    /// proxy, client certificates, a resolver, HTTP/2. Make it follow no redirects, which could
    /// carry the key elsewhere. It decides on certificates and on the time for connecting.
    #[cfg(feature = "reqwest")]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.client = Some(client);
        self
    }

    /// Sends by this instead of HTTP: endpoint and key are then not used.
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Starts the client and its thread. Makes no connection yet: a collector that is down at the
    /// start is as good as one that is down later.
    ///
    /// # Errors
    /// - [`Error::Configuration`] names each option that cannot be used.
    /// - [`Error::System`] when the operating system gives no thread, no runtime or no randomness.
    /// - [`Error::Spool`] when the spool is [required](Self::spool_required) and its directory,
    ///   which is named, cannot be written to.
    pub fn build(self) -> Result<Client, Error> {
        let mut mistakes = self.options.mistakes();
        let options = self.options;
        let transport = match self.transport {
            Some(transport) => Some(transport),
            None => {
                let settings = http::Settings {
                    endpoint: &self.endpoint,
                    key: &self.key,
                    connect_timeout: options.connect_timeout,
                    #[cfg(feature = "tls")]
                    root_certificates: self.root_certificates,
                    #[cfg(feature = "tls")]
                    extra_root_certificates: self.extra_root_certificates,
                    #[cfg(feature = "reqwest")]
                    client: self.client,
                };
                match http::transport(settings) {
                    Ok(transport) => Some(transport),
                    Err(more) => {
                        mistakes.extend(more);
                        None
                    }
                }
            }
        };
        let Some(transport) = transport.filter(|_| mistakes.is_empty()) else {
            return Err(Error::Configuration { mistakes });
        };
        let shared = Arc::new(Shared::new(options.pipeline(), random::jitter()));
        #[cfg(feature = "spool")]
        let Spool { writer, disk, dead_letters } = match &self.spool_dir {
            None => Spool::default(),
            Some(dir) => {
                let keys = Keys { own: &self.key, adopted: &self.spool_keys };
                Spool::open(dir, keys, &options, &shared)?
            }
        };
        let worker = Worker {
            shared: Arc::clone(&shared),
            endpoint: self.endpoint,
            log: Log::default(),
            rejections: Log::default(),
            warnings: Log::default(),
            transport,
            on_verdict: self.on_verdict,
            reports: self.reports,
            gzip_above: options.gzip_above,
            request_timeout: options.request_timeout,
            #[cfg(feature = "spool")]
            disk,
        };
        let thread_and_runtime = worker.start()?;
        let intake = Intake {
            shared,
            before_send: self.before_send,
            block: options.block(),
            #[cfg(feature = "spool")]
            drop_oldest: options.when_full == WhenFull::DropOldest,
            #[cfg(feature = "spool")]
            spool: writer,
            process: std::process::id(),
            ignored: Mutex::default(),
        };
        Ok(Client::new(
            intake,
            thread_and_runtime,
            #[cfg(feature = "spool")]
            dead_letters,
            options.drop_timeout,
        ))
    }
}

// Without the key.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("options", &self.options).finish_non_exhaustive()
    }
}
