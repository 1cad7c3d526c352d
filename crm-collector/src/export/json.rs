//! An answer as JSON: money and times as strings, counts and shares as numbers.

use std::io::{self, Write};

use serde::Serialize;

pub(super) fn write(answer: &impl Serialize, pretty: bool, out: &mut dyn Write) -> io::Result<()> {
    if pretty {
        serde_json::to_writer_pretty(&mut *out, answer)?;
    } else {
        serde_json::to_writer(&mut *out, answer)?;
    }
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::sample;

    fn text(pretty: bool) -> String {
        let mut out = Vec::new();
        write(&sample::products(), pretty, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_report_as_json_is_pinned() {
        insta::assert_snapshot!(text(true));
    }

    #[test]
    fn both_shapes_hold_the_same() {
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(parse(&text(false)), parse(&text(true)));
        assert_eq!(text(false).lines().count(), 1);
    }
}
