//! Arguments of a bench: `--name value` after `cargo bench … --`, each with a default.

use std::collections::BTreeMap;

/// The arguments given.
#[derive(Debug)]
pub struct Args(BTreeMap<String, String>);

impl Args {
    /// Reads the command line; `known` are the names that the bench understands.
    ///
    /// # Panics
    /// At a name that is not known, with those that are.
    pub fn parse(known: &[&str]) -> Self {
        let mut given = BTreeMap::new();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            // Cargo itself adds this one.
            if word == "--bench" {
                continue;
            }
            let name = word.strip_prefix("--").filter(|name| known.contains(name));
            let name = name.unwrap_or_else(|| panic!("{word}: known are --{}", known.join(", --")));
            let value = words.next().unwrap_or_else(|| panic!("--{name} needs a value"));
            given.insert(name.to_owned(), value);
        }
        Self(given)
    }

    /// A number, such as `2000000`, `2_000_000` or `2M`.
    ///
    /// # Panics
    /// When it is none.
    pub fn count(&self, name: &str, default: u64) -> u64 {
        self.0.get(name).map_or(default, |text| {
            number(text).unwrap_or_else(|| panic!("--{name}: {text} is no number"))
        })
    }

    /// Numbers, parted by commas.
    ///
    /// # Panics
    /// When one is none.
    pub fn counts(&self, name: &str, default: &[u64]) -> Vec<u64> {
        self.0.get(name).map_or(default.to_vec(), |text| {
            let numbers = text.split(',').map(number).collect::<Option<_>>();
            numbers.unwrap_or_else(|| panic!("--{name}: {text} are no numbers"))
        })
    }

    /// Whether a part of the bench is to run: all of them, unless `--only` names some.
    pub fn runs(&self, part: &str) -> bool {
        self.0.get("only").is_none_or(|only| only.split(',').any(|name| name == part))
    }
}

fn number(text: &str) -> Option<u64> {
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => text.strip_suffix(['m', 'M']).map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    digits.replace('_', "").parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_bear_a_unit() {
        let read = ["7", "2M", "50k", "1_000", "x", ""].map(number);
        assert_eq!(read, [Some(7), Some(2_000_000), Some(50_000), Some(1_000), None, None]);
    }
}
