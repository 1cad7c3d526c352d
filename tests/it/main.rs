//! Cross-crate tests: the real collector as a process, the SDK, a host application, faults, and
//! the architecture.

mod architecture;
mod delivery;
mod dice;
mod proxy;
mod scenario;
mod shop;
