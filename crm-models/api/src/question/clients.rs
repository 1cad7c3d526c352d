//! Questions about the client base.

use crm_models::Currency;

use super::fields::question;
use crate::{DateRange, Moment, PageSize};

question! {
    /// Which customers to find. Where several conditions are given, all have to hold.
    FindCustomers {
        /// Begins an id, an email address or a name from one of its words on, or begins or ends a
        /// phone number. Names are compared without case, accents and punctuation.
        q: Option<String>,
        /// Is the id.
        customer_id: Option<String>,
        /// Is the email address, in any case of letters.
        email: Option<String>,
        /// Begins or ends the phone number; digits count, and the ways in which a number is dialled.
        /// Fewer than four digits find nobody.
        phone: Option<String>,
        /// Begins the name, from one of its words on; without case, accents and punctuation.
        name: Option<String>,
        /// The `next_after` of the page before.
        after: Option<String>,
        /// Customers a page, 1 to 1000. A page ends sooner at a mebibyte.
        limit: PageSize = PageSize::default(),
    }
}

question! {
    /// Which customer to show.
    Customer(
        /// The host's id
        "id" customer_id: String
    ) {}
}

question! {
    /// Whose timeline to show.
    Timeline(
        /// The host's id
        "id" customer_id: String
    ) {
        /// The `next_after` of the page before.
        after: Option<String>,
        /// Entries a page, 1 to 1000. A page ends sooner at a mebibyte.
        limit: PageSize = PageSize::default(),
    }
}

question! {
    /// Which purchase to show.
    Purchase(
        /// Which shop or application it comes from; `-` where none was told
        "source" source: String,
        /// The host's number
        "purchase_id" purchase_id: String
    ) {
        /// The `next_after` of the page before.
        after: Option<String>,
        /// Versions and refunds a page, 1 to 1000. A page ends sooner at a mebibyte.
        limit: PageSize = PageSize::default(),
    }
}

question! {
    /// Which interaction to show.
    Interaction(
        /// The id of the event that brought it
        "interaction_id" interaction_id: String
    ) {
        /// The `next_after` of the page before.
        after: Option<String>,
        /// Versions a page, 1 to 1000. A page ends sooner at a mebibyte.
        limit: PageSize = PageSize::default(),
    }
}

question! {
    /// Which purchases to list.
    Purchases {
        /// Is the host's number; then the others do not count.
        purchase_id: Option<String>,
        /// Not before this day of the workspace, such as 2026-01-31, or this instant.
        #[cfg_attr(feature = "openapi", param(example = "2026-01-31"))]
        from: Option<Moment>,
        /// Before this day of the workspace, or this instant.
        #[cfg_attr(feature = "openapi", param(example = "2026-02-28"))]
        to: Option<Moment>,
        /// Days by the calendar, in place of `from` and `to`: today, yesterday, this-week, last-week,
        /// this-month, last-month, this-quarter, last-quarter, this-year or last-year; or the latest up
        /// to and with today, such as 30d, 12w, 6m or 1y.
        #[cfg_attr(feature = "clap", arg(visible_alias = "last", value_name = "RANGE"))]
        #[cfg_attr(feature = "openapi", param(example = "this-month"))]
        range: Option<DateRange>,
        /// Holds this product.
        sku: Option<String>,
        /// Of this country; nothing for those of none.
        country: Option<String>,
        /// Of this channel; nothing for those of none.
        channel: Option<String>,
        /// In this currency.
        #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
        currency: Option<Currency>,
        /// The `next_after` of the page before.
        after: Option<String>,
        /// Purchases a page, 1 to 1000. A page ends sooner at a mebibyte.
        limit: PageSize = PageSize::default(),
    }
}
