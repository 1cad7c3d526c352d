//! What the reports compute from facts: tables, cohorts, periods, and which days an answer is about.
//! Pure: no clock, no I/O. The statistics are a crate of their own, `crm-stats`.

pub mod cohorts;
pub mod frame;
pub mod period;
pub mod report;
pub mod standings;
