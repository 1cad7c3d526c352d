//! What customers are worth: whether they will come back, how often, and for how much.
