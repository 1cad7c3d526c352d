//! What the benches share: purchases without end, a lean load generator and its own ceiling, the
//! plain SQLite loop and PostgreSQL that speed is measured against, arguments and tables.

pub mod args;
pub mod ceiling;
pub mod disk;
pub mod latency;
pub mod load;
pub mod plain;
pub mod postgres;
pub mod python;
pub mod retail;
pub mod sections;
pub mod shop;
pub mod table;

use crate::harness::places;

/// The machine in a line: its cores, how busy they are with other work just now, and its disk.
///
/// # Panics
/// When the build folder cannot be written.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let disk = disk::Disk::measure(&places::scratch_folder()).expect("there is disk space");
    format!(
        "{cores} cores, load average {load} before the start; disk: 4 KiB synced in {} ms, 4 MiB \
         synced each at {:.0} MiB/s",
        table::millis(disk.small_sync),
        disk.mib_per_second
    )
}
