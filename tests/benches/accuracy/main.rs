//! How right the statistics are, on real data and on planted truths, beside what others reach.
//!
//! `cargo bench -p crm-tests --bench accuracy -- SECTION …`; without one, all of them.
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::expect_used, reason = "a bench that fails has to stop")]

mod ablation;
mod advice;
mod basket;
#[allow(
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "small made-up counts, which the collector's tests share"
)]
#[path = "../../../crm-collector/stats/tests/it/planted/customers.rs"]
mod customers;
mod daily;
mod forecast;
mod lengths;
mod people;
mod planted;
#[allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "small made-up counts, which the collector's tests share"
)]
#[path = "../../../crm-collector/stats/tests/it/planted/shops.rs"]
mod shops;
#[allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small made-up counts, which the collector's tests share"
)]
#[path = "../../../crm-collector/stats/tests/it/planted/synthetic.rs"]
mod synthetic;
mod trend;
mod value;

/// What is scored, by name. Each section prints its own tables, and says so where the data is
/// absent.
const SECTIONS: &[(&str, fn())] = &[
    ("forecast", forecast::run),
    ("lengths", lengths::run),
    ("daily", daily::run),
    ("ablation", ablation::run),
    ("value", value::run),
    ("people", people::run),
    ("basket", basket::run),
    ("advice", advice::run),
    ("trend", trend::run),
    ("planted", planted::run),
];

fn main() {
    crm_tests::bench::sections::run("accuracy", SECTIONS);
}
