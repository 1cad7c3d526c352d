//! Cross-crate tests: the real collector as a process, the SDK, a host application, faults, and
//! the architecture.
//!
//! CRM_ROUNDS sets how many rounds the tests with faults make, CRM_SEED replays one. CRM_ATTACK has the
//! attacks made at their full size.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "clippy knows tests by their attribute, and these are their helpers"
)]

mod architecture;
mod attack;
mod bad_input;
mod cases;
mod corrected;
mod delivery;
mod dice;
mod endings;
mod erasure;
mod first_version;
mod flipped_bits;
mod insights;
mod online_retail;
mod proxy;
mod readme;
mod scenario;
mod segments;
mod shop;
mod socket;
mod spool;
mod stored;
mod what_to_send;
mod whole_shop;
