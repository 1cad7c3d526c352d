//! Maximum of a model's likelihood.

use super::super::bfgs::minimise;
use super::super::groups::Groups;
use super::super::model::FittedProcess;
use super::Model;

/// How far the logarithms of how customers differ lie from those of an exponential spread, as a rule:
/// from shop to shop, by a factor of four and a half.
const USUAL_SPREAD: f64 = 1.5;

/// Places of those parameters: the shape of the rates of buying, and of leaving.
const SHAPES: [usize; 2] = [0, 2];

/// Fits a model by maximum likelihood; none where there is nobody to fit it to, or no finite
/// likelihood.
pub(crate) fn fit(model: &dyn Model, groups: &Groups) -> Option<FittedProcess> {
    maximum(model, groups, |_| (0.0, [0.0; 4]))
}

/// The same, with how customers differ drawn towards what is usual: a hundred customers hardly tell
/// whether all leave at one rate, and one more day would change the answer; of thousands nothing
/// changes. (A normal prior on the logarithms of the shapes; its mode.)
pub(crate) fn fit_drawn(model: &dyn Model, groups: &Groups) -> Option<FittedProcess> {
    maximum(model, groups, |at| {
        let (mut penalty, mut gradient) = (0.0, [0.0; 4]);
        for place in SHAPES {
            let off = at[place] / USUAL_SPREAD;
            penalty += 0.5 * off * off;
            gradient[place] = off / USUAL_SPREAD;
        }
        (penalty, gradient)
    })
}

fn maximum(
    model: &dyn Model,
    groups: &Groups,
    penalty: impl Fn([f64; 4]) -> (f64, [f64; 4]),
) -> Option<FittedProcess> {
    if groups.weight <= 0.0 {
        return None;
    }
    // A customer's mean, so that the search's tolerances mean the same for any number of them.
    let scale = 1.0 / groups.weight;
    let found = minimise(model.start(groups), |at| {
        let (value, gradient) = model.ln_likelihood(groups, at);
        let (less, slope) = penalty(at);
        let of = |place: usize| (slope[place] - gradient[place]) * scale;
        ((less - value) * scale, std::array::from_fn(of))
    })?;
    Some(FittedProcess {
        process: model.process(),
        parameters: found.at.map(f64::exp),
        ln_likelihood: penalty(found.at).0 - found.value * groups.weight,
    })
}
