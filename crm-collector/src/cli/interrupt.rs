//! Ctrl-C and SIGTERM, for commands that end in order.

use anyhow::Context as _;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Both signals. From now on they end nothing by themselves.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// To be called in an async runtime.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
        let interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
        Ok(Self { terminate, interrupt })
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        tokio::select! { _ = self.terminate.recv() => (), _ = self.interrupt.recv() => () }
    }
}

/// Notes whether one of them came, for work that looks from time to time.
pub(super) struct Interrupt {
    came: watch::Receiver<bool>,
    _listens: Runtime,
}

impl Interrupt {
    pub(super) fn listen() -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.context("cannot start")?;
        let (note, came) = watch::channel(false);
        let mut signals = runtime.block_on(async { Signals::listen() })?;
        runtime.spawn(async move {
            signals.next().await;
            note.send_replace(true);
        });
        Ok(Self { came, _listens: runtime })
    }

    /// Whether the work is to end.
    pub(super) fn came(&self) -> bool {
        *self.came.borrow()
    }

    /// Waits until one has come.
    pub(super) async fn wait(&self) {
        // Who notes it ends only then, and what was noted stays.
        drop(self.came.clone().wait_for(|came| *came).await);
    }
}
