//! `include/crm.ffi.h`, the header for languages that read C declarations themselves: Python's cffi
//! and PHP's FFI take it as it is, and send an order by it.

use std::path::Path;
use std::process::Command;

use crm_tests::harness::{Collector, Options};

use crate::kit::{Installed, succeed, test_program};

/// Sends an order by an interpreter that was found to have what it needs.
fn sends_an_order(mut interpreter: Command, program: &str) {
    let installed = Installed::get();
    let collector = Collector::start(Options::new());
    interpreter.arg(test_program(program));
    interpreter.arg(installed.prefix().join("include/crm.ffi.h"));
    interpreter.arg(installed.prefix().join("lib/libcrm.so"));
    let said = succeed(interpreter.arg(collector.url()).arg(collector.key()));
    assert_eq!(said, "stored 1 left 0\n");
    assert_eq!(collector.stored_purchases("2026-01-01", "2100-01-01"), 1);
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

#[test]
fn cffi_reads_the_declarations_and_sends_an_order() {
    // Beside the libraries that cargo has built, where `cargo clean` finds it.
    let site = crate::kit::built().join("python-cffi");
    let has = |site: &Path| {
        let mut python = Command::new("python3");
        python.env("PYTHONPATH", site).args(["-c", "import cffi"]);
        python.output().is_ok_and(|output| output.status.success())
    };
    if !has(&site) {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--target"]).arg(&site).arg("cffi");
        let fetched = pip.output().is_ok_and(|output| output.status.success());
        if !fetched || !has(&site) {
            skipped("python3 has no cffi, and pip cannot fetch it");
            return;
        }
    }
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", &site);
    sends_an_order(python, "order.py");
}

#[test]
fn php_reads_the_declarations_and_sends_an_order() {
    let enabled = ["-d", "ffi.enable=1"];
    if !succeeds("php", &["-d", "ffi.enable=1", "-r", "exit(class_exists('FFI') ? 0 : 1);"]) {
        skipped("php with FFI is not there; on Debian, apt install php-cli");
        return;
    }
    let mut php = Command::new("php");
    php.args(enabled);
    sends_an_order(php, "order.php");
}

#[expect(clippy::print_stderr, reason = "a test that did not run has to say so")]
fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
}
