//! Another yardstick: what PostgreSQL does with the same purchases, sent as SQL over its own protocol.
//!
//! The schema of the plain loop, the server's default settings, `fsync` and `synchronous_commit` on.
//! Each batch is one transaction of two multi-row inserts, written by hand just before it is sent.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::load::Mark;
use super::shop::Shop;
use crate::harness::{places, written_bytes};

const SCHEMA: &str = "
CREATE TABLE purchases (
    id bigint PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    purchase_id text NOT NULL,
    customer_id text,
    kind smallint NOT NULL,
    currency text NOT NULL,
    total bigint NOT NULL,
    channel text,
    country text,
    occurred_at bigint NOT NULL
);
CREATE TABLE purchase_items (
    purchase bigint NOT NULL,
    line int NOT NULL,
    sku text NOT NULL,
    name text,
    quantity int NOT NULL,
    unit_price bigint NOT NULL,
    PRIMARY KEY (purchase, line)
);
CREATE INDEX purchases_by_customer ON purchases (customer_id, occurred_at);
CREATE INDEX purchases_by_time ON purchases (occurred_at);
";

/// A server of its own, in a folder of its own, that listens on a socket in it.
#[derive(Debug)]
pub struct Server {
    process: Child,
    folder: TempDir,
}

impl Server {
    /// Makes a cluster and starts its server; `None` where PostgreSQL is not installed.
    ///
    /// # Panics
    /// When it is installed and does not start.
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir_in(places::scratch_folder()).expect("there is disk space");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("the folder is writable");
        if is_root() {
            // The server refuses to run as root.
            let owned = Command::new("chown").args(["-R", "postgres"]).arg(folder.path()).status();
            assert!(owned.is_ok_and(|status| status.success()), "there is a user postgres");
        }
        let made = command(&programs.join("initdb"))
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(&data)
            .stdout(Stdio::null())
            .status();
        assert!(made.is_ok_and(|status| status.success()), "initdb makes a cluster");
        let process = command(&programs.join("postgres"))
            .args(["-c", "listen_addresses=", "-c", "unix_socket_directories=."])
            .arg("-D")
            .arg(&data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let server = Self { process, folder };
        let begun = Instant::now();
        while server.connect().is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the server listens");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    fn connect(&self) -> io::Result<Connection> {
        Connection::open(&self.folder.path().join("data/.s.PGSQL.5432"))
    }

    /// Bytes that its processes have had written to the disk so far.
    pub fn written_bytes(&self) -> u64 {
        let children = format!("/proc/{0}/task/{0}/children", self.process.id());
        let children = std::fs::read_to_string(children).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
        children.chain([self.process.id()]).map(written_bytes).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = i32::try_from(self.process.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            // Its fast shutdown.
            rustix::process::kill_process(pid, rustix::process::Signal::INT).ok();
        }
        self.process.wait().ok();
    }
}

/// The folder of the newest version that is installed.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<_> = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .filter(|folder| folder.join("postgres").exists())
        .collect();
    found.sort();
    found.pop()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn command(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

/// A connection that sends statements as text.
struct Connection {
    stream: UnixStream,
    answer: Vec<u8>,
}

impl Connection {
    fn open(socket: &Path) -> io::Result<Self> {
        let mut stream = UnixStream::connect(socket)?;
        let parameters = b"user\0postgres\0database\0postgres\0\0";
        let mut hello = Vec::new();
        hello.extend_from_slice(&length(parameters.len() + 8));
        // Version 3 of the protocol.
        hello.extend_from_slice(&196_608_u32.to_be_bytes());
        hello.extend_from_slice(parameters);
        stream.write_all(&hello)?;
        let mut connection = Self { stream, answer: Vec::new() };
        connection.wait()?;
        Ok(connection)
    }

    /// Runs statements in one transaction, and waits until they are committed.
    fn run(&mut self, sql: &str) -> io::Result<()> {
        let mut message = vec![b'Q'];
        message.extend_from_slice(&length(sql.len() + 5));
        message.extend_from_slice(sql.as_bytes());
        message.push(0);
        self.stream.write_all(&message)?;
        self.wait()
    }

    /// Reads until the server is ready for more.
    fn wait(&mut self) -> io::Result<()> {
        let mut failure = None;
        loop {
            let mut head = [0; 5];
            self.stream.read_exact(&mut head)?;
            let [kind, length @ ..] = head;
            let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
            self.answer.resize(length.saturating_sub(4), 0);
            self.stream.read_exact(&mut self.answer)?;
            match kind {
                b'E' => failure = Some(String::from_utf8_lossy(&self.answer).into_owned()),
                b'Z' => return failure.map_or(Ok(()), |text| Err(io::Error::other(text))),
                _ => {}
            }
        }
    }
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).expect("statements are short").to_be_bytes()
}

/// Inserts all purchases of a shop in batches over some connections; a mark for each of `parts` equal
/// parts.
///
/// # Panics
/// When the server fails.
pub fn run(
    server: &Server,
    shop: &Shop,
    connections: usize,
    batch: u64,
    parts: u64,
) -> (Vec<Mark>, u64) {
    server.connect().and_then(|mut one| one.run(SCHEMA)).expect("the schema is valid");
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let marks = Mutex::new(Vec::new());
    // Connected all the while, so that what they wrote is counted.
    let mut opened: Vec<_> =
        (0..connections).map(|_| server.connect().expect("the server listens")).collect();
    let before = server.written_bytes();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for connection in &mut opened {
            scope.spawn(|| {
                let mut sql = String::new();
                loop {
                    let start = next.fetch_add(batch, Ordering::Relaxed);
                    if start >= shop.purchases() {
                        return;
                    }
                    let end = (start + batch).min(shop.purchases());
                    render(shop, start..end, &mut sql);
                    connection.run(&sql).expect("the server takes it");
                    let acknowledged = done.fetch_add(end - start, Ordering::Relaxed) + end - start;
                    let mut marks = marks.lock().expect("nobody panicked");
                    let part = marks.len() as u64 + 1;
                    if part <= parts && acknowledged >= shop.purchases() * part / parts {
                        marks.push(Mark { acknowledged, elapsed: begun.elapsed() });
                    }
                }
            });
        }
    });
    let written = server.written_bytes() - before;
    (marks.into_inner().expect("nobody panicked"), written)
}

fn render(shop: &Shop, numbers: std::ops::Range<u64>, sql: &mut String) {
    sql.clear();
    let mut items = String::from("INSERT INTO purchase_items VALUES");
    sql.push_str("INSERT INTO purchases VALUES");
    for number in numbers.clone() {
        let purchase = shop.purchase(number);
        let comma = if number == numbers.start { ' ' } else { ',' };
        write!(
            sql,
            "{comma}({number},'{:032x}','P{number:09}','c-{:07}',{},'{}',{},'{}','{}',{})",
            u128::from_be_bytes(purchase.event_id),
            purchase.customer,
            u8::from(purchase.refund),
            purchase.currency(),
            purchase.total_minor,
            purchase.channel(),
            purchase.country(),
            purchase.occurred_at_ms,
        )
        .expect("a text takes it");
        for (line, item) in purchase.lines().iter().enumerate() {
            let product = shop.product(item.product);
            let comma = if number == numbers.start && line == 0 { ' ' } else { ',' };
            write!(
                items,
                "{comma}({number},{line},'{}','{}',{},{})",
                product.sku, product.name, item.quantity, product.price_minor
            )
            .expect("a text takes it");
        }
    }
    sql.push(';');
    sql.push_str(&items);
}
