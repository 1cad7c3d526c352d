//! Connections from many addresses, as strangers have them: all of 127.0.0.0/8 is this machine.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

/// The address of a stranger; those of 127.0.0.x are honest.
pub(crate) fn stranger(number: usize) -> Ipv4Addr {
    let [_, _, high, low] = u32::try_from(number).unwrap().to_be_bytes();
    Ipv4Addr::new(127, 9, high, low)
}

/// A connection from an address of this machine.
pub(crate) fn connect_from(source: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddrV4::new(source, 0))?;
    connect(&socket, &to)?;
    Ok(socket.into())
}

/// Sends as much as is taken without waiting for the other side to read; how much that was.
pub(crate) fn push(stream: &mut TcpStream, bytes: &[u8]) -> usize {
    stream.set_nonblocking(true).unwrap();
    let mut sent = 0;
    while sent < bytes.len() {
        match stream.write(&bytes[sent..]) {
            Ok(count) => sent += count,
            // Full, or closed by the other side: either way nothing more goes.
            Err(_) => break,
        }
    }
    sent
}

/// A request's head with a body of so many bytes, each further header a line that ends in CR LF.
pub(crate) fn head(path: &str, headers: &str, body_bytes: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: crm\r\nContent-Type: application/json\r\n{headers}\
         Content-Length: {body_bytes}\r\n\r\n"
    )
}
