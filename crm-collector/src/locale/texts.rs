//! The texts of each language, from the files in `texts/`, which are compiled in.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::number::grouped_float;
use super::{Args, Lang};

/// One language's texts.
pub(super) struct Texts(FluentBundle<FluentResource>);

/// The files of a language.
macro_rules! sources {
    ($lang:literal) => {
        [
            include_str!(concat!("texts/", $lang, "/advice.ftl")),
            include_str!(concat!("texts/", $lang, "/pages.ftl")),
        ]
    };
}

static ENGLISH: LazyLock<Texts> = LazyLock::new(|| Texts::read(Lang::English, &sources!("en")));
static RUSSIAN: LazyLock<Texts> = LazyLock::new(|| Texts::read(Lang::Russian, &sources!("ru")));

impl Texts {
    pub(super) fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::English => &ENGLISH,
            Lang::Russian => &RUSSIAN,
        }
    }

    fn read(lang: Lang, sources: &[&str]) -> Self {
        let known = lang.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![known]);
        // Marks of direction around what is filled in would stand in figures that are copied; names have
        // an element of their own that keeps their direction to themselves.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match lang {
            Lang::English => english,
            Lang::Russian => russian,
        }));
        for source in sources {
            // A test reads all files and finds no mistake in them.
            let resource = FluentResource::try_new((*source).to_owned());
            let resource = resource.unwrap_or_else(|(rest, mistakes)| {
                tracing::error!(
                    ?mistakes,
                    lang = lang.code(),
                    "texts that cannot be read are left out"
                );
                rest
            });
            bundle.add_resource_overriding(resource);
        }
        Self(bundle)
    }

    /// A text; its key where there is none, which no test lets through.
    pub(super) fn say(&self, key: &str, args: Args<'_>) -> String {
        let Some(pattern) = self.0.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, "there is no such text");
            return key.to_owned();
        };
        let mut given = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            given.set(*name, plain(value));
        }
        let mut mistakes = Vec::new();
        let text = self.0.format_pattern(pattern, Some(&given), &mut mistakes).into_owned();
        if !mistakes.is_empty() {
            tracing::error!(key, ?mistakes, "a text was not filled");
        }
        text
    }
}

/// What is filled in cannot mark anything.
fn plain<'a>(value: &'a FluentValue<'a>) -> FluentValue<'a> {
    match value {
        FluentValue::String(text) if text.contains(['⟦', '⟧']) => {
            FluentValue::String(text.replace(['⟦', '⟧'], "").into())
        }
        other => other.clone(),
    }
}

fn english<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    number(value, Lang::English)
}

fn russian<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    number(value, Lang::Russian)
}

fn number(value: &FluentValue<'_>, lang: Lang) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(grouped_float(number.value, lang)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use fluent_bundle::FluentResource;

    /// Each key of a file with the variables that its text names.
    fn keys(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let read = FluentResource::try_new(source.to_owned());
        assert!(read.is_ok(), "{:?}", read.err().map(|(_, mistakes)| mistakes));
        let mut keys = BTreeMap::<String, BTreeSet<String>>::new();
        let mut key = String::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =")
                && !line.starts_with(' ')
            {
                key = name.to_owned();
                assert!(!keys.contains_key(&key), "{key} stands twice");
            }
            if line.trim().is_empty() {
                continue;
            }
            let variables = line.split('$').skip(1).map(|rest| {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '-'));
                rest[..end.unwrap_or(rest.len())].to_owned()
            });
            keys.entry(key.clone()).or_default().extend(variables);
        }
        keys
    }

    #[test]
    fn every_text_is_there_in_both_languages_with_the_same_variables() {
        let [english, russian] = [sources!("en"), sources!("ru")].map(|all| keys(&all.join("\n")));
        for (key, variables) in &english {
            assert_eq!(Some(variables), russian.get(key), "{key}");
        }
        let only_russian: Vec<_> =
            russian.keys().filter(|key| !english.contains_key(*key)).collect();
        assert!(only_russian.is_empty(), "{only_russian:?}");
    }

    #[test]
    fn every_text_is_used_and_every_one_that_is_used_is_there() {
        let mut sources = String::new();
        read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut sources);
        let english = keys(&sources!("en").join("\n"));
        let unused: Vec<_> =
            english.keys().filter(|key| !sources.contains(&format!("\"{key}\""))).collect();
        assert!(unused.is_empty(), "{unused:?}");
        for call in ["s.t(\"", "s.n(\"", "s.x(\"", "s.marked(\"", "locale.say(\"", "self.say(\""] {
            for rest in sources.split(call).skip(1) {
                let key = rest.split('"').next().unwrap();
                assert!(english.contains_key(key), "{call}{key}");
            }
        }
    }

    fn read(folder: &Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, into);
            } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "html") {
                into.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
}
