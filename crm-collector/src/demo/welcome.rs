//! What the demo prints for whoever wants to look around.

use std::fmt;
use std::net::SocketAddr;

/// Where the collector of the demo is, and how to get in.
#[derive(Clone, Copy)]
pub struct Welcome<'a> {
    /// Where it listens.
    pub address: SocketAddr,
    /// The token of the address that signs in.
    pub door: &'a str,
    /// Email address of the demo account.
    pub email: &'a str,
    /// Password of the demo account.
    pub password: &'a str,
    /// An API key with the scopes ingest and read.
    pub key: &'a str,
}

impl fmt::Display for Welcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, door, email, password, key } = self;
        writeln!(f, "open      http://{address}/enter/{door}")?;
        writeln!(f, "address   http://{address}")?;
        writeln!(f, "login     {email}")?;
        writeln!(f, "password  {password}")?;
        writeln!(f, "key       {key}")?;
        writeln!(f)?;
        write!(f, "curl -H 'Authorization: Bearer {key}' http://{address}/v1/reports/summary")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_welcome_is_pinned() {
        let welcome = Welcome {
            address: SocketAddr::from(([127, 0, 0, 1], 8787)),
            door: "DOOR",
            email: "demo@example.com",
            password: "open sesame",
            key: "KEY",
        };
        insta::assert_snapshot!("welcome", welcome);
    }
}
