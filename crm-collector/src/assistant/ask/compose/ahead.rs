//! Questions to the statistics of series: what will be sold, and what changed and why.

use chrono::{Datelike, NaiveDate};
use crm_api::answer::{Breakdown, Measure};
use crm_api::question::{Forecast, Trends};
use crm_api::{Asked, Bucket, DateRange, Focus};

use super::{Composed, Composer};
use crate::assistant::ask::names::Named;
use crate::assistant::ask::refusal::Refusal;
use crate::assistant::ask::sense::{Act, Column, Dim};
use crate::assistant::ask::when::{When, start};

/// What ended so many days ago is what the latest trends are about.
const LATELY_DAYS: i64 = 92;

impl Composer<'_> {
    /// What will be sold, or who will buy.
    pub(super) fn forecast(&self) -> Composed {
        let frame = self.frame;
        if frame.has_any(&[Act::Leave, Act::Worth]) {
            return self.values();
        }
        let is_who = frame.has(Act::Who)
            || frame.dims == [Dim::Customer] && !frame.has_any(&[Act::HowMany, Act::HowMuch]);
        let buys = frame.has_any(&[Act::Buy, Act::Alive, Act::NextItem])
            || frame.has(Act::Who) && !frame.has_any(&[Act::Sell, Act::Spend]);
        if frame.columns.is_empty() && (is_who && buys || frame.has(Act::Alive)) {
            return self.coming();
        }
        self.only(&[
            Act::Will,
            Act::Sell,
            Act::Buy,
            Act::Spend,
            Act::Top,
            Act::OverTime,
            Act::Change,
            Act::Segments,
            Act::When,
        ])?;
        let series = self.measure()?;
        let (by, focus) = self.part()?;
        let (bucket, horizon, day) = self.periods_ahead()?;
        let mut question = Forecast {
            series,
            by,
            bucket,
            horizon,
            currency: frame.currency,
            ..Forecast::default()
        };
        if let Some(count) = self.limit() {
            question.limit = Some(count);
        } else if focus.key.is_some() && by != Some(Breakdown::Segment) {
            // What is asked about may be none of the largest.
            question.limit = Some(0);
        }
        question.check().map_err(|invalid| Refusal::Forecast(invalid.message))?;
        Ok(Asked { question: question.into(), focus: Focus { days: day, ..focus } })
    }

    fn measure(&self) -> Result<Measure, Refusal> {
        let frame = self.frame;
        let counts_customers = frame.dims.contains(&Dim::Customer);
        let has_product = frame.named.iter().any(|named| matches!(named, Named::Product(_)));
        Ok(match frame.columns.as_slice() {
            [] if counts_customers => Measure::Customers,
            [] if frame.has(Act::HowMany) && (frame.has(Act::Sell) || has_product) => {
                Measure::Units
            }
            [] | [Column::Net] => Measure::Revenue,
            [Column::Orders] | [Column::Orders, Column::Net] => Measure::Orders,
            [Column::Units] | [Column::Units, Column::Net] => Measure::Units,
            [Column::Customers] => Measure::Customers,
            [column, ..] => return Err(Refusal::Column(*column)),
        })
    }

    /// What a forecast is divided by, and the part that is asked about.
    fn part(&self) -> Result<(Option<Breakdown>, Focus), Refusal> {
        let frame = self.frame;
        let mut parts: Vec<Breakdown> = Vec::new();
        let mut add = |part| {
            if !parts.contains(&part) {
                parts.push(part);
            }
        };
        for dim in frame.by.iter().chain(frame.dims.iter().filter(|dim| **dim != Dim::Customer)) {
            add(match dim {
                Dim::Product => Breakdown::Product,
                Dim::Country => Breakdown::Country,
                Dim::Channel => Breakdown::Channel,
                Dim::Stage => Breakdown::Segment,
                _ => return Err(Refusal::Parts),
            });
        }
        if frame.has(Act::Segments) {
            add(Breakdown::Segment);
        }
        let mut focus = Focus::default();
        for named in &frame.named {
            add(match named {
                Named::Product(_) => Breakdown::Product,
                Named::Country(_) => Breakdown::Country,
                Named::Channel(_) => Breakdown::Channel,
                _ => return Err(Refusal::Parts),
            });
            focus = self.focus_on(named);
        }
        match parts.as_slice() {
            _ if frame.named.len() > 1 => Err(Refusal::Parts),
            [] => Ok((None, focus)),
            [part] => Ok((Some(*part), focus)),
            _ => Err(Refusal::Parts),
        }
    }

    /// The length of a period, how many where they are told, and the first day of the one asked about.
    fn periods_ahead(&self) -> Result<(Bucket, Option<usize>, Option<NaiveDate>), Refusal> {
        let (frame, today) = (self.frame, self.shop.today);
        let asked = frame.bucket;
        let Some(when) = self.when()? else {
            return Ok((asked.unwrap_or(Bucket::Month), None, None));
        };
        match when {
            When::Ahead(count, bucket) | When::Span(count, bucket) => {
                let first = matches!(when, When::Ahead(1, _));
                let day = when.days(today).0.filter(|_| first);
                match asked {
                    Some(other) if other != bucket => {
                        let days = count * days_of(bucket);
                        let periods = days.div_ceil(days_of(other)).max(1);
                        Ok((other, usize::try_from(periods).ok(), None))
                    }
                    // The next one is the second where one is running, and within those told anyway.
                    _ => {
                        let horizon = usize::try_from(count).ok().filter(|count| *count > 1);
                        Ok((bucket, horizon, day))
                    }
                }
            }
            When::Range(DateRange::This(bucket)) => {
                Ok((asked.unwrap_or(bucket), None, Some(start(today, bucket))))
            }
            When::Days(from, to, unit) if to > today => {
                let bucket = asked.or(unit).unwrap_or(Bucket::Month);
                let enough = Forecast { bucket, ..Forecast::default() }.periods_ahead();
                let last = to.pred_opt().unwrap_or(to);
                let needed = periods_between(start(today, bucket), last, bucket) + 1;
                let horizon = (needed > enough).then_some(needed);
                Ok((bucket, horizon, unit.map(|_| from)))
            }
            _ => Err(Refusal::Mixed),
        }
    }

    /// What changed, and why.
    pub(super) fn trends(&self) -> Composed {
        let frame = self.frame;
        self.only(&[
            Act::Why,
            Act::Change,
            Act::Compare,
            Act::YearBefore,
            Act::PeriodBefore,
            Act::Sell,
            Act::Buy,
            Act::Spend,
            Act::Top,
            Act::Worst,
            Act::OverTime,
            Act::History,
            Act::Leave,
        ])?;
        self.only_columns(&[Column::Net, Column::Orders, Column::Gross, Column::Customers])?;
        self.only_dims(&[Dim::Product, Dim::Country, Dim::Channel, Dim::Customer])?;
        let mut focus = match frame.named.as_slice() {
            [] => Focus::default(),
            [named @ (Named::Product(_) | Named::Country(_) | Named::Channel(_))] => {
                self.focus_on(named)
            }
            _ => return Err(Refusal::Parts),
        };
        let dims: Vec<_> =
            frame.by.iter().chain(&frame.dims).filter(|dim| **dim != Dim::Customer).collect();
        focus.part = match dims.as_slice() {
            [] => None,
            [Dim::Product] => Some(Breakdown::Product),
            [Dim::Country] => Some(Breakdown::Country),
            [Dim::Channel] => Some(Breakdown::Channel),
            _ => return Err(Refusal::Parts),
        };
        let mut question = Trends { currency: frame.currency, ..Trends::default() };
        if let Some(bucket) = frame.bucket {
            question.bucket = bucket;
        }
        if let Some(count) = self.limit() {
            question.limit = count;
        }
        let when = match frame.whens.as_slice() {
            [] => None,
            [when] => Some(*when),
            // Of two the one that is asked about stands first.
            [when, _] if frame.has(Act::Compare) => Some(*when),
            _ => return Err(Refusal::Mixed),
        };
        let today = self.shop.today;
        if let Some(when) = when {
            if when.is_ahead(today) {
                return Err(Refusal::Ahead);
            }
            let (_, to) = when.days(today);
            let is_long_ago = |to: &NaiveDate| (today - *to).num_days() > LATELY_DAYS;
            question.as_of = to.filter(is_long_ago).map(Into::into);
        }
        Ok(Asked { question: question.into(), focus })
    }

    /// What became more or less: of some days beside those before, or of late.
    pub(super) fn changes(&self) -> Composed {
        let frame = self.frame;
        let is_whole = frame.by.is_empty()
            && frame.named.is_empty()
            && frame.dims.iter().all(|dim| *dim == Dim::Customer);
        let is_of_something =
            !frame.columns.is_empty() || frame.has(Act::Sell) || !frame.dims.is_empty();
        let compares = !frame.whens.is_empty()
            || frame.has_any(&[Act::Compare, Act::YearBefore, Act::PeriodBefore]);
        // What changed is asked of the trends; whether it is more or less, of the days.
        let is_of_something = is_of_something || !frame.has(Act::Which);
        if is_whole && is_of_something && compares && frame.bucket.is_none() {
            return self.sold();
        }
        let is_of_sales =
            frame.columns.iter().all(|column| matches!(column, Column::Net | Column::Gross));
        let counts = is_whole && frame.dims.contains(&Dim::Customer) && frame.columns.is_empty();
        if is_whole && (!is_of_sales || counts) {
            return self.over_time();
        }
        self.trends()
    }
}

fn days_of(bucket: Bucket) -> u32 {
    match bucket {
        Bucket::Day => 1,
        Bucket::Week => 7,
        Bucket::Month => 30,
        Bucket::Quarter => 91,
        Bucket::Year => 365,
    }
}

/// How many periods later a day lies.
fn periods_between(from: NaiveDate, to: NaiveDate, bucket: Bucket) -> usize {
    let months = (to.year() - from.year()) * 12 + month(to) - month(from);
    let count = match bucket {
        Bucket::Day => i32::try_from((to - from).num_days()).unwrap_or(i32::MAX),
        Bucket::Week => i32::try_from((to - from).num_days() / 7).unwrap_or(i32::MAX),
        Bucket::Month => months,
        Bucket::Quarter => months / 3,
        Bucket::Year => to.year() - from.year(),
    };
    usize::try_from(count).unwrap_or(0)
}

fn month(day: NaiveDate) -> i32 {
    i32::try_from(day.month()).unwrap_or(1)
}
