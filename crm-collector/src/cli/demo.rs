//! `demo`: a made-up shop, sent through the SDK to a collector of its own, and what is made of it.

mod findings;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use crm_api::answer::{Report, ReportName, Value};
use crm_api::{Bucket, question};
use crm_models::{Currency, KeyKind, Scope};
use crm_sdk::{Client, WhenFull};
use tokio::runtime::Runtime;

use super::interrupt::Interrupt;
use super::{Global, output};
use crate::answers::Answers;
use crate::app::{App, AppError};
use crate::auth::right::Read;
use crate::auth::{Access, NewApiKey, NewUser, NewWorkspace, WorkspaceId};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::demo::{Parameters, Shop, Welcome, progress_bar, send};
use crate::export::{self, Format};
use crate::http::{Listen, Listener, Services};
use crate::store::Store;
use crate::words::counted;

const EMAIL: &str = "demo@example.com";
/// The same every time, for a collector on this machine alone; see [`only_here`].
const PASSWORD: &str = "demo-demo-demo";
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(120);
/// What is told where Ctrl-C ends it before it was through.
const STOPPED: &str = "stopped before everything was shown";

const EXAMPLES: &str = "\
Examples:
  crm-collector demo                       serves until Ctrl-C
  crm-collector demo --once                prints the reports and ends
  crm-collector demo --data ./demo-data    keeps what was made";

/// Show what it does: a made-up shop of three years, sent through the SDK, and what is made of it
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Address and port to serve on [default: 127.0.0.1:8787, or any free port]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// End after the reports
    #[arg(long)]
    once: bool,
    /// Another shop for another number
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// First day on which the shop has sold nothing, such as 2026-03-01; what is told of one shop on
    /// one day stays the same [default: today]
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let mut flags = global.flags();
    let any_port = args.listen.is_none();
    flags.listen = args.listen.clone();
    let config::Loaded { mut config, warnings, .. } = config::load(&flags, std::env::vars_os())?;
    super::warn(&warnings);
    only_here(&config.listen)?;
    let interrupt = Interrupt::listen()?;
    // Goes with what is in it when the demo ends, unless it was asked for by name.
    let passing = match &global.data {
        Some(folder) if folder.join(Store::FILE_NAME).exists() => {
            bail!("there is a database in {} already; a demo begins afresh", folder.display())
        }
        Some(_) => None,
        None => Some(PassingFolder::make()?),
    };
    if let Some(folder) = &passing {
        config.data.clone_from(&folder.0);
    }
    // What is shown is asked for once the whole shop is there. An analysis of what had come before, kept for
    // half a minute, would tell another story.
    config.analysis.background = false;
    // The report is what counts here, not a line for each request.
    config.log.level = "warn".into();
    crate::telemetry::start(&config.log);

    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
    let listener = runtime.block_on(bind(&mut config, any_port))?;
    let address = only_here(&listener.place().context("cannot tell the address")?)?;
    let app = runtime.block_on(App::build(config, Clock::system()))?;
    let SignedUp { workspace, key, door } = runtime.block_on(sign_up(&app))?;
    let demo = Demo {
        args: &args,
        runtime: &runtime,
        interrupt: &interrupt,
        services: app.services().clone(),
        address,
        workspace,
        key,
        door,
    };

    let stop = std::sync::Arc::new(tokio::sync::Notify::new());
    let told = stop.clone();
    let serving = runtime.spawn(async move { app.run(listener, told.notified()).await });
    let shown = demo.show();
    // What it was shown with is the collector's own.
    drop(demo);
    stop.notify_one();
    runtime.block_on(serving).context("the collector broke off")?;
    shown
}

/// What it is shown with, beside a collector that serves.
struct Demo<'a> {
    args: &'a Args,
    runtime: &'a Runtime,
    interrupt: &'a Interrupt,
    services: Services,
    address: SocketAddr,
    workspace: WorkspaceId,
    key: String,
    /// The token of the address that signs in.
    door: String,
}

impl Demo<'_> {
    fn show(&self) -> anyhow::Result<()> {
        self.send()?;
        let Answers { reports, insights, .. } = &self.services.answers;
        let access = Access::<Read>::command_line(self.workspace)?;
        let print = |question: question::Report| -> anyhow::Result<Report> {
            let report = reports.run(&access, &question)?;
            let look = output::look(Vec::new());
            output::print(&format!("{}\n", export::to_text(&report, Format::Table, &look)?))?;
            Ok(report)
        };
        let report = |name| question::Report { name, ..Default::default() };
        let bucket = Some(Bucket::Quarter);
        print(question::Report { bucket, ..report(ReportName::Sales) })?;
        let products = print(question::Report { limit: Some(5), ..report(ReportName::Products) })?;
        let skus: Vec<_> =
            products.rows.iter().filter_map(|row| row.first().map(Value::to_text)).collect();
        let found = self.runtime.block_on(async {
            tokio::select! {
                found = findings::find(insights, &access, &skus) => Ok(found?),
                () = self.interrupt.wait() => bail!(STOPPED),
            }
        })?;
        output::print(&format!("{found}\n"))?;
        let (address, key, door) = (self.address, &self.key, &self.door);
        let welcome = Welcome { address, door, email: EMAIL, password: PASSWORD, key };
        output::print(&format!("{welcome}\n"))?;

        if !self.args.once {
            output::note("\nserving until Ctrl-C");
            self.runtime.block_on(self.interrupt.wait());
        }
        Ok(())
    }

    /// Sends the shop through the SDK.
    fn send(&self) -> anyhow::Result<()> {
        let until = self.args.until.unwrap_or_else(|| {
            chrono::DateTime::<chrono::Utc>::from(self.services.clock.now()).date_naive()
        });
        let shop = Shop::new(Parameters::three_years(self.args.seed, until));
        let client = Client::builder(format!("http://{}", self.address), &self.key)
            .when_full(WhenFull::Block(DELIVERY_TIMEOUT))
            .build()?;
        let sent = send(shop, &progress_bar(), &mut |event| {
            if self.interrupt.came() {
                bail!(STOPPED);
            }
            Ok(client.track(event).map(drop)?)
        })?;
        let unsent = client.shutdown(DELIVERY_TIMEOUT);
        if !unsent.is_empty() {
            let events = counted(unsent.events + unsent.in_flight, "event", "events");
            bail!("{events} could not be delivered");
        }
        output::note(&format!("sent through the SDK: {sent}\n"));
        Ok(())
    }
}

/// The demo's password is known to everybody.
fn only_here(listen: &Listen) -> anyhow::Result<SocketAddr> {
    match listen {
        Listen::Tcp(address) if address.ip().is_loopback() => Ok(*address),
        Listen::Tcp(address) => {
            bail!("a demo is for this machine alone; {address} can be reached from others")
        }
        Listen::Unix(_) => {
            bail!("a demo is to be looked at; give an address such as --listen 127.0.0.1:8787")
        }
    }
}

async fn bind(config: &mut Config, any_port: bool) -> anyhow::Result<Listener> {
    match (App::bind(config).await, &mut config.listen) {
        (Err(AppError::Listen { source, .. }), Listen::Tcp(address))
            if any_port && source.kind() == ErrorKind::AddrInUse =>
        {
            address.set_port(0);
            Ok(App::bind(config).await?)
        }
        (bound, _) => Ok(bound?),
    }
}

/// The account that the demo is shown with.
struct SignedUp {
    workspace: WorkspaceId,
    key: String,
    door: String,
}

async fn sign_up(app: &App) -> anyhow::Result<SignedUp> {
    let auth = &app.services().auth;
    let person = NewUser::new("Demo", EMAIL, PASSWORD.to_owned())?;
    let workspace = NewWorkspace::new(Some("demo"), Some(Currency::EUR), None)?;
    let account = auth.register(person, workspace, None).await?;
    let workspace = account.workspace.id;
    let about = NewApiKey {
        name: "demo shop".to_owned(),
        kind: KeyKind::Server,
        scopes: vec![Scope::Ingest, Scope::Read],
        event_types: None,
        origins: None,
        expires_at: None,
        source: None,
    };
    let key = auth.create_key(&Access::command_line(workspace)?, about).await?;
    let door = auth.open_door(account.user.id)?;
    Ok(SignedUp { workspace, key: key.text, door })
}

/// A folder of its own that goes when the demo ends.
struct PassingFolder(std::path::PathBuf);

impl PassingFolder {
    fn make() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("crm-demo-{}", std::process::id()));
        // Made here and by nobody else: a folder that is there already is somebody else's.
        std::fs::create_dir(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for PassingFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            output::note(&format!("{} is left behind: {error}", self.0.display()));
        }
    }
}
