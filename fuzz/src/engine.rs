//! Bytes that the fuzzer chooses by what they reach, decoded into inputs of the statistics, which
//! have to keep their promises. The property tests of the statistics share the decoder.
#![no_main]

#[path = "../../crm-collector/stats/tests/it/engine/rooms/mod.rs"]
mod rooms;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rooms::hold(bytes));
