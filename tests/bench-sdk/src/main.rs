//! Measures the SDK beside its rivals: what a call costs, what a core sends, what a day's outage
//! takes in memory, how many crates each brings along. It prints tables and asserts nothing.
//!
//! Each measurement runs in a process of its own, and so does the server; both are this program,
//! started again with the name of a role.

mod calls;
mod contenders;
mod footprint;
mod outage;
mod process;
mod sending;
mod server;
// What the workspace's other benches use for the same purposes.
#[allow(dead_code, reason = "shared with benches that use more of it")]
#[path = "../../benches/support/args.rs"]
mod args;
#[allow(dead_code, reason = "shared with benches that use more of it")]
#[path = "../../benches/support/table.rs"]
mod table;
#[allow(dead_code, reason = "shared with benches that use more of it")]
#[path = "../../harness/usage.rs"]
mod usage;

use std::path::PathBuf;

use args::Args;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("role", words)) = words.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return process::play(words);
    }
    let args = Args::parse(&["only", "threads", "events", "rounds", "sent", "outage-hours"]);
    let scratch = scratch_folder();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "{cores} cores, load average {} before the start. Whatever else the machine does shows in \
         the figures: the best of several rounds stands in brackets.\n",
        load.split(' ').next().unwrap_or_default(),
    );
    if args.runs("calls") {
        calls::compare(
            args.count("threads", 16),
            args.count("events", 20_000),
            args.count("rounds", 3),
            &scratch,
        );
    }
    if args.runs("sending") {
        sending::measure(args.count("sent", 1_000_000), args.count("rounds", 3), &scratch);
    }
    if args.runs("outage") {
        outage::measure(args.count("outage-hours", 24), &scratch);
    }
    if args.runs("footprint") {
        footprint::count();
    }
}

/// Where spools are written: in the build folder, as `/tmp` is often held in memory.
fn scratch_folder() -> PathBuf {
    let program = std::env::current_exe().expect("a running program has a path");
    let folder = program.with_file_name("tmp");
    std::fs::create_dir_all(&folder).expect("the build folder can be written");
    folder
}
