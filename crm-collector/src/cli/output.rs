//! What commands print: results on standard output, everything else on standard error.

use std::io::{self, ErrorKind, Write};

use anyhow::Context as _;

/// Prints a result. A reader that has seen enough (`… | head`) is no failure.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Tells the person at the terminal something that is no result.
pub(super) fn note(text: &str) {
    // Where standard error is closed there is nobody left to tell.
    drop(writeln!(io::stderr(), "{text}"));
}

/// Asks for something, on the line on which it will be typed.
pub(super) fn prompt(text: &str) {
    let mut err = io::stderr();
    // Where standard error is closed there is nobody left to ask.
    drop(err.write_all(text.as_bytes()).and_then(|()| err.flush()));
}
