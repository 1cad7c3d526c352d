//! Groups of customers: by recency, frequency and money, by stage of life, by cohort.
