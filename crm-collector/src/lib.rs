//! The CRM's collector: takes events in over HTTP, keeps them in SQLite, answers with reports.
//!
//! ARCHITECTURE.md draws the map; a test holds the modules to its table of who may import whom.

#![forbid(unsafe_code)]

pub mod analytics;
pub mod answers;
pub mod app;
pub mod ask_error;
pub mod assistant;
pub mod auth;
pub mod charts;
pub mod cli;
pub mod clients;
pub mod clock;
pub mod config;
pub mod demo;
pub mod export;
pub mod facts;
pub mod http;
pub mod import;
pub mod ingest;
pub mod insights;
pub mod lane;
pub mod memory;
pub mod metrics;
pub mod reports;
#[cfg(test)]
mod simulation;
pub mod store;
pub mod telemetry;
pub mod ui;
pub mod wording;
pub mod words;
