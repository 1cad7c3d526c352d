//! What is bought together, and what next, at a glance.

use crm_api::answer::{NextItem, NextItems, Pair, Together};

use super::{Face, LARGEST, Picture, Sentence};
use crate::charts::{self, Locale, Ranked, Ranking};

pub(super) fn together(together: &Together, locale: Locale) -> Face {
    let product = together.name.as_ref().unwrap_or(&together.sku);
    let baskets = locale.grouped(&together.baskets.to_string());
    let with_it = locale.grouped(&together.with_it.to_string());
    let [title, heading] = match locale {
        Locale::En => ["Bought together", "Share of its baskets that hold the other as well"],
        Locale::Ru => ["Покупают вместе", "Доля корзин с этим товаром, где есть и другой"],
    };
    let row = |pair: &Pair| {
        let times = locale.grouped(&format!("{:.1}", pair.lift));
        Ranked {
            name: pair.name.clone().unwrap_or_else(|| pair.sku.clone()),
            note: match locale {
                Locale::En => format!("{times} times as often as by chance"),
                Locale::Ru => format!("в {times} раза чаще случайного"),
            },
            value: charts::Value::new(
                pair.confidence * 100.0,
                locale.percent(pair.confidence * 100.0),
            ),
        }
    };
    let rows: Vec<_> = together.pairs.iter().take(LARGEST).map(row).collect();
    let says = match (together.pairs.first(), locale) {
        (None, _) => Sentence::default(),
        (Some(pair), locale) => {
            let other = pair.name.as_ref().unwrap_or(&pair.sku);
            let share = locale.percent(pair.confidence * 100.0);
            match locale {
                Locale::En => Sentence::default()
                    .figure(share)
                    .say(format!(" of the baskets with {product} hold "))
                    .figure(other)
                    .say(" as well."),
                Locale::Ru => Sentence::default()
                    .say("В ")
                    .figure(share)
                    .say(format!(" корзин с {product} есть и "))
                    .figure(other)
                    .say("."),
            }
        }
    };
    let about = match locale {
        Locale::En => format!("{product}, in {with_it} of {baskets} baskets"),
        Locale::Ru => format!("{product}, корзин с ним: {with_it} из {baskets}"),
    };
    face(title, about, says, heading, rows)
}

pub(super) fn next(next: &NextItems, locale: Locale) -> Face {
    let row = |item: &NextItem| Ranked {
        name: item.name.clone().unwrap_or_else(|| item.sku.clone()),
        note: if locale == Locale::En { item.reason.clone() } else { String::new() },
        value: charts::Value::new(item.score * 100.0, locale.percent(item.score * 100.0)),
    };
    let rows: Vec<_> = next.items.iter().take(LARGEST).map(row).collect();
    let [title, heading] = match locale {
        Locale::En => ["What is likely to be bought next", "How likely beside the first"],
        Locale::Ru => ["Что, вероятно, купят дальше", "Вероятность относительно первого"],
    };
    let says = match (next.items.first(), locale) {
        (None, _) => Sentence::default(),
        (Some(item), locale) => {
            let item = item.name.as_ref().unwrap_or(&item.sku);
            match locale {
                Locale::En => Sentence::default().say("Likeliest next: ").figure(item).say("."),
                Locale::Ru => Sentence::default().say("Вероятнее всего: ").figure(item).say("."),
            }
        }
    };
    face(title, next.customer_id.clone(), says, heading, rows)
}

fn face(title: &str, about: String, says: Sentence, heading: &str, rows: Vec<Ranked>) -> Face {
    let charts = match rows.is_empty() {
        true => Vec::new(),
        false => vec![Picture::new(heading, Ranking { sentence: says.plain(), rows }.render())],
    };
    Face { title: title.to_owned(), about, says, charts }
}
