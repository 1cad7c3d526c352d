//! Pure computation on facts: no clock, no I/O, no panic on any input, the same result whatever
//! the number of threads.

pub mod basket;
pub mod cancel;
pub mod forecast;
pub mod frame;
pub mod numeric;
pub mod parallel;
pub mod period;
pub mod report;
pub mod segment;
pub mod trend;
pub mod value;
