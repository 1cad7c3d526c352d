//! Numerical ground that the statistics share.
