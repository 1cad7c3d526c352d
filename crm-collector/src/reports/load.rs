//! From a question to its report: which facts each report needs.

use std::collections::BTreeMap;
use std::ops::Range;

use crm_api::answer::{Report, ReportName};
use crm_api::{Bucket, question};
use crm_models::{Currency, Timestamp};

use super::range::{Asked, Span};
use crate::analytics::cohorts::{self, Cohorts};
use crate::analytics::frame::Activity;
use crate::analytics::period::Periods;
use crate::analytics::report::{
    self, BuyersByPeriod, PartSums, PeriodBuyers, PeriodFigures, PeriodSums, Table,
};
use crate::analytics::standings::Standings;
use crate::ask_error::AskError;
use crate::facts::{
    Bits, BuyersOf, Dimension, Largest, LocalTime, Sums, date_of_day, day_of_date,
    first_day_of_month, first_instant, month_of_day,
};
use crate::store::{CustomerNumber, Derived, LabelKind, ReadTx, Workspace};

pub(super) fn report(
    tx: &ReadTx<'_>,
    workspace: &Workspace,
    question: &question::Report,
    now: Timestamp,
    threads: usize,
) -> Result<Report, AskError> {
    let derived = tx.derived(workspace)?;
    let known_from = workspace.known_from.map(day_of_date);
    let mut activity = Activity { days: derived.by_day()?, known_from };
    if matches!(question.name, ReportName::Summary | ReportName::Sales) {
        // Their columns show orders that are not paid, so that their days reach as far.
        activity.add_unpaid(derived.unpaid_by_day()?);
    }
    let today = LocalTime::new(workspace.timezone).day(now);
    let (name, limit) = (question.name, question.rows());
    let asked = Asked::new(question, workspace.timezone)?;
    let span = Span::choose(name, &asked, &activity, today)?;
    // Always the workspace's own, so that a figure does not change its currency with a purchase.
    let currency = question.currency.unwrap_or(workspace.currency);
    let loader = Loader { tx, workspace, derived: &derived, currency, span: &span, threads };
    let table = match name {
        ReportName::Summary => loader.summary(),
        ReportName::Sales => loader.sales(asked.bucket),
        ReportName::Products => loader.products(limit),
        ReportName::Countries => loader.countries(),
        ReportName::Customers => loader.customers(limit),
        ReportName::Repeat => loader.repeat(),
        ReportName::Refunds => loader.refunds(limit),
        ReportName::Heatmap => loader.heatmap(),
        ReportName::Channels => loader.channels(),
        ReportName::Rfm => loader.rfm(),
        ReportName::Cohorts => loader.cohorts(&activity),
    }?;
    Ok(Report {
        report: name,
        currency,
        period: span.period.clone(),
        from: span.from(),
        to: span.to(),
        timezone: workspace.timezone.name().to_owned(),
        columns: table.columns,
        rows: table.rows,
        omitted_rows: table.omitted_rows,
        totals: table.totals,
        outside: span.outside(&activity, currency, today),
    })
}

/// So many customers are looked up one by one; for more of them everybody's history is read once more.
const FEW_CUSTOMERS: usize = 100;

type Loaded = Result<Table, AskError>;

struct Loader<'a> {
    tx: &'a ReadTx<'a>,
    workspace: &'a Workspace,
    derived: &'a Derived<'a>,
    currency: Currency,
    span: &'a Span,
    /// That what takes long is computed on.
    threads: usize,
}

impl Loader<'_> {
    fn summary(&self) -> Loaded {
        let Span { days, before, since, .. } = self.span;
        let figures = |from, to, days: Range<i32>| -> Result<PeriodFigures, AskError> {
            let parts = self.parts(days.clone())?;
            let sold = PeriodSums { sums: self.whole(days)?, parts };
            Ok(PeriodFigures { from, to, sold, buyers: PeriodBuyers::default() })
        };
        let mut current = figures(self.span.from(), self.span.to(), days.clone())?;
        let date = |day: i32| Some(date_of_day(day)).filter(|_| !before.is_empty());
        let counted = (*since).clamp(before.start, before.end)..before.end;
        let mut previous = figures(date(before.start), date(before.end), counted)?;
        // Both periods from one pass over the buyers.
        let periods = Periods::of_bounds(&[before.start, days.start, days.end]);
        let (counts, _) = self.count_buyers(&periods, before.start..days.end)?;
        if let [first, second] = counts[..] {
            (previous.buyers, current.buyers) = (first, second);
        }
        Ok(report::summary(&current, &previous))
    }

    fn sales(&self, bucket: Bucket) -> Loaded {
        let periods = Periods::new(bucket, self.span.days.clone());
        let mut sold = vec![PeriodSums::default(); periods.len()];
        self.each_hour(self.span.days.clone(), |day, _, hour| {
            if let Some(index) = periods.index_of(day) {
                sold[index].sums.add(hour);
            }
        })?;
        self.each_part(self.span.days.clone(), |day, part, sums| {
            if let Some(index) = periods.index_of(day) {
                sold[index].parts.add(part, sums);
            }
        })?;
        let (buyers, total) = self.count_buyers(&periods, self.span.days.clone())?;
        Ok(report::sales(&periods, &sold, &buyers, total))
    }

    fn products(&self, limit: usize) -> Loaded {
        let largest =
            self.largest(limit, |sums| sums.gross, |sums| sums.orders + sums.refund_orders)?;
        let lines: Vec<_> = largest
            .keys
            .iter()
            .map(|&(number, sums)| {
                Ok(report::ProductLine {
                    name: self.tx.product_name(self.workspace.id, number)?,
                    sums,
                    customers: self.buyers(BuyersOf::Product(number))?.count(),
                })
            })
            .collect::<Result<_, AskError>>()?;
        let whole = self.whole(self.span.days.clone())?;
        Ok(report::products(&lines, &largest, &whole, self.all_buyers()?))
    }

    fn refunds(&self, limit: usize) -> Loaded {
        let largest = self.largest(limit, |sums| sums.refunds, |sums| sums.refund_orders)?;
        let lines: Vec<_> = largest
            .keys
            .iter()
            .map(|&(number, sums)| {
                let name = self.tx.product_name(self.workspace.id, number)?;
                Ok(report::ProductLine { name, sums, customers: 0 })
            })
            .collect::<Result<_, AskError>>()?;
        Ok(report::refunds(&lines, &largest, &self.whole(self.span.days.clone())?))
    }

    fn countries(&self) -> Loaded {
        let labels = self.tx.labels(self.workspace.id, LabelKind::Country)?;
        let (mut anywhere, mut sets) = (Bits::default(), self.derived.buyer_sets());
        let lines: Vec<_> = self
            .totals(Dimension::Country)?
            .into_iter()
            .map(|(label, sums)| {
                let (of, days) = (BuyersOf::Country(label), self.span.days.clone());
                let buyers = sets.read(of, self.currency, days)?;
                anywhere.unite(&buyers);
                Ok(report::CountryLine {
                    country: labels.get(&label).cloned(),
                    sums,
                    customers: buyers.count(),
                })
            })
            .collect::<Result<_, AskError>>()?;
        let all = PeriodBuyers { customers: anywhere.count(), new_customers: 0 };
        Ok(report::countries(lines, &self.whole(self.span.days.clone())?, all))
    }

    fn channels(&self) -> Loaded {
        let labels = self.tx.labels(self.workspace.id, LabelKind::Channel)?;
        let sums = self.totals(Dimension::Channel)?;
        Ok(report::channels(&sums, &labels, &self.whole(self.span.days.clone())?))
    }

    fn heatmap(&self) -> Loaded {
        let mut hours = Vec::new();
        self.each_hour(self.span.days.clone(), |day, hour, sums| hours.push((day, hour, *sums)))?;
        Ok(report::heatmap(hours))
    }

    fn customers(&self, limit: usize) -> Loaded {
        let mut spending = report::Spending::new(self.currency);
        self.derived.each_buyer_history(self.span.days.clone(), |entries| spending.add(entries))?;
        let numbers = spending.top(limit);
        let named = |number: &u32| -> Result<_, AskError> {
            let name = self.tx.customer_name(self.workspace.id, CustomerNumber(*number))?;
            Ok(report::TopCustomer::new(name))
        };
        let mut top: Vec<_> = numbers.iter().map(named).collect::<Result<_, _>>()?;
        if numbers.len() > FEW_CUSTOMERS {
            let places: BTreeMap<u32, usize> = numbers.into_iter().zip(0..).collect();
            self.derived.each_buyer_history(self.span.days.clone(), |entries| {
                for entry in entries {
                    if let Some(place) = places.get(&entry.customer) {
                        top[*place].add(entry, self.currency);
                    }
                }
            })?;
        } else {
            let span = self.instants();
            for (number, top) in numbers.into_iter().zip(&mut top) {
                self.derived.each_entry_of(CustomerNumber(number), |entry| {
                    if span.contains(&entry.occurred_at) {
                        top.add(&entry, self.currency);
                    }
                })?;
            }
        }
        Ok(report::customers(&top, &spending))
    }

    fn repeat(&self) -> Loaded {
        let (currency, span) = (self.currency, self.instants());
        let new = || report::Repeat::new(currency, span.clone());
        let shares = self.derived.gather_buyers(
            self.span.so_far(),
            self.threads,
            new,
            |repeat, _, entries| repeat.add(entries),
        )?;
        let mut repeat = new();
        shares.iter().for_each(|share| repeat.merge(share));
        Ok(repeat.finish(&self.whole(self.span.days.clone())?))
    }

    fn rfm(&self) -> Loaded {
        let mut standings = Standings::new(self.currency);
        self.derived.each_buyer_history(self.span.days.clone(), |entries| {
            for entry in entries {
                standings.add(entry);
            }
        })?;
        Ok(report::rfm(&standings, self.instants().end))
    }

    fn cohorts(&self, activity: &Activity) -> Loaded {
        let (currency, days, timezone) = (self.currency, &self.span.days, self.workspace.timezone);
        // Who is in which cohort, the past tells.
        let shares = self.derived.gather_buyers(
            self.span.so_far(),
            self.threads,
            || (cohorts::Gathering::new(), LocalTime::new(timezone)),
            |(gathering, local_time), month, entries| {
                let of_month = first_day_of_month(month)..first_day_of_month(month + 1);
                let all = days.start <= of_month.start && of_month.end <= days.end;
                let none = of_month.end <= days.start || days.end <= of_month.start;
                for entry in entries {
                    if let Some(sums) = entry.sums(currency) {
                        let mut is_asked = || days.contains(&local_time.day(entry.occurred_at));
                        let counted = all || (!none && is_asked());
                        gathering.add(entry.customer, month, &sums, counted);
                    }
                }
            },
        )?;
        let mut cohorts = Cohorts::default();
        shares.into_iter().for_each(|(share, _)| cohorts.merge(&share.finish()));
        // Behind the last purchase no cohort did anything, however far the range reaches.
        let first = activity.days.first_key_value().map(|((day, _), _)| *day);
        let last = activity.days.last_key_value().map(|((day, _), _)| *day);
        let days = self.span.days.start.max(first.unwrap_or(0))
            ..self.span.days.end.min(last.map_or(0, |last| last + 1));
        let months = match days.is_empty() {
            true => 0..0,
            false => month_of_day(days.start)..month_of_day(days.end - 1) + 1,
        };
        Ok(report::cohorts(&cohorts, months))
    }

    /// Everything bought on some days.
    fn whole(&self, days: Range<i32>) -> Result<Sums, AskError> {
        let mut whole = Sums::default();
        self.each_hour(days, |_, _, sums| whole.add(sums))?;
        Ok(whole)
    }

    /// What was paid beside the products on some days.
    fn parts(&self, days: Range<i32>) -> Result<PartSums, AskError> {
        let mut parts = PartSums::default();
        self.each_part(days, |_, part, sums| parts.add(part, sums))?;
        Ok(parts)
    }

    fn each_part(
        &self,
        days: Range<i32>,
        visit: impl FnMut(i32, u32, &Sums),
    ) -> Result<(), AskError> {
        Ok(self.derived.each_day_sum(Dimension::Part, self.currency, days, visit)?)
    }

    fn each_hour(
        &self,
        days: Range<i32>,
        visit: impl FnMut(i32, u32, &Sums),
    ) -> Result<(), AskError> {
        Ok(self.derived.each_day_sum(Dimension::Hour, self.currency, days, visit)?)
    }

    /// The products with the largest figures.
    fn largest(
        &self,
        limit: usize,
        figure: impl Fn(&Sums) -> i128,
        count: impl Fn(&Sums) -> i64,
    ) -> Result<Largest, AskError> {
        let (currency, days) = (self.currency, self.span.days.clone());
        let products = Dimension::Product;
        Ok(self.derived.largest_sums(products, currency, days, limit, figure, count)?)
    }

    fn totals(&self, dimension: Dimension) -> Result<BTreeMap<u32, Sums>, AskError> {
        Ok(self.derived.total_sums(dimension, self.currency, self.span.days.clone())?)
    }

    fn count_buyers(
        &self,
        periods: &Periods,
        days: Range<i32>,
    ) -> Result<(Vec<PeriodBuyers>, PeriodBuyers), AskError> {
        // Whole months of what lies before are read at once.
        let since = self.span.so_far().start;
        let before = self.derived.buyers(BuyersOf::All, self.currency, since..days.start)?;
        let mut counter = BuyersByPeriod::new(periods, days.clone(), before);
        let counted = days.start.max(since)..days.end;
        self.derived.each_day_buyers(BuyersOf::All, self.currency, counted, |day, set| {
            counter.add(day, set);
        })?;
        Ok(counter.finish())
    }

    fn all_buyers(&self) -> Result<PeriodBuyers, AskError> {
        let customers = self.buyers(BuyersOf::All)?.count();
        Ok(PeriodBuyers { customers, new_customers: 0 })
    }

    fn buyers(&self, of: BuyersOf) -> Result<Bits, AskError> {
        Ok(self.derived.buyers(of, self.currency, self.span.days.clone())?)
    }

    /// The instants at which the days begin and end in the workspace's time zone.
    fn instants(&self) -> Range<Timestamp> {
        let begin = |day| first_instant(day, self.workspace.timezone);
        begin(self.span.days.start)..begin(self.span.days.end)
    }
}
