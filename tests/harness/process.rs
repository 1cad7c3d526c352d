//! A child process that does not outlive its value, and free addresses for such to listen on.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a start, a command or a drain may take before the test fails.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A child process, killed when the value goes; by default none.
#[derive(Debug, Default)]
pub struct Process {
    child: Option<Child>,
}

impl Process {
    /// Starts it, with all that it writes going into a file.
    ///
    /// # Panics
    /// When the program cannot be run.
    pub fn spawn(command: &mut Command, log: File) -> Self {
        let both = log.try_clone().expect("a file handle can be doubled");
        let child = command.stdin(Stdio::null()).stdout(both).stderr(log).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"));
        Self { child: Some(child) }
    }

    /// Its id, while it is not known to have ended.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// How it ended, if it has.
    ///
    /// # Panics
    /// When there is none.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let child = self.child.as_mut().expect("it was started");
        let status = child.try_wait().expect("a child can be waited for");
        if status.is_some() {
            self.child = None;
        }
        status
    }

    /// Waits until it ends by itself; `None` when that takes longer than a test has patience.
    ///
    /// # Panics
    /// When there is none.
    pub fn wait_for_end(&mut self) -> Option<ExitStatus> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        None
    }

    /// Asks it to end with SIGTERM.
    ///
    /// # Panics
    /// When it does not run.
    pub fn tell_to_stop(&self) {
        let id = self.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        // A child that is not reaped yet keeps its id, so this reaches no stranger.
        kill_process(id.expect("it runs"), Signal::TERM).expect("a child can be signalled");
    }

    /// Asks it to end with SIGTERM and waits until it has; `None` when it does not.
    ///
    /// # Panics
    /// When there is none.
    pub fn stop(&mut self) -> Option<ExitStatus> {
        self.tell_to_stop();
        self.wait_for_end()
    }

    /// Kills it with SIGKILL, as a crash would, and waits until it is gone.
    ///
    /// # Panics
    /// When it cannot be waited for.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Gone already is as good; either way it has to be reaped.
            drop(child.kill());
            child.wait().expect("a child can be waited for");
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// An address of this machine that was free a moment ago.
///
/// # Panics
/// When there is none.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("a bound socket has an address")
}
