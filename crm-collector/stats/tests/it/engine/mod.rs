//! The statistical engine keeps its promises on any input: no panic, numbers that are finite or
//! named as missing, parts that sum to their whole, the same result on any number of threads.
//!
//! `rooms` decodes bytes into inputs and holds what comes out to the promises. Here proptest makes
//! the bytes; the workspace `fuzz` has the same decoder fed by a fuzzer that sees what they reach.

mod rooms;

use proptest::prelude::*;

proptest! {
    // A debug build takes milliseconds for each.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_statistics_keep_their_promises_on_any_bytes(
        room in 0..rooms::COUNT,
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        rooms::hold_in(room, &bytes);
    }
}

#[test]
fn the_statistics_keep_their_promises_on_nothing_and_on_extremes() {
    for room in 0..rooms::COUNT {
        rooms::hold_in(room, &[]);
        for byte in [0, 1, 2, 3, 7, 63, 127, 128, 250, 255] {
            for length in [1, 9, 64, 300] {
                rooms::hold_in(room, &vec![byte; length]);
            }
        }
    }
}
