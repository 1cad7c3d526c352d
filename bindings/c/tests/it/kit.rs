//! Installs the library that this test was built with, compiles programs against it, and runs
//! them under valgrind.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crm_tests::harness::places;
use tempfile::TempDir;

/// A compiler, and what it is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Language {
    pub(crate) compiler: &'static str,
    pub(crate) flags: &'static [&'static str],
    pub(crate) extension: &'static str,
}

pub(crate) const C: Language = Language {
    compiler: "cc",
    flags: &["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-g"],
    extension: "c",
};

pub(crate) const CPP: Language = Language {
    compiler: "c++",
    flags: &["-std=c++17", "-Wall", "-Wextra", "-Werror", "-pedantic", "-g"],
    extension: "cpp",
};

/// Which of the two libraries a program gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linking {
    Shared,
    Static,
}

/// The library as a host has it: header, libraries, pkg-config and CMake files below one prefix.
pub(crate) struct Installed {
    folder: TempDir,
}

impl Installed {
    /// Installed once for all tests that run at the time, and removed behind the last of them.
    pub(crate) fn get() -> Arc<Self> {
        static CURRENT: Mutex<Weak<Installed>> = Mutex::new(Weak::new());
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        current.upgrade().unwrap_or_else(|| {
            let installed = Arc::new(Self::install());
            *current = Arc::downgrade(&installed);
            installed
        })
    }

    fn install() -> Self {
        let folder = folder();
        let mut make = Command::new("make");
        make.args(["-s", "-C"]).arg(env!("CARGO_MANIFEST_DIR")).arg("install");
        make.env("PREFIX", folder.path()).env("BUILT", built());
        succeed(&mut make);
        Self { folder }
    }

    pub(crate) fn prefix(&self) -> &Path {
        self.folder.path()
    }

    /// What pkg-config says of it.
    pub(crate) fn pkg_config(&self, arguments: &[&str]) -> Vec<String> {
        let mut command = Command::new("pkg-config");
        command.env("PKG_CONFIG_PATH", self.prefix().join("lib/pkgconfig"));
        let said = succeed(command.args(arguments).arg("crm"));
        said.split_whitespace().map(str::to_owned).collect()
    }

    /// Compiles a program, treating every warning as an error, and returns where it lies.
    pub(crate) fn compile(
        &self,
        language: Language,
        source: &Path,
        linking: Linking,
        into: &Path,
    ) -> PathBuf {
        let program = into.join(source.file_stem().unwrap());
        let mut command = Command::new(language.compiler);
        command.args(language.flags).arg("-o").arg(&program).arg(source);
        command.args(self.pkg_config(&["--cflags"]));
        match linking {
            Linking::Shared => {
                command.args(self.pkg_config(&["--libs"]));
                command.arg(format!("-Wl,-rpath,{}", self.prefix().join("lib").display()));
            }
            Linking::Static => {
                // The library by its file, so that there is no doubt which one it is.
                command.arg(self.prefix().join("lib/libcrm.a"));
                let others = self.pkg_config(&["--libs", "--static"]);
                command.args(others.iter().filter(|flag| *flag != "-lcrm"));
            }
        }
        // For the programs that have threads of their own.
        succeed(command.arg("-pthread"));
        program
    }
}

/// A folder of the test's own.
pub(crate) fn folder() -> TempDir {
    TempDir::with_prefix_in("c-", places::scratch_folder()).unwrap()
}

/// A file of the workspace.
pub(crate) fn workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path).canonicalize().unwrap()
}

/// A program that is for tests alone.
pub(crate) fn test_program(name: &str) -> PathBuf {
    workspace("bindings/c/tests/programs").join(name)
}

/// Where cargo put the libraries that it built for this test: beside the test itself.
pub(crate) fn built() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let folder = program.parent().unwrap();
    for library in ["libcrm.so", "libcrm.a"] {
        let path = folder.join(library);
        assert!(
            path.is_file(),
            "{} is not there; `cargo test -p crm-sdk-c` builds it",
            path.display()
        );
    }
    folder.to_owned()
}

/// The same program under valgrind, which fails it for any error and any leak.
pub(crate) fn valgrind(program: &Path) -> Command {
    under_valgrind(
        program,
        &[
            "--leak-check=full",
            "--show-leak-kinds=definite,possible",
            "--errors-for-leak-kinds=definite,possible",
        ],
    )
}

/// The same for a program that is killed: what it held until then is no leak.
pub(crate) fn valgrind_until_killed(program: &Path) -> Command {
    under_valgrind(program, &["--leak-check=no"])
}

fn under_valgrind(program: &Path, leaks: &[&str]) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["-q", "--error-exitcode=9"]).args(leaks);
    let suppressions = workspace("bindings/c/tests/valgrind.supp");
    command.arg(format!("--suppressions={}", suppressions.display())).arg(program);
    command
}

/// Runs a command that has to succeed and say nothing of errors, and returns what it printed.
#[track_caller]
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = run(command);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}{complained}", output.status);
    said
}

/// Runs a command.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| {
        let name = command.get_program().to_string_lossy().into_owned();
        let package = match name.as_str() {
            "cc" => "gcc",
            "c++" => "g++",
            "nm" => "binutils",
            other => other,
        };
        panic!("{name} cannot be run ({error}); install it, on Debian by `apt install {package}`")
    })
}
