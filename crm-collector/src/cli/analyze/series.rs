//! Series in a CSV file, one a record: `id,values`, with the values in order of time, separated by
//! spaces.

use std::path::Path;

use super::input::Input;

/// A named series.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub(super) id: String,
    /// A value that was not measured is NaN.
    pub(super) values: Vec<f64>,
}

/// Series that are read one after the other.
pub(super) struct SeriesInput {
    input: Input,
}

impl SeriesInput {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        Ok(Self { input: Input::open(path, &["id", "values"])? })
    }

    /// The next up to `most` series; none after the last.
    pub(super) fn block(&mut self, most: usize) -> anyhow::Result<Vec<Series>> {
        let mut block = Vec::new();
        while block.len() < most && self.input.advance()? {
            let id = self.input.field(0).to_owned();
            let mut values = Vec::new();
            for text in self.input.field(1).split_ascii_whitespace() {
                match text.parse() {
                    Ok(value) => values.push(value),
                    Err(_) => {
                        let place = values.len() + 1;
                        let message = format!("value {place} of \"{id}\" is \"{text}\", no number");
                        return Err(self.input.mistake(&message));
                    }
                }
            }
            block.push(Series { id, values });
        }
        Ok(block)
    }

    /// What it reads from, for its progress.
    pub(super) fn input(&self) -> &Input {
        &self.input
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(content: &[u8]) -> anyhow::Result<Vec<Series>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("series.csv");
        std::fs::write(&path, content).unwrap();
        SeriesInput::open(&path)?.block(usize::MAX)
    }

    #[test]
    fn series_are_read_from_columns_in_any_order_plain_or_compressed() {
        let text = b"note,Values,ID\nx,1 2.5 nan -3e2,a\n,,b\n";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text).unwrap();
        for content in [text.to_vec(), gzip.finish().unwrap()] {
            let series = read(&content).unwrap();
            assert_eq!((series[0].id.as_str(), series[1].id.as_str()), ("a", "b"));
            assert_eq!(format!("{:?}", series[0].values), "[1.0, 2.5, NaN, -300.0]");
            assert_eq!(series[1].values, [] as [f64; 0]);
        }
    }

    #[test]
    fn a_value_that_is_no_number_is_named_with_its_line() {
        let error = read(b"id,values\na,1 2\nb,1 x 2\n").unwrap_err().to_string();
        assert!(error.ends_with("line 3: value 2 of \"b\" is \"x\", no number"), "{error}");
    }

    #[test]
    fn a_column_that_is_not_there_is_named() {
        let error = read(b"id,value\na,1\n").unwrap_err().to_string();
        assert!(error.ends_with("has no column \"values\"; its header is id,value"), "{error}");
    }
}
