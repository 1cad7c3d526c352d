//! Numbers with their nouns, as people say them.

use std::fmt::Display;

/// A count with its noun, as `1 sale` or `2 sales`. The count may be grouped (`1,234`) already.
pub fn counted(count: impl Display, one: &str, many: &str) -> String {
    let count = count.to_string();
    let noun = if count == "1" { one } else { many };
    format!("{count} {noun}")
}

/// Between groups of three digits: a narrow blank would be finer, but not every terminal has it.
const SEPARATOR: char = ',';

/// Groups the digits before the point by three.
pub fn grouped(number: &str) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut text = sign.to_owned();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(SEPARATOR);
        }
        text.push(digit);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noun_agrees_with_its_number() {
        let said = [0, 1, 2, 11, 21].map(|count| counted(count, "day", "days"));
        assert_eq!(said, ["0 days", "1 day", "2 days", "11 days", "21 days"]);
        assert_eq!(counted("1,001", "day", "days"), "1,001 days");
    }
}
