//! What an answer leaves out of its figures, in words.

use crm_api::{Far, Outside};
use crm_models::Currency;

use super::cells::in_currency;
use super::sheet::grouped;
use crate::words::counted;

/// A line for each kind of purchases that are in none of the figures. `shows` says how days that were
/// left out are shown, given the first of them, where that is possible.
pub(super) fn notes(
    outside: &Outside,
    currency: Currency,
    shows: Option<fn(&Far) -> String>,
) -> Vec<String> {
    let far = |far: &Option<Far>, (one, many): (&str, &str), when: fn(&Far) -> String| {
        far.as_ref().map(|far| {
            let count = grouped(&far.purchases.to_string());
            let lie = if far.purchases == 1 { one } else { many };
            let count = counted(count, "purchase", "purchases");
            let net = in_currency(far.net, currency);
            let shows = shows.map_or(String::new(), |shows| format!("; {}", shows(far)));
            let when = when(far);
            format!("{count} ({net} net) {lie}, {when}, in none of these figures{shows}")
        })
    };
    let on_days = |far: &Far| match far.first == far.last {
        true => format!("on {}", far.first),
        false => format!("from {} to {}", far.first, far.last),
    };
    let before =
        far(&outside.before, ("lies far before all others", "lie far before all others"), on_days);
    let future = ("lies in the future", "lie in the future");
    let after = far(&outside.after, future, |far| format!("the last on {}", far.last));
    let since = far(&outside.since, ("came since", "came since"), on_days);
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
    [before, after, since, others].into_iter().flatten().collect()
}
