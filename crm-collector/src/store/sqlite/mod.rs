//! SQLite: the engine that the store stands on, and the only place that names rusqlite.

mod error;
