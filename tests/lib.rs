//! Harness shared by the cross-crate tests and the benches.
