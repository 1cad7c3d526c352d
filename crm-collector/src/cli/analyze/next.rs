//! `analyze next`: what customers are likely to buy next, from a CSV file of purchases.

use chrono::NaiveDate;
use crm_api::answer::{Missing, Reason};
use crm_stats::basket::{self, Baskets, NextItems, Suggestion};

use super::Files;
use super::input::{Input, day};
use super::names::Names;
use super::output::Output;
use crate::cli::output::note;
use crate::facts::{date_of_day, day_of_date};
use crate::wording;
use crate::words::counted;

const EXAMPLES: &str = "\
The input has the columns customer_id,date,item, one line for each item of a purchase. The output
has customer_id,items: the items separated by spaces, the likeliest first. Example:
  crm-collector analyze next --input baskets.csv --top 10 --output next.csv";

/// What each customer is likely to buy next
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    files: Files,
    /// Items for each customer
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    top: u32,
    /// The day from which is asked, such as today [default: for each customer its own last day]
    #[arg(long, value_name = "DATE", value_parser = crm_api::parse_day)]
    as_of: Option<NaiveDate>,
    /// Add a column `reasons`, which says of each item why, separated by semicolons
    #[arg(long)]
    reasons: bool,
    /// Print to standard error how well guessing each customer's latest purchase has gone
    #[arg(long)]
    verbose: bool,
}

/// Customers that are answered at a time.
const BLOCK: usize = 4_096;

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let mut input = Input::open(&args.files.input, &["customer_id", "date", "item"])?;
    let (mut customers, mut items) = (Names::default(), Names::default());
    let mut lines = Vec::new();
    while input.advance()? {
        let (customer, date, item) = (input.field(0), input.field(1), input.field(2));
        if customer.is_empty() || item.is_empty() {
            return Err(input.mistake("customer_id and item must not be empty"));
        }
        let day = day(date)
            .ok_or_else(|| input.mistake(&format!("\"{date}\" is no date such as 2011-06-10")))?;
        let customer = customers.number(customer);
        let item = items.number(item).filter(|item| *item < Baskets::ITEM_END);
        match (customer, item) {
            (Some(customer), Some(item)) => lines.push((customer, day, item)),
            _ => return Err(input.mistake("there are more customers or items than can be told")),
        }
    }
    let bar = input.computing(customers.len());
    let baskets = Baskets::of_lines(lines);
    let threads = args.files.threads();
    let as_of = args.as_of.map(day_of_date);
    let learned = NextItems::fit(&baskets, threads);

    let header = ["customer_id", "items", "reasons"];
    let columns = if args.reasons { 3 } else { 2 };
    let mut output = Output::create(args.files.output.as_deref(), &header[..columns])?;
    // In the order in which the file names them, which is that of their numbers.
    let numbers: Vec<u32> = (1..).take(customers.len()).collect();
    for block in numbers.chunks(BLOCK) {
        let answers = learned.predict_all(block, as_of, args.top as usize, threads);
        for (customer, next) in block.iter().zip(&answers) {
            let row = [
                customers.name(*customer).to_owned(),
                joined(next, " ", |suggestion| items.name(suggestion.item).to_owned()),
                joined(next, "; ", |suggestion| reason(suggestion, &items)),
            ];
            output.row(&row[..columns])?;
        }
        bar.inc(block.len() as u64);
    }
    drop(input);
    output.finish()?;
    tell(&learned, &baskets, &items, args.verbose);
    Ok(())
}

fn joined(next: &[Suggestion], between: &str, text: impl Fn(&Suggestion) -> String) -> String {
    next.iter().map(text).collect::<Vec<_>>().join(between)
}

fn reason(suggestion: &Suggestion, items: &Names) -> String {
    wording::brief_reason(&match suggestion.reason {
        basket::Reason::Bought { times, last_day } => {
            Reason::Bought { days: times, last_on: date_of_day(last_day) }
        }
        basket::Reason::Together { with, lift } => {
            Reason::Together { sku: items.name(with).to_owned(), name: None, lift }
        }
        basket::Reason::Popular { baskets, days } => Reason::Popular { baskets, days },
    })
}

/// Says what was left out or missing; how well it has gone on demand.
fn tell(learned: &NextItems, baskets: &Baskets, items: &Names, verbose: bool) {
    if baskets.left_out() > 0 {
        let baskets = counted(baskets.left_out(), "basket", "baskets");
        note(&format!("left out: {baskets} of too many items"));
    }
    let spaced = items.iter().filter(|item| item.contains(char::is_whitespace)).count();
    if spaced > 0 {
        note(&format!("names of items that hold a space, as there is between items: {spaced}"));
    }
    let blend = learned.blend();
    let more = blend.missing_customers();
    let missing = (more > 0).then_some(Missing::ReturningCustomers { more });
    if let Some(missing) = wording::missing(missing.as_slice()) {
        note(&format!("missing: {missing}"));
    }
    if let (true, Some(recall), Some(by_frequency)) =
        (verbose, blend.recall, blend.recall_by_frequency)
    {
        note(&format!(
            "latest purchases of {}: {:.1}% of the items guessed among ten, {:.1}% by \
             what each buys most often",
            counted(blend.customers, "customer", "customers"),
            100.0 * recall,
            100.0 * by_frequency
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn args(input: &Path, output: &Path, threads: u16) -> Args {
        Args {
            files: Files {
                input: input.to_owned(),
                output: Some(output.to_owned()),
                threads: Some(threads),
            },
            top: 3,
            as_of: None,
            reasons: threads == 1,
            verbose: false,
        }
    }

    #[test]
    fn next_items_stand_in_the_order_of_the_file_and_say_why() {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
        let mut text = "date,item,customer_id\n".to_owned();
        for day in 1..8 {
            text += &format!("2011-01-0{day},tea,zoe\n2011-01-0{day} 10:00:00,cup,zoe\n");
            text += &format!("2011-01-0{day},tea,al\n");
        }
        std::fs::write(&input, text).unwrap();
        run(&args(&input, &output, 1)).unwrap();
        let found = std::fs::read_to_string(&output).unwrap();
        let expected = "customer_id,items,reasons\n\
            zoe,tea cup,\"bought on 7 days, last 2011-01-07; bought on 7 days, last 2011-01-07\"\n\
            al,tea cup,\"bought on 7 days, last 2011-01-07; in 7 baskets of 30 days\"\n";
        // Everybody buys tea, so a cup is no oftener bought with it than ever.
        assert_eq!(found, expected);
        run(&args(&input, &output, 3)).unwrap();
        let found = std::fs::read_to_string(&output).unwrap();
        assert_eq!(found, "customer_id,items\nzoe,tea cup\nal,tea cup\n");
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
        for (line, said) in [
            ("a,2011-02-30,x", "line 3: \"2011-02-30\" is no date such as 2011-06-10"),
            ("a,2011-02-03,", "line 3: customer_id and item must not be empty"),
        ] {
            std::fs::write(&input, format!("customer_id,date,item\nb,2011-01-01,y\n{line}\n"))
                .unwrap();
            let error = run(&args(&input, &output, 1)).unwrap_err().to_string();
            assert!(error.ends_with(said), "{error}");
        }
    }
}
