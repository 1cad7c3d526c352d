//! A small web shop that tells the CRM about its customers, orders, refunds and messages.
//!
//! What a host adds for the CRM stands in `crm.rs`, and in `main` the client's beginning and end;
//! the rest is any shop. Configured by the environment: SHOP_CRM_KEY (needed), SHOP_CRM_ENDPOINT,
//! SHOP_CRM_SPOOL, SHOP_LISTEN.

#![forbid(unsafe_code)]

mod crm;
mod shop;

use std::time::Duration;

use anyhow::Context;
use crm_sdk::Unsent;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crm::Crm;

/// How long the shop waits at its end for the CRM to take what is still queued.
const LAST_EVENTS: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // The SDK logs by `tracing`: without a subscriber nobody learns that a key is refused.
    let filter = EnvFilter::try_from_env("SHOP_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).init();

    let listen = setting("SHOP_LISTEN").unwrap_or_else(|| "127.0.0.1:3000".into());
    let endpoint = setting("SHOP_CRM_ENDPOINT").unwrap_or_else(|| "http://127.0.0.1:8787".into());
    let spool = setting("SHOP_CRM_SPOOL").unwrap_or_else(|| "crm-spool".into());
    let key = setting("SHOP_CRM_KEY").context(
        "SHOP_CRM_KEY is not set; `crm-collector key create --name shop --scopes ingest` makes one",
    )?;

    // Connects to nothing yet: a collector that is down does not keep the shop from opening. What
    // an earlier run could not send is found in the spool.
    let crm = Crm::connect(endpoint, key, spool.as_ref())?;
    let listener = TcpListener::bind(&listen).await.with_context(|| format!("port {listen}"))?;
    tracing::info!("open on http://{}", listener.local_addr()?);
    axum::serve(listener, shop::routes(crm.clone())).with_graceful_shutdown(told_to_stop()).await?;

    // Behind the last request, so that its events are among what is sent. What is left is on disk,
    // where the next run finds it, unless the disk failed.
    let unsent = crm.close(LAST_EVENTS).await;
    if unsent.is_empty() {
        tracing::info!("closed; the CRM has it all");
    } else {
        let Unsent { events, on_disk, .. } = unsent;
        tracing::warn!(events, on_disk, "closed before the CRM had it all");
    }
    Ok(())
}

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Resolves at SIGTERM, as service managers send it, and at Ctrl-C.
async fn told_to_stop() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => (),
            // An error leaves no way to be told; stopping is the safe answer to it.
            _ = tokio::signal::ctrl_c() => (),
        },
        Err(error) => tracing::error!(%error, "cannot wait for SIGTERM"),
    }
}
