//! Maximum of a model's likelihood.

use super::super::bfgs::minimise;
use super::super::groups::Groups;
use super::super::model::FittedProcess;
use super::Model;

/// Fits a model; none where there is nobody to fit it to, or no finite likelihood.
pub(crate) fn fit(model: &dyn Model, groups: &Groups) -> Option<FittedProcess> {
    if groups.weight <= 0.0 {
        return None;
    }
    // A customer's mean, so that the search's tolerances mean the same for any number of them.
    let scale = 1.0 / groups.weight;
    let found = minimise(model.start(groups), |at| {
        let (value, gradient) = model.ln_likelihood(groups, at);
        (-value * scale, gradient.map(|of| -of * scale))
    })?;
    Some(FittedProcess {
        process: model.process(),
        parameters: found.at.map(f64::exp),
        ln_likelihood: -found.value * groups.weight,
    })
}
