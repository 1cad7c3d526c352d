//! What commands print: results on standard output, everything else on standard error.

use std::io::{self, ErrorKind, IsTerminal, Write};

use anyhow::Context as _;
use chrono_tz::Tz;
use crm_models::Timestamp;

use crate::export::{self, Look};

/// Prints a result. A reader that has seen enough (`… | head`) is no failure.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// How a result is to look: as wide as the terminal, and in colour where it shows any. Through a pipe
/// nothing is drawn, and a shell that exports its width is believed.
pub(super) fn look(columns: Vec<String>) -> Look {
    let out = io::stdout();
    let width = match rustix::termios::tcgetwinsize(&out) {
        Ok(size) if out.is_terminal() && size.ws_col > 0 => Some(size.ws_col.into()),
        _ => std::env::var("COLUMNS").ok().and_then(|width| width.parse().ok()),
    };
    let width = width.unwrap_or(Look::WIDTH).max(Look::LEAST_WIDTH);
    let drawn = anstream::AutoStream::choice(&out) != anstream::ColorChoice::Never;
    Look { width, drawn, columns }
}

/// Tells the person at the terminal something that is no result.
pub(super) fn note(text: &str) {
    // Where standard error is closed there is nobody left to tell.
    drop(writeln!(io::stderr(), "{text}"));
}

/// A time by the clocks of a zone, with their distance to UTC.
pub(super) fn local_time(time: Timestamp, timezone: Tz) -> String {
    let time: chrono::DateTime<chrono::Utc> = time.into();
    time.with_timezone(&timezone).format("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// How many entries of a list are printed where `--limit` says so: 0 is for all, of every list.
pub(super) fn at_most(limit: usize) -> usize {
    if limit == 0 { usize::MAX } else { limit }
}

/// A list as a command prints it: a line an entry, under the heads of its columns.
pub(super) struct List<const N: usize> {
    heads: [&'static str; N],
    rows: Vec<Vec<String>>,
}

impl<const N: usize> List<N> {
    pub(super) fn new(heads: [&'static str; N]) -> Self {
        Self { heads, rows: Vec::new() }
    }

    pub(super) fn add(&mut self, entry: [String; N]) {
        self.rows.push(entry.into());
    }

    pub(super) fn print(self) -> anyhow::Result<()> {
        print(&export::list(&self.heads, self.rows, &look(Vec::new())))
    }
}

/// Asks for something, on the line on which it will be typed.
pub(super) fn prompt(text: &str) {
    let mut err = io::stderr();
    // Where standard error is closed there is nobody left to ask.
    drop(err.write_all(text.as_bytes()).and_then(|()| err.flush()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_zone_and_say_how_far_it_is_from_utc() {
        let time: Timestamp = "2026-11-28T19:30:00Z".parse().unwrap();
        let at = |zone| local_time(time, zone);
        assert_eq!(at(chrono_tz::Europe::Berlin), "2026-11-28 20:30:00 +01:00");
        assert_eq!(at(chrono_tz::UTC), "2026-11-28 19:30:00 +00:00");
    }
}
