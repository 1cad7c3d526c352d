//! Bytes to inputs of the statistics, room by room, and what has to hold of what comes out.

mod basket;
mod bytes;
mod forecast;
mod numeric;
mod segment;
mod trend;
mod value;

use bytes::Bytes;

const ROOMS: &[fn(&mut Bytes<'_>)] = &[
    trend::changes_and_anomalies,
    trend::found_among_many,
    trend::drivers,
    numeric::order,
    basket::pairs,
    segment::groups,
    value::of_customers,
    forecast::of_series,
];

/// How many rooms there are.
pub const COUNT: usize = ROOMS.len();

/// Holds one room to its promises, on an input made of bytes.
///
/// # Panics
/// When a promise is broken.
pub fn hold_in(room: usize, bytes: &[u8]) {
    ROOMS[room % COUNT](&mut Bytes::new(bytes));
}

/// Lets the first byte choose the room.
#[allow(dead_code, reason = "the fuzzer's way in")]
pub fn hold(bytes: &[u8]) {
    if let Some((room, bytes)) = bytes.split_first() {
        hold_in(usize::from(*room), bytes);
    }
}

/// Results are equal to the last bit; as text, so that NaN would equal NaN.
fn same(one: &impl std::fmt::Debug, other: &impl std::fmt::Debug, what: &str) {
    assert_eq!(format!("{one:?}"), format!("{other:?}"), "{what}");
}

fn finite(values: &[f64], what: &str) {
    assert!(values.iter().all(|value| value.is_finite()), "{what}: {values:?}");
}

/// Parts sum to the whole, to 1e-9 of the whole and the last digits of what it was made of.
fn sums_to(parts: &[f64], whole: f64, made_of: f64, what: &str) {
    let sum: f64 = parts.iter().sum();
    let allowed = 1e-9 * whole.abs() + 1e-10 * made_of;
    assert!((sum - whole).abs() <= allowed, "{what}: {parts:?} sum to {sum}, not {whole}");
}
