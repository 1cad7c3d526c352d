//! Logs, as text for people or JSON for machines, on standard error.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// Settings of the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Text or JSON.
    pub format: Format,
    /// What is logged: `error`, `warn`, `info`, `debug`, `trace` or `off`, or a filter by module
    /// such as `info,hyper=debug`.
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
        let given = &self.level;
        // A lone word that is no level would be the name of a module, and all others be silent.
        let is_level = |word: &str| LEVELS.contains(&word.to_ascii_lowercase().as_str());
        let lone = given.split(',').find(|part| !part.contains('=') && !is_level(part));
        let rule = match (lone, EnvFilter::try_new(given)) {
            (None, Ok(_)) => return Vec::new(),
            (Some(_), _) => String::new(),
            (None, Err(error)) => format!(" ({error})"),
        };
        let levels = LEVELS.join(", ");
        let rule = format!(
            "is one of {levels}, or a filter such as info,hyper=debug; \"{given}\" given{rule}"
        );
        vec![("level", rule)]
    }
}

/// How much is logged, from most to least.
const LEVELS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "off"];

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

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(level: &str) -> Vec<(&'static str, String)> {
        Config { level: level.into(), ..Config::default() }.mistakes()
    }

    #[test]
    fn a_level_that_would_silence_the_log_is_refused_with_those_there_are() {
        let rule = |given: &str| {
            format!(
                "is one of trace, debug, info, warn, error, off, or a filter such as \
                 info,hyper=debug; \"{given}\" given"
            )
        };
        for level in ["verbose", "", "information", "info,verbose", "hyper", "info,"] {
            assert_eq!(mistakes(level), [("level", rule(level))]);
        }
        assert!(mistakes("hyper=verbose")[0].1.starts_with(&rule("hyper=verbose")));
        for level in ["info", "WARN", "off", "info,hyper=debug", "warn,crm_collector=trace"] {
            assert_eq!(mistakes(level), [], "{level}");
        }
    }
}
