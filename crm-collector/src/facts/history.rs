//! What happened with a customer, entry by entry.

use crm_models::{Amount, Currency, Timestamp};

use super::Sums;

/// One entry in the history of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Whose history.
    pub customer: u32,
    /// When.
    pub occurred_at: Timestamp,
    /// Its place in the workspace's log.
    pub seq: i64,
    /// What it was.
    pub kind: HistoryKind,
}

impl HistoryEntry {
    /// What it adds to sums in a currency; nothing if it is no purchase in that.
    #[inline]
    pub fn sums(&self, currency: Currency) -> Option<Sums> {
        match self.kind {
            HistoryKind::Sale(of, amount) if of == currency => {
                Some(Sums { gross: amount.ten_thousandths().into(), orders: 1, ..Sums::default() })
            }
            HistoryKind::Refund(of, amount) if of == currency => Some(Sums {
                refunds: amount.ten_thousandths().into(),
                refund_orders: 1,
                ..Sums::default()
            }),
            _ => None,
        }
    }
}

/// What an entry of a history was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryKind {
    /// A sale of this much, net.
    Sale(Currency, Amount),
    /// A refund of this much, net.
    Refund(Currency, Amount),
    /// An order that is not paid.
    Unpaid,
    /// An interaction.
    Interaction,
}
