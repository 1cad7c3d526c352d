//! What the benches share: purchases without end, a lean load generator and its own ceiling, the
//! plain SQLite loop that speed is measured against, arguments and tables.

pub mod args;
pub mod ceiling;
pub mod latency;
pub mod load;
pub mod plain;
pub mod shop;
pub mod table;

/// The machine in a line: how many cores, and how busy they are with other work just now.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    format!("{cores} cores, load average {load} before the start")
}
