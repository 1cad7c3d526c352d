//! A line of a history, and how it is packed.
//!
//! It is, in numbers of variable length: the low six bits of the customer and the kind in one,
//! milliseconds since 1970 less those of the month's first day, the place in the log, and for purchases
//! that were paid the currency and the amount, net.

use crm_models::{Amount, Currency, Timestamp};

use crate::facts::{HistoryEntry, HistoryKind, first_day_of_month};
use crate::store::codec::{Reader, put, put_signed};
use crate::store::error::{Result, StoreError};

pub(super) const BUCKET_BITS: u32 = 6;
const SALE: u64 = 0;
const REFUND: u64 = 1;
const INTERACTION: u64 = 2;
/// What it is stands in a number of its own.
const FURTHER: u64 = 3;
const UNPAID: u64 = 0;
const TAKEN_BACK: u64 = 1;
const INTERACTION_TAKEN_BACK: u64 = 2;
const KIND_BITS: u32 = 2;

/// A month, and 64 neighbours among the customers.
pub(super) type Place = (i32, u32);

/// What stands in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// An entry.
    Entry(HistoryEntry),
    /// That an event, at this place of the log, took an entry back.
    TakenBack {
        /// Whose customer, time and place in the log count, and whether it is an interaction.
        of: HistoryEntry,
        by: i64,
    },
}

impl Line {
    /// The entry that it is or speaks of.
    pub(super) fn entry(&self) -> &HistoryEntry {
        match self {
            Self::Entry(entry) | Self::TakenBack { of: entry, .. } => entry,
        }
    }

    /// The place in the log of the event that it comes from.
    pub(super) fn seq(&self) -> i64 {
        match self {
            Self::Entry(entry) => entry.seq,
            Self::TakenBack { by, .. } => *by,
        }
    }

    /// The order of the log; an event takes back before it adds.
    pub(super) fn order(&self) -> (i64, bool) {
        (self.seq(), matches!(self, Self::Entry(_)))
    }
}

/// Where the times of a month's entries count from. The zone may be ahead of UTC, so entries can
/// lie a little before it.
fn month_start_millis(month: i32) -> i64 {
    i64::from(first_day_of_month(month)) * 86_400_000
}

pub(super) fn pack(month: i32, line: &Line, out: &mut Vec<u8>) {
    let entry = line.entry();
    let kind = match (line, entry.kind) {
        (Line::TakenBack { .. }, _) | (_, HistoryKind::Unpaid) => FURTHER,
        (_, HistoryKind::Sale(..)) => SALE,
        (_, HistoryKind::Refund(..)) => REFUND,
        (_, HistoryKind::Interaction) => INTERACTION,
    };
    let low = u64::from(entry.customer & ((1 << BUCKET_BITS) - 1));
    put(out, (low << KIND_BITS) | kind);
    put_signed(out, entry.occurred_at.millis() - month_start_millis(month));
    put_signed(out, entry.seq);
    match (line, entry.kind) {
        (Line::TakenBack { by, .. }, of) => {
            let is_interaction = of == HistoryKind::Interaction;
            put(out, if is_interaction { INTERACTION_TAKEN_BACK } else { TAKEN_BACK });
            put_signed(out, by - entry.seq);
        }
        (_, HistoryKind::Sale(currency, amount) | HistoryKind::Refund(currency, amount)) => {
            put(out, u64::from(currency.number()));
            put_signed(out, amount.ten_thousandths());
        }
        (_, HistoryKind::Unpaid) => put(out, UNPAID),
        (_, HistoryKind::Interaction) => {}
    }
}

/// Visits the lines of a row as they stand there.
pub(super) fn unpack(
    (month, bucket): Place,
    bytes: &[u8],
    mut each: impl FnMut(Line),
) -> Result<()> {
    let mut reader = Reader::new(bytes);
    let start = month_start_millis(month);
    // Most entries are in the currency of the one before, and looking one up takes longer than all else.
    let mut last = None;
    while !reader.is_empty() {
        let head: u32 = reader.narrow()?;
        let occurred_at = Timestamp::from_millis(start + reader.signed()?);
        let seq = reader.signed()?;
        let mut taken_back_by = None;
        let kind = match u64::from(head & ((1 << KIND_BITS) - 1)) {
            paid @ (SALE | REFUND) => {
                let number = reader.narrow()?;
                let currency = match last {
                    Some((known, currency)) if known == number => currency,
                    _ => Currency::from_number(number)
                        .ok_or_else(|| StoreError::Damaged("no such currency".into()))?,
                };
                last = Some((number, currency));
                let amount = Amount::from_ten_thousandths(reader.signed()?);
                match paid {
                    SALE => HistoryKind::Sale(currency, amount),
                    _ => HistoryKind::Refund(currency, amount),
                }
            }
            FURTHER => {
                let further = reader.unsigned()?;
                if matches!(further, TAKEN_BACK | INTERACTION_TAKEN_BACK) {
                    taken_back_by = Some(seq.saturating_add(reader.signed()?));
                }
                match further {
                    INTERACTION_TAKEN_BACK => HistoryKind::Interaction,
                    _ => HistoryKind::Unpaid,
                }
            }
            _ => HistoryKind::Interaction,
        };
        let customer = (bucket << BUCKET_BITS) | (head >> KIND_BITS);
        let entry = HistoryEntry { customer, occurred_at, seq, kind };
        each(match taken_back_by {
            None => Line::Entry(entry),
            Some(by) => Line::TakenBack { of: entry, by },
        });
    }
    Ok(())
}
