//! What a file means: which shop's it is, which column is what, and what its words say.

mod names;
mod presets;
mod recognise;
mod states;

pub use presets::{Preset, UnknownPreset};
pub(super) use recognise::{Recognised, Why, recognise};
pub use states::{Standing, UnknownStanding};
