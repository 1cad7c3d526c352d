//! Questions about customers: one of them, groups of them, what they are worth, and who comes back.

use crm_api::answer::ReportName;
use crm_api::question::{
    Cohorts, Customer, Next, Report, Segments, Stage, Timeline, Value, Values, ValuesBy,
};
use crm_api::{Asked, Bucket, DateRange, Focus, PageSize, WholeDay};

use super::{Composed, Composer, asked};
use crate::assistant::ask::refusal::Refusal;
use crate::assistant::ask::sense::{Act, Column, Dim};
use crate::assistant::ask::when::When;

/// Acts that go with what somebody has bought or will buy.
const BUYING: [Act; 6] = [Act::Buy, Act::Spend, Act::Sell, Act::Top, Act::Last, Act::When];

impl Composer<'_> {
    /// One customer, by what is wanted of them.
    pub(super) fn customer(&self) -> Composed {
        let frame = self.frame;
        let mut customers = self.customers();
        let (Some(named), None) = (customers.next(), customers.next()) else {
            return Err(Refusal::WhichCustomer);
        };
        if frame.named.len() > 1 {
            return Err(Refusal::Parts);
        }
        self.only_dims(&[Dim::Customer, Dim::Product])?;
        self.no_bucket()?;
        let focus = self.focus_on(named);
        let customer_id = focus.key.clone().unwrap_or_default();
        let is_future = frame.has(Act::Will)
            || frame.has(Act::Alive)
            || frame.has(Act::Worth)
            || frame.has(Act::Leave);
        let asks_value = frame.has_any(&[Act::Alive, Act::Worth, Act::Leave])
            || frame.has(Act::Will)
                && (frame.has(Act::When) || !frame.has_any(&[Act::Buy, Act::NextItem]));
        let asks_next = frame.has(Act::NextItem) || frame.has(Act::Will) && frame.has(Act::Buy);
        let of = |question: crm_api::question::Question| Asked { question, focus: focus.clone() };
        if asks_value && (frame.has(Act::When) || !frame.has(Act::NextItem)) {
            let acts =
                [&BUYING[..], &[Act::Alive, Act::Worth, Act::Leave, Act::Will, Act::NextItem]];
            self.only(&acts.concat())?;
            self.only_columns(&[Column::Net, Column::Orders])?;
            let mut question = Value { customer_id, currency: frame.currency, ..Value::default() };
            if let Some(days) = self.horizon()? {
                question.horizon_days = days;
            }
            return Ok(of(question.into()));
        }
        self.no_days(Refusal::DaysOfCustomer)?;
        if asks_next {
            self.only(&[&BUYING[..], &[Act::NextItem, Act::Will]].concat())?;
            self.only_columns(&[Column::Orders])?;
            let mut question = Next { customer_id, currency: frame.currency, ..Next::default() };
            if let Some(count) = self.limit() {
                question.limit = count;
            }
            return Ok(of(question.into()));
        }
        if is_future {
            self.only(&[&BUYING[..], &[Act::Will]].concat())?;
            let question = Value { customer_id, currency: frame.currency, ..Value::default() };
            return Ok(of(question.into()));
        }
        self.only(
            &[&BUYING[..], &[Act::History, Act::Why, Act::Contact, Act::Often, Act::Find]].concat(),
        )?;
        self.only_columns(&[
            Column::Net,
            Column::Orders,
            Column::AverageOrder,
            Column::Refunds,
            Column::Total,
        ])?;
        let wants_sums = frame.has_any(&[
            Act::HowMany,
            Act::HowMuch,
            Act::When,
            Act::Spend,
            Act::Contact,
            Act::Often,
        ]) || frame.columns.iter().any(|column| *column != Column::Orders);
        let wants_past = frame.has_any(&[Act::History, Act::Why, Act::Buy, Act::List])
            || frame.columns.contains(&Column::Orders)
            || frame.dims.contains(&Dim::Product);
        if wants_past && !wants_sums {
            let mut question = Timeline { customer_id, ..Timeline::default() };
            if let Some(count) = self.limit() {
                question.limit = PageSize::new(count).map_err(|_| Refusal::Mixed)?;
            }
            return Ok(of(question.into()));
        }
        self.no_count()?;
        let column = frame.columns.first().map(|column| column.key().to_owned());
        let question = Customer { customer_id };
        Ok(Asked { question: question.into(), focus: Focus { column, ..focus.clone() } })
    }

    /// Days ahead, where somebody said how many.
    fn horizon(&self) -> Result<Option<u32>, Refusal> {
        let Some(when) = self.when()? else { return Ok(None) };
        let (count, bucket) = match when {
            When::Ahead(count, bucket) | When::Span(count, bucket) => (count, bucket),
            // Within the latest year is within a year where the question is about what will be.
            When::Range(DateRange::Latest(count, bucket)) => (count, bucket),
            _ => return Err(Refusal::Mixed),
        };
        let each = match bucket {
            Bucket::Day => 1,
            Bucket::Week => 7,
            Bucket::Month => 30,
            Bucket::Quarter => 91,
            Bucket::Year => 365,
        };
        let days = count.saturating_mul(each);
        match crm_api::question::check_horizon_days(days) {
            Ok(()) => Ok(Some(days)),
            Err(invalid) => Err(Refusal::Forecast(invalid.message)),
        }
    }

    pub(super) fn no_count(&self) -> Result<(), Refusal> {
        if self.frame.count.is_none() { Ok(()) } else { Err(Refusal::Mixed) }
    }

    pub(super) fn cohorts(&self) -> Composed {
        self.only(&[Act::Cohorts, Act::Repeat, Act::Alive, Act::Change, Act::Buy, Act::OverTime])?;
        self.only_columns(&[Column::Customers, Column::NewCustomers])?;
        self.only_dims(&[Dim::Customer])?;
        self.no_names()?;
        self.no_count()?;
        if self.frame.bucket.is_some_and(|bucket| bucket != Bucket::Month) {
            return Err(Refusal::Parts);
        }
        let days = self.days()?;
        Ok(asked(Cohorts {
            from: days.from.map(WholeDay::from),
            to: days.to.map(WholeDay::from),
            range: days.range,
            currency: self.frame.currency,
        }))
    }

    /// New against returning customers.
    pub(super) fn repeat(&self) -> Composed {
        self.only(&[
            Act::Repeat,
            Act::Share,
            Act::Often,
            Act::Compare,
            Act::Buy,
            Act::Spend,
            Act::Alive,
            Act::When,
        ])?;
        self.only_columns(&[
            Column::Returning,
            Column::NewCustomers,
            Column::Customers,
            Column::Orders,
            Column::Net,
        ])?;
        self.only_dims(&[Dim::Customer])?;
        self.no_names()?;
        self.no_bucket()?;
        self.no_count()?;
        let mut focus = Focus::default();
        if self.frame.columns == [Column::Returning] {
            focus.key = Some("returning".into());
        }
        let question = Report { name: ReportName::Repeat, ..self.report(self.days()?) };
        Ok(Asked { question: question.into(), focus })
    }

    pub(super) fn rfm(&self) -> Composed {
        self.only(&[Act::Rfm, Act::Segments, Act::Share, Act::Spend])?;
        self.only_columns(&[Column::Net, Column::Orders])?;
        self.only_dims(&[Dim::Customer])?;
        self.no_names()?;
        self.no_bucket()?;
        self.no_count()?;
        Ok(asked(Report { name: ReportName::Rfm, ..self.report(self.days()?) }))
    }

    /// Groups of customers, and who is in one.
    pub(super) fn segments(&self) -> Composed {
        let frame = self.frame;
        self.only(&[
            Act::Segments,
            Act::Share,
            Act::Spend,
            Act::Worth,
            Act::Top,
            Act::Leave,
            Act::Buy,
            Act::Last,
        ])?;
        self.only_columns(&[Column::Net, Column::Orders])?;
        self.only_dims(&[Dim::Customer, Dim::Stage])?;
        self.no_names()?;
        self.no_bucket()?;
        self.no_days(Refusal::DaysOfSegments)?;
        match frame.stages.as_slice() {
            [] => {
                self.no_count()?;
                Ok(asked(Segments { currency: frame.currency, ..Segments::default() }))
            }
            [stage]
                if frame.has_any(&[Act::HowMany, Act::HowMuch, Act::Share])
                    || frame.columns.contains(&Column::Net) =>
            {
                self.only_columns(&[Column::Net])?;
                self.no_count()?;
                let key = Some(stage.as_str().to_owned());
                let question = Segments { currency: frame.currency, ..Segments::default() };
                Ok(Asked { question: question.into(), focus: Focus { key, ..Focus::default() } })
            }
            [stage] => {
                let by = match frame.has(Act::Spend) {
                    true => ValuesBy::Spent,
                    false => ValuesBy::Value,
                };
                Ok(asked(self.listed_values(Some(*stage), by)))
            }
            _ => Err(Refusal::Mixed),
        }
    }

    /// Whether it asks who the new customers are.
    pub(super) fn lists_new(&self) -> bool {
        let frame = self.frame;
        frame.columns == [Column::NewCustomers]
            && frame.whens.is_empty()
            && frame.has_any(&[Act::List, Act::Who])
            && !frame.has_any(&[Act::HowMany, Act::HowMuch])
    }

    pub(super) fn new_customers(&self) -> Composed {
        self.only(&[Act::Last])?;
        self.only_dims(&[Dim::Customer])?;
        self.no_names()?;
        self.no_bucket()?;
        Ok(asked(self.listed_values(Some(Stage::New), ValuesBy::Value)))
    }

    fn listed_values(&self, stage: Option<Stage>, by: ValuesBy) -> Values {
        let mut values = Values { stage, by, currency: self.frame.currency, ..Values::default() };
        if let Some(count) = self.limit() {
            values.limit = count;
        }
        values
    }

    /// What customers are worth, and who is likely to come back or to leave.
    pub(super) fn values(&self) -> Composed {
        let frame = self.frame;
        self.only(&[
            Act::Worth,
            Act::Alive,
            Act::Leave,
            Act::Will,
            Act::Top,
            Act::Buy,
            Act::Spend,
            Act::Share,
            Act::Last,
        ])?;
        self.only_columns(&[Column::Net, Column::Orders])?;
        self.only_dims(&[Dim::Customer])?;
        self.no_names()?;
        self.no_bucket()?;
        if frame.has(Act::Leave) {
            let asks_count = frame.has_any(&[Act::HowMany, Act::Share]);
            self.no_days(Refusal::DaysOfSegments)?;
            return Ok(match asks_count {
                true => {
                    let key = Some(Stage::Slipping.as_str().to_owned());
                    let focus = Focus { key, ..Focus::default() };
                    Asked { question: Segments::default().into(), focus }
                }
                false => asked(self.listed_values(Some(Stage::Slipping), ValuesBy::Value)),
            });
        }
        // Who was worth most in some days behind is told by what they spent.
        let when = self.when()?;
        if frame.has(Act::Worth) && when.is_some_and(|when| self.is_behind(when)) {
            return self.sold();
        }
        let by = if frame.has(Act::Alive) { ValuesBy::Alive } else { ValuesBy::Value };
        let mut values = self.listed_values(None, by);
        if let Some(days) = self.horizon()? {
            values.horizon_days = days;
        }
        Ok(asked(values))
    }

    fn is_behind(&self, when: When) -> bool {
        !matches!(when, When::Ahead(..) | When::Span(..)) && !when.is_ahead(self.shop.today)
    }

    /// Customers by when they will buy, or by whether they will.
    pub(super) fn coming(&self) -> Composed {
        self.only(&[
            Act::Will,
            Act::Buy,
            Act::Alive,
            Act::Top,
            Act::When,
            Act::NextItem,
            Act::Last,
        ])?;
        self.only_columns(&[Column::Orders])?;
        self.only_dims(&[Dim::Customer])?;
        self.no_names()?;
        self.no_bucket()?;
        let by = if self.frame.has(Act::Alive) { ValuesBy::Alive } else { ValuesBy::Next };
        let mut values = self.listed_values(None, by);
        if let Some(days) = self.horizon()? {
            values.horizon_days = days;
        }
        Ok(asked(values))
    }
}
