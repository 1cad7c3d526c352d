//! The native driver of the pipeline: one OS thread with a current-thread runtime of its own, so
//! that it depends on no runtime of the host, and no blocking call of the host can stall it.

mod log;
mod reports;
#[cfg(feature = "spool")]
mod spool_driver;

pub(crate) use log::Log;
pub(crate) use reports::Reports;
#[cfg(feature = "spool")]
pub(crate) use spool_driver::SpoolDriver;

use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crm_models::ingest::Verdict;
use tokio::runtime::{Builder, Handle};

use crate::clock::wall_clock;
use crate::compress;
use crate::error::Error;
use crate::pipeline::{Batch, Elapsed, Outcome, Step};
use crate::random;
use crate::shared::Shared;
use crate::transport::Transport;

/// What the host wants to be told of each verdict.
pub(crate) type OnVerdict = Box<dyn FnMut(&Verdict) + Send>;

pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    /// As the host has written it, for the log.
    pub(crate) endpoint: String,
    pub(crate) log: Log,
    pub(crate) rejections: Log,
    pub(crate) warnings: Log,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) on_verdict: Option<OnVerdict>,
    pub(crate) reports: Reports,
    pub(crate) gzip_above: usize,
    pub(crate) request_timeout: Duration,
    #[cfg(feature = "spool")]
    pub(crate) disk: Option<SpoolDriver>,
}

/// Says that the worker is gone however it went, so that nobody waits for it in vain.
struct Leave(Arc<Shared>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.leave_worker();
    }
}

impl Worker {
    /// Starts the thread, and tells the runtime it runs.
    pub(crate) fn start(self) -> Result<(JoinHandle<()>, Handle), Error> {
        let (tell, told) = mpsc::sync_channel(1);
        let work = move || {
            let leave = Leave(Arc::clone(&self.shared));
            self.shared.enter_worker();
            let runtime = match Builder::new_current_thread().enable_io().enable_time().build() {
                Ok(runtime) => runtime,
                Err(error) => {
                    // The caller waits for exactly one message.
                    let _is_told = tell.send(Err(error));
                    return;
                }
            };
            let _is_told = tell.send(Ok(runtime.handle().clone()));
            runtime.block_on(self.run());
            // Before the runtime goes: tasks of async flushes read the final account.
            drop(leave);
            // A name lookup that hangs in the system's resolver must not hold up a shutdown.
            runtime.shutdown_background();
        };
        let system = |what| move |source| Error::System { what, source };
        let thread =
            thread::Builder::new().name("crm-sdk".into()).spawn(work).map_err(system("thread"))?;
        match told.recv() {
            Ok(Ok(handle)) => Ok((thread, handle)),
            Ok(Err(error)) => Err(system("runtime")(error)),
            Err(mpsc::RecvError) => Err(system("runtime")(io::ErrorKind::Other.into())),
        }
    }

    async fn run(mut self) {
        loop {
            let housekeeping = self.keep_house();
            let reports = self.reports.tell(&self.shared, false);
            match self.shared.poll() {
                Step::Done => {
                    self.reports.tell(&self.shared, true);
                    return;
                }
                Step::Wait(until) => {
                    let until = [until, housekeeping, reports].into_iter().flatten().min();
                    self.shared.sleep(until).await;
                }
                Step::Load { events, bytes } => self.load(events, bytes),
                Step::Send(batch) => {
                    let Some((outcome, reason)) = self.exchange(&batch).await else { continue };
                    // Before the outcome is settled: when a flush returns, the host has been told
                    // all that the flush was for.
                    self.tell_host(&batch, &outcome);
                    self.settle(batch, &outcome, reason);
                }
            }
        }
    }

    /// Does what has to be done now and then; says when it is to be done again.
    #[cfg(feature = "spool")]
    fn keep_house(&mut self) -> Option<Elapsed> {
        self.disk.as_mut().map(SpoolDriver::adopt)
    }

    #[cfg(not(feature = "spool"))]
    fn keep_house(&mut self) -> Option<Elapsed> {
        None
    }

    #[cfg(feature = "spool")]
    fn load(&mut self, events: usize, bytes: usize) {
        if let Some(disk) = &mut self.disk {
            disk.load(events, bytes);
        }
    }

    #[cfg(not(feature = "spool"))]
    fn load(&mut self, _events: usize, _bytes: usize) {}

    fn settle(&mut self, batch: Arc<Batch>, outcome: &Outcome, reason: Option<String>) {
        let number = batch.number;
        #[cfg(feature = "spool")]
        if outcome.is_final(&batch)
            && let Some(disk) = &mut self.disk
        {
            disk.acknowledge(&batch, outcome);
        }
        // Events that are done for are freed here, not under the lock that calls wait for; those
        // that are kept go back without a copy.
        let done = outcome.is_final(&batch).then_some(batch);
        let turn = self.shared.settle(number, outcome, random::jitter(), reason.clone());
        self.log.turn(turn, &self.endpoint, reason.as_deref(), self.shared.now());
        drop(done);
        #[cfg(feature = "spool")]
        if let Some(disk) = &mut self.disk {
            disk.forget_expired();
        }
    }

    /// Makes the request; `None` when nobody waits for its outcome any more. Says why it failed,
    /// where more is known than the outcome says.
    async fn exchange(&self, batch: &Batch) -> Option<(Outcome, Option<String>)> {
        let request = compress::request(batch.body(wall_clock()), self.gzip_above);
        let exchange = async {
            match tokio::time::timeout(self.request_timeout, self.transport.send(request)).await {
                Ok(Ok(answer)) => {
                    (Outcome::of(&answer, batch, wall_clock()), Outcome::reason(&answer))
                }
                Ok(Err(error)) => (Outcome::UNREACHABLE, Some(error.reason().to_owned())),
                Err(_) => {
                    let reason = format!("no answer within {:?}", self.request_timeout);
                    (Outcome::UNREACHABLE, Some(reason))
                }
            }
        };
        let exchanged = unless_stopped(exchange, self.shared.stopped()).await;
        if let Some((Outcome::Retry { .. } | Outcome::RetrySlowly { .. }, reason)) = &exchanged {
            tracing::debug!(reason, events = batch.events.len(), "a request failed");
        }
        exchanged
    }

    fn tell_host(&mut self, batch: &Batch, outcome: &Outcome) {
        let Some(verdict) = outcome.verdict_for_host(batch) else { return };
        // Not the messages: they may quote what was sent.
        if let Some(first) = verdict.rejected.first() {
            let (rejected, code) = (verdict.rejected.len(), first.code);
            if let Some(suppressed) = self.rejections.line(self.shared.now()) {
                let field = first.field.as_deref();
                tracing::warn!(rejected, %code, field, suppressed, "events were rejected");
            }
        }
        if let Some(first) = verdict.warnings.first()
            && let Some(suppressed) = self.warnings.line(self.shared.now())
        {
            let (warnings, code, field) = (verdict.warnings.len(), first.code, &first.field);
            tracing::warn!(warnings, %code, field, suppressed, "look at events that were stored");
        }
        for rejection in &verdict.rejected {
            let id = rejection.id.map(tracing::field::display);
            tracing::debug!(id, code = %rejection.code, field = rejection.field, "rejected");
        }
        for notice in &verdict.warnings {
            let id = notice.id.map(tracing::field::display);
            tracing::debug!(id, code = %notice.code, field = notice.field, "has to be looked at");
        }
        self.reports.sample(&verdict.rejected);
        let Some(on_verdict) = &mut self.on_verdict else { return };
        if catch_unwind(AssertUnwindSafe(|| on_verdict(&verdict))).is_err() {
            tracing::error!("the verdict callback panicked");
            self.shared.lock().count_callback_panic();
        }
    }
}

/// Runs an exchange to its end unless it is stopped before. A transport that panics has not
/// answered.
async fn unless_stopped(
    exchange: impl Future<Output = (Outcome, Option<String>)>,
    stopped: impl Future<Output = ()>,
) -> Option<(Outcome, Option<String>)> {
    let mut exchange = pin!(exchange);
    let mut stopped = pin!(stopped);
    std::future::poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| exchange.as_mut().poll(context))) {
            Ok(Poll::Ready(outcome)) => return Poll::Ready(Some(outcome)),
            Ok(Poll::Pending) => {}
            Err(_) => {
                tracing::error!("the transport panicked");
                let reason = Some("the transport panicked".to_owned());
                return Poll::Ready(Some((Outcome::UNREACHABLE, reason)));
            }
        }
        stopped.as_mut().poll(context).map(|()| None)
    })
    .await
}
