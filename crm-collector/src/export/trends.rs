//! Trends as sheets: a row a trend, with the driver that its sentence names.

use chrono_tz::Tz;
use crm_models::insight::{Trend, Trends};
use crm_models::report::{Unit, Value};

use super::sheet::columns;
use super::{Answer, Sheet, outside};

impl Answer for Trends {
    fn sheet(&self) -> Sheet<'_> {
        let columns = columns(&[
            ("dimension", Unit::Text),
            ("key", Unit::Text),
            ("name", Unit::Text),
            ("kind", Unit::Text),
            ("since", Unit::Text),
            ("size", Unit::Money),
            ("total", Unit::Money),
            ("confidence", Unit::Number),
            ("driver", Unit::Text),
            ("driver_share", Unit::Number),
            ("purchases", Unit::Count),
        ]);
        let Self { bucket, currency, timezone, as_of, examined, .. } = self;
        let were = if *examined == 1 { "was" } else { "were" };
        let mut notes: Vec<_> = self.trends.iter().take(5).map(|one| one.summary.clone()).collect();
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
            omitted_rows: self.omitted,
            when_empty: "nothing that chance does not explain",
            notes,
        }
    }
}

fn row(trend: &Trend) -> Vec<Value> {
    let text = |text: &Option<String>| text.clone().map_or(Value::None, Value::Text);
    let driver = trend.main_driver();
    let named = driver.and_then(|driver| driver.name.clone().or_else(|| driver.key.clone()));
    vec![
        Value::Text(trend.dimension.to_owned()),
        text(&trend.key),
        text(&trend.name),
        Value::Text(trend.kind.clone()),
        Value::Text(trend.since.clone()),
        trend.size.value(),
        trend.total.value(),
        Value::Number(trend.confidence),
        text(&named),
        driver.map_or(Value::None, |driver| Value::Number(driver.share)),
        Value::Count(i64::try_from(trend.rows.purchases).unwrap_or(i64::MAX)),
    ]
}
