//! Recommendations: a list for people, each with its reasons; a sheet for programs.

use chrono_tz::Tz;
use crm_api::answer::{
    AdviceResult, AdviceResults, Briefing, Named, Recommendation, Recommendations, Unit, Value,
};

use super::cells::printable;
use super::look::{FAINT, Look, STRONG};
use super::people::ratio;
use super::sheet::{columns, grouped};
use super::wrap::wrap;
use super::{Sheet, Tabular, outside};

/// Columns that a number before a recommendation takes, and what belongs to it is set in by.
const SET_IN: usize = 4;

impl Tabular for Recommendations {
    fn sheet(&self) -> Sheet<'_> {
        let columns = columns(&[
            ("summary", Unit::Text),
            ("why", Unit::Text),
            ("by", Unit::Text),
            ("at_stake", Unit::Money),
            ("chance", Unit::Ratio),
            ("worth", Unit::Money),
            ("kind", Unit::Text),
            ("customer_id", Unit::Text),
            ("sku", Unit::Text),
            ("state", Unit::Text),
            ("id", Unit::Text),
        ]);
        Sheet {
            title: title(self),
            timezone: Tz::UTC,
            currency: Some(self.currency),
            columns,
            rows: self.recommendations.iter().map(row).collect(),
            totals: Vec::new().into(),
            omitted_rows: self.omitted,
            when_empty: EMPTY,
            notes: notes(self),
            spare: &["why", "id", "state", "worth", "kind", "sku", "customer_id", "chance"],
        }
    }
}

const EMPTY: &str = "nothing that the figures would justify";

fn title(of: &Recommendations) -> String {
    let Recommendations { currency, as_of, window_days, .. } = of;
    format!("what to do, as known before {as_of}; money in {currency} within {window_days} days")
}

fn notes(of: &Recommendations) -> Vec<String> {
    let mut notes = vec![
        "at stake: a lower bound of what is to be kept or won (of what falls: what it is below the usual), not \
         what acting earns"
            .to_owned(),
    ];
    notes.extend(of.missing.as_ref().map(|missing| format!("missing: {missing}")));
    notes.extend(outside::notes(&of.outside, of.currency, None));
    notes
}

fn row(one: &Recommendation) -> Vec<Value> {
    // A country or a channel has no number.
    let id = |named: &Option<Named>| {
        named.as_ref().map_or(Value::None, |named| Value::Text(named.id.clone()))
    };
    vec![
        Value::Text(one.summary.clone()),
        Value::Text(one.why.join(" ")),
        Value::Text(one.by.to_string()),
        one.at_stake.value(),
        one.chance.map_or(Value::None, ratio),
        one.worth.value(),
        Value::Text(one.kind.to_string()),
        id(&one.customer),
        id(&one.product),
        Value::Text(one.state.to_string()),
        Value::Text(one.id.clone()),
    ]
}

/// For people: each recommendation with its reasons below it, ending with a line break.
pub(super) fn list(of: &Recommendations, look: &Look) -> String {
    let (strong, faint) = (look.style(STRONG), look.style(FAINT));
    let room = look.width.saturating_sub(SET_IN).max(1);
    let mut text = String::new();
    for told in wrap(&title(of), look.width) {
        text.push_str(&format!("{strong}{told}{strong:#}\n"));
    }
    let mut line = |style: anstyle::Style, lead: &str, told: &str| {
        let line = format!("{lead:SET_IN$}{style}{told}{style:#}");
        text.push_str(line.trim_end());
        text.push('\n');
    };
    for (place, one) in of.recommendations.iter().enumerate() {
        line(faint, "", "");
        for (at, told) in wrap(&printable(&one.summary), room).into_iter().enumerate() {
            let lead = if at == 0 { format!("{:>2}.", place + 1) } else { String::new() };
            line(strong, &lead, &told);
        }
        for told in one.why.iter().flat_map(|why| wrap(&printable(why), room)) {
            line(anstyle::Style::new(), "", &told);
        }
        let also: Vec<&str> = one.also.iter().map(|kind| kind.as_str()).collect();
        let also =
            if also.is_empty() { String::new() } else { format!(", also {}", also.join(", ")) };
        line(faint, "", &format!("{}{also}  {}  {}", one.kind, one.state, one.id));
    }
    if of.recommendations.is_empty() {
        line(anstyle::Style::new(), "", EMPTY);
    }
    text.push('\n');
    if of.omitted > 0 {
        let more = grouped(&of.omitted.to_string());
        text.push_str(&format!("and {more} more; --limit 0 shows all\n"));
    }
    for note in notes(of) {
        for told in super::wrap::sentence(&note, look.width) {
            text.push_str(&format!("{told}\n"));
        }
    }
    text
}

impl Tabular for Briefing {
    fn sheet(&self) -> Sheet<'_> {
        let rows = self.parts.iter().flat_map(|part| {
            part.sentences
                .iter()
                .map(|told| vec![Value::Text(part.about.clone()), Value::Text(told.text.clone())])
        });
        Sheet {
            title: format!("briefing, as known before {}", self.as_of),
            timezone: Tz::UTC,
            currency: Some(self.currency),
            columns: columns(&[("about", Unit::Text), ("sentence", Unit::Text)]),
            rows: rows.collect(),
            totals: Vec::new().into(),
            omitted_rows: 0,
            when_empty: "nothing to tell yet",
            notes: outside::notes(&self.outside, self.currency, None),
            spare: &["about"],
        }
    }
}

/// For people: the parts under their headings, ending with a line break.
pub(super) fn briefing(of: &Briefing, look: &Look) -> String {
    let strong = look.style(STRONG);
    let mut text = String::new();
    for part in of.parts.iter().filter(|part| !part.sentences.is_empty()) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{strong}{}{strong:#}\n", printable(&part.heading)));
        for told in &part.sentences {
            for line in super::wrap::sentence(&printable(&told.text), look.width) {
                text.push_str(&format!("{line}\n"));
            }
        }
    }
    let notes = outside::notes(&of.outside, of.currency, None);
    for line in notes.iter().flat_map(|note| super::wrap::sentence(note, look.width)) {
        text.push_str(&format!("\n{line}\n"));
    }
    text
}

impl Tabular for AdviceResults {
    fn sheet(&self) -> Sheet<'_> {
        let columns = columns(&[
            ("kind", Unit::Text),
            ("acted", Unit::Count),
            ("held", Unit::Count),
            ("acted_mean", Unit::Money),
            ("held_mean", Unit::Money),
            ("more", Unit::Money),
            ("lower", Unit::Money),
            ("upper", Unit::Money),
            ("verdict", Unit::Text),
            ("needed", Unit::Count),
        ]);
        let count = |count: usize| Value::Count(i64::try_from(count).unwrap_or(i64::MAX));
        let row = |one: &AdviceResult| {
            let end = |of: Option<crm_api::answer::Figure>| of.map_or(Value::None, |of| of.value());
            vec![
                Value::Text(one.kind.map_or("all", |kind| kind.as_str()).to_owned()),
                count(one.acted),
                count(one.held),
                one.acted_mean.value(),
                one.held_mean.value(),
                end(one.more),
                end(one.band.as_ref().map(|band| band.lower)),
                end(one.band.as_ref().map(|band| band.upper)),
                Value::Text(one.verdict.clone()),
                count(one.needed),
            ]
        };
        let waiting = grouped(&self.waiting.to_string());
        let notes = vec![
            format!(
                "{waiting} wait until their {} days are over; {} of a hundred customers are held back \
                 from now on",
                self.window_days, self.hold_percent
            ),
            "more: money that each brought for being turned to, what was expected of them taken off; \
             lower to upper holds it at 95 %, whenever it is looked at"
                .to_owned(),
        ];
        Sheet {
            title: format!(
                "what recommendations brought in {} within {} days, as known before {}",
                self.currency, self.window_days, self.as_of
            ),
            timezone: Tz::UTC,
            currency: Some(self.currency),
            columns,
            rows: self.results.iter().map(row).collect(),
            totals: Vec::new().into(),
            omitted_rows: 0,
            when_empty: "nothing yet: the days after the first recommendations are not over",
            notes,
            spare: &["needed", "acted_mean", "held_mean"],
        }
    }
}
