//! What words of a question can mean. Both languages come down to these.

use crm_api::Bucket;
use crm_api::question::Stage;

/// What a phrase means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// Nothing: politeness, articles, prepositions.
    Skip,
    /// What is counted.
    Column(Column),
    /// What it is divided by, or what is listed.
    Dim(Dim),
    /// The next part is one to divide by.
    By,
    /// How time is divided.
    Bucket(Bucket),
    /// What is wanted of it.
    Act(Act),
    /// A stage of life.
    Stage(Stage),
    /// What no question can be asked about.
    Missing(Missing),
    /// What would change the question, and no question has.
    Bound(Bound),
    /// As far back as there are data.
    Ever,
}

/// A figure, by the column of a report that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Net,
    Gross,
    Orders,
    AverageOrder,
    Units,
    Customers,
    NewCustomers,
    Returning,
    Discounts,
    Refunds,
    RefundRate,
    Margin,
    Cost,
    Shipping,
    Tax,
    Tips,
    Fees,
    GiftCards,
    Pending,
    Cancelled,
    Anonymous,
    Total,
}

impl Column {
    /// The column of a summary or of sales.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Net => "net",
            Self::Gross => "gross",
            Self::Orders => "orders",
            Self::AverageOrder => "average_order",
            Self::Units => "items",
            Self::Customers => "customers",
            Self::NewCustomers => "new_customers",
            Self::Returning => "returning_customers",
            Self::Discounts => "discounts",
            Self::Refunds => "refunds",
            Self::RefundRate => "refund_rate",
            Self::Margin => "margin",
            Self::Cost => "cost",
            Self::Shipping => "shipping",
            Self::Tax => "tax",
            Self::Tips => "tips",
            Self::Fees => "fees",
            Self::GiftCards => "gift_cards",
            Self::Pending => "pending_orders",
            Self::Cancelled => "cancelled_orders",
            Self::Anonymous => "anonymous_orders",
            Self::Total => "total",
        }
    }
}

/// What figures are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dim {
    Product,
    Country,
    Channel,
    Category,
    Customer,
    Stage,
    Weekday,
    Hour,
}

/// What somebody wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    Show,
    /// Rows one by one.
    List,
    /// Somebody of the client base.
    Find,
    /// What drove a change.
    Why,
    /// That something became more or less.
    Change,
    /// What will be.
    Will,
    Who,
    HowMany,
    HowMuch,
    Which,
    When,
    Where,
    /// One thing beside another.
    Compare,
    /// Beside the same days of the year before.
    YearBefore,
    /// Beside the period before.
    PeriodBefore,
    /// What is bought together with something.
    Together,
    /// What somebody will buy next.
    NextItem,
    /// What happened with somebody.
    History,
    /// How to reach somebody.
    Contact,
    /// What a customer is worth.
    Worth,
    /// Who comes back.
    Alive,
    /// Who stays away.
    Leave,
    /// How often somebody buys.
    Often,
    /// What was last.
    Last,
    Buy,
    Sell,
    Spend,
    /// How something went from period to period.
    OverTime,
    /// When most is bought.
    Busiest,
    /// The part of a whole.
    Share,
    /// New against returning customers.
    Repeat,
    Cohorts,
    Rfm,
    Segments,
    Top,
    Worst,
}

/// What the data do not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Stock,
    Visits,
    Conversion,
    Profit,
    Weather,
    Competitors,
    Marketing,
    Staff,
    Reviews,
    People,
    Delivery,
    Targets,
    Payments,
    Rates,
    Suppliers,
    /// It would change something.
    Changes,
    /// Who answers.
    Yourself,
    /// Advice.
    Advice,
}

/// What would have to narrow a question and cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// All but something.
    Except,
    /// More or less than a number.
    Threshold,
    /// A mean or a median of one's own.
    Mean,
}
