//! Harness shared by the cross-crate tests and the benches.
//!
//! [`harness`] runs the real collector as a process; [`mod@bench`] makes purchases, sends them as fast
//! as two cores allow, and keeps the plain SQLite loop that speed is measured against.

#![forbid(unsafe_code)]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "only tests and benches use this, and there a broken expectation ought to panic"
)]

#[path = "benches/support/mod.rs"]
pub mod bench;
pub mod harness;
