//! The collector's process and its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    crm_collector::cli::main()
}
