//! `README.md` as a newcomer follows it: its files and commands, cut out and run as they stand.

use std::fs;
use std::path::Path;
use std::process::Command;

use crm_tests::harness::{Collector, Options, free_address};

use crate::kit::{built, folder, run, succeed, workspace};

/// The blocks of a language, in their order.
fn blocks(language: &str) -> Vec<String> {
    let readme = fs::read_to_string(workspace("bindings/c/README.md")).unwrap();
    let opening = format!("```{language}\n");
    let blocks = readme.split(&opening).skip(1);
    blocks.map(|rest| rest.split_once("```").unwrap().0.to_owned()).collect()
}

/// The one command block that holds this text.
fn commands(with: &str) -> String {
    let mut found: Vec<_> = blocks("sh").into_iter().filter(|block| block.contains(with)).collect();
    assert_eq!(found.len(), 1, "{with}: {found:?}");
    found.remove(0)
}

/// A newcomer's home, with the library installed by the README's own command.
struct Newcomer {
    home: tempfile::TempDir,
    collector: Collector,
}

impl Newcomer {
    fn new() -> Self {
        let home = folder();
        let newcomer = Self { home, collector: Collector::start(Options::new()) };
        newcomer.shell(&workspace("."), &commands("make -C bindings/c install"));
        let [program] = &blocks("c")[..] else { panic!("one program is expected") };
        fs::write(newcomer.home.path().join("order.c"), program).unwrap();
        newcomer
    }

    /// Runs commands as they stand. The library is the one that was built with this test.
    fn shell(&self, folder: &Path, commands: &str) -> String {
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", commands]).current_dir(folder);
        shell.env("HOME", self.home.path()).env("BUILT", built());
        succeed(shell.env("KEY", self.collector.key()))
    }

    fn home(&self, commands: &str) -> String {
        self.shell(self.home.path(), commands)
    }

    /// Runs the program, which tells the collector of one order more.
    fn order(&self, program: &str) {
        let order = commands("./order http");
        let order = order.replace("http://127.0.0.1:8787", &self.collector.url());
        assert_eq!(self.home(&order.replace("./order", program)), "the CRM has it\n");
    }

    fn orders(&self) -> u64 {
        self.collector.stored_purchases("2026-01-01", "2100-01-01")
    }
}

#[test]
fn the_program_of_the_readme_is_built_in_each_way_it_names_and_is_heard() {
    let newcomer = Newcomer::new();
    let ways = ["-lcrm -Wl", "pkg-config --cflags", "libcrm.a"];
    for (orders, way) in (1..).zip(ways) {
        newcomer.home(&commands(way));
        newcomer.order("./order");
        assert_eq!(newcomer.orders(), orders, "{way}");
        fs::remove_file(newcomer.home.path().join("order")).unwrap();
    }
}

/// What calls the functions of the README: an order, its correction, one called off, one taken back.
const CALLS: &str = r#"
int main(int argc, char **argv)
{
    crm_options *options = NULL;
    crm_client *client = NULL;
    crm_stats stats;
    if (argc != 3 || crm_options_new(argv[1], argv[2], &options) != CRM_OK ||
        crm_client_new(options, &client) != CRM_OK) {
        return 2;
    }
    crm_options_free(options);
    if (!tell_of_an_order(client, false) || !tell_of_an_order(client, true) ||
        !take_back(client, "1043", false) || !take_back(client, "1042", true)) {
        fprintf(stderr, "%s\n", crm_last_error());
        return 1;
    }
    crm_client_shutdown(client, 5000, NULL, 0);
    crm_client_stats(client, &stats, sizeof stats);
    printf("%d stored, %d updated, %d rejected\n", (int)stats.accepted, (int)stats.updated,
           (int)stats.rejected);
    crm_client_free(client);
    return 0;
}
"#;

#[test]
fn an_order_is_told_corrected_called_off_and_taken_back_as_the_readme_says() {
    let newcomer = Newcomer::new();
    let [functions] = &blocks("c fragment")[..] else { panic!("one fragment is expected") };
    let program = format!("#include <crm.h>\n#include <stdio.h>\n{functions}{CALLS}");
    fs::write(newcomer.home.path().join("order.c"), program).unwrap();
    newcomer.home(&commands("-lcrm -Wl"));
    let mut order = Command::new(newcomer.home.path().join("order"));
    let said = succeed(order.args([&*newcomer.collector.url(), newcomer.collector.key()]));
    assert_eq!(said, "2 stored, 2 updated, 0 rejected\n");
}

#[test]
#[ignore = "needs cmake: cargo test -p crm-sdk-c -- --ignored"]
fn the_program_of_the_readme_is_built_by_cmake_with_either_library() {
    let newcomer = Newcomer::new();
    let [lists] = &blocks("cmake")[..] else { panic!("one CMakeLists.txt is expected") };
    for (orders, target) in [(1, "crm::crm"), (2, "crm::static")] {
        let lists = lists.replace("crm::crm", target);
        fs::write(newcomer.home.path().join("CMakeLists.txt"), lists).unwrap();
        newcomer.home(&commands("cmake -S"));
        newcomer.order("./build/order");
        assert_eq!(newcomer.orders(), orders, "{target}");
    }
    // An interface that this version does not have is refused.
    let lists = lists.replace("crm 0.1", "crm 0.2");
    fs::write(newcomer.home.path().join("CMakeLists.txt"), lists).unwrap();
    let refused =
        newcomer.home("cmake -S . -B other -DCMAKE_PREFIX_PATH=\"$HOME/.local\" || echo no");
    assert!(refused.ends_with("no\n"), "{refused}");
}

#[test]
fn a_wrong_key_and_a_wrong_port_are_told_apart_from_success() {
    let newcomer = Newcomer::new();
    newcomer.home(&commands("-lcrm -Wl"));
    let nobody = format!("http://{}", free_address());
    for (endpoint, key, said) in [
        (
            newcomer.collector.url(),
            "crm_sk_wrong",
            "not sent: the key is refused: this is no API key",
        ),
        (nobody, newcomer.collector.key(), "not sent: the collector cannot be reached: "),
    ] {
        let mut order = Command::new(newcomer.home.path().join("order"));
        let output = run(order.args([&*endpoint, key]));
        let told = String::from_utf8_lossy(&output.stderr);
        // What the system says of a closed port follows.
        assert!(told.starts_with(said) && told.len() > said.len() + 5, "{told}");
        assert_eq!(output.status.code(), Some(1));
    }
    assert_eq!(newcomer.orders(), 0);
}

#[test]
fn every_command_of_the_readme_is_run_by_a_test() {
    let run = ["make -C bindings/c install", "-lcrm -Wl", "pkg-config --cflags", "libcrm.a"];
    let run = run.iter().chain(&["cmake -S", "./order http"]);
    assert_eq!(run.map(|with| commands(with)).collect::<Vec<_>>().len(), blocks("sh").len());
}
