//! HTTP/1.1 by hand: one blocking keep-alive connection, and the framing that the load generator
//! shares. Answers have to bear a Content-Length, as all but streamed ones do.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Longer than any answer takes.
const READ_TIMEOUT: Duration = Duration::from_mins(2);

/// The first message of a buffer, request or answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its first line.
    pub start_line: &'a str,
    /// Its headers, as they stand.
    pub headers: &'a str,
    /// Its body.
    pub body: &'a [u8],
}

impl<'a> Message<'a> {
    /// The first message of a buffer and its length in bytes; `None` until all of it is there.
    ///
    /// # Errors
    /// When it is no HTTP/1.1 that can be read here.
    pub fn parse(buffer: &'a [u8]) -> io::Result<Option<(Self, usize)>> {
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = std::str::from_utf8(&buffer[..end]).map_err(io::Error::other)?;
        let (start_line, headers) = head.split_once("\r\n").unwrap_or((head, ""));
        let message = Self { start_line, headers, body: &[] };
        if message.header("transfer-encoding").is_some() {
            return Err(io::Error::other("a message without Content-Length is not read here"));
        }
        let length = message.header("content-length").map_or(Ok(0), str::parse::<usize>);
        let body_start = end + 4;
        let body_end = body_start + length.map_err(io::Error::other)?;
        let body = buffer.get(body_start..body_end);
        Ok(body.map(|body| (Self { body, ..message }, body_end)))
    }

    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        header(self.headers, name)
    }

    /// The status of an answer.
    ///
    /// # Errors
    /// When the first line is none of an answer.
    pub fn status(&self) -> io::Result<u16> {
        let status = self.start_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.ok_or_else(|| io::Error::other(format!("no status in {:?}", self.start_line)))
    }
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, as they stand.
    pub headers: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The answer itself, where it has this status.
    ///
    /// # Panics
    /// When it has another, with the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {} {}", self.status, self.text()))
    }
}

/// A keep-alive connection.
#[derive(Debug)]
pub struct Connection {
    stream: Box<dyn Stream>,
    authority: String,
    received: Vec<u8>,
}

trait Stream: Read + Write + std::fmt::Debug + Send {}
impl Stream for TcpStream {}
impl Stream for UnixStream {}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        Self::over(TcpStream::connect(address)?)
    }

    /// Over a stream that is connected already.
    ///
    /// # Errors
    /// When the stream is broken.
    pub fn over(stream: TcpStream) -> io::Result<Self> {
        let authority = stream.peer_addr()?.to_string();
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(READ_TIMEOUT))?;
        Ok(Self { stream: Box::new(stream), authority, received: Vec::new() })
    }

    /// Connects to a socket.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn open_socket(path: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(READ_TIMEOUT))?;
        Ok(Self {
            stream: Box::new(stream),
            authority: "localhost".to_owned(),
            received: Vec::new(),
        })
    }

    /// Asks for a path, as the holder of a key if one is given.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn get(&mut self, path: &str, key: Option<&str>) -> io::Result<Answer> {
        self.get_with(path, &bearer(key))
    }

    /// Posts JSON to a path, as the holder of a key if one is given.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn post(&mut self, path: &str, key: Option<&str>, json: &[u8]) -> io::Result<Answer> {
        self.post_with(path, &bearer(key), json)
    }

    /// Puts JSON to a path, as the holder of a key if one is given.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn put(&mut self, path: &str, key: Option<&str>, json: &[u8]) -> io::Result<Answer> {
        self.send("PUT", path, &bearer(key), Some(json))
    }

    /// Deletes what is at a path, as the holder of a key if one is given.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn delete(&mut self, path: &str, key: Option<&str>) -> io::Result<Answer> {
        self.send("DELETE", path, &bearer(key), None)
    }

    /// Asks for a path with headers, each of them a line that ends in CR LF.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn get_with(&mut self, path: &str, headers: &str) -> io::Result<Answer> {
        self.send("GET", path, headers, None)
    }

    /// Posts JSON to a path with headers, each of them a line that ends in CR LF.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn post_with(&mut self, path: &str, headers: &str, json: &[u8]) -> io::Result<Answer> {
        self.send("POST", path, headers, Some(json))
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: Option<&[u8]>,
    ) -> io::Result<Answer> {
        let authority = &self.authority;
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\n{headers}");
        if let Some(body) = body {
            let length = body.len();
            request += &format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
        }
        let mut request = (request + "\r\n").into_bytes();
        request.extend_from_slice(body.unwrap_or_default());
        self.stream.write_all(&request)?;

        let mut chunk = [0; 16 * 1024];
        loop {
            if let Some((message, length)) = Message::parse(&self.received)? {
                let answer = Answer {
                    status: message.status()?,
                    headers: message.headers.to_owned(),
                    body: message.body.to_vec(),
                };
                self.received.drain(..length);
                return Ok(answer);
            }
            match self.stream.read(&mut chunk)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => self.received.extend_from_slice(&chunk[..count]),
            }
        }
    }
}

fn header<'a>(headers: &'a str, name: &str) -> Option<&'a str> {
    headers.split("\r\n").find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn bearer(key: Option<&str>) -> String {
    key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_once_all_of_it_is_there() {
        let bytes = b"HTTP/1.1 200 OK\r\ncontent-length:  5\r\n\r\nhelloHTTP/1.1 503";
        for end in 0..bytes.len() {
            let parsed = Message::parse(&bytes[..end]).unwrap();
            assert_eq!(parsed.is_some(), end >= 44, "{end}");
        }
        let (message, length) = Message::parse(bytes).unwrap().unwrap();
        assert_eq!((message.status().unwrap(), message.body, length), (200, &b"hello"[..], 44));
    }
}
