//! Customers' values and segments at a glance.

use crm_api::answer::{CustomerValue, CustomerValues, Group, Segments};

use super::names::heading;
use super::text::{Texts, of_figure};
use super::{Face, LARGEST, Picture, Sentence, name};
use crate::charts::{self, Locale, Ranked, Ranking};

pub(super) fn values(values: &CustomerValues, locale: Locale) -> Face {
    let texts = Texts::of(locale, values.currency, "");
    let CustomerValues { horizon_days, currency, .. } = values;
    let row = |customer: &CustomerValue| {
        let percent = locale.percent((customer.p_alive * 100.0).round());
        Ranked {
            name: customer.name.clone().unwrap_or_else(|| customer.customer_id.clone()),
            note: match locale {
                Locale::En => format!("{percent} likely still a customer"),
                Locale::Ru => format!("вероятность, что вернётся: {percent}"),
            },
            value: texts.figure(customer.expected_value),
        }
    };
    let rows: Vec<_> = values.customers.iter().take(LARGEST).map(row).collect();
    let says = match values.customers.first() {
        None => Sentence::default(),
        Some(first) => {
            let named = first.name.as_ref().unwrap_or(&first.customer_id);
            let value = texts.whole(of_figure(first.expected_value));
            match locale {
                Locale::En => Sentence::default()
                    .say("Most is expected of ")
                    .figure(named)
                    .say(": ")
                    .figure(value)
                    .say(format!(" within {horizon_days} days.")),
                Locale::Ru => Sentence::default()
                    .say("Больше всего ожидается от клиента ")
                    .figure(named)
                    .say(": ")
                    .figure(value)
                    .say(format!(" за {horizon_days} дн.")),
            }
        }
    };
    let ranking = Ranking { sentence: says.plain(), rows };
    let charts = match values.customers.is_empty() {
        true => Vec::new(),
        false => vec![Picture::new(heading("expected_value", locale), ranking.render())],
    };
    let day = locale.day(values.as_of);
    let about = match locale {
        Locale::En => format!("{horizon_days} days from {day} on · {currency}"),
        Locale::Ru => format!("{horizon_days} дн. начиная с {day} · {currency}"),
    };
    Face { title: heading("values", locale), about, says, charts }
}

pub(super) fn segments(segments: &Segments, locale: Locale) -> Face {
    let texts = Texts::of(locale, segments.currency, "");
    let picture = |title: &str, groups: &[Group]| {
        let row = |group: &Group| {
            let count = group.customers;
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let value = charts::Value::new(count as f64, locale.grouped(&count.to_string()));
            let spent = texts.whole(of_figure(group.spent));
            let note = match locale {
                Locale::En => format!("{}; {spent} spent so far", group.about),
                Locale::Ru => format!("потрачено: {spent}"),
            };
            Ranked { name: name(&group.segment, locale).into_owned(), note, value }
        };
        let ranking =
            Ranking { sentence: title.to_owned(), rows: groups.iter().map(row).collect() };
        Picture::new(title, ranking.render())
    };
    let [stages, rfm] = match locale {
        Locale::En => ["Customers by stage of life", "Customers by recency, frequency and money"],
        Locale::Ru => ["Клиенты по этапам", "Клиенты по давности, частоте и деньгам"],
    };
    let count = locale.grouped(&segments.customers.to_string());
    let lost = segments.stages.iter().filter(|group| matches!(&*group.segment, "lost"));
    let lost = locale.percent(lost.map(|group| group.share * 100.0).sum());
    let says = match locale {
        _ if segments.customers == 0 => Sentence::default(),
        Locale::En => Sentence::default()
            .say(format!("Of {count} customers "))
            .figure(format!("{lost} are most likely gone"))
            .say("."),
        Locale::Ru => Sentence::default()
            .say(format!("Из {count} клиентов "))
            .figure(format!("{lost}, скорее всего, не вернутся"))
            .say("."),
    };
    let day = locale.day(super::period::last_before(segments.as_of));
    let about = match locale {
        Locale::En => format!("as known at the end of {day} · {}", segments.currency),
        Locale::Ru => format!("по данным на конец {day} · {}", segments.currency),
    };
    let charts = match segments.customers {
        0 => Vec::new(),
        _ if segments.rfm.is_empty() => vec![picture(stages, &segments.stages)],
        _ => vec![picture(stages, &segments.stages), picture(rfm, &segments.rfm)],
    };
    Face { title: heading("segments", locale), about, says, charts }
}
