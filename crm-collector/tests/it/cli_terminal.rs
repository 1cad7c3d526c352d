//! What the command line does on a terminal: a pseudo-terminal stands for the person's own.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{tcgetwinsize, tcsetwinsize};

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
        Self::start_with(data, args, 80, |command, open| {
            command.stdout(Stdio::null()).stderr(open());
        })
    }

    /// On a terminal of so many columns.
    fn start_with(
        data: &Path,
        args: &[&str],
        columns: u16,
        streams: impl FnOnce(&mut Command, &dyn Fn() -> File),
    ) -> Self {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap();
        let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let open = || File::options().read(true).write(true).open(path).unwrap();
        let mut size = tcgetwinsize(&terminal).unwrap();
        size.ws_col = columns;
        tcsetwinsize(&terminal, size).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_crm-collector"));
        command.args(args).env("CRM_DATA", data);
        streams(&mut command, &open);
        let child = command.stdin(open()).spawn().unwrap();
        Self { child, terminal: terminal.into(), inside: open(), shown: String::new() }
    }

    /// Waits until the terminal shows this behind all that was shown before.
    fn wait_for(&mut self, text: &str) {
        let seen = self.shown.len();
        let (mut bytes, mut read) = ([0; 1_024], Vec::new());
        while !self.shown[seen..].contains(text) {
            let count = self.terminal.read(&mut bytes).unwrap();
            read.extend_from_slice(&bytes[..count]);
            // A letter may be cut in two.
            let whole = match std::str::from_utf8(&read) {
                Ok(all) => all.len(),
                Err(error) => error.valid_up_to(),
            };
            let rest = read.split_off(whole);
            self.shown.push_str(std::str::from_utf8(&read).unwrap());
            read = rest;
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

/// What a command shows on a terminal of so many columns, up to a text.
fn shown(data: &Path, args: &[&str], columns: u16, env: &[(&str, &str)], last: &str) -> String {
    let mut typed = Typed::start_with(data, args, columns, |command, open| {
        command.stdout(open()).stderr(Stdio::null());
        command.env_remove("NO_COLOR").env("TERM", "xterm-256color").envs(env.iter().copied());
    });
    typed.wait_for(last);
    let (shown, code) = typed.end();
    assert_eq!(code, 0, "{shown}");
    shown.replace("\r\n", "\n")
}

#[test]
fn a_terminal_shows_shades_and_styles_and_nobody_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let file = data.join("orders.csv");
    // Mondays at nine, and once at noon.
    let orders = "id,at,who,sum\n1,2026-01-05 09:10,c,5\n2,2026-01-12 09:20,c,5\n\
                  3,2026-01-19 12:00,c,5\n";
    std::fs::write(&file, orders).unwrap();
    let map = "purchase_id=id,occurred_at=at,customer_id=who,line_total=sum";
    let import = ["import", file.to_str().unwrap(), "--map", map, "--currency", "EUR"];
    assert_eq!(run_with(data, &import, "").code, 0);

    let heatmap = ["report", "heatmap"];
    let drawn = shown(data, &heatmap, 100, &[], "lists each hour");
    let monday = drawn.lines().find(|line| line.contains("Monday")).unwrap();
    assert!(monday.contains(&format!("{}██    ▒▒", " ".repeat(18))), "{drawn}");
    assert!(drawn.contains("\u{1b}[1mweekday\u{1b}[0m"), "{drawn:?}");
    // Through a pipe, and where nobody wants colour: plain figures.
    let plain = run_with(data, &heatmap, "").out;
    assert_eq!(plain.lines().filter(|line| line.starts_with("Monday")).count(), 24, "{plain}");
    let no_color = shown(data, &heatmap, 100, &[("NO_COLOR", "1")], "total");
    assert!(no_color.contains("Sunday ") && !no_color.contains(['█', '\u{1b}']), "{no_color}");
    // As wide as the terminal.
    let narrow = shown(data, &["report", "sales"], 50, &[("NO_COLOR", "1")], "chooses");
    assert!(narrow.lines().all(|line| line.chars().count() <= 50), "{narrow}");
}
