//! Decimal numbers of four places, kept as whole ten-thousandths: how they are read, written and
//! multiplied. Nothing here is ever a float.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserializer, Visitor};

use crate::text::ascii;

/// Ten-thousandths in one.
pub(crate) const SCALE: i64 = 10_000;
/// Decimals that [`SCALE`] holds.
const DECIMALS: usize = 4;
/// Bytes of the longest number, `-922337203685477.5808`.
pub(crate) const LONGEST: usize = 21;

/// Why a text is no such number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// Not of the form `-123.4567`.
    Malformed,
    /// More digits than four behind the point.
    TooManyDecimals,
    /// More than 64 bits hold.
    OutOfRange,
}

/// Reads `-123.4567`: a point and no other separator, digits on both its sides.
pub(crate) const fn parse(text: &str) -> Result<i64, Mistake> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let Some(point) = point_of(digits) else { return Err(Mistake::Malformed) };
    // Built up on the negative side, which reaches one further than the positive.
    let mut sum = 0_i64;
    let mut at = 0;
    while at < digits.len() || at <= point + DECIMALS {
        let digit = if at < digits.len() { digits[at] } else { b'0' };
        if at > point + DECIMALS {
            if digit != b'0' {
                return Err(Mistake::TooManyDecimals);
            }
        } else if at != point {
            let Some(tens) = sum.checked_mul(10) else { return Err(Mistake::OutOfRange) };
            let Some(more) = tens.checked_sub((digit - b'0') as i64) else {
                return Err(Mistake::OutOfRange);
            };
            sum = more;
        }
        at += 1;
    }
    if negative {
        return Ok(sum);
    }
    match sum.checked_neg() {
        Some(sum) => Ok(sum),
        None => Err(Mistake::OutOfRange),
    }
}

/// Where the point of a decimal number is, or its end where it has none; `None` for any other text.
const fn point_of(digits: &[u8]) -> Option<usize> {
    let mut point = digits.len();
    let mut at = 0;
    while at < digits.len() {
        match digits[at] {
            b'0'..=b'9' => {}
            b'.' if point == digits.len() && at > 0 && at + 1 < digits.len() => point = at,
            _ => return None,
        }
        at += 1;
    }
    if digits.is_empty() { None } else { Some(point) }
}

/// Writes a number with at least so many decimals, and no needless zero behind them, into a place on
/// the stack: a purchase has several, and memory of its own for each took longer than all else in it.
pub(crate) fn write(number: i64, least_decimals: usize, place: &mut [u8; LONGEST]) -> &str {
    let mut rest = number.unsigned_abs();
    // From the last digit to the first, past the zeros that are not written.
    let mut decimals = DECIMALS;
    while decimals > least_decimals && rest.is_multiple_of(10) {
        rest /= 10;
        decimals -= 1;
    }
    let mut start = LONGEST;
    let mut put = |byte| {
        start -= 1;
        place[start] = byte;
    };
    for _ in 0..decimals {
        put(b'0' + (rest % 10) as u8);
        rest /= 10;
    }
    if decimals > 0 {
        put(b'.');
    }
    loop {
        put(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        put(b'-');
    }
    ascii(&place[start..])
}

/// Product of two, rounded half away from zero; `None` when it does not fit.
pub(crate) fn product(one: i64, other: i64) -> Option<i64> {
    // Most fit into 64 bits, and to divide 128 takes ten times as long.
    let narrow = one.checked_mul(other).and_then(|exact| {
        let half = exact.signum() * (SCALE / 2);
        Some(exact.checked_add(half)? / SCALE)
    });
    narrow.or_else(|| wide_product(one, other))
}

fn wide_product(one: i64, other: i64) -> Option<i64> {
    let exact = i128::from(one) * i128::from(other);
    let half = exact.signum() * i128::from(SCALE / 2);
    i64::try_from((exact + half) / i128::from(SCALE)).ok()
}

/// Reads one from JSON: a string, or a number of few digits. Its mistakes are told as `E` has them.
pub(crate) fn deserialize<'de, D, E>(
    deserializer: D,
    expecting: &'static str,
) -> Result<i64, D::Error>
where
    D: Deserializer<'de>,
    E: From<Mistake> + fmt::Display,
{
    deserializer.deserialize_any(DecimalVisitor::<E> { expecting, mistakes: PhantomData })
}

struct DecimalVisitor<E> {
    expecting: &'static str,
    mistakes: PhantomData<E>,
}

impl<M: From<Mistake> + fmt::Display> Visitor<'_> for DecimalVisitor<M> {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<i64, E> {
        parse(text).map_err(|mistake| E::custom(M::from(mistake)))
    }

    fn visit_i64<E: de::Error>(self, whole: i64) -> Result<i64, E> {
        whole.checked_mul(SCALE).ok_or_else(|| E::custom(M::from(Mistake::OutOfRange)))
    }

    fn visit_u64<E: de::Error>(self, whole: u64) -> Result<i64, E> {
        let whole = i64::try_from(whole).map_err(|_| E::custom(M::from(Mistake::OutOfRange)))?;
        self.visit_i64(whole)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<i64, E> {
        // The shortest text that names this float is what the sender wrote, as long as it has few
        // enough digits; past that the sender has to use a string.
        if number.abs() >= 1e11 {
            return Err(E::custom("a number this large has to be sent as a string"));
        }
        self.visit_str(&number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_product_is_rounded_half_away_from_zero() {
        // 0.0003 × 0.5 = 0.00015
        assert_eq!(product(3, 5_000), Some(2));
        assert_eq!(product(-3, 5_000), Some(-2));
        assert_eq!(product(200_000, 15_000), Some(300_000));
        assert_eq!(product(i64::MAX, 20_000), None);
        assert_eq!(product(i64::MAX, 10_000), Some(i64::MAX));
    }

    proptest! {
        /// Shifted by up to 63 bits, so that as many products fit into 64 bits as do not.
        #[test]
        fn a_product_is_the_same_however_wide_it_is(
            (one, by_one) in (any::<i64>(), 0_u32..64),
            (other, by_other) in (any::<i64>(), 0_u32..64),
        ) {
            let (one, other) = (one >> by_one, other >> by_other);
            prop_assert_eq!(product(one, other), wide_product(one, other));
        }
    }
}
