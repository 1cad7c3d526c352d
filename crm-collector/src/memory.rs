//! Memory that was freed goes back to the system. How, only the process knows, which chooses the
//! allocator.

use std::sync::OnceLock;
use std::time::Duration;

/// How often it is given back. Takes milliseconds.
pub const GIVE_BACK_EVERY: Duration = Duration::from_secs(10);

static WAY: OnceLock<fn()> = OnceLock::new();

/// Says how; the first one who says so is right.
pub fn gives_back_by(way: fn()) {
    WAY.get_or_init(|| way);
}

/// Gives back what was freed, where it was said how.
pub fn give_back() {
    if let Some(way) = WAY.get() {
        way();
    }
}
