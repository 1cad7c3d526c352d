//! `key`: API keys.

use chrono_tz::Tz;
use clap::Subcommand;
use crm_models::{EventType, KeyKind, Scope, Timestamp};

use super::context::Context;
use super::{Global, address, output};
use crate::auth::right::Own;
use crate::auth::{ApiKey, KeyId, NewApiKey, NewKey};
use crate::facts::{List, Place};

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;

const EXAMPLES: &str = "\
Examples:
  KEY=$(crm-collector key create --name shop --scopes ingest,read)
  crm-collector key create --name page --kind browser --scopes ingest \\
      --origins https://shop.example
  crm-collector key list
  crm-collector key rotate 1 --overlap-hours 48
  crm-collector key revoke 1";

const EXAMPLES_OF_CREATE: &str = "\
Examples:
  KEY=$(crm-collector key create --name shop --scopes ingest,read)
  crm-collector key create --name till --scopes ingest --event-types purchase --expires-in-days 90
  crm-collector key create --name page --kind browser --scopes ingest \\
      --origins https://shop.example";

/// Make, list, rotate and revoke API keys
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key and print it, and nothing else, on standard output
    #[command(after_help = EXAMPLES_OF_CREATE)]
    Create(Create),
    /// List the keys, those that have ended too
    List,
    /// Make a key that replaces another one, which goes on for a while
    Rotate(Rotate),
    /// Revoke a key: it stops working within a second
    Revoke {
        /// Number of the key, as `key list` shows it
        id: i64,
    },
}

#[derive(clap::Args, Debug)]
struct Create {
    /// Name of the key, such as that of the program that will use it
    #[arg(long)]
    name: String,
    /// What it may do: ingest (send events), read, or both with a comma
    #[arg(long, value_delimiter = ',', required = true)]
    scopes: Vec<Scope>,
    /// server (secret) or browser (seen by everybody: ingest alone, from its origins)
    #[arg(long, default_value_t = KeyKind::Server)]
    kind: KeyKind,
    /// Web origins of a browser key, such as https://shop.example
    #[arg(long, value_delimiter = ',', value_name = "ORIGIN")]
    origins: Option<Vec<String>>,
    /// The events it may send: customer, purchase, interaction [default: all]
    #[arg(long, value_delimiter = ',', value_name = "TYPE")]
    event_types: Option<Vec<EventType>>,
    /// Days after which it ends [default: never]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    expires_in_days: Option<u16>,
    /// What purchases come from that name no source themselves, such as shop-2; numbers of purchases
    /// are told apart within a source
    #[arg(long)]
    source: Option<String>,
}

#[derive(clap::Args, Debug)]
struct Rotate {
    /// Number of the key, as `key list` shows it
    id: i64,
    /// Hours for which the old key goes on
    #[arg(long, default_value_t = 24, value_name = "HOURS",
          value_parser = clap::value_parser!(u16).range(..=720))]
    overlap_hours: u16,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let context = Context::open(global)?;
    let (access, timezone) = context.access_and_timezone::<Own>()?;
    let auth = context.auth()?;
    match args.command {
        Command::Create(args) => {
            let ends = |days| context.clock.now().plus_millis(i64::from(days) * DAY_MS);
            let about = NewApiKey {
                name: args.name,
                kind: args.kind,
                scopes: args.scopes,
                event_types: args.event_types,
                origins: args.origins,
                expires_at: args.expires_in_days.map(ends),
                source: args.source,
            };
            let new = context.wait(auth.create_key(&access, about))?;
            show(&new, &context)
        }
        Command::List => {
            let (mut keys, mut after) = (Vec::new(), None);
            loop {
                let page = context.wait(auth.keys(&access, after, 1_000))?;
                let (more, next) = page.finish();
                keys.extend(more);
                let Some(next) = next else { return list(keys, context.clock.now(), timezone) };
                after = Some(Place::parse(&next, List::Keys)?);
            }
        }
        Command::Rotate(args) => {
            let overlap_ms = i64::from(args.overlap_hours) * HOUR_MS;
            let new = context.wait(auth.rotate_key(&access, KeyId(args.id), overlap_ms))?;
            output::note(&format!("key {} ends in {} h", args.id, args.overlap_hours));
            show(&new, &context)
        }
        Command::Revoke { id } => {
            context.wait(auth.revoke_key(&access, KeyId(id)))?;
            output::note(&format!("key {id} is revoked"));
            Ok(())
        }
    }
}

/// The key alone on standard output, so that a script can take it.
fn show(new: &NewKey, context: &Context) -> anyhow::Result<()> {
    output::print(&format!("{}\n", new.text))?;
    let id = new.key.id.0;
    output::note(&format!("key {id}; it is shown this once, so keep it. To try it:"));
    let place = address::for_curl(&context.config);
    output::note(&format!("  curl -H \"Authorization: Bearer $KEY\" {place}/v1/connection"));
    Ok(())
}

fn list(keys: Vec<ApiKey>, now: Timestamp, timezone: Tz) -> anyhow::Result<()> {
    let local = |at| output::local_time(at, timezone);
    let heads = ["ID", "NAME", "KIND", "SCOPES", "KEY", "STATE", "LAST USED"];
    let mut list = output::List::new(heads);
    for key in keys {
        let about = key.about;
        let scopes = about.scopes.iter().map(Scope::to_string).collect::<Vec<_>>().join(",");
        let state = match (key.revoked_at, about.expires_at) {
            (Some(at), _) => format!("revoked {}", local(at)),
            (None, Some(at)) if at <= now => format!("expired {}", local(at)),
            (None, Some(at)) => format!("until {}", local(at)),
            (None, None) => "active".to_owned(),
        };
        let last_used = key.last_used_at.map_or_else(|| "never".to_owned(), local);
        list.add([
            key.id.0.to_string(),
            about.name,
            about.kind.to_string(),
            scopes,
            format!("…{}", key.hint),
            state,
            last_used,
        ]);
    }
    list.print()
}
