//! The README's way to a first report is walked as it stands there: its commands are run by a shell,
//! and what it says that they print is what they print.

use std::path::Path;
use std::process::Command;

use crate::cli::Served;

const README: &str = include_str!("../../../README.md");

/// The blocks of a chapter, each with its language.
fn blocks(chapter: &str) -> Vec<(&str, &str)> {
    let (_, from) = README.split_once(&format!("## {chapter}\n")).expect(chapter);
    let text = from.split("\n## ").next().unwrap();
    let mut blocks = Vec::new();
    for block in text.split("\n```").skip(1).step_by(2) {
        blocks.push(block.split_once('\n').unwrap());
    }
    blocks
}

/// Runs lines of a shell in a folder, with the collector on the path.
fn shell(folder: &Path, script: &str) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_crm-collector")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", script]).current_dir(folder).env("PATH", path);
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Ids, times and secrets differ from run to run.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    for part in text.split_inclusive(['"', '\n']) {
        let is_random = part.len() > 20 && part.starts_with(|first: char| first.is_ascii_digit());
        steady.push_str(if is_random && !part.contains(',') { "…\"" } else { part });
    }
    steady
}

fn assert_shown(printed: &str, shown: &str) {
    let printed = steady(printed);
    for line in steady(shown).lines().filter(|line| !line.is_empty()) {
        assert!(
            printed.contains(line),
            "the README shows\n{line}\nand this is printed:\n{printed}"
        );
    }
}

#[test]
fn the_way_to_a_first_report_with_curl_is_as_the_readme_says() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks("With the command line and curl");
    let (language, start) = blocks[0];
    let add = start.lines().next().unwrap();
    assert_eq!((language, start.trim_end().lines().last()), ("sh", Some("crm-collector serve")));
    shell(folder.path(), &format!("echo a long password | {add} --password-stdin"));

    let served = Served::start(&folder.path().join("crm-data"));
    let scripts: Vec<&str> = blocks[1..]
        .iter()
        .filter(|(language, _)| *language == "sh")
        .map(|(_, text)| *text)
        .collect();
    let is_registration = |script: &&&str| script.contains("/v1/auth/register");
    assert_eq!(scripts.iter().filter(is_registration).count(), 1);
    let by_command_line: Vec<&str> =
        scripts.iter().filter(|script| !script.contains("/v1/auth/register")).copied().collect();
    let local = |script: &str| script.replace("127.0.0.1:8787", served.address());
    let printed = shell(folder.path(), &local(&by_command_line.join("\n")));
    for (language, shown) in &blocks[1..] {
        // The last of them shows what is refused, which nothing before it sends.
        if *language != "sh" && !shown.contains("urn:crm:problem") {
            assert_shown(&printed, shown);
        }
    }
    drop(served);

    // The other way: who reaches the collector by network alone.
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&folder.path().join("crm-data"));
    let local = |script: &str| script.replace("127.0.0.1:8787", served.address());
    let register = *scripts.iter().find(is_registration).unwrap();
    let script =
        format!("CRM=http://127.0.0.1:8787\n{register}\ncurl -s -H \"$AUTH\" $CRM/v1/connection");
    let printed = shell(folder.path(), &local(&script));
    assert!(printed.contains("\"status\":\"connected\""), "{printed}");
}

#[test]
fn a_file_of_ones_own_becomes_a_report_as_the_readme_says() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks("With what you have already");
    let place = blocks.iter().position(|(_, text)| text.starts_with("Order,Date")).unwrap();
    let [(_, file), (_, script), (_, shown)] = blocks[place..place + 3] else { unreachable!() };
    std::fs::write(folder.path().join("orders.csv"), file).unwrap();
    assert_shown(&shell(folder.path(), script), shown);
}

#[test]
fn an_export_of_shopify_needs_one_command_as_the_readme_says() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks("With what you have already");
    let place = blocks.iter().position(|(_, text)| text.starts_with("Name,Email")).unwrap();
    let [(_, file), (_, script), (_, shown)] = blocks[place..place + 3] else { unreachable!() };
    std::fs::write(folder.path().join("orders_export.csv"), file).unwrap();
    assert_eq!(script.trim_end().lines().count(), 1);
    assert_shown(&shell(folder.path(), script), shown);
}
