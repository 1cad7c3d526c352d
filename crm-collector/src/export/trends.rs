//! Trends as sheets: a row a trend, with the cause that its sentence names.

use chrono_tz::Tz;
use crm_api::answer::{Trend, Trends, Unit, Value};
use crm_api::question;

use super::sheet::{columns, grouped};
use super::{Sheet, Tabular, outside};

impl Tabular for Trends {
    fn sheet(&self) -> Sheet<'_> {
        let columns = columns(&[
            ("dimension", Unit::Text),
            ("key", Unit::Text),
            ("name", Unit::Text),
            ("kind", Unit::Text),
            ("since", Unit::Text),
            ("expected", Unit::Money),
            ("actual", Unit::Money),
            ("size", Unit::Money),
            ("share", Unit::Number),
            ("at_stake", Unit::Money),
            ("confidence", Unit::Number),
            ("cause", Unit::Text),
            ("purchases", Unit::Count),
        ]);
        let Self { bucket, currency, timezone, as_of, examined, .. } = self;
        let were = if *examined == 1 { "was" } else { "were" };
        let mut notes: Vec<_> = more(self.trends.len(), self.omitted).into_iter().collect();
        notes.extend(self.trends.iter().filter(|one| one.first).map(|one| one.summary.clone()));
        notes.extend(self.season.iter().map(|season| season.summary.clone()));
        notes.extend(self.missing.as_ref().map(|missing| format!("missing: {missing}")));
        notes.extend(outside::notes(&self.outside, *currency, None));
        Sheet {
            title: format!(
                "trends of revenue in {currency} by {bucket}, as known before {as_of} \
                 ({timezone}); {examined} series {were} looked at"
            ),
            timezone: timezone.parse().unwrap_or(Tz::UTC),
            currency: Some(*currency),
            columns,
            rows: self.trends.iter().map(row).collect(),
            totals: Vec::new().into(),
            // Told by a note, as there is a limit that cannot be lifted.
            omitted_rows: 0,
            when_empty: "nothing that chance does not explain",
            notes,
            spare: &["purchases", "confidence", "expected", "actual", "share", "dimension", "size"],
        }
    }
}

/// What the limit left out, and how much of that can be shown.
fn more(shown: usize, omitted: usize) -> Option<String> {
    let most = question::Trends::LARGEST_LIMIT;
    let more = grouped(&omitted.to_string());
    match (omitted, shown < most) {
        (0, _) => None,
        (_, true) if shown + omitted <= most => {
            Some(format!("and {more} more; --limit 0 shows all"))
        }
        (_, true) => Some(format!("and {more} more; --limit 0 shows the {most} largest")),
        (_, false) => Some(format!("and {more} more; no more than {most} are told")),
    }
}

fn row(trend: &Trend) -> Vec<Value> {
    let text = |text: &Option<String>| text.clone().map_or(Value::None, Value::Text);
    vec![
        Value::Text(trend.dimension.to_string()),
        text(&trend.key),
        text(&trend.name),
        Value::Text(trend.kind.clone()),
        Value::Text(trend.since.clone()),
        trend.expected.value(),
        trend.actual.value(),
        trend.size.value(),
        trend.share.map_or(Value::None, Value::Number),
        trend.at_stake.value(),
        Value::Number(trend.confidence),
        text(&trend.cause),
        Value::Count(i64::try_from(trend.rows.purchases).unwrap_or(i64::MAX)),
    ]
}

#[cfg(test)]
mod tests {
    use super::more;

    #[test]
    fn what_the_limit_leaves_out_is_told_with_what_can_be_shown_of_it() {
        let told = |shown, omitted| more(shown, omitted).unwrap_or_default();
        assert_eq!(told(54, 0), "");
        assert_eq!(told(20, 180), "and 180 more; --limit 0 shows all");
        assert_eq!(told(20, 1_234), "and 1,234 more; --limit 0 shows the 200 largest");
        assert_eq!(told(200, 54), "and 54 more; no more than 200 are told");
    }
}
