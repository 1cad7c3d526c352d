//! `analyze value`: what customers are worth, from a CSV file of purchases.

use anyhow::Context as _;
use chrono::NaiveDate;
use crm_stats::value::{Fit, FittedProcess, Horizon, Options, Prediction, Process, Purchase, fit};

use super::Files;
use super::input::{Input, day};
use super::names::Names;
use super::output::{self, Output};
use crate::cli::output::note;
use crate::facts::{date_of_day, day_of_date};
use crate::insights;
use crate::wording;
use crate::words::counted;

const COLUMNS: [&str; 5] =
    ["customer_id", "p_alive", "expected_purchases", "expected_value", "next_purchase"];

const EXAMPLES: &str = "\
The input has the columns customer_id,date,amount; others are ignored. Several lines of a customer on
one day are one purchase, and an amount below zero is a refund. Example:
  crm-collector analyze value --input purchases.csv --as-of 2011-06-10 --horizon-days 182 \\
      --output value.csv --verbose";

/// Who will buy again, how often, when and for how much
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    files: Files,
    /// The last day that is known; later lines are not looked at
    #[arg(long, value_name = "DATE", value_parser = crm_api::parse_day)]
    as_of: NaiveDate,
    /// Days ahead that purchases and money are expected for
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_525))]
    horizon_days: u32,
    /// What a year's wait takes off money: 0.1 makes 100 in a year 90.9 today
    #[arg(long, value_name = "RATE", default_value_t = 0.0, value_parser = rate)]
    discount_rate: f64,
    /// Take all days alike, even where the purchases show a season
    #[arg(long)]
    flat: bool,
    /// Print the fitted parameters to standard error
    #[arg(long)]
    verbose: bool,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.0..=10.0).contains(&rate) => Ok(rate),
        _ => Err("is no number between 0 and 10".to_owned()),
    }
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let columns = ["customer_id", "date", "amount"];
    let mut input = Input::open(&args.files.input, &columns)?;
    let mut names = Names::default();
    let mut purchases = Vec::new();
    while input.advance()? {
        let customer = names.number(input.field(0)).context("more customers than can be told")?;
        let day = day(input.field(1)).ok_or_else(|| {
            input.mistake(&format!("\"{}\" is no date such as 2011-06-10", input.field(1)))
        })?;
        let amount = number(&input, 2)?;
        purchases.push(Purchase { customer, day, amount });
    }
    let bar = input.computing(1);
    let fit = fit(&purchases, day_of_date(args.as_of), &Options { is_seasonal: !args.flat });
    let prediction = fit.predict(&Horizon {
        discount_rate: args.discount_rate,
        threads: args.files.threads(),
        ..Horizon::days(args.horizon_days)
    });
    bar.inc(1);
    drop(input);
    let mut output = Output::create(args.files.output.as_deref(), &COLUMNS)?;
    for customer in &prediction.customers {
        let next = customer.next_purchase.map(|day| date_of_day(day).to_string());
        output.row(&[
            names.name(customer.customer).to_owned(),
            output::number(customer.p_alive),
            output::number(customer.expected_purchases),
            output::number(customer.expected_value),
            next.unwrap_or_default(),
        ])?;
    }
    output.finish()?;
    tell(&fit, &prediction, args.verbose);
    Ok(())
}

/// Says by which method and what was left out or missing; fitted parameters on demand.
fn tell(fit: &Fit, prediction: &Prediction, verbose: bool) {
    note(&format!(
        "{} by {}",
        counted(prediction.customers.len(), "customer", "customers"),
        prediction.method
    ));
    if fit.later_customers() > 0 {
        let customers = counted(fit.later_customers(), "customer", "customers");
        note(&format!("left out: {customers} who had not bought by the as-of date"));
    }
    if fit.unreadable() > 0 {
        let lines = counted(fit.unreadable(), "line", "lines");
        note(&format!("left out: {lines} without an amount"));
    }
    let missing = insights::missing_of_values(&prediction.missing);
    if let Some(missing) = wording::missing(&missing) {
        note(&format!("missing: {missing}"));
    }
    if verbose {
        fit.processes().iter().for_each(|fitted| note(&parameters(fitted)));
        if let Some(spend) = fit.spend() {
            note(&format!(
                "gamma-gamma: p {:.4}, q {:.4}, v {:.4}; {}",
                spend.p,
                spend.q,
                spend.v,
                counted(spend.customers, "repeat buyer", "repeat buyers")
            ));
        }
        note(&format!("season and total: purchases times {:.4}", prediction.season_factor));
    }
}

/// A model's parameters, time in weeks.
fn parameters(fitted: &FittedProcess) -> String {
    let names = match fitted.process {
        Process::ParetoNbd => ["r", "alpha", "s", "beta"],
        Process::BgNbd | Process::MbgNbd | Process::MbgCnbd(_) => ["r", "alpha", "a", "b"],
    };
    let values = names.iter().zip(fitted.parameters);
    let values: Vec<_> = values.map(|(name, value)| format!("{name} {value:.4}")).collect();
    format!("{}: {}; ln likelihood {:.2}", fitted.process, values.join(", "), fitted.ln_likelihood)
}

fn number(input: &Input, column: usize) -> anyhow::Result<f64> {
    let text = input.field(column);
    text.parse().map_err(|_| input.mistake(&format!("\"{text}\" is no number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_on(content: &str, more: &[&str]) -> anyhow::Result<String> {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            args: Args,
        }
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
        std::fs::write(&input, content).unwrap();
        let fixed = [
            "value",
            "--input",
            input.to_str().unwrap(),
            "--output",
            output.to_str().unwrap(),
            "--as-of",
            "2011-06-30",
            "--horizon-days",
            "90",
        ];
        let command = <Command as clap::Parser>::try_parse_from(fixed.iter().chain(more)).unwrap();
        run(command.args)?;
        Ok(std::fs::read_to_string(output).unwrap())
    }

    #[test]
    fn a_row_a_customer_comes_in_the_order_of_the_file_and_later_customers_are_left_out() {
        let output = run_on(
            "customer_id,date,amount,quantity\nb,2011-01-01,10,x\na,2011-02-01 10:30:00,20,\n\
             b,2011-06-01,12,2\nlate,2011-07-01,5,1\n",
            &[],
        )
        .unwrap();
        let lines: Vec<_> = output.lines().collect();
        assert_eq!(lines[0], "customer_id,p_alive,expected_purchases,expected_value,next_purchase");
        assert_eq!(lines.len(), 3);
        assert!(lines[1].starts_with("b,0.") && lines[2].starts_with("a,0."), "{output}");
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let mut lines = String::from("customer_id,date,amount\n");
        for customer in 0..120 {
            for purchase in 0..=customer % 7 {
                let day = 1 + (customer * 3 + purchase * 23) % 170;
                let date = date_of_day(14_975 + day);
                lines.push_str(&format!("c{customer},{date},{}\n", 5 + customer % 11));
            }
        }
        let one = run_on(&lines, &["--threads", "1"]).unwrap();
        assert_eq!(one.lines().count(), 121);
        assert_eq!(one, run_on(&lines, &["--threads", "3"]).unwrap());
    }

    #[test]
    fn a_date_or_an_amount_that_is_none_is_named_with_its_line() {
        let error = run_on("customer_id,date,amount\na,2011-13-01,1\n", &[]).unwrap_err();
        assert!(
            error.to_string().ends_with("line 2: \"2011-13-01\" is no date such as 2011-06-10")
        );
        let error = run_on("customer_id,date,amount\na,2011-01-01,x\n", &[]).unwrap_err();
        assert!(error.to_string().ends_with("line 2: \"x\" is no number"));
    }
}
