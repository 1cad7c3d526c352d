//! The design's table of who may import whom, held against the source.
//!
//! Files are read as Rust's own tokens, so that comments and texts say nothing and a path is seen
//! wherever it stands: in a `use`, in a signature, inside a macro.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What every module may import.
const BY_ALL: &[&str] = &["words"];

/// Each module of the collector with those it may import beside; itself it may always.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("facts", &[]),
    ("clock", &[]),
    ("metrics", &[]),
    ("telemetry", &[]),
    ("lane", &[]),
    ("memory", &[]),
    ("locale", &[]),
    ("wording", &[]),
    ("words", &[]),
    ("charts", &[]),
    ("store", &["facts"]),
    ("clients", &["ask_error", "auth", "facts", "store"]),
    ("analytics", &["facts"]),
    ("assistant", &["analytics", "facts", "locale"]),
    ("auth", &["store", "facts", "clock", "lane"]),
    ("ingest", &["auth", "store", "clock", "metrics"]),
    ("ask_error", &["store"]),
    ("reports", &["ask_error", "auth", "store", "facts", "analytics", "assistant", "clock"]),
    ("import", &["ingest", "clock"]),
    (
        "insights",
        &[
            "ask_error",
            "assistant",
            "auth",
            "store",
            "facts",
            "analytics",
            "clock",
            "lane",
            "locale",
            "memory",
            "wording",
        ],
    ),
    (
        "answers",
        &[
            "ask_error",
            "assistant",
            "auth",
            "clients",
            "clock",
            "facts",
            "insights",
            "locale",
            "reports",
            "store",
        ],
    ),
    ("export", &["charts", "wording"]),
    ("demo", &[]),
    (
        "http",
        &[
            "answers",
            "ask_error",
            "assistant",
            "auth",
            "ingest",
            "import",
            "export",
            "clients",
            "reports",
            "insights",
            "facts",
            "clock",
            "lane",
            "metrics",
        ],
    ),
    (
        "ui",
        &[
            "answers",
            "ask_error",
            "assistant",
            "auth",
            "charts",
            "ingest",
            "import",
            "export",
            "clients",
            "reports",
            "insights",
            "facts",
            "http",
            "clock",
            "lane",
            "locale",
            "metrics",
        ],
    ),
    // Each component's own settings.
    ("config", &["auth", "http", "ingest", "insights", "store", "telemetry"]),
    ("app", BELOW_APP),
    ("cli", BELOW_CLI),
    // Tests alone: the whole collector in a time of its own.
    (
        "simulation",
        &["ask_error", "auth", "clock", "facts", "ingest", "insights", "reports", "store"],
    ),
    // The map of modules imports none of them.
    ("lib", &[]),
    ("main", &["cli", "memory"]),
];

const BELOW_APP: &[&str] = &[
    "analytics",
    "answers",
    "ask_error",
    "assistant",
    "auth",
    "charts",
    "clients",
    "clock",
    "config",
    "export",
    "facts",
    "http",
    "import",
    "ingest",
    "insights",
    "lane",
    "memory",
    "metrics",
    "reports",
    "store",
    "telemetry",
    "ui",
];

const BELOW_CLI: &[&str] = &[
    "analytics",
    "answers",
    "app",
    "ask_error",
    "assistant",
    "auth",
    "charts",
    "clients",
    "clock",
    "config",
    "demo",
    "export",
    "facts",
    "http",
    "import",
    "ingest",
    "insights",
    "lane",
    "locale",
    "metrics",
    "reports",
    "store",
    "telemetry",
    "ui",
    "wording",
];

/// A crate, and the modules of the collector that alone may name it, with what is inside them.
const CONFINED: &[(&str, &[&str])] = &[
    // SQL, its types and its connections have one home, so that a second engine can stand there.
    ("rusqlite", &["store::sqlite"]),
    // Statistics are asked for where answers are made; whoever shows one sees what was made of it.
    ("crm_stats", &["analytics", "assistant", "cli", "insights", "wording"]),
    // SDK and collector are strangers; the demo is a host like any other.
    ("crm_sdk", &["demo", "cli::demo"]),
    // What is asked and answered, for those who ask and answer; nothing is stored in its terms.
    (
        "crm_api",
        &[
            "analytics",
            "answers",
            "assistant",
            "cli",
            "clients",
            "export",
            "facts",
            "http",
            "import",
            "insights",
            "locale",
            "reports",
            "simulation",
            "ui",
            "wording",
        ],
    ),
];

/// What a module does without, to stay a pure function of what it is handed.
const WITHOUT: &[(&str, &[&str])] =
    &[("analytics", &["hyper", "tokio"]), ("facts", &["hyper", "tokio"])];

#[test]
fn the_collectors_modules_import_only_what_the_table_allows() {
    let source = workspace().join("crm-collector/src");
    let mut violations = Vec::new();
    for path in rust_files(&source) {
        let inside = path.strip_prefix(&source).unwrap();
        violations.extend(check(inside, &fs::read_to_string(&path).unwrap()));
    }
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

#[test]
fn the_decision_on_the_stores_engine_lists_its_verbs() {
    let verbs: BTreeSet<String> = rust_files(&workspace().join("crm-collector/src/store/sqlite"))
        .iter()
        .filter(|path| path.file_name().is_some_and(|name| name != "tests.rs"))
        .flat_map(|path| verbs(&tokens(&fs::read_to_string(path).unwrap())))
        .collect();
    let decision = workspace().join("docs/adr/0011-the-stores-engine.md");
    let decision = fs::read_to_string(decision).unwrap();
    let table = decision.lines().filter(|line| line.starts_with("| `"));
    let cells = table.map(|line| line.split('|').nth(1).unwrap());
    let listed: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let once: BTreeSet<String> = listed.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(once, verbs);
    assert_eq!(listed.len(), once.len(), "each is listed once");
}

/// The names of functions that the whole store may call.
fn verbs(tokens: &[TokenTree]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            found.extend(verbs(&inner(group)));
        }
        let called = match &tokens[at..] {
            [public, word, name, ..] if is_ident(public, "pub") && is_ident(word, "fn") => name,
            [public, TokenTree::Group(reach), word, name, ..]
                if is_ident(public, "pub")
                    && is_ident(word, "fn")
                    && reach.stream().to_string().replace(' ', "") == "incrate::store" =>
            {
                name
            }
            _ => continue,
        };
        found.insert(called.to_string());
    }
    found
}

#[test]
fn the_sdk_and_the_shared_types_know_no_collector() {
    for (member, strangers) in [
        ("crm-models", &["crm_sdk", "crm_collector", "crm_stats", "rusqlite", "tokio"][..]),
        // Hosts send events and ask nothing.
        ("crm-models/src", &["crm_api"][..]),
        (
            "crm-collector/stats",
            &["crm_api", "crm_models", "crm_sdk", "crm_collector", "rusqlite", "tokio", "hyper"][..],
        ),
        ("crm-sdk", &["crm_api", "crm_collector", "rusqlite"][..]),
        ("examples", &["crm_api", "crm_collector", "crm_models", "rusqlite"][..]),
    ] {
        for path in rust_files(&workspace().join(member)) {
            let names = names(&tokens(&fs::read_to_string(&path).unwrap()));
            for stranger in strangers {
                assert!(!names.contains(*stranger), "{} names {stranger}", path.display());
            }
        }
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    for member in [
        "crm-models/src",
        "crm-models/api/src",
        "crm-sdk/src",
        "bindings/c/src",
        "bindings/wasm/src",
        "crm-collector/stats/src",
        "crm-collector/src",
    ] {
        let source = workspace().join(member);
        let files = rust_files(&source).into_iter().map(|path| {
            (path.strip_prefix(&source).unwrap().to_owned(), fs::read_to_string(&path).unwrap())
        });
        // One world of tests, whose people know it and each other.
        let files = files.filter(|(path, _)| !path.starts_with("simulation"));
        assert_eq!(circles(files), Vec::<String>::new(), "{member}");
    }
}

#[test]
fn a_planted_circle_is_found_and_a_folder_counts_as_one_of_its_neighbours() {
    let found = |files: &[(&str, &str)]| {
        circles(files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())))
    };
    let straight = [
        ("queue.rs", "use crate::clock::Clock; mod disk; mod tests { use crate::client::Client; }"),
        ("queue/disk.rs", "use super::Queue; use crate::clock;"),
        ("client.rs", "use crate::queue::{self, disk::Disk};"),
        ("clock.rs", ""),
    ];
    assert_eq!(found(&straight), Vec::<String>::new());
    let by_two = [("a.rs", "use crate::b::B;"), ("b.rs", "fn f(a: super::a::A) {}")];
    assert_eq!(found(&by_two), ["a -> b -> a"]);
    let by_folders = [
        ("a/x.rs", "use super::super::b::y;"),
        ("b/y.rs", "use crate::{c::C, d};"),
        ("c.rs", "use super::a::x::X;"),
        ("d.rs", "use std::fs;"),
    ];
    assert_eq!(found(&by_folders), ["a -> b -> c -> a"]);
    let inside = [("q/one.rs", "use super::two;"), ("q/two.rs", "use crate::q::one::One;")];
    assert_eq!(found(&inside), ["q::one -> q::two -> q::one"]);
}

/// Neighbours that import each other in a circle, each with all that is below it; without tests.
fn circles(files: impl Iterator<Item = (PathBuf, String)>) -> Vec<String> {
    let files: BTreeMap<_, _> = files
        .map(|(path, text)| (module_of(&path), without_tests(&tokens(&text))))
        .filter(|(place, _)| place.iter().all(|name| name != "tests"))
        .collect();
    let folders = files.keys().flat_map(|place| (0..=place.len()).map(|depth| &place[..depth]));
    let modules: BTreeSet<_> = folders.collect();
    let mut imports: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for (place, tokens) in &files {
        for path in paths(tokens, place) {
            let depths = (0..=path.len()).rev();
            let there = depths.map(|depth| &path[..depth]).find(|path| modules.contains(path));
            let there = there.unwrap_or(&[]);
            let common = place.iter().zip(there).take_while(|(one, other)| one == other).count();
            if common < place.len().min(there.len()) {
                let from = imports.entry(place[..=common].to_vec()).or_default();
                from.insert(there[..=common].to_vec());
            }
        }
    }
    let mut found = Vec::new();
    let mut done = BTreeSet::new();
    for module in imports.keys() {
        if let Some(circle) = circle_through(module, &imports)
            && circle.iter().all(|module| done.insert(module.clone()))
        {
            let names: Vec<_> = circle.iter().chain([module]).map(|one| one.join("::")).collect();
            found.push(names.join(" -> "));
        }
    }
    found
}

/// The shortest way from a module to itself.
fn circle_through(
    module: &Vec<String>,
    imports: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
) -> Option<Vec<Vec<String>>> {
    let mut ways = VecDeque::from([vec![module.clone()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in way.last().and_then(|last| imports.get(last)).into_iter().flatten() {
            if next == module {
                return Some(way);
            }
            if seen.insert(next) {
                ways.push_back([way.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}

/// These tokens without what stands in a module of tests.
fn without_tests(tokens: &[TokenTree]) -> Vec<TokenTree> {
    let is_tests = |at: usize| {
        at >= 2 && is_ident(&tokens[at - 2], "mod") && is_ident(&tokens[at - 1], "tests")
    };
    let kept = tokens.iter().enumerate().filter(|(at, _)| !is_tests(*at));
    kept.map(|(_, token)| token.clone()).collect()
}

#[test]
fn every_file_opens_by_saying_what_it_owns() {
    let members = ["crm-models", "crm-sdk", "crm-collector", "bindings", "examples", "tests"];
    for path in members.iter().flat_map(|member| rust_files(&workspace().join(member))) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not open with //!", path.display());
    }
}

#[test]
fn a_planted_violation_is_found_wherever_it_stands() {
    let cases = [
        ("store/users.rs", "use crate::auth::Auth;", "store imports auth"),
        ("store/users.rs", "use super::super::auth;", "store imports auth"),
        ("store/fold/mod.rs", "use super::super::http;", "store imports http"),
        ("facts/mod.rs", "use crate::{clock::Clock, facts::Sums};", "facts imports clock"),
        ("facts/mod.rs", "use crate::{facts::{Sums, Bits}, clock};", "facts imports clock"),
        ("clock.rs", "use super::metrics;", "clock imports metrics"),
        ("clock.rs", "use super::*;", "clock imports *"),
        ("clock.rs", "use crate as everything;", "clock imports *"),
        ("clock.rs", "mod tests { use super::super::store; }", "clock imports store"),
        ("analytics/mod.rs", "fn f(s: &crate::store::Store) {}", "analytics imports store"),
        ("analytics/mod.rs", "const N: u8 = vec![crate::app::N][0];", "analytics imports app"),
        ("analytics/mod.rs", "async fn f() { tokio::spawn(g()); }", "analytics names tokio"),
        ("export/mod.rs", "macro_rules! m { () => { $crate::cli::main() } }", "export imports cli"),
        ("http/mod.rs", "use rusqlite::Connection;", "http names rusqlite"),
        ("store/users.rs", "use rusqlite::params;", "store names rusqlite"),
        ("store/sqlite.rs", "use crate::store::fold::unite;", "store::sqlite asks store::fold"),
        ("store/sqlite/runs.rs", "use super::super::fold;", "store::sqlite asks store::fold"),
        ("store/sqlite/runs.rs", "use super::super::*;", "store::sqlite asks store::*"),
        (
            "store/sqlite/runs.rs",
            "fn f() { crate::store::weight(1); }",
            "store::sqlite asks store::weight",
        ),
        (
            "store/sqlite/runs.rs",
            "mod tests { use crate::store::{Run, items::decode}; }",
            "store::sqlite asks store::items",
        ),
        ("http/mod.rs", "use crm_stats::value;", "http names crm_stats"),
        ("store/mod.rs", "use crm_api::Total;", "store names crm_api"),
        ("cli/serve.rs", "use crm_sdk::Client;", "cli names crm_sdk"),
        ("demonstration.rs", "", "demonstration has no row in the table"),
        ("main.rs", "use crm_collector::store::Store;", "main imports store"),
        ("novelty.rs", "", "novelty has no row in the table"),
    ];
    for (file, text, violation) in cases {
        assert_eq!(check(Path::new(file), text), [format!("{file}: {violation}")], "{text}");
    }
}

#[test]
fn what_the_table_allows_is_no_violation() {
    let cases = [
        ("store/users.rs", "use super::error::Result; use crate::facts::Sums;"),
        ("store/users.rs", "mod tests { use super::*; use crate::store::Store; }"),
        ("store/fold/sums.rs", "pub(in crate::store) fn f() {} use super::super::ids;"),
        ("store/sqlite/runs.rs", "use rusqlite::params; use crate::store::{Block, Result, Run};"),
        (
            "store/sqlite/runs.rs",
            "pub(in crate::store) fn f() {} mod tests { use super::super::*; }",
        ),
        ("store/sqlite/sealed/tests.rs", "use super::super::migrate; use crate::facts::Sums;"),
        (
            "facts/mod.rs",
            "/// See [`Store`](crate::store::Store).\n// use crate::store;\nfn f() {}",
        ),
        ("facts/mod.rs", "const TEXT: &str = \"use crate::store\";"),
        ("facts/mod.rs", "pub(crate) struct S; pub(super) struct T;"),
        ("demo/send.rs", "use crm_sdk::Client;"),
        ("cli/demo.rs", "use crm_sdk::Client;"),
        ("cli/demo.rs", "use crate::{demo, export}; use super::context::Context;"),
        ("main.rs", "fn main() { crm_collector::cli::main(); }"),
        ("lib.rs", "pub mod store;"),
    ];
    for (file, text) in cases {
        assert_eq!(check(Path::new(file), text), Vec::<String>::new(), "{text}");
    }
}

/// What a file of the collector does that it may not.
fn check(file: &Path, text: &str) -> Vec<String> {
    let place = module_of(file);
    // The crate's root goes by the name of its file.
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let module = place.first().map_or(stem, String::as_str);
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
        return vec![format!("{}: {module} has no row in the table", file.display())];
    };

    let tokens = tokens(text);
    let paths = paths(&tokens, &place);
    let imports: BTreeSet<&str> = paths.iter().map(|path| path[0].as_str()).collect();
    let imported = imports
        .iter()
        .filter(|import| **import != module && !BY_ALL.contains(import))
        .filter(|import| !allowed.contains(import))
        .map(|import| format!("{module} imports {import}"));

    let names = names(&tokens);
    let is_home = |home: &&str| {
        let path: Vec<_> = home.split("::").collect();
        place.len() >= path.len() && path.iter().zip(&place).all(|(home, part)| home == part)
    };
    let strayed = CONFINED
        .iter()
        .filter(|(name, homes)| names.contains(*name) && !homes.iter().any(is_home))
        .map(|(name, _)| *name);
    let banned = WITHOUT
        .iter()
        .filter(|(name, _)| *name == module)
        .flat_map(|(_, banned)| banned.iter().copied())
        .filter(|banned| names.contains(*banned));
    let named = strayed.chain(banned).map(|name| format!("{module} names {name}"));
    let asked = asked_of_the_store(&paths, &place);
    let asked = asked.iter().map(|name| format!("store::sqlite asks store::{name}"));
    let violations = imported.chain(named).chain(asked);
    violations.map(|violation| format!("{}: {violation}", file.display())).collect()
}

/// What a file of the store's engine names of the neutral half that is no type; `*` where it is all of
/// it.
fn asked_of_the_store<'a>(paths: &'a BTreeSet<Vec<String>>, place: &[String]) -> BTreeSet<&'a str> {
    if !matches!(place, [store, engine, ..] if store == "store" && engine == "sqlite") {
        return BTreeSet::new();
    }
    let is_type = |name: &str| name.starts_with(|letter: char| letter.is_ascii_uppercase());
    let below = paths.iter().filter(|path| path[0] == "store").filter_map(|path| path.get(1));
    below.map(String::as_str).filter(|name| *name != "sqlite" && !is_type(name)).collect()
}

/// The path of the module that a file holds; none for the root.
fn module_of(file: &Path) -> Vec<String> {
    let mut place: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if matches!(place.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        place.pop();
    }
    place
}

/// Where the paths in these tokens lead, from the crate's root on; `*` at an end is all that is there.
fn paths(tokens: &[TokenTree], place: &[String]) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    let mut rest = tokens;
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            TokenTree::Group(group) => found.extend(paths(&inner(group), place)),
            TokenTree::Ident(ident) => match ident.to_string().as_str() {
                "mod" => {
                    // What stands in an inline module is one step further from the root.
                    if let [TokenTree::Ident(name), TokenTree::Group(body), behind @ ..] = after
                        && body.delimiter() == Delimiter::Brace
                    {
                        let inside = [place, &[name.to_string()]].concat();
                        found.extend(paths(&inner(body), &inside));
                        rest = behind;
                    }
                }
                "crate" | "crm_collector" => {
                    if matches!(after, [word, ..] if is_ident(word, "as")) {
                        found.insert(vec!["*".to_owned()]);
                    }
                    rest = follow(after, &[], &mut found);
                }
                "super" => rest = follow(after, parent(place), &mut found),
                _ => {}
            },
            _ => {}
        }
    }
    found
}

/// Follows a path from a module on. Returns what stands behind it.
fn follow<'a>(
    tokens: &'a [TokenTree],
    from: &[String],
    found: &mut BTreeSet<Vec<String>>,
) -> &'a [TokenTree] {
    let [first, second, next, behind @ ..] = tokens else { return tokens };
    if !(is_punct(first, ':') && is_punct(second, ':')) {
        // `pub(super)` and the like lead nowhere.
        return tokens;
    }
    match next {
        TokenTree::Ident(name) if name == "super" => follow(behind, parent(from), found),
        TokenTree::Ident(name) => {
            let there = match name.to_string().as_str() {
                "self" if from.is_empty() => vec!["*".to_owned()],
                "self" => from.to_vec(),
                name => [from, &[name.to_owned()]].concat(),
            };
            let goes_on =
                matches!(behind, [one, two, _, ..] if is_punct(one, ':') && is_punct(two, ':'));
            if goes_on {
                return follow(behind, &there, found);
            }
            found.insert(there);
            behind
        }
        TokenTree::Group(group) => {
            // Each branch is as if it stood there alone.
            for branch in inner(group).split(|token| is_punct(token, ',')) {
                follow(&[&[first.clone(), second.clone()][..], branch].concat(), from, found);
            }
            behind
        }
        _ => {
            found.insert([from, &["*".to_owned()]].concat());
            behind
        }
    }
}

fn parent(place: &[String]) -> &[String] {
    place.split_last().map_or(&[], |(_, parent)| parent)
}

fn inner(group: &proc_macro2::Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == name)
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// Every name in these tokens, at any depth.
fn names(tokens: &[TokenTree]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => drop(names.insert(ident.to_string())),
            TokenTree::Group(group) => names.extend(self::names(&inner(group))),
            _ => {}
        }
    }
    names
}

fn tokens(text: &str) -> Vec<TokenTree> {
    let stream: TokenStream = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
    stream.into_iter().collect()
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The `.rs` files of a folder and below, in order.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "there is no source in {}", folder.display());
    files
}
