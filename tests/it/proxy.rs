//! A network that fails: a TCP proxy before the collector that loses a seeded share of requests
//! and answers, each in a way that real ones are lost in.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crm_tests::harness::http::Message;
use rustix::net::sockopt::set_socket_linger;

use crate::dice::Dice;

/// What becomes of one request and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Both arrive.
    Passes,
    /// Both arrive, the answer late.
    Late,
    /// The request arrives and is answered; the answer is lost and the connection reset.
    AnswerLost,
    /// The same, after some bytes of the answer.
    AnswerTorn,
    /// The connection is reset after some bytes of the request.
    RequestTorn,
}

/// Of 100 exchanges, how many are lost in which way.
#[derive(Clone, Copy)]
pub(crate) struct Losses {
    /// After the collector has committed.
    pub(crate) answers_percent: u64,
    /// Before it has read all.
    pub(crate) resets_percent: u64,
}

/// The proxy; it stops with the value.
pub(crate) struct Proxy {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    lost_answers: Arc<AtomicU64>,
    accepting: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Loses `loss_percent` of the exchanges with a collector: most of them by their answers.
    pub(crate) fn before(collector: SocketAddr, seed: u64, loss_percent: u64) -> Self {
        let resets_percent = loss_percent / 4;
        let answers_percent = loss_percent - resets_percent;
        Self::losing(collector, seed, Losses { answers_percent, resets_percent })
    }

    /// Loses as much of the exchanges with a collector.
    pub(crate) fn losing(collector: SocketAddr, seed: u64, losses: Losses) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let lost_answers = Arc::new(AtomicU64::new(0));
        let (stopping, lost) = (Arc::clone(&stop), Arc::clone(&lost_answers));
        let accepting = std::thread::spawn(move || {
            // One source of fates for all connections: the exchange is what has a fate.
            let dice = Arc::new(Mutex::new(Dice::new(seed)));
            let mut carrying = Vec::new();
            for client in listener.incoming() {
                if stopping.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(client) = client else { continue };
                let (dice, lost) = (Arc::clone(&dice), Arc::clone(&lost));
                carrying.push(std::thread::spawn(move || {
                    let link = Link { client, dice, losses, lost };
                    // However a connection ends, its two sides try again or are gone.
                    drop(link.carry(collector));
                }));
            }
            for thread in carrying {
                thread.join().unwrap();
            }
        });
        Self { address, stop, lost_answers, accepting: Some(accepting) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests that the collector answered and whose answer did not arrive.
    pub(crate) fn lost_answers(&self) -> u64 {
        self.lost_answers.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the loop; were the listener gone, it would have ended already.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            let ended = accepting.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the proxy broke");
        }
    }
}

/// One connection of a client.
struct Link {
    client: TcpStream,
    dice: Arc<Mutex<Dice>>,
    losses: Losses,
    lost: Arc<AtomicU64>,
}

impl Link {
    fn carry(mut self, collector: SocketAddr) -> io::Result<()> {
        self.client.set_read_timeout(Some(Duration::from_secs(10)))?;
        self.client.set_nodelay(true)?;
        let mut upstream = TcpStream::connect(collector)?;
        upstream.set_read_timeout(Some(Duration::from_secs(30)))?;
        upstream.set_nodelay(true)?;
        let (mut from_client, mut from_collector) = (Vec::new(), Vec::new());
        loop {
            let request = read_message(&mut self.client, &mut from_client)?;
            let (fate, share) = self.fate();
            if fate == Fate::RequestTorn {
                upstream.write_all(&request[..cut(request.len(), share)])?;
                reset(&upstream)?;
                return reset(&self.client);
            }
            upstream.write_all(&request)?;
            // That it answers at all means that it has committed.
            let answer = read_message(&mut upstream, &mut from_collector)?;
            match fate {
                Fate::AnswerLost | Fate::AnswerTorn => {
                    self.lost.fetch_add(1, Ordering::SeqCst);
                    if fate == Fate::AnswerTorn {
                        self.client.write_all(&answer[..cut(answer.len(), share)])?;
                        // Long enough for these bytes to be read before the reset discards them.
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    return reset(&self.client);
                }
                Fate::Late => std::thread::sleep(Duration::from_millis(share % 20)),
                Fate::Passes | Fate::RequestTorn => {}
            }
            self.client.write_all(&answer)?;
        }
    }

    fn fate(&self) -> (Fate, u64) {
        let mut dice = self.dice.lock().unwrap();
        let share = dice.below(1_000);
        let Losses { answers_percent, resets_percent } = self.losses;
        let fate = match dice.below(100) {
            roll if roll < answers_percent => {
                *dice.pick(&[Fate::AnswerLost, Fate::AnswerLost, Fate::AnswerTorn])
            }
            roll if roll < answers_percent + resets_percent => Fate::RequestTorn,
            _ if dice.below(10) == 0 => Fate::Late,
            _ => Fate::Passes,
        };
        (fate, share)
    }
}

/// Some of the bytes and never all of them.
fn cut(length: usize, share: u64) -> usize {
    length * usize::try_from(share).unwrap() / 1_000
}

/// Ends a connection by RST, as a crash or a firewall does, and not by an orderly FIN.
fn reset(stream: &TcpStream) -> io::Result<()> {
    set_socket_linger(stream, Some(Duration::ZERO))?;
    Ok(())
}

/// The bytes of the next whole message; what follows it stays in the buffer.
fn read_message(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut chunk = [0; 16 * 1024];
    loop {
        if let Some((_, length)) = Message::parse(buffer)? {
            return Ok(buffer.drain(..length).collect());
        }
        match stream.read(&mut chunk)? {
            0 => {
                // Its peer is gone; both sides learn of it.
                drop(stream.shutdown(Shutdown::Both));
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            count => buffer.extend_from_slice(&chunk[..count]),
        }
    }
}
