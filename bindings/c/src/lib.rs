//! The CRM's SDK as a C library: `libcrm.so`, `libcrm.a` and `crm.h`.
//!
//! Each function checks what it is handed, calls [`crm_sdk`], and returns a code; nothing is
//! decided here. No panic leaves the library, and every failure has a message for its thread.
//! What holds for all functions stands at the head of `crm.h`, which is made from this source.
#![allow(unsafe_code, reason = "C hands over pointers; each place that trusts one says why")]
#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]
#![allow(non_camel_case_types, reason = "names are those of the header, letter for letter")]
#![allow(
    clippy::missing_safety_doc,
    reason = "the head of crm.h has the one contract that all functions share"
)]

mod before_send;
mod boundary;
mod client;
mod code;
mod customer;
mod dead_letters;
mod error;
mod events;
mod gate;
mod interaction;
mod kept;
mod log;
mod options;
mod pointer;
mod poll;
mod purchase;
mod report;
mod stats;
#[cfg(feature = "testing")]
mod testing;
mod verdict;
mod version;

pub use before_send::*;
pub use client::*;
pub use code::*;
pub use customer::*;
pub use dead_letters::*;
pub use error::*;
pub use interaction::*;
pub use log::*;
pub use options::*;
pub use poll::*;
pub use purchase::*;
pub use report::*;
pub use stats::*;
#[cfg(feature = "testing")]
pub use testing::*;
pub use verdict::*;
pub use version::*;
