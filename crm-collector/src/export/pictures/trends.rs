//! Trends at a glance: the money at stake, and what each of the first is made of.

use crm_api::answer::{Trend, Trends};

use super::names::heading;
use super::text::{Texts, of_figure};
use super::{Face, LARGEST, Picture, Sentence, name};
use crate::charts::{self, Locale, Part, Ranked, Ranking, Waterfall};

pub(super) fn face(trends: &Trends, locale: Locale) -> Face {
    let texts = Texts::of(locale, trends.currency, &trends.timezone);
    let mut charts = Vec::new();
    if !trends.trends.is_empty() {
        charts.push(at_stake(trends, &texts));
    }
    let first = trends.trends.iter().filter(|trend| trend.first && !trend.factors.is_empty());
    charts.extend(first.map(|trend| made_of(trend, &texts)));
    let Trends { currency, timezone, examined, .. } = trends;
    let examined = locale.grouped(&examined.to_string());
    let day = locale.day(super::period::last_before(trends.as_of));
    Face {
        title: heading("trends", locale),
        about: match locale {
            Locale::En => format!(
                "{examined} series looked at, as known at the end of {day} · {currency} · {timezone}"
            ),
            Locale::Ru => format!(
                "показателей просмотрено: {examined}, по данным на конец {day} · {currency} · {timezone}"
            ),
        },
        says: sentence(trends, &texts),
        charts,
    }
}

fn sentence(trends: &Trends, texts: &Texts) -> Sentence {
    let say = Sentence::default();
    let Some(largest) = trends.trends.first() else {
        return say.say(match texts.locale {
            Locale::En => "Nothing changed that chance does not explain.",
            Locale::Ru => "Ничего, кроме случайных колебаний, не изменилось.",
        });
    };
    let size = texts.whole(of_figure(largest.at_stake).abs());
    let named = named(largest, texts.locale);
    let is_less = of_figure(largest.at_stake) < 0.0;
    match texts.locale {
        Locale::En => say
            .say("The largest change: ")
            .figure(named)
            .say(", ")
            .figure(format!("{size} {} a month", if is_less { "less" } else { "more" }))
            .say(" than it would have been."),
        Locale::Ru => say
            .say("Самое большое изменение: ")
            .figure(named)
            .say(", ")
            .figure(format!("на {size} {} в месяц", if is_less { "меньше" } else { "больше" }))
            .say(", чем было бы без этой перемены."),
    }
}

/// Which part of the sales a trend is of.
fn named(trend: &Trend, locale: Locale) -> String {
    match trend.name.as_deref().or(trend.key.as_deref()) {
        Some(named) => named.to_owned(),
        None => name(&trend.dimension, locale).into_owned(),
    }
}

fn at_stake(trends: &Trends, texts: &Texts) -> Picture {
    let row = |trend: &Trend| Ranked {
        name: named(trend, texts.locale),
        note: match (trend.cause.as_ref(), texts.locale) {
            (Some(cause), Locale::En) => cause.clone(),
            _ => String::new(),
        },
        value: signed(texts, of_figure(trend.at_stake)),
    };
    let heading = heading("at_stake", texts.locale);
    let rows = trends.trends.iter().take(LARGEST).map(row).collect();
    Picture::new(heading.clone(), Ranking { sentence: heading, rows }.render())
}

/// From what would have been to what is, by what the change is made of.
fn made_of(trend: &Trend, texts: &Texts) -> Picture {
    let whole = |name: &str, figure| Part {
        name: heading(name, texts.locale),
        note: String::new(),
        value: charts::Value::new(of_figure(figure), texts.whole(of_figure(figure))),
        is_total: true,
    };
    // What adds nothing that is shown is no step.
    let factors = trend.factors.iter().filter(|of| of_figure(of.contribution).abs() >= 0.5);
    let factors = factors.map(|factor| Part {
        name: heading(&factor.factor, texts.locale),
        note: format!("{} → {}", few(texts, factor.before), few(texts, factor.after)),
        value: signed(texts, of_figure(factor.contribution)),
        is_total: false,
    });
    let parts = [whole("expected", trend.expected)].into_iter().chain(factors);
    let parts = parts.chain([whole("actual", trend.actual)]).collect();
    // Summaries are sentences of the one language that explanations have.
    let text = if texts.locale == Locale::En { trend.summary.clone() } else { String::new() };
    let sentence = named(trend, texts.locale);
    let picture = Picture::new(sentence.clone(), Waterfall { sentence, parts }.render());
    Picture { text, ..picture }
}

/// A mean, with three digits.
fn few(texts: &Texts, number: f64) -> String {
    texts.locale.short(number, charts::Unit::Number)
}

/// Money with its sign, in whole units.
fn signed(texts: &Texts, number: f64) -> charts::Value {
    let text = texts.whole(number);
    charts::Value::new(number, if number > 0.0 { format!("+{text}") } else { text })
}
