//! Memory for answers. A small one needs no room. A larger one is written in pieces, each of which
//! has its room before it is filled and gives it back when the connection has taken it.
//!
//! An answer that finds no room while it is written is thrown away and only counted; it waits for
//! all of its room with nothing in its hands, and is written anew. So nobody who does not read, and
//! no number of them, makes the collector hold more than there is room for.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use crm_models::Code;
use hyper::body::{Frame, SizeHint};

use super::pool::{Full, Holder, Pool, Room};
use super::{ApiError, ApiResult};
use crate::auth::Access;
use crate::lane::Lane;

/// Bytes of the first piece, which needs no room. Each connection has one of them at most.
const PIECE: usize = 16 * 1024;
/// Each piece is twice as large as the one before, up to this: then the allocator gives it back to
/// the system as soon as it is sent.
const LARGEST_PIECE: usize = 256 * 1024;
/// How long an answer waits for room, and for its turn.
const WAIT: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(10);
/// Answers that are made at a time; half of them for one workspace, a quarter for one key. Those of
/// analyses have turns of their own, half as many: all who waited for one are given it at once.
const TURNS: usize = 8;
/// Memory for which one more heavy report is made at a time, in MiB; eight of them at the most.
const HEAVY_MIB: u32 = 32;
/// Heavy reports that one workspace may have made at a time, where so many are made.
const HEAVY_OF_ONE: usize = 2;
const MIB: usize = 1024 * 1024;
/// However little memory is set.
const LEAST_MIB: u32 = 4;

/// The memory, shared by all answers.
#[derive(Clone)]
pub struct Outgoing {
    memory: Pool,
    turns: Pool,
    of_analyses: Pool,
    /// For reports that hold something of every product or customer while they are made.
    heavy: Pool,
}

impl Outgoing {
    /// An eighth of the memory that the process should keep to.
    pub fn new(memory_mib: u32) -> Self {
        let heavy = (memory_mib / HEAVY_MIB).clamp(1, 8) as usize;
        Self::with((memory_mib / 8).max(LEAST_MIB) as usize * MIB, heavy, WAIT)
    }

    fn with(bytes: usize, heavy: usize, wait: Duration) -> Self {
        Self {
            memory: Pool::new(bytes, PIECE, wait),
            turns: Pool::new(TURNS, 1, PATIENCE),
            of_analyses: Pool::new(TURNS / 2, 1, PATIENCE),
            heavy: Pool::new(heavy, HEAVY_OF_ONE, PATIENCE),
        }
    }

    /// A turn for a heavy report, to be kept until it is made.
    ///
    /// # Errors
    /// `unavailable` when there was none for ten seconds.
    pub(super) async fn heavy_turn(&self, holder: Holder) -> ApiResult<Room> {
        self.heavy.take(holder, 1).await.map_err(|Full| busy())
    }

    /// Waits for the turn to make a page, which `page` keeps.
    ///
    /// # Errors
    /// `unavailable` when there was none for ten seconds.
    pub async fn begin_page<R>(&self, page: &PageTurn, access: &Access<R>) -> ApiResult<()> {
        let holder = access.into();
        let turn = self.turns.take(holder, 1).await.map_err(|Full| busy())?;
        let taken = Taken { outgoing: self.clone(), holder, _turn: turn };
        *page.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(taken);
        Ok(())
    }

    /// The body that `write` writes, on a thread of the lane. It writes the same again when it is
    /// called again, for the first time may find no room.
    ///
    /// # Errors
    /// `unavailable` when there was no turn or no room in time, and what `write` fails with.
    pub(super) async fn body(
        &self,
        lane: &Lane,
        holder: Holder,
        write: impl Fn(&mut dyn Write) -> ApiResult<()> + Send + Sync + 'static,
    ) -> ApiResult<Body> {
        self.body_in_turn(&self.turns, lane, holder, write).await
    }

    /// The same of an analysis that is done.
    pub(super) async fn body_of_analysis(
        &self,
        lane: &Lane,
        holder: Holder,
        write: impl Fn(&mut dyn Write) -> ApiResult<()> + Send + Sync + 'static,
    ) -> ApiResult<Body> {
        self.body_in_turn(&self.of_analyses, lane, holder, write).await
    }

    async fn body_in_turn(
        &self,
        turns: &Pool,
        lane: &Lane,
        holder: Holder,
        write: impl Fn(&mut dyn Write) -> ApiResult<()> + Send + Sync + 'static,
    ) -> ApiResult<Body> {
        let write = Arc::new(write);
        let nothing = self.memory.nothing(holder);
        let needed = match self.write(turns, lane, holder, write.clone(), nothing, 0).await? {
            Ok(body) => return Ok(body),
            Err(needed) => needed,
        };
        let room = self.memory.take(holder, needed).await.map_err(|Full| busy())?;
        // What grew meanwhile may find no room after all.
        self.write(turns, lane, holder, write, room, needed).await?.map_err(|_| busy())
    }

    /// Writes into room that was taken ahead for so many bytes, and into what is free. The body, or
    /// how many bytes of room it needs.
    async fn write<W>(
        &self,
        turns: &Pool,
        lane: &Lane,
        holder: Holder,
        write: Arc<W>,
        room: Room,
        planned: usize,
    ) -> ApiResult<Result<Body, usize>>
    where
        W: Fn(&mut dyn Write) -> ApiResult<()> + Send + Sync + 'static,
    {
        let turn = turns.take(holder, 1).await.map_err(|Full| busy())?;
        let mut pieces = Pieces::new(self.memory.clone(), holder, room, planned);
        let written = lane.run(move || {
            let written = write(&mut pieces);
            drop(write);
            // Given back by the thread: a request that goes away does not end it.
            drop(turn);
            written.map(|()| pieces.end())
        });
        Ok(written.await??.map(Body::new))
    }
}

/// The turn of a page, from when it is known whose it is until there is room for it: so not more pages
/// wait for room than have a turn.
#[derive(Clone, Default)]
pub struct PageTurn(Arc<Mutex<Option<Taken>>>);

struct Taken {
    outgoing: Outgoing,
    holder: Holder,
    _turn: Room,
}

impl PageTurn {
    /// Ends the turn: the body of the page that was made, which has its room until it is sent.
    ///
    /// # Errors
    /// `unavailable` when there was no room in time.
    pub async fn body(&self, html: Bytes) -> ApiResult<Body> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(taken) = taken.filter(|_| html.len() > PIECE) else { return Ok(html.into()) };
        let Taken { outgoing: Outgoing { memory, .. }, holder, _turn } = taken;
        let needed = room_for(html.len());
        let room = memory.take(holder, needed).await.map_err(|Full| busy())?;
        let mut pieces = Pieces::new(memory, holder, room, needed);
        pieces.write_all(&html).map_err(ApiError::internal)?;
        pieces.end().map(Body::new).map_err(|_| busy())
    }
}

fn busy() -> ApiError {
    let detail = "more is being answered than there is memory for at once; read what you asked \
                  for, ask for less at a time, or try again";
    ApiError::new(Code::Unavailable, detail).retry_after_s(2)
}

/// An answer while it is written.
struct Pieces {
    memory: Pool,
    holder: Holder,
    /// Taken ahead, for so many bytes.
    room: Room,
    planned: usize,
    whole: VecDeque<Bytes>,
    last: Vec<u8>,
    /// Bytes that the last piece may have.
    size: usize,
    /// Room of the last piece; the first one needs none.
    last_room: Option<Room>,
    written: usize,
    /// There was no room: what is written is only counted.
    full: bool,
}

impl Pieces {
    fn new(memory: Pool, holder: Holder, room: Room, planned: usize) -> Self {
        let (whole, last) = (VecDeque::new(), Vec::new());
        let (last_room, written, full) = (None, 0, false);
        let size = PIECE;
        Self { memory, holder, room, planned, whole, last, size, last_room, written, full }
    }

    /// Begins a piece, or throws away what there is when it finds no room.
    fn next(&mut self) {
        self.size = following(self.size);
        let room = if self.planned >= self.size {
            self.planned -= self.size;
            Ok(self.room.split(self.size))
        } else {
            self.memory.try_take(self.holder, self.size)
        };
        match room {
            Ok(room) => {
                self.seal();
                self.last = Vec::with_capacity(self.size);
                self.last_room = Some(room);
            }
            Err(Full) => {
                self.full = true;
                self.whole = VecDeque::new();
                self.last = Vec::new();
                self.last_room = None;
                self.room.shrink(0);
            }
        }
    }

    fn seal(&mut self) {
        let piece = Piece { bytes: std::mem::take(&mut self.last), _room: self.last_room.take() };
        self.whole.push_back(Bytes::from_owner(piece));
    }

    /// The body, or how many bytes of room it needs.
    fn end(mut self) -> Result<WholePieces, usize> {
        if self.full {
            return Err(room_for(self.written));
        }
        self.seal();
        Ok(WholePieces { pieces: self.whole, bytes: self.written as u64 })
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.last.len() == self.size && !bytes.is_empty() && !self.full {
            self.next();
        }
        let taken = if self.full {
            bytes.len()
        } else {
            let taken = bytes.len().min(self.size - self.last.len());
            self.last.extend_from_slice(&bytes[..taken]);
            taken
        };
        self.written += taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The size of the piece after one of this size.
fn following(size: usize) -> usize {
    (size * 2).min(LARGEST_PIECE)
}

/// What the pieces of an answer of so many bytes need.
fn room_for(bytes: usize) -> usize {
    let (mut size, mut room) = (PIECE, 0);
    while PIECE + room < bytes {
        size = following(size);
        room += size;
    }
    room
}

/// Some of an answer, and its room for as long as it is there.
struct Piece {
    bytes: Vec<u8>,
    _room: Option<Room>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// An answer that is written. The engine takes a piece when it has sent most of the one before.
struct WholePieces {
    pieces: VecDeque<Bytes>,
    bytes: u64,
}

impl hyper::body::Body for WholePieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.pieces.pop_front();
        self.bytes -= piece.as_ref().map_or(0, |piece| piece.len() as u64);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    fn stranger() -> Holder {
        Holder::stranger(None)
    }

    /// Room for 32 first pieces, of which one holder has 16.
    fn outgoing() -> Outgoing {
        Outgoing::with(32 * PIECE, 2, Duration::from_millis(50))
    }

    /// No two neighbouring pieces are alike.
    fn byte(number: usize) -> u8 {
        u8::try_from(number % 251).unwrap()
    }

    async fn page(outgoing: &Outgoing, bytes: usize) -> ApiResult<Body> {
        let turn = outgoing.turns.take(stranger(), 1).await.unwrap();
        let taken = Taken { outgoing: outgoing.clone(), holder: stranger(), _turn: turn };
        PageTurn(Arc::new(Mutex::new(Some(taken)))).body(vec![b'x'; bytes].into()).await
    }

    #[tokio::test]
    async fn a_page_has_its_room_until_it_is_sent() {
        let outgoing = outgoing();
        // Half of 32 pieces are for one; this takes 14 of them.
        let unread = page(&outgoing, 8 * PIECE).await.unwrap();
        let refused = page(&outgoing, 8 * PIECE).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable);
        assert!(page(&outgoing, PIECE).await.is_ok(), "a small one needs no room");
        drop(unread);
        let sent = page(&outgoing, 8 * PIECE).await.unwrap().collect().await.unwrap().to_bytes();
        assert_eq!(sent, vec![b'x'; 8 * PIECE]);
    }

    async fn answer(outgoing: &Outgoing, bytes: usize) -> ApiResult<Body> {
        let write = move |out: &mut dyn Write| {
            for number in 0..bytes {
                out.write_all(&[byte(number)]).map_err(ApiError::internal)?;
            }
            Ok(())
        };
        outgoing.body(&Lane::new(2), stranger(), write).await
    }

    async fn read(body: Body) -> Vec<u8> {
        body.collect().await.unwrap().to_bytes().to_vec()
    }

    #[tokio::test]
    async fn as_many_heavy_reports_have_a_turn_as_there_is_memory_for() {
        for (memory_mib, most) in [(32, 1), (64, 2), (128, 4), (4_096, 8)] {
            let outgoing = Outgoing::new(memory_mib);
            let from = |last: u8| Holder::stranger(Some([10, 0, 0, last].into()));
            let mut turns: Vec<_> =
                (0..99).map_while(|last| outgoing.heavy.try_take(from(last), 1).ok()).collect();
            assert_eq!(turns.len(), most, "{memory_mib}");
            turns.pop();
            assert!(outgoing.heavy_turn(from(100)).await.is_ok());
        }
    }

    #[tokio::test]
    async fn an_answer_is_the_same_in_pieces_and_gives_back_what_was_read_of_it() {
        let outgoing = outgoing();
        let bytes = 3 * PIECE + 5;
        let mut body = answer(&outgoing, bytes).await.unwrap();
        assert_eq!(hyper::body::Body::size_hint(&body).exact(), Some(bytes as u64));
        assert_eq!(outgoing.memory.free(), 26 * PIECE);
        let mut read = Vec::new();
        for left in [26, 28, 32] {
            let piece = body.frame().await.unwrap().unwrap().into_data().unwrap();
            read.extend_from_slice(&piece);
            drop(piece);
            assert_eq!(outgoing.memory.free(), left * PIECE);
        }
        assert!(body.frame().await.is_none());
        assert_eq!(read, (0..bytes).map(byte).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn who_finds_no_room_waits_and_is_refused_and_small_answers_pass() {
        let outgoing = outgoing();
        let unread = answer(&outgoing, 7 * PIECE).await.unwrap();
        let refused = answer(&outgoing, 15 * PIECE).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable);
        assert_eq!(outgoing.memory.free(), 26 * PIECE, "who is refused holds nothing");
        assert_eq!(read(answer(&outgoing, PIECE).await.unwrap()).await.len(), PIECE);
        let (waiting, ()) = tokio::join!(answer(&outgoing, 15 * PIECE), async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            drop(unread);
        });
        assert_eq!(read(waiting.unwrap()).await.len(), 15 * PIECE);
        assert_eq!(outgoing.memory.free(), 32 * PIECE);
    }

    #[tokio::test]
    async fn an_answer_larger_than_all_room_is_given_when_nobody_has_any() {
        let outgoing = outgoing();
        let large = answer(&outgoing, 60 * PIECE).await.unwrap();
        assert_eq!(outgoing.memory.free(), 0);
        assert_eq!(answer(&outgoing, 2 * PIECE).await.unwrap_err().code(), Code::Unavailable);
        assert_eq!(read(large).await.len(), 60 * PIECE);
        assert_eq!(outgoing.memory.free(), 32 * PIECE);
    }
}
