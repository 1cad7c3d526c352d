//! What a process uses: memory and processor time, from `/proc`; and the size of a folder.

use std::path::Path;
use std::time::Duration;

/// Resident memory of a process. Zero where there is no `/proc`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Now (`VmRSS`), in KiB.
    pub now_kib: u64,
    /// The most since the process started (`VmHWM`), in KiB.
    pub peak_kib: u64,
}

impl Memory {
    /// Of a process.
    pub fn of(pid: u32) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        Self {
            now_kib: kib("VmRSS:").unwrap_or_default(),
            peak_kib: kib("VmHWM:").unwrap_or_default(),
        }
    }
}

/// Bytes that a process has had written to the disk. Zero where there is no `/proc`.
pub fn written_bytes(pid: u32) -> u64 {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
    let bytes = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    bytes.and_then(|bytes| bytes.trim().parse().ok()).unwrap_or_default()
}

/// Processor time that a process has used in all its threads. Zero where there is no `/proc`.
pub fn cpu_time(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name of the program may hold blanks; what follows its closing bracket does not.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    // The kernel shows these in hundredths of a second on every architecture there is today.
    Duration::from_millis(ticks * 10)
}

/// Bytes of all files in a folder and below.
pub fn folder_bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
            Ok(metadata) => metadata.len(),
            // A file that went away in between takes no space.
            Err(_) => 0,
        })
        .sum()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_sees_its_own_memory_and_time() {
        let memory = Memory::of(std::process::id());
        assert!(memory.now_kib > 500 && memory.peak_kib >= memory.now_kib, "{memory:?}");
        let begun = std::time::Instant::now();
        while begun.elapsed() < Duration::from_millis(60) {}
        assert!(cpu_time(std::process::id()) >= Duration::from_millis(20));
    }
}
