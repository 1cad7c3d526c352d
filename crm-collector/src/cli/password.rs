//! Passwords as people type them: on a terminal asked for twice and not shown, and otherwise, where
//! `--password-stdin` says so, the first line of standard input.

use std::io::{self, IsTerminal, Read, StdinLock};

use anyhow::{Context as _, bail};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

use super::output;

/// More than any password has, so that an endless line ends.
const LONGEST_LINE: usize = 4_096;
/// What Ctrl-C sends.
const INTERRUPT: u8 = 3;

/// Reads the password of the account `email`.
pub(super) fn read(from_stdin: bool, email: &str) -> anyhow::Result<String> {
    let mut stdin = io::stdin().lock();
    if stdin.is_terminal() {
        return ask(&mut stdin, email);
    }
    if !from_stdin {
        bail!(
            "standard input is no terminal to ask for the password on; \
             say --password-stdin to have it read from there"
        );
    }
    line(&mut stdin)
}

fn ask(stdin: &mut StdinLock<'_>, email: &str) -> anyhow::Result<String> {
    let hidden = Hidden::start()?;
    output::prompt(&format!("Password for {email}, 10 to 256 bytes: "));
    let password = line(stdin)?;
    output::prompt("\nOnce more: ");
    let again = line(stdin)?;
    drop(hidden);
    output::note("");
    if password != again {
        bail!("the two passwords differ; nothing was changed");
    }
    Ok(password)
}

fn line(stdin: &mut StdinLock<'_>) -> anyhow::Result<String> {
    let mut line = Vec::new();
    for byte in stdin.bytes().take(LONGEST_LINE) {
        match byte.context("cannot read the password")? {
            b'\n' => break,
            INTERRUPT => bail!("interrupted; nothing was changed"),
            byte => line.push(byte),
        }
    }
    let line = String::from_utf8(line).context("the password is not UTF-8")?;
    let password = line.trim_end_matches('\r');
    if password.is_empty() {
        bail!("there is no password on standard input");
    }
    Ok(password.to_owned())
}

/// While it lives, the terminal does not show what is typed.
struct Hidden(Termios);

impl Hidden {
    fn start() -> anyhow::Result<Self> {
        let before = tcgetattr(io::stdin()).context("cannot ask the terminal for its settings")?;
        let mut hidden = before.clone();
        // Ctrl-C ends the line instead of the process, which would leave the terminal mute.
        hidden.local_modes -= LocalModes::ECHO | LocalModes::ISIG;
        hidden.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)
            .context("cannot keep the terminal from showing the password")?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Err(error) = tcsetattr(io::stdin(), OptionalActions::Now, &self.0) {
            output::note(&format!("\nthe terminal stays mute ({error}); `stty sane` mends it"));
        }
    }
}
