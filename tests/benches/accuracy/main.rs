//! How right the statistics are, on real data and on planted truths, beside what others reach.
//!
//! `cargo bench -p crm-tests --bench accuracy -- [forecast] [value] [basket] [trend]`
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bench prints what it measured, on counts that it made itself"
)]

#[path = "../../../crm-collector/tests/it/planted/synthetic.rs"]
mod synthetic;
mod trend;

/// What is scored, by name. Each section prints its own tables, and says so where the data is
/// absent.
const SECTIONS: &[(&str, fn())] = &[("trend", trend::run)];

fn main() {
    crm_tests::bench::sections::run("accuracy", SECTIONS);
}
