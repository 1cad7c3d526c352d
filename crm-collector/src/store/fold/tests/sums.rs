//! Sums, folded whenever, are those of a recomputation.

use std::collections::BTreeMap;

use crm_models::{Amount, Currency, Event, LineItem, Purchase, PurchaseKind, Quantity, State};
use proptest::prelude::*;

use super::log::{open, run};
use super::steps::{FIRST_DAY, cases, steps};
use crate::facts::{Dimension, Largest, LocalTime, Part as MoneyPart, Sums, Units};
use crate::store::StoreError;

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
}
