//! Cross-crate tests: the real collector as a process, the SDK, a host application, faults, and
//! the architecture.

mod architecture;
