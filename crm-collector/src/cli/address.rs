//! Where the collector of a folder listens. `serve` may be told so by an option of its own, which no
//! other command sees: it is noted beside the database for as long as it runs.

use std::fs::OpenOptions;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::output;
use crate::config::Config;
use crate::http::Listen;

const NAME: &str = "crm.listen";
/// A file with the address at which the first person begins.
const FIRST: &str = "first-run-address";

/// A note of where a collector listens, which goes with it.
pub(super) struct Noted(PathBuf);

impl Noted {
    /// Notes it in the folder of the data.
    pub(super) fn write(data: &Path, place: &Listen) -> Self {
        let path = data.join(NAME);
        // Only what commands advise is the worse without it.
        if let Err(error) = std::fs::write(&path, place.to_string()) {
            tracing::warn!(%error, "cannot note the address in {}", path.display());
        }
        Self(path)
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        // One that stays is overwritten by the next collector of this folder.
        drop(std::fs::remove_file(&self.0));
    }
}

/// Tells the address at which the first person begins. Whoever has it becomes the owner, so it does not go
/// into a log, which others may read: where nobody looks at a terminal it stands in a file of the one who
/// runs the collector.
pub(super) fn tell_first(data: &Path, address: &str) -> anyhow::Result<()> {
    if std::io::stderr().is_terminal() {
        output::note(&format!("to begin, open {address}"));
        return Ok(());
    }
    let path = data.join(FIRST);
    write_for_owner(&path, address).with_context(|| format!("cannot write {}", path.display()))?;
    output::note(&format!("to begin, open the address in {}", path.display()));
    Ok(())
}

/// Writes a line that only the owner of the file reads, in the place of what was there.
fn write_for_owner(path: &Path, line: &str) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{line}")
}

/// The arguments by which curl reaches the collector, without the path: where people reach it, where it
/// listens now, or where the settings say that it will.
pub(super) fn for_curl(config: &Config) -> String {
    let public = config.public_url.trim_end_matches('/');
    if !public.is_empty() {
        return public.to_owned();
    }
    let noted = std::fs::read_to_string(config.data.join(NAME)).ok();
    match noted.and_then(|place| place.parse().ok()).as_ref().unwrap_or(&config.listen) {
        Listen::Tcp(address) => format!("http://{}", reached(*address)),
        Listen::Unix(path) => format!("--unix-socket {} http://localhost", path.display()),
    }
}

/// Where a browser on this machine reaches a collector that listens at `place`; nowhere where that is a
/// socket and the settings name no address.
pub(super) fn for_browser(public_url: &str, place: &Listen) -> Option<String> {
    let public = public_url.trim_end_matches('/');
    match place {
        _ if !public.is_empty() => Some(public.to_owned()),
        Listen::Tcp(address) => Some(format!("http://{}", reached(*address))),
        Listen::Unix(_) => None,
    }
}

/// Where this machine reaches what listens on all its addresses.
fn reached(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_address_of_the_first_run_is_read_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FIRST);
        std::fs::write(&path, "an older one").unwrap();
        write_for_owner(&path, "http://127.0.0.1:1/welcome/x").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "http://127.0.0.1:1/welcome/x\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_collector_is_reached_where_it_listens_and_else_where_the_settings_say() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_owned();
        let config = Config { data, listen: "0.0.0.0:9000".parse().unwrap(), ..Config::default() };
        assert_eq!(for_curl(&config), "http://127.0.0.1:9000");
        let places = [
            ("127.0.0.1:9001", "http://127.0.0.1:9001"),
            ("[::]:9002", "http://[::1]:9002"),
            ("unix:/run/crm.sock", "--unix-socket /run/crm.sock http://localhost"),
        ];
        for (place, reached) in places {
            let noted = Noted::write(&config.data, &place.parse().unwrap());
            assert_eq!(for_curl(&config), reached);
            drop(noted);
        }
        assert_eq!(for_curl(&config), "http://127.0.0.1:9000");
        let config = Config { public_url: "https://crm.example/".into(), ..config };
        assert_eq!(for_curl(&config), "https://crm.example");
    }
}
