//! Sections of a bench, chosen by name on the command line.

/// Runs the sections that the arguments name, or all.
///
/// # Panics
/// When an argument names none.
#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
pub fn run(bench: &str, sections: &[(&str, fn())]) {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    for word in &chosen {
        let known = sections.iter().any(|(name, _)| name == word);
        assert!(known, "{bench} has no section {word:?}");
    }
    for (name, section) in sections {
        if chosen.is_empty() || chosen.iter().any(|word| word == name) {
            println!("== {bench}: {name}\n");
            section();
        }
    }
}
