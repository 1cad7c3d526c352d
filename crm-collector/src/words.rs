//! Numbers with their nouns, as people say them; the statistics' explanations are worded by the same.

pub use crm_stats::words::counted;
