//! Pairs and next items as sheets.

use std::borrow::Cow;

use chrono_tz::Tz;
use crm_api::answer::{NextItems, Together, Unit, Value};

use super::people::ratio;
use super::sheet::{columns, grouped};
use super::{Sheet, Tabular};
use crate::words::counted;

fn name(name: &Option<String>) -> Value {
    name.clone().map_or(Value::None, Value::Text)
}

impl Tabular for Together {
    fn sheet(&self) -> Sheet<'_> {
        let columns = columns(&[
            ("sku", Unit::Text),
            ("name", Unit::Text),
            ("together", Unit::Count),
            ("support", Unit::Number),
            ("confidence", Unit::Number),
            ("lift", Unit::Number),
            ("p_value", Unit::Number),
            ("q_value", Unit::Number),
        ]);
        let rows = self.pairs.iter().map(|pair| {
            vec![
                Value::Text(pair.sku.clone()),
                name(&pair.name),
                Value::Count(pair.together.into()),
                Value::Number(pair.support),
                Value::Number(pair.confidence),
                Value::Number(pair.lift),
                Value::Number(pair.p_value),
                Value::Number(pair.q_value),
            ]
        });
        let product = self.name.as_ref().unwrap_or(&self.sku);
        let count = |count: usize| grouped(&count.to_string());
        let missing = self.missing.as_ref().map(|missing| format!("missing: {missing}"));
        let (title, when_empty) = if self.is_fee {
            let title = format!("{product} counts as a fee, and fees are left out of baskets");
            (title, "nothing is bought together with a fee")
        } else {
            let with_it = count(self.with_it as usize);
            let baskets = counted(count(self.baskets), "basket", "baskets");
            let title =
                format!("bought together with {product}, which is in {with_it} of {baskets}");
            (title, "nothing that chance does not explain")
        };
        Sheet {
            title,
            timezone: Tz::UTC,
            currency: None,
            columns,
            rows: rows.collect(),
            totals: Cow::Borrowed(&[]),
            omitted_rows: self.omitted,
            when_empty,
            notes: missing.into_iter().collect(),
            spare: &["p_value", "support", "q_value"],
        }
    }
}

impl Tabular for NextItems {
    fn sheet(&self) -> Sheet<'_> {
        let columns = columns(&[
            ("sku", Unit::Text),
            ("name", Unit::Text),
            ("score", Unit::Ratio),
            ("reason", Unit::Text),
        ]);
        let rows = self.items.iter().map(|item| {
            vec![
                Value::Text(item.sku.clone()),
                name(&item.name),
                ratio(item.score),
                Value::Text(item.reason.clone()),
            ]
        });
        let Self { customer_id, as_of, .. } = self;
        let score = (!self.items.is_empty())
            .then(|| "score: how likely beside the first of the list; no probability".to_owned());
        let missing = self.missing.as_ref().map(|missing| format!("missing: {missing}"));
        Sheet {
            title: format!("what {customer_id} is likely to buy next, as known before {as_of}"),
            timezone: Tz::UTC,
            currency: None,
            columns,
            rows: rows.collect(),
            totals: Cow::Borrowed(&[]),
            omitted_rows: 0,
            when_empty: "nothing",
            notes: score.into_iter().chain(missing).collect(),
            spare: &["score"],
        }
    }
}
