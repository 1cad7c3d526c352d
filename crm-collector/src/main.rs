//! Collector.
fn main() {}
