//! How time is divided.

use crm_models::words;

words! {
    /// How time is divided.
    Bucket {
        /// Calendar days.
        Day = "day",
        /// ISO 8601 weeks, which begin on Monday.
        Week = "week",
        /// Calendar months.
        Month = "month",
        /// Quarters that begin with January, April, July and October.
        Quarter = "quarter",
        /// Calendar years.
        Year = "year",
    }
}
