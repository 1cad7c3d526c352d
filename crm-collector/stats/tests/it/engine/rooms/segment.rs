//! Scores of recency, frequency and money; stages of life.

use crm_stats::segment::{Life, Standing, Usual, rfm, stage};

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
    let lives: Vec<Life> = standings
        .iter()
        .map(|standing| Life {
            purchases: standing.orders,
            active_days: u32::from(bytes.byte()),
            silent_days: u32::from(bytes.byte()),
            // Any probability, also none, has a stage.
            returns: bytes.number(),
        })
        .collect();
    let usual = Usual::of(lives.iter().copied());
    for (life, score) in lives.iter().zip(&scores) {
        let stage = stage(life, &usual);
        assert_eq!(score.in_stage(stage), score.in_stage(stage).in_stage(stage));
    }
}
