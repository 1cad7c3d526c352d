//! Files of every kind that holds a table, read through to their rows.

use std::io::{Cursor, Write};

use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A workbook of sheets, each with the XML of its rows. Style 1 is a date.
fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let numbered = || (1..).zip(sheets);
    let list: String = numbered()
        .map(|(number, (name, _))| {
            format!("<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"r{number}\"/>")
        })
        .collect();
    let book =
        format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{REL}\"><sheets>{list}</sheets></workbook>");
    let relations: String = numbered()
        .map(|(number, _)| {
            format!(
                "<Relationship Id=\"r{number}\" Type=\"{REL}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
            )
        })
        .collect();
    let relations = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         {relations}<Relationship Id=\"s\" Type=\"{REL}/styles\" Target=\"styles.xml\"/></Relationships>"
    );
    let styles = format!(
        "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs>\
         </styleSheet>"
    );
    let root = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"b\" Type=\"{REL}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let mut members = vec![
        ("_rels/.rels".to_owned(), root),
        ("xl/workbook.xml".to_owned(), book),
        ("xl/_rels/workbook.xml.rels".to_owned(), relations),
        ("xl/styles.xml".to_owned(), styles),
    ];
    for (number, (_, rows)) in numbered() {
        let sheet =
            format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
        members.push((format!("xl/worksheets/sheet{number}.xml"), sheet));
    }
    let members: Vec<_> =
        members.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    zip(&members)
}

fn text(cell: &str, text: &str) -> String {
    format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

/// Rows with the lines that they stand on, after the header.
fn rows(sources: &[&[u8]], reading: &Reading) -> Result<Vec<String>, ReadError> {
    let sources: Vec<_> = sources.iter().map(|bytes| Source::Bytes(bytes)).collect();
    let files = Files::open(&sources, reading)?;
    let names = files.names();
    let mut records = Records::open(&files, Rc::default())?;
    let mut rows = vec![files.header().join("|")];
    while records.next()? {
        let cells: Vec<_> = records.record.iter().map(String::from_utf8_lossy).collect();
        rows.push(format!("{} {}", records.place().told(&names), cells.join("|")));
    }
    Ok(rows)
}

fn plain(bytes: &[u8]) -> Vec<String> {
    rows(&[bytes], &Reading::default()).unwrap()
}

#[test]
fn a_workbook_is_read_with_its_dates_and_numbers_below_its_titles() {
    let sheet = [
        format!("<row r=\"1\">{}</row>", text("A1", "Sales")),
        format!("<row r=\"3\">{}{}{}{}</row>", text("A3", "id"), text("B3", "at"), text("C3", "who"), text("D3", "sum")),
        format!(
            "<row r=\"4\"><c r=\"A4\"><v>1001</v></c><c r=\"B4\" s=\"1\"><v>46204.4375</v></c>{}\
             <c r=\"D4\"><v>1.234</v></c></row>",
            text("C4", "a\nb")
        ),
        "<row r=\"6\"><c r=\"A6\"><v>1002</v></c><c r=\"B6\" s=\"1\"><v>46205</v></c><c r=\"D6\"><v>0.30000000000000004</v></c></row>".to_owned(),
        "<row r=\"7\"><c r=\"A7\"><v>1003</v></c></row>".to_owned(),
        "<row r=\"8\"><c r=\"A8\"><v>1004</v></c><c r=\"F8\"><v>9</v></c></row>".to_owned(),
    ]
    .concat();
    let book = workbook(&[("Empty", ""), ("Orders", &sheet)]);
    let expected = [
        "id|at|who|sum",
        "4 1001|2026-07-01 10:30:00|a\nb|1.2340",
        "6 1002|2026-07-02||0.3",
        "7 1003|||",
        "8 1004|||",
    ];
    assert_eq!(plain(&book), expected);
}

#[test]
fn sheets_that_are_alike_are_read_one_after_the_other_and_others_are_asked_about() {
    let sheet = |names: [&str; 2], value: u8| {
        format!(
            "<row r=\"1\">{}{}</row><row r=\"2\"><c r=\"A2\"><v>{value}</v></c><c r=\"B2\"><v>5</v></c></row>",
            text("A1", names[0]),
            text("B1", names[1])
        )
    };
    let (one, two, other) =
        (sheet(["id", "sum"], 1), sheet(["id", "sum"], 2), sheet(["a", "b"], 3));
    let alike = workbook(&[("2025", &one), ("2026", &two)]);
    assert_eq!(plain(&alike), ["id|sum", "2025:2 1|5", "2026:2 2|5"]);
    let differ = workbook(&[("2025", &one), ("Notes", &other)]);
    let error = rows(&[&differ], &Reading::default()).unwrap_err().to_string();
    assert_eq!(error, "its tables have different columns (2025, Notes): say which by --sheet NAME");
    for sheet in ["Notes", "2"] {
        let reading = Reading { sheet: Some(sheet.to_owned()), ..Reading::default() };
        assert_eq!(rows(&[&differ], &reading).unwrap(), ["a|b", "2 3|5"]);
    }
    let reading = Reading { sheet: Some("2027".to_owned()), ..Reading::default() };
    let error = rows(&[&differ], &reading).unwrap_err().to_string();
    assert!(error.contains("no sheet or file \"2027\" in it; there are: 2025, Notes"), "{error}");
}

#[test]
fn archives_and_several_files_are_read_as_one() {
    let (one, two) = (&b"id,sum\n1,5\n"[..], &b"sum;id\n7;2\n"[..]);
    let archive =
        zip(&[("b/two.csv", two), ("a.csv", one), ("__MACOSX/._a.csv", b"x"), ("read.me", b"-")]);
    assert_eq!(plain(&archive), ["id|sum", "a.csv:2 1|5", "b/two.csv:2 2|7"]);
    assert_eq!(rows(&[one, two], &Reading::default()).unwrap().len(), 3);
    let error = rows(&[one, b"a,b\n1,2\n"], &Reading::default()).unwrap_err().to_string();
    assert!(error.contains("other columns than"), "{error}");
    assert!(matches!(
        rows(&[&zip(&[("read.me", b"-")])], &Reading::default()),
        Err(ReadError::NoTable(_))
    ));
}

#[test]
fn texts_of_every_kind_have_the_same_rows() {
    let text = "id;name;sum\n1;Чай с мятой;5\n2;Кофе зерновой;6\n";
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let crlf = format!("\u{feff}sep=;\r\n{}", text.replace('\n', "\r\n"));
    let windows = encoding_rs::WINDOWS_1251.encode(text).0.into_owned();
    let json = r#"[{"id":1,"name":"Чай с мятой","sum":5},{"id":2,"name":"Кофе зерновой","sum":6}]"#;
    let bytes =
        [text.as_bytes().to_vec(), utf16, crlf.into_bytes(), windows, json.as_bytes().to_vec()];
    for bytes in bytes {
        let rows: Vec<_> = plain(&bytes)
            .into_iter()
            .map(|row| {
                row.split_once(' ')
                    .filter(|(place, _)| place.parse::<u8>().is_ok())
                    .map_or(row.clone(), |(_, row)| row.to_owned())
            })
            .collect();
        assert_eq!(rows, ["id|name|sum", "1|Чай с мятой|5", "2|Кофе зерновой|6"]);
    }
    let returns = text.replace('\n', "\r");
    assert_eq!(plain(returns.as_bytes())[2], "3 2|Кофе зерновой|6");
}

#[test]
fn what_turns_out_to_be_another_encoding_further_down_is_read_in_it() {
    let mut bytes = b"id;name\n".to_vec();
    (0..60_000).for_each(|n| bytes.extend_from_slice(format!("{n};plain\n").as_bytes()));
    let name = "Чай с мятой и мёдом, двести граммов";
    bytes.extend_from_slice(&encoding_rs::WINDOWS_1251.encode(&format!("x;{name}\n")).0);
    let mut files = Files::open(&[Source::Bytes(&bytes)], &Reading::default()).unwrap();
    let mut last = || {
        let mut doubts = Doubts::default();
        let mut records = Records::open(&files, Rc::default()).unwrap();
        let mut last = String::new();
        while records.next().unwrap() {
            records.doubt(&mut doubts);
            last = String::from_utf8_lossy(&records.record[1]).into_owned();
        }
        drop(records);
        (files.reconsider(doubts).unwrap(), last)
    };
    assert!(last().0);
    assert_eq!(last(), (false, name.to_owned()));
}

#[test]
fn what_is_no_table_is_named_with_the_next_step() {
    let zeros = zip(&[("xl/workbook.xml", &vec![b' '; 80 << 20])]);
    let cases: [(&[u8], &str); 9] = [
        (b"", "the file is empty"),
        (b"%PDF-1.7", "the file is a PDF; what can be imported is CSV, XLSX"),
        (b"\x89PNG\r\n", "a picture"),
        (b"<html><table>", "a web page, even if it is called .xls"),
        (b"SQLite format 3\0", "a database of SQLite"),
        (b"\x01\x02\x03\x04 bytes \x05\x06", "no text and no workbook"),
        (b"{\"a\":", "the JSON cannot be read"),
        (b"PK\x03\x04 and no more", "the archive cannot be read"),
        (&zeros, "unpacks to far more than a table"),
    ];
    for (bytes, expected) in cases {
        let error = rows(&[bytes], &Reading::default()).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
    let wide = vec![b','; 20_000];
    let error = rows(&[&wide], &Reading::default()).unwrap_err().to_string();
    assert!(error.contains("20001 columns, and a table has 4096"), "{error}");
}
