//! How right the statistics are, on real data and on planted truths, beside what others reach.
//!
//! `cargo bench -p crm-tests --bench accuracy -- [forecast] [value] [basket] [trend]`

/// What is scored, by name. Each section prints its own tables, and says so where the data is
/// absent.
const SECTIONS: &[(&str, fn())] = &[];

fn main() {
    crm_tests::bench::sections::run("accuracy", SECTIONS);
}
