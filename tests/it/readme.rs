//! The first program of the README: it is the example that is compiled here, and tells a wrong key
//! from a wrong port and from success.

use std::process::{Command, Output};

use crm_tests::harness::{Collector, Options, free_address, places};

fn order(endpoint: &str, key: &str) -> (Option<i32>, String) {
    let mut command = Command::new(places::example_binary("order"));
    let Output { status, stdout, stderr } = command.args([endpoint, key]).output().unwrap();
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[test]
fn the_first_program_of_the_readme_is_the_example_of_that_name() {
    let readme = include_str!("../../README.md");
    let example = include_str!("../../examples/order/main.rs");
    let (_comment, program) = example.split_once("\n\n").unwrap();
    let shown = readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(shown, Some(program));
}

#[test]
fn the_first_program_tells_a_wrong_key_from_a_wrong_port_and_from_success() {
    let collector = Collector::start(Options::new());
    let (code, said) = order(&collector.url(), "crm_sk_wrong");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("Error: \"not sent: the key is refused (status 401): "), "{said}");
    let (code, said) = order(&format!("http://{}", free_address()), collector.key());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("Error: \"not sent: the collector cannot be reached"), "{said}");
    assert_eq!(collector.stored_purchases("2026-01-01", "2100-01-01"), 0);
    let (code, said) = order(&collector.url(), collector.key());
    assert_eq!((code, said.as_str()), (Some(0), "the CRM has it\n"));
    assert_eq!(collector.stored_purchases("2026-01-01", "2100-01-01"), 1);
}
