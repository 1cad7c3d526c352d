//! What the grammar says of texts that are no questions.
