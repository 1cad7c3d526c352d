//! How files write currencies: by codes, signs and words.

use crm_models::Currency;

use super::reason::Reason;

/// How currencies are written beside their codes.
const SIGNS: [(&str, &[&str]); 22] = [
    ("€", &["EUR"]),
    ("£", &["GBP", "EGP", "GIP", "FKP"]),
    ("₽", &["RUB"]),
    ("руб", &["RUB", "BYN"]),
    ("р", &["RUB", "BYN"]),
    ("₴", &["UAH"]),
    ("грн", &["UAH"]),
    ("₸", &["KZT"]),
    ("₹", &["INR"]),
    ("₺", &["TRY"]),
    ("₩", &["KRW"]),
    ("₪", &["ILS"]),
    ("₫", &["VND"]),
    ("฿", &["THB"]),
    ("¥", &["JPY", "CNY"]),
    ("zł", &["PLN"]),
    ("Kč", &["CZK"]),
    ("Ft", &["HUF"]),
    ("lei", &["RON", "MDL"]),
    ("kr", &["SEK", "NOK", "DKK", "ISK"]),
    ("R$", &["BRL"]),
    ("$", &["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP", "BRL"]),
];

/// The currencies that a text may stand for: a code, or a sign.
fn currencies(sign: &str) -> Vec<Currency> {
    let known = SIGNS.iter().find(|(known, _)| known.eq_ignore_ascii_case(sign));
    let codes: &[&str] = match known {
        Some((_, codes)) => codes,
        None if sign.len() == 3 => &[sign],
        None => &[],
    };
    codes.iter().filter_map(|code| code.to_ascii_uppercase().parse().ok()).collect()
}

/// The one currency that a text stands for.
pub(super) fn of(text: &str) -> Option<Currency> {
    let text = text.trim().trim_end_matches('.');
    // Its code before 1998, which exports still write.
    let text = if text.eq_ignore_ascii_case("RUR") { "RUB" } else { text };
    match currencies(text).as_slice() {
        [one] => Some(*one),
        [first, ..] if text == "руб" || text == "р" || text == "£" => Some(*first),
        _ => None,
    }
}

/// Whether a text stands for a currency.
///
/// # Errors
/// It stands for another one.
pub(super) fn is_sign_of(sign: &str, currency: Option<Currency>) -> Result<bool, Reason> {
    let found = currencies(sign);
    match currency {
        _ if found.is_empty() => Ok(false),
        Some(currency) if !found.contains(&currency) => Err(Reason::OtherCurrency),
        _ => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_and_signs_stand_for_one_currency_or_none() {
        let of = |text| super::of(text).map(|currency| currency.to_string());
        let cases = [
            ("EUR", "EUR"),
            ("usd", "USD"),
            ("руб.", "RUB"),
            ("₽", "RUB"),
            ("RUR", "RUB"),
            ("€", "EUR"),
        ];
        for (text, code) in cases {
            assert_eq!(of(text).as_deref(), Some(code), "{text}");
        }
        assert_eq!((of("$"), of("kr"), of("abc"), of("")), (None, None, None, None));
    }
}
