//! What the disk under a bench can do: without that, no figure of a store that syncs says much.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Synced writes at the end of a new file.
#[derive(Clone, Copy, Debug)]
pub struct Disk {
    /// A write of 4 KiB and its sync, the median.
    pub small_sync: Duration,
    /// Writes of 4 MiB, each synced: about one transaction of 1,000 purchases in the plain loop.
    pub mib_per_second: f64,
}

impl Disk {
    /// Measures the disk that holds a folder, in about a second.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn measure(folder: &Path) -> io::Result<Self> {
        let mut file = tempfile::tempfile_in(folder)?;
        let mut small = Vec::new();
        for _ in 0..100 {
            small.push(synced(&mut file, &[0; 4 << 10])?);
        }
        small.sort_unstable();
        let (chunk, mut large) = (vec![0; 4 << 20], Duration::ZERO);
        for _ in 0..30 {
            large += synced(&mut file, &chunk)?;
        }
        let mib_per_second = 120.0 / large.as_secs_f64();
        Ok(Self { small_sync: small[small.len() / 2], mib_per_second })
    }
}

fn synced(file: &mut File, bytes: &[u8]) -> io::Result<Duration> {
    let begun = Instant::now();
    file.write_all(bytes)?;
    file.sync_data()?;
    Ok(begun.elapsed())
}
