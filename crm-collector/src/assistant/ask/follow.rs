//! A question that takes up the one before: what it says takes the place of the same in that one, and all else
//! stays.

use crm_api::answer::{Breakdown, Measure, ReportName};
use crm_api::question::{self, Question, ValuesBy};
use crm_api::{Asked, Bucket, DateRange, Moment, WholeDay};

use super::frame::Frame;
use super::names::Named;
use super::sense::{Act, Column, Dim};
use super::shop::Shop;
use super::when::{When, start};

/// So few words are a part of a question where one was asked before.
const FEW_WORDS: usize = 3;

/// Acts that say what a question is about. Those of the new one take the place of those of the old.
const SUBJECTS: [Act; 12] = [
    Act::Why,
    Act::Together,
    Act::NextItem,
    Act::History,
    Act::Worth,
    Act::Alive,
    Act::Leave,
    Act::Repeat,
    Act::Cohorts,
    Act::Rfm,
    Act::Segments,
    Act::Busiest,
];

/// Whether some words are a part of a question, which the one before makes whole.
pub(super) fn is_part(frame: &Frame, words: usize) -> bool {
    let says_what = frame.has_any(&SUBJECTS)
        || frame.has_any(&[Act::Find, Act::Sell, Act::Buy, Act::Spend, Act::Will])
        || !frame.columns.is_empty();
    frame.takes_up || words <= FEW_WORDS || !says_what
}

/// The words of a question with what it leaves out taken from the one before; none where it says nothing
/// new.
pub(super) fn merged(new: &Frame, before: &Asked, shop: &Shop) -> Option<Frame> {
    let mut old = frame_of(before, shop)?;
    let says_nothing = new.whens.is_empty()
        && new.columns.is_empty()
        && new.dims.is_empty()
        && new.by.is_empty()
        && new.bucket.is_none()
        && new.named.is_empty()
        && new.stages.is_empty()
        && new.count.is_none()
        && new.currency.is_none()
        && !new.ever
        && new.acts.is_empty();
    if says_nothing && new.unknown.is_empty() && new.unclear.is_none() && new.missing.is_none() {
        return None;
    }
    if !new.whens.is_empty() || new.ever {
        old.whens = new.whens.iter().map(|when| in_place_of(*when, &old.whens, shop)).collect();
        old.ever = new.ever;
    }
    let divides = !new.by.is_empty() || !new.dims.is_empty();
    if divides {
        (old.by, old.dims, old.bucket) = (new.by.clone(), new.dims.clone(), None);
        if new.named.is_empty() && !new.dims.contains(&Dim::Customer) {
            old.named.clear();
        }
        old.acts.remove(&Act::OverTime);
    }
    if let Some(bucket) = new.bucket {
        old.bucket = Some(bucket);
        if !old.has(Act::Will) {
            old.by.clear();
            old.dims.clear();
        }
    }
    for named in &new.named {
        let same_kind = |old: &Named| std::mem::discriminant(old) == std::mem::discriminant(named);
        // Orders are narrowed by several things; figures are told of one.
        let narrows = matches!(before.question, Question::Purchases(_));
        old.named.retain(|one| narrows && !same_kind(one) || new.named.contains(one));
        old.named.push(named.clone());
    }
    if !new.named.is_empty() && !divides {
        // Another kind of part is another division.
        old.by.clear();
        old.dims.retain(|dim| *dim == Dim::Customer && new.named.is_empty());
        old.count = None;
    }
    if !new.columns.is_empty() {
        old.columns = new.columns.clone();
    }
    if !new.stages.is_empty() {
        old.stages = new.stages.clone();
    }
    old.count = new.count.or(old.count.filter(|_| !divides && new.named.is_empty()));
    old.currency = new.currency.or(old.currency);
    if new.acts.iter().any(|act| SUBJECTS.contains(act)) {
        old.acts.retain(|act| !SUBJECTS.contains(act) && *act != Act::Will);
    }
    old.acts.extend(&new.acts);
    old.missing = new.missing;
    old.bound = new.bound;
    old.unknown = new.unknown.clone();
    old.unclear = new.unclear.clone();
    old.used = new.used.clone();
    Some(old)
}

/// `and last year?` behind a month means that month of it.
fn in_place_of(when: When, old: &[When], shop: &Shop) -> When {
    let is_last_year = when == When::Range(DateRange::Previous(Bucket::Year));
    match old {
        [before] if is_last_year && before.unit().is_some_and(|unit| unit != Bucket::Year) => {
            before.year_before(shop.today)
        }
        _ => when,
    }
}

/// The words that would ask a question.
fn frame_of(before: &Asked, shop: &Shop) -> Option<Frame> {
    let mut frame = Frame::default();
    let focus = &before.focus;
    let column = focus.column.as_deref().and_then(column_of);
    let product =
        |key: &str| shop.products.iter().position(|product| product.sku == key).map(Named::Product);
    let country = |key: &str| shop.countries.iter().position(|one| one == key).map(Named::Country);
    let channel = |key: &str| shop.channels.iter().position(|one| one == key).map(Named::Channel);
    let customer =
        |key: &str| shop.customers.iter().position(|one| one.id == key).map(Named::Customer);
    let key = focus.key.as_deref();
    match &before.question {
        Question::Report(report) => {
            days(&mut frame, [report.from, report.to].map(day_of), report.range);
            frame.columns.extend(column);
            frame.count = report.limit.and_then(|limit| u32::try_from(limit).ok());
            frame.count = frame.count.filter(|count| *count > 0);
            frame.currency = report.currency;
            of_report(&mut frame, report);
            match report.name {
                ReportName::Products | ReportName::Refunds => {
                    frame.named.extend(key.and_then(product));
                }
                ReportName::Countries => frame.named.extend(key.and_then(country)),
                ReportName::Channels => frame.named.extend(key.and_then(channel)),
                _ => {}
            }
        }
        Question::Cohorts(cohorts) => {
            days(&mut frame, [cohorts.from, cohorts.to].map(day_of), cohorts.range);
            frame.acts.insert(Act::Cohorts);
        }
        Question::Forecast(forecast) => {
            frame.acts.insert(Act::Will);
            of_forecast(&mut frame, forecast);
            let named = key.and_then(|key| match forecast.by {
                Some(Breakdown::Product) => product(key),
                Some(Breakdown::Country) => country(key),
                Some(Breakdown::Channel) => channel(key),
                _ => None,
            });
            frame.named.extend(named);
            if let Some(from) = focus.days {
                frame.whens.push(When::period(from, forecast.bucket));
            } else if let Some(count) = forecast.horizon.and_then(|count| u32::try_from(count).ok())
            {
                frame.whens.push(When::Ahead(count, forecast.bucket));
            }
        }
        Question::Trends(trends) => {
            frame.acts.insert(Act::Why);
            frame.bucket = Some(trends.bucket).filter(|bucket| *bucket != Bucket::Week);
            let named = key.and_then(|key| product(key).or(country(key)).or_else(|| channel(key)));
            frame.named.extend(named);
        }
        Question::Purchases(list) => {
            frame.columns.push(Column::Orders);
            frame.acts.insert(Act::Show);
            days(&mut frame, [list.from, list.to], list.range);
            frame.named.extend(list.sku.as_deref().and_then(product));
            frame.named.extend(list.country.as_deref().and_then(country));
            frame.named.extend(list.channel.as_deref().and_then(channel));
        }
        Question::Values(values) => {
            frame.stages.extend(values.stage);
            if values.stage.is_none() {
                frame.acts.insert(match values.by {
                    ValuesBy::Alive => Act::Alive,
                    _ => Act::Worth,
                });
            }
        }
        Question::Segments(_) => frame.acts.extend([Act::Segments]),
        Question::Together(together) => {
            frame.acts.insert(Act::Together);
            frame.named.extend(product(&together.sku));
        }
        Question::Customer(one) => {
            of_customer(&mut frame, Act::Contact, customer(&one.customer_id))
        }
        Question::Timeline(one) => {
            of_customer(&mut frame, Act::History, customer(&one.customer_id))
        }
        Question::Value(one) => of_customer(&mut frame, Act::Worth, customer(&one.customer_id)),
        Question::Next(one) => of_customer(&mut frame, Act::NextItem, customer(&one.customer_id)),
        Question::FindCustomers(_)
        | Question::Purchase(_)
        | Question::Interaction(_)
        | Question::Recommendations(_)
        | Question::AdviceResults(_)
        | Question::Briefing(_) => {
            return None;
        }
    }
    Some(frame)
}

fn of_customer(frame: &mut Frame, act: Act, named: Option<Named>) {
    frame.acts.insert(act);
    frame.named.extend(named);
}

fn of_report(frame: &mut Frame, report: &question::Report) {
    let mut act = |act| frame.acts.extend([act]);
    match report.name {
        ReportName::Summary if frame.columns.is_empty() => frame.columns.push(Column::Net),
        ReportName::Summary => {}
        ReportName::Sales => {
            if report.bucket.is_none() {
                act(Act::OverTime);
            }
            frame.bucket = report.bucket;
            if frame.columns.is_empty() {
                frame.columns.push(Column::Net);
            }
        }
        ReportName::Products => frame.by.push(Dim::Product),
        ReportName::Countries => frame.by.push(Dim::Country),
        ReportName::Channels => frame.by.push(Dim::Channel),
        ReportName::Customers => {
            act(Act::Top);
            frame.dims.push(Dim::Customer);
        }
        ReportName::Repeat => act(Act::Repeat),
        ReportName::Refunds if frame.columns.is_empty() => frame.columns.push(Column::Refunds),
        ReportName::Refunds => {}
        ReportName::Heatmap => act(Act::Busiest),
        ReportName::Rfm => act(Act::Rfm),
        ReportName::Cohorts => act(Act::Cohorts),
    }
}

fn of_forecast(frame: &mut Frame, forecast: &question::Forecast) {
    frame.columns.push(match forecast.series {
        Measure::Revenue => Column::Net,
        Measure::Orders => Column::Orders,
        Measure::Units => Column::Units,
        Measure::Customers => Column::Customers,
    });
    frame.by.extend(forecast.by.map(|by| match by {
        Breakdown::Product => Dim::Product,
        Breakdown::Country => Dim::Country,
        Breakdown::Channel => Dim::Channel,
        Breakdown::Segment => Dim::Stage,
    }));
    frame.bucket = Some(forecast.bucket).filter(|bucket| *bucket != Bucket::Month);
    frame.count = forecast.limit.and_then(|limit| u32::try_from(limit).ok());
    frame.count = frame.count.filter(|count| *count > 0);
    frame.currency = forecast.currency;
}

fn days(frame: &mut Frame, ends: [Option<Moment>; 2], range: Option<DateRange>) {
    let day = |moment: Option<Moment>| match moment {
        Some(Moment::Day(day)) => Some(day),
        _ => None,
    };
    let when = match (range, day(ends[0]), day(ends[1])) {
        (Some(range), ..) => When::Range(range),
        (None, Some(from), Some(to)) => {
            let whole = Bucket::ALL.iter().copied().find(|bucket| {
                start(from, *bucket) == from && When::period(from, *bucket).days(from).1 == Some(to)
            });
            When::Days(from, to, whole)
        }
        (None, Some(from), None) => When::From(from),
        (None, None, Some(to)) => When::Until(to),
        (None, None, None) => return,
    };
    frame.whens.push(when);
}

fn day_of(day: Option<WholeDay>) -> Option<Moment> {
    day.map(|WholeDay(moment)| moment)
}

/// The figure of a column.
fn column_of(key: &str) -> Option<Column> {
    const COLUMNS: [Column; 22] = [
        Column::Net,
        Column::Gross,
        Column::Orders,
        Column::AverageOrder,
        Column::Units,
        Column::Customers,
        Column::NewCustomers,
        Column::Returning,
        Column::Discounts,
        Column::Refunds,
        Column::RefundRate,
        Column::Margin,
        Column::Cost,
        Column::Shipping,
        Column::Tax,
        Column::Tips,
        Column::Fees,
        Column::GiftCards,
        Column::Pending,
        Column::Cancelled,
        Column::Anonymous,
        Column::Total,
    ];
    let key = if key == "quantity" { "items" } else { key };
    COLUMNS.into_iter().find(|column| column.key() == key)
}
