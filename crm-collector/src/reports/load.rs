//! From a question to its report: which facts each report needs.

use std::ops::Range;

use chrono::NaiveDate;
use crm_models::report::Report;
use crm_models::{Currency, Timestamp};

use super::{Query, ReportError, ReportName};
use crate::analytics::period::{Bucket, Periods};
use crate::analytics::report::{self, BuyersByPeriod, PeriodBuyers, PeriodFigures, Table};
use crate::analytics::segment::Cohorts;
use crate::facts::{
    Bits, BuyersOf, Dimension, LocalTime, Sums, date_of_day, day_of_date, first_instant,
    month_of_day,
};
use crate::store::{CustomerNumber, Derived, LabelKind, ReadTx, Workspace};

/// The longest range, in days: a hundred years.
const LONGEST_DAYS: i32 = 36_525;

pub(super) fn report(
    tx: &ReadTx<'_>,
    workspace: &Workspace,
    name: ReportName,
    query: &Query,
) -> Result<Report, ReportError> {
    let derived = tx.derived(workspace)?;
    let days = days(&derived, query)?;
    let currency = match query.currency {
        Some(currency) => currency,
        None => derived.usual_currency()?,
    };
    let loader = Loader { tx, workspace, derived: &derived, currency, days: days.clone() };
    let limit = query.limit();
    let table = match name {
        ReportName::Summary => loader.summary(),
        ReportName::Sales => loader.sales(query.bucket()),
        ReportName::Products => loader.products(limit),
        ReportName::Countries => loader.countries(),
        ReportName::Customers => loader.customers(limit),
        ReportName::Repeat => loader.repeat(),
        ReportName::Refunds => loader.refunds(limit),
        ReportName::Heatmap => loader.heatmap(),
        ReportName::Channels => loader.channels(),
        ReportName::Rfm => loader.rfm(),
        ReportName::Cohorts => loader.cohorts(),
    }?;
    let mut others = derived.currencies(days.clone())?;
    others.remove(&currency);
    Ok(Report {
        report: name.as_str(),
        currency,
        from: date_of_day(days.start),
        to: date_of_day(days.end),
        timezone: workspace.timezone.name().to_owned(),
        columns: table.columns,
        rows: table.rows,
        omitted_rows: table.omitted_rows,
        totals: table.totals,
        other_currencies: others.into_iter().collect(),
    })
}

/// The days asked for; those with purchases where nothing was asked.
fn days(derived: &Derived<'_>, query: &Query) -> Result<Range<i32>, ReportError> {
    let first_year = NaiveDate::from_ymd_opt(1900, 1, 1);
    let last_year = NaiveDate::from_ymd_opt(9999, 1, 1);
    for (field, date) in [("from", query.from), ("to", query.to)] {
        if date.is_some_and(|date| Some(date) < first_year || Some(date) > last_year) {
            return Err(ReportError::invalid(
                field,
                "lies between 1900-01-01 and 9999-01-01".into(),
            ));
        }
    }
    let known = derived.purchase_days()?;
    let given = |date: Option<NaiveDate>| date.map(day_of_date);
    let from = given(query.from).or(known.map(|(first, _)| first));
    let to = given(query.to).or(known.map(|(_, last)| last + 1));
    let days = match (from, to) {
        (Some(from), Some(to)) => from..to,
        (Some(from), None) => from..from,
        (None, Some(to)) => to..to,
        (None, None) => 0..0,
    };
    // What was asked for has to make sense; what was left out follows it.
    match (query.from, query.to) {
        (Some(from), Some(to)) if from > to => {
            Err(ReportError::invalid("to", format!("{to} lies before {from}, which is asked from")))
        }
        _ if days.end.saturating_sub(days.start) > LONGEST_DAYS => {
            Err(ReportError::invalid("from", "at most a hundred years at once".into()))
        }
        _ => Ok(days.start..days.end.max(days.start)),
    }
}

type Loaded = Result<Table, ReportError>;

struct Loader<'a> {
    tx: &'a ReadTx<'a>,
    workspace: &'a Workspace,
    derived: &'a Derived<'a>,
    currency: Currency,
    days: Range<i32>,
}

impl Loader<'_> {
    fn summary(&self) -> Loaded {
        let length = self.days.end - self.days.start;
        let before = self.days.start.saturating_sub(length)..self.days.start;
        let figures = |days: &Range<i32>| -> Result<PeriodFigures, ReportError> {
            Ok(PeriodFigures {
                from: date_of_day(days.start),
                to: date_of_day(days.end),
                sums: self.whole(days.clone())?,
                buyers: PeriodBuyers::default(),
            })
        };
        let (mut current, mut previous) = (figures(&self.days)?, figures(&before)?);
        // Both periods from one pass over the buyers.
        let periods = Periods::of_bounds(&[before.start, self.days.start, self.days.end]);
        let (counts, _) = self.count_buyers(&periods, before.start..self.days.end)?;
        if let [first, second] = counts[..] {
            (previous.buyers, current.buyers) = (first, second);
        }
        Ok(report::summary(&current, &previous))
    }

    fn sales(&self, bucket: Bucket) -> Loaded {
        let periods = Periods::new(bucket, self.days.clone());
        let mut sums = vec![Sums::default(); periods.len()];
        self.each_hour(self.days.clone(), |day, _, hour| {
            if let Some(index) = periods.index_of(day) {
                sums[index].add(hour);
            }
        })?;
        let (buyers, total) = self.count_buyers(&periods, self.days.clone())?;
        Ok(report::sales(&periods, &sums, &buyers, total))
    }

    fn products(&self, limit: usize) -> Loaded {
        let all = self.totals(Dimension::Product)?;
        let lines = report::largest(&all, |sums| sums.gross, limit);
        let lines: Vec<_> = lines
            .into_iter()
            .map(|(number, sums)| {
                Ok(report::ProductLine {
                    name: self.tx.product_name(self.workspace.id, number)?,
                    sums,
                    customers: self.buyers(BuyersOf::Product(number))?.count(),
                })
            })
            .collect::<Result<_, ReportError>>()?;
        let whole = self.whole(self.days.clone())?;
        Ok(report::products(&lines, &all, &whole, self.all_buyers()?))
    }

    fn refunds(&self, limit: usize) -> Loaded {
        let all = self.totals(Dimension::Product)?;
        let lines: Vec<_> = report::largest(&all, |sums| sums.refunds, limit)
            .into_iter()
            .filter(|(_, sums)| sums.refund_orders > 0)
            .map(|(number, sums)| {
                let name = self.tx.product_name(self.workspace.id, number)?;
                Ok(report::ProductLine { name, sums, customers: 0 })
            })
            .collect::<Result<_, ReportError>>()?;
        Ok(report::refunds(&lines, &all, &self.whole(self.days.clone())?))
    }

    fn countries(&self) -> Loaded {
        let labels = self.tx.labels(self.workspace.id, LabelKind::Country)?;
        let mut anywhere = Bits::default();
        let lines: Vec<_> = self
            .totals(Dimension::Country)?
            .into_iter()
            .map(|(label, sums)| {
                let buyers = self.buyers(BuyersOf::Country(label))?;
                anywhere.unite(&buyers);
                Ok(report::CountryLine {
                    country: labels.get(&label).cloned(),
                    sums,
                    customers: buyers.count(),
                })
            })
            .collect::<Result<_, ReportError>>()?;
        let all = PeriodBuyers { customers: anywhere.count(), new_customers: 0 };
        Ok(report::countries(lines, &self.whole(self.days.clone())?, all))
    }

    fn channels(&self) -> Loaded {
        let labels = self.tx.labels(self.workspace.id, LabelKind::Channel)?;
        let sums = self.totals(Dimension::Channel)?;
        Ok(report::channels(&sums, &labels, &self.whole(self.days.clone())?))
    }

    fn heatmap(&self) -> Loaded {
        let mut hours = Vec::new();
        self.each_hour(self.days.clone(), |day, hour, sums| hours.push((day, hour, *sums)))?;
        Ok(report::heatmap(hours))
    }

    fn customers(&self, limit: usize) -> Loaded {
        let mut spending = report::Spending::new(self.currency);
        self.derived.each_history(self.days.clone(), |entries| spending.add(entries))?;
        let span = self.instants();
        let top: Vec<_> = spending
            .top(limit)
            .into_iter()
            .map(|number| {
                let number = CustomerNumber(number);
                let entries = self.derived.history(number, (span.end, 0), usize::MAX)?;
                let in_range = entries.iter().filter(|entry| span.contains(&entry.occurred_at));
                let name = self.tx.customer_name(self.workspace.id, number)?;
                Ok(report::TopCustomer::new(name, in_range, self.currency))
            })
            .collect::<Result<_, ReportError>>()?;
        Ok(report::customers(&top, &spending))
    }

    fn repeat(&self) -> Loaded {
        let mut repeat = report::Repeat::new(self.currency, self.instants());
        self.derived.each_history(i32::MIN / 2..self.days.end, |entries| repeat.add(entries))?;
        Ok(repeat.finish(&self.whole(self.days.clone())?))
    }

    fn rfm(&self) -> Loaded {
        let mut segments = report::RfmReport::new(self.currency);
        self.derived.each_history(self.days.clone(), |entries| segments.add(entries))?;
        Ok(segments.finish(self.instants().end))
    }

    fn cohorts(&self) -> Loaded {
        let mut cohorts = Cohorts::new();
        let mut local_time = LocalTime::new(self.workspace.timezone);
        // Who is in which cohort, the whole past tells.
        self.derived.each_history(i32::MIN / 2..self.days.end, |entries| {
            for entry in entries {
                if let Some(sums) = entry.sums(self.currency) {
                    let day = local_time.day(entry.occurred_at);
                    let counted = self.days.contains(&day);
                    cohorts.add(entry.customer, month_of_day(day), &sums, counted);
                }
            }
        })?;
        let months = match self.days.is_empty() {
            true => 0..0,
            false => month_of_day(self.days.start)..month_of_day(self.days.end - 1) + 1,
        };
        Ok(report::cohorts(&cohorts, months))
    }

    /// Everything bought on some days.
    fn whole(&self, days: Range<i32>) -> Result<Sums, ReportError> {
        let mut whole = Sums::default();
        self.each_hour(days, |_, _, sums| whole.add(sums))?;
        Ok(whole)
    }

    fn each_hour(
        &self,
        days: Range<i32>,
        visit: impl FnMut(i32, u32, &Sums),
    ) -> Result<(), ReportError> {
        Ok(self.derived.each_day_sum(Dimension::Hour, self.currency, days, visit)?)
    }

    fn totals(
        &self,
        dimension: Dimension,
    ) -> Result<std::collections::BTreeMap<u32, Sums>, ReportError> {
        Ok(self.derived.total_sums(dimension, self.currency, self.days.clone())?)
    }

    fn count_buyers(
        &self,
        periods: &Periods,
        days: Range<i32>,
    ) -> Result<(Vec<PeriodBuyers>, PeriodBuyers), ReportError> {
        let mut counter = BuyersByPeriod::new(periods, days.clone());
        let so_far = i32::MIN / 2..days.end;
        self.derived.each_day_buyers(BuyersOf::All, self.currency, so_far, |day, set| {
            counter.add(day, set);
        })?;
        Ok(counter.finish())
    }

    fn all_buyers(&self) -> Result<PeriodBuyers, ReportError> {
        let customers = self.buyers(BuyersOf::All)?.count();
        Ok(PeriodBuyers { customers, new_customers: 0 })
    }

    fn buyers(&self, of: BuyersOf) -> Result<Bits, ReportError> {
        Ok(self.derived.buyers(of, self.currency, self.days.clone())?)
    }

    /// The instants at which the days begin and end in the workspace's time zone.
    fn instants(&self) -> Range<Timestamp> {
        let begin = |day| first_instant(day, self.workspace.timezone);
        begin(self.days.start)..begin(self.days.end)
    }
}
