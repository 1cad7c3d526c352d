//! What to do now: whom to turn to, with what, by when, and how much money is at stake.

use chrono::NaiveDate;
use crm_models::{Currency, Timestamp, words};
use serde::{Deserialize, Serialize};

use super::{Band, Figure, Missing};
use crate::{Language, Outside};

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

/// What is recommended, the most money first, and of each ten no more than three of a kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recommendations {
    /// Currency of all money.
    pub currency: Currency,
    /// First day that counts no more.
    pub as_of: NaiveDate,
    /// Days ahead that money at stake and chances are about.
    pub window_days: u32,
    /// Language of the sentences.
    pub language: Language,
    /// The recommendations.
    pub recommendations: Vec<Recommendation>,
    /// Recommendations that the limit left out.
    pub omitted: usize,
    /// How many stand like what, of all kinds and customers.
    pub standing: Standing,
    /// What more would have been needed, in a sentence; null when nothing was missing.
    pub missing: Option<String>,
    /// The same as codes with their parameters.
    pub missing_codes: Vec<Missing>,
    /// Purchases that are in none of these figures.
    pub outside: Outside,
}

/// How many recommendations stand like what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Standing {
    /// Open.
    pub open: usize,
    /// Taken on.
    pub accepted: usize,
    /// Done.
    pub done: usize,
    /// Refused.
    pub dismissed: usize,
    /// Put off.
    pub snoozed: usize,
    /// Held back by an experiment.
    pub held: usize,
}

/// One thing to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recommendation {
    /// Names it, for as long as what it is about stays as it is.
    pub id: String,
    /// What it is about.
    pub kind: AdviceKind,
    /// What to do, in a sentence.
    pub summary: String,
    /// Why, in some sentences.
    pub why: Vec<String>,
    /// The customer it is about, if it is about one.
    pub customer: Option<Named>,
    /// The product it is about, or that is to be offered.
    pub product: Option<Named>,
    /// The last day on which it makes sense.
    pub by: NaiveDate,
    /// Money at stake within the window, a lower bound: four of five times like it brought more. Of what falls,
    /// what it is below the usual, if it stays so. Not what acting earns.
    pub at_stake: Figure,
    /// The chance of a purchase within the window with no action, 0 to 1; null where it is not about a
    /// customer.
    pub chance: Option<f64>,
    /// What it goes by in the list: money at stake times the chance.
    pub worth: Figure,
    /// So many past windows, orders or lines are behind the money.
    pub given: usize,
    /// The figures that the sentences are made of.
    pub facts: AdviceFacts,
    /// Questions whose answers show what is behind it.
    pub evidence: Vec<Evidence>,
    /// What else there is to say to the same customer: at most one of each kind.
    pub also: Vec<AdviceKind>,
    /// How it stands.
    pub state: AdviceState,
    /// What was decided last, if anything was.
    pub decision: Option<Decision>,
}

/// A question as it is written in JSON: named by `question`, with its fields beside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = Object))]
#[serde(transparent)]
pub struct Evidence(pub(crate) serde_json::Value);

/// Somebody or something by the host's id, and by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Named {
    /// The host's id of the customer, or the SKU.
    pub id: String,
    /// The name, if known.
    pub name: Option<String>,
}

impl Named {
    /// What people know it as.
    pub fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

/// What was decided about a recommendation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// Who: `user:ID`, `key:ID` or `cli`.
    pub by: String,
    /// Why, in their words.
    pub reason: Option<String>,
    /// The day from which on it is open again, if it was put off.
    pub until: Option<NaiveDate>,
}

/// The figures of a recommendation, by its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum AdviceFacts {
    /// A customer who has been silent for longer than ever.
    WinBack {
        /// Days with a purchase.
        purchase_days: usize,
        /// The usual pause between them, in days.
        usual_gap_days: f64,
        /// The longest pause, in days.
        longest_gap_days: i32,
        /// Days since the last purchase.
        silent_days: i32,
        /// The day of the last purchase.
        last_purchase: NaiveDate,
        /// Money that half of the windows brought.
        usual: Figure,
        /// What four of five who slipped so and came back brought at least, of what was usual of them.
        share: f64,
        /// How many came back, of whom this is read off; 0 where they are too few, and the share is that of
        /// the customer's own windows.
        returned: usize,
    },
    /// A customer who bought once.
    SecondPurchase {
        /// When.
        bought_on: NaiveDate,
        /// For how much.
        spent: Figure,
        /// Days after which half of those who came back had done so.
        half_within_days: i32,
        /// Days after which three quarters had.
        most_within_days: i32,
        /// Customers who came back.
        returned: usize,
    },
    /// A product that is due.
    Replenish {
        /// Days with a purchase of it.
        purchase_days: usize,
        /// The usual pause between them, in days.
        usual_gap_days: f64,
        /// The longest pause, in days.
        longest_gap_days: i32,
        /// Days since the last one.
        silent_days: i32,
        /// The day of the last one.
        last_purchase: NaiveDate,
        /// How many are usually taken.
        quantity: f64,
        /// Cases of the past that the chance is read off.
        cases: u32,
    },
    /// Customers to offer a product to.
    Together {
        /// What they bought lately.
        with: Named,
        /// How many of them have never bought the product.
        customers: usize,
        /// Their ids, some of them.
        customer_ids: Vec<String>,
        /// Orders with both.
        orders_with_both: u32,
        /// Orders with what they bought.
        orders_with_first: u32,
        /// Customers who had bought the first and not the second, some time ago.
        had_first: u32,
        /// Those of them who bought the second within a window.
        went_on: u32,
        /// What four of five paid for the product at least.
        price: Figure,
    },
    /// Something that is sold less.
    Trend {
        /// `all`, `product`, `country` or `channel`.
        dimension: String,
        /// Since when.
        since: NaiveDate,
        /// Money a month from now on.
        a_month: Figure,
        /// What would have been, a week.
        expected: Figure,
        /// What is, a week.
        actual: Figure,
        /// What drove it, in few words.
        cause: Option<String>,
    },
    /// A product that is given back.
    Refunds {
        /// Lines sold in twelve months.
        sold: u32,
        /// Lines given back.
        returned: u32,
        /// Lines of everything sold.
        all_sold: u32,
        /// Lines of everything given back.
        all_returned: u32,
        /// Customers who gave it back.
        customers: usize,
        /// Money given back.
        money: Figure,
    },
    /// Few customers who bring much.
    Concentration {
        /// Who.
        customers: Vec<Named>,
        /// Money that they brought in twelve months.
        of_them: Figure,
        /// The share of what all known customers brought.
        share: f64,
        /// Known customers who bought.
        buyers: usize,
    },
}

/// What happened, what changed, what to expect, what to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Briefing {
    /// Currency of all money.
    pub currency: Currency,
    /// First day that counts no more.
    pub as_of: NaiveDate,
    /// Language of the sentences.
    pub language: Language,
    /// Its parts, in this order.
    pub parts: Vec<BriefingPart>,
    /// Purchases that are in none of these figures.
    pub outside: Outside,
}

/// A part of a briefing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BriefingPart {
    /// `happened`, `changed`, `expected` or `todo`.
    pub about: String,
    /// The same as a heading.
    pub heading: String,
    /// What there is to say; empty where there is nothing.
    pub sentences: Vec<Statement>,
}

/// A sentence, and what is behind it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Statement {
    /// The sentence.
    pub text: String,
    /// The question whose answer has its figures.
    pub evidence: Evidence,
}

/// What recommendations brought.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdviceResults {
    /// Currency of all money.
    pub currency: Currency,
    /// First day that counts no more.
    pub as_of: NaiveDate,
    /// Days after a recommendation that count.
    pub window_days: u32,
    /// Customers of a hundred who are held back from now on.
    pub hold_percent: u8,
    /// Customers whose days are not over yet.
    pub waiting: usize,
    /// All kinds together, then each of which some are over.
    pub results: Vec<AdviceResult>,
}

/// What the recommendations of a kind brought.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdviceResult {
    /// The kind; null for all.
    pub kind: Option<AdviceKind>,
    /// Customers who were told of.
    pub acted: usize,
    /// Customers held back.
    pub held: usize,
    /// Money that each of those told of brought.
    pub acted_mean: Figure,
    /// Money that each of those held back brought.
    pub held_mean: Figure,
    /// Money more that each brought for being told of, what was expected of them taken off; null where they
    /// are too few.
    pub more: Option<Figure>,
    /// What that lies in, at 95 %, whenever it is looked at.
    pub band: Option<Band>,
    /// `too_few`, `cannot_tell`, `works` or `harms`.
    pub verdict: String,
    /// About so many more customers are needed to tell; 0 where it can be told.
    pub needed: usize,
}
