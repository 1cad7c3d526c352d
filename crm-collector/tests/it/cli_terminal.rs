//! What the command line does on a terminal: a pseudo-terminal stands for the person's own.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::cli::run_with;

/// A command on a terminal, and what the terminal shows.
struct Typed {
    child: Child,
    terminal: File,
    /// The command's side of the terminal. While it is open, nothing that was written to it is lost.
    inside: File,
    shown: String,
}

/// Written when a command has ended, behind all that it wrote.
const ENDED: &str = "\u{4}ended";

impl Typed {
    fn start(data: &Path, args: &[&str]) -> Self {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap();
        let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let open = || File::options().read(true).write(true).open(path).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_crm-collector"));
        command.args(args).env("CRM_DATA", data);
        let child = command.stdin(open()).stdout(Stdio::null()).stderr(open()).spawn().unwrap();
        Self { child, terminal: terminal.into(), inside: open(), shown: String::new() }
    }

    /// Waits until the terminal shows this behind all that was shown before.
    fn wait_for(&mut self, text: &str) {
        let seen = self.shown.len();
        let mut bytes = [0; 1_024];
        while !self.shown[seen..].contains(text) {
            let count = self.terminal.read(&mut bytes).unwrap();
            self.shown.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
    }

    fn type_in(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).unwrap();
    }

    /// Everything shown, and the exit code.
    fn end(mut self) -> (String, i32) {
        let code = self.child.wait().unwrap().code().unwrap();
        self.inside.write_all(ENDED.as_bytes()).unwrap();
        self.wait_for(ENDED);
        (self.shown.strip_suffix(ENDED).unwrap().to_owned(), code)
    }
}

const ADD: [&str; 6] = ["user", "add", "--email", "ada@example.com", "--name", "Ada"];
const PASSWORD: &str = "correct horse battery";

#[test]
fn on_a_terminal_the_password_is_asked_for_twice_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut typed = Typed::start(folder.path(), &ADD);
    typed.wait_for("Password for ada@example.com, 10 to 256 bytes: ");
    typed.type_in(&format!("{PASSWORD}\n"));
    typed.wait_for("Once more: ");
    typed.type_in(&format!("{PASSWORD}\n"));
    let (shown, code) = typed.end();
    assert_eq!(
        shown.replace("\r\n", "\n"),
        "Password for ada@example.com, 10 to 256 bytes: \nOnce more: \n\
         ada@example.com is owner of the workspace default\n"
    );
    assert_eq!(code, 0);

    let set = ["user", "password", "--email", "ada@example.com", "--password-stdin"];
    let mut typed = Typed::start(folder.path(), &set);
    typed.wait_for("bytes: ");
    typed.type_in("another long one\n");
    typed.wait_for("more: ");
    typed.type_in("another long One\n");
    let (shown, code) = typed.end();
    assert!(shown.ends_with("error: the two passwords differ; nothing was changed\r\n"), "{shown}");
    assert_eq!(code, 1);
}

#[test]
fn ctrl_c_at_the_password_leaves_the_terminal_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut typed = Typed::start(folder.path(), &ADD);
    let local_modes = |terminal: &File| rustix::termios::tcgetattr(terminal).unwrap().local_modes;
    let echo = rustix::termios::LocalModes::ECHO;
    typed.wait_for("bytes: ");
    assert!(!local_modes(&typed.terminal).contains(echo));
    typed.type_in("correct\x03");
    typed.wait_for("error: interrupted; nothing was changed");
    assert!(local_modes(&typed.terminal).contains(echo));
    assert_eq!(typed.end().1, 1);
    assert!(!folder.path().join("crm.db").exists());
}

#[test]
fn through_a_pipe_the_password_is_read_where_the_command_says_so_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run_with(folder.path(), &ADD, &format!("{PASSWORD}\n"));
    assert_eq!(
        refused.err,
        "error: standard input is no terminal to ask for the password on; say --password-stdin to \
         have it read from there\n"
    );
    assert_eq!(refused.code, 1);
    let mut piped = ADD.to_vec();
    piped.push("--password-stdin");
    assert_eq!(run_with(folder.path(), &piped, &format!("{PASSWORD}\r\n")).code, 0);
}
