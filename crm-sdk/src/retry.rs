//! How long to wait before the next attempt: exponential intervals with full jitter. Time and
//! randomness are passed in.

use std::time::Duration;

use crm_models::Timestamp;

/// The longest pause that a server may ask for. A typing error in a proxy's configuration must
/// not silence a client for a year.
const LONGEST_ASKED: Duration = Duration::from_secs(60 * 60);

/// Failures in a row that open the circuit.
pub(crate) const OPENS_AFTER: u32 = 5;

/// Pauses that grow from failure to failure, and the circuit breaker that counts them.
pub(crate) struct Retry {
    initial: Duration,
    longest: Duration,
    /// The longest that the next pause may be.
    interval: Duration,
    failures: u32,
}

impl Retry {
    /// Pauses of up to `initial` at first, twice as much after each failure, `longest` at most.
    pub(crate) fn new(initial: Duration, longest: Duration) -> Self {
        let initial = initial.min(longest);
        Self { initial, longest, interval: initial, failures: 0 }
    }

    /// The pause after one more transient failure; `random` is uniform in 0..1.
    ///
    /// Full jitter, uniform between nothing and the interval: of the jitters it spreads clients
    /// that failed together best (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture
    /// Blog, 2015).
    pub(crate) fn pause(&mut self, random: f64) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let interval = self.interval;
        self.interval = interval.saturating_mul(2).min(self.longest);
        interval.mul_f64(random)
    }

    /// The pause after a refusal that only a person can mend: between half the longest pause and
    /// all of it, from the first time on.
    pub(crate) fn slow_pause(&mut self, random: f64) -> Duration {
        self.failures = self.failures.saturating_add(1);
        self.longest.mul_f64(0.5 + random / 2.0)
    }

    /// After a success, pauses start small again.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
        self.interval = self.initial;
    }

    /// Failures since the last success.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether so many requests failed in a row that only small ones are sent, to see whether the
    /// collector is well again.
    pub(crate) fn is_open(&self) -> bool {
        self.failures >= OPENS_AFTER
    }
}

/// How long a `Retry-After` header asks to wait: seconds, or an HTTP date, which counts from
/// `server_now`. At most an hour; `None` when it cannot be read.
pub(crate) fn retry_after(value: &str, server_now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let asked = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit is still a wish for a long pause.
        value.parse().map_or(Duration::MAX, Duration::from_secs)
    } else {
        let wait_ms = http_date(value)?.millis().saturating_sub(server_now.millis());
        Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0))
    };
    Some(asked.min(LONGEST_ASKED))
}

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that senders may write (RFC 9110, 5.6.7).
/// The weekday says nothing that the date does not.
pub(crate) fn http_date(value: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_weekday, date) = value.trim().split_once(", ")?;
    let mut parts = date.split(' ');
    let mut next = || parts.next();
    let (day, month, year, time) = (next()?, next()?, next()?, next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let is_whole = next() == Some("GMT") && next().is_none();
    // The one parser of times that there is; a second one would be downloaded by every browser.
    format!("{year}-{month:02}-{day}T{time}Z").parse().ok().filter(|_| is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn intervals_double_up_to_the_longest_and_start_small_after_a_success() {
        let mut retry = Retry::new(SECOND, 10 * SECOND);
        let mut limits = || -> Vec<Duration> { (0..6).map(|_| retry.pause(1.0)).collect() };
        assert_eq!(limits(), [1, 2, 4, 8, 10, 10].map(Duration::from_secs));
        retry.reset();
        assert_eq!(retry.pause(1.0), SECOND);
        assert_eq!(Retry::new(20 * SECOND, 10 * SECOND).pause(1.0), 10 * SECOND);
    }

    #[test]
    fn the_circuit_opens_after_failures_in_a_row_and_closes_with_a_success() {
        let mut retry = Retry::new(SECOND, 10 * SECOND);
        let fail = |retry: &mut Retry| {
            retry.pause(0.5);
            retry.is_open()
        };
        assert_eq!([(); 4].map(|()| fail(&mut retry)), [false; 4]);
        retry.reset();
        assert_eq!([(); 6].map(|()| fail(&mut retry)), [false, false, false, false, true, true]);
        retry.reset();
        assert!(!retry.is_open());
    }

    #[test]
    fn jitter_reaches_from_nothing_to_the_whole_interval() {
        let pause = |random| Retry::new(SECOND, 10 * SECOND).pause(random);
        assert_eq!(pause(0.0), Duration::ZERO);
        assert_eq!(pause(0.25), SECOND / 4);
        assert_eq!(pause(1.0), SECOND);
    }

    #[test]
    fn a_refusal_is_met_with_a_long_pause_from_the_first_time_on() {
        let mut retry = Retry::new(SECOND, 10 * SECOND);
        assert_eq!(retry.slow_pause(0.0), 5 * SECOND);
        assert_eq!(retry.slow_pause(1.0), 10 * SECOND);
    }

    #[test]
    fn both_forms_of_retry_after_are_read() {
        let now = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(now.to_string(), "1994-11-06T08:49:37.000Z");
        let cases = [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:49:07 GMT", Some(0)),
            ("86400", Some(3_600)),
            ("99999999999999999999999", Some(3_600)),
            ("Sun, 06 Nov 2094 08:49:37 CET", None),
            ("Sat, 06 Nov 2094 08:49:37 GMT", Some(3_600)),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ];
        for (value, seconds) in cases {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
