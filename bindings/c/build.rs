//! Gives the shared library its name for the linker: programs ask for the versions that its
//! functions are compatible with. Below 1.0 each minor version is one of its own.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let linux = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux");
    if linux {
        let part = |name: &str| std::env::var(format!("CARGO_PKG_VERSION_{name}"));
        if let (Ok(major), Ok(minor)) = (part("MAJOR"), part("MINOR")) {
            let abi = if major == "0" { format!("0.{minor}") } else { major };
            println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libcrm.so.{abi}");
        }
    }
}
