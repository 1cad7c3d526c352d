//! Questions to the assistant: what to do now.

use crm_models::words;

use super::fields::question;
use crate::Language;

words! {
    /// What advice is about.
    AdviceKind {
        /// A customer who has been silent for longer than ever.
        WinBack = "win_back",
        /// A customer who bought once, at the time when others come back.
        SecondPurchase = "second_purchase",
        /// A product that a customer buys again and again, about when they do.
        Replenish = "replenish",
        /// Customers who bought one product of a pair and never the other.
        Together = "together",
        /// Something that is sold less.
        Falling = "falling",
        /// Something that is sold more.
        Rising = "rising",
        /// A product that is given back more often than others.
        Refunds = "refunds",
        /// Few customers who bring a large part of what is sold.
        Concentration = "concentration",
    }
}

words! {
    /// What became of a piece of advice.
    AdviceState {
        /// Nobody has decided yet.
        Open = "open",
        /// Somebody took it on.
        Accepted = "accepted",
        /// It was done.
        Done = "done",
        /// Somebody refused it.
        Dismissed = "dismissed",
        /// It comes back on a day.
        Snoozed = "snoozed",
        /// An experiment holds it back, to tell what happens without it.
        Held = "held",
    }
}

words! {
    /// What somebody decides about a recommendation.
    AdviceVerb {
        /// Takes it on.
        Accept = "accept",
        /// Refuses it; it is not said again.
        Dismiss = "dismiss",
        /// Puts it off.
        Snooze = "snooze",
        /// Has done it.
        Done = "done",
    }
}

impl AdviceVerb {
    /// How advice stands when it was decided so.
    pub fn state(self) -> AdviceState {
        match self {
            Self::Accept => AdviceState::Accepted,
            Self::Dismiss => AdviceState::Dismissed,
            Self::Snooze => AdviceState::Snoozed,
            Self::Done => AdviceState::Done,
        }
    }
}

question! {
    /// What is recommended.
    Recommendations of purchases {
        /// Only those of this kind: win_back, second_purchase, replenish, together, falling, rising, refunds
        /// or concentration.
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
