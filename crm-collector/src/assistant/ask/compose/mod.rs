//! From what the words say to the one question that says all of it. A rule takes what it can express and
//! refuses the rest, so that nothing of a question is dropped in silence.

mod ahead;
mod compared;
mod lists;
mod people;
mod sold;

use chrono::NaiveDate;
use crm_api::question::{Purchases, Question, Report};
use crm_api::{Asked, DateRange, Focus, Moment, WholeDay};

use super::frame::Frame;
use super::names::{Named, title};
use super::refusal::Refusal;
use super::sense::{Act, Column, Dim};
use super::shop::Shop;
use super::when::When;

type Composed = Result<Asked, Refusal>;

/// What says how an answer is wanted, and goes with each.
const NEUTRAL: [Act; 7] =
    [Act::HowMany, Act::HowMuch, Act::Which, Act::List, Act::Show, Act::Where, Act::Who];

/// The question that the words ask.
pub(super) fn compose(frame: &Frame, shop: &Shop) -> Composed {
    let composer = Composer { frame, shop };
    composer.check()?;
    composer.dispatch()
}

struct Composer<'a> {
    frame: &'a Frame,
    shop: &'a Shop,
}

/// The days of a report, by the calendar or by their ends.
#[derive(Default)]
struct Days {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    range: Option<DateRange>,
}

impl Composer<'_> {
    /// Refuses what no question can say.
    fn check(&self) -> Result<(), Refusal> {
        let frame = self.frame;
        if let Some(missing) = frame.missing {
            return Err(Refusal::Missing(missing));
        }
        if self.finds() {
            return Ok(());
        }
        if let Some(bound) = frame.bound {
            return Err(Refusal::Bound(bound));
        }
        if !frame.unknown.is_empty() {
            return Err(Refusal::Unknown(frame.unknown.clone()));
        }
        if let Some((span, named)) = &frame.unclear {
            return Err(Refusal::Unclear(*span, named.clone()));
        }
        let unsold = frame.named.iter().find_map(|named| match named {
            Named::CountryWithoutSales(name) => Some(name.clone()),
            _ => None,
        });
        if let Some(name) = unsold {
            return Err(Refusal::NoSales(name));
        }
        let is_category = |named: &Named| matches!(named, Named::Category(_));
        if frame.named.iter().any(is_category) || self.has_dim(Dim::Category) {
            return Err(Refusal::Category);
        }
        Ok(())
    }

    fn dispatch(&self) -> Composed {
        use Act::{
            Alive, Busiest, Buy, Change, Cohorts, Leave, NextItem, Often, Repeat, Rfm, Segments,
            Together, When as AskWhen, Why, Will, Worth,
        };
        let frame = self.frame;
        let is_ahead = frame.whens.iter().any(|when| when.is_ahead(self.shop.today));
        match () {
            () if self.finds() => self.find(),
            () if frame.order.is_some() => self.order(),
            () if frame.has(Together) => self.together(),
            // What goes with a product is offered with it.
            () if frame.has(NextItem) && self.is_of_product() => self.together(),
            () if self.customers().next().is_some() => self.customer(),
            () if frame.has(NextItem) => Err(Refusal::WhichCustomer),
            () if frame.has(Cohorts) => self.cohorts(),
            () if frame.has(Why) => self.trends(),
            () if frame.has(Will) || is_ahead => self.forecast(),
            () if frame.has(Repeat) || frame.columns.contains(&Column::Returning) => self.repeat(),
            () if frame.has(Rfm) => self.rfm(),
            () if self.lists_new() => self.new_customers(),
            () if !frame.stages.is_empty() || frame.has(Segments) || self.has_dim(Dim::Stage) => {
                self.segments()
            }
            () if frame.has(Worth) || frame.has(Alive) || frame.has(Leave) => self.values(),
            () if self.has_dim(Dim::Weekday)
                || self.has_dim(Dim::Hour)
                || frame.has(Busiest)
                || frame.has(AskWhen) && frame.has_any(&[Buy, Often]) =>
            {
                self.heatmap()
            }
            () if frame.has(Change) => self.changes(),
            () if self.lists_purchases() => self.purchases(),
            () if self.is_of_refunds() => self.refunds(),
            () => self.sold(),
        }
    }

    fn has_dim(&self, dim: Dim) -> bool {
        self.frame.by.contains(&dim) || self.frame.dims.contains(&dim)
    }

    /// Whether a product is named, and nothing else.
    fn is_of_product(&self) -> bool {
        matches!(self.frame.named.as_slice(), [Named::Product(_)])
    }

    fn customers(&self) -> impl Iterator<Item = &Named> {
        self.frame.named.iter().filter(|named| matches!(named, Named::Customer(_)))
    }

    /// Refuses what is wanted beside some acts.
    fn only(&self, acts: &[Act]) -> Result<(), Refusal> {
        let goes = |act: &Act| NEUTRAL.contains(act) || acts.contains(act);
        if self.frame.acts.iter().all(goes) { Ok(()) } else { Err(Refusal::Mixed) }
    }

    /// Refuses figures beside some.
    fn only_columns(&self, columns: &[Column]) -> Result<(), Refusal> {
        let other = self.frame.columns.iter().find(|column| !columns.contains(column));
        other.map_or(Ok(()), |column| Err(Refusal::Column(*column)))
    }

    /// Refuses parts beside some.
    fn only_dims(&self, dims: &[Dim]) -> Result<(), Refusal> {
        let mut all = self.frame.by.iter().chain(&self.frame.dims);
        if all.all(|dim| dims.contains(dim)) { Ok(()) } else { Err(Refusal::Parts) }
    }

    fn no_names(&self) -> Result<(), Refusal> {
        if self.frame.named.is_empty() { Ok(()) } else { Err(Refusal::Parts) }
    }

    fn no_bucket(&self) -> Result<(), Refusal> {
        if self.frame.bucket.is_none() { Ok(()) } else { Err(Refusal::Parts) }
    }

    fn no_days(&self, refusal: Refusal) -> Result<(), Refusal> {
        if self.frame.whens.is_empty() { Ok(()) } else { Err(refusal) }
    }

    /// The one telling of days that there is.
    fn when(&self) -> Result<Option<When>, Refusal> {
        match self.frame.whens.as_slice() {
            [] => Ok(None),
            [when] => Ok(Some(*when)),
            [one, other] => self.in_a_row(*one, *other).map(Some),
            _ => Err(Refusal::Mixed),
        }
    }

    /// Two periods in a row, as one.
    fn in_a_row(&self, one: When, other: When) -> Result<When, Refusal> {
        match (one.days(self.shop.today), other.days(self.shop.today)) {
            ((Some(from), Some(end)), (Some(start), Some(to))) if end == start => {
                Ok(When::Days(from, to, None))
            }
            _ => Err(Refusal::Mixed),
        }
    }

    /// The days of a report.
    fn days(&self) -> Result<Days, Refusal> {
        self.when()?.map_or_else(|| Ok(Days::default()), |when| self.days_of(when))
    }

    fn days_of(&self, when: When) -> Result<Days, Refusal> {
        if when.is_ahead(self.shop.today) {
            return Err(Refusal::Ahead);
        }
        Ok(match when {
            When::Range(range) => Days { range: Some(range), ..Days::default() },
            When::Span(count, bucket) => {
                let range = super::when::latest(count, bucket);
                Days { range: Some(range), ..Days::default() }
            }
            other => {
                let (from, to) = other.days(self.shop.today);
                Days { from, to, range: None }
            }
        })
    }

    fn report(&self, days: Days) -> Report {
        Report {
            from: days.from.map(WholeDay::from),
            to: days.to.map(WholeDay::from),
            range: days.range,
            currency: self.frame.currency,
            ..Report::default()
        }
    }

    fn listed(&self, days: &Days) -> Purchases {
        Purchases {
            from: days.from.map(Moment::Day),
            to: days.to.map(Moment::Day),
            range: days.range,
            currency: self.frame.currency,
            ..Purchases::default()
        }
    }

    /// How many rows, where somebody said.
    fn limit(&self) -> Option<usize> {
        self.frame.count.and_then(|count| usize::try_from(count).ok())
    }

    /// The part that a name tells: its key and its name.
    fn focus_on(&self, named: &Named) -> Focus {
        let name = title(self.shop, named);
        let key = match named {
            Named::Product(at) => self.shop.products.get(*at).map(|product| product.sku.clone()),
            Named::Customer(at) => self.shop.customers.get(*at).map(|one| one.id.clone()),
            _ => None,
        };
        Focus {
            key: Some(key.unwrap_or_else(|| name.clone())),
            name: Some(name),
            ..Focus::default()
        }
    }
}

fn asked(question: impl Into<Question>) -> Asked {
    Asked { question: question.into(), focus: Focus::default() }
}
