//! Cross-crate tests: the real collector as a process, the SDK, a host application, faults, and
//! the architecture.

mod architecture;
mod bad_input;
mod delivery;
mod dice;
mod online_retail;
mod proxy;
mod scenario;
mod shop;
