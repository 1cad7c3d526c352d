//! How far the analysis is.

use std::borrow::Cow;

use crm_models::Timestamp;
use serde::{Deserialize, Serialize};

/// How far the analysis in the background is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Analysis {
    /// `waiting` until the first begins, then `running` and `idle` by turns.
    pub state: Cow<'static, str>,
    /// Which of the steps is being computed, from 1.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// What of this step is done.
    pub done: usize,
    /// What there is to do in it, as far as is known.
    pub of: usize,
    /// When the last analysis began.
    pub started_at: Option<Timestamp>,
    /// When the last whole one ended.
    pub finished_at: Option<Timestamp>,
    /// Events that it has seen.
    pub events: i64,
}

impl Default for Analysis {
    fn default() -> Self {
        Self {
            state: "waiting".into(),
            step: 0,
            steps: 0,
            done: 0,
            of: 0,
            started_at: None,
            finished_at: None,
            events: 0,
        }
    }
}
