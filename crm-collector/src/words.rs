//! Numbers with their nouns, as people say them.

use std::fmt::Display;

/// A count with its noun, as `1 sale` or `2 sales`. The count may be grouped (`1,234`) already.
pub fn counted(count: impl Display, one: &str, many: &str) -> String {
    let count = count.to_string();
    let noun = if count == "1" { one } else { many };
    format!("{count} {noun}")
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
