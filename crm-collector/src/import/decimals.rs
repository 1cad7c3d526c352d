//! What parts thousands and what decimals, in each column: as somebody says, or as the column shows, or
//! else as all columns do. Where nothing shows it, nothing is guessed.

use std::str::FromStr;

use super::field::Field;
use super::read::Place;

/// What stands before the decimals of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decimals {
    /// As in `1,234.56`.
    Point,
    /// As in `1.234,56`.
    Comma,
}

/// A text that is no [`Decimals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what stands before decimals is point or comma")]
pub struct UnknownDecimals;

impl FromStr for Decimals {
    type Err = UnknownDecimals;

    fn from_str(text: &str) -> Result<Self, UnknownDecimals> {
        match text {
            "point" => Ok(Self::Point),
            "comma" => Ok(Self::Comma),
            _ => Err(UnknownDecimals),
        }
    }
}

/// What the numbers of a column show of their decimals.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    point: bool,
    comma: bool,
    /// The first number whose one mark may part thousands or decimals, and where it stands.
    open: Option<(Place, String)>,
}

impl Shown {
    /// Nothing yet.
    pub(super) const NONE: Self = Self { point: false, comma: false, open: None };

    /// Takes in a number that stands at a place.
    pub(super) fn look(&mut self, bytes: &[u8], place: impl FnOnce() -> Place) {
        match mark(bytes) {
            Mark::Of(Decimals::Point) => self.point = true,
            Mark::Of(Decimals::Comma) => self.comma = true,
            Mark::Open if self.open.is_none() => {
                self.open = Some((place(), String::from_utf8_lossy(bytes).into_owned()));
            }
            Mark::Open | Mark::None => {}
        }
    }

    /// What all of it shows, where it shows one thing.
    fn decimals(&self) -> Option<Decimals> {
        match (self.point, self.comma) {
            (true, false) => Some(Decimals::Point),
            (false, true) => Some(Decimals::Comma),
            (false, false) | (true, true) => None,
        }
    }
}

/// How the numbers of each column are read.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    pub(super) of: [Style; Field::COUNT],
    /// Whether a comma was shown, and not said.
    pub(super) is_comma_shown: bool,
    /// Columns of which nothing shows what a mark in them means, each with such a number.
    pub(super) open: Vec<(Field, Place, String)>,
}

/// How the numbers of a column are read; without decimals, each by what it shows itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Style {
    pub(super) decimals: Option<Decimals>,
}

impl Default for Decided {
    fn default() -> Self {
        Self { of: [Style::default(); Field::COUNT], is_comma_shown: false, open: Vec::new() }
    }
}

impl Decided {
    /// By what was said, or else by the column, or else by all columns.
    pub(super) fn of(told: Option<Decimals>, shown: &[Shown; Field::COUNT]) -> Self {
        let mut all = Shown::default();
        for one in shown {
            all.point |= one.point;
            all.comma |= one.comma;
        }
        let mut decided = Self::default();
        for (field, one) in Field::ALL.iter().zip(shown) {
            let mixed = told.is_none() && one.point && one.comma;
            let own = if mixed { None } else { one.decimals().or(all.decimals()) };
            let decimals = told.or(own);
            decided.of[*field as usize] = Style { decimals };
            decided.is_comma_shown |= told.is_none()
                && decimals == Some(Decimals::Comma)
                && (one.comma || one.open.is_some());
            if let (None, Some((place, text))) = (decimals, &one.open) {
                decided.open.push((*field, *place, text.clone()));
            }
        }
        decided
    }
}

/// What the marks in a number show by themselves.
pub(super) enum Mark {
    /// There is none.
    None,
    /// The last one stands before decimals, or all part thousands.
    Of(Decimals),
    /// It may be either.
    Open,
}

pub(super) fn mark(bytes: &[u8]) -> Mark {
    let digit = |byte: &u8| byte.is_ascii_digit();
    let is_mark = |byte: &u8| matches!(byte, b'.' | b',');
    let end = bytes.iter().rposition(digit).map_or(0, |last| last + 1);
    let bytes = bytes.get(..end).unwrap_or_default();
    let Some(last) = bytes.iter().rposition(is_mark) else { return Mark::None };
    let (before, after) = (bytes.get(..last).unwrap_or_default(), bytes.len() - last - 1);
    let of = |mark: u8| if mark == b'.' { Decimals::Point } else { Decimals::Comma };
    let mark = bytes.get(last).copied().unwrap_or_default();
    match before.iter().rfind(|byte| is_mark(byte)) {
        // The other one parts thousands.
        Some(other) if *other != mark => Mark::Of(of(mark)),
        // What stands twice parts thousands.
        Some(_) => Mark::Of(if mark == b'.' { Decimals::Comma } else { Decimals::Point }),
        None => {
            let digits = before.iter().filter(|byte| digit(byte)).count();
            let first = before.iter().find(|byte| digit(byte));
            let is_group = after == 3 && (1..=3).contains(&digits) && first != Some(&b'0');
            if is_group { Mark::Open } else { Mark::Of(of(mark)) }
        }
    }
}
