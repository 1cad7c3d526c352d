//! One collector process on a data folder of its own, with a user and a key, ready to be asked.
//! It is killed, and its folder removed, when the value goes.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::http::{Answer, Connection};
use super::process::{PATIENCE, Process, free_address};
use super::{Memory, places};

/// How a collector is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    environment: Vec<(String, String)>,
    folder: Option<PathBuf>,
    socket: Option<PathBuf>,
    key: Option<String>,
    workspace: Vec<String>,
    wrapper: Vec<String>,
    no_user: bool,
}

impl Options {
    /// On a folder of its own that goes with the collector, with a new user and key.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets an environment variable of the process.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl ToString) -> Self {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    /// Bounds the memory that the store may take, in MiB.
    #[must_use]
    pub fn store_memory_mib(self, mib: u64) -> Self {
        self.env("CRM_STORE_MEMORY_MIB", mib)
    }

    /// Lifts the quota of events a second and key.
    #[must_use]
    pub fn without_quota(self) -> Self {
        self.env("CRM_INGEST_EVENTS_PER_SECOND", 0)
    }

    /// Makes the workspace with this reporting currency and time zone.
    #[must_use]
    pub fn workspace_in(mut self, currency: &str, timezone: &str) -> Self {
        self.workspace = ["--currency", currency, "--timezone", timezone].map(str::to_owned).into();
        self
    }

    /// Makes neither user nor key.
    #[must_use]
    pub fn without_user(mut self) -> Self {
        self.no_user = true;
        self
    }

    /// Serves by a program that is given the collector's command line behind its own arguments
    /// and executes it, such as a shell that sets a limit.
    #[must_use]
    pub fn served_by(mut self, wrapper: &[&str]) -> Self {
        self.wrapper = wrapper.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// Listens on a socket with this path, and on no address.
    #[must_use]
    pub fn on_socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.socket = Some(path.into());
        self
    }

    /// Works in this folder and leaves it there.
    #[must_use]
    pub fn keep_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Uses this key, of a folder that has its user and key already.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// A collector process.
#[derive(Debug)]
pub struct Collector {
    // Before the folder, so that nothing writes there any more when it goes.
    process: Process,
    folder: Folder,
    options: Options,
    address: SocketAddr,
    key: String,
}

impl Collector {
    /// Prepares the folder, starts the process and waits until it is ready.
    ///
    /// # Panics
    /// When any of that fails, with what the process wrote.
    pub fn start(options: Options) -> Self {
        let mut collector = Self::prepare(options);
        collector.run();
        collector
    }

    /// Prepares the folder, user and key, and starts nothing yet.
    ///
    /// # Panics
    /// When a command fails, with what it wrote.
    pub fn prepare(options: Options) -> Self {
        let folder = match &options.folder {
            Some(path) => Folder::Kept(path.clone()),
            None => Folder::Own(
                TempDir::with_prefix_in("collector-", places::scratch_folder())
                    .expect("the build folder can be written"),
            ),
        };
        std::fs::create_dir_all(folder.path().join("data")).expect("the folder can be written");
        let mut collector = Self {
            process: Process::default(),
            folder,
            address: free_address(),
            key: options.key.clone().unwrap_or_default(),
            options,
        };
        if collector.key.is_empty() && !collector.options.no_user {
            let mut user = vec!["user", "add", "--email", "owner@example.com", "--name", "Owner"];
            user.push("--password-stdin");
            user.extend(collector.options.workspace.iter().map(String::as_str));
            collector.expect_command(&user, "correct horse battery staple\n");
            let key = ["key", "create", "--name", "harness", "--scopes", "ingest,read"];
            collector.key = collector.expect_command(&key, "").trim().to_owned();
            assert!(!collector.key.is_empty(), "key create printed no key");
        }
        collector
    }

    /// Its address, as the SDK takes it.
    pub fn url(&self) -> String {
        match &self.options.socket {
            None => format!("http://{}", self.address),
            Some(_) => self.listen(),
        }
    }

    /// Its address, as a socket takes it; nobody listens there where it has a socket's path.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// An API key with the scopes ingest and read.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The id of the running process.
    ///
    /// # Panics
    /// When it does not run.
    pub fn pid(&self) -> u32 {
        self.process.id().expect("the collector runs")
    }

    /// What memory the process holds.
    ///
    /// # Panics
    /// When it does not run.
    pub fn memory(&self) -> Memory {
        Memory::of(self.pid())
    }

    /// What the processes on this folder have logged so far.
    pub fn log(&self) -> String {
        // No log yet reads as an empty one.
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// A keep-alive connection to it.
    ///
    /// # Panics
    /// When it does not listen.
    pub fn connect(&self) -> Connection {
        self.try_connect().expect("the collector listens")
    }

    fn try_connect(&self) -> std::io::Result<Connection> {
        match &self.options.socket {
            None => Connection::open(self.address),
            Some(path) => Connection::open_socket(path),
        }
    }

    /// What `--listen` is given.
    fn listen(&self) -> String {
        match &self.options.socket {
            None => self.address.to_string(),
            Some(path) => format!("unix:{}", path.display()),
        }
    }

    /// Asks for a path with the key.
    ///
    /// # Panics
    /// When the connection breaks.
    pub fn get(&self, path: &str) -> Answer {
        self.connect().get(path, Some(&self.key)).expect("the collector answers")
    }

    /// Posts JSON to a path with the key.
    ///
    /// # Panics
    /// When the connection breaks.
    pub fn post(&self, path: &str, json: &serde_json::Value) -> Answer {
        let body = json.to_string();
        let answer = self.connect().post(path, Some(&self.key), body.as_bytes());
        answer.expect("the collector answers")
    }

    /// Deletes what is at a path with the key.
    ///
    /// # Panics
    /// When the connection breaks.
    pub fn delete(&self, path: &str) -> Answer {
        self.connect().delete(path, Some(&self.key)).expect("the collector answers")
    }

    /// How many purchases it has, sales and refunds, from one day to before another, by its own
    /// report.
    ///
    /// # Panics
    /// When the report cannot be read.
    pub fn stored_purchases(&self, from: &str, to: &str) -> u64 {
        let answer = self.get(&format!("/v1/reports/summary?from={from}&to={to}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let report = answer.json();
        // The first row is the period asked for; the one before it, to compare with, follows.
        let count = |column: &str| report["rows"][0][column].as_u64();
        let elsewhere = report["outside"]["other_currencies"].as_object().into_iter().flatten();
        let elsewhere: u64 = elsewhere.filter_map(|(_, purchases)| purchases.as_u64()).sum();
        match (count("orders"), count("refund_orders")) {
            (Some(sales), Some(refunds)) => sales + refunds + elsewhere,
            _ => panic!("the summary holds no orders: {report}"),
        }
    }

    /// Runs a command of the collector's binary on the same folder, whether or not it serves.
    ///
    /// # Panics
    /// When the binary cannot be run.
    pub fn command(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .binary()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the collector's binary can be run");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        // A command that reads no input may be gone before it is written; its status tells.
        drop(stdin.write_all(input.as_bytes()));
        drop(stdin);
        child.wait_with_output().expect("the output of a command can be read")
    }

    /// Runs a command that has to succeed and returns what it printed.
    ///
    /// # Panics
    /// When it fails, with what it wrote.
    pub fn expect_command(&self, arguments: &[&str], input: &str) -> String {
        let output = self.command(arguments, input);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.success(),
            "crm-collector {} failed, {}:\n{}{}",
            arguments.join(" "),
            output.status,
            text(&output.stdout),
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    /// Kills it with SIGKILL, as a crash would, and waits until it is gone.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Asks it to drain with SIGTERM and waits until it has.
    ///
    /// # Panics
    /// When it does not run, or does not end in time.
    pub fn stop(&mut self) -> ExitStatus {
        self.tell_to_stop();
        self.wait_for_stop()
    }

    /// Asks it to drain with SIGTERM.
    ///
    /// # Panics
    /// When it does not run.
    pub fn tell_to_stop(&self) {
        self.process.tell_to_stop();
    }

    /// Waits until it has drained.
    ///
    /// # Panics
    /// When it does not end in time.
    pub fn wait_for_stop(&mut self) -> ExitStatus {
        self.process
            .wait_for_end()
            .unwrap_or_else(|| panic!("the collector does not stop; its log:\n{}", self.log()))
    }

    /// Starts it again on the same folder and address, after [`Collector::stop`] if it runs, and
    /// returns how long it took to be ready.
    ///
    /// # Panics
    /// When it does not become ready, with its log.
    pub fn restart(&mut self) -> Duration {
        if self.process.id().is_some() {
            self.stop();
        }
        self.run()
    }

    /// Serves until it ends by itself, as it has to where it cannot start; returns its exit code
    /// and what it wrote.
    ///
    /// # Panics
    /// When it serves on.
    pub fn serve_in_vain(&mut self, listen: &str) -> (Option<i32>, String) {
        let log_before = self.log().len();
        let log = self.open_log();
        let mut command = self.binary();
        command.args(["serve", "--listen", listen]);
        self.process = Process::spawn(&mut command, log);
        let status = self.process.wait_for_end().expect("it ends by itself");
        (status.code(), self.log()[log_before..].to_owned())
    }

    fn run(&mut self) -> Duration {
        let begun = Instant::now();
        // Another program of this machine may have been given the port meanwhile, for a moment.
        while !self.try_to_run(begun) {
            std::thread::sleep(Duration::from_millis(100));
        }
        begun.elapsed()
    }

    /// Answers whether its address was free.
    fn try_to_run(&mut self, begun: Instant) -> bool {
        let log_before = self.log().len();
        let log = self.open_log();
        let serving = self.binary();
        let mut command = match self.options.wrapper.split_first() {
            None => serving,
            Some((wrapper, arguments)) => {
                let mut command = Command::new(wrapper);
                command.args(arguments).arg(serving.get_program()).args(serving.get_args());
                self.set_environment(&mut command);
                command
            }
        };
        command.args(["serve", "--listen", &self.listen()]);
        self.process = Process::spawn(&mut command, log);
        loop {
            let answer =
                self.try_connect().and_then(|mut connection| connection.get("/readyz", None));
            if let Some(status) = self.process.ended() {
                let is_taken = self.log()[log_before..].contains("Address already in use");
                if is_taken && begun.elapsed() < PATIENCE {
                    return false;
                }
                panic!("the collector ended, {status}; its log:\n{}", self.log());
            }
            if matches!(answer, Ok(Answer { status: 200, .. })) {
                return true;
            }
            if begun.elapsed() > PATIENCE {
                panic!("the collector is not ready; its log:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn binary(&self) -> Command {
        let mut command = Command::new(places::collector_binary());
        command.arg("--data").arg(self.data());
        self.set_environment(&mut command);
        command
    }

    fn set_environment(&self, command: &mut Command) {
        // The tests have variables of their own, such as CRM_ROUNDS; the collector warns of those
        // of its prefix that it does not know.
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"CRM_") {
                command.env_remove(name);
            }
        }
        command.envs(self.options.environment.iter().map(|(name, value)| (name, value)));
    }

    fn open_log(&self) -> File {
        let log = OpenOptions::new().create(true).append(true).open(self.log_path());
        log.expect("the folder can be written")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("collector.log")
    }
}

#[derive(Debug)]
enum Folder {
    Own(TempDir),
    Kept(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}
