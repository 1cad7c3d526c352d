//! What is suggested to whom, on made-up shops whose habits are known.

use super::*;

/// Numbers as dice would give them (xorshift, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 32) % u64::from(sides)).unwrap()
    }
}

/// Customers from 1 on with a few habits each among items 1 to 40, who buy some of them on each of
/// their visits and something at random beside; 50 and 51 go together.
fn shop(customers: u32) -> Vec<(u32, i32, Vec<u32>)> {
    let mut dice = Dice(5);
    let mut visits = Vec::new();
    for customer in 1..=customers {
        let habits: Vec<u32> = (0..4).map(|_| 1 + dice.roll(40)).collect();
        let mut day = i32::try_from(dice.roll(30)).unwrap();
        for _ in 0..2 + dice.roll(5) {
            let mut items: Vec<u32> = habits.iter().copied().filter(|_| dice.roll(3) > 0).collect();
            items.push(1 + dice.roll(40));
            if dice.roll(6) == 0 {
                items.extend([50, 51]);
            }
            visits.push((customer, day, items));
            day += i32::try_from(5 + dice.roll(20)).unwrap();
        }
    }
    visits
}

fn baskets(of: &[(u32, i32, Vec<u32>)]) -> Baskets {
    let mut baskets = Baskets::new();
    of.iter().for_each(|(customer, day, items)| assert!(baskets.push(*customer, *day, items)));
    baskets
}

fn fit(of: &[(u32, i32, Vec<u32>)]) -> NextItems {
    NextItems::fit(&baskets(of), 1)
}

#[test]
fn what_is_bought_each_time_comes_first_and_says_so() {
    let mut of = shop(60);
    of.extend((0..6).map(|visit| (100, visit * 10, vec![7, 20 + u32::try_from(visit).unwrap()])));
    let next = fit(&of).predict(100, None, 3);
    assert_eq!(next[0].item, 7);
    assert_eq!(next[0].reason, Reason::Bought { times: 6, last_day: 50 });
    assert!(next.windows(2).all(|two| two[0].score >= two[1].score));
}

#[test]
fn a_customer_of_many_visits_is_told_all_days_of_a_habit() {
    let mut of = shop(60);
    of.extend((0..400).map(|visit| (100, visit, vec![7, 20 + u32::try_from(visit % 9).unwrap()])));
    let next = fit(&of).predict(100, None, 1);
    assert_eq!(next[0].item, 7);
    assert_eq!(next[0].reason, Reason::Bought { times: 400, last_day: 399 });
}

#[test]
fn what_goes_with_the_basket_is_suggested_with_the_item_it_goes_with() {
    let mut of = shop(200);
    of.push((300, 40, vec![50]));
    let next = fit(&of).predict(300, None, 2);
    let found = next.iter().find(|suggestion| suggestion.item == 51).unwrap();
    let Reason::Together { with: 50, lift } = found.reason else { panic!("{found:?}") };
    let with = of.iter().filter(|visit| visit.2.contains(&50)).count() as f64;
    // Everybody who bought 51 bought 50 too.
    let expected = of.len() as f64 / with;
    assert!((lift - expected).abs() < 1e-3 * expected, "{lift} {expected}");
}

#[test]
fn who_has_bought_nothing_is_offered_what_is_popular_now() {
    let mut of = shop(60);
    let last = of.iter().map(|visit| visit.1).max().unwrap();
    of.extend((0..30).map(|visit| (ANONYMOUS, last - visit % 10, vec![60])));
    let learned = fit(&of);
    for customer in [ANONYMOUS, 9_999] {
        let next = learned.predict(customer, None, 5);
        assert_eq!((next.len(), next[0].item), (5, 60), "{next:?}");
        assert_eq!(next[0].reason, Reason::Popular { baskets: 30, days: 30 });
    }
    let then = learned.predict(9_999, Some(last - 60), 5);
    assert!(then.iter().all(|suggestion| suggestion.item != 60));
}

#[test]
fn weights_are_learned_and_do_no_worse_than_frequency() {
    let learned = fit(&shop(400));
    let blend = learned.blend();
    assert!(blend.learned && blend.missing_customers() == 0, "{blend:?}");
    assert_eq!(blend.customers, 400);
    let (recall, frequency) = (blend.recall.unwrap(), blend.recall_by_frequency.unwrap());
    assert!(recall >= frequency && frequency > 0.5, "{recall} {frequency}");
}

#[test]
fn with_few_customers_the_weights_are_given_and_what_is_missing_is_said() {
    let learned = fit(&shop(12));
    let blend = learned.blend();
    assert!(!blend.learned && blend.recall.is_none());
    assert_eq!(blend.missing_customers(), 28);
    assert_eq!(learned.predict(3, None, 4).len(), 4);
}

#[test]
fn neither_threads_nor_the_order_of_baskets_change_a_suggestion() {
    let mut of = shop(90);
    // A day's purchase in two parts.
    of.push((5, 0, vec![1, 2]));
    of.push((5, 0, vec![2, 3]));
    let one = fit(&of);
    let customers: Vec<u32> = one.customers().collect();
    let expected = one.predict_all(&customers, None, 10, 1);
    of.reverse();
    let other = NextItems::fit(&baskets(&of), 3);
    assert_eq!(other.blend(), one.blend());
    assert_eq!(other.predict_all(&customers, None, 10, 4), expected);
    for (customer, next) in customers.iter().zip(&expected).step_by(13) {
        assert_eq!(&other.predict(*customer, None, 10), next);
    }
}

#[test]
fn nothing_extreme_days_and_any_number_wanted_are_answered() {
    assert_eq!(fit(&[]).predict(1, None, 10), []);
    let single = fit(&[(4, i32::MIN, vec![2]), (4, i32::MAX, vec![0, 3]), (9, 0, vec![1])]);
    assert_eq!(single.predict(4, None, 0), []);
    for customer in [0, 4, 9, u32::MAX] {
        let mut items: Vec<u32> =
            single.predict(customer, None, usize::MAX).iter().map(|s| s.item).collect();
        items.sort_unstable();
        assert_eq!(items, [0, 1, 2, 3]);
    }
    assert!(single.predict(4, None, 9).iter().all(|one| (0.0..=1.0).contains(&one.score)));
    let alike: Vec<_> = (1..100).flat_map(|c| [(c, 0, vec![1]), (c, 1, vec![1])]).collect();
    assert_eq!(fit(&alike).predict(50, None, 3).len(), 1);
}
