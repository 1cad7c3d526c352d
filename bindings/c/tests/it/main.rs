//! The C library from outside: its header, its installation, and C and C++ programs that are
//! compiled against it and run under valgrind beside a real collector.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy knows tests by their attribute, and these are their helpers"
)]

mod ffi;
mod fork;
mod header;
mod install;
mod kit;
mod misuse;
#[cfg(feature = "tls")]
mod network;
mod orders;
mod panic;
mod readme;
mod reports;
mod shop;
mod spool;
mod threads;
