//! The real collector as a process, seen from outside: start, kill, restart, ask, measure.

mod collector;
pub mod examples;
mod host;
pub mod http;
mod memory_limit;
pub mod places;
mod process;
mod usage;

pub use collector::{Collector, Options};
pub use host::{Ending, Host, Life, Order};
pub use memory_limit::MemoryLimit;
pub use process::{PATIENCE, Process, free_address};
pub use usage::{Memory, cpu_time, folder_bytes, written_bytes};
