//! Where things lie on disk: the collector's binary, the build folder, scratch space, real data.

use std::path::{Path, PathBuf};

/// The collector's binary: `CRM_COLLECTOR`, or the one that was built in the profile of the
/// running test or bench.
///
/// # Panics
/// When there is none, with the command that builds it.
pub fn collector_binary() -> PathBuf {
    let Some(path) = std::env::var_os("CRM_COLLECTOR") else {
        return built_binary("crm-collector", "crm-collector");
    };
    let path = PathBuf::from(path);
    assert!(path.is_file(), "CRM_COLLECTOR names no file: {}", path.display());
    path
}

/// A host application of the examples, built in the same profile.
///
/// # Panics
/// When it is not there, with the command that builds it.
pub fn example_binary(name: &str) -> PathBuf {
    built_binary("crm-examples", name)
}

fn built_binary(package: &str, name: &str) -> PathBuf {
    let path = profile_folder().join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let flag = if cfg!(debug_assertions) { "" } else { " --release" };
    assert!(
        path.is_file(),
        "{} is not there; build it by `cargo build -p {package}{flag}`",
        path.display()
    );
    path
}

/// Cargo's build folder.
pub fn target_folder() -> PathBuf {
    profile_folder().parent().expect("a profile lies in the build folder").to_owned()
}

/// A folder for what a test writes and leaves behind no longer than itself.
///
/// In the build folder and not in `/tmp`: that is often held in memory, where fsync costs nothing
/// and a bench would flatter.
pub fn scratch_folder() -> PathBuf {
    let path = target_folder().join("tmp");
    std::fs::create_dir_all(&path).expect("the build folder can be written");
    path
}

/// A file of the real data sets; `None` where it is absent and `CRM_WITHOUT_DATA` is set, which
/// says that what needs it is to be skipped.
///
/// # Panics
/// When the file is absent and nobody said so: a test that skips itself unasked proves nothing.
pub fn shared_data(file: &str) -> Option<PathBuf> {
    shared(&format!("data/{file}"))
}

/// The same of any file or folder of `../shared`.
///
/// # Panics
/// When it is absent and nobody said so.
pub fn shared(place: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lie in the workspace");
    // Beside the project, and one step further out for a checkout inside a folder of checkouts.
    let found = ["../shared", "../../shared"]
        .iter()
        .map(|folder| root.join(folder).join(place))
        .find(|path| path.exists());
    assert!(
        found.is_some() || std::env::var_os("CRM_WITHOUT_DATA").is_some(),
        "../shared/{place} is not there, beside the project; set CRM_WITHOUT_DATA=1 to skip \
         what needs it"
    );
    found
}

/// `target/debug` or `target/release`: tests and benches run from the `deps` folder inside.
fn profile_folder() -> PathBuf {
    let program = std::env::current_exe().expect("a running program has a path");
    let deps = program.parent().filter(|folder| folder.ends_with("deps"));
    let folder = deps.and_then(Path::parent);
    folder.expect("tests and benches run where cargo put them, target/PROFILE/deps").to_owned()
}
