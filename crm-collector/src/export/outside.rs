//! What an answer leaves out of its figures, in words.

use crm_api::{Far, Outside};
use crm_models::Currency;

use super::sheet::grouped;
use crate::words::counted;

/// A line for each kind of purchases that are in none of the figures. `shows` says how days that were
/// left out are shown, given the first of them, where that is possible.
pub(super) fn notes(
    outside: &Outside,
    currency: Currency,
    shows: Option<fn(&Far) -> String>,
) -> Vec<String> {
    let far = |far: &Option<Far>, where_: fn(&Far) -> String| {
        far.as_ref().map(|far| {
            let count = grouped(&far.purchases.to_string());
            let lie = if far.purchases == 1 { "lies" } else { "lie" };
            let count = counted(count, "purchase", "purchases");
            let net = grouped(&far.net.to_string());
            let shows = shows.map_or(String::new(), |shows| format!("; {}", shows(far)));
            let place = where_(far);
            format!("{count} ({net} {currency} net) {lie} {place}, in none of these figures{shows}")
        })
    };
    let before = far(&outside.before, |far| match far.first == far.last {
        true => format!("far before all others, on {}", far.first),
        false => format!("far before all others, from {} to {}", far.first, far.last),
    });
    let after = far(&outside.after, |far| format!("in the future, the last on {}", far.last));
    let others: Vec<_> = outside
        .other_currencies
        .iter()
        .map(|(currency, count)| format!("{} in {currency}", grouped(&count.to_string())))
        .collect();
    let others = (!others.is_empty()).then(|| {
        let others = others.join(", ");
        format!(
            "purchases in other currencies, in none of these figures: {others}; --currency shows \
             those of one"
        )
    });
    [before, after, others].into_iter().flatten().collect()
}
