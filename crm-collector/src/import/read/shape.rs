//! How a text is a table: what separates its fields, and on which line its header stands, below titles.

/// What separates fields, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Rows that are looked at.
const ROWS: usize = 400;

/// How a text is a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) delimiter: u8,
    /// Bytes before the header.
    pub(super) skipped_bytes: u64,
    /// Lines before the header.
    pub(super) skipped_lines: u64,
    /// Lines end with a carriage return alone.
    pub(super) is_carriage_return: bool,
}

struct Row {
    begin: usize,
    fields: usize,
    filled: usize,
}

impl Shape {
    /// The shape of a text by its beginning; a row that is cut off does not count unless it is all there
    /// is. `numbered` rows have a last field that is none of theirs.
    pub(super) fn of(sample: &[u8], is_whole: bool, told: Option<u8>, numbered: bool) -> Self {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        let mut begin = if sample.starts_with(MARK) { MARK.len() } else { 0 };
        let mut said = None;
        if let Some((delimiter, length)) = sample.get(begin..).and_then(separator_line) {
            said = Some(delimiter);
            begin += length;
        }
        let rest = sample.get(begin..).unwrap_or_default();
        let only = told.or(said);
        let candidates = match &only {
            Some(delimiter) => std::slice::from_ref(delimiter),
            None => &DELIMITERS,
        };
        let mut best: Option<(f64, u8, Vec<Row>)> = None;
        for &delimiter in candidates {
            let rows = rows(rest, is_whole, delimiter, numbered);
            let score = score(&rows);
            if best.as_ref().is_none_or(|(best, ..)| score > *best) {
                best = Some((score, delimiter, rows));
            }
        }
        let (_, delimiter, rows) = best.unwrap_or((0.0, b',', Vec::new()));
        begin += header(&rows);
        let is_break = |byte: &&u8| matches!(byte, b'\n' | b'\r');
        begin += sample.get(begin..).map_or(0, |rest| rest.iter().take_while(is_break).count());
        let skipped = sample.get(..begin).unwrap_or_default();
        let breaks = |bytes: &[u8], of: u8| bytes.iter().filter(|byte| **byte == of).count() as u64;
        let is_carriage_return = !sample.contains(&b'\n') && sample.contains(&b'\r');
        let end = if is_carriage_return { b'\r' } else { b'\n' };
        Self {
            delimiter,
            skipped_bytes: begin as u64,
            skipped_lines: breaks(skipped, end),
            is_carriage_return,
        }
    }
}

/// `sep=;`, by which spreadsheets are told what separates fields: that, and the length of its line.
fn separator_line(text: &[u8]) -> Option<(u8, usize)> {
    let end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
    let line = text.get(..end)?.trim_ascii_end();
    // Some programs quote it.
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let (name, value) = line.split_at_checked(4)?;
    let delimiter = match value {
        [delimiter] if delimiter.is_ascii() => *delimiter,
        // The blank at its end was a tab, and cut off.
        [] => b'\t',
        _ => return None,
    };
    let ends = text.get(end..)?.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    name.eq_ignore_ascii_case(b"sep=").then_some((delimiter, end + ends.min(2)))
}

fn rows(text: &[u8], is_whole: bool, delimiter: u8, numbered: bool) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text);
    let mut rows = Vec::new();
    let mut record = csv::ByteRecord::new();
    while rows.len() < ROWS && reader.read_byte_record(&mut record).unwrap_or(false) {
        let fields = record.len() - usize::from(numbered);
        let is_filled = |field: &&[u8]| !field.trim_ascii().is_empty();
        rows.push(Row {
            begin: record.position().map_or(0, |position| position.byte().try_into().unwrap_or(0)),
            fields,
            filled: record.iter().take(fields).filter(is_filled).count(),
        });
    }
    let is_cut = !is_whole && rows.len() < ROWS;
    if is_cut && rows.len() > 1 {
        rows.pop();
    }
    rows
}

/// The width that most rows have, and how many.
fn usual(rows: &[Row]) -> (usize, usize) {
    let mut widths: Vec<_> = rows.iter().map(|row| row.fields).collect();
    widths.sort_unstable();
    let runs = widths.chunk_by(|one, other| one == other);
    runs.map(|run| (run.first().copied().unwrap_or(0), run.len()))
        .max_by_key(|(width, count)| (*count, *width))
        .unwrap_or((0, 0))
}

/// How well rows agree: titles above a table are few, and a delimiter of text is in some rows only.
#[expect(clippy::cast_precision_loss, reason = "a few hundred rows")]
fn score(rows: &[Row]) -> f64 {
    let (width, count) = usual(rows);
    if width < 2 {
        return 0.0;
    }
    count as f64 / rows.len() as f64 * (1.0 - 1.0 / width as f64)
}

/// Where the header begins: the first row that has more than half as much in it as rows usually have.
fn header(rows: &[Row]) -> usize {
    let (width, _) = usual(rows);
    let mut filled: Vec<_> =
        rows.iter().filter(|row| row.fields == width).map(|row| row.filled).collect();
    filled.sort_unstable();
    let typical = filled.get(filled.len() / 2).copied().unwrap_or(0);
    let first = rows.iter().find(|row| row.filled * 2 > typical);
    first.map_or(0, |row| row.begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (char, &str) {
        let shape = Shape::of(text.as_bytes(), true, None, false);
        let begin = usize::try_from(shape.skipped_bytes).unwrap();
        (shape.delimiter.into(), text[begin..].lines().next().unwrap())
    }

    #[test]
    fn what_separates_fields_is_seen() {
        let cases = [
            ("a,b\n1,2\n", (',', "a,b")),
            ("id;at;sum\n1;2026;12,50\n2;2026;3,99\n", (';', "id;at;sum")),
            ("id\tname\n1\tred, blue\n2\tgreen\n", ('\t', "id\tname")),
            ("id|name\n1|a;b\n2|c;d\n", ('|', "id|name")),
            ("sep=;\r\nid;sum,net\r\n1;2,5\r\n", (';', "id;sum,net")),
            ("\u{feff}\"sep=\t\"\nid\tat\n", ('\t', "id\tat")),
            ("one\n1\n2\n", (',', "one")),
            ("id,text\n1,\"a;b;c\nd;e;f\"\n2,\"x;y;z\"\n", (',', "id,text")),
        ];
        for (text, expected) in cases {
            assert_eq!(found(text), expected, "{text:?}");
        }
    }

    #[test]
    fn titles_above_the_header_are_passed_over() {
        let cases = [
            "Sales of July\n\nid;at;who;sum\n1;2026;a;2\n2;2026;b;3\n",
            "Отчёт о продажах;;;\nПериод: июль;;;\nid;at;who;sum\n1;2026;a;2\n2;2026;;3\n",
            "id;at;who;sum\n1;2026;a;2;\n2;2026;b;3;\n",
        ];
        for text in cases {
            assert_eq!(found(text), (';', "id;at;who;sum"), "{text:?}");
        }
        let shape = Shape::of("Sales\n\nid,at,sum\n1,2,3\n".as_bytes(), true, None, false);
        assert_eq!((shape.skipped_bytes, shape.skipped_lines), (7, 2));
    }
}
