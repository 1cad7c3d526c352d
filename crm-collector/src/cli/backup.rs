//! `backup`: copies the database while it is in use.

use std::path::PathBuf;

use anyhow::Context as _;

use super::context::Context;
use super::{Global, output};

const EXAMPLES: &str = "\
The copy is consistent as of the moment it begins; a server may go on writing. To restore, stop
the server, put the copy into the data folder as crm.db (and remove crm.db-wal and crm.db-shm
there), and start it again.

Example:
  crm-collector backup /backups/crm-$(date +%F).db";

/// Copy the database to a new file, also while a server runs
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The file to write; it may not exist yet
    file: PathBuf,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let context = Context::open(global)?;
    let in_file = || format!("cannot write {}", args.file.display());
    let size_bytes = context.store.backup(&args.file).with_context(in_file)?;
    output::note(&format!("{}: {} MiB", args.file.display(), size_bytes.div_ceil(1024 * 1024)));
    Ok(())
}
