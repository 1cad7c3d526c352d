//! How customers stand: what each bought and gave back, and when last, gathered entry by entry.

use crm_models::{Currency, Timestamp};
use crm_stats::segment::Standing;

use crate::facts::{HistoryEntry, Sums};

/// What each customer bought and gave back in a currency.
pub struct Standings {
    currency: Currency,
    /// By number.
    buyers: Vec<Buyer>,
}

/// What a customer bought and gave back.
#[derive(Clone, Copy, Default)]
pub struct Buyer {
    /// When he or she bought last; none where there are only refunds.
    pub last_sale: Option<Timestamp>,
    /// What it comes to.
    pub sums: Sums,
}

impl Standings {
    /// Of purchases in a currency.
    pub fn new(currency: Currency) -> Self {
        Self { currency, buyers: Vec::new() }
    }

    /// Adds an entry of a customer's history; whether it counts.
    pub fn add(&mut self, entry: &HistoryEntry) -> bool {
        let Some(sums) = entry.sums(self.currency) else { return false };
        let index = entry.customer as usize;
        if index >= self.buyers.len() {
            self.buyers.resize(index + 1, Buyer::default());
        }
        let buyer = &mut self.buyers[index];
        buyer.sums.add(&sums);
        if sums.orders > 0 {
            buyer.last_sale = buyer.last_sale.max(Some(entry.occurred_at));
        }
        true
    }

    /// Everybody, by number; who did nothing has nothing.
    pub fn buyers(&self) -> &[Buyer] {
        &self.buyers
    }
}

impl Buyer {
    /// What he or she is scored by; none who never bought.
    pub fn standing(&self) -> Option<Standing> {
        Some(Standing {
            last: self.last_sale?.millis(),
            orders: u32::try_from(self.sums.orders).unwrap_or(u32::MAX),
            net: self.sums.net(),
        })
    }
}
