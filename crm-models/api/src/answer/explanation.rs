//! Explanations as values: why an answer came about as it did, what a better one would have needed,
//! what drove a change. Each is a code with its parameters; the answer has the sentence beside it.

use chrono::NaiveDate;
use crm_models::Currency;
use serde::{Deserialize, Serialize};

use super::Figure;
use crate::Bucket;

/// Why a method was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Why {
    /// There is nothing to forecast from.
    Nothing,
    /// Nothing has been sold for so long that nothing is forecast.
    Ended {
        /// For so many periods.
        silent: usize,
        /// Length of a period.
        bucket: Bucket,
    },
    /// Most periods are zero, so the mean rate of demand is forecast.
    MostlyZero,
    /// It is what the forecasts of the whole and of its parts differ by.
    Difference,
    /// The models were combined: in a backtest they were closer than the naive method.
    ModelsCloser {
        /// By so much of the naive method's error.
        gain_percent: f64,
        /// What the naive method repeats.
        naive: Naive,
        /// Trials of the backtest.
        trials: usize,
        /// Held-out periods of each.
        steps: usize,
    },
    /// The models were combined, though in a backtest they were further off than the naive method:
    /// less of the past was known then, and the trials are too few to prefer it.
    ModelsFurther {
        /// By so much of the naive method's error.
        loss_percent: f64,
        /// What the naive method repeats.
        naive: Naive,
        /// Trials of the backtest.
        trials: usize,
        /// Held-out periods of each.
        steps: usize,
    },
    /// The models were combined and tested; the naive method made no error to compare theirs with.
    ModelsTested {
        /// Trials of the backtest.
        trials: usize,
        /// Held-out periods of each.
        steps: usize,
    },
    /// The models were combined without a test, for which there are too few periods.
    ModelsUntested,
    /// The naive method was used: in a backtest no model was closer.
    NaiveCloser {
        /// What the naive method repeats.
        naive: Naive,
        /// Trials of the backtest.
        trials: usize,
        /// Held-out periods of each.
        steps: usize,
    },
    /// The naive method was used, as there is too little for more.
    OnlyNaive {
        /// What the naive method repeats.
        naive: Naive,
    },
    /// Of some models of buying and leaving, one makes the customers' histories likeliest.
    LikeliestModel {
        /// How many models were fitted.
        models: usize,
        /// Which is the likeliest, in short.
        best: String,
        /// Whether it is averaged with a regression that was trained on an earlier part of the
        /// histories.
        with_regression: bool,
    },
    /// There is too little for a model of buying and leaving.
    NoModel,
}

/// What the naive method repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Naive {
    /// The last value.
    LastValue,
    /// The last season.
    LastSeason,
    /// The last season, or the last value in tries that knew no season.
    LastSeasonOrValue,
}

/// What a better answer would have needed, or what was left out of this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Missing {
    /// More customers, to tell fifths of them by recency, frequency and money.
    CustomersForFifths {
        /// So many more.
        more: usize,
    },
    /// A complete period, to forecast from.
    FirstPeriod {
        /// Length of a period.
        bucket: Bucket,
        /// The day on which there will be one; null where nothing was bought yet.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
        on: Option<NaiveDate>,
    },
    /// A sale in the currency.
    NothingSold {
        /// The currency.
        currency: Currency,
    },
    /// More complete periods, for a season: two of it at least.
    PeriodsForSeason {
        /// So many more.
        more: usize,
        /// Length of a period.
        bucket: Bucket,
        /// Length of the season, in periods.
        season: usize,
    },
    /// More complete periods, for a test against the naive method.
    PeriodsForTest {
        /// So many more.
        more: usize,
        /// Length of a period.
        bucket: Bucket,
    },
    /// More complete periods, to tell what changed.
    PeriodsForTrends {
        /// So many more.
        more: usize,
        /// Length of a period.
        bucket: Bucket,
    },
    /// More complete periods, to compare all sales with the year before.
    PeriodsForYearOnYear {
        /// So many are there.
        known: usize,
        /// So many are needed.
        needed: usize,
        /// Length of a period.
        bucket: Bucket,
        /// The day on which they will be there.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        on: NaiveDate,
    },
    /// A first purchase by a known customer.
    FirstPurchase,
    /// A first purchase by the customer who was asked about.
    FirstPurchaseOfCustomer {
        /// In this currency.
        currency: Currency,
    },
    /// The end of the day of the first purchase: only whole days count.
    FirstWholeDay {
        /// The day.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        bought_on: NaiveDate,
        /// As of this day it counts.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        counted_from: NaiveDate,
    },
    /// The same of the customer who was asked about.
    FirstWholeDayOfCustomer {
        /// The day.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        bought_on: NaiveDate,
        /// As of this day it counts.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        counted_from: NaiveDate,
    },
    /// More customers and more repeat purchases, to fit how customers differ. Both are 0 where there
    /// are enough, and yet no model fits them.
    Customers {
        /// So many more customers.
        customers: usize,
        /// So many more repeat purchases, of all.
        repeat_purchases: usize,
    },
    /// More repeat buyers as of earlier days, and more purchases of theirs after those, to learn
    /// from. Both are 0 where there are enough, and yet nothing is learned from them.
    EarlierBuyers {
        /// So many more buyers.
        buyers: usize,
        /// So many more purchases.
        purchases: usize,
    },
    /// More days since the first purchase, to tell the season.
    DaysForSeason {
        /// So many more.
        days: u32,
    },
    /// More repeat buyers, to fit how spend differs; 0 where there are enough, and yet no model fits
    /// them.
    RepeatBuyers {
        /// So many more.
        buyers: usize,
    },
    /// A basket of anybody.
    FirstBasket,
    /// More baskets with the product that was asked about.
    BasketsWithProduct {
        /// So many more.
        more: u32,
    },
    /// More products in enough baskets.
    Products {
        /// So many more.
        more: usize,
        /// Baskets that each has to be in.
        baskets: u32,
    },
    /// More customers with two days of purchases, to learn weights from; until then they are those of
    /// another shop.
    ReturningCustomers {
        /// So many more.
        more: usize,
    },
    /// Only so many products are looked at, those in most baskets, and the one that was asked about
    /// is none of them.
    ProductNotLookedAt {
        /// Products that were looked at.
        products: usize,
    },
    /// Products in fewer baskets than those that were looked at were left out.
    ProductsLeftOut {
        /// So many.
        products: usize,
        /// Products that were looked at.
        of: usize,
    },
    /// Only the latest events were looked at.
    OnlyLatestEvents {
        /// So many.
        events: i64,
    },
    /// Only the latest baskets were looked at.
    OnlyLatestBaskets {
        /// So many.
        baskets: usize,
    },
}

/// Why a product is likely to be bought next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    /// The customer has bought it before.
    Bought {
        /// On so many days.
        days: u32,
        /// The last of them.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        last_on: NaiveDate,
    },
    /// It is bought together with a product that the customer has bought, more often than chance explains.
    Together {
        /// That product.
        sku: String,
        /// Its name, if known.
        name: Option<String>,
        /// How many times more often they stand together than by chance.
        lift: f64,
    },
    /// It was bought together with a product that the customer has bought, though not more often than
    /// chance explains.
    Beside {
        /// That product.
        sku: String,
        /// Its name, if known.
        name: Option<String>,
    },
    /// Many buy it lately.
    Popular {
        /// Baskets that held it.
        baskets: u32,
        /// In so many days.
        days: u32,
    },
}

/// How a series changed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Change {
    /// The level moved at once.
    LevelChange {
        /// Which way.
        direction: Direction,
    },
    /// It has grown, or fallen, steadily.
    Growth {
        /// Which way.
        direction: Direction,
    },
    /// It was not sold before.
    Launch,
    /// It is sold no more.
    End,
    /// Some periods stood out.
    OneOff {
        /// Which way.
        direction: Direction,
    },
    /// What it has lost another part has won, or the other way round; which, `explains` tells.
    Mix {
        /// Which way.
        direction: Direction,
    },
    /// It is sold at another price.
    Price {
        /// Which way.
        direction: Direction,
        /// Money a unit before.
        before: Figure,
        /// Money a unit since.
        after: Figure,
        /// What its sales came to a period before, in the periods that are compared.
        sold_before: Figure,
        /// What its sales come to a period since.
        sold_after: Figure,
    },
    /// Regular customers have stopped buying, many at a time.
    CustomersLost,
}

impl Change {
    /// Its code.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::LevelChange { .. } => "level_change",
            Self::Growth { .. } => "growth",
            Self::Launch => "launch",
            Self::End => "end",
            Self::OneOff { .. } => "one_off",
            Self::Mix { .. } => "mix",
            Self::Price { .. } => "price",
            Self::CustomersLost => "customers_lost",
        }
    }
}

/// What the periods since a change are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Compared {
    /// The same periods of an earlier year.
    YearsBefore {
        /// So many years before.
        years: usize,
    },
    /// The share that the part had before of what else was sold.
    ShareBefore,
    /// The periods before.
    Before,
    /// What the customers who stayed have bought since.
    CustomersWhoStayed,
}

/// More or less than would have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More.
    Up,
    /// Less.
    Down,
}

/// What drove a change, as far as one part can be named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Driver {
    /// Half of the change or more is in one part.
    MostOfIt {
        /// Which: its place among the trend's `drivers`, counted from 0.
        driver: usize,
    },
    /// Less than half is, but more than in any other part.
    AboveAll {
        /// Which: its place among the trend's `drivers`, counted from 0.
        driver: usize,
    },
}
