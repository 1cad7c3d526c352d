//! Tests of the statistics as their users meet them: promises on any input, and planted truths.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a broken expectation of a test ought to panic, in its helpers too"
)]

mod engine;
mod held_out;
mod planted;
