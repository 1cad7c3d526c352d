//! Logs, as text for people or JSON for machines, on standard error.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// Settings of the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Text or JSON.
    pub format: Format,
    /// What is logged: `error`, `warn`, `info`, `debug` or `trace`, or a filter by module.
    pub level: String,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self { format: Format::Text, level: "info".into() }
    }
}

impl Config {
    /// Settings that make no sense, each by its key.
    pub fn mistakes(&self) -> Vec<(&'static str, String)> {
        let problem = EnvFilter::try_new(&self.level).err();
        problem.map(|error| ("level", error.to_string())).into_iter().collect()
    }
}

/// Starts logging, for the whole process.
pub fn start(config: &Config) {
    let filter = EnvFilter::try_new(&config.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours);
    let started = match config.format {
        Format::Text => lines.with_target(false).try_init(),
        Format::Json => lines.json().flatten_event(true).try_init(),
    };
    // A host process that logs already goes on in its own way.
    drop(started);
    // Where, not what: the default hook prints the message, which may hold anything.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
}
