//! Scores of recency, frequency and money; stages of life; cohorts.

use crm_collector::analytics::segment::{Cohorts, Standing, loyal_from, rfm, stage};
use crm_collector::facts::Sums;

use super::bytes::Bytes;

pub(super) fn groups(bytes: &mut Bytes<'_>) {
    let mut standings = Vec::new();
    let mut sales = Vec::new();
    while !bytes.is_empty() && standings.len() < 200 {
        let standing = Standing {
            last: i64::from(bytes.small()),
            orders: u32::from(bytes.byte()),
            net: i128::from(bytes.small()) << (bytes.byte() % 100),
        };
        standings.push(standing);
        let sums = Sums { gross: i128::from(bytes.byte()), orders: 1, ..Sums::default() };
        sales.push((bytes.small() / 8, u32::from(bytes.byte() % 16), sums));
    }
    // Cohorts are gathered in the order of months.
    sales.sort_by_key(|(month, _, _)| *month);
    let mut cohorts = Cohorts::new();
    for (month, customer, sums) in &sales {
        cohorts.add(*customer, *month, sums, true);
    }
    let sold: i128 = sales.iter().map(|(_, _, sums)| sums.gross).sum();
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
    let triangle = cohorts.triangle(-40, 40);
    let counted: i128 =
        triangle.iter().flat_map(|cohort| &cohort.cells).map(|cell| cell.sums.gross).sum();
    assert_eq!(counted + cohorts.unassigned().gross, sold, "what is sold is in one cohort");
}
