//! A process of the host program, which tracks until it is killed; and what it is told to do.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::process::PATIENCE;

/// How a host process ends, unless it is killed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// It waits until its standard input ends, shuts the client down and prints its account.
    #[default]
    InOrder,
    /// It exits behind its calls, the client in a static.
    Exit,
    /// It panics behind its calls, and makes one more in its panic hook, as one more thread.
    Panic,
    /// Its first thread has room on its disk, its second has none, its third has room again; then
    /// as in order.
    FullDisk,
}

impl Ending {
    const ALL: [Self; 4] = [Self::InOrder, Self::Exit, Self::Panic, Self::FullDisk];
}

/// What a host process is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Where the collector is.
    pub endpoint: String,
    /// A key that may ingest.
    pub key: String,
    /// The spool's directory.
    pub spool: PathBuf,
    /// Most bytes of the spool.
    pub spool_bytes: u64,
    /// How often it looks for what dead clients left, in milliseconds.
    pub adoption_ms: u64,
    /// Most events in a request.
    pub batch_events: usize,
    /// Tells the processes of a test apart.
    pub life: u64,
    /// How many threads track.
    pub threads: u64,
    /// Most calls of each thread.
    pub calls: u64,
    /// Most lines of a purchase beside the first.
    pub lines: u64,
    /// How it ends.
    pub ending: Ending,
    /// Where it notes how many calls have returned, 8 bytes a thread; made by [`Host::start`].
    pub returned: PathBuf,
}

impl Order {
    /// How many lines the purchase of a call has beside the first.
    pub fn lines_of(&self, number: u64) -> u64 {
        number * 7 % (self.lines + 1)
    }

    /// Reads what [`Host::start`] writes.
    ///
    /// # Panics
    /// When it is something else.
    pub fn parse(text: &str) -> Self {
        let order: Value = serde_json::from_str(text).expect("an order is JSON");
        let text = |name: &str| order[name].as_str().expect("a text").to_owned();
        let number = |name: &str| order[name].as_u64().expect("a number");
        Self {
            endpoint: text("endpoint"),
            key: text("key"),
            spool: text("spool").into(),
            spool_bytes: number("spool_bytes"),
            adoption_ms: number("adoption_ms"),
            batch_events: usize::try_from(number("batch_events")).expect("a small number"),
            life: number("life"),
            threads: number("threads"),
            calls: number("calls"),
            lines: number("lines"),
            ending: Ending::ALL[usize::try_from(number("ending")).expect("a small number")],
            returned: text("returned").into(),
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "endpoint": self.endpoint,
            "key": self.key,
            "spool": self.spool,
            "spool_bytes": self.spool_bytes,
            "adoption_ms": self.adoption_ms,
            "batch_events": self.batch_events,
            "life": self.life,
            "threads": self.threads,
            "calls": self.calls,
            "lines": self.lines,
            "ending": self.ending as u8,
            "returned": self.returned,
        })
    }
}

/// A host process. It is killed when the value goes.
#[derive(Debug)]
pub struct Host {
    child: Child,
    /// Its end asks the process to end in order.
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    log: PathBuf,
    order: Order,
}

/// What is known of a host process that has ended.
#[derive(Clone, Debug)]
pub struct Life {
    /// What it was told to do.
    pub order: Order,
    /// How many calls of each thread have returned.
    pub returned: Vec<u64>,
    /// Its account, where it was not killed.
    pub account: Option<Value>,
}

impl Host {
    /// Starts a command: the program, or one that is given the program and executes it.
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn start(command: &[&str], order: Order) -> Self {
        let (program, arguments) = command.split_first().expect("a program is given");
        let returned = File::create(&order.returned).expect("the folder can be written");
        returned.set_len(order.threads * 8).expect("the folder has room");
        let log = order.returned.with_extension("log");
        let mut child = Command::new(program)
            .args(arguments)
            .arg(order.to_json().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("the folder can be written"))
            .spawn()
            .expect("the host program can be run");
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().expect("stdout is a pipe");
        Self { child, stdin, stdout, log, order }
    }

    /// Kills it with SIGKILL and waits until it is gone.
    ///
    /// # Panics
    /// When it had something to complain about.
    pub fn kill(mut self) -> Life {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a child can be waited for");
        self.life(None)
    }

    /// Has it shut down.
    ///
    /// # Panics
    /// When it fails, or had something to complain about.
    pub fn end(mut self) -> Life {
        drop(self.stdin.take());
        let mut account = String::new();
        self.stdout.read_to_string(&mut account).expect("stdout can be read");
        let status = self.child.wait().expect("a child can be waited for");
        assert!(status.success(), "the host failed, {status}: {}", self.complaints());
        let account = serde_json::from_str(&account).expect("an account is JSON");
        self.life(Some(account))
    }

    /// Waits until it ends by itself; how it ended, and what it wrote.
    ///
    /// # Panics
    /// When it cannot be waited for.
    pub fn wait_for_end(mut self) -> (ExitStatus, String, Life) {
        let status = self.child.wait().expect("a child can be waited for");
        let life = Life { order: self.order.clone(), returned: self.returned(), account: None };
        (status, self.complaints(), life)
    }

    /// Waits until its threads have made all their calls.
    ///
    /// # Panics
    /// When they do not.
    pub fn wait_for_calls(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.returned().iter().any(|returned| *returned < self.order.calls) {
            assert!(Instant::now() < deadline, "{:?} {}", self.returned(), self.complaints());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn returned(&self) -> Vec<u64> {
        let bytes = std::fs::read(&self.order.returned).expect("the file can be read");
        bytes.as_chunks::<8>().0.iter().map(|count| u64::from_le_bytes(*count)).collect()
    }

    fn complaints(&self) -> String {
        std::fs::read_to_string(&self.log).expect("the log can be read")
    }

    fn life(&self, account: Option<Value>) -> Life {
        assert_eq!(self.complaints(), "", "what the host wrote");
        Life { order: self.order.clone(), returned: self.returned(), account }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Gone already is as good; either way it has to be reaped.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
