//! Settings of the analysis.

use serde::{Deserialize, Serialize};

/// Settings of the analysis.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Analyse what is new before anybody asks; off, everything is computed when it is asked for.
    pub background: bool,
    /// Threads that compute, which stand back for everything else; 0 for one a core.
    pub threads: u16,
}

impl Default for Config {
    fn default() -> Self {
        Self { background: true, threads: 0 }
    }
}

impl Config {
    /// Settings that make no sense, each by its key.
    pub fn mistakes(&self) -> Vec<(&'static str, String)> {
        const MOST_THREADS: u16 = 1_024;
        let given = self.threads;
        let too_many = given > MOST_THREADS;
        let rule = || ("threads", format!("is at most {MOST_THREADS}, {given} given"));
        too_many.then(rule).into_iter().collect()
    }

    pub(super) fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads.into(),
        }
    }
}
