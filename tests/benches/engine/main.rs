//! How fast the statistics are on one core, beside what people use in Python, in the same run.
//!
//! `cargo bench -p crm-tests --bench engine -- [forecast] [value] [basket]`
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::expect_used, reason = "a bench that fails has to stop")]

mod basket;
mod forecast;
mod value;

/// What is timed, by name. Each section prints its own tables.
const SECTIONS: &[(&str, fn())] =
    &[("forecast", forecast::run), ("value", value::run), ("basket", basket::run)];

fn main() {
    println!("engine: {}\n", crm_tests::bench::machine());
    crm_tests::bench::sections::run("engine", SECTIONS);
}
