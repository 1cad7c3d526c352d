//! An answer as CSV: a header and the rows, plain figures, the currency of its money last.
//!
//! Totals are left out: a row of them among the others would be summed once more by whoever
//! sums the column. A text that a spreadsheet would take for a formula is led by an apostrophe,
//! as OWASP advises (CSV Injection); numbers stand as they are, also below zero.

use std::io::{self, Write};

use crm_api::answer::{Unit, Value};
use csv::WriterBuilder;

use super::Sheet;

pub(super) fn write(sheet: &Sheet<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = WriterBuilder::new().from_writer(out);
    // A file goes on without its title, so its money says itself what it is in.
    let has_money = sheet.columns.iter().any(|column| column.unit == Unit::Money);
    let currency = sheet.currency.filter(|_| has_money);
    let names = sheet.columns.iter().map(|column| &*column.name);
    writer.write_record(names.chain(currency.map(|_| "currency")))?;
    for row in sheet.rows.iter() {
        let code = currency.map(|currency| currency.to_string());
        writer.write_record(row.iter().map(cell).chain(code))?;
    }
    writer.flush()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Text(text) if looks_like_a_formula(text) => format!("'{text}"),
        other => other.to_text(),
    }
}

fn looks_like_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Tabular, sample};
    use crm_api::answer::Report;

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        write(&report.sheet(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_report_as_csv_is_pinned() {
        insta::assert_snapshot!(text(&sample::products()));
    }

    #[test]
    fn a_text_that_would_run_as_a_formula_is_led_by_an_apostrophe() {
        let led = ["=1+1", "+49 30", "-A", "@SUM(A1)", "\t=1", "\r=1", "\n=1"];
        for text in led.into_iter().chain(["＝1", "＋1", "－1", "＠SUM(A1)"]) {
            assert_eq!(cell(&Value::Text(text.into())), format!("'{text}"));
        }
        for text in ["", "A=1", "'quoted", "Ärzte"] {
            assert_eq!(cell(&Value::Text(text.into())), text);
        }
        assert_eq!(cell(&Value::Count(-3)), "-3");
    }

    #[test]
    fn what_was_written_reads_back() {
        let report = sample::products();
        let text = text(&report);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), report.rows.len());
        assert_eq!(&rows[1][1], "Teekanne \"Łódź\", 1 l");
    }
}
