//! Help that can be relied on: a plain first line for every command, and examples that parse.

use super::*;

/// Every command with its path, such as `key create`.
fn commands(command: &clap::Command, path: &str, found: &mut Vec<(String, clap::Command)>) {
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let path = format!("{path} {}", sub.get_name());
        found.push((path.clone(), sub.clone()));
        commands(sub, &path, found);
    }
}

fn all() -> Vec<(String, clap::Command)> {
    let mut found = Vec::new();
    commands(&command(), "crm-collector", &mut found);
    found
}

fn after_help(command: &clap::Command) -> String {
    command.get_after_help().map(ToString::to_string).unwrap_or_default()
}

/// The calls among the lines of a help text: what a shell would hand over.
fn calls(text: &str) -> Vec<Vec<String>> {
    let parts = text.split("\\\n").enumerate();
    let joined: String =
        parts.map(|(place, part)| if place == 0 { part } else { part.trim_start() }).collect();
    let call = |line: &str| {
        let from = line.find("crm-collector ")?;
        let call = &line[from..];
        // What follows is a comment, a redirection, the end of a substitution or one of its own.
        let end = ["   ", " >", " <", ")", "$("].iter().filter_map(|end| call.find(end)).min();
        let call = &call[..end.unwrap_or(call.len())];
        Some(call.split_whitespace().map(str::to_owned).collect())
    };
    joined
        .lines()
        .filter(|line| line.starts_with("  ") && !line.contains('…'))
        .filter_map(call)
        .collect()
}

#[test]
fn help_lists_the_options_that_a_command_takes_and_none_that_it_refuses() {
    let mut built = command();
    built.build();
    let mut found = Vec::new();
    commands(&built, "crm-collector", &mut found);
    for (path, mut command) in found {
        let name = path.split(' ').nth(1).unwrap();
        let help = command.render_long_help().to_string();
        for option in [DATA, CONFIG, WORKSPACE] {
            let global = global_of(&[&format!("--{option}"), "x"]);
            let is_listed = help.contains(&format!("--{option} <"));
            assert_eq!(is_listed, global.check(name).is_ok(), "{path} --{option}");
        }
    }
}

/// The options of all commands, as before any command.
fn global_of(options: &[&str]) -> Global {
    let args = [&["crm-collector"], options, &["audit"]].concat();
    Cli::try_parse_from(args).unwrap().global
}

#[test]
fn every_command_says_in_one_plain_line_what_it_does() {
    for (path, command) in all() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(about.starts_with(|letter: char| letter.is_ascii_uppercase()), "{path}: {about}");
        assert!(about.chars().count() <= 80 && !about.contains(". "), "{path}: {about}");
    }
}

#[test]
fn every_command_has_an_example_and_every_example_parses() {
    let all = all();
    let mut examples = calls(EXAMPLES);
    examples.extend(all.iter().flat_map(|(_, command)| calls(&after_help(command))));
    for example in &examples {
        if let Err(error) = Cli::try_parse_from(example) {
            panic!("{}: {error}", example.join(" "));
        }
    }
    for (path, _) in &all {
        let is_shown = examples.iter().any(|example| {
            let words: Vec<&str> =
                example.iter().map(String::as_str).filter(|word| !word.starts_with("--")).collect();
            words.join(" ").contains(path.trim_start_matches("crm-collector "))
        });
        assert!(is_shown, "no help shows how `{path}` is called");
    }
    assert!(examples.len() >= 50, "{}", examples.len());
}
