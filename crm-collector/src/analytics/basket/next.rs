//! What each customer is likely to buy next, and why.

/// What the next items are learned from, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextOptions {
    /// The day that is asked from, in days since 1970: usually today. Left out, each customer is
    /// asked about as of its own last day, whenever that was.
    pub as_of: Option<i32>,
    /// Threads at the most.
    pub threads: usize,
}

/// Why an item is suggested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    /// The customer has bought it on so many days, on this day last.
    Bought {
        /// Days with a purchase of it.
        times: u32,
        /// The last of them, in days since 1970.
        last_day: i32,
    },
    /// It is often bought together with an item that the customer has bought.
    Together {
        /// That item.
        with: u32,
        /// How many times more often together than if neither had regard to the other.
        lift: f64,
    },
    /// Many customers have bought it lately.
    Popular {
        /// So many customers.
        customers: u32,
        /// In so many days.
        days: u32,
    },
}

/// An item that a customer is likely to buy next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suggestion {
    /// The item.
    pub item: u32,
    /// The larger, the likelier; to be compared within one customer only.
    pub score: f64,
    /// What speaks most for it.
    pub reason: Reason,
}
