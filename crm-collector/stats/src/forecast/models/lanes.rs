//! Smoothing with eight sets of parameters at a time, and a search that asks in eights. In a
//! recursion each step waits for the one before, so that a processor that follows one set alone
//! idles most of the time.

/// Sets of parameters in one pass.
pub(super) const LANES: usize = 8;

/// A number for each set.
pub(super) type Lanes = [f64; LANES];

/// A place in the unit box; only the first coordinates are in use.
pub(super) type Place = [f64; 4];

/// Rounds at most, each of two questions of eight places.
const ROUNDS: usize = 8;

/// Steps are in vain below this.
const SMALLEST_STEP: f64 = 0.004;

/// Fractions of the way to the parabolas' minimum.
const FRACTIONS: Lanes = [0.25, 0.5, 0.75, 1.0, 1.3, 1.7, 2.2, 3.0];

/// Something of each of eight places.
pub(super) fn each<T>(places: &[Place; LANES], of: impl Fn(&Place) -> T) -> [T; LANES] {
    std::array::from_fn(|lane| of(&places[lane]))
}

/// The place at which a function over the box is smallest, and its value there: from the best of
/// some places, steps along the first axes and then along the way that parabolas through them point
/// to (coordinate search with a diagonal Newton step; Nocedal and Wright, Numerical Optimization,
/// 2006, chapter 9). What is no number is taken for infinitely bad. Coordinates run from 0 to 1.
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
        let mut places = [centre.0; LANES];
        for (lane, place) in places.iter_mut().enumerate() {
            // Up and down along each axis; lanes that are left take shorter steps.
            let axis = lane / 2 % dimensions;
            let shorter = [1.0, 0.35, 0.12, 0.04][lane / (2 * dimensions)];
            let direction = if lane.is_multiple_of(2) { 1.0 } else { -1.0 };
            place[axis] = inside(place[axis] + direction * step * shorter);
        }
        let values = ask(&places);
        let mut improved = better(&mut best, &places, &values);
        let mut way = [0.0; 4];
        for axis in 0..dimensions {
            let side = |lane: usize| (places[lane][axis] - centre.0[axis], values[lane] - centre.1);
            way[axis] = towards(side(2 * axis), side(2 * axis + 1), 2.5 * step);
        }
        for (place, fraction) in places.iter_mut().zip(FRACTIONS) {
            *place = centre.0;
            for axis in 0..dimensions {
                place[axis] = inside(place[axis] + fraction * way[axis]);
            }
        }
        let values = ask(&places);
        improved |= better(&mut best, &places, &values);
        let moved =
            (0..dimensions).map(|axis| (best.0[axis] - centre.0[axis]).abs()).fold(0.0, f64::max);
        // As far as it went this time, but clearly less when it went nowhere.
        step = if improved { moved.clamp(0.35 * step, 1.5 * step) } else { 0.25 * step };
        if step < SMALLEST_STEP {
            break;
        }
    }
    best
}

/// The same over one axis, by three questions: evenly over the axis, then between the neighbours of
/// the best place, then between its neighbours again. It ends within 0.004 of the lowest valley that
/// the first eight places show.
pub(super) fn search_line(mut ask: impl FnMut(&Lanes) -> Lanes) -> (f64, f64) {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    let mut best = (0.0, f64::INFINITY);
    for question in 0..3 {
        // The ends themselves are asked for at first, and known after that.
        let (parts, from) = if question == 0 { (7.0, 0.0) } else { (9.0, 1.0) };
        let apart = (high - low) / parts;
        let mut place: f64 = low + from * apart;
        let places: Lanes = std::array::from_fn(|_| {
            let here = place.min(1.0);
            place += apart;
            here
        });
        for (place, value) in places.iter().zip(ask(&places)) {
            if value < best.1 {
                best = (*place, value);
            }
        }
        (low, high) = (inside(best.0 - apart), inside(best.0 + apart));
    }
    best
}

fn inside(coordinate: f64) -> f64 {
    coordinate.clamp(0.0, 1.0)
}

/// Where the parabola through 0 and two points on its sides (place, value) is smallest, at most so
/// far away; towards the lower side where it is not bent upwards.
fn towards(up: (f64, f64), down: (f64, f64), most: f64) -> f64 {
    let ((x, fx), (z, fz)) = (up, down);
    let downhill = if fx.min(fz) >= 0.0 {
        0.0
    } else if fx < fz {
        x
    } else {
        z
    };
    if x == 0.0 || z == 0.0 || !fx.is_finite() || !fz.is_finite() {
        // On an edge, or beside a breakdown.
        return downhill;
    }
    let bend = (fx / x - fz / z) / (x - z);
    let slope = fx / x - bend * x;
    if bend > 0.0 { (-slope / (2.0 * bend)).clamp(-most, most) } else { downhill }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STARTS: [Place; LANES] = [
        [0.1, 0.1, 0.1, 0.1],
        [0.5, 0.5, 0.5, 0.5],
        [0.9, 0.9, 0.9, 0.9],
        [0.1, 0.9, 0.1, 0.9],
        [0.9, 0.1, 0.9, 0.1],
        [0.5, 0.1, 0.9, 0.5],
        [0.3, 0.7, 0.3, 0.7],
        [0.7, 0.3, 0.7, 0.3],
    ];

    proptest! {
        #[test]
        fn the_bottom_of_a_bowl_is_found_in_any_dimension(
            bottom in prop::array::uniform4(0.0..1.0_f64), lean in -0.6..0.6_f64, dimensions in 1_usize..5,
        ) {
            let mut questions = 0;
            let (place, value) = search(dimensions, &STARTS, |places| {
                questions += 1;
                each(places, |place| {
                    let away: Vec<f64> = (0..dimensions).map(|axis| place[axis] - bottom[axis]).collect();
                    let crossed: f64 = away.windows(2).map(|pair| lean * pair[0] * pair[1]).sum();
                    away.iter().map(|x| x * x).sum::<f64>() + crossed
                })
            });
            prop_assert!(questions <= 17);
            prop_assert!(value < 1e-3, "{} {:?} {:?}", value, place, bottom);
        }
    }

    proptest! {
        #[test]
        fn the_bottom_of_a_valley_on_a_line_is_found(bottom in 0.0..1.0_f64) {
            let (place, _) = search_line(|places| places.map(|place| (place - bottom).abs().sqrt()));
            prop_assert!((place - bottom).abs() < 0.004, "{} {}", place, bottom);
        }
    }

    #[test]
    fn what_is_no_number_is_avoided() {
        let (place, value) = search(2, &STARTS, |places| {
            each(places, |p| if p[0] > 0.4 { f64::NAN } else { (p[0] - 0.39).powi(2) + p[1] })
        });
        assert!(place[0] <= 0.4 && value < 0.01, "{place:?} {value}");
        assert_eq!(search(1, &STARTS, |_| [f64::NAN; LANES]), (STARTS[0], f64::INFINITY));
    }
}
