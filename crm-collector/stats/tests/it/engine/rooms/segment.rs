//! Scores of recency, frequency and money; stages of life.

use crm_stats::segment::{Standing, loyal_from, rfm, stage};

use super::bytes::Bytes;

pub(super) fn groups(bytes: &mut Bytes<'_>) {
    let mut standings = Vec::new();
    while !bytes.is_empty() && standings.len() < 200 {
        let standing = Standing {
            last: i64::from(bytes.small()),
            orders: u32::from(bytes.byte()),
            net: i128::from(bytes.small()) << (bytes.byte() % 100),
        };
        standings.push(standing);
    }
    let scores = rfm(&standings);
    assert_eq!(scores.len(), standings.len());
    for score in &scores {
        assert!([score.recency, score.frequency, score.money].iter().all(|s| (1..=5).contains(s)));
    }
    let orders: Vec<u32> = standings.iter().map(|standing| standing.orders).collect();
    let loyal = loyal_from(&orders);
    for &orders in &orders {
        // Any probability, also none, has a stage.
        stage(orders, bytes.number(), loyal);
    }
}
