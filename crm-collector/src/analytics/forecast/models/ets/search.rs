//! The smallest value of a function within a box, asked for at eight places at a time: steps along
//! the axes, then along the way that parabolas through them point to (coordinates and a diagonal
//! Newton step; Nocedal and Wright, Numerical Optimization, 2006, chapter 9). Coordinates run from
//! 0 to 1.

use super::filter::{LANES, Lanes};

/// A place in the box; only the first coordinates are in use.
pub(super) type Place = [f64; 4];

/// Rounds at most, each of two questions of eight places.
const ROUNDS: usize = 8;

/// Steps are in vain below this.
const SMALLEST_STEP: f64 = 0.004;

/// Fractions of the way to the parabolas' minimum.
const FRACTIONS: Lanes = [0.25, 0.5, 0.75, 1.0, 1.3, 1.7, 2.2, 3.0];

/// Searches over the first `dimensions` coordinates from the best of some places.
pub(super) fn search(
    dimensions: usize,
    starts: &[Place; LANES],
    mut ask: impl FnMut(&[Place; LANES]) -> Lanes,
) -> (Place, f64) {
    let dimensions = dimensions.clamp(1, 4);
    let mut best = (starts[0], f64::INFINITY);
    let better = |best: &mut (Place, f64), places: &[Place; LANES], values: &Lanes| {
        let before = best.1;
        for (place, value) in places.iter().zip(values) {
            if *value < best.1 {
                *best = (*place, *value);
            }
        }
        best.1 < before
    };
    better(&mut best, starts, &ask(starts));
    let mut step = 0.16;
    for _ in 0..ROUNDS {
        let centre = best;
        // Up and down along each axis; lanes that are left take shorter steps.
        let mut places = [centre.0; LANES];
        let probe = |lane: usize| {
            let axis = lane / 2 % dimensions;
            let shorter = [1.0, 0.35, 0.12, 0.04][lane / (2 * dimensions)];
            let direction = if lane.is_multiple_of(2) { 1.0 } else { -1.0 };
            (axis, direction * step * shorter)
        };
        for (lane, place) in places.iter_mut().enumerate() {
            let (axis, move_by) = probe(lane);
            place[axis] = inside(place[axis] + move_by);
        }
        let values = ask(&places);
        let mut improved = better(&mut best, &places, &values);
        let mut way = [0.0; 4];
        for axis in 0..dimensions {
            let (up, down) = (2 * axis, 2 * axis + 1);
            let up = (places[up][axis] - centre.0[axis], values[up] - centre.1);
            let down = (places[down][axis] - centre.0[axis], values[down] - centre.1);
            way[axis] = towards(up, down, 2.5 * step);
        }
        for (place, fraction) in places.iter_mut().zip(FRACTIONS) {
            *place = centre.0;
            for axis in 0..dimensions {
                place[axis] = inside(place[axis] + fraction * way[axis]);
            }
        }
        let values = ask(&places);
        improved |= better(&mut best, &places, &values);
        let moved = (0..dimensions)
            .map(|axis| (best.0[axis] - centre.0[axis]).abs())
            .fold(0.0, f64::max);
        // As far as it went this time, but clearly less when it went nowhere.
        step = if improved { moved.clamp(0.35 * step, 1.5 * step) } else { 0.25 * step };
        if step < SMALLEST_STEP {
            break;
        }
    }
    best
}

fn inside(coordinate: f64) -> f64 {
    coordinate.clamp(0.0, 1.0)
}

/// Where the parabola through 0 and two points on its sides (place, value) is smallest, at most so
/// far away; towards the lower side where it is not bent upwards.
fn towards(up: (f64, f64), down: (f64, f64), most: f64) -> f64 {
    let (x, fx) = up;
    let (z, fz) = down;
    let lower = if fx < fz { x } else { z };
    if x == 0.0 || z == 0.0 || !fx.is_finite() || !fz.is_finite() {
        // On an edge, or beside a breakdown: whichever side is lower than here, if any.
        return if fx.min(fz) < 0.0 { lower } else { 0.0 };
    }
    let bend = (fx / x - fz / z) / (x - z);
    let slope = fx / x - bend * x;
    if bend > 0.0 {
        (-slope / (2.0 * bend)).clamp(-most, most)
    } else if fx.min(fz) < 0.0 {
        lower
    } else {
        0.0
    }
}
