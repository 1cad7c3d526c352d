//! What each library brings along: the crates of its tree, and the sizes of what is built for
//! other languages.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::table::{Table, ratio};

/// A library by a reader's name, its package and the flags that choose its features.
const TREES: &[(&str, &str, &[&str])] = &[
    ("crm-sdk, default features", "crm-sdk", &[]),
    ("crm-sdk, native alone", "crm-sdk", &["--no-default-features", "--features", "native"]),
    ("posthog-rs, default features", "footprint-posthog-rs", &[]),
    ("sentry, default features", "footprint-sentry", &[]),
    ("opentelemetry-otlp, default features", "footprint-opentelemetry-otlp", &[]),
];

/// Where builds leave what is shipped, in the project.
const FILES: &[(&str, &str)] = &[
    ("C library, shared", "target/binding/libcrm.so"),
    ("C library, static", "target/binding/libcrm.a"),
    ("WASM module", "bindings/wasm/pkg/core_bg.wasm"),
];

/// Prints both tables.
pub fn count() {
    let mut table = Table::new(["crates in `cargo tree -e normal`, its own included", "", ""]);
    let mut ours = None;
    for (label, package, features) in TREES {
        let crates = crates(package, features) as f64;
        let yardstick = *ours.get_or_insert(crates);
        table.row([(*label).to_owned(), crates.to_string(), ratio(crates, yardstick)]);
    }
    println!("{table}");
    let built: Vec<_> = FILES
        .iter()
        .filter_map(|(label, path)| Some((label, std::fs::read(project().join(path)).ok()?)))
        .collect();
    if built.is_empty() {
        println!("Neither the C library nor the WASM package is built: no sizes.\n");
        return;
    }
    let mut table = Table::new(["size", "KiB", "gzipped"]);
    for (label, bytes) in built {
        let kib = |length: usize| length.div_ceil(1_024).to_string();
        table.row([(*label).to_owned(), kib(bytes.len()), kib(gzipped(&bytes))]);
    }
    println!("{table}");
}

/// Packages in the tree of one, for this machine, without those of its build and its tests.
fn crates(package: &str, features: &[&str]) -> usize {
    let is_ours = package.starts_with("crm-");
    let folder = if is_ours { project() } else { PathBuf::from(env!("CARGO_MANIFEST_DIR")) };
    let output = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--package", package])
        .args(features)
        .current_dir(folder)
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    let name_and_version =
        |line: &str| line.split(' ').take(2).map(str::to_owned).collect::<Vec<_>>();
    let mut crates: BTreeSet<_> = tree.lines().map(name_and_version).collect();
    // A package that only exists to depend on a rival.
    crates.retain(|words| !words[0].starts_with("footprint-"));
    crates.len()
}

fn project() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("the crate lies two folders deep in the project").to_owned()
}

fn gzipped(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_or(0, |gzip| gzip.len())
}
