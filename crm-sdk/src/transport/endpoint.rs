//! Where the collector is: an endpoint is parsed once, and what is wrong with it is told without
//! repeating it, as it may hold a password.

use std::net::IpAddr;
#[cfg(unix)]
use std::path::PathBuf;

use hyper::Uri;
use hyper::http::uri::{Authority, InvalidUri, PathAndQuery, Scheme};

const HTTP_PORT: u16 = 80;
const HTTPS_PORT: u16 = 443;

/// A parsed endpoint: `http://host[:port][/base]`, `https://host[:port][/base]` or
/// `unix:/path/of/a.sock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Where its connections go.
    pub(crate) place: Place,
    /// Whether they are encrypted.
    pub(crate) is_encrypted: bool,
    /// What the header `Host` says.
    pub(crate) authority: Authority,
    /// What is posted to: `/base/v1/events`.
    pub(crate) target: PathAndQuery,
}

/// Where connections go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A name or an address, IPv6 without its brackets, and a port.
    Tcp { host: String, port: u16 },
    /// A socket on this machine, by its absolute path.
    #[cfg(unix)]
    Unix(PathBuf),
}

/// Why an endpoint is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EndpointError {
    #[error("not a URL such as http://127.0.0.1:8787: {0}")]
    NotAUrl(#[from] InvalidUri),
    #[error("not a URL such as http://127.0.0.1:8787: it begins with no scheme")]
    NoScheme,
    #[error("http or https is expected, or unix: and the path of a socket, not {0}")]
    Scheme(String),
    #[error("not a URL such as http://127.0.0.1:8787: it names no host")]
    NoHost,
    #[error("a port lies between 1 and 65535")]
    Port,
    #[error("may not hold a user or a password; the key is all there is")]
    User,
    #[error("may not have a query or a fragment")]
    Query,
    #[error("https needs crm-sdk built with its feature `tls`")]
    NoTls,
    #[cfg(unix)]
    #[error("the path of a socket is absolute, as in unix:/run/crm.sock")]
    RelativeSocket,
    #[cfg(unix)]
    #[error(
        "the path of a socket holds no zero byte and at most 107 bytes on Linux, 103 on macOS; \
         {0} given"
    )]
    SocketPath(usize),
    #[cfg(not(unix))]
    #[error("unix: needs a system with Unix sockets")]
    NoSockets,
}

impl Endpoint {
    /// Reads an endpoint as a host writes it; blanks around it do not count.
    pub(crate) fn parse(text: &str) -> Result<Self, EndpointError> {
        let text = text.trim();
        match text.strip_prefix("unix:") {
            Some(path) => Self::unix(path),
            None => Self::url(text),
        }
    }

    /// Whether nobody between here and there can read along.
    pub(crate) fn is_private(&self) -> bool {
        match &self.place {
            _ if self.is_encrypted => true,
            Place::Tcp { host, .. } => {
                host.eq_ignore_ascii_case("localhost")
                    || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            }
            #[cfg(unix)]
            Place::Unix(_) => true,
        }
    }

    fn url(text: &str) -> Result<Self, EndpointError> {
        // A `Uri` leaves fragments out without a word.
        if text.contains('#') {
            return Err(EndpointError::Query);
        }
        let uri = text.parse::<Uri>()?;
        let scheme = uri.scheme().ok_or(EndpointError::NoScheme)?;
        let is_encrypted = *scheme == Scheme::HTTPS;
        if !is_encrypted && *scheme != Scheme::HTTP {
            return Err(EndpointError::Scheme(scheme.to_string()));
        }
        let authority = uri.authority().ok_or(EndpointError::NoHost)?;
        if authority.as_str().contains('@') {
            return Err(EndpointError::User);
        }
        if uri.query().is_some() {
            return Err(EndpointError::Query);
        }
        let host = authority.host();
        if host.is_empty() {
            return Err(EndpointError::NoHost);
        }
        let port = match authority.port_u16() {
            Some(0) => return Err(EndpointError::Port),
            Some(port) => Some(port),
            // What is neither empty nor a port is no port.
            None if authority.as_str().len() == host.len() => None,
            None => return Err(EndpointError::Port),
        };
        if is_encrypted && !cfg!(feature = "tls") {
            return Err(EndpointError::NoTls);
        }
        let default_port = if is_encrypted { HTTPS_PORT } else { HTTP_PORT };
        let host = host.trim_matches(['[', ']']).to_owned();
        let place = Place::Tcp { host, port: port.unwrap_or(default_port) };
        let target = events_below(uri.path())?;
        Ok(Self { place, is_encrypted, authority: authority.clone(), target })
    }

    #[cfg(unix)]
    fn unix(path: &str) -> Result<Self, EndpointError> {
        // An empty host, as in file:///path.
        let path = path.strip_prefix("//").unwrap_or(path);
        if !path.starts_with('/') {
            return Err(EndpointError::RelativeSocket);
        }
        if std::os::unix::net::SocketAddr::from_pathname(path).is_err() {
            return Err(EndpointError::SocketPath(path.len()));
        }
        Ok(Self {
            place: Place::Unix(PathBuf::from(path)),
            is_encrypted: false,
            authority: Authority::from_static("localhost"),
            target: events_below("")?,
        })
    }

    #[cfg(not(unix))]
    fn unix(_path: &str) -> Result<Self, EndpointError> {
        Err(EndpointError::NoSockets)
    }
}

fn events_below(base: &str) -> Result<PathAndQuery, InvalidUri> {
    format!("{}/v1/events", base.trim_end_matches('/')).parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: u16) -> Place {
        Place::Tcp { host: host.to_owned(), port }
    }

    #[test]
    fn a_url_says_where_to_connect_and_where_to_post() {
        let cases = [
            ("http://127.0.0.1:8787", tcp("127.0.0.1", 8787), "127.0.0.1:8787", "/v1/events"),
            (
                " http://crm.example/base/ ",
                tcp("crm.example", 80),
                "crm.example",
                "/base/v1/events",
            ),
            ("HTTP://crm.example", tcp("crm.example", 80), "crm.example", "/v1/events"),
            ("http://[::1]:1/a/b", tcp("::1", 1), "[::1]:1", "/a/b/v1/events"),
            ("http://[2001:db8::2]", tcp("2001:db8::2", 80), "[2001:db8::2]", "/v1/events"),
        ];
        for (text, place, authority, target) in cases {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!(endpoint.place, place);
            assert_eq!(
                (endpoint.authority.as_str(), endpoint.target.as_str()),
                (authority, target)
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_is_named_by_its_absolute_path() {
        for text in ["unix:/run/crm.sock", "unix:///run/crm.sock"] {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!(endpoint.place, Place::Unix("/run/crm.sock".into()));
            assert_eq!(endpoint.target, "/v1/events");
        }
    }

    #[test]
    fn a_wrong_endpoint_is_explained_without_being_repeated() {
        let mut cases = vec![
            ("", "not a URL"),
            ("secret.example", "it begins with no scheme"),
            ("collector:8787", "it begins with no scheme"),
            ("/v1/secret", "it begins with no scheme"),
            ("http://", "not a URL"),
            ("http://:80", "names no host"),
            ("http://a secret", "not a URL"),
            ("ftp://crm.example", "http or https is expected, or unix: and"),
            ("http://user:secret@crm.example", "may not hold a user"),
            ("http://crm.example?secret", "query"),
            ("http://crm.example#secret", "fragment"),
            ("http://crm.example:65536", "a port lies between 1 and 65535"),
            ("http://crm.example:0", "a port lies between 1 and 65535"),
            ("http://crm.example:", "a port lies between 1 and 65535"),
            ("http://[::1]secret", "a port lies between 1 and 65535"),
        ];
        let long = format!("unix:/{}", "secret".repeat(50));
        if cfg!(unix) {
            cases.push(("unix:secret.sock", "is absolute"));
            cases.push(("unix://secret/crm.sock", "is absolute"));
            cases.push(("unix:", "is absolute"));
            cases.push((&long, "at most 107 bytes on Linux, 103 on macOS; 301 given"));
        }
        if cfg!(not(feature = "tls")) {
            cases.push(("https://secret.example", "needs crm-sdk built with its feature `tls`"));
        }
        for (endpoint, reason) in cases {
            let error = Endpoint::parse(endpoint).unwrap_err().to_string();
            assert!(error.contains(reason), "{endpoint}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn only_loopback_and_sockets_may_go_without_encryption_unnoticed() {
        let is_private = |endpoint| Endpoint::parse(endpoint).unwrap().is_private();
        assert!(is_private("http://localhost:1") && is_private("http://127.9.9.9"));
        assert!(is_private("http://[::1]:1"));
        assert!(!is_private("http://crm.example") && !is_private("http://10.0.0.1"));
        #[cfg(unix)]
        assert!(is_private("unix:/run/crm.sock"));
        #[cfg(feature = "tls")]
        assert!(is_private("https://crm.example"));
    }
}
