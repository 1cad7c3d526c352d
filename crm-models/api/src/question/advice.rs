//! Questions to the assistant: what to do now.

use super::fields::question;
use crate::Language;
use crate::answer::{AdviceKind, AdviceState};

question! {
    /// What is recommended.
    Recommendations of purchases {
        /// Only those of this kind: win_back, second_purchase, replenish, together, falling, refunds or
        /// concentration.
        kind: Option<AdviceKind>,
        /// Those that stand like this: open, accepted, done, dismissed, snoozed or held.
        state: AdviceState = AdviceState::Open,
        /// Only those about this customer.
        customer_id: Option<String>,
        /// Recommendations at the most; 0 for all.
        limit: usize = 10,
        /// Language of the sentences: en or ru.
        language: Language = Language::English,
    }
}

question! {
    /// What is told of the shop.
    Briefing of purchases {
        /// Language of the sentences: en or ru.
        language: Language = Language::English,
    }
}

question! {
    /// What came of recommendations.
    AdviceResults of purchases {}
}
