//! What changed, since when, by how much, and what drove it.
