//! Recommendations in words: what to do in one sentence, and why in a few. Every figure in them is one of
//! the facts.

use chrono::NaiveDate;
use crm_api::answer::{AdviceFacts, AdviceKind, Figure, Named};

use crm_models::Currency;
use fluent_bundle::FluentValue;

use crate::locale::{Lang, Locale};

/// Days of a week.
const WEEK_DAYS: u32 = 7;

/// What is told.
pub struct Told<'a> {
    /// Its kind.
    pub kind: AdviceKind,
    /// Its figures.
    pub facts: &'a AdviceFacts,
    /// The customer it is about.
    pub customer: Option<&'a Named>,
    /// The product it is about.
    pub product: Option<&'a Named>,
    /// The last day on which it makes sense.
    pub by: NaiveDate,
    /// Money at stake within the window.
    pub at_stake: Figure,
    /// The chance of a purchase within the window with no action.
    pub chance: Option<f64>,
    /// What is behind the money.
    pub given: usize,
    /// Length of the window.
    pub window_days: u32,
    /// Of all money.
    pub currency: Currency,
}

/// What to do, and why.
pub(crate) fn told(of: &Told<'_>, locale: &Locale) -> (String, Vec<String>) {
    let say = Say { of, locale };
    match of.facts {
        AdviceFacts::WinBack { .. } => say.win_back(),
        AdviceFacts::SecondPurchase { .. } => say.second_purchase(),
        AdviceFacts::Replenish { .. } => say.replenish(),
        AdviceFacts::Together { .. } => say.together(),
        AdviceFacts::Trend { .. } => say.trend(),
        AdviceFacts::Refunds { .. } => say.refunds(),
        AdviceFacts::Concentration { .. } => say.concentration(),
    }
}

type Arg = (&'static str, FluentValue<'static>);

struct Say<'a> {
    of: &'a Told<'a>,
    locale: &'a Locale,
}

impl Say<'_> {
    /// A text with what all have, and more.
    fn say(&self, key: &str, more: &[Arg]) -> String {
        let of = self.of;
        let shown = |named: Option<&Named>| named.map(Named::shown).unwrap_or_default().to_owned();
        let mut args: Vec<Arg> = vec![
            ("who", shown(of.customer).into()),
            ("product", shown(of.product).into()),
            ("by", self.locale.day_long(of.by).into()),
            ("stake", self.money(of.at_stake)),
            ("weeks", (of.window_days / WEEK_DAYS).into()),
            ("chance", self.locale.percent(of.chance.unwrap_or_default()).into()),
            ("given", whole(of.given)),
        ];
        args.extend_from_slice(more);
        self.locale.with(key, &args)
    }

    fn money(&self, figure: Figure) -> FluentValue<'static> {
        self.locale.estimate(figure, self.of.currency).into()
    }

    fn day(&self, day: NaiveDate) -> FluentValue<'static> {
        self.locale.day_long(day).into()
    }

    fn win_back(&self) -> (String, Vec<String>) {
        let AdviceFacts::WinBack {
            usual_gap_days,
            longest_gap_days,
            silent_days,
            usual,
            share,
            returned,
            purchase_days,
            ..
        } = *self.of.facts
        else {
            return Default::default();
        };
        let rhythm = self.say(
            "advice-win-back-rhythm",
            &[
                ("gap", days(usual_gap_days)),
                ("longest", longest_gap_days.into()),
                ("silent", silent_days.into()),
                ("days", whole(purchase_days)),
            ],
        );
        let usual = [
            ("usual", self.money(usual)),
            ("share", self.locale.percent(share).into()),
            ("returned", whole(returned)),
        ];
        let money = match returned {
            0 => self.say("advice-win-back-own", &usual),
            _ => self.say("advice-win-back-money", &usual),
        };
        (self.say("advice-win-back", &[]), vec![rhythm, money, self.say("advice-chance", &[])])
    }

    fn second_purchase(&self) -> (String, Vec<String>) {
        let AdviceFacts::SecondPurchase {
            bought_on,
            spent,
            half_within_days,
            most_within_days,
            returned,
        } = *self.of.facts
        else {
            return Default::default();
        };
        let first = self.say(
            "advice-second-first",
            &[("on", self.day(bought_on)), ("spent", self.money(spent))],
        );
        let usual = self.say(
            "advice-second-usual",
            &[
                ("half", half_within_days.into()),
                ("most", most_within_days.into()),
                ("returned", whole(returned)),
            ],
        );
        let money = self.say("advice-second-money", &[]);
        (self.say("advice-second", &[]), vec![first, usual, money, self.say("advice-chance", &[])])
    }

    fn replenish(&self) -> (String, Vec<String>) {
        let AdviceFacts::Replenish {
            purchase_days,
            usual_gap_days,
            longest_gap_days,
            silent_days,
            last_purchase,
            quantity,
            cases,
        } = *self.of.facts
        else {
            return Default::default();
        };
        let quantity = ("quantity", days(quantity));
        let cycle = self.say(
            "advice-replenish-cycle",
            &[
                ("days", whole(purchase_days)),
                ("gap", days(usual_gap_days)),
                ("last", self.day(last_purchase)),
            ],
        );
        let pause = self.say(
            "advice-replenish-pause",
            &[("longest", longest_gap_days.into()), ("silent", silent_days.into())],
        );
        let money = self.say("advice-replenish-money", std::slice::from_ref(&quantity));
        let chance = self.say("advice-replenish-chance", &[("cases", cases.into())]);
        (self.say("advice-replenish", &[quantity]), vec![cycle, pause, money, chance])
    }

    fn together(&self) -> (String, Vec<String>) {
        let AdviceFacts::Together {
            with,
            customers,
            orders_with_both,
            orders_with_first,
            had_first,
            went_on,
            price,
            ..
        } = self.of.facts
        else {
            return Default::default();
        };
        let named = ("with", FluentValue::from(with.shown().to_owned()));
        let summary =
            self.say("advice-together", &[named.clone(), ("customers", whole(*customers))]);
        let pair = self.say(
            "advice-together-pair",
            &[
                named.clone(),
                ("both", (*orders_with_both).into()),
                ("first", (*orders_with_first).into()),
            ],
        );
        let went = self.say(
            "advice-together-went",
            &[named, ("had", (*had_first).into()), ("went", (*went_on).into())],
        );
        let money = self.say("advice-together-money", &[("price", self.money(*price))]);
        (summary, vec![pair, went, money])
    }

    fn trend(&self) -> (String, Vec<String>) {
        let AdviceFacts::Trend { since, a_month, expected, actual, cause, .. } = self.of.facts
        else {
            return Default::default();
        };
        let size = match a_month.is_negative() {
            true => Figure::estimate(-a_month.to_f64()),
            false => *a_month,
        };
        let summary = self.say("advice-falling", &[("month", self.money(size))]);
        let since = self.say(
            "advice-trend-since",
            &[
                ("since", self.day(*since)),
                ("expected", self.money(*expected)),
                ("actual", self.money(*actual)),
            ],
        );
        let mut why = vec![since];
        // What drove it is told in English alone as yet.
        if let Some(cause) = cause.as_ref().filter(|_| self.locale.lang() == Lang::English) {
            why.push(self.say("advice-trend-cause", &[("cause", cause.clone().into())]));
        }
        why.push(self.say("advice-trend-money", &[]));
        (summary, why)
    }

    fn refunds(&self) -> (String, Vec<String>) {
        let AdviceFacts::Refunds { sold, returned, all_sold, all_returned, customers, money } =
            *self.of.facts
        else {
            return Default::default();
        };
        let share = |of: u32, all: u32| f64::from(of) / f64::from(all.max(1));
        let rate = self.locale.decimals(share(all_returned, all_sold) * 100.0, 1);
        let its_rate = self.locale.decimals(share(returned, sold) * 100.0, 1);
        let counts: [Arg; 4] = [
            ("sold", sold.into()),
            ("returned", returned.into()),
            ("rate", rate.into()),
            ("its", its_rate.into()),
        ];
        let who = self.say(
            "advice-refunds-who",
            &[("customers", whole(customers)), ("money", self.money(money))],
        );
        let chance = self.say("advice-refunds-rate", &counts);
        (
            self.say("advice-refunds", &counts),
            vec![chance, who, self.say("advice-refunds-money", &[])],
        )
    }

    fn concentration(&self) -> (String, Vec<String>) {
        let AdviceFacts::Concentration { customers, of_them, share, buyers } = self.of.facts else {
            return Default::default();
        };
        let names: Vec<&str> = customers.iter().map(Named::shown).collect();
        let share: Arg = ("share", self.locale.percent(*share).into());
        let counts = [
            share,
            ("names", names.join(", ").into()),
            ("money", self.money(*of_them)),
            ("customers", whole(customers.len())),
            ("buyers", whole(*buyers)),
        ];
        let why = vec![
            self.say("advice-concentration-share", &counts),
            self.say("advice-concentration-money", &[]),
        ];
        (self.say("advice-concentration", &counts), why)
    }
}

fn whole(count: usize) -> FluentValue<'static> {
    i64::try_from(count).unwrap_or(i64::MAX).into()
}

/// Whole days, or pieces.
fn days(number: f64) -> FluentValue<'static> {
    number.round().into()
}
