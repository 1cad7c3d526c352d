//! Recommendations at a glance.

use crm_api::answer::{AdviceResults, Briefing, Figure, Recommendations};

use super::{Face, Sentence};
use crate::charts::Locale;

pub(super) fn face(of: &Recommendations, locale: Locale) -> Face {
    let count = of.recommendations.len();
    let sum: f64 = of.recommendations.iter().map(|one| one.at_stake.to_f64()).sum();
    let money = match Figure::estimate(sum) {
        Figure::Money(_) => locale.whole_money(sum, of.currency),
        Figure::Number(_) => String::new(),
    };
    let (title, says) = match (locale, count) {
        (Locale::En, 0) => ("What to do", Sentence::default().say("Nothing to do just now.")),
        (Locale::Ru, 0) => ("Что делать", Sentence::default().say("Сейчас делать нечего.")),
        (Locale::En, _) => (
            "What to do",
            Sentence::default()
                .figure(money)
                .say(" is at stake in what is listed here, within ten weeks."),
        ),
        (Locale::Ru, _) => (
            "Что делать",
            Sentence::default()
                .say("На кону в этом списке ")
                .figure(money)
                .say(" за десять недель."),
        ),
    };
    Face {
        title: title.to_owned(),
        about: format!("{} · {}", of.as_of, of.currency),
        says,
        charts: Vec::new(),
    }
}

/// The first sentence is the one to send to somebody.
pub(super) fn briefing(of: &Briefing) -> Face {
    let mut parts = of.parts.iter();
    let first = parts.next();
    let told = first.and_then(|part| part.sentences.first());
    let says = told.map(|told| Sentence::default().say(told.text.clone()));
    Face {
        title: first.map(|part| part.heading.clone()).unwrap_or_default(),
        about: format!("{} · {}", of.as_of, of.currency),
        says: says.unwrap_or_default(),
        charts: Vec::new(),
    }
}

/// What acting brought, as far as it can be told.
pub(super) fn results(of: &AdviceResults, locale: Locale) -> Face {
    let all = of.results.first();
    let money = |figure: Figure| locale.whole_money(figure.to_f64().abs(), of.currency);
    let says = match (locale, all.and_then(|all| Some((all, all.more?)))) {
        (Locale::En, Some((all, more))) if all.verdict == "works" => Sentence::default()
            .figure(money(more))
            .say(" more from each customer who was turned to than from each left alone."),
        (Locale::Ru, Some((all, more))) if all.verdict == "works" => Sentence::default()
            .say("Каждый клиент, к которому обратились, принёс на ")
            .figure(money(more))
            .say(" больше, чем каждый из контрольной группы."),
        (Locale::En, Some((all, more))) if all.verdict == "harms" => Sentence::default()
            .figure(money(more))
            .say(" less from each customer who was turned to than from each left alone."),
        (Locale::Ru, Some((all, more))) if all.verdict == "harms" => Sentence::default()
            .say("Каждый клиент, к которому обратились, принёс на ")
            .figure(money(more))
            .say(" меньше, чем каждый из контрольной группы."),
        (Locale::En, _) => Sentence::default().say("It cannot be told yet what acting brings."),
        (Locale::Ru, _) => Sentence::default().say("Пока нельзя сказать, что дают рекомендации."),
    };
    let title = match locale {
        Locale::En => "Results",
        Locale::Ru => "Результаты",
    };
    Face {
        title: title.to_owned(),
        about: format!("{} · {}", of.as_of, of.currency),
        says,
        charts: Vec::new(),
    }
}
