//! Who buys in the demo shop by name: how often, until when, and the day each of them comes.

use super::catalogue::Category;
use super::dice::{Dice, MILLION};
use super::parameters::Parameters;
use super::people::Person;
use super::season;

/// How often a kind of customer buys, and how soon they are lost.
struct Habit {
    /// Of a hundred customers.
    weight: u64,
    /// Chance to buy on an average day, least and most, in millionths.
    rate: (u64, u64),
    /// Chance to be lost after a purchase, in millionths.
    lost: u64,
}

/// Passing by, now and then, regular, loyal.
const HABITS: [Habit; 4] = [
    Habit { weight: 34, rate: (600, 2_000), lost: 550_000 },
    Habit { weight: 40, rate: (3_000, 8_000), lost: 170_000 },
    Habit { weight: 20, rate: (9_000, 20_000), lost: 60_000 },
    Habit { weight: 6, rate: (25_000, 55_000), lost: 25_000 },
];

/// Customers known on the first day, in millionths.
const KNOWN_BEFORE: u64 = 420_000;

/// A customer of the shop.
pub(super) struct Member {
    pub(super) id: String,
    pub(super) person: Person,
    pub(super) favourite: Category,
    pub(super) channel: Channel,
    pub(super) rate: u64,
    pub(super) lost: u64,
    pub(super) newsletter: bool,
    /// Day of registration, counted from the shop's first; `None` for one known before.
    pub(super) registered: Option<u64>,
    pub(super) gone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Web,
    App,
    Store,
}

impl Channel {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::App => "app",
            Self::Store => "store",
        }
    }

    /// By web and app is bought in the web shop, all else at the till.
    pub(super) fn is_online(self) -> bool {
        self != Self::Store
    }

    /// Where its purchases come from.
    pub(super) fn source(self) -> &'static str {
        if self.is_online() { "web-shop" } else { "till" }
    }
}

/// Everybody who will ever buy by name, and the day each of them comes.
pub(super) fn register(parameters: &Parameters, dice: &mut Dice) -> Vec<Member> {
    let mut reached = 0;
    let liveliness: Vec<_> = (0..parameters.days)
        .map(|day| {
            reached += season::liveliness(parameters.date(day), day);
            reached
        })
        .collect();
    let member = |number| {
        let habit = &HABITS[dice.weighted(HABITS.map(|habit| habit.weight))];
        let registered = if dice.below(MILLION) < KNOWN_BEFORE {
            None
        } else {
            let point = dice.below(reached);
            Some(liveliness.partition_point(|reached| *reached <= point) as u64)
        };
        Member {
            id: format!("C-{}", 10_001 + number),
            person: Person::new(number, dice),
            favourite: *dice.pick(&Category::ALL),
            channel: [Channel::Web, Channel::App, Channel::Store][dice.weighted([62, 22, 16])],
            rate: dice.between(habit.rate.0, habit.rate.1),
            lost: habit.lost,
            newsletter: dice.chance(420_000),
            registered,
            gone: false,
        }
    };
    (0..parameters.customers).map(member).collect()
}
