//! Sums of money: what a report adds up, exact however much it is.
//!
//! An [`Amount`] holds what one purchase may come to; a thousand of the largest do not fit into its
//! 64 bits. A sum has 128, which no number of purchases that a disk can hold fills.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

use crm_models::{Amount, text};

/// A sum of amounts of one currency, in 1/10,000 of a unit. On the wire a decimal string, as an
/// amount is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "1250.00"))]
pub struct Total(i128);

impl Total {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From 1/10,000 of a unit.
    pub const fn from_ten_thousandths(count: i128) -> Self {
        Self(count)
    }

    /// In 1/10,000 of a unit.
    pub const fn ten_thousandths(self) -> i128 {
        self.0
    }

    /// Share of one among `count`, rounded half away from zero to 1/10,000; `None` when
    /// `count` is zero.
    pub fn mean_of(self, count: i64) -> Option<Self> {
        rounded(self.0, count.into()).map(Self)
    }
}

/// A quotient rounded half away from zero; `None` when it is divided by zero.
pub(crate) fn rounded(dividend: i128, divisor: i128) -> Option<i128> {
    let quotient = dividend.checked_div(divisor)?;
    let rest = (dividend % divisor).unsigned_abs();
    let away = if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
    let rounds_up = rest >= divisor.unsigned_abs() - rest;
    Some(if rounds_up { quotient + away } else { quotient })
}

impl From<Amount> for Total {
    fn from(amount: Amount) -> Self {
        Self(amount.ten_thousandths().into())
    }
}

impl Add for Total {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Total {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Total {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign<Amount> for Total {
    fn add_assign(&mut self, amount: Amount) {
        *self = *self + amount.into();
    }
}

impl Sum for Total {
    fn sum<I: Iterator<Item = Self>>(totals: I) -> Self {
        totals.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, sign) = (self.0.unsigned_abs(), if self.0 < 0 { "-" } else { "" });
        let mut text = format!("{sign}{}.{:04}", size / 10_000, size % 10_000);
        // Two decimals stay, as in an amount.
        for _ in 0..2 {
            if text.ends_with('0') {
                text.pop();
            }
        }
        f.pad(&text)
    }
}

/// A text that is no [`Total`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sum of money is a decimal number such as \"1250.00\", with at most 4 decimals")]
pub struct TotalError;

impl FromStr for Total {
    type Err = TotalError;

    fn from_str(text: &str) -> Result<Self, TotalError> {
        let (sign, size) = text.strip_prefix('-').map_or((1, text), |size| (-1, size));
        let (whole, decimals) = size.split_once('.').unwrap_or((size, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > 4 {
            return Err(TotalError);
        }
        let size: i128 = format!("{whole}{decimals:0<4}").parse().map_err(|_| TotalError)?;
        Ok(Self(sign * size))
    }
}

text!(Total);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_sum_of_many_largest_amounts_is_exact() {
        let largest = Amount::from_ten_thousandths(i64::MAX);
        let mut total = Total::ZERO;
        (0..2_000).for_each(|_| total += largest);
        assert_eq!(total.to_string(), "1844674407370955161.40");
        assert_eq!(serde_json::to_string(&-total).unwrap(), "\"-1844674407370955161.40\"");
        assert_eq!(total.mean_of(2_000), Some(largest.into()));
        assert_eq!(total.mean_of(0), None);
    }

    #[test]
    fn what_is_no_sum_of_money_is_refused() {
        for bad in ["", "-", ".", "1.", ".5", "1.00005", "+1", "1e3", "--1", &"9".repeat(40)] {
            assert_eq!(bad.parse::<Total>(), Err(TotalError), "{bad}");
        }
        assert_eq!("-0.5".parse(), Ok(Total::from_ten_thousandths(-5_000)));
    }

    proptest! {
        #[test]
        fn a_sum_reads_back(count in any::<i64>(), times in 1_i128..1 << 62) {
            let total = Total::from_ten_thousandths(i128::from(count) * times);
            prop_assert_eq!(total.to_string().parse(), Ok(total));
        }

        #[test]
        fn a_sum_of_one_is_written_as_the_amount(minor in any::<i64>()) {
            let amount = Amount::from_ten_thousandths(minor);
            prop_assert_eq!(Total::from(amount).to_string(), amount.to_string());
        }

        #[test]
        fn a_mean_is_that_of_an_amount(minor in any::<i64>(), count in -1_000_i64..1_000) {
            let amount = Amount::from_ten_thousandths(minor);
            let expected = amount.mean_of(count).map(Total::from);
            // The mean of the least amount among -1 is an amount no more.
            prop_assume!(minor != i64::MIN);
            prop_assert_eq!(Total::from(amount).mean_of(count), expected);
        }
    }
}
