//! `completions`: the completion script of a shell.

use clap_complete::Shell;

use super::output;

const EXAMPLES: &str = "\
Examples:
  crm-collector completions bash > /etc/bash_completion.d/crm-collector
  crm-collector completions zsh > ~/.zfunc/_crm-collector";

/// Print the completion script of a shell
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// bash, zsh, fish, elvish or powershell
    shell: Shell,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "crm-collector", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
