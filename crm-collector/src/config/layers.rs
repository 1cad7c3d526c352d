//! Settings as a flat list of named values, laid over each other, each with its source.
//!
//! Nothing here knows a setting by name: the names and their types are those of the defaults,
//! and a value is tried where it belongs before it is taken.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::Config;

const PREFIX: &str = "CRM_";
/// A name that differs in more letters, or in more than a third of its own, is no slip of the hand.
const NEAR: usize = 4;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Default(String),
    File(PathBuf, String),
    Variable(String),
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default(path) => write!(f, "default of {path}"),
            Self::File(file, path) => write!(f, "{}: {path}", file.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value for one setting.
pub(super) struct Setting {
    path: String,
    value: Value,
    source: Source,
}

impl Setting {
    pub(super) fn flag(flag: &'static str, path: &str, value: &str) -> Self {
        let value = Value::String(value.to_owned());
        Self { path: path.to_owned(), value, source: Source::Flag(flag) }
    }
}

/// The values in force.
#[derive(Debug)]
pub(super) struct Layers {
    /// By path, such as `store.memory_mib`.
    values: BTreeMap<String, (Value, Source)>,
}

impl Layers {
    pub(super) fn new(defaults: &Config) -> Self {
        let table = Table::try_from(defaults).unwrap_or_default();
        let values = flatten(table)
            .map(|(path, value)| (path.clone(), (value, Source::Default(path))))
            .collect();
        Self { values }
    }

    /// Lays a configuration file over what is there.
    pub(super) fn file(&mut self, file: &Path, table: Table, mistakes: &mut Vec<String>) {
        for (path, value) in flatten(table) {
            let source = Source::File(file.to_owned(), path.clone());
            self.set(Setting { path, value, source }, mistakes);
        }
    }

    /// Lays the environment over what is there, and tells of variables that are no settings.
    pub(super) fn environment(
        &mut self,
        variables: BTreeMap<String, OsString>,
        mistakes: &mut Vec<String>,
    ) -> Vec<String> {
        let mut warnings = Vec::new();
        let paths: BTreeMap<String, String> =
            self.values.keys().map(|path| (variable(path), path.clone())).collect();
        for (name, value) in variables {
            let source = Source::Variable(name.clone());
            let Some(path) = paths.get(&name) else {
                let what = unknown(&source, &name, paths.keys().map(String::as_str));
                warnings.push(format!("{what} (ignored)"));
                continue;
            };
            let Ok(text) = value.into_string() else {
                mistakes.push(format!("{source}: is not UTF-8"));
                continue;
            };
            match self.read_as_default(path, &text) {
                Ok(value) => self.set(Setting { path: path.clone(), value, source }, mistakes),
                Err(rule) => mistakes.push(format!("{source}: {rule}, \"{text}\" given")),
            }
        }
        warnings
    }

    /// Lays one value over what is there, if it fits.
    pub(super) fn set(&mut self, setting: Setting, mistakes: &mut Vec<String>) {
        let Setting { path, value, source } = setting;
        let Some((former, _)) = self.values.get(&path) else {
            mistakes.push(unknown(&source, &path, self.values.keys().map(String::as_str)));
            return;
        };
        let former = (former.clone(), self.source(&path));
        let given = match &value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.values.insert(path.clone(), (value, source.clone()));
        if let Err(rule) = self.decode() {
            // Most rules repeat what they were given.
            let given = (!rule.contains(&given)).then(|| format!(", \"{given}\" given"));
            mistakes.push(format!("{source}: {rule}{}", given.unwrap_or_default()));
            self.values.insert(path, former);
        }
    }

    /// The settings as their types.
    pub(super) fn config(&self, mistakes: &mut Vec<String>) -> Config {
        // Every value was tried when it was set.
        self.decode().unwrap_or_else(|rule| {
            mistakes.push(rule);
            Config::default()
        })
    }

    /// Where the value of a setting came from.
    pub(super) fn source(&self, path: &str) -> Source {
        let source = self.values.get(path).map(|(_, source)| source.clone());
        source.unwrap_or_else(|| Source::Default(path.to_owned()))
    }

    fn decode(&self) -> Result<Config, String> {
        let mut table = Table::new();
        for (path, (value, _)) in &self.values {
            let value = value.clone();
            match path.split_once('.') {
                None => {
                    table.insert(path.clone(), value);
                }
                Some((section, key)) => {
                    let section = table.entry(section).or_insert_with(|| Table::new().into());
                    if let Value::Table(section) = section {
                        section.insert(key.to_owned(), value);
                    }
                }
            }
        }
        Config::deserialize(table).map_err(|error| error.message().to_owned())
    }

    /// Variables are text; the default's type says what is meant.
    fn read_as_default(&self, path: &str, text: &str) -> Result<Value, &'static str> {
        let default = self.values.get(path).map(|(value, _)| value);
        match default {
            Some(Value::Integer(_)) => {
                text.parse().map(Value::Integer).map_err(|_| "is a whole number")
            }
            Some(Value::Float(_)) => text.parse().map(Value::Float).map_err(|_| "is a number"),
            Some(Value::Boolean(_)) => {
                text.parse().map(Value::Boolean).map_err(|_| "is true or false")
            }
            Some(Value::Array(_)) => {
                let entries = text.split(',').map(|entry| entry.trim().to_owned().into());
                Ok(Value::Array(entries.collect()))
            }
            _ => Ok(Value::String(text.to_owned())),
        }
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // TOML wants keys of the top before those of sections only where sections are headed.
        let (top, sections): (Vec<_>, Vec<_>) =
            self.values.iter().partition(|(path, _)| !path.contains('.'));
        for (path, (value, source)) in top.into_iter().chain(sections) {
            let source = match source {
                Source::Default(_) => "default".to_owned(),
                source => source.to_string(),
            };
            writeln!(f, "{:<48} # {source}", format!("{path} = {value}"))?;
        }
        Ok(())
    }
}

/// The variables that may be ours.
pub(super) fn variables(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> BTreeMap<String, OsString> {
    let ours = environment.into_iter().filter_map(|(name, value)| {
        let name = name.into_string().ok().filter(|name| name.starts_with(PREFIX))?;
        Some((name, value))
    });
    ours.collect()
}

/// The variable of a setting.
fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "_").to_uppercase())
}

fn flatten(table: Table) -> impl Iterator<Item = (String, Value)> {
    table.into_iter().flat_map(|(key, value)| match value {
        Value::Table(section) => section
            .into_iter()
            .map(|(inner, value)| (format!("{key}.{inner}"), value))
            .collect::<Vec<_>>(),
        value => vec![(key, value)],
    })
}

fn unknown<'a>(source: &Source, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = known.min_by_key(|known| distance(known, name));
    let near = NEAR.min(name.len() / 3);
    match nearest.filter(|nearest| distance(nearest, name) <= near) {
        Some(nearest) => format!("{source}: is no setting; did you mean {nearest}?"),
        None => format!("{source}: is no setting; serve --check-config lists those there are"),
    }
}

/// How many letters have to change (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, b) in right.bytes().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(a != b)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[right.len()]
}
