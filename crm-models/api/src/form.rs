//! In which form an answer is wanted.

use crm_models::words;

words! {
    /// The form of an answer that is asked for by HTTP.
    Form {
        /// One object, for programs.
        Json = "json",
        /// A header and the rows, for spreadsheets; totals are left out.
        Csv = "csv",
        /// A page with charts and tables in one file, for people.
        Html = "html",
    }
}

impl Form {
    /// The parameter that asks for it.
    pub const PARAMETER: &'static str = "format";
}
