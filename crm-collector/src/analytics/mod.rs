//! Pure computation on facts: no clock, no I/O, no panic on any input.

pub mod period;
pub mod report;
