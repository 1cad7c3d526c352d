//! The command line: one file a command, each thin.

mod address;
mod analyze;
mod ask;
mod audit;
mod backup;
mod check;
mod completions;
mod context;
mod customers;
mod demo;
mod erase;
mod import;
mod imports;
mod in_words;
mod interaction;
mod interrupt;
mod key;
mod openapi;
mod output;
mod password;
mod purchase;
mod recommend;
mod rejected;
mod serve;
mod user;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use crm_api::question;
use crm_models::Invalid;

use crate::config::{self, Config, Flags, Loaded, Mistakes};

/// Exit code of wrong arguments and settings; clap's own is the same.
const USAGE: u8 = 2;

/// Heading of the options that every command has.
const FOR_ALL: &str = "For every command";

const EXAMPLES: &str = "\
Getting started:
  crm-collector user add --email ada@example.com --name Ada    an owner, and a workspace
  crm-collector key create --name shop --scopes ingest,read    a key for your program
  crm-collector serve                                          http://127.0.0.1:8787
  crm-collector report summary                                 also while it serves

Settings come from defaults, then the file of --config, then CRM_… variables, then flags;
`crm-collector serve --check-config` prints them all, each with its source.";

/// A CRM that your product plugs into: collects customers and purchases, and reports.
#[derive(Debug, Parser)]
#[command(name = "crm-collector", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Args, Debug)]
struct Global {
    /// Folder of the database [env: CRM_DATA] [default: ./crm-data]
    #[arg(long, global = true, help_heading = FOR_ALL, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Configuration file, in TOML [env: CRM_CONFIG] [default: none]
    #[arg(long, global = true, help_heading = FOR_ALL, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Workspace to work in; may be left out where there is one [env: CRM_WORKSPACE]
    #[arg(long, global = true, help_heading = FOR_ALL, value_name = "NAME")]
    workspace: Option<String>,
}

impl Global {
    fn flags(&self) -> Flags {
        Flags {
            file: self.config.clone(),
            data: self.data.clone(),
            workspace: self.workspace.clone(),
            listen: None,
        }
    }

    /// The settings in force.
    fn settings(&self) -> Result<Config, Mistakes> {
        let Loaded { config, warnings, .. } = config::load(&self.flags(), std::env::vars_os())?;
        warn(&warnings);
        Ok(config)
    }

    /// Refuses options that a command would not look at.
    fn check(&self, command: &str) -> Result<(), Usage> {
        let refused = without_effect(command);
        let given = [
            (WORKSPACE, self.workspace.is_some()),
            (DATA, self.data.is_some()),
            (CONFIG, self.config.is_some()),
        ];
        match given.into_iter().find(|(option, given)| *given && refused.contains(option)) {
            None => Ok(()),
            Some((WORKSPACE, _)) => {
                Err(Usage("--workspace has no effect on this command; leave it out".into()))
            }
            Some(_) => Err(Usage(
                "this command reads no database and no settings; leave --data and --config out"
                    .into(),
            )),
        }
    }
}

/// The options of [`Global`], by the names of its fields.
const DATA: &str = "data";
const CONFIG: &str = "config";
const WORKSPACE: &str = "workspace";

/// Commands on which options of all commands have no effect: they refuse them, and their help does
/// not list them.
const WITHOUT_EFFECT: &[(&str, &[&str])] = &[
    ("serve", &[WORKSPACE]),
    ("demo", &[WORKSPACE]),
    ("backup", &[WORKSPACE]),
    ("check", &[WORKSPACE]),
    ("analyze", &[DATA, CONFIG, WORKSPACE]),
    ("openapi", &[DATA, CONFIG, WORKSPACE]),
    ("completions", &[DATA, CONFIG, WORKSPACE]),
];

fn without_effect(command: &str) -> &'static [&'static str] {
    let of = WITHOUT_EFFECT.iter().find(|(name, _)| *name == command);
    of.map_or(&[], |(_, options)| options)
}

/// The command line, with the help of each command as it is shown.
fn command() -> clap::Command {
    let mut command = Cli::command();
    let global: Vec<clap::Arg> = command.get_arguments().cloned().collect();
    for (name, hidden) in WITHOUT_EFFECT {
        let hidden = global.iter().filter(|option| hidden.contains(&option.get_id().as_str()));
        // An option that a command has already is not handed down to it.
        let hidden: Vec<_> = hidden.map(|option| option.clone().hide(true)).collect();
        command = command.mut_subcommand(name, |command| command.args(hidden));
    }
    command
}

/// Tells of what deserves a look.
fn warn(warnings: &[String]) {
    for warning in warnings {
        output::note(&format!("warning: {warning}"));
    }
}

/// A mistake in the arguments that clap cannot see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

impl Usage {
    /// What is wrong with the option that is named like a field.
    fn of_field(invalid: &Invalid) -> Self {
        Self(format!("--{}: {}", invalid.field.replace('_', "-"), invalid.message))
    }
}

/// An end that has a code of its own.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Ended {
    code: u8,
    message: String,
}

/// The commands. A new one is a file of its own with `Args` and `run`, and a line in each of
/// the two lists here.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run the collector
    Serve(serve::Args),
    /// Show what it does: a made-up shop of three years, sent through the SDK
    Demo(demo::Args),
    /// Import purchases from a CSV file
    Import(Box<import::Args>),
    /// List the files that were imported, and take one back
    Imports(imports::Args),
    /// Print a report
    #[command(after_help = ask::report_help())]
    Report(ask::Args<question::Report>),
    /// Add and list people, set passwords
    User(user::Args),
    /// Make, list, rotate and revoke API keys
    Key(key::Args),
    /// Forecast sales
    #[command(after_help = ask::FORECAST)]
    Forecast(ask::Args<question::Forecast>),
    /// Tell what changed, since when, by how much, and what drove it
    #[command(after_help = ask::TRENDS)]
    Trends(ask::Args<question::Trends>),
    /// List customers, and what they are worth
    Customers(customers::Args),
    /// Show a purchase with its past, correct it, or take it back
    Purchase(purchase::Args),
    /// Show an interaction with its past, or take it back
    Interaction(interaction::Args),
    /// Erase a customer for good: who it is, and what happened with them
    Erase(erase::Args),
    /// Tell which groups the customers fall into
    #[command(after_help = ask::SEGMENTS)]
    Segments(ask::Args<question::Segments>),
    /// Tell what is bought together with a product
    #[command(after_help = ask::TOGETHER)]
    Together(ask::Args<question::Together>),
    /// Tell what a customer is likely to buy next, and why
    #[command(after_help = ask::NEXT)]
    Next(ask::Args<question::Next>),
    Recommend(recommend::Args),
    /// Tell what happened, what changed, what to expect, and what to do
    #[command(after_help = ask::BRIEFING)]
    Briefing(ask::Args<question::Briefing>),
    /// Answer a question in plain English or Russian
    Ask(in_words::Args),
    /// Run the statistics on a CSV file of your own
    Analyze(analyze::Args),
    /// List workspaces, set their currency and time zone
    Workspace(workspace::Args),
    /// List events that were not stored, and try them again
    Rejected(rejected::Args),
    /// Print who changed accounts and keys
    Audit(audit::Args),
    /// Copy the database to a new file
    Backup(backup::Args),
    /// Check the database and its figures
    Check(check::Args),
    /// Print the OpenAPI description of the HTTP interface
    Openapi(openapi::Args),
    /// Print the completion script of a shell
    Completions(completions::Args),
}

/// Reads the name of a time zone.
fn timezone(text: &str) -> Result<chrono_tz::Tz, String> {
    text.parse().map_err(|_| "a time zone has an IANA name such as Europe/London".to_owned())
}

/// Runs what the arguments say. The exit code is 0, 1 for a failure, 2 for wrong usage; an import has codes
/// of its own beside.
pub fn main() -> ExitCode {
    let matches = command().get_matches();
    let name = matches.subcommand_name().unwrap_or_default();
    let done = match Cli::from_arg_matches(&matches) {
        Ok(Cli { global, command }) => {
            global.check(name).map_err(Into::into).and_then(|()| run(command, &global))
        }
        // What was matched is what the fields are made of, so there is nothing to go wrong.
        Err(error) => error.exit(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(&format!("error: {error:#}"));
            if let Some(ended) = error.downcast_ref::<Ended>() {
                return ExitCode::from(ended.code);
            }
            let is_usage = error.is::<Mistakes>() || error.is::<Usage>();
            if is_usage { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
        }
    }
}

fn run(command: Command, global: &Global) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => serve::run(args, global),
        Command::Demo(args) => demo::run(args, global),
        Command::Import(args) => import::run(*args, global),
        Command::Imports(args) => imports::run(args, global),
        Command::Report(args) => ask::run(args, global),
        Command::Forecast(args) => ask::run(args, global),
        Command::Trends(args) => ask::run(args, global),
        Command::Customers(args) => customers::run(args, global),
        Command::Purchase(args) => purchase::run(args, global),
        Command::Interaction(args) => interaction::run(args, global),
        Command::Erase(args) => erase::run(&args, global),
        Command::Segments(args) => ask::run(args, global),
        Command::Together(args) => ask::run(args, global),
        Command::Next(args) => ask::run(args, global),
        Command::Recommend(args) => recommend::run(args, global),
        Command::Briefing(args) => ask::run(args, global),
        Command::Ask(args) => in_words::run(args, global),
        Command::Analyze(args) => analyze::run(args),
        Command::Workspace(args) => workspace::run(args, global),
        Command::Rejected(args) => rejected::run(args, global),
        Command::Audit(args) => audit::run(&args, global),
        Command::Backup(args) => backup::run(args, global),
        Command::Check(args) => check::run(args, global),
        Command::User(args) => user::run(args, global),
        Command::Key(args) => key::run(args, global),
        Command::Openapi(args) => openapi::run(args),
        Command::Completions(args) => completions::run(args),
    }
}

#[cfg(test)]
mod tests;
