//! The CRM's collector: takes events in over HTTP, keeps them in SQLite, answers with reports.
//!
//! ARCHITECTURE.md draws the map; a test holds the modules to its table of who may import whom.

pub mod clock;
pub mod demo;
pub mod export;
pub mod import;
pub mod ingest;
pub mod store;
