//! `customers`: lists the client base, and what customers are worth.

use std::borrow::Cow;

use anyhow::bail;
use chrono_tz::Tz;
use crm_api::answer::{Column, Customer, Unit, Value as Cell};
use crm_api::question::{FindCustomers, Value, Values};
use crm_api::{PageSize, WholeDay};
use crm_models::{Currency, Timestamp};
use serde::Serialize;

use super::context::Context;
use super::{Global, Usage, ask, output};
use crate::clients::Clients;
use crate::export::{self, Format, Sheet, Tabular};

const EXAMPLES: &str = "\
Examples:
  crm-collector customers --search ada
  crm-collector customers --with value
  crm-collector customers 17841 --with value --horizon-days 365
  crm-collector customers --with value --limit 0 --format csv > customers.csv";

/// List customers, and what they are worth
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// One customer, by the host's id [default: all]
    customer_id: Option<String>,
    /// Begins an id, an email address or a word of a name, or begins or ends a phone number
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["customer_id", "with"])]
    search: Option<String>,
    /// What to tell beside who they are: value, which is whether they will come back, how often,
    /// for how much and when
    #[arg(long)]
    with: Option<With>,
    /// Days ahead that values cover, with --with value
    #[arg(long, value_name = "N", default_value_t = Values::default().horizon_days, requires = "with")]
    horizon_days: u32,
    /// Customers at the most; 0 for all
    #[arg(long, default_value_t = Values::default().limit, conflicts_with = "customer_id")]
    limit: usize,
    /// Currency of the purchases that count, with --with value [default: the workspace's own]
    #[arg(long)]
    currency: Option<Currency>,
    /// First day that counts no more, such as 2026-01-31, with --with value [default: today, or the
    /// day after the last purchase where that is more than five weeks ago]
    #[arg(long, value_name = "DATE")]
    as_of: Option<WholeDay>,
    /// table, json, csv or html
    #[arg(long, default_value = "table")]
    format: Format,
    #[command(flatten)]
    shown: ask::Shown,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum With {
    Value,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let Args { with, horizon_days, limit, currency, as_of, format, .. } = args;
    let Some(With::Value) = with else {
        if currency.is_some() || as_of.is_some() {
            let rule = "--currency and --as-of say which purchases count for --with value";
            return Err(Usage(rule.into()).into());
        }
        let found = find(&args, global)?;
        let look = output::look(args.shown.columns);
        let text = export::to_text(&found, ask::for_stdout(format), &look);
        return output::print(&text.map_err(ask::wrong_columns)?);
    };
    let question = match args.customer_id {
        Some(customer_id) => Value { customer_id, horizon_days, currency, as_of }.into(),
        None => Values { horizon_days, limit, currency, as_of, ..Values::default() }.into(),
    };
    ask::print(question, ask::for_stdout(format), args.shown, global)
}

/// Customers that were found.
#[derive(Serialize)]
struct Found {
    customers: Vec<Customer>,
    /// When each bought for the first time.
    #[serde(skip)]
    first_purchases: Vec<Option<Timestamp>>,
    /// Whether the limit left some out.
    more: bool,
    /// Whose clocks a table shows.
    #[serde(skip)]
    timezone: Tz,
}

fn find(args: &Args, global: &Global) -> anyhow::Result<Found> {
    let context = Context::open(global)?;
    let (access, timezone) = context.access_and_timezone()?;
    let clients = Clients::new(context.store.clone());
    let limit = output::at_most(args.limit);
    let mut search = FindCustomers {
        q: args.search.clone(),
        customer_id: args.customer_id.clone(),
        ..FindCustomers::default()
    };
    let mut customers = Vec::new();
    loop {
        search.limit = PageSize::at_most(limit - customers.len());
        let page = clients.find(&access, &search)?;
        customers.extend(page.customers);
        let more = page.next_after.is_some();
        if let (true, Some(id)) = (customers.is_empty(), &args.customer_id) {
            bail!("there is no customer \"{id}\"");
        }
        if !more || customers.len() >= limit {
            let first_purchases = clients.first_purchases(&access, &customers)?;
            return Ok(Found { customers, first_purchases, more, timezone });
        }
        search.after = page.next_after;
    }
}

impl Tabular for Found {
    fn sheet(&self) -> Sheet<'_> {
        let names = ["customer_id", "name", "email", "phone", "country"];
        let mut columns = names.map(|name| Column::new(name, Unit::Text)).to_vec();
        columns.push(Column::new("first_purchase", Unit::Time));
        let text = |text: &Option<String>| text.clone().map_or(Cell::None, Cell::Text);
        let row = |(customer, first): (&Customer, &Option<Timestamp>)| {
            let Customer { customer_id, name, email, phone, country, .. } = customer;
            let id = Cell::Text(customer_id.clone());
            let first_purchase = first.map_or(Cell::None, Cell::Time);
            vec![id, text(name), text(email), text(phone), text(country), first_purchase]
        };
        let notes = self.more.then(|| "there are more; --limit 0 shows all".to_owned());
        Sheet {
            title: format!(
                "customers, in the order in which they were told of ({})",
                self.timezone
            ),
            timezone: self.timezone,
            currency: None,
            columns: columns.into(),
            rows: self.customers.iter().zip(&self.first_purchases).map(row).collect(),
            totals: Cow::Borrowed(&[]),
            omitted_rows: 0,
            when_empty: "nobody",
            notes: notes.into_iter().collect(),
            spare: &["country", "first_purchase", "phone"],
        }
    }
}
