//! Pages ask the questions that the API answers, with the right of whoever looks at them.

use std::sync::Arc;
use std::time::Duration;

use crm_api::question::{self, Answer, Ask, Question};

use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::http::{ApiError, ApiResult, Services};
use crate::insights::ProgressView;

/// How long a page waits for what is being computed, before it shows what there is without it.
const PATIENCE: Duration = Duration::from_secs(2);

/// A question whose answer is known by its own type.
pub(super) trait Told: Ask {
    /// The answer, if it is one to this question.
    fn told(answer: Answer) -> Option<Arc<Self::Answer>>;
}

macro_rules! told {
    ($($name:ident),*) => {$(
        impl Told for question::$name {
            fn told(answer: Answer) -> Option<Arc<Self::Answer>> {
                match answer {
                    Answer::$name(answer) => Some(answer),
                    _ => None,
                }
            }
        }
    )*};
}

told!(
    FindCustomers,
    Customer,
    Timeline,
    Purchases,
    Purchase,
    Values,
    Value,
    Segments,
    Next,
    Report,
    Forecast,
    Trends,
    Recommendations,
    AdviceResults
);

/// The answer to a question.
pub(super) async fn ask<Q: Told>(
    services: &Services,
    access: &Access<Read>,
    question: Q,
) -> ApiResult<Arc<Q::Answer>> {
    let view = ProgressView::default();
    let ready = services.answers.ask(access, question.into(), &view).await?;
    let answer = services.lanes.reading.run(move || ready.answer()).await??;
    Q::told(answer).ok_or_else(|| ApiError::internal("an answer to another question"))
}

/// The same where it may take a while: nothing while it is being computed.
pub(super) async fn ask_soon<Q: Told>(
    services: &Services,
    access: &Access<Read>,
    question: Q,
) -> ApiResult<Option<Arc<Q::Answer>>> {
    Ok(ask_any(services, access, question.into()).await?.and_then(Q::told))
}

/// The answer to a question of whatever kind: nothing while it is being computed.
pub(super) async fn ask_any(
    services: &Services,
    access: &Access<Read>,
    question: Question,
) -> ApiResult<Option<Answer>> {
    let view = ProgressView::default();
    let asked = services.answers.ask(access, question, &view);
    let ready = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(ready)) => ready,
        Err(_) | Ok(Err(AskError::Busy | AskError::Changed)) => return Ok(None),
        Ok(Err(error)) => return Err(error.into()),
    };
    Ok(Some(services.lanes.reading.run(move || ready.answer()).await??))
}
