//! A memory cgroup for a process, where this machine lets one be made: as root, with version 1 or 2.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Where each version keeps its groups, and the file that holds a group's limit.
const PLACES: [(&str, &str); 2] =
    [("/sys/fs/cgroup", "memory.max"), ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")];
/// A group can be removed once its last process is gone for good.
const PATIENCE: Duration = Duration::from_secs(5);

/// A cgroup whose processes share so much memory and no more: the kernel kills one that takes more.
/// It is removed when the value goes, so its processes have to be gone by then.
#[derive(Debug)]
pub struct MemoryLimit {
    folder: PathBuf,
}

impl MemoryLimit {
    /// A new group; `None` where none can be made.
    pub fn new(mib: u64) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("crm-tests-{}-{count}", std::process::id());
        PLACES.iter().find_map(|(root, limit)| {
            let limited = Self { folder: Path::new(root).join(&name) };
            fs::create_dir(&limited.folder).ok()?;
            // Without the controller of memory the group has no such file, and is removed again.
            let file = limited.folder.join(limit);
            (file.is_file() && fs::write(file, (mib * 1024 * 1024).to_string()).is_ok())
                .then_some(limited)
        })
    }

    /// What executes a command line inside of it, for `Options::served_by`.
    pub fn wrapper(&self) -> Vec<String> {
        let join = format!("echo $$ > {}/cgroup.procs; exec \"$0\" \"$@\"", self.folder.display());
        vec!["sh".to_owned(), "-c".to_owned(), join]
    }
}

impl Drop for MemoryLimit {
    fn drop(&mut self) {
        let begun = Instant::now();
        while fs::remove_dir(&self.folder).is_err() && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
