//! `serve`: runs the collector until it is told to stop.

use anyhow::{Context as _, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::address::{Noted, for_browser};
use super::interrupt::Signals;
use super::{Global, output};
use crate::app::App;
use crate::clock::Clock;
use crate::config;
use crate::http::Drained;
use crate::lane;
use crate::store::Store;
use crate::telemetry;

const EXAMPLES: &str = "\
Examples:
  crm-collector serve
  crm-collector serve --listen 0.0.0.0:8787 --data /var/lib/crm
  crm-collector serve --listen unix:/run/crm/crm.sock
  CRM_LOG_FORMAT=json CRM_REGISTRATION=closed crm-collector serve
  crm-collector serve --check-config

SIGTERM and Ctrl-C stop it once what is in flight is answered, or after http.drain_s (20 seconds);
a second one at once.";

/// Run the collector
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Address and port to serve on, or unix:/PATH for a socket with this absolute path, which its
    /// user and group reach [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Print the settings in force, each with its source, and exit
    #[arg(long)]
    check_config: bool,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let mut flags = global.flags();
    flags.listen = args.listen;
    let loaded = config::load(&flags, std::env::vars_os())?;
    if args.check_config {
        super::warn(&loaded.warnings);
        return output::print(&loaded.to_string());
    }
    let config = loaded.config;
    telemetry::start(&config.log);
    raise_descriptor_limit();
    for warning in loaded.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(lane::THREADS)
        .enable_all()
        .build()
        .context("cannot start")?;
    runtime.block_on(async {
        let mut signals = Signals::listen()?;
        // Before the store is opened: of two collectors started on one address, one does nothing.
        let listener = App::bind(&config).await?;
        let data = config.data.clone();
        let is_new = !data.join(Store::FILE_NAME).exists();
        let public_url = config.public_url.clone();
        let app = App::build(config, Clock::system()).await?;
        if is_new {
            tracing::info!(data = %data.display(), "made a new database; nobody is registered yet");
        }
        let place = listener.place().context("cannot tell the address")?;
        let _noted = Noted::write(&data, &place);
        tracing::info!(data = %data.display(), "listening on {}", place.endpoint());
        if let Some(address) = for_browser(&public_url, &place)
            && let Some(token) = app.services().auth.open_first_run().await?
        {
            super::address::tell_first(&data, &format!("{address}/welcome/{token}"))?;
        }

        let stop = tokio::sync::Notify::new();
        let running = app.run(listener, stop.notified());
        let told_twice = async {
            signals.next().await;
            stop.notify_one();
            signals.next().await;
        };
        tokio::select! {
            drained = running => match drained {
                Drained::Whole => tracing::info!("stopped; everything in flight was answered"),
                // Its time is the operator's setting, and who is stuck is no fault of this process:
                // what was acknowledged is stored, and the file is whole.
                Drained::Cut(_) => tracing::info!("stopped; what was acknowledged is stored"),
            },
            () = told_twice => bail!("stopped at once, as told"),
        }
        Ok(())
    })
}

/// Each connection takes a descriptor, and so does each file of the database. Most systems give a
/// process 1,024 until it asks for more, which is fewer than the connections that have a place.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        let current = limit.current;
        tracing::warn!(%error, ?current, "the limit of open files stays as it is");
    }
}
