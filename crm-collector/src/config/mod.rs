//! Settings: defaults, then a TOML file, then the environment, then flags.
//!
//! Each component owns its part. To add one, give [`Config`] a field whose type serialises its
//! defaults; its file section, its `CRM_…` variables and its line in `--check-config` follow.

mod layers;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::auth::{self, Registration};
use crate::{http, ingest, insights, store, telemetry};
use layers::{Layers, Setting, Source};

/// The variable that names the configuration file.
const FILE_VARIABLE: &str = "CRM_CONFIG";

/// Every setting. None is optional: what may be absent has a value that says so, which keeps
/// each setting known by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of the database.
    pub data: PathBuf,
    /// Workspace that commands work in; empty for the only one.
    pub workspace: String,
    /// Address and port to serve on, or `unix:` and the path of a socket.
    pub listen: http::Listen,
    /// Where people reach the collector, such as `https://crm.example.com`; empty for `listen`.
    pub public_url: String,
    /// Who may make an account without an invitation: open, first_user or closed.
    pub registration: Registration,
    /// The log.
    pub log: telemetry::Config,
    /// The HTTP server.
    pub http: http::Config,
    /// Accounts and keys.
    pub auth: auth::Config,
    /// Taking events in.
    pub ingest: ingest::Config,
    /// The store.
    pub store: store::Config,
    /// The statistics.
    pub analysis: insights::Config,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("crm-data"),
            workspace: String::new(),
            // Loopback: who wants to be reached from outside says so.
            listen: http::Listen::Tcp(([127, 0, 0, 1], 8787).into()),
            public_url: String::new(),
            registration: Registration::default(),
            log: telemetry::Config::default(),
            http: http::Config::default(),
            auth: auth::Config::default(),
            ingest: ingest::Config::default(),
            store: store::Config::default(),
            analysis: insights::Config::default(),
        }
    }
}

impl Config {
    /// Settings that are readable and make no sense, each by its path.
    fn mistakes(&self) -> Vec<(String, String)> {
        let mut mistakes = Vec::new();
        let url = &self.public_url;
        if !(url.is_empty() || url.starts_with("http://") || url.starts_with("https://")) {
            mistakes.push(("public_url".into(), "begins with https:// or http://".into()));
        }
        let sections = [
            ("log", self.log.mistakes()),
            ("http", self.http.mistakes()),
            ("auth", self.auth.mistakes()),
            ("ingest", self.ingest.mistakes()),
            ("store", self.store.mistakes()),
            ("analysis", self.analysis.mistakes()),
        ];
        for (section, found) in sections {
            let found = found.into_iter().map(|(key, rule)| (format!("{section}.{key}"), rule));
            mistakes.extend(found);
        }
        mistakes
    }
}

/// What the command line says about settings.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--workspace`.
    pub workspace: Option<String>,
    /// `--listen`.
    pub listen: Option<String>,
}

/// The settings in force, and where each came from.
#[derive(Debug)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// What deserves a look and stops nothing: variables that look like settings and are none. They
    /// may be another program's, as where an orchestrator names the address of a service `crm`.
    pub warnings: Vec<String>,
    layers: Layers,
}

/// Everything that is wrong with the settings.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistakes(Vec<String>);

impl std::error::Error for Mistakes {}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(f, "{count} {} in the settings", if count == 1 { "mistake" } else { "mistakes" })?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

/// The settings in force, as TOML, each with its source.
impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.layers.fmt(f)
    }
}

/// Puts the layers together, or tells all mistakes at once.
pub fn load(
    flags: &Flags,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Loaded, Mistakes> {
    let mut mistakes = Vec::new();
    let mut variables = layers::variables(environment);
    let from_variable = variables.remove(FILE_VARIABLE).map(PathBuf::from);
    let mut layers = Layers::new(&Config::default());

    if let Some(path) = flags.file.clone().or(from_variable) {
        match read(&path) {
            Ok(table) => layers.file(&path, table, &mut mistakes),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    let warnings = layers.environment(variables, &mut mistakes);
    if let Some(data) = &flags.data {
        match data.to_str() {
            Some(data) => layers.set(Setting::flag("--data", "data", data), &mut mistakes),
            None => mistakes.push(format!("{}: is not UTF-8", Source::Flag("--data"))),
        }
    }
    if let Some(workspace) = &flags.workspace {
        layers.set(Setting::flag("--workspace", "workspace", workspace), &mut mistakes);
    }
    if let Some(listen) = &flags.listen {
        layers.set(Setting::flag("--listen", "listen", listen), &mut mistakes);
    }

    let config = layers.config(&mut mistakes);
    for (path, rule) in config.mistakes() {
        mistakes.push(format!("{}: {rule}", layers.source(&path)));
    }
    if mistakes.is_empty() {
        Ok(Loaded { config, warnings, layers })
    } else {
        Err(Mistakes(mistakes))
    }
}

fn read(path: &Path) -> Result<toml::Table, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        format!("{} line {line}: {}", path.display(), error.message())
    })
}

#[cfg(test)]
mod tests;
