//! The assistant: what the data say, in words. Pure functions of what they are handed.

pub mod ask;
