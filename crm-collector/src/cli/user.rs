//! `user`: people.

use chrono_tz::Tz;
use clap::Subcommand;
use crm_models::{Currency, Role};

use super::context::Context;
use super::{Global, Usage, output, password};
use crate::auth::{NewUser, NewWorkspace, Password, Workspace};

const EXAMPLES: &str = "\
Examples:
  crm-collector user add --email ada@example.com --name Ada      asks for the password
  crm-collector user add --email grace@example.com --name Grace --role analyst \\
      --password-stdin < password.txt
  crm-collector user list";

const EXAMPLES_OF_ADD: &str = "\
Examples:
  crm-collector user add --email ada@example.com --name Ada --currency GBP --timezone Europe/London
  crm-collector user add --email grace@example.com --name Grace --role analyst
  crm-collector user add --email ada@example.com --name Ada --password-stdin < password.txt";

const EXAMPLES_OF_PASSWORD: &str = "\
Examples:
  crm-collector user password --email ada@example.com
  crm-collector user password --email ada@example.com --password-stdin < password.txt";

/// Add and list people, set passwords
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a person to the workspace, which is made if there is none
    #[command(after_help = EXAMPLES_OF_ADD)]
    Add(Add),
    /// List the people of the workspace
    List,
    /// Set somebody's password and end their sessions
    #[command(after_help = EXAMPLES_OF_PASSWORD)]
    Password(SetPassword),
}

#[derive(clap::Args, Debug)]
struct Add {
    /// Email address that they log in with
    #[arg(long)]
    email: String,
    /// Their name
    #[arg(long)]
    name: String,
    /// Read the password, 10 to 256 bytes, from the first line of standard input
    /// [default: ask for it on the terminal]
    #[arg(long)]
    password_stdin: bool,
    /// owner (everything) or analyst (reads)
    #[arg(long, default_value_t = Role::Owner)]
    role: Role,
    /// Reporting currency of a workspace that is made [default: EUR]
    #[arg(long, value_name = "CODE")]
    currency: Option<Currency>,
    /// Time zone of a workspace that is made, whose days the reports use [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = super::timezone)]
    timezone: Option<Tz>,
}

#[derive(clap::Args, Debug)]
struct SetPassword {
    /// Email address that they log in with
    #[arg(long)]
    email: String,
    /// Read the password, 10 to 256 bytes, from the first line of standard input
    /// [default: ask for it on the terminal]
    #[arg(long)]
    password_stdin: bool,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    match args.command {
        Command::Add(args) => add(args, global),
        Command::List => list(global),
        Command::Password(args) => set_password(args, global),
    }
}

fn add(args: Add, global: &Global) -> anyhow::Result<()> {
    refuse_settings_of_existing(&args, global)?;
    let new =
        NewUser::new(&args.name, &args.email, password::read(args.password_stdin, &args.email)?)?;
    let context = Context::open_or_make(global)?;
    let workspace = NewWorkspace::new(context.workspace_name(), args.currency, args.timezone)?;
    let auth = context.auth()?;
    let account = context.wait(auth.add_user(new, args.role, workspace))?;
    let (email, workspace) = (&account.user.email, &account.workspace.name);
    output::note(&format!("{email} is {} of the workspace {workspace}", account.role));
    Ok(())
}

/// The currency and the time zone are those of a workspace that is made; one that is there keeps
/// its own.
fn refuse_settings_of_existing(args: &Add, global: &Global) -> anyhow::Result<()> {
    if args.currency.is_none() && args.timezone.is_none() {
        return Ok(());
    }
    let Some(context) = Context::open_if_there(global)? else { return Ok(()) };
    let name = context.workspace_name();
    let is_meant =
        |workspace: &Workspace| name.is_none_or(|name| workspace.name.eq_ignore_ascii_case(name));
    match context.store.read(|tx| tx.workspaces())?.into_iter().find(is_meant) {
        None => Ok(()),
        Some(workspace) => Err(Usage(format!(
            "the workspace {} has its currency and time zone already; leave --currency and \
             --timezone out (`workspace set` changes them)",
            workspace.name
        ))
        .into()),
    }
}

fn list(global: &Global) -> anyhow::Result<()> {
    let context = Context::open(global)?;
    let (access, timezone) = context.access_and_timezone()?;
    let users = context.wait(context.auth()?.users(&access))?;
    let mut list = output::List::new(["ID", "EMAIL", "NAME", "ROLE", "SINCE"]);
    for (user, role) in users {
        list.add([
            user.id.0.to_string(),
            user.email,
            user.name,
            role.to_string(),
            output::local_time(user.created_at, timezone),
        ]);
    }
    list.print()
}

fn set_password(args: SetPassword, global: &Global) -> anyhow::Result<()> {
    let password = Password::new(password::read(args.password_stdin, &args.email)?, "password")?;
    let context = Context::open(global)?;
    context.wait(context.auth()?.set_password(&args.email, password))?;
    output::note("the password is set; the sessions it had are over");
    Ok(())
}
