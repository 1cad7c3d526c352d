//! The setting `listen`: where requests come in.

use std::fmt;
use std::net::{AddrParseError, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const SOCKET: &str = "unix:";

/// Where the collector listens: an address and port, or a socket with a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Listen {
    /// `127.0.0.1:8787`; port 0 stands for any that is free.
    Tcp(SocketAddr),
    /// `unix:/run/crm.sock`, by its absolute path: for programs on this machine whose user or
    /// group may write to it.
    Unix(PathBuf),
}

/// Why a text names no place to listen.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListenMistake {
    /// Neither form.
    #[error("is an address and port such as 127.0.0.1:8787, or unix: and the path of a socket")]
    Neither(#[from] AddrParseError),
    /// A socket somewhere below wherever the collector was started.
    #[error("the path of a socket is absolute, as in unix:/run/crm.sock")]
    Relative,
    /// A path that the system has no room for.
    #[error("the path of a socket has at most 107 bytes on Linux, 103 on macOS, and no zero byte")]
    Path,
}

impl Listen {
    /// Where a host's SDK sends to.
    pub fn endpoint(&self) -> String {
        match self {
            Self::Tcp(address) => format!("http://{address}"),
            Self::Unix(_) => self.to_string(),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "{SOCKET}{}", path.display()),
        }
    }
}

impl FromStr for Listen {
    type Err = ListenMistake;

    fn from_str(text: &str) -> Result<Self, ListenMistake> {
        let Some(path) = text.strip_prefix(SOCKET) else { return Ok(Self::Tcp(text.parse()?)) };
        // As the URL that some write: unix:///run/crm.sock.
        let path = path.strip_prefix("//").unwrap_or(path);
        if !path.starts_with('/') {
            return Err(ListenMistake::Relative);
        }
        match std::os::unix::net::SocketAddr::from_pathname(path) {
            Ok(_) => Ok(Self::Unix(PathBuf::from(path))),
            Err(_) => Err(ListenMistake::Path),
        }
    }
}

impl TryFrom<String> for Listen {
    type Error = ListenMistake;

    fn try_from(text: String) -> Result<Self, ListenMistake> {
        text.parse()
    }
}

impl From<Listen> for String {
    fn from(listen: Listen) -> Self {
        listen.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_a_socket_are_read_and_written_alike() {
        for text in ["127.0.0.1:8787", "[::1]:0", "unix:/run/crm.sock"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
        let socket = "unix:///run/crm.sock".parse::<Listen>().unwrap();
        assert_eq!(socket, Listen::Unix("/run/crm.sock".into()));
        assert_eq!(socket.endpoint(), "unix:/run/crm.sock");
        assert_eq!("[::1]:1".parse::<Listen>().unwrap().endpoint(), "http://[::1]:1");
    }

    #[test]
    fn what_is_neither_is_explained() {
        let mistake = |text: &str| text.parse::<Listen>().unwrap_err();
        for text in ["", "8787", "localhost:8787", "/run/crm.sock"] {
            assert!(matches!(mistake(text), ListenMistake::Neither(_)), "{text}");
        }
        for text in ["unix:", "unix:crm.sock", "unix://crm.sock"] {
            assert_eq!(mistake(text), ListenMistake::Relative);
        }
        assert_eq!(mistake(&format!("unix:/{}", "x".repeat(107))), ListenMistake::Path);
        assert!(format!("unix:/{}", "x".repeat(102)).parse::<Listen>().is_ok());
        assert_eq!(mistake("unix:/a\0b"), ListenMistake::Path);
    }
}
