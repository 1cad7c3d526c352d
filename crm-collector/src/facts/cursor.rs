//! The place in a list that is read page by page: the `next_after` of one page, the `after` of the
//! next. Rows that arrive between two pages neither repeat nor hide others.
//!
//! A token is opaque to callers, so that a list may change how it finds its place. It begins with
//! the version of its form and the list it belongs to, so that one of another version or another
//! list is refused rather than misread.

use crm_models::{Code, Invalid, Timestamp};

const VERSION: u8 = 1;

/// A list that is read page by page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum List {
    /// Customers, by number.
    Customers = 1,
    /// Purchases, the latest first.
    Purchases = 2,
    /// What happened with a customer, the latest first.
    Timeline = 3,
    /// The quarantine, by number.
    Rejected = 4,
    /// API keys, by number.
    Keys = 5,
    /// Invitations, the latest first.
    Invitations = 6,
    /// Versions and refunds of a purchase, the latest first.
    PurchasePast = 7,
    /// Versions of an interaction, the latest first.
    InteractionPast = 8,
    /// Imports, the latest first.
    Imports = 9,
    /// Customers by what they are worth, by their place in the list.
    Values = 10,
}

/// A place in a list: behind a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Time of the row; 0 in lists by number.
    pub time: Timestamp,
    /// Its number, or its place in the log.
    pub number: i64,
}

impl Place {
    /// Behind the row of this number.
    pub fn number(number: i64) -> Self {
        Self { time: Timestamp::from_millis(0), number }
    }

    /// The token that leads here.
    pub fn token(self, list: List) -> String {
        let (time, number) = (self.time.millis(), self.number);
        format!("{VERSION:02x}{:02x}{time:016x}{number:016x}", list as u8)
    }

    /// Where a token leads.
    pub fn parse(token: &str, list: List) -> Result<Self, Invalid> {
        let read = || -> Option<Self> {
            let digits = token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if !digits || token.len() != 36 {
                return None;
            }
            let byte = |at: usize| u8::from_str_radix(&token[at..at + 2], 16).ok();
            let number = |at: usize| u64::from_str_radix(&token[at..at + 16], 16).ok();
            if byte(0)? != VERSION || byte(2)? != list as u8 {
                return None;
            }
            let time = Timestamp::from_millis(number(4)?.cast_signed());
            Some(Self { time, number: number(20)?.cast_signed() })
        };
        read().ok_or_else(|| {
            let rule = "is the next_after of the page before of this list, as it stands there";
            Invalid::new(Code::InvalidField, "after", rule.to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_back_and_into_no_other_list() {
        for (time, number) in [(0, 0), (i64::MIN, i64::MAX), (1_700_000_000_123, -1)] {
            let place = Place { time: Timestamp::from_millis(time), number };
            let token = place.token(List::Purchases);
            assert_eq!(Place::parse(&token, List::Purchases), Ok(place));
            assert!(Place::parse(&token, List::Timeline).is_err());
            let newer = format!("02{}", &token[2..]);
            assert!(Place::parse(&newer, List::Purchases).is_err());
        }
        for bad in ["", "x", "17_4", "ü", &"0".repeat(36), &"é".repeat(18)] {
            assert!(Place::parse(bad, List::Customers).is_err(), "{bad}");
        }
    }
}
