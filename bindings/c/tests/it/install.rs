//! What an installation holds, and that the library exports what the header declares and no more.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::kit::{Installed, built, folder, succeed};

#[test]
fn the_shared_library_exports_what_the_header_declares_and_no_more() {
    let symbols =
        succeed(Command::new("nm").args(["-D", "--defined-only"]).arg(built().join("libcrm.so")));
    let mut exported: BTreeSet<&str> =
        symbols.lines().filter_map(|line| line.split_whitespace().next_back()).collect();
    // In builds for tests alone.
    assert_eq!(exported.remove("crm_testing_panic"), cfg!(feature = "testing"));

    let installed = Installed::get();
    let header = fs::read_to_string(installed.prefix().join("include/crm.h")).unwrap();
    let declared: BTreeSet<&str> = header
        .lines()
        .filter(|line| !line.starts_with([' ', '#', '}']) && !line.starts_with("typedef"))
        .filter_map(|line| line.split_once('('))
        .filter_map(|(before, _)| before.split([' ', '*']).next_back())
        .filter(|name| name.starts_with("crm_"))
        .collect();
    assert_eq!(exported, declared);
}

#[test]
fn an_installation_holds_header_libraries_and_what_build_tools_look_for() {
    let installed = Installed::get();
    let mut files = Vec::new();
    let mut folders = vec![installed.prefix().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let inside = path.strip_prefix(installed.prefix()).unwrap();
                files.push(inside.to_str().unwrap().to_owned());
            }
        }
    }
    files.sort();
    let version = env!("CARGO_PKG_VERSION");
    let abi = abi();
    let expected = [
        "include/crm.ffi.h".to_owned(),
        "include/crm.h".to_owned(),
        "lib/cmake/crm/crm-config-version.cmake".to_owned(),
        "lib/cmake/crm/crm-config.cmake".to_owned(),
        "lib/libcrm.a".to_owned(),
        "lib/libcrm.so".to_owned(),
        format!("lib/libcrm.so.{abi}"),
        format!("lib/libcrm.so.{version}"),
        "lib/pkgconfig/crm.pc".to_owned(),
    ];
    assert_eq!(files, expected);
    // The name that the linker writes into programs is one that they will find.
    let dynamic = succeed(Command::new("readelf").arg("-d").arg(built().join("libcrm.so")));
    assert!(dynamic.contains(&format!("Library soname: [libcrm.so.{abi}]")), "{dynamic}");
    for file in ["lib/pkgconfig/crm.pc", "lib/cmake/crm/crm-config.cmake"] {
        let text = fs::read_to_string(installed.prefix().join(file)).unwrap();
        assert!(!text.contains('@'), "{file} has a gap:\n{text}");
    }
}

/// Below 1.0 each minor version has an interface of its own.
fn abi() -> String {
    match env!("CARGO_PKG_VERSION_MAJOR") {
        "0" => format!("0.{}", env!("CARGO_PKG_VERSION_MINOR")),
        major => major.to_owned(),
    }
}

#[test]
fn pkg_config_says_where_things_are_and_which_version_it_is() {
    let installed = Installed::get();
    let prefix = installed.prefix().display();
    assert_eq!(installed.pkg_config(&["--cflags"]), [format!("-I{prefix}/include")]);
    assert_eq!(installed.pkg_config(&["--libs"]), [format!("-L{prefix}/lib"), "-lcrm".into()]);
    assert_eq!(installed.pkg_config(&["--modversion"]), [env!("CARGO_PKG_VERSION")]);
}

#[test]
fn a_packager_installs_below_another_root_and_takes_it_back() {
    let root = folder();
    let make = |goal: &str| {
        let mut make = Command::new("make");
        make.args(["-s", "-C"]).arg(env!("CARGO_MANIFEST_DIR")).arg(goal);
        make.arg(format!("DESTDIR={}", root.path().display()));
        make.args(["PREFIX=/usr", "LIBDIR=/usr/lib/x86_64-linux-gnu"]);
        succeed(make.env("BUILT", built()));
    };
    make("install");
    let below = |path: &str| root.path().join(path);
    let pc = fs::read_to_string(below("usr/lib/x86_64-linux-gnu/pkgconfig/crm.pc")).unwrap();
    assert!(pc.contains("libdir=/usr/lib/x86_64-linux-gnu\nincludedir=/usr/include\n"), "{pc}");
    let link = fs::canonicalize(below("usr/lib/x86_64-linux-gnu/libcrm.so")).unwrap();
    assert!(link.ends_with(format!("libcrm.so.{}", env!("CARGO_PKG_VERSION"))), "{link:?}");
    make("uninstall");
    assert!(!below("usr/include/crm.h").exists());
    assert_eq!(fs::read_dir(below("usr/lib/x86_64-linux-gnu/pkgconfig")).unwrap().count(), 0);
}
