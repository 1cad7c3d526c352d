//! Python beside which the statistics are measured: a virtual environment in the build folder,
//! made once, with what a bench needs from PyPI.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::harness::places;

/// Runs a script with packages (`name==version`) and gives what it printed; `None`, with the reason
/// printed, where Python or the packages cannot be had.
#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
pub fn run(packages: &[&str], script: &str, arguments: &[&str]) -> Option<String> {
    let python = match environment(packages) {
        Ok(python) => python,
        Err(reason) => {
            println!("no {} beside: {reason}", packages.join(", "));
            return None;
        }
    };
    let output = Command::new(python)
        .args(["-W", "ignore", "-c", script])
        .args(arguments)
        // One core, like what it is measured beside.
        .envs(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"].map(|key| (key, "1")))
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) if output.status.success() => {
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(output) => {
            let error = String::from_utf8_lossy(&output.stderr);
            println!("the script failed: {}", error.lines().last().unwrap_or_default());
            None
        }
        Err(error) => {
            println!("Python does not start: {error}");
            None
        }
    }
}

/// The interpreter of the environment for these packages.
fn environment(packages: &[&str]) -> Result<PathBuf, String> {
    let name = packages.join("-").replace(|sign: char| !sign.is_ascii_alphanumeric(), "-");
    let folder = places::target_folder().join("bench-python").join(name);
    let python = folder.join("bin/python");
    let complete = folder.join("complete");
    if complete.is_file() {
        return Ok(python);
    }
    let step = |command: &mut Command| -> Result<(), String> {
        let output = command.output().map_err(|error| error.to_string())?;
        let error = String::from_utf8_lossy(&output.stderr);
        let last = error.lines().last().unwrap_or("failed").to_owned();
        if output.status.success() { Ok(()) } else { Err(last) }
    };
    step(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    step(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages))?;
    std::fs::write(&complete, packages.join("\n")).map_err(|error| error.to_string())?;
    Ok(python)
}
