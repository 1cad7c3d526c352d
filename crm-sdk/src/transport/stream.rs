//! Bytes to and from a collector: a TCP connection or a Unix socket.
//!
//! When the other end has stopped reading, what is written goes nowhere and is no error: an answer
//! that was sent before may still be read, such as a 413 to a body that was not read to its end.
//! Where there is none, reading fails.

use std::io::{self, ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout};

use super::endpoint::Place;

/// A connection.
pub(super) struct Stream {
    socket: Box<dyn Socket>,
    /// Whether the other end was seen to read no more.
    is_unheard: bool,
}

trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl Socket for TcpStream {}
#[cfg(unix)]
impl Socket for UnixStream {}

impl Stream {
    /// Connects. Each address of a name is tried in turn, and may take its share of this time.
    pub(super) async fn connect(place: &Place, limit: Duration) -> io::Result<Self> {
        let socket: Box<dyn Socket> = match place {
            Place::Tcp { host, port } => Box::new(tcp(host, *port, limit).await?),
            #[cfg(unix)]
            Place::Unix(path) => Box::new(UnixStream::connect(path).await?),
        };
        Ok(Self { socket, is_unheard: false })
    }

    /// Takes for written what can no longer be written.
    fn heard(&mut self, bytes: usize, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Err(error)) if is_end(&error) => {
                self.is_unheard = true;
                Poll::Ready(Ok(bytes))
            }
            other => other,
        }
    }
}

async fn tcp(host: &str, port: u16, limit: Duration) -> io::Result<TcpStream> {
    let end = Instant::now() + limit;
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port))
        .await
        .map_err(|error| {
            let message = format!("the address of {host} cannot be looked up: {error}");
            io::Error::new(error.kind(), message)
        })?
        .collect();
    let mut failure = io::Error::new(ErrorKind::NotFound, "the host has no address");
    let mut untried = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for address in addresses {
        // An address that answers nothing must leave the others their share of the time.
        let share = end.saturating_duration_since(Instant::now()) / untried;
        untried -= 1;
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Requests are written whole; there is nothing to wait for.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Ok(Err(error)) => failure = error,
            Err(_) => failure = ErrorKind::TimedOut.into(),
        }
    }
    Err(failure)
}

fn is_end(error: &io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_unheard {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.heard(bytes.len(), written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let bytes = slices.iter().map(|slice| slice.len()).sum();
        if self.is_unheard {
            return Poll::Ready(Ok(bytes));
        }
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, slices);
        self.heard(bytes, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
