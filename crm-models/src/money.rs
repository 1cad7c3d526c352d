//! Exact money: a count of 1/10,000 of a unit, and the ISO 4217 code of its currency.
//!
//! Nothing here is ever a float. Arithmetic is checked: a sum that does not fit is `None`.

use std::fmt;
use std::str::FromStr;

use serde::de::Deserializer;
use serde::{Deserialize, Serialize, Serializer};

use crate::decimal::{self, LONGEST, Mistake, SCALE};
use crate::quantity::Quantity;
use crate::text::ascii;

/// An amount of money in 1/10,000 of a currency unit.
///
/// On the wire: a decimal string with at most four decimals; a JSON number is accepted as well
/// if it has at most four. Always written as a string, with at least two decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "12.50"))]
pub struct Amount(i64);

/// Why something is not an [`Amount`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// Not of the form `-123.4567`.
    #[error("an amount is a decimal number such as \"12.50\"")]
    Malformed,
    /// More than four digits after the point.
    #[error("an amount has at most 4 decimals")]
    TooManyDecimals,
    /// Outside what 64 bits of 1/10,000 hold (about ±922 trillion units).
    #[error("an amount lies between -922337203685477.5808 and 922337203685477.5807")]
    OutOfRange,
}

impl AmountError {
    const fn of(mistake: Mistake) -> Self {
        match mistake {
            Mistake::Malformed => Self::Malformed,
            Mistake::TooManyDecimals => Self::TooManyDecimals,
            Mistake::OutOfRange => Self::OutOfRange,
        }
    }
}

impl From<Mistake> for AmountError {
    fn from(mistake: Mistake) -> Self {
        Self::of(mistake)
    }
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From a decimal number as it is written and as it travels, such as `"6.95"`: at most four
    /// decimals, a point and no other separator. The same as [`str::parse`], and at compile time
    /// as well.
    ///
    /// # Errors
    /// The text is no such number, or an amount cannot hold it exactly.
    pub const fn from_decimal_str(text: &str) -> Result<Self, AmountError> {
        match decimal::parse(text) {
            Ok(ten_thousandths) => Ok(Self(ten_thousandths)),
            Err(mistake) => Err(AmountError::of(mistake)),
        }
    }

    /// From whole units: `from_units(7)` is 7.00 in any currency.
    ///
    /// # Errors
    /// [`AmountError::OutOfRange`] when it does not fit.
    pub const fn from_units(units: i64) -> Result<Self, AmountError> {
        match units.checked_mul(SCALE) {
            Some(scaled) => Ok(Self(scaled)),
            None => Err(AmountError::OutOfRange),
        }
    }

    /// From the smallest units of the currency, [as many as ISO 4217 says](Currency::decimals):
    /// `from_minor(695, Currency::GBP)` is 6.95 pounds, `from_minor(695, Currency::JPY)` is 695
    /// yen.
    ///
    /// # Errors
    /// [`AmountError::OutOfRange`] when it does not fit.
    pub const fn from_minor(minor: i64, currency: Currency) -> Result<Self, AmountError> {
        let scale = match currency.decimals() {
            0 => SCALE,
            3 => SCALE / 1_000,
            _ => SCALE / 100,
        };
        match minor.checked_mul(scale) {
            Some(scaled) => Ok(Self(scaled)),
            None => Err(AmountError::OutOfRange),
        }
    }

    /// From 1/10,000 of a unit, as amounts are stored: `from_ten_thousandths(69_500)` is 6.95.
    /// Cents are for [`from_minor`](Self::from_minor).
    pub const fn from_ten_thousandths(ten_thousandths: i64) -> Self {
        Self(ten_thousandths)
    }

    /// In 1/10,000 of a unit.
    pub const fn ten_thousandths(self) -> i64 {
        self.0
    }

    /// Sum; `None` when it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference; `None` when it does not fit.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Product with a count, such as a number of seats; `None` when it does not fit.
    pub fn checked_mul(self, count: i64) -> Option<Self> {
        self.0.checked_mul(count).map(Self)
    }

    /// Product of a price and a quantity, rounded half away from zero to 1/10,000; `None` when it
    /// does not fit.
    pub fn times(self, quantity: Quantity) -> Option<Self> {
        decimal::product(self.0, quantity.ten_thousandths()).map(Self)
    }

    /// Without its sign; `None` for the one amount that has no positive.
    pub fn checked_abs(self) -> Option<Self> {
        self.0.checked_abs().map(Self)
    }

    /// Share of one among `count`, rounded half away from zero to 1/10,000; `None` when
    /// `count` is zero.
    pub fn mean_of(self, count: i64) -> Option<Self> {
        if count == 0 {
            return None;
        }
        let (total, count) = (i128::from(self.0), i128::from(count));
        let half = count.abs() / 2;
        let rounded =
            if (total < 0) == (count < 0) { total.abs() + half } else { -(total.abs() + half) };
        i64::try_from(rounded / count.abs()).ok().map(Self)
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    fn write(self, place: &mut [u8; LONGEST]) -> &str {
        decimal::write(self.0, 2, place)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.write(&mut [0; LONGEST]))
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        Self::from_decimal_str(text)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.write(&mut [0; LONGEST]))
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "an amount of at most 4 decimals, such as \"12.50\"";
        decimal::deserialize::<D, AmountError>(deserializer, expecting).map(Self)
    }
}

/// An ISO 4217 alphabetic currency code, such as `GBP`.
///
/// Three ASCII capitals; only codes in active use (and the funds and metals codes that carry
/// no shop's prices left out) are accepted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "GBP"))]
pub struct Currency([u8; 3]);

macro_rules! common_currencies {
    ($($name:ident = $code:literal,)*) => {
        /// The currencies that most shops use; any other is parsed from its code.
        impl Currency {
            $(
                #[doc = concat!("The currency `", stringify!($name), "`.")]
                pub const $name: Self = Self(*$code);
            )*
        }
    };
}

common_currencies! {
    AUD = b"AUD", BRL = b"BRL", CAD = b"CAD", CHF = b"CHF", CNY = b"CNY", EUR = b"EUR",
    GBP = b"GBP", INR = b"INR", JPY = b"JPY", PLN = b"PLN", RUB = b"RUB", USD = b"USD",
}

/// A text that is no currency code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a currency is an ISO 4217 code such as \"EUR\"")]
pub struct UnknownCurrency;

/// Active codes of ISO 4217, sorted, without funds, metals and test codes.
const CODES: &str = "\
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP \
GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD \
KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN \
NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP \
SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES \
VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// Codes of [`CODES`] whose currency has no smaller unit, and those that divide it by a thousand;
/// all others have hundredths (ISO 4217, list one, "minor unit").
const WITHOUT_DECIMALS: &[u8] = b"BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
const WITH_THREE_DECIMALS: &[u8] = b"BHD IQD JOD KWD LYD OMR TND";

/// Whether a list of codes, each with a blank behind it, names this one.
const fn lists(codes: &[u8], code: [u8; 3]) -> bool {
    let mut at = 0;
    while at < codes.len() {
        if codes[at] == code[0] && codes[at + 1] == code[1] && codes[at + 2] == code[2] {
            return true;
        }
        at += 4;
    }
    false
}

impl Currency {
    /// Decimals of its prices by ISO 4217: 2 for most, 0 for yen, 3 for Kuwaiti dinars.
    pub const fn decimals(self) -> u32 {
        if lists(WITHOUT_DECIMALS, self.0) {
            0
        } else if lists(WITH_THREE_DECIMALS, self.0) {
            3
        } else {
            2
        }
    }

    /// Its three letters.
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }

    /// The code as a small number that keeps the order of the letters, for compact keys.
    pub fn number(self) -> u16 {
        self.0.iter().fold(0, |number, letter| number * 26 + u16::from(letter - b'A'))
    }

    /// The currency of a [`Currency::number`]; `None` for a number that names none.
    pub fn from_number(number: u16) -> Option<Self> {
        let letter = |value: u16| u8::try_from(value % 26).ok().map(|offset| b'A' + offset);
        let code = [letter(number / 676)?, letter(number / 26)?, letter(number)?];
        std::str::from_utf8(&code).ok()?.parse().ok()
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| UnknownCurrency)?;
        let codes = CODES.as_bytes();
        // Each code with its blank takes four bytes, so the list is an array to search.
        let (mut low, mut high) = (0, codes.len().div_ceil(4));
        while low < high {
            let middle = usize::midpoint(low, high);
            match codes[middle * 4..middle * 4 + 3].cmp(&code[..]) {
                std::cmp::Ordering::Equal => return Ok(Self(code)),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(UnknownCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::parse_str(deserializer, "an ISO 4217 currency code such as \"EUR\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_print_with_two_to_four_decimals() {
        let cases =
            [(0, "0.00"), (1, "0.0001"), (-1, "-0.0001"), (125_000, "12.50"), (123_450, "12.345")];
        for (minor, text) in cases {
            assert_eq!(Amount::from_ten_thousandths(minor).to_string(), text);
        }
        assert_eq!(Amount::from_ten_thousandths(i64::MIN).to_string(), "-922337203685477.5808");
    }

    #[test]
    fn amounts_refuse_what_they_cannot_hold_exactly() {
        let cases = [
            ("", AmountError::Malformed),
            ("-", AmountError::Malformed),
            (".5", AmountError::Malformed),
            ("5.", AmountError::Malformed),
            ("1e3", AmountError::Malformed),
            ("+1", AmountError::Malformed),
            ("1,5", AmountError::Malformed),
            ("٣", AmountError::Malformed),
            ("0.00001", AmountError::TooManyDecimals),
            ("922337203685477.5808", AmountError::OutOfRange),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Amount>(), Err(error), "{text}");
        }
        assert_eq!("1.50000".parse(), Ok(Amount::from_ten_thousandths(15_000)));
        assert_eq!("-922337203685477.5808".parse(), Ok(Amount::from_ten_thousandths(i64::MIN)));
    }

    #[test]
    fn cents_are_cents_of_their_currency() {
        let minor = |code: &str, minor| {
            let amount = Amount::from_minor(minor, code.parse().unwrap());
            amount.map(|amount| amount.to_string())
        };
        assert_eq!(minor("GBP", 695), Ok("6.95".into()));
        assert_eq!(minor("JPY", 695), Ok("695.00".into()));
        assert_eq!(minor("XPF", -1), Ok("-1.00".into()));
        assert_eq!(minor("KWD", 695), Ok("0.695".into()));
        assert_eq!(minor("GBP", i64::MAX / 100 + 1), Err(AmountError::OutOfRange));
        assert_eq!(minor("JPY", i64::MIN), Err(AmountError::OutOfRange));
        assert_eq!(Amount::from_units(7).map(|amount| amount.to_string()), Ok("7.00".into()));
        assert_eq!(Amount::from_units(i64::MAX), Err(AmountError::OutOfRange));
    }

    #[test]
    fn currencies_with_other_decimals_than_two_are_currencies_in_use() {
        for (codes, decimals) in [(WITHOUT_DECIMALS, 0), (WITH_THREE_DECIMALS, 3)] {
            let codes = std::str::from_utf8(codes).unwrap();
            for code in codes.split(' ') {
                assert_eq!(code.parse().map(Currency::decimals), Ok(decimals), "{code}");
            }
        }
        assert_eq!(Currency::EUR.decimals(), 2);
    }

    #[test]
    fn an_amount_can_be_a_constant() {
        const PRICE: Amount = match Amount::from_decimal_str("6.95") {
            Ok(price) => price,
            Err(_) => Amount::ZERO,
        };
        assert_eq!(PRICE, Amount::from_ten_thousandths(69_500));
    }

    #[test]
    fn amounts_come_from_json_strings_and_short_numbers() {
        let minor =
            |json: &str| serde_json::from_str::<Amount>(json).map(Amount::ten_thousandths).ok();
        assert_eq!(minor("\"12.5\""), Some(125_000));
        assert_eq!(minor("12.3456"), Some(123_456));
        assert_eq!(minor("0.1"), Some(1_000));
        assert_eq!(minor("-3"), Some(-30_000));
        for bad in
            ["12.34567", "1e300", "100000000000.5", "null", "true", "[]", "18446744073709551615"]
        {
            assert_eq!(minor(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_mean_is_rounded_half_away_from_zero() {
        let mean = |total, count| {
            Amount::from_ten_thousandths(total).mean_of(count).map(Amount::ten_thousandths)
        };
        assert_eq!(mean(10, 4), Some(3));
        assert_eq!(mean(-10, 4), Some(-3));
        assert_eq!(mean(9, 4), Some(2));
        assert_eq!(mean(1, 0), None);
    }

    #[test]
    fn currencies_are_those_of_iso_4217() {
        for code in CODES.split(' ') {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(currency.as_str(), code);
            assert_eq!(Currency::from_number(currency.number()), Some(currency));
        }
        for code in ["", "EU", "EURO", "eur", "XXX", "AAA", "ZZZ", "€UR"] {
            assert_eq!(code.parse::<Currency>(), Err(UnknownCurrency), "{code}");
        }
    }

    proptest! {
        #[test]
        fn printing_and_parsing_agree(minor: i64) {
            let amount = Amount::from_ten_thousandths(minor);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
            let json = serde_json::to_string(&amount).unwrap();
            prop_assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), amount);
        }

        /// Amounts of few digits are as likely as those of many: shifted by up to 63 bits.
        #[test]
        fn an_amount_is_its_units_and_its_decimals_without_needless_zeros(bits: i64, shift in 0_u32..64) {
            let minor = bits >> shift;
            let magnitude = minor.unsigned_abs();
            let decimals = format!("{:04}", magnitude % 10_000);
            let kept = decimals.trim_end_matches('0').len().max(2);
            let sign = if minor < 0 { "-" } else { "" };
            let text = format!("{sign}{}.{}", magnitude / 10_000, &decimals[..kept]);
            let amount = Amount::from_ten_thousandths(minor);
            prop_assert_eq!(format!("{amount:>25}"), format!("{text:>25}"));
            prop_assert_eq!(serde_json::to_string(&amount).unwrap(), format!("\"{text}\""));
        }

        #[test]
        fn json_numbers_mean_what_their_digits_say(units in -1_000_000_i64..1_000_000, fraction in 0_i64..10_000) {
            let text = format!("{units}.{fraction:04}");
            prop_assert_eq!(serde_json::from_str::<Amount>(&text).unwrap(), text.parse().unwrap());
        }

        #[test]
        fn sums_do_not_depend_on_order(minors in proptest::collection::vec(-1_000_000_000_000_i64..1_000_000_000_000, 0..50)) {
            let add = |sum: Amount, minor: &i64| sum.checked_add(Amount::from_ten_thousandths(*minor));
            let forwards = minors.iter().try_fold(Amount::ZERO, add);
            prop_assert_eq!(forwards, minors.iter().try_rfold(Amount::ZERO, add));
            prop_assert_eq!(forwards.unwrap().ten_thousandths(), minors.iter().sum::<i64>());
        }

        #[test]
        fn no_text_makes_parsing_panic(text in "\\PC*") {
            let _outcome = text.parse::<Amount>();
            let _currency = text.parse::<Currency>();
        }
    }
}
