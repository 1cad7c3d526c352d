//! The demo shop: three years of a shop for the home, made up day by day from a seed.
//!
//! The model, after Fader, Hardie and Lee (2005, BG/NBD) in whole numbers: each customer buys at
//! a rate of their own and, after each purchase, may be lost for good; both are drawn from the
//! four [`habits`](super::members). A day's liveliness ([`season`]) scales everybody's rate. On top of that:
//!
//! - two in five customers are there on the first day, the others come with the season and
//!   the growth; most buy on the day they come;
//! - baskets follow the customer's favourite category, the month and what goes together
//!   ([`basket`]); prices rise once a year; twenty weeks before the end a magazine praises a
//!   teapot, which is chosen five times as often from then on;
//! - customers have a channel they mostly use, the app's share grows, and some purchases, most
//!   of them on the shop floor, are anonymous;
//! - orders are pending, paid, cancelled, corrected and refunded as [`orders`](super::orders) says;
//! - by web and app, half of the first orders have a coupon, and three of five in the week of a
//!   newsletter; in the great sale of November everything is a fifth cheaper;
//! - newsletters go out on the first Thursday of a month to those who agreed and make them buy
//!   more for three days; visits precede online purchases; some purchases lead to a ticket, a
//!   call, a chat or an email.
//!
//! The same [`Parameters`] give the same events with the same ids, in order of time. Nothing is
//! read but the parameters: no clock, no file, no floating point.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, TimeZone, Weekday};
use crm_models::{Customer, Direction, Event, EventId, Interaction, InteractionKind, Timestamp};

use super::catalogue::PRODUCTS;
use super::dice::Dice;
use super::members::{Channel, Member, register};
use super::orders::{Coupon, Order};
use super::parameters::Parameters;
use super::people::COUNTRIES;
use super::{basket, season, words};

/// Chance to buy on the day of registration.
const FIRST_PURCHASE: u64 = 820_000;
/// Visits that end without a purchase, for each purchase.
const IDLE_VISITS: u64 = 1;
/// What a newsletter adds to the rate for three days, in hundredths.
const NEWSLETTER: u64 = 150;
/// Of a million orders by web and app, those with a coupon: of those who come, and of those
/// who got a newsletter within a week.
const WELCOMED: u64 = 500_000;
const TEMPTED: u64 = 600_000;
/// What a coupon takes off, and the great sale, in hundredths.
const COUPON: u64 = 15;
const SALE: u64 = 20;
/// Anonymous purchases on an average day: so many trials, each at this chance.
const ANONYMOUS: (u64, u64) = (8, 400_000);

const MINUTE_MS: i64 = 60 * 1_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// The events of a shop, in order of time.
pub struct Shop {
    parameters: Parameters,
    dice: Dice,
    members: Vec<Member>,
    /// The next day to be made up, counted from the first.
    day: u64,
    /// Orders so far at the till and in the web shop.
    orders: [u64; 2],
    /// The last day a newsletter went out.
    newsletter: Option<u64>,
    /// What follows from earlier days, by its time.
    coming: BTreeMap<i64, Vec<Event>>,
    /// What is left of the current day, the latest first.
    today: Vec<Event>,
}

impl Shop {
    /// Opens the shop.
    pub fn new(parameters: Parameters) -> Self {
        let mut dice = Dice::new(parameters.seed);
        let members = register(&parameters, &mut dice);
        Self {
            parameters,
            dice,
            members,
            day: 0,
            orders: [0; 2],
            newsletter: None,
            coming: BTreeMap::new(),
            today: Vec::new(),
        }
    }

    /// Share of the shop's days that are over, in thousandths: what a progress bar wants.
    pub fn progress(&self) -> u64 {
        self.day * 1_000 / self.parameters.days.max(1)
    }

    fn date(&self, day: u64) -> NaiveDate {
        self.parameters.date(day)
    }

    /// An instant of a day in the shop's time zone.
    fn instant(&self, day: u64, hour: u64, minute: u64, second: u64) -> Timestamp {
        let part = |number| u32::try_from(number).unwrap_or_default();
        let local = self.date(day).and_hms_opt(part(hour), part(minute), part(second));
        let local = local.unwrap_or_default();
        // No clock is changed between six in the morning and midnight; were it, UTC would do.
        let zone = self.parameters.timezone;
        let time = zone.from_local_datetime(&local).earliest();
        time.map_or_else(|| local.and_utc().into(), |time| time.to_utc().into())
    }

    fn some_time(&mut self, channel: Channel) -> Timestamp {
        let hour = season::hour(channel == Channel::Store, &mut self.dice);
        let (minute, second) = (self.dice.below(60), self.dice.below(60));
        self.instant(self.day, hour, minute, second)
    }

    fn push(&mut self, event: impl Into<Event>, at: Timestamp) {
        let mut event = event.into();
        let random = self.dice.ten_bytes();
        event.complete(|| EventId::v7(at, random), at);
        self.coming.entry(at.millis()).or_default().push(event);
    }

    /// Makes up a day and takes what has come until its end.
    fn live(&mut self) {
        let date = self.date(self.day);
        let lively = season::liveliness(date, self.day);
        if date.weekday() == Weekday::Thu && date.day() <= 7 {
            self.send_newsletter(date);
        }
        for position in 0..self.members.len() {
            self.live_member(position, lively);
        }
        for _ in 0..ANONYMOUS.0 {
            if self.dice.chance(ANONYMOUS.1 * lively / 1_000) {
                let channel = [Channel::Web, Channel::App, Channel::Store];
                let channel = channel[self.dice.weighted([30, 5, 65])];
                let country = self.dice.weighted(COUNTRIES.iter().map(|country| country.weight));
                // The shop floor is where the shop is.
                let country = if channel == Channel::Store { 0 } else { country };
                let at = self.some_time(channel);
                self.sell(None, channel, country, at);
            }
        }
        self.day += 1;
        let end = self.instant(self.day, 0, 0, 0).millis();
        let later = self.coming.split_off(&end);
        let past = std::mem::replace(&mut self.coming, later);
        self.today = past.into_values().flatten().collect();
        self.today.reverse();
    }

    fn live_member(&mut self, position: usize, lively: u64) {
        let channel = self.channel(position);
        let member = &self.members[position];
        match member.registered {
            Some(day) if day > self.day => {}
            Some(day) if day == self.day => {
                let at = self.some_time(channel);
                self.introduce(position, at);
                if self.dice.chance(FIRST_PURCHASE) {
                    // Late enough for the visit before it to come after the registration.
                    let minutes = i64::try_from(self.dice.between(31, 50)).unwrap_or_default();
                    self.buy(position, channel, at.plus_millis(minutes * MINUTE_MS));
                }
            }
            None if self.day == 0 => {
                let (minute, second) = (position as u64 / 60 % 60, position as u64 % 60);
                let at = self.instant(0, position as u64 / 3_600, minute, second);
                self.introduce(position, at);
            }
            _ if member.gone => {}
            _ => {
                let recent = self.newsletter.is_some_and(|sent| self.day - sent <= 3);
                let pushed = if recent && member.newsletter { NEWSLETTER } else { 100 };
                let rate = member.rate * lively / 1_000 * pushed / 100;
                if self.dice.chance(rate) {
                    let at = self.some_time(channel);
                    self.buy(position, channel, at);
                } else if channel != Channel::Store && self.dice.chance(rate * IDLE_VISITS) {
                    let at = self.some_time(channel);
                    self.visit(position, channel, at);
                }
            }
        }
    }

    /// The member's own channel, mostly; the app wins over the web as time goes by.
    fn channel(&mut self, position: usize) -> Channel {
        let own = self.members[position].channel;
        if self.dice.chance(850_000) {
            return own;
        }
        let app = 10 + 30 * self.day / self.parameters.days.max(1);
        [Channel::Web, Channel::App, Channel::Store][self.dice.weighted([60, app, 15])]
    }

    /// The event that tells who a member is.
    fn introduce(&mut self, position: usize, at: Timestamp) {
        let member = &self.members[position];
        let mut customer = Customer::new(member.id.as_str())
            .name(member.person.name.as_str())
            .country(COUNTRIES[member.person.country].name)
            .consent("email_marketing", member.newsletter)
            .attribute("favourite_category", member.favourite.name());
        customer.email = member.person.email.clone();
        customer.phone = member.person.phone.clone();
        if member.registered.is_none() {
            customer = customer.attribute("known_before", true);
        }
        self.push(customer, at);
    }

    fn buy(&mut self, position: usize, channel: Channel, at: Timestamp) {
        let country = self.members[position].person.country;
        if channel != Channel::Store && self.dice.chance(600_000) {
            let minutes = i64::try_from(self.dice.between(1, 30)).unwrap_or_default();
            self.visit(position, channel, at.plus_millis(-minutes * MINUTE_MS));
        }
        let order = self.sell(Some(position), channel, country, at);
        if self.dice.chance(45_000) {
            self.ask(position, order, at);
        }
        let lost = self.members[position].lost;
        self.members[position].gone = self.dice.chance(lost);
    }

    fn visit(&mut self, position: usize, channel: Channel, at: Timestamp) {
        let id = self.members[position].id.as_str();
        let product = self.dice.pick(PRODUCTS);
        let visit = Interaction::new(id, InteractionKind::Visit)
            .direction(Direction::Inbound)
            .channel(channel.name())
            .attribute("page", format!("/products/{}", product.sku.to_lowercase()))
            .attribute("seconds", self.dice.between(8, 900));
        // Before midnight of the first day there was no shop.
        let at = at.max(self.instant(0, 0, 0, 0));
        self.push(visit, at);
    }

    /// Sells a basket, and tells in time what becomes of it; the order's id.
    fn sell(
        &mut self,
        member: Option<usize>,
        channel: Channel,
        country: usize,
        at: Timestamp,
    ) -> String {
        let favourite = member.map(|position| self.members[position].favourite);
        let month = self.date(self.day).month();
        let is_praised = self.day + basket::PRAISED_DAYS >= self.parameters.days;
        let choices = basket::fill(favourite, month, is_praised, &mut self.dice);
        let orders = &mut self.orders[usize::from(channel.is_online())];
        *orders += 1;
        let order = Order {
            number: 100_000 + *orders,
            currency: self.parameters.currency,
            customer_id: member.map(|position| self.members[position].id.clone()),
            channel,
            country,
            at,
            years: self.day / 365,
            coupon: self.coupon(member, channel),
            choices,
        };
        for (at, purchase) in order.told(&mut self.dice) {
            self.push(purchase, at);
        }
        order.id()
    }

    fn coupon(&mut self, member: Option<usize>, channel: Channel) -> Option<Coupon> {
        if season::is_sale(self.date(self.day)) {
            return Some(Coupon { code: "BLACKFRIDAY".into(), off: SALE });
        }
        let member = &self.members[member.filter(|_| channel.is_online())?];
        let (code, chance) = match self.newsletter {
            _ if member.registered == Some(self.day) => ("WELCOME".into(), WELCOMED),
            Some(sent) if member.newsletter && self.day - sent <= 7 => {
                (self.date(sent).format("NEWS-%Y-%m").to_string(), TEMPTED)
            }
            _ => return None,
        };
        self.dice.chance(chance).then_some(Coupon { code, off: COUPON })
    }

    /// A question that a purchase leads to.
    fn ask(&mut self, position: usize, order: String, bought_at: Timestamp) {
        let question = self.dice.pick(words::QUESTIONS);
        let days = i64::try_from(self.dice.between(1, 9)).unwrap_or_default();
        let id = self.members[position].id.clone();
        let at = bought_at.plus_millis(days * DAY_MS);
        let asked = Interaction::new(id.as_str(), question.kind)
            .direction(Direction::Inbound)
            .channel(question.channel)
            .subject(question.subject)
            .text(question.text)
            .attribute("purchase_id", order);
        self.push(asked, at);
        let minutes = i64::try_from(self.dice.between(20, 2_000)).unwrap_or_default();
        let answered = Interaction::new(id.as_str(), InteractionKind::Email)
            .direction(Direction::Outbound)
            .channel("email")
            .subject(format!("Re: {}", question.subject))
            .text(question.answer);
        self.push(answered, at.plus_millis(minutes * MINUTE_MS));
    }

    fn send_newsletter(&mut self, date: NaiveDate) {
        self.newsletter = Some(self.day);
        let subject = words::newsletter(date.month());
        for position in 0..self.members.len() {
            let member = &self.members[position];
            let known = member.registered.is_none_or(|day| day < self.day);
            if !member.newsletter || !known || member.person.email.is_none() {
                continue;
            }
            let campaign = Interaction::new(member.id.as_str(), InteractionKind::Campaign)
                .direction(Direction::Outbound)
                .channel("email")
                .subject(subject)
                .attribute("campaign", date.format("newsletter-%Y-%m").to_string());
            let at = self.instant(self.day, 8, position as u64 / 60 % 60, position as u64 % 60);
            self.push(campaign, at);
        }
    }
}

impl Iterator for Shop {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        while self.today.is_empty() && self.day < self.parameters.days {
            self.live();
        }
        self.today.pop()
    }
}
