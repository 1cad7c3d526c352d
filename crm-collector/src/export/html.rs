//! An answer as one HTML page that needs no other file: its sentence, its charts, its table, what is left
//! out of it. Light and dark as the system is, and laid out for paper too.
//!
//! Whatever hosts or customers supplied is escaped; and the page forbids itself scripts and requests, so
//! that a name that got through would still do nothing.

use std::io::{self, Write};

use crm_api::answer::{Column, Unit, Value};

use super::Sheet;
use super::cells::decimals;
use super::pictures::{Face, Texts};
use super::table::without_silent;
use crate::charts::{self, Escaped, Locale};

/// What a page may do: have the style that it brings, and nothing else.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                          form-action 'none'";

const STYLES: &str = include_str!("page.css");

pub(super) fn write(face: &Face, sheet: &Sheet<'_>, out: &mut dyn Write) -> io::Result<()> {
    let title = if face.title.is_empty() { &sheet.title } else { &face.title };
    let title = Escaped(title);
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLES}{}</style>\n</head>\n<body>\n<main>\n\
         <header><h1>{title}</h1>",
        charts::STYLES
    )?;
    if !face.about.is_empty() {
        write!(out, "<p class=\"about\">{}</p>", Escaped(&face.about))?;
    }
    writeln!(out, "</header>")?;
    let says = face.says.markup();
    if !says.is_empty() {
        writeln!(out, "<p class=\"say\">{says}</p>")?;
    }
    for picture in &face.charts {
        write!(out, "<section>")?;
        if !picture.heading.is_empty() {
            write!(out, "<h2>{}</h2>", Escaped(&picture.heading))?;
        }
        if !picture.text.is_empty() {
            write!(out, "<p class=\"text\">{}</p>", Escaped(&picture.text))?;
        }
        writeln!(out, "{}</section>", picture.markup)?;
    }
    write!(out, "<section>")?;
    if sheet.rows.is_empty() {
        write!(out, "<p class=\"text\">{}</p>", Escaped(sheet.when_empty))?;
    } else {
        table(&sheet.title, sheet, Locale::En, out)?;
    }
    writeln!(out, "</section>")?;
    notes(sheet, out)?;
    writeln!(out, "</main>\n</body>\n</html>")
}

/// The rows as they are answered, but for columns that say nothing.
pub(super) fn table(
    caption: &str,
    sheet: &Sheet<'_>,
    locale: Locale,
    out: &mut dyn Write,
) -> io::Result<()> {
    let sheet = &without_empty(without_silent(sheet));
    let texts = Texts { locale, currency: sheet.currency, timezone: sheet.timezone };
    write!(out, "<div class=\"wide\"><table class=\"tbl\"><caption class=\"sr\">")?;
    write!(out, "{}</caption><thead><tr>", Escaped(caption))?;
    for column in sheet.columns.iter() {
        let head = texts.head(&column.name);
        write!(out, "<th scope=\"col\"{}>{}</th>", class(column), Escaped(&head))?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    let decimals: Vec<_> =
        (0..sheet.columns.len()).map(|position| decimals(sheet, position)).collect();
    let cells = |out: &mut dyn Write, row: &[Value], first: &str| -> io::Result<()> {
        write!(out, "<tr>")?;
        for (at, (value, column)) in row.iter().zip(sheet.columns.iter()).enumerate() {
            let decimals = decimals.get(at).copied().unwrap_or(2);
            let text = texts.cell_of(&column.name, value, decimals);
            let text = if at == 0 && text.is_empty() { first } else { &text };
            write!(out, "<td{}><bdi>{}</bdi></td>", class(column), Escaped(text))?;
        }
        writeln!(out, "</tr>")
    };
    for row in sheet.rows.iter() {
        cells(out, row, "")?;
    }
    write!(out, "</tbody>")?;
    if !sheet.totals.is_empty() {
        write!(out, "<tfoot>")?;
        cells(out, &sheet.totals, &texts.head("total"))?;
        write!(out, "</tfoot>")?;
    }
    write!(out, "</table></div>")
}

/// Leaves out the columns in which nothing stands.
fn without_empty(mut sheet: Sheet<'_>) -> Sheet<'_> {
    let is_empty =
        |at: usize| sheet.rows.iter().all(|row| matches!(row.get(at), Some(Value::None)));
    let kept: Vec<usize> = (0..sheet.columns.len()).filter(|at| !is_empty(*at)).collect();
    if kept.len() == sheet.columns.len() {
        return sheet;
    }
    let of = |row: &[Value]| kept.iter().filter_map(|at| row.get(*at).cloned()).collect::<Vec<_>>();
    sheet.rows = sheet.rows.iter().map(|row| of(row)).collect();
    sheet.totals = of(&sheet.totals).into();
    sheet.columns = kept.iter().filter_map(|at| sheet.columns.get(*at).cloned()).collect();
    sheet
}

/// Numbers stand to the right, with their digits below each other.
fn class(column: &Column) -> &'static str {
    match column.unit {
        Unit::Text | Unit::Time => "",
        Unit::Count | Unit::Quantity | Unit::Money | Unit::Ratio | Unit::Days | Unit::Number => {
            " class=\"num\""
        }
    }
}

fn notes(sheet: &Sheet<'_>, out: &mut dyn Write) -> io::Result<()> {
    let omitted = (sheet.omitted_rows > 0).then(|| {
        let count = Locale::En.grouped(&sheet.omitted_rows.to_string());
        format!("and {count} more; a limit of 0 shows all")
    });
    let notes: Vec<_> = omitted.iter().chain(&sheet.notes).collect();
    if notes.is_empty() {
        return Ok(());
    }
    write!(out, "<footer>")?;
    for note in notes {
        write!(out, "<p>{}</p>", Escaped(note))?;
    }
    writeln!(out, "</footer>")
}

#[cfg(test)]
mod tests {
    use crm_api::answer::Report;
    use crm_api::question::Answer;

    use super::*;
    use crate::export::{Format, Look, Tabular, sample, write_answer};

    fn page(report: Report) -> String {
        let mut out = Vec::new();
        write_answer(&Answer::Report(report.into()), Format::Html, &Look::default(), &mut out)
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Without the styles, which are pinned nowhere: they are looked at.
    fn body(page: &str) -> &str {
        page.split_once("</style>").unwrap().1
    }

    #[test]
    fn a_report_as_a_page_is_pinned() {
        insta::assert_snapshot!("products", body(&page(sample::products())).replace("><", ">\n<"));
        insta::assert_snapshot!("sales", body(&page(sample::sales())).replace("><", ">\n<"));
    }

    #[test]
    fn a_page_has_each_row_and_loads_nothing() {
        let report = sample::products();
        let page = page(report.clone());
        assert_eq!(body(&page).matches("<tr>").count(), report.rows.len() + 2);
        assert!(page.contains(POLICY));
        for banned in ["<script", "src=", "href=", "url(http", "@import", " style=", "http://w"] {
            assert!(!page.contains(banned), "{banned}");
        }
        // What a spreadsheet would run is only a text here.
        assert!(page.contains("=HYPERLINK(&quot;http://x&quot;)"));
    }

    #[test]
    fn hostile_names_are_shown_and_do_nothing() {
        let hostile = "</td></style><script>alert(1)</script>\" onload='x' \u{202e}\u{0}𝒜";
        let mut report = sample::products();
        report.timezone = hostile.into();
        for row in &mut report.rows {
            row[0] = Value::Text(hostile.into());
            row[1] = Value::Text(hostile.into());
        }
        let page = page(report.clone());
        assert!(!page.contains("<script") && !page.contains("</td></style>"), "{page}");
        let escaped = "&lt;/td&gt;&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=\
                       &#39;x&#39; \u{fffd} 𝒜";
        assert!(page.contains(escaped), "{page}");
        let mut out = Vec::new();
        super::write(&Face::default(), &report.sheet(), &mut out).unwrap();
        assert!(!String::from_utf8(out).unwrap().contains("<script"));
    }

    #[test]
    fn a_report_without_rows_says_so() {
        let page = page(Report { rows: vec![], ..sample::products() });
        assert!(page.contains("Nothing in this period."), "{page}");
        assert!(!page.contains("<table"), "{page}");
    }
}
