//! What an answer means for the batch that was sent. Whatever is not beyond doubt means that the
//! events are kept: a proxy's error page must not cost a single one.

use std::time::Duration;

use crm_models::ingest::{Rejection, Verdict};
use crm_models::{Code, Problem, Timestamp};

use super::batch::Batch;
use crate::losses::Loss;
use crate::retry::{http_date, retry_after};
use crate::stats::Failure;
use crate::transport::Answer;

/// Whatever takes requests takes one of this size: if not, it is set up wrong, and the event that
/// was in it is not at fault.
const ALWAYS_FITS_BYTES: usize = 4 * 1024;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The collector has decided on each event.
    Decided(Verdict),
    /// The events are sent again, after a growing pause or the one that was asked for.
    Retry {
        /// What failed.
        failure: Failure,
        /// The pause that was asked for.
        after: Option<Duration>,
    },
    /// The events are sent again, but a person has to mend something first.
    RetrySlowly {
        /// What failed.
        failure: Failure,
        /// The pause that was asked for.
        after: Option<Duration>,
    },
    /// The batch is to be sent in smaller parts; an event that is alone is given up.
    Split(Refusal),
}

/// Why a batch cannot be taken as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is larger than the collector, or a proxy before it, takes.
    TooLarge,
    /// The collector cannot read it.
    Malformed(Problem),
    /// It failed for too long while others were taken.
    Undeliverable(Failure),
}

impl Refusal {
    /// How an event is given up that is refused alone.
    pub(crate) fn loss(&self) -> Loss {
        match self {
            Self::TooLarge => Loss::TooLarge,
            Self::Malformed(_) => Loss::Malformed,
            Self::Undeliverable(_) => Loss::Undeliverable,
        }
    }
}

impl Outcome {
    /// No answer came.
    pub const UNREACHABLE: Self = Self::Retry { failure: Failure::Unreachable, after: None };

    /// Reads an answer to a batch. `now` is the wall clock, used where the answer has no date.
    pub fn of(answer: &Answer, batch: &Batch, now: Timestamp) -> Self {
        match Self::of_answer(answer, batch, now) {
            Self::Retry { failure, after: None } | Self::RetrySlowly { failure, after: None }
                if batch.is_last_try && failure.may_be_the_events() =>
            {
                Self::Split(Refusal::Undeliverable(failure))
            }
            outcome => outcome,
        }
    }

    fn of_answer(answer: &Answer, batch: &Batch, now: Timestamp) -> Self {
        let status = answer.status;
        let after = || {
            // The server's own clock where it shows it: ours may be wrong by hours.
            let server_now = answer.date.as_deref().and_then(http_date).unwrap_or(now);
            retry_after(answer.retry_after.as_deref()?, server_now)
        };
        match status {
            200..=299 => match verdict(&answer.body, batch) {
                Some(verdict) => Self::Decided(verdict),
                None => Self::Retry { failure: Failure::BadAnswer, after: after() },
            },
            // A server that does not know how to take a POST is another one.
            501 if collector_problem(&answer.body).is_none() => {
                Self::RetrySlowly { failure: Failure::Unexpected { status }, after: after() }
            }
            408 | 425 | 429 | 500..=599 => {
                Self::Retry { failure: Failure::Unavailable { status }, after: after() }
            }
            401 | 403 if collector_problem(&answer.body).is_some() => {
                Self::RetrySlowly { failure: Failure::KeyRefused { status }, after: after() }
            }
            413 if batch.events.len() > 1
                || batch.bytes() > ALWAYS_FITS_BYTES
                || collector_problem(&answer.body).is_some() =>
            {
                Self::Split(Refusal::TooLarge)
            }
            400 if let Some(problem) = collector_problem(&answer.body) => {
                Self::Split(Refusal::Malformed(problem))
            }
            _ => Self::RetrySlowly { failure: Failure::Unexpected { status }, after: after() },
        }
    }

    /// What a collector says itself of why it takes nothing now. Not of a request that it cannot
    /// read: that may quote an event.
    #[cfg(feature = "native")]
    pub(crate) fn reason(answer: &Answer) -> Option<String> {
        const MOST_CHARS: usize = 200;
        let says_why = matches!(answer.status, 401 | 403 | 429 | 500..=599);
        let problem = says_why.then(|| collector_problem(&answer.body)).flatten()?;
        Some(problem.detail.chars().take(MOST_CHARS).collect())
    }

    /// Whether the batch's events are settled for good: stored, rejected, or given up. If they lie
    /// on disk, they may be forgotten there.
    pub fn is_final(&self, batch: &Batch) -> bool {
        match self {
            Self::Decided(_) => true,
            Self::Split(_) => batch.events.len() <= 1,
            Self::Retry { .. } | Self::RetrySlowly { .. } => false,
        }
    }

    /// What the host is told, if anything was decided for good: the verdict with the id of each event
    /// that was rejected or has to be looked at. An event that is given up because nothing smaller can be sent reads like a
    /// rejected one.
    pub fn verdict_for_host(&self, batch: &Batch) -> Option<Verdict> {
        match self {
            Self::Decided(verdict) => {
                let mut verdict = verdict.clone();
                for rejection in &mut verdict.rejected {
                    rejection.id = batch.id(rejection.index);
                }
                for notice in &mut verdict.warnings {
                    notice.id = batch.id(notice.index);
                }
                Some(verdict)
            }
            Self::Split(refusal) if batch.events.len() == 1 => {
                let (code, field, message) = match refusal {
                    Refusal::TooLarge => {
                        let message = "too large for the collector, or a proxy before it".into();
                        (Code::BodyTooLarge, None, message)
                    }
                    Refusal::Malformed(problem) => {
                        (problem.code, problem.field.clone(), problem.detail.clone())
                    }
                    Refusal::Undeliverable(failure) => {
                        let message = format!("failed for too long: {failure}");
                        (code_of(*failure), None, message)
                    }
                };
                let mut rejection = Rejection::new(0, code, message);
                rejection.id = batch.id(0);
                rejection.field = field;
                let mut verdict = Verdict::default();
                verdict.rejected.push(rejection);
                Some(verdict)
            }
            _ => None,
        }
    }
}

/// The collector's code that comes closest.
fn code_of(failure: Failure) -> Code {
    match failure {
        Failure::Unavailable { .. } => Code::Internal,
        Failure::Unexpected { status: 401 | 403 } => Code::Forbidden,
        _ => Code::Other,
    }
}

/// A verdict on exactly the events of the batch, each counted once.
fn verdict(body: &[u8], batch: &Batch) -> Option<Verdict> {
    let verdict: Verdict = serde_json::from_slice(body).ok()?;
    let in_order = verdict.rejected.is_sorted_by(|one, next| one.index < next.index);
    let in_batch = verdict.rejected.last().is_none_or(|last| last.index < batch.events.len());
    let rejected = u64::try_from(verdict.rejected.len()).ok()?;
    let counts =
        [verdict.accepted, verdict.updated, verdict.superseded, verdict.duplicate, rejected];
    let sum = counts.into_iter().try_fold(0_u64, u64::checked_add)?;
    (in_order && in_batch && sum == batch.events.len() as u64).then_some(verdict)
}

/// The collector's own complaint. A 400 of anybody else, such as a proxy that was spoken to in
/// the wrong protocol, says nothing about the events.
fn collector_problem(body: &[u8]) -> Option<Problem> {
    let problem: Problem = serde_json::from_slice(body).ok()?;
    problem.kind.starts_with("urn:crm:problem:").then_some(problem)
}

#[cfg(test)]
mod tests {
    use crm_models::EventId;

    use super::*;
    use crate::queue::{Encoded, Queued};

    fn batch_of(events: u8) -> Batch {
        let queued = |number| {
            let event = Encoded { id: EventId::from_bytes([number; 16]), json: Default::default() };
            Queued::in_memory(event, Duration::ZERO)
        };
        Batch { number: 0, events: (0..events).map(queued).collect(), is_last_try: false }
    }

    fn outcome(status: u16, body: &str) -> Outcome {
        let answer = Answer { status, body: body.into(), ..Answer::default() };
        Outcome::of(&answer, &batch_of(3), Timestamp::from_millis(0))
    }

    #[test]
    fn a_verdict_that_does_not_add_up_to_the_batch_means_retry() {
        let rejection =
            |index: &u64| format!(r#"{{"index":{index},"code":"too_long","message":"m"}}"#);
        let verdict = |accepted: u64, duplicate: u64, rejected: &[u64]| {
            let rejected: Vec<_> = rejected.iter().map(rejection).collect();
            let rejected = rejected.join(",");
            format!(r#"{{"accepted":{accepted},"duplicate":{duplicate},"rejected":[{rejected}]}}"#)
        };
        for body in [verdict(3, 0, &[]), verdict(1, 1, &[2]), verdict(0, 0, &[0, 1, 2])] {
            assert!(matches!(outcome(200, &body), Outcome::Decided(_)), "{body}");
        }
        let corrected = r#"{"accepted":0,"duplicate":1,"updated":1,"superseded":1,"rejected":[],
            "warnings":[{"index":1,"code":"of_tomorrow","field":"total","message":"m"}]}"#;
        assert!(matches!(outcome(200, corrected), Outcome::Decided(_)), "{corrected}");
        let retry = Outcome::Retry { failure: Failure::BadAnswer, after: None };
        let corrections = |updated: u64, superseded: u64| {
            format!(
                r#"{{"accepted":1,"duplicate":0,"updated":{updated},"superseded":{superseded},
                    "rejected":[]}}"#
            )
        };
        let bad = [
            corrections(1, 0),
            corrections(0, 3),
            corrections(u64::MAX, 3),
            verdict(2, 0, &[]),
            verdict(4, 0, &[]),
            verdict(u64::MAX, 4, &[]),
            verdict(2, 0, &[3]),
            verdict(1, 0, &[0, 0]),
            verdict(1, 0, &[1, 0]),
            "ok".into(),
            String::new(),
        ];
        for body in bad {
            assert_eq!(outcome(200, &body), retry, "{body}");
        }
        assert_eq!(outcome(204, ""), retry);
    }

    #[test]
    fn each_status_has_its_meaning() {
        let unavailable =
            |status| Outcome::Retry { failure: Failure::Unavailable { status }, after: None };
        for status in [408, 425, 429, 500, 502, 503, 504, 507, 599] {
            assert_eq!(outcome(status, "{}"), unavailable(status));
        }
        let refused =
            |status| Outcome::RetrySlowly { failure: Failure::KeyRefused { status }, after: None };
        for code in [Code::Unauthorized, Code::Expired, Code::Forbidden] {
            let problem = serde_json::to_string(&Problem::new(code, "")).unwrap();
            assert_eq!(outcome(code.status(), &problem), refused(code.status()));
        }
        let unexpected =
            |status| Outcome::RetrySlowly { failure: Failure::Unexpected { status }, after: None };
        for status in [100, 301, 302, 307, 401, 403, 404, 405, 410, 415, 418, 501, 999] {
            assert_eq!(outcome(status, ""), unexpected(status));
        }
        assert_eq!(outcome(413, ""), Outcome::Split(Refusal::TooLarge));
    }

    #[test]
    fn an_event_on_its_last_try_is_given_up_by_an_answer_that_may_be_its_fault_alone() {
        let last_try = |answer: Answer| {
            let batch = Batch { is_last_try: true, ..batch_of(1) };
            Outcome::of(&answer, &batch, Timestamp::from_millis(0))
        };
        let answer = |status| Answer { status, ..Answer::default() };
        let given_up = |failure| Outcome::Split(Refusal::Undeliverable(failure));
        for status in [500, 502] {
            let failure = Failure::Unavailable { status };
            assert_eq!(last_try(answer(status)), given_up(failure));
        }
        assert_eq!(last_try(answer(403)), given_up(Failure::Unexpected { status: 403 }));
        assert_eq!(last_try(answer(200)), given_up(Failure::BadAnswer));
        let keeps = |outcome| matches!(outcome, Outcome::Retry { .. });
        assert!(keeps(last_try(answer(503))) && keeps(last_try(answer(429))));
        let asked = Answer { retry_after: Some("9".into()), ..answer(500) };
        assert!(keeps(last_try(asked)));

        let verdict = last_try(answer(403)).verdict_for_host(&batch_of(1)).unwrap();
        assert_eq!(verdict.rejected[0].code, Code::Forbidden);
        assert!(verdict.rejected[0].message.contains("403"), "{verdict:?}");
    }

    #[test]
    fn a_413_to_a_small_event_alone_is_its_fault_only_if_the_collector_says_so() {
        let answered = |body: String, bytes| {
            let answer = Answer { status: 413, body: body.into(), ..Answer::default() };
            let mut batch = batch_of(1);
            batch.events[0].event.json = vec![b'x'; bytes].into();
            Outcome::of(&answer, &batch, Timestamp::from_millis(0))
        };
        let unexpected =
            Outcome::RetrySlowly { failure: Failure::Unexpected { status: 413 }, after: None };
        let split = Outcome::Split(Refusal::TooLarge);
        assert_eq!(answered(String::new(), 4_000), unexpected);
        assert_eq!(answered(String::new(), 5_000), split);
        let problem = Problem::new(Code::BodyTooLarge, "");
        assert_eq!(answered(serde_json::to_string(&problem).unwrap(), 10), split);
    }

    #[test]
    fn a_400_splits_the_batch_only_if_it_comes_from_a_collector() {
        let problem = Problem::new(Code::MalformedJson, "line 1");
        let body = serde_json::to_string(&problem).unwrap();
        assert_eq!(outcome(400, &body), Outcome::Split(Refusal::Malformed(problem)));
        let unexpected =
            Outcome::RetrySlowly { failure: Failure::Unexpected { status: 400 }, after: None };
        for body in ["", "<h1>400 The plain HTTP request was sent to HTTPS port</h1>", "{}"] {
            assert_eq!(outcome(400, body), unexpected);
        }
    }

    #[test]
    fn a_date_to_retry_after_counts_from_the_servers_clock() {
        let mut answer = Answer {
            status: 503,
            retry_after: Some("Sun, 06 Nov 1994 08:50:07 GMT".into()),
            date: Some("Sun, 06 Nov 1994 08:49:37 GMT".into()),
            ..Answer::default()
        };
        let after = |answer: &Answer| {
            let now = http_date("Sun, 06 Nov 1994 08:50:00 GMT").unwrap();
            match Outcome::of(answer, &batch_of(1), now) {
                Outcome::Retry { after, .. } => after,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(after(&answer), Some(Duration::from_secs(30)));
        answer.date = None;
        assert_eq!(after(&answer), Some(Duration::from_secs(7)));
    }

    #[test]
    fn the_host_learns_the_id_of_each_event_that_is_given_up_or_has_to_be_looked_at() {
        let body = r#"{"accepted":2,"duplicate":0,
            "rejected":[{"index":1,"code":"too_long","message":"m"}],
            "warnings":[{"index":2,"code":"adjusted","field":"total","message":"m"}]}"#;
        let verdict = outcome(200, body).verdict_for_host(&batch_of(3)).unwrap();
        assert_eq!((verdict.accepted, verdict.rejected.len()), (2, 1));
        assert_eq!(verdict.rejected[0].id, Some(EventId::from_bytes([1; 16])));
        assert_eq!(verdict.warnings[0].id, Some(EventId::from_bytes([2; 16])));

        let split = Outcome::Split(Refusal::TooLarge);
        assert_eq!(split.verdict_for_host(&batch_of(2)), None);
        let verdict = split.verdict_for_host(&batch_of(1)).unwrap();
        assert_eq!(verdict.rejected[0].id, Some(EventId::from_bytes([0; 16])));
        assert_eq!(verdict.rejected[0].code, Code::BodyTooLarge);
    }
}
