//! The examples of `docs/what-to-send.md` as events, and what they come to in every report, worked out
//! by hand in `tests/figures.md`: whoever has sent them has a collector that shows these figures.

use serde_json::Value;

use super::Collector;

const PAGE: &str = include_str!("../../docs/what-to-send.md");
const FIGURES: &str = include_str!("../figures.md");

/// The events of the page, in its order, each as it is written there.
///
/// # Panics
/// When a block of the page is no JSON.
pub fn events() -> Vec<Value> {
    let blocks = PAGE.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let events = blocks.map(|block| match serde_json::from_str(block).expect("JSON") {
        Value::Array(events) => events,
        event => vec![event],
    });
    events.flatten().collect()
}

/// A report, as it is asked for and what it has to show.
#[derive(Debug)]
struct Expected {
    name: &'static str,
    currency: &'static str,
    days: [&'static str; 2],
    columns: Vec<&'static str>,
    /// The last of them the totals.
    rows: Vec<Vec<String>>,
}

impl Expected {
    /// From a heading such as `sales in EUR, from 2026-02-01 to 2026-04-01`, and the table below it.
    fn parse(section: &'static str) -> Self {
        let heading = section.lines().next().unwrap_or_default();
        let [name, "in", currency, "from", from, "to", to] =
            heading.split([' ', ',']).filter(|word| !word.is_empty()).collect::<Vec<_>>()[..]
        else {
            panic!("no heading of a report: {heading}");
        };
        let mut lines = section.lines().filter_map(|line| line.strip_prefix('|')).map(|line| {
            let cells = line.strip_suffix('|').expect("a line of a table ends with |");
            cells.split('|').map(str::trim).collect::<Vec<_>>()
        });
        let columns = lines.next().expect("a table has a head");
        let mut rows: Vec<Vec<String>> =
            lines.skip(1).map(|row| row.into_iter().map(str::to_owned).collect()).collect();
        let totals = rows.last_mut().expect("a table has totals");
        assert_eq!(std::mem::take(&mut totals[0]), "=", "{heading}: the last line is the totals");
        Self { name, currency, days: [from, to], columns, rows }
    }
}

/// Holds every report, as the API and the command line give it, to the figures.
///
/// # Panics
/// At the first that differs.
pub fn assert_figures(collector: &Collector) {
    let expected: Vec<_> = FIGURES.split("\n## ").skip(1).map(Expected::parse).collect();
    assert!(expected.len() >= 20, "{}", expected.len());
    for expected in &expected {
        let Expected { name, currency, days: [from, to], columns, rows } = expected;
        let print = |format: &str| {
            let question = ["report", name, "--currency", currency, "--from", from, "--to", to];
            collector.expect_command(&[&question[..], &["--format", format]].concat(), "")
        };
        let ask = |format: &str| {
            let query = format!("currency={currency}&from={from}&to={to}&format={format}");
            collector.get(&format!("/v1/reports/{name}?{query}")).expect(200)
        };
        let json = ask("json").json();
        let printed: Value = serde_json::from_str(&print("json")).expect("JSON");
        assert_eq!(printed, json, "{name} in {currency}, by command line and by API");
        assert_eq!(json["columns"], Value::from(columns.clone()), "{name}");

        let csv = print("csv");
        assert_eq!(csv, ask("csv").text(), "{name} in {currency}, by command line and by API");
        let mut shown: Vec<Vec<String>> = csv::Reader::from_reader(csv.as_bytes())
            .records()
            .map(|record| record.expect("CSV").iter().map(str::to_owned).collect())
            .collect();
        for row in &mut shown {
            assert_eq!(row.pop().as_deref(), Some(*currency), "{name}");
        }
        let same = |of_json: &Value, cells: &[String]| {
            let is_same =
                columns.iter().zip(cells).all(|(column, cell)| is_cell(&of_json[column], cell));
            assert!(is_same, "{name} in {currency}: {of_json}, not {cells:?}");
        };
        let of_json = json["rows"].as_array().expect("rows");
        assert_eq!(of_json.len(), shown.len(), "{name} in {currency}, as JSON and as CSV");
        of_json.iter().zip(&shown).for_each(|(of_json, row)| same(of_json, row));

        let (totals, rows) = rows.split_last().expect("a table has totals");
        shown.retain(|row| has_figures(row));
        assert_eq!(shown, rows, "{name} in {currency}");
        same(&json["totals"], totals);
    }
}

/// Whether a cell of JSON is that of CSV, where a number may have noughts at its end.
fn is_cell(of_json: &Value, cell: &str) -> bool {
    match of_json {
        Value::Null => cell.is_empty(),
        Value::Number(number) => number.as_f64() == cell.parse().ok(),
        other => other == cell,
    }
}

/// Whether a row has more than noughts behind its name, which is one cell or two.
fn has_figures(row: &[String]) -> bool {
    row.iter().skip(2).any(|cell| cell.chars().any(|c| !matches!(c, '0' | '.')))
}
