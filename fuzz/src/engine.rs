//! Arbitrary bytes, decoded into inputs of the statistics, which have to keep their promises.
#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| { let _ = crm_collector::analytics::trend::changepoints(&bytes.iter().map(|b| f64::from(*b)).collect::<Vec<_>>(), 0); });
