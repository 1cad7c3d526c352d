//! Workbooks of spreadsheets (XLSX, XLSM, XLSB, XLS, ODS): each sheet as rows of text.
//!
//! A number is written with a point and never looks as if that parted thousands; a date as ISO does.
//! Those of XLSX and XLSB are read cell by cell, the others whole, within [`MOST_IN_MEMORY_BYTES`].

use std::borrow::Cow;

use calamine::{
    Data, DataRef, ExcelDateTime, Ods, Reader, SheetVisible, Sheets, Xls, Xlsb, Xlsx, XlsxError,
};

use super::raw::ReadSeek;
use super::spool::Spool;
use super::{ReadError, Stored};

/// What a workbook may have of what is read whole.
const MOST_IN_MEMORY_BYTES: u64 = 512 * 1024 * 1024;

/// A sheet that has a table in it.
pub(super) struct Sheet<'a> {
    pub(super) name: String,
    pub(super) rows: Stored<'a>,
}

/// What a workbook is written in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    Xlsx,
    Xlsb,
    Ods,
    Xls,
}

type Book<'s> = Sheets<Box<dyn ReadSeek + 's>>;

/// The sheets of a workbook that hold at least two rows; only the one asked for, by name or by number from 1, if one is.
pub(super) fn sheets<'a>(
    stored: &Stored<'_>,
    format: Format,
    asked: Option<&str>,
) -> Result<Vec<Sheet<'a>>, ReadError> {
    let mut book = open(stored, format)?;
    let visible: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let names = match asked {
        None => visible,
        Some(asked) => {
            let by_number = asked.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let all = book.sheet_names();
            let found = all.iter().find(|name| *name == asked);
            let found = found.or_else(|| all.get(by_number?));
            let Some(found) = found else {
                return Err(ReadError::NoSheet { asked: asked.to_owned(), names: all });
            };
            vec![found.clone()]
        }
    };
    let mut sheets = Vec::new();
    for name in names {
        let mut spool = Spool::new()?;
        read(&mut book, &name, &mut spool)?;
        if spool.rows() >= 2 || asked.is_some() {
            sheets.push(Sheet { name, rows: spool.finish()? });
        }
    }
    Ok(sheets)
}

fn open<'s>(stored: &'s Stored<'_>, format: Format) -> Result<Book<'s>, ReadError> {
    let bytes = || stored.seekable();
    Ok(match format {
        Format::Xlsx => Sheets::Xlsx(Xlsx::new(bytes()?).map_err(why)?),
        Format::Xlsb => Sheets::Xlsb(Xlsb::new(bytes()?).map_err(why)?),
        Format::Ods => Sheets::Ods(Ods::new(bytes()?).map_err(why)?),
        Format::Xls => {
            // A locked workbook of a later format is wrapped into one of this.
            if matches!(Xlsx::new(bytes()?), Err(XlsxError::Password)) {
                return Err(ReadError::Locked);
            }
            Sheets::Xls(Xls::new(bytes()?).map_err(why)?)
        }
    })
}

fn read(book: &mut Book<'_>, sheet: &str, spool: &mut Spool) -> Result<(), ReadError> {
    let mut rows = Rows { spool, row: 0, cells: Vec::new() };
    match book {
        Sheets::Xlsx(book) => {
            let mut cells = book.worksheet_cells_reader(sheet).map_err(why)?;
            while let Some(cell) = cells.next_cell().map_err(why)? {
                rows.cell(cell.get_position(), &text(cell.get_value()))?;
            }
        }
        Sheets::Xlsb(book) => {
            let mut cells = book.worksheet_cells_reader(sheet).map_err(why)?;
            while let Some(cell) = cells.next_cell().map_err(why)? {
                rows.cell(cell.get_position(), &text(cell.get_value()))?;
            }
        }
        Sheets::Xls(_) | Sheets::Ods(_) => {
            let range = book.worksheet_range(sheet).map_err(why)?;
            let (first_row, first_column) = range.start().unwrap_or_default();
            for (row, column, value) in range.used_cells() {
                let at = |first: u32, more: usize| {
                    first.saturating_add(u32::try_from(more).unwrap_or(u32::MAX))
                };
                rows.cell((at(first_row, row), at(first_column, column)), &text(&of(value)))?;
            }
        }
    }
    rows.end()
}

/// Cells on their way to rows, without those that are empty altogether.
struct Rows<'s> {
    spool: &'s mut Spool,
    row: u32,
    cells: Vec<String>,
}

impl Rows<'_> {
    fn cell(&mut self, (row, column): (u32, u32), text: &str) -> Result<(), ReadError> {
        if row != self.row {
            self.end()?;
            self.row = row;
        }
        if text.is_empty() {
            return Ok(());
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= super::MOST_COLUMNS {
            return Err(ReadError::TooManyColumns(column.saturating_add(1)));
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        if let Some(cell) = self.cells.get_mut(column) {
            text.clone_into(cell);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), ReadError> {
        if self.cells.is_empty() {
            return Ok(());
        }
        let result = self.spool.row(self.cells.iter(), u64::from(self.row) + 1);
        self.cells.clear();
        result
    }
}

fn of(value: &Data) -> DataRef<'_> {
    match value {
        Data::String(text) => DataRef::SharedString(text),
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(time) => DataRef::DateTime(*time),
        Data::DateTimeIso(text) | Data::DurationIso(text) => DataRef::SharedString(text),
        Data::Error(error) => DataRef::Error(error.clone()),
        _ => DataRef::Empty,
    }
}

/// A cell as text.
fn text<'c>(value: &'c DataRef<'_>) -> Cow<'c, str> {
    match value {
        DataRef::Empty => Cow::Borrowed(""),
        DataRef::SharedString(text) => Cow::Borrowed(text),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Cow::Borrowed(text)
        }
        DataRef::Int(number) => Cow::Owned(number.to_string()),
        DataRef::Float(number) => Cow::Owned(plain(*number)),
        DataRef::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        DataRef::DateTime(time) => Cow::Owned(moment(*time)),
        // What could not be computed is not known.
        DataRef::Error(_) => Cow::Borrowed(""),
    }
}

/// A number with the fifteen digits that spreadsheets keep, and with a decimal more where three of them
/// would look like a thousand.
pub(super) fn plain(number: f64) -> String {
    let rounded = format!("{number:.14e}").parse().unwrap_or(number);
    let mut text = format!("{rounded}");
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if decimals == 3 {
        text.push('0');
    }
    text
}

fn moment(time: ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let clock = match milli {
        0 => format!("{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}.{milli:03}"),
    };
    let value = time.as_f64();
    if (0.0..1.0).contains(&value) {
        return clock;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if value.fract() == 0.0 { date } else { format!("{date} {clock}") }
}

/// Why a workbook cannot be read.
fn why(error: impl Into<calamine::Error>) -> ReadError {
    use calamine::{Error, OdsError, XlsError, XlsxError};
    match error.into() {
        Error::Xlsx(XlsxError::Password)
        | Error::Xls(XlsError::Password)
        | Error::Ods(OdsError::Password) => ReadError::Locked,
        Error::Io(error) => ReadError::Io(error),
        other => ReadError::Workbook(other.to_string()),
    }
}

/// Whether what is read whole would take too much.
pub(super) fn is_too_large(whole_bytes: u64) -> bool {
    whole_bytes > MOST_IN_MEMORY_BYTES
}
