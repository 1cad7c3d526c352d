//! What is bought together, and what a customer is likely to buy next.
