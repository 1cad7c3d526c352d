//! `include/crm.h` is what cbindgen makes of the source, and C and C++ both take it; `crm.ffi.h` has
//! its declarations alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kit::{C, CPP, Language, folder, succeed};

/// The files whose items are in the header, in the order of reading.
const SOURCES: &[&str] = &[
    "code.rs",
    "error.rs",
    "version.rs",
    "verdict.rs",
    "report.rs",
    "before_send.rs",
    "log.rs",
    "options.rs",
    "options/queue.rs",
    "options/network.rs",
    "options/spool.rs",
    "options/callbacks.rs",
    "customer.rs",
    "purchase.rs",
    "purchase/line.rs",
    "purchase/money.rs",
    "interaction.rs",
    "stats.rs",
    "client.rs",
    "poll.rs",
    "dead_letters.rs",
];

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn header() -> PathBuf {
    crate_folder().join("include/crm.h")
}

fn config() -> cbindgen::Config {
    cbindgen::Config::from_file(crate_folder().join("cbindgen.toml")).unwrap()
}

fn written(config: cbindgen::Config) -> String {
    let builder = cbindgen::Builder::new().with_config(config);
    let sources = SOURCES.iter().map(|file| crate_folder().join("src").join(file));
    let bindings = sources.fold(builder, cbindgen::Builder::with_src).generate().unwrap();
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).unwrap()
}

/// Declarations alone: what reads them has no preprocessor, and takes constants from enumerations.
fn generated_for_ffi() -> String {
    let mut config = config();
    config.cpp_compat = false;
    config.documentation = false;
    config.header = None;
    config.include_guard = None;
    config.sys_includes.clear();
    let text = written(config);
    let mut declarations = String::new();
    // Whether the lines under the conditions that are open count: what newer standards have instead
    // stands in the first branch of each.
    let mut branches: Vec<bool> = Vec::new();
    for line in text.lines() {
        if let Some(constant) = line.strip_prefix("#define ") {
            let (name, value) = constant.split_once(' ').unwrap();
            declarations += &format!("enum {{ {name} = {value} }};\n");
        } else if line.starts_with("#if") {
            branches.push(false);
        } else if line.starts_with("#else") {
            *branches.last_mut().unwrap() = true;
        } else if line.starts_with("#endif") {
            branches.pop().unwrap();
        } else if branches.iter().all(|counts| *counts) {
            declarations += line;
            declarations.push('\n');
        }
    }
    let mut compact = declarations.replace("\n {\n", " {\n");
    while compact.contains("\n\n\n") {
        compact = compact.replace("\n\n\n", "\n\n");
    }
    compact.trim_start().to_owned()
}

fn generated() -> String {
    let mut config = config();
    config.after_includes = Some(format!(
        "\n/* Version of this header; crm_version tells that of the library. */\n\
         #define CRM_VERSION \"{}\"\n\
         #define CRM_VERSION_MAJOR {}\n\
         #define CRM_VERSION_MINOR {}\n\
         #define CRM_VERSION_PATCH {}\n",
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    ));
    written(config)
}

#[test]
fn the_header_is_what_the_source_says() {
    is_kept("crm.h", &generated());
}

#[test]
fn the_declarations_for_foreign_functions_are_those_of_the_source() {
    let generated = generated_for_ffi();
    assert!(!generated.contains(['#', '/', '"']), "declarations alone:\n{generated}");
    assert!(generated.contains("crm_code crm_client_purchase("), "functions");
    assert!(generated.contains("CRM_EVENT_ID_SIZE = 37"), "constants");
    is_kept("crm.ffi.h", &generated);
}

#[track_caller]
fn is_kept(name: &str, generated: &str) {
    let path = crate_folder().join("include").join(name);
    if std::env::var_os("CRM_ACCEPT_HEADER").is_some() {
        fs::write(&path, generated).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let differing = kept.lines().zip(generated.lines()).position(|(kept, made)| kept != made);
    let line = differing.unwrap_or_else(|| kept.lines().count().min(generated.lines().count()));
    assert!(
        kept == generated,
        "include/{name} differs from the source in line {}:\n  it says {:?}\n  not     {:?}\n\
         Where the change is meant, accept it by `make -C bindings/c header` and commit it.",
        line + 1,
        kept.lines().nth(line).unwrap_or_default(),
        generated.lines().nth(line).unwrap_or_default(),
    );
}

#[test]
fn no_file_with_exported_functions_is_left_out_of_the_header() {
    let src = crate_folder().join("src");
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&src).unwrap().to_str().unwrap();
            let exports = fs::read_to_string(&path).unwrap().contains("#[unsafe(no_mangle)]");
            // What is for tests alone is in no header.
            assert!(!exports || name == "testing.rs" || SOURCES.contains(&name), "{name}");
        }
    }
}

#[test]
fn every_function_says_who_may_call_it_and_who_owns_what() {
    let header = fs::read_to_string(header()).unwrap();
    let mut functions = 0;
    for (comment, declaration) in documented(&header) {
        if declaration.contains('(') && !declaration.starts_with("typedef struct") {
            functions += 1;
            assert!(comment.contains("Threads: "), "{declaration}");
            assert!(comment.contains("Ownership: "), "{declaration}");
        }
    }
    assert_eq!(functions, header.matches("Threads: ").count());
    assert!(functions > 60, "{functions}");
}

/// Each comment with the first line of what it stands above.
fn documented(header: &str) -> Vec<(&str, &str)> {
    let mut rest = header;
    let mut found = Vec::new();
    while let Some((_, after)) = rest.split_once("/**") {
        let (comment, behind) = after.split_once("*/").unwrap();
        let declaration = behind.trim_start().lines().next().unwrap_or_default();
        found.push((comment, declaration));
        rest = behind;
    }
    found
}

#[test]
fn the_header_compiles_alone_and_twice_in_c_and_in_cpp() {
    for language in [C, CPP] {
        let Language { compiler, flags, extension, .. } = language;
        let folder = folder();
        let file = folder.path().join(format!("twice.{extension}"));
        fs::write(&file, "#include \"crm.h\"\n#include \"crm.h\"\nint main(void) { return 0; }\n")
            .unwrap();
        let mut command = Command::new(compiler);
        command.args(flags).arg("-I").arg(crate_folder().join("include"));
        succeed(command.arg("-fsyntax-only").arg(&file));
    }
}
