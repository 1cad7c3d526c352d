//! Tests of the collector as its users meet it: over HTTP and by the command line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a broken expectation of a test ought to panic, in its helpers too"
)]

mod access;
mod accounts;
mod analyze;
mod answers;
mod ask;
mod bad_input;
mod cli;
mod cli_ask;
mod cli_import;
mod cli_refusals;
mod cli_terminal;
mod cli_truth;
mod clients;
mod connection;
mod contract;
mod corrections;
mod demo;
mod fields;
mod figures;
mod harness;
mod ingest;
mod insights;
mod interactions;
mod invitations;
mod keys;
mod openapi;
mod orders;
mod quarantine;
mod ranges;
mod readme;
mod recommendations;
mod refunds;
mod schema;
mod server;
mod shop;
mod truth;
mod ui;
