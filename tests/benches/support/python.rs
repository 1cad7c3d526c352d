//! Python with packages of fixed versions, in a virtual environment of its own in the build folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::places;

/// Threads that numerical libraries would start by themselves.
const ONE_THREAD: [&str; 4] =
    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"];

/// An interpreter that has some packages.
#[derive(Clone, Debug)]
pub struct Python(PathBuf);

impl Python {
    /// Makes the environment at the first call, later ones find it. `requirements` are as pip wants
    /// them, such as `statsforecast==2.1.1`.
    ///
    /// # Errors
    /// What is missing, in a sentence, when there is no Python or the packages cannot be fetched.
    pub fn with(requirements: &[&str]) -> Result<Self, String> {
        let name = requirements.join("+").replace("==", "-");
        let folder = places::target_folder().join("python").join(name);
        let python = Self(folder.join("bin/python"));
        // Written after the last step, so that what was broken off is made again.
        let complete = folder.join("complete");
        if complete.is_file() {
            return Ok(python);
        }
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))
            .map_err(|cause| format!("no Python with venv here: {cause}"))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(Command::new(&python.0).args(install).args(requirements))
            .map_err(|cause| format!("pip cannot install {}: {cause}", requirements.join(", ")))?;
        std::fs::write(&complete, "").map_err(|cause| cause.to_string())?;
        Ok(python)
    }

    /// What a script prints to standard output, on one thread.
    ///
    /// # Errors
    /// The last line of what it complains about.
    pub fn run(&self, script: &Path, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.0);
        command.envs(ONE_THREAD.map(|name| (name, "1"))).arg(script).args(arguments);
        run(&mut command)
    }
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|cause| cause.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(complaint.lines().last().unwrap_or("it failed and said nothing").to_owned())
}
