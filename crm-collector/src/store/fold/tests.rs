//! The derived rows, folded whenever, say what the log says.

use std::collections::{BTreeMap, BTreeSet};

use crm_models::{
    Amount, Code, Currency, Event, EventId, Interaction, InteractionKind, LineItem, Purchase,
    PurchaseKind, Quantity, State, Timestamp,
};
use proptest::prelude::*;

use super::key::Table;
use crate::facts::{
    Bits, BuyersOf, Dimension, HistoryKind, Largest, LocalTime, Part as MoneyPart, Sums, Units,
    month_of_day,
};
use crate::store::{
    Appender, BuyerHistories, Config, CustomerNumber, Outcome, Part, Store, StoreError, Workspace,
};

/// Days around two ends of months and a change of the clocks.
const FIRST_DAY: i64 = 14_900;

#[derive(Clone, Debug)]
enum Step {
    Purchase {
        customer: Option<u8>,
        refund: bool,
        euro: bool,
        day: u8,
        minute: u16,
        country: Option<u8>,
        items: Vec<(u16, u8, i32)>,
    },
    /// Something takes the place of an earlier purchase; without a state, it is taken back altogether.
    Correction {
        of: usize,
        by: Box<Step>,
        state: Option<State>,
        discount: i64,
        shipping: i64,
    },
    Interaction {
        customer: u8,
        day: u8,
        minute: u16,
    },
    /// Something takes the place of an earlier interaction, or takes it back.
    Mended {
        of: usize,
        by: Box<Step>,
        void: bool,
    },
    Fold,
    Erasure {
        customer: u8,
    },
}

/// How many random workspaces are tried: so many, or as CRM_CASES says.
fn cases(usual: u32) -> u32 {
    std::env::var("CRM_CASES").map_or(usual, |cases| cases.parse().unwrap())
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let items = proptest::collection::vec((0_u16..600, 1_u8..5, 0_i32..99_999), 0..4);
    let purchase =
        (
            proptest::option::of(0_u8..150),
            any::<bool>(),
            proptest::bool::weighted(0.2),
            0_u8..70,
            0_u16..1_440,
            proptest::option::of(0_u8..3),
            items,
        )
            .prop_map(|(customer, refund, euro, day, minute, country, items)| {
                Step::Purchase { customer, refund, euro, day, minute, country, items }
            });
    let states = prop_oneof![
        4 => Just(Some(State::Paid)),
        1 => Just(Some(State::Pending)),
        2 => Just(Some(State::Cancelled)),
        2 => Just(None),
    ];
    let correction =
        (any::<prop::sample::Index>(), purchase.clone(), states, 0_i64..9_999, 0_i64..2).prop_map(
            |(of, by, state, discount, shipping)| Step::Correction {
                of: of.index(10_000),
                by: Box::new(by),
                state,
                discount,
                shipping: shipping * 49_000,
            },
        );
    let interaction = (0_u8..150, 0_u8..70, 0_u16..1_440)
        .prop_map(|(customer, day, minute)| Step::Interaction { customer, day, minute });
    let mended = (any::<prop::sample::Index>(), interaction.clone(), proptest::bool::weighted(0.3))
        .prop_map(|(of, by, void)| Step::Mended { of: of.index(10_000), by: Box::new(by), void });
    let erasure = (0_u8..150).prop_map(|customer| Step::Erasure { customer });
    proptest::collection::vec(
        prop_oneof![8 => purchase, 3 => correction, 2 => interaction, 2 => mended, 1 => Just(Step::Fold),
            1 => erasure],
        1..120,
    )
}

fn time(day: u8, minute: u16) -> Timestamp {
    Timestamp::from_millis((FIRST_DAY + i64::from(day)) * 86_400_000 + i64::from(minute) * 60_000)
}

fn event_of(index: usize, step: &Step) -> Option<Event> {
    let mut event: Event = match step {
        Step::Fold | Step::Erasure { .. } => return None,
        // Of one of the steps so far, where that was a purchase.
        Step::Correction { of, by, state, discount, shipping } => {
            let Some(Event::Purchase(mut purchase)) = event_of(of % index.max(1), by) else {
                unreachable!("it is made of a purchase")
            };
            purchase.id = None;
            match state {
                Some(state) => (purchase.state, purchase.replace) = (*state, true),
                None => purchase.void = true,
            }
            if !purchase.items.is_empty() {
                purchase.discount = Some(Amount::from_ten_thousandths(*discount));
                purchase.shipping = Some(Amount::from_ten_thousandths(*shipping));
            }
            purchase.into()
        }
        Step::Interaction { customer, day, minute } => {
            let host_id = format!("c{customer}");
            let call = Interaction::new(host_id, InteractionKind::Call);
            call.occurred_at(time(*day, *minute)).subject(format!("call {index}")).into()
        }
        // Of one of the steps so far, whatever that was.
        Step::Mended { of, by, void } => {
            let Some(Event::Interaction(mut mended)) = event_of(of % index.max(1), by) else {
                unreachable!("it is made of an interaction")
            };
            mended.interaction_id = mended.id.take();
            if *void { mended.void().into() } else { mended.replace().into() }
        }
        Step::Purchase { customer, refund, euro, day, minute, country, items } => {
            let currency = if *euro { Currency::EUR } else { Currency::GBP };
            let mut purchase = Purchase::sale(currency)
                .occurred_at(time(*day, *minute))
                .purchase_id(format!("order {index}"));
            purchase.kind = if *refund { PurchaseKind::Refund } else { PurchaseKind::Sale };
            purchase.customer_id = customer.map(|n| format!("c{n}").into());
            purchase.country = country.map(|n| format!("land {n}"));
            for (sku, quantity, price) in items {
                let price = Amount::from_ten_thousandths((*price).into());
                purchase =
                    purchase.item(LineItem::new(format!("p{sku}"), u32::from(*quantity), price));
            }
            if items.is_empty() {
                purchase = purchase.total(Amount::from_ten_thousandths(12_345));
            }
            purchase.into()
        }
    };
    let id = u128::try_from(index).unwrap() + 1;
    event.complete(|| EventId::from_bytes(id.to_be_bytes()), Timestamp::from_millis(0));
    Some(event)
}

/// The interaction that an event is, or is a version of.
fn interaction_of(event: &Event) -> Option<EventId> {
    let Event::Interaction(interaction) = event else { return None };
    interaction.interaction_id.or(interaction.id)
}

/// What becomes of a correction of an interaction, by what is there: each interaction as it is, or as the
/// event that took it back.
fn mend(events: &mut Vec<Event>, event: &Event, knows: bool, is_erased: bool) -> Option<Outcome> {
    let Event::Interaction(told) = event else { return None };
    let which = told.interaction_id?;
    let rejected =
        |code| Some(Outcome::Rejected(crm_models::Invalid::new(code, "", String::new())));
    let place = events.iter().position(|earlier| interaction_of(earlier) == Some(which));
    let Some(place) = place else {
        return match (knows, told.void, is_erased) {
            (false, true, _) => rejected(Code::NotFound),
            (false, false, _) => {
                events.extend((!is_erased).then(|| event.clone()));
                Some(Outcome::Accepted)
            }
            (true, _, true) => Some(Outcome::Duplicate),
            (true, _, false) => rejected(Code::Conflict),
        };
    };
    let Event::Interaction(stored) = &mut events[place] else {
        unreachable!("it has the id of one")
    };
    let goes = told.void || is_erased;
    Some(match (stored.void, goes) {
        (true, true) => Outcome::Duplicate,
        (true, false) => {
            *stored = told.clone();
            Outcome::Accepted
        }
        (false, true) => {
            stored.void = true;
            Outcome::Updated
        }
        (false, false)
            if stored.customer_id == told.customer_id
                && (stored.occurred_at, &stored.subject) == (told.occurred_at, &told.subject) =>
        {
            Outcome::Duplicate
        }
        (false, false) => {
            *stored = told.clone();
            Outcome::Updated
        }
    })
}

fn is_of(event: &Event, host_id: &str) -> bool {
    event.customer_id().is_some_and(|customer| customer.as_str() == host_id)
}

/// What is left of an event when its customer is erased.
fn nobodys(event: &Event) -> Option<Event> {
    let Event::Purchase(purchase) = event else { return None };
    Some(Purchase { customer_id: None, ..purchase.clone() }.into())
}

fn number_of(event: &Event) -> Option<&str> {
    let Event::Purchase(purchase) = event else { return None };
    purchase.purchase_id.as_ref().map(|number| number.as_str())
}

/// What an event tells, whichever event it is.
fn content(event: &Event) -> Event {
    let mut event = event.clone();
    if let Event::Purchase(purchase) = &mut event {
        (purchase.id, purchase.replace) = (None, false);
    }
    event
}

fn open(folder: &std::path::Path) -> (Store, Workspace) {
    let store = Store::open(folder, &Config::default()).unwrap();
    let zone = chrono_tz::Europe::London;
    let now = Timestamp::from_millis(1_700_000_000_000);
    let workspace = store
        .write::<_, StoreError>(|tx| tx.add_workspace("test", Currency::GBP, zone, now))
        .unwrap();
    (store, workspace)
}

fn run(store: &Store, workspace: &Workspace, steps: &[Step]) -> Vec<Event> {
    run_from(0, Vec::new(), store, workspace, steps)
}

/// The same behind so many steps, which led to these events.
fn run_from(
    first: usize,
    mut events: Vec<Event>,
    store: &Store,
    workspace: &Workspace,
    steps: &[Step],
) -> Vec<Event> {
    let now = Timestamp::from_millis(1_700_000_000_000);
    for (index, step) in steps.iter().enumerate().skip(first) {
        if let Step::Erasure { customer } = step {
            let host_id = format!("c{customer}");
            if store.erase_customer(workspace.id, &host_id, "cli", now).unwrap().is_some() {
                let events_of = events.iter().filter(|event| is_of(event, &host_id));
                let erased = events_of.cloned().collect::<Vec<_>>();
                events.retain(|event| !erased.contains(event));
                events.extend(erased.into_iter().filter_map(|event| nobodys(&event)));
            }
            continue;
        }
        store
            .write::<_, StoreError>(|tx| {
                let workspace = &tx.known_workspace(workspace.id)?;
                // Many events later a merge is under way for most of the time.
                if let Some(step) = tx.prepare_merge(workspace.id)? {
                    assert!(tx.apply_merge(&step)?);
                }
                let Some(event) = event_of(index, step) else {
                    return tx.fold(workspace, 1, 50).map(drop);
                };
                let mut appender = Appender::new(tx, workspace, now)?;
                let is_erased = match event.customer_id() {
                    Some(customer) => tx.erasure_of(workspace, customer.as_str())?.is_some(),
                    None => false,
                };
                let which = match &event {
                    Event::Interaction(told) => told.interaction_id,
                    _ => None,
                };
                let knows = match which {
                    Some(which) => tx.knows_event(workspace, which)?,
                    None => false,
                };
                let outcome = appender.append(&event)?;
                let is_void = matches!(&event, Event::Purchase(purchase) if purchase.void);
                let is_stored = !matches!(outcome, Outcome::Rejected(_));
                let again = if is_stored { Outcome::Duplicate } else { outcome.clone() };
                assert_eq!(appender.append(&event)?, again);
                if let Some(expected) = mend(&mut events, &event, knows, is_erased) {
                    match (&outcome, &expected) {
                        (Outcome::Rejected(told), Outcome::Rejected(rule)) => {
                            assert_eq!(told.code, rule.code);
                        }
                        _ => assert_eq!(outcome, expected),
                    }
                    return Ok(());
                }
                let event = if is_erased {
                    let Some(event) = nobodys(&event) else {
                        assert_eq!(outcome, Outcome::Accepted);
                        return Ok(());
                    };
                    event
                } else {
                    event
                };
                let before = events.iter().position(|earlier| {
                    number_of(&event).is_some() && number_of(earlier) == number_of(&event)
                });
                let was_stored = || {
                    let earlier = steps[..index].iter().enumerate();
                    earlier.filter_map(|(index, step)| event_of(index, step)).any(|earlier| {
                        let is_void =
                            matches!(&earlier, Event::Purchase(purchase) if purchase.void);
                        !is_void && number_of(&earlier) == number_of(&event)
                    })
                };
                let expected = match before {
                    None if is_void && was_stored() => Outcome::Duplicate,
                    None if is_void => {
                        assert!(!is_stored, "nothing was there to be taken back");
                        outcome.clone()
                    }
                    None => Outcome::Accepted,
                    Some(place) if content(&events[place]) == content(&event) => Outcome::Duplicate,
                    // What it takes the place of is as if it had never been.
                    Some(place) => {
                        events.remove(place);
                        Outcome::Updated
                    }
                };
                assert_eq!(outcome, expected);
                if matches!(outcome, Outcome::Accepted | Outcome::Updated) && !is_void {
                    events.push(event);
                }
                Ok(())
            })
            .unwrap();
    }
    events
}

/// Sums by dimension, currency, day and name of the key, straight from the events.
type ByName = BTreeMap<(Dimension, Currency, i32, String), Sums>;

fn expected_sums(events: &[Event]) -> ByName {
    let mut local = LocalTime::new(chrono_tz::Europe::London);
    let mut expected = ByName::new();
    for event in events {
        let Event::Purchase(purchase) = event else { continue };
        let (day, hour) = local.day_and_hour(purchase.occurred_at.unwrap());
        let (kind, currency) = (purchase.kind, purchase.currency);
        let mut add = |dimension, key: String, sums: &Sums| {
            expected.entry((dimension, currency, day, key)).or_default().add(sums);
        };
        let of_part = |amount: i64| {
            let mut sums = Sums::default();
            sums.add_amount(kind, amount, 0, Units::default());
            sums.add_order(kind);
            sums
        };
        let total = purchase.total_or_sum().unwrap().ten_thousandths();
        match purchase.state {
            State::Paid => {}
            State::Pending => {
                add(Dimension::Part, MoneyPart::Pending.key().to_string(), &of_part(total))
            }
            State::Cancelled => {
                add(Dimension::Part, MoneyPart::Cancelled.key().to_string(), &of_part(total));
            }
        }
        if purchase.state != State::Paid {
            continue;
        }
        let told = |amount: Option<Amount>| amount.unwrap_or_default().ten_thousandths();
        let (discount, shipping) = (told(purchase.discount), told(purchase.shipping));
        let mut whole = Sums::default();
        let quantity: u32 = purchase.items.iter().map(pieces).sum();
        whole.add_amount(
            kind,
            total - shipping + discount,
            discount,
            Quantity::from(quantity).into(),
        );
        whole.add_order(kind);
        let sale = kind == PurchaseKind::Sale;
        whole.anonymous_orders = i64::from(sale && purchase.customer_id.is_none());
        add(Dimension::Hour, hour.to_string(), &whole);
        add(Dimension::Country, purchase.country.clone().unwrap_or_default(), &whole);
        add(Dimension::Channel, String::new(), &whole);
        if shipping != 0 {
            add(Dimension::Part, MoneyPart::Shipping.key().to_string(), &of_part(shipping));
        }
        let mut products: BTreeMap<String, Sums> = BTreeMap::new();
        for (item, discount) in purchase.items.iter().zip(shares(purchase, discount)) {
            let sums = products.entry(item.product().unwrap().to_owned()).or_default();
            let amount = item.amount().unwrap().ten_thousandths();
            sums.add_amount(kind, amount, discount, item.quantity.into());
        }
        for (sku, mut sums) in products {
            sums.add_order(kind);
            add(Dimension::Product, sku, &sums);
        }
    }
    // What comes to nothing is not there.
    expected.retain(|_, sums| *sums != Sums::default());
    expected
}

fn pieces(item: &LineItem) -> u32 {
    u32::try_from(item.quantity.whole().unwrap()).unwrap()
}

/// What is taken off each line of a purchase: in proportion, rounded on the running sum; all of it on
/// the first where every line is free.
fn shares(purchase: &Purchase, discount: i64) -> Vec<i64> {
    let amounts: Vec<i64> =
        purchase.items.iter().map(|item| item.amount().unwrap().ten_thousandths()).collect();
    let all: i64 = amounts.iter().sum();
    // Whole cents are shared in whole cents.
    let unit = if discount % 100 == 0 { 100 } else { 1 };
    let (mut sum, mut given) = (0, 0);
    let share = |amount: &i64| {
        sum += amount;
        let exact = i128::from(discount / unit) * i128::from(sum);
        let upto = match i128::from(all) {
            0 => discount,
            all => unit * i64::try_from((2 * exact + all).div_euclid(2 * all)).unwrap(),
        };
        let share = upto - given;
        given = upto;
        share
    };
    amounts.iter().map(share).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(24)))]

    #[test]
    fn derived_rows_equal_a_recomputation_from_the_log(
        steps in steps(),
        from in 0_i32..70,
        length in 0_i32..75,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (store, workspace) = open(folder.path());
        let events = run(&store, &workspace, &steps);
        let expected = expected_sums(&events);
        let first = i32::try_from(FIRST_DAY).unwrap();
        let range = first + from..first + from + length;

        store.read::<_, StoreError>(|tx| {
            let derived = tx.derived(&workspace)?;
            let countries = tx.labels(workspace.id, crate::store::LabelKind::Country)?;
            let name = |dimension, key: u32| match dimension {
                Dimension::Hour => key.to_string(),
                Dimension::Country => countries.get(&key).cloned().unwrap_or_default(),
                Dimension::Channel => String::new(),
                Dimension::Product => tx.product_name(workspace.id, key).unwrap().sku,
                Dimension::Part => key.to_string(),
            };
            let dimensions = [
                Dimension::Hour,
                Dimension::Country,
                Dimension::Channel,
                Dimension::Product,
                Dimension::Part,
            ];
            for dimension in dimensions {
                for currency in [Currency::GBP, Currency::EUR] {
                    let wanted: BTreeMap<_, _> = expected
                        .iter()
                        .filter(|((d, c, day, _), _)| {
                            *d == dimension && *c == currency && range.contains(day)
                        })
                        .collect();
                    let mut by_day = ByName::new();
                    derived.each_day_sum(dimension, currency, range.clone(), |day, key, sums| {
                        let key = (dimension, currency, day, name(dimension, key));
                        by_day.entry(key).or_default().add(sums);
                    })?;
                    by_day.retain(|_, sums| *sums != Sums::default());
                    assert_eq!(by_day.iter().collect::<BTreeMap<_, _>>(), wanted);

                    let mut totals: BTreeMap<String, Sums> = BTreeMap::new();
                    for ((_, _, _, key), sums) in wanted {
                        totals.entry(key.clone()).or_default().add(sums);
                    }
                    let found = derived.total_sums(dimension, currency, range.clone())?;
                    for limit in [2, usize::MAX] {
                        let figure = |sums: &Sums| sums.refunds;
                        let count = |sums: &Sums| sums.refund_orders;
                        let largest = derived.largest_sums(
                            dimension, currency, range.clone(), limit, figure, count,
                        )?;
                        let mut wanted = Largest::default();
                        found.values().for_each(|sums| wanted.all.add(sums));
                        wanted.keys = found.iter().map(|(key, sums)| (*key, *sums)).collect();
                        wanted.keys.retain(|(_, sums)| sums.refund_orders > 0);
                        wanted.count = wanted.keys.len();
                        wanted.keys.sort_by_key(|(key, sums)| (std::cmp::Reverse(sums.refunds), *key));
                        wanted.keys.truncate(limit);
                        assert_eq!(largest, wanted);
                    }
                    let found: BTreeMap<_, _> =
                        found.into_iter().map(|(key, sums)| (name(dimension, key), sums)).collect();
                    assert_eq!(found, totals);
                }
            }
            Ok(())
        }).unwrap();
    }

    #[test]
    fn buyers_and_histories_equal_a_recomputation_from_the_log(
        steps in steps(),
        from in 0_i32..70,
        length in 0_i32..75,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (store, workspace) = open(folder.path());
        let events = run(&store, &workspace, &steps);
        prop_assert_eq!(store.check().unwrap().wrong, [""; 0]);
        let first = i32::try_from(FIRST_DAY).unwrap();
        let range = first + from..first + from + length;
        let mut local = LocalTime::new(workspace.timezone);

        store.read::<_, StoreError>(|tx| {
            let derived = tx.derived(&workspace)?;
            let number = |host_id: &str| tx.customer_number(workspace.id, host_id).unwrap().unwrap();
            let mut sets: BTreeMap<BuyersOf, BTreeMap<i32, BTreeSet<u32>>> = BTreeMap::new();
            let mut histories: BTreeMap<u32, Vec<(Timestamp, Option<i64>)>> = BTreeMap::new();
            let labels = tx.labels(workspace.id, crate::store::LabelKind::Country)?;
            for event in &events {
                let Some(customer) = event.customer_id() else { continue };
                let customer = number(customer.as_str()).0;
                let time = event.occurred_at().unwrap();
                if let Event::Interaction(told) = event {
                    let shown = tx.interaction_by_id(workspace.id, interaction_of(event).unwrap())?;
                    let shown = shown.map(|row| (row.customer.0, row.occurred_at, row.subject));
                    let wanted = (!told.void).then(|| (customer, time, told.subject.clone()));
                    assert_eq!(shown, wanted);
                    if told.void {
                        continue;
                    }
                }
                let day = local.day(time);
                let Event::Purchase(purchase) = event else {
                    histories.entry(customer).or_default().push((time, None));
                    continue;
                };
                let net = purchase.parts().unwrap().net().unwrap().ten_thousandths();
                let is_paid = purchase.state == State::Paid;
                histories.entry(customer).or_default().push((time, is_paid.then_some(net)));
                if !is_paid
                    || purchase.kind != PurchaseKind::Sale
                    || purchase.currency != Currency::GBP
                    || !range.contains(&day)
                {
                    continue;
                }
                let country = purchase.country.as_ref().map_or(0, |country| {
                    *labels.iter().find(|(_, text)| *text == country).unwrap().0
                });
                let products = purchase.items.iter().map(|item| {
                    let row = (1..2_000).find(|n| {
                        Some(tx.product_name(workspace.id, *n).unwrap().sku.as_str()) == item.product()
                    });
                    BuyersOf::Product(row.unwrap())
                });
                for of in products.chain([BuyersOf::All, BuyersOf::Country(country)]) {
                    sets.entry(of).or_default().entry(day).or_default().insert(customer);
                }
            }
            for of in sets.keys().copied().chain([BuyersOf::All, BuyersOf::Product(9_999)]) {
                let mut found: BTreeMap<i32, BTreeSet<u32>> = BTreeMap::new();
                let mut last_day = i32::MIN;
                derived.each_day_buyers(of, Currency::GBP, range.clone(), |day, set| {
                    assert!(day >= last_day, "days come in order");
                    last_day = day;
                    found.entry(day).or_default().extend(set.to_vec());
                })?;
                // Nobody is left where all was taken back.
                found.retain(|_, set| !set.is_empty());
                let distinct: BTreeSet<u32> = found.values().flatten().copied().collect();
                let mut united = BTreeSet::new();
                derived.buyers(of, Currency::GBP, range.clone())?.for_each(|customer| {
                    united.insert(customer);
                });
                assert_eq!(united, distinct);
                assert_eq!(Some(found).filter(|found| !found.is_empty()), sets.get(&of).cloned());
            }

            let total = |kind: HistoryKind| match kind {
                HistoryKind::Sale(_, amount) | HistoryKind::Refund(_, amount) => Some(amount.ten_thousandths()),
                HistoryKind::Unpaid | HistoryKind::Interaction => None,
            };
            let mut seen = Bits::default();
            let mut all: BTreeMap<u32, Vec<(Timestamp, Option<i64>)>> = BTreeMap::new();
            derived.each_buyer_history(range.clone(), |entries| {
                for entry in entries {
                    seen.insert(entry.customer);
                    let list = all.entry(entry.customer).or_default();
                    assert!(list.last().is_none_or(|(time, _)| *time <= entry.occurred_at));
                    list.push((entry.occurred_at, total(entry.kind)));
                }
            })?;
            let mut wanted: Vec<_> = all.values().cloned().collect();
            wanted.sort_unstable();
            for threads in [1, 3] {
                let new = || (LocalTime::new(workspace.timezone), BTreeMap::new());
                let shares = derived.gather_buyers(range.clone(), threads, new, |share, month, entries| {
                    let (local, histories) = share;
                    for entry in entries {
                        assert_eq!(month_of_day(local.day(entry.occurred_at)), month);
                        let list: &mut Vec<_> = histories.entry(entry.customer).or_default();
                        list.push((entry.occurred_at, total(entry.kind)));
                    }
                })?;
                assert_eq!(shares.len(), threads);
                let mut found: Vec<_> = shares.into_iter().flat_map(|(_, share)| share.into_values()).collect();
                found.sort_unstable();
                assert_eq!(found, wanted);
            }
            for (customer, mut wanted) in histories {
                let end = (Timestamp::from_millis(i64::MAX), 0);
                let history = derived.history(CustomerNumber(customer), end, 1_000)?;
                assert!(history.is_sorted_by(|a, b| a.occurred_at >= b.occurred_at));
                for limit in [1, 3] {
                    let latest = derived.history(CustomerNumber(customer), end, limit)?;
                    assert_eq!(latest, history[..limit.min(history.len())]);
                }
                let mut found: Vec<_> =
                    history.iter().map(|entry| (entry.occurred_at, total(entry.kind))).collect();
                found.sort_unstable();
                wanted.sort_unstable();
                assert_eq!(&found, &wanted);
                wanted.retain(|(time, total)| total.is_some() && range.contains(&local.day(*time)));
                let mut in_range = all.remove(&customer).unwrap_or_default();
                in_range.sort_unstable();
                assert_eq!(in_range, wanted);
            }
            assert!(all.is_empty());
            Ok(())
        }).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(48)))]

    #[test]
    fn histories_that_are_read_in_parts_are_those_of_the_first_snapshot(
        steps in steps(),
        at in 0.0_f64..1.0,
        (from, length) in (0_i32..70, 0_i32..70),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (store, workspace) = open(folder.path());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss,
            clippy::cast_precision_loss, reason = "a share of a hundred")]
        let first = (at * steps.len() as f64) as usize;
        let events = run(&store, &workspace, &steps[..first]);
        let start = i32::try_from(FIRST_DAY).unwrap() + from;
        let days = start..start + length;
        let mut wanted = Vec::new();
        let mut histories: BuyerHistories = store.read::<_, StoreError>(|tx| {
            let derived = tx.derived(&workspace)?;
            derived.each_buyer_history(days.clone(), |some| wanted.extend_from_slice(some))?;
            Ok(derived.buyer_histories(days))
        }).unwrap();

        let mut found = Vec::new();
        let mut read = || {
            let before = found.len();
            let part = store.read::<_, StoreError>(|tx| {
                histories.read(tx, 1, |some| found.extend_from_slice(some))
            }).unwrap();
            (part, found.len() - before)
        };
        let (mut part, _) = read();
        let erased_at = || {
            let of = |tx: &crate::store::ReadTx<'_>| Ok(tx.known_workspace(workspace.id)?.erased_at);
            store.read::<_, StoreError>(of).unwrap()
        };
        let erased_before = erased_at();
        // What comes in meanwhile, and is folded meanwhile, is not in there.
        run_from(first, events, &store, &workspace, &steps);
        store.write::<_, StoreError>(|tx| tx.fold(&workspace, 1, i64::MAX)).unwrap();
        while part == Part::More {
            part = read().0;
        }
        // What somebody has read in parts may have who was erased meanwhile: that has to begin anew.
        if part == Part::Gone {
            prop_assert_ne!(erased_at(), erased_before);
        } else {
            prop_assert_eq!(part, Part::Last);
            prop_assert_eq!(found, wanted);
        }
    }
}

#[test]
fn histories_of_what_was_unfolded_or_erased_meanwhile_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (store, workspace) = open(folder.path());
    let sale = Step::Purchase {
        customer: Some(1),
        refund: false,
        euro: false,
        day: 3,
        minute: 30,
        country: None,
        items: vec![(1, 2, 100)],
    };
    run(&store, &workspace, &[sale, Step::Fold]);
    let days = i32::try_from(FIRST_DAY).unwrap()..i32::try_from(FIRST_DAY).unwrap() + 70;
    let histories = || {
        let found = store
            .read::<_, StoreError>(|tx| Ok(tx.derived(&workspace)?.buyer_histories(days.clone())));
        found.unwrap()
    };
    let read = |mut histories: BuyerHistories| {
        let mut found = 0;
        let part = store
            .read::<_, StoreError>(|tx| histories.read(tx, usize::MAX, |some| found += some.len()));
        (part.unwrap(), found)
    };
    assert_eq!(read(histories()), (Part::Last, 1));
    let before = histories();
    store.write::<_, StoreError>(|tx| tx.unfold(&workspace)).unwrap();
    assert_eq!(read(before), (Part::Gone, 0));
    assert_eq!(read(histories()), (Part::Last, 1));
    let before = histories();
    assert!(store.erase_customer(workspace.id, "c1", "cli", time(0, 0)).unwrap().is_some());
    assert_eq!(read(before), (Part::Gone, 0));
    assert_eq!(read(histories()), (Part::Last, 0));
}

#[test]
fn a_history_that_cannot_be_read_is_told_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let (store, workspace) = open(folder.path());
    let sale = |customer| Step::Purchase {
        customer: Some(customer),
        refund: false,
        euro: false,
        day: customer % 70,
        minute: 30,
        country: None,
        items: vec![(1, 2, 100)],
    };
    let sales: Vec<_> = (0..200).map(sale).collect();
    run(&store, &workspace, &sales);
    store.write::<_, StoreError>(|tx| tx.fold(&workspace, 1, i64::MAX)).unwrap();
    let gather = |threads| {
        let days = i32::try_from(FIRST_DAY).unwrap()..i32::try_from(FIRST_DAY).unwrap() + 70;
        let count = |count: &mut usize, _, entries: &[_]| *count += entries.len();
        let gathered = store.read::<_, StoreError>(|tx| {
            tx.derived(&workspace)?.gather_buyers(days, threads, || 0, count)
        });
        gathered.map(|shares| shares.iter().sum::<usize>())
    };
    assert_eq!([gather(1).unwrap(), gather(2).unwrap()], [200; 2]);
    let cut = |key: &[u8], value: &mut Vec<u8>| {
        if Table::of(key) == Some(Table::Histories) {
            value.pop();
        }
    };
    store.write::<_, StoreError>(|tx| tx.rewrite_runs(workspace.id, cut)).unwrap();
    for threads in [1, 2] {
        assert!(matches!(gather(threads), Err(StoreError::Damaged(_))));
    }
    // What the thread that reads cannot read is told as well.
    store.run_sql("UPDATE run_blocks SET block = substr(block, 1, 2)");
    for threads in [1, 2] {
        assert!(matches!(gather(threads), Err(StoreError::Damaged(_))));
    }
}

#[test]
fn a_fold_that_was_overtaken_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (store, workspace) = open(folder.path());
    let sale = |customer| Step::Purchase {
        customer: Some(customer),
        refund: false,
        euro: false,
        day: 3,
        minute: 30,
        country: None,
        items: vec![(1, 2, 100)],
    };
    run(&store, &workspace, &[sale(1), sale(2), sale(3)]);
    let prepare = || {
        let prepared = store.read(|tx| tx.prepare_fold(&workspace, 1, 2));
        prepared.unwrap_or_else(|error: StoreError| panic!("{error}")).unwrap()
    };
    let apply = |prepared: &crate::store::PreparedFold| {
        store.write::<_, StoreError>(|tx| tx.apply_fold(prepared)).unwrap()
    };
    let agrees = |workspace: &Workspace| {
        assert_eq!(store.check().unwrap().wrong, [""; 0], "{workspace:?}");
    };
    let (first, late) = (prepare(), prepare());
    assert!(apply(&first));
    assert!(!apply(&late));
    agrees(&workspace);

    store.write::<_, StoreError>(|tx| tx.unfold(&workspace)).unwrap();
    let of_london = prepare();
    let moved = Workspace { timezone: chrono_tz::Asia::Tokyo, ..workspace.clone() };
    store.write::<_, StoreError>(|tx| tx.change_workspace(&moved)).unwrap();
    assert!(!apply(&of_london));
    agrees(&moved);
}

#[test]
fn a_merge_of_before_somebody_was_erased_brings_nothing_back() {
    let sale = |customer| Step::Purchase {
        customer: Some(customer),
        refund: false,
        euro: false,
        day: customer % 60,
        minute: 30,
        country: Some(customer % 3),
        items: vec![(u16::from(customer), 2, 100)],
    };
    // It was prepared before and is to be written now; or a step of it was written before.
    for steps_before in [0, 1] {
        let folder = tempfile::tempdir().unwrap();
        let (store, workspace) = open(folder.path());
        let prepare = || {
            let prepare = |tx: &crate::store::ReadTx<'_>| tx.prepare_merge(workspace.id);
            store.read::<_, StoreError>(prepare).unwrap()
        };
        let apply = |step: crate::store::PreparedMerge| {
            store.write::<_, StoreError>(|tx| tx.apply_merge(&step)).unwrap()
        };
        let (mut steps, mut events) = (Vec::new(), Vec::new());
        while prepare().is_none() {
            let before = steps.len();
            steps.extend((0..90).map(sale));
            events = run_from(before, events, &store, &workspace, &steps);
            store.write::<_, StoreError>(|tx| tx.fold(&workspace, 1, i64::MAX)).unwrap();
        }
        for _ in 0..steps_before {
            assert!(apply(prepare().unwrap()));
        }
        let late = prepare().unwrap();
        assert!(store.erase_customer(workspace.id, "c1", "cli", time(0, 0)).unwrap().is_some());
        assert!(!apply(late));
        store.merge_runs(&workspace).unwrap();
        assert_eq!(store.check().unwrap().wrong, [""; 0], "{steps_before}");
    }
}

#[test]
fn a_fold_ends_where_purchases_of_many_lines_weigh_enough() {
    let folder = tempfile::tempdir().unwrap();
    let (store, workspace) = open(folder.path());
    let sale = |lines: u16| Step::Purchase {
        customer: Some(1),
        refund: false,
        euro: false,
        day: 3,
        minute: 30,
        country: None,
        items: (0..lines).map(|sku| (sku, 1, 100)).collect(),
    };
    run(&store, &workspace, &[sale(1), sale(200), sale(200), sale(1), sale(1)]);
    let folded =
        |at_most| store.write::<_, StoreError>(|tx| tx.fold(&workspace, 1, at_most)).unwrap();
    let unfolded = store.read::<_, StoreError>(|tx| tx.unfolded(&workspace)).unwrap();
    assert!(unfolded > 5 + 2 * 20, "{unfolded}");
    // The first two weigh 42, the third 41 more.
    let left = folded(42);
    assert!(left < unfolded - 20 && left > 3 + 20, "{left}");
    assert_eq!(folded(41), 2);
    assert_eq!(folded(i64::MAX), 0);
    assert_eq!(store.check().unwrap().wrong, [""; 0]);
}
