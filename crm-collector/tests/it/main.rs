//! Tests of the collector as its users meet it: over HTTP and by the command line.

mod accounts;
mod bad_input;
mod cli;
mod connection;
mod harness;
mod invitations;
mod keys;
mod openapi;
mod server;
