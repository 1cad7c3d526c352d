//! Changepoints, anomalies, trends among many series, drivers.

use crm_stats::trend::drivers::{Change, Line, Volumes, factors, price_volume_mix, rank};
use crm_stats::trend::{self, Calendar, Part, Settings, Shop, anomalies, changepoints};

use super::bytes::Bytes;
use super::{finite, same, sums_to};

pub(super) fn changes_and_anomalies(bytes: &mut Bytes<'_>) {
    let season = bytes.up_to(30);
    let values = bytes.series(300);
    let changes = changepoints(&values, season);
    let mut bounds = vec![0];
    bounds.extend(&changes);
    bounds.push(values.len());
    if !changes.is_empty() {
        let far = bounds.windows(2).all(|pair| pair[1] >= pair[0] + 5);
        assert!(far, "changes too close: {bounds:?}");
    }
    let seasons: &[usize] = if season == 0 { &[] } else { &[season, 7] };
    let found = anomalies(&values, seasons);
    assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "out of order: {found:?}");
    assert!(found.iter().all(|index| values[*index].is_finite()), "a gap stands out: {found:?}");
    assert!(found.len() <= values.len().div_ceil(10), "too many stand out: {found:?}");
    let equal = vec![values.first().copied().unwrap_or(0.0); values.len()];
    assert!(changepoints(&equal, season).is_empty() && anomalies(&equal, seasons).is_empty());
}

pub(super) fn found_among_many(bytes: &mut Bytes<'_>) {
    let periods = bytes.up_to(130);
    let values = |bytes: &mut Bytes<'_>| {
        let mut values = bytes.series(130);
        values.resize(periods, 0.0);
        values
    };
    let bounds = (0..=periods).map(|period| 7 * i32::try_from(period).unwrap()).collect();
    let calendar = Calendar { bounds, year: 1 + bytes.up_to(52) };
    let whole = values(bytes);
    let parts = (0..bytes.up_to(5)).map(|_| {
        let [money, units, sold] = [values(bytes), values(bytes), values(bytes)];
        Part { money, units, sold }
    });
    let parts = parts.collect();
    let shop = Shop { calendar, whole, dimensions: vec![parts], customers: Vec::new() };
    let settings = Settings::default();
    let found = trend::find(&shop, &settings);
    same(&found, &trend::find(&shop, &Settings { threads: 4, ..settings }), "threads");
    for one in &found.findings {
        finite(&[one.before, one.after, one.at_stake, one.compared.scale], "a trend's sizes");
        assert!(one.chance >= 0.0 && one.chance <= settings.rate, "{one:?}");
        assert!(one.since < one.until && one.until <= periods, "{one:?}");
        assert!(one.compared.after.end <= periods && !one.compared.after.is_empty(), "{one:?}");
        assert!(one.compared.before.end <= one.compared.after.start, "{one:?}");
    }
}

pub(super) fn drivers(bytes: &mut Bytes<'_>) {
    let change = |bytes: &mut Bytes<'_>| Change { before: bytes.number(), after: bytes.number() };
    let volumes = Volumes {
        customers: change(bytes),
        orders: change(bytes),
        units: change(bytes),
        revenue: change(bytes),
    };
    let parts = factors(&volumes);
    sums_to(
        &[parts.customers, parts.frequency, parts.basket, parts.price, parts.other],
        parts.change,
        size(volumes.revenue),
        "factors",
    );
    let total = change(bytes);
    let mut lines = Vec::new();
    let mut keys = Vec::new();
    while !bytes.is_empty() && lines.len() < 60 {
        let line = Line { units: change(bytes), money: change(bytes) };
        keys.push(line.money);
        lines.push(line);
    }
    let made_of: f64 = keys.iter().map(|key| size(*key)).sum();
    let mix = price_volume_mix(&lines);
    sums_to(&[mix.price, mix.volume, mix.mix, mix.unpriced], mix.change, made_of, "all lines");
    for (line, part) in lines.iter().zip(&mix.lines) {
        let change = value(line.money.after) - value(line.money.before);
        let parts = [part.price, part.volume, part.mix, part.unpriced];
        sums_to(&parts, change, made_of, "a line");
    }
    let half = keys.len() / 2;
    let ranking = rank(total, &[&keys, &keys[..half], &[]]);
    for dimension in &ranking.dimensions {
        let mut parts: Vec<f64> = dimension.keys.iter().map(|key| key.contribution).collect();
        parts.push(dimension.rest);
        sums_to(&parts, ranking.change, made_of + size(total), "a dimension");
        for driver in &dimension.keys {
            finite(&[driver.share, driver.surprise, driver.contribution], "a driver");
            assert!(driver.surprise >= 0.0, "{driver:?}");
        }
    }
}

/// As the drivers take a value: what is not finite is nothing, and nothing is beyond 1e290.
fn value(value: f64) -> f64 {
    if value.is_finite() { value.clamp(-1e290, 1e290) } else { 0.0 }
}

fn size(change: Change) -> f64 {
    value(change.before).abs() + value(change.after).abs()
}
