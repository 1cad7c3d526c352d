//! Nothing but a dependency, whose crates are counted.
