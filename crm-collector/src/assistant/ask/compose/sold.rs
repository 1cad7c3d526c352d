//! Questions for the reports of what was sold: in all, by period, by part, and beside other days.

use crm_api::answer::ReportName;
use crm_api::question::{Report, Segments, Values, ValuesBy};
use crm_api::{Asked, Bucket, DateRange, Focus};

use super::{Composed, Composer, Days, asked};
use crate::assistant::ask::frame::Frame;
use crate::assistant::ask::names::Named;
use crate::assistant::ask::refusal::Refusal;
use crate::assistant::ask::sense::{Act, Column, Dim};
use crate::assistant::ask::when::When;

/// What is wanted of sales and goes with every report of them.
const SELLING: [Act; 6] = [Act::Sell, Act::Buy, Act::Spend, Act::History, Act::Top, Act::Share];
/// What sets some days beside others.
const COMPARING: [Act; 4] = [Act::Compare, Act::YearBefore, Act::PeriodBefore, Act::Change];

impl Composer<'_> {
    /// Whatever is left: parts, periods, or the whole.
    pub(super) fn sold(&self) -> Composed {
        if self.frame.columns.contains(&Column::RefundRate) {
            return self.refunds();
        }
        let parts = self.parts();
        match parts.as_slice() {
            [] if self.frame.bucket.is_some() || self.frame.has(Act::OverTime) => self.over_time(),
            [] => self.whole(),
            [part] => self.by_part(*part),
            _ => Err(Refusal::Parts),
        }
    }

    /// What the figures are to be told by.
    fn parts(&self) -> Vec<Dim> {
        let frame = self.frame;
        // Customers are counted where nobody asks who they are.
        let lists = frame.has_any(&[
            Act::Top,
            Act::Worst,
            Act::Who,
            Act::List,
            Act::Spend,
            Act::Buy,
            Act::Often,
            Act::Last,
            Act::Worth,
            Act::Show,
        ]);
        // How much they spent is one sum, but of the first of them.
        let counts = frame.has(Act::HowMany)
            || frame.has(Act::HowMuch) && !frame.has_any(&[Act::Top, Act::Worst]);
        let listed = |dim: &&Dim| **dim != Dim::Customer || lists && !counts;
        let dims = frame.by.iter().chain(frame.dims.iter().filter(listed)).copied();
        let named = frame.named.iter().filter_map(|named| match named {
            Named::Product(_) => Some(Dim::Product),
            Named::Country(_) => Some(Dim::Country),
            Named::Channel(_) => Some(Dim::Channel),
            _ => None,
        });
        let is_bare = frame.by.is_empty() && frame.dims.is_empty();
        let is_who = frame.has(Act::Who) && is_bare && !counts && tells_of_somebody(frame);
        // What is sold most is a product.
        let is_what = frame.has(Act::Which) && frame.has(Act::Sell) && frame.has(Act::Top);
        let is_what = is_what && is_bare && frame.named.is_empty() && frame.bucket.is_none();
        let named = named.chain(is_what.then_some(Dim::Product));
        // Where most is sold a country tells.
        let is_where = frame.has(Act::Where) && frame.by.is_empty() && frame.named.is_empty();
        let is_where = is_where && frame.dims.iter().all(|dim| *dim == Dim::Customer);
        let named = named.chain(is_where.then_some(Dim::Country));
        let mut parts = Vec::new();
        for dim in dims.chain(named).chain(is_who.then_some(Dim::Customer)) {
            if !parts.contains(&dim) {
                parts.push(dim);
            }
        }
        parts
    }

    /// What is counted, and customers where they are.
    fn columns(&self) -> Vec<Column> {
        let mut columns = self.frame.columns.clone();
        let counts_customers = self.frame.dims.contains(&Dim::Customer)
            && !self.parts().contains(&Dim::Customer)
            && !columns.contains(&Column::NewCustomers)
            && (!self.frame.has(Act::HowMuch) || self.frame.has(Act::HowMany))
            && !self.frame.has_any(&[Act::Spend, Act::Sell]);
        if counts_customers {
            columns.push(Column::Customers);
        }
        columns
    }

    /// The figure that is told first, where one is asked for.
    fn column(&self) -> Option<Column> {
        match self.columns().as_slice() {
            [column] => Some(*column),
            [] if self.frame.has(Act::HowMany)
                && self.frame.has_any(&[Act::Sell, Act::Buy])
                && self.parts() == [Dim::Product] =>
            {
                Some(Column::Units)
            }
            _ => None,
        }
    }

    fn focus_of_column(&self) -> Focus {
        let column = self.column().filter(|column| *column != Column::Net);
        Focus { column: column.map(|column| column.key().to_owned()), ..Focus::default() }
    }

    fn by_part(&self, part: Dim) -> Composed {
        let frame = self.frame;
        self.no_bucket()?;
        if frame.has(Act::Worst) {
            return Err(Refusal::Worst);
        }
        if frame.has_any(&COMPARING) {
            return Err(Refusal::Compare);
        }
        if frame.named.len() > 1 {
            return Err(Refusal::Parts);
        }
        self.only(&[&SELLING[..], &[Act::Often, Act::Last, Act::Worth]].concat())?;
        let of_all = [
            Column::Net,
            Column::Gross,
            Column::Discounts,
            Column::Refunds,
            Column::Orders,
            Column::Margin,
            Column::Cost,
        ];
        let (name, more): (_, &[Column]) = match part {
            Dim::Product => (ReportName::Products, &[Column::Units, Column::Customers]),
            Dim::Country => (ReportName::Countries, &[Column::Customers]),
            Dim::Channel => (ReportName::Channels, &[Column::AverageOrder]),
            Dim::Customer => return self.by_customer(),
            _ => return Err(Refusal::Parts),
        };
        let wanted = self.columns();
        let other = wanted.iter().find(|one| !of_all.contains(one) && !more.contains(one));
        if let Some(column) = other {
            return Err(Refusal::Column(*column));
        }
        if frame.has_any(&[Act::Often, Act::Last, Act::Worth]) {
            return Err(Refusal::Mixed);
        }
        let mut focus = self.focus_of_column();
        if part == Dim::Product && focus.column.as_deref() == Some("items") {
            focus.column = Some("quantity".into());
        }
        let mut report = Report { name, ..self.report(self.days()?) };
        if let [named] = frame.named.as_slice() {
            self.no_count()?;
            // Who they are is not kept by country or channel, only how many.
            let counts = frame.has_any(&[Act::HowMany, Act::HowMuch, Act::Share]);
            if wanted == [Column::Customers] && frame.dims.contains(&Dim::Customer) && !counts {
                return Err(Refusal::Parts);
            }
            focus = Focus { column: focus.column, ..self.focus_on(named) };
        }
        if part == Dim::Product {
            // The list goes by gross: what stands first by another figure, and one product, may be anywhere
            // in it.
            let is_anywhere = focus.key.is_some()
                || frame.has(Act::Top) && focus.column.as_deref().is_some_and(|one| one != "gross");
            report.limit = if is_anywhere { Some(0) } else { self.limit() };
        }
        Ok(Asked { question: report.into(), focus })
    }

    fn by_customer(&self) -> Composed {
        let frame = self.frame;
        self.no_names()?;
        if !frame.stages.is_empty() {
            return Err(Refusal::Mixed);
        }
        let columns: Vec<_> =
            frame.columns.iter().filter(|column| **column != Column::Net).copied().collect();
        let goes_by = match columns.as_slice() {
            _ if frame.has(Act::Often) => Some(ValuesBy::Purchases),
            [] if frame.has(Act::Last) && !frame.has(Act::Top) => Some(ValuesBy::Last),
            [] | [Column::Gross] => None,
            [Column::Orders] if frame.has_any(&[Act::Top]) => Some(ValuesBy::Purchases),
            [Column::Orders] => None,
            [column, ..] => return Err(Refusal::Column(*column)),
        };
        if let Some(by) = goes_by {
            self.no_days(Refusal::DaysOfSegments)?;
            let mut values = Values { by, currency: frame.currency, ..Values::default() };
            if let Some(count) = self.limit() {
                values.limit = count;
            }
            return Ok(asked(values));
        }
        let report = self.report(self.days()?);
        let limit = self.limit();
        Ok(asked(Report { name: ReportName::Customers, limit, ..report }))
    }

    /// Figures by weekday and hour.
    pub(super) fn heatmap(&self) -> Composed {
        self.only(
            &[&SELLING[..], &[Act::Busiest, Act::When, Act::Often, Act::Worst, Act::Compare]]
                .concat(),
        )?;
        self.only_columns(&[Column::Net, Column::Orders, Column::Gross, Column::Refunds])?;
        self.only_dims(&[Dim::Weekday, Dim::Hour, Dim::Customer])?;
        self.no_names()?;
        self.no_count()?;
        if self.frame.bucket.is_some_and(|bucket| bucket != Bucket::Day) {
            return Err(Refusal::Parts);
        }
        Ok(asked(Report { name: ReportName::Heatmap, ..self.report(self.days()?) }))
    }

    /// Whether it asks about what came back, and nothing else.
    pub(super) fn is_of_refunds(&self) -> bool {
        let frame = self.frame;
        let of_refunds = [Column::Refunds, Column::RefundRate];
        let is_whole = frame.by.iter().chain(&frame.dims).all(|dim| *dim == Dim::Product)
            && frame.named.iter().all(|named| matches!(named, Named::Product(_)));
        let others = frame.columns.iter().filter(|column| !of_refunds.contains(column));
        // `returned units` and `returned orders` are refunds still.
        let is_plain = others.clone().all(|one| matches!(one, Column::Units | Column::Net));
        frame.columns.iter().any(|column| of_refunds.contains(column))
            && is_plain
            && is_whole
            && frame.bucket.is_none()
            && !frame.has_any(&COMPARING)
            && !frame.has(Act::OverTime)
    }

    pub(super) fn refunds(&self) -> Composed {
        let frame = self.frame;
        self.only(&[&SELLING[..], &[Act::Often]].concat())?;
        self.only_columns(&[Column::Refunds, Column::RefundRate, Column::Units, Column::Net])?;
        self.only_dims(&[Dim::Product])?;
        self.no_bucket()?;
        let mut report = Report { name: ReportName::Refunds, ..self.report(self.days()?) };
        let mut focus = Focus::default();
        match frame.named.as_slice() {
            [] => report.limit = self.limit(),
            [named @ Named::Product(_)] => {
                self.no_count()?;
                focus = self.focus_on(named);
                report.limit = Some(0);
            }
            _ => return Err(Refusal::Parts),
        }
        if frame.columns.contains(&Column::RefundRate) {
            focus.column = Some("refund_rate".into());
        }
        Ok(Asked { question: report.into(), focus })
    }

    /// Figures from period to period.
    pub(super) fn over_time(&self) -> Composed {
        self.only(
            &[&SELLING[..], &COMPARING, &[Act::OverTime, Act::Worst, Act::When, Act::Busiest]]
                .concat(),
        )?;
        if self.frame.has_any(&[Act::Compare, Act::YearBefore, Act::PeriodBefore])
            && !self.frame.whens.is_empty()
        {
            return Err(Refusal::Compare);
        }
        self.of_periods()?;
        self.no_count()?;
        let report = self.report(self.days()?);
        let bucket = self.frame.bucket;
        let question = Report { name: ReportName::Sales, bucket, ..report };
        Ok(Asked { question: question.into(), focus: self.focus_of_column() })
    }

    /// Refuses what is not kept from period to period.
    fn of_periods(&self) -> Result<(), Refusal> {
        let unkept = [Column::Returning, Column::RefundRate, Column::Anonymous];
        match self.columns().iter().find(|column| unkept.contains(column)) {
            Some(column) => Err(Refusal::Column(*column)),
            None => Ok(()),
        }
    }

    /// Everything that was sold in some days.
    fn whole(&self) -> Composed {
        let frame = self.frame;
        self.only(&[&SELLING[..], &COMPARING, &[Act::Last]].concat())?;
        let is_told = !frame.columns.is_empty()
            || frame.dims.contains(&Dim::Customer)
            || frame.has_any(&[Act::Sell, Act::Spend, Act::Buy])
            || frame.has_any(&[Act::HowMuch, Act::History, Act::Change]) && !frame.whens.is_empty()
            || frame.has(Act::HowMuch) && frame.has(Act::Change)
            || frame.has(Act::Compare) && frame.whens.len() == 2
            || frame.has_any(&[Act::YearBefore, Act::PeriodBefore]) && !frame.whens.is_empty();
        if !is_told {
            return Err(Refusal::NotUnderstood);
        }
        if frame.has_any(&[Act::Worst, Act::Share]) || frame.has(Act::Top) {
            return Err(Refusal::Mixed);
        }
        self.no_count()?;
        let column = self.column();
        let focus = self.focus_of_column();
        let compares = frame.has_any(&[Act::Compare, Act::YearBefore, Act::PeriodBefore]);
        match frame.whens.as_slice() {
            // How many customers there are by now, of all days, is told by their groups.
            [] if column == Some(Column::Customers) && !compares => {
                let question = Segments { currency: frame.currency, ..Segments::default() };
                Ok(asked(question))
            }
            [] if frame.has(Act::YearBefore) => {
                self.summary(When::Range(DateRange::This(Bucket::Year)), focus)
            }
            [] if compares => self.plain(ReportName::Summary, Days::default(), focus),
            [] if frame.ever => self.plain(ReportName::Sales, Days::default(), focus),
            [] if column == Some(Column::Units) => {
                self.plain(ReportName::Sales, Days::default(), focus)
            }
            [] => self.plain(ReportName::Summary, Days::default(), focus),
            [when] if frame.has(Act::YearBefore) => self.beside_year_before(*when, focus),
            [when] if column == Some(Column::Units) => {
                self.plain(ReportName::Sales, self.days_of(*when)?, focus)
            }
            // What some days are to be set beside is not told, and they are no period.
            [when] if frame.acts.contains(&Act::Compare) && when.unit().is_none() => {
                Err(Refusal::Compare)
            }
            [when] => self.summary(*when, focus),
            [one, other] if compares || frame.has(Act::Change) => self.beside(*one, *other, focus),
            [one, other] => self.summary(self.in_a_row(*one, *other)?, focus),
            _ => Err(Refusal::Mixed),
        }
    }

    fn plain(&self, name: ReportName, days: Days, focus: Focus) -> Composed {
        let report = Report { name, ..self.report(days) };
        Ok(Asked { question: report.into(), focus })
    }

    /// Some days, beside as many before them.
    pub(super) fn summary(&self, when: When, focus: Focus) -> Composed {
        self.plain(ReportName::Summary, self.days_of(when)?, focus)
    }
}

/// Whether who is asked for is told by something that they did.
fn tells_of_somebody(frame: &Frame) -> bool {
    !frame.columns.is_empty()
        || frame.has_any(&[Act::Top, Act::Spend, Act::Buy, Act::Often, Act::Last, Act::Worth])
}
