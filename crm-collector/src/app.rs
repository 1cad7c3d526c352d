//! The composition root: settings in, components wired, requests served, all of it drained.

use std::future::Future;
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use tokio::sync::watch;

use crate::answers::Answers;
use crate::auth::{Auth, AuthError};
use crate::clock::Clock;
use crate::config::Config;
use crate::http::{self, Drained, Health, Lanes, Listen, Listener, Outgoing, Services};
use crate::ingest::{Corrections, Erasures, Ingest, Quarantine};
use crate::insights::{Background, Priority};
use crate::memory;
use crate::metrics::{self, Metrics};
use crate::store::{Closed, Store, StoreError};
use crate::ui;

/// The collector, ready to serve.
pub struct App {
    config: Config,
    store: Arc<Store>,
    services: Services,
    writer: JoinHandle<()>,
    router: Router,
}

/// Why the collector could not start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The store cannot be opened.
    #[error("cannot open the database in {}", folder.display())]
    Store {
        /// Where it was looked for.
        folder: std::path::PathBuf,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// Opening the store broke off.
    #[error("opening the database broke off")]
    Opening(#[source] tokio::task::JoinError),
    /// The system gives no random numbers.
    #[error("cannot set up accounts")]
    Auth(#[source] AuthError),
    /// The system starts no thread.
    #[error("cannot start the writer")]
    Writer(#[source] std::io::Error),
    /// The address or socket cannot be listened on.
    #[error("cannot listen on {listen}{}", hint(listen, source))]
    Listen {
        /// Which.
        listen: Listen,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

fn hint(listen: &Listen, error: &std::io::Error) -> &'static str {
    match (error.kind(), listen) {
        (std::io::ErrorKind::AddrInUse, Listen::Tcp(_)) => {
            " (is a collector running already? choose another port with --listen)"
        }
        (std::io::ErrorKind::AddrInUse, Listen::Unix(_)) => {
            " (is a collector running already? choose another path with --listen)"
        }
        _ => "",
    }
}

impl App {
    /// Opens the store and wires the components.
    pub async fn build(config: Config, clock: Clock) -> Result<Self, AppError> {
        // It blocks: what an older program left is folded, and who came back with a backup is erased.
        let settings = config.clone();
        let opening = tokio::task::spawn_blocking(move || {
            let store = open_store(&settings)?;
            store.erase_who_came_back().map_err(|source| not_opened(&settings, source))?;
            Ok::<_, AppError>(store)
        });
        let store = opening.await.map_err(AppError::Opening)??;
        let auth =
            Auth::new(store.clone(), clock.clone(), config.auth.clone(), config.registration)
                .map_err(AppError::Auth)?;
        let (ingest, writer) = Ingest::start(store.clone(), &config.ingest, clock.clone())
            .map_err(AppError::Writer)?;
        let (probed, writing) = (store.clone(), ingest.clone());
        let health = Health::new(move || {
            writing.condition()?;
            probed.look().map_err(|error| error.to_string())
        });
        let (analysis, priority) = (&config.analysis, Priority::Background);
        let services = Services {
            auth,
            ingest,
            quarantine: Quarantine::new(store.clone(), clock.clone()),
            corrections: Corrections::new(store.clone(), clock.clone()),
            erasures: Erasures::new(store.clone(), clock.clone()),
            answers: Answers::new(store.clone(), clock.clone(), analysis, priority),
            clock,
            health,
            lanes: Lanes::default(),
            metrics: Metrics::install(),
            budget: config.http.budget(config.store.memory_mib),
            outgoing: Outgoing::new(config.store.memory_mib),
            config: Arc::new(config.http.clone()),
            secure_cookies: config.public_url.starts_with("https://"),
            public_url: config.public_url.trim_end_matches('/').into(),
        };
        let router = http::router(services.clone(), ui::routes());
        Ok(Self { config, store, services, writer, router })
    }

    /// Takes the address or the socket of the settings.
    pub async fn bind(config: &Config) -> Result<Listener, AppError> {
        let listen = &config.listen;
        let bound = Listener::bind(listen).await;
        bound.map_err(|source| AppError::Listen { listen: listen.clone(), source })
    }

    /// Serves until `shutdown` resolves, and returns when everything has come to rest.
    pub async fn run(self, listener: Listener, shutdown: impl Future<Output = ()>) -> Drained {
        let Self { config, store, services, writer, router } = self;
        let (stop, stopped) = watch::channel(false);
        let keys = tokio::spawn(services.auth.clone().keep_house(stopped.clone()));
        let memory = tokio::spawn(give_memory_back(stopped.clone()));
        let counts = tokio::spawn(tidy(services.metrics.clone(), stopped));

        let insights = services.answers.insights.clone();
        let analysis = config.analysis.background.then(|| Background::start(insights.clone()));
        let shutdown = async {
            shutdown.await;
            // Who waits for an analysis is told at once, so that the drain need not wait for it.
            insights.cancel();
        };

        let drained = http::serve(listener, router, &config.http, &services.health, shutdown).await;

        // Requests are over, so nothing is noted any more that would not be written now.
        stop.send_replace(true);
        for task in [keys, memory, counts] {
            if let Err(error) = task.await {
                tracing::error!(%error, "a background task broke off");
            }
        }
        if let Some(analysis) = analysis {
            analysis.stop().await;
        }
        if let Err(error) = tokio::task::spawn_blocking(move || insights.stop()).await {
            tracing::error!(%error, "the end of the analyses broke off");
        }
        services.ingest.stop();
        if tokio::task::spawn_blocking(|| writer.join()).await.is_ok_and(|ended| ended.is_err()) {
            tracing::error!("the writer broke off");
        }
        // Nobody writes any more; a request that was cut and still reads is interrupted.
        match tokio::task::spawn_blocking(move || store.close()).await {
            Ok(Ok(Closed::Whole)) => {}
            Ok(Ok(Closed::InUse)) => tracing::info!(
                "another process has the database open; its -wal file stays until that one ends"
            ),
            Ok(Err(error)) => tracing::error!(%error, "the database could not be closed in order"),
            Err(error) => tracing::error!(%error, "the closing of the database broke off"),
        }
        drained
    }

    /// The store, for those who look into it beside the server.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The components behind the handlers.
    pub fn services(&self) -> &Services {
        &self.services
    }
}

/// Opens the store of the settings, or makes it; commands that need no server do this alone.
pub fn open_store(config: &Config) -> Result<Arc<Store>, AppError> {
    opened(config, Store::open(&config.data, &config.store))
}

/// Opens the store of the settings where there is one.
pub fn open_existing_store(config: &Config) -> Result<Arc<Store>, AppError> {
    opened(config, Store::open_existing(&config.data, &config.store))
}

fn opened(config: &Config, store: Result<Store, StoreError>) -> Result<Arc<Store>, AppError> {
    store.map(Arc::new).map_err(|source| not_opened(config, source))
}

fn not_opened(config: &Config, source: StoreError) -> AppError {
    AppError::Store { folder: config.data.clone(), source }
}

async fn give_memory_back(mut stop: watch::Receiver<bool>) {
    let every = memory::GIVE_BACK_EVERY;
    while tokio::time::timeout(every, stop.wait_for(|stop| *stop)).await.is_err() {
        // Whatever becomes of it, it is tried again.
        drop(tokio::task::spawn_blocking(memory::give_back).await);
    }
}

async fn tidy(metrics: Metrics, mut stop: watch::Receiver<bool>) {
    // Ends when told to, or when whoever would tell is gone.
    while tokio::time::timeout(metrics::TIDY_EVERY, stop.wait_for(|stop| *stop)).await.is_err() {
        metrics.tidy();
    }
}
