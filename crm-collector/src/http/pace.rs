//! A connection that has to move: who does not read what they asked for, or reads it by the byte,
//! is let go, for their place and their answer are others' memory.

use std::future::Future;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// What a reader takes in a second at the least, in the long run. A modem did.
pub(super) const BYTES_PER_SECOND: u64 = 1_024;

/// How much longer somebody may take who has moved so many bytes.
pub(super) fn time_for(bytes: usize) -> Duration {
    Duration::from_millis((bytes as u64).saturating_mul(1_000) / BYTES_PER_SECOND)
}

/// A stream on which a write that makes no progress fails after a while.
pub(super) struct Paced<S> {
    stream: S,
    /// How long a write may stand still.
    stall: Duration,
    /// While something is waiting to be read by the other side.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S, stall: Duration) -> Self {
        Self { stream, stall, deadline: None }
    }

    /// Fails a write that waits when its time is up.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let stall = self.stall;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(stall)));
        ready!(deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "the client does not read")))
    }

    /// Bytes that were taken buy the time for as many more, and never more than a stall's.
    fn progressed(&mut self, bytes: usize) {
        if let Some(deadline) = &mut self.deadline {
            let bought = deadline.deadline() + time_for(bytes);
            deadline.as_mut().reset(bought.min(Instant::now() + self.stall));
        }
    }

    fn written(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match polled {
            Poll::Pending => self.wait(cx),
            Poll::Ready(Ok(bytes)) => {
                self.progressed(bytes);
                Poll::Ready(Ok(bytes))
            }
            failed => failed,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(cx, polled)
    }

    /// Else the engine copies each answer to put it in one piece.
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called when all of an answer was written, so nobody is waited for any more.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.deadline = None;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// A stream whose other side takes what it reads and 1,000 bytes ahead.
    fn pair(stall_ms: u64) -> (Paced<tokio::io::DuplexStream>, tokio::io::DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(1_000);
        (Paced::new(ours, Duration::from_millis(stall_ms)), theirs)
    }

    #[tokio::test]
    async fn who_reads_nothing_is_let_go_after_a_stall() {
        let (mut paced, theirs) = pair(50);
        let begun = Instant::now();
        let error = paced.write_all(&[0; 1_001]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(begun.elapsed() >= Duration::from_millis(50));
        drop(theirs);
    }

    #[tokio::test]
    async fn who_reads_by_the_byte_is_let_go_as_well() {
        let (mut paced, mut theirs) = pair(50);
        let reading = tokio::spawn(async move {
            let mut byte = [0; 1];
            while theirs.read_exact(&mut byte).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let error = paced.write_all(&[0; 10_000]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        reading.abort();
    }

    #[tokio::test]
    async fn who_reads_steadily_gets_all_of_an_answer_that_takes_longer_than_a_stall() {
        let (mut paced, mut theirs) = pair(1_500);
        let reading = tokio::spawn(async move {
            let mut bytes = [0; 500];
            for _ in 0..20 {
                theirs.read_exact(&mut bytes).await.unwrap();
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        paced.write_all(&[0; 10_000]).await.unwrap();
        paced.flush().await.unwrap();
        reading.await.unwrap();
    }

    #[tokio::test]
    async fn time_between_answers_is_nobodys_stall() {
        let (mut paced, mut theirs) = pair(1_000);
        let reading = tokio::spawn(async move {
            let mut bytes = [0; 1_500];
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_millis(400)).await;
                theirs.read_exact(&mut bytes).await.unwrap();
            }
        });
        for _ in 0..4 {
            paced.write_all(&[0; 1_500]).await.unwrap();
            paced.flush().await.unwrap();
        }
        reading.await.unwrap();
    }
}
