//! Languages in which questions are asked and answered in words.

use crm_models::words;

words! {
    /// A language in which questions are asked and answered in words.
    Language {
        /// English.
        English = "en",
        /// Russian.
        Russian = "ru",
    }
}
