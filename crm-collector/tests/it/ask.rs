//! Questions in plain words. Suites of them, in English and Russian, are read from `ask/*.tsv`: the text, a tab, and the
//! question that it comes to as JSON, or `declined`; several right ones are parted by `||`; behind one more tab may
//! stand the question before. They are asked of the workspace in `ask/world.json`.
//!
//! Two questions are the same where they are about the same: a range is its days, and a field is what it is where it
//! is left out.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crm_api::question::Question;
use crm_api::{Asked, DateRange, Focus, Language};
use crm_collector::assistant::ask::{
    Customer, MOST_CHARACTERS, Order, Outcome, Product, Shop, beginnings, understand,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::shop::Shop as OpenShop;

/// Of a hundred questions so many have to come out right; none may come out wrong.
const RIGHT: usize = 90;

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/it/ask"].iter().collect()
}

fn world() -> Shop {
    let text = std::fs::read_to_string(folder().join("world.json")).unwrap();
    let world: Value = serde_json::from_str(&text).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list = |name: &str| world[name].as_array().unwrap().clone();
    let texts = |name: &str| list(name).iter().filter_map(text).collect();
    let product = |one: &Value| Product {
        sku: text(&one["sku"]).unwrap(),
        name: text(&one["name"]),
        category: text(&one["category"]),
    };
    let customer =
        |one: &Value| Customer { id: text(&one["id"]).unwrap(), name: text(&one["name"]) };
    let order =
        |one: &Value| Order { source: text(&one["source"]), number: text(&one["number"]).unwrap() };
    Shop {
        today: world["today"].as_str().unwrap().parse().unwrap(),
        currency: Some(world["currency"].as_str().unwrap().parse().unwrap()),
        products: list("products").iter().map(product).collect(),
        countries: texts("countries"),
        channels: texts("channels"),
        customers: list("customers").iter().map(customer).collect(),
        orders: list("orders").iter().map(order).collect(),
    }
}

/// What a question is about, whichever of the ways to write it was taken.
fn meaning(question: &Question, shop: &Shop) -> Value {
    let mut meant = serde_json::to_value(question).unwrap();
    let tomorrow = shop.today.succ_opt().unwrap().to_string();
    if meant["question"] == "cohorts" {
        (meant["question"], meant["name"]) = (json!("report"), json!("cohorts"));
    }
    if let Some(range) = meant["range"].as_str().map(str::to_owned) {
        let days = range.parse::<DateRange>().unwrap().days(shop.today);
        meant["range"] = Value::Null;
        meant["from"] = json!(days.start.to_string());
        meant["to"] = json!(days.end.to_string());
    }
    // What is still to come is in no report.
    if meant["to"].as_str().is_some_and(|to| *to > *tomorrow) {
        meant["to"] = json!(tomorrow);
    }
    let own = shop.currency.map(|currency| currency.to_string());
    if meant["currency"].as_str() == own.as_deref() {
        meant["currency"] = Value::Null;
    }
    let mut set = |name: &str, unless: &Value| {
        if meant.get(name) == Some(unless) {
            meant[name] = Value::Null;
        }
    };
    set("limit", &json!(0));
    match question {
        Question::Report(report) => {
            set("limit", &json!(100));
            if report.name == crm_api::answer::ReportName::Sales {
                set("bucket", &json!("month"));
            }
        }
        Question::Forecast(forecast) => {
            let usual = crm_api::question::Forecast { horizon: None, ..forecast.clone() };
            set("horizon", &json!(usual.periods_ahead()));
            set("limit", &json!(10));
        }
        Question::Purchases(list) if list.purchase_id.is_some() => {
            return json!({ "order": list.purchase_id });
        }
        Question::Purchase(one) => return json!({ "order": one.purchase_id }),
        Question::FindCustomers(find) => {
            let q = [&find.q, &find.name, &find.email, &find.phone, &find.customer_id];
            return json!({ "find": q.into_iter().flatten().next() });
        }
        _ => {}
    }
    let fields = meant.as_object().unwrap().clone();
    Value::Object(fields.into_iter().filter(|(_, value)| !value.is_null()).collect())
}

/// What came of a suite.
#[derive(Default)]
struct Tally {
    right: usize,
    declined: Vec<String>,
    wrong: Vec<String>,
}

fn ask_all(name: &str, shop: &Shop) -> Option<Tally> {
    let suite = std::fs::read_to_string(folder().join(name)).ok()?;
    let mut tally = Tally::default();
    let questions = suite.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    for line in questions {
        let mut columns = line.split('\t').map(str::trim);
        let text = columns.next().unwrap();
        let expected = columns.next().unwrap_or_else(|| panic!("{name}: nothing behind {text:?}"));
        let before = columns.next().filter(|before| !before.is_empty()).map(|before| Asked {
            question: serde_json::from_str(before).unwrap(),
            focus: Focus::default(),
        });
        let allowed: Vec<_> = expected.split("||").map(str::trim).collect();
        let may_decline = allowed.contains(&"declined");
        let meant: Vec<_> = allowed
            .iter()
            .filter(|one| **one != "declined")
            .map(|one| serde_json::from_str(one).unwrap_or_else(|e| panic!("{name}: {one}: {e}")))
            .map(|question| meaning(&question, shop))
            .collect();
        match understand(text, shop, None, before.as_ref()).unwrap() {
            Outcome::Understood(understood) => {
                let got = meaning(&understood.asked.question, shop);
                match meant.contains(&got) {
                    true => tally.right += 1,
                    false => tally.wrong.push(format!("{text}\n    got {got}\n    not {expected}")),
                }
            }
            Outcome::Declined(_) if may_decline => tally.right += 1,
            Outcome::Declined(declined) => {
                tally.declined.push(format!("{text}\n    {}", declined.why));
            }
        }
    }
    Some(tally)
}

#[test]
fn questions_in_both_languages_are_answered_right_or_declined() {
    let shop = world();
    let mut failed = Vec::new();
    for name in ["own-en.tsv", "own-ru.tsv", "en.tsv", "ru.tsv"] {
        let Some(Tally { right, declined, wrong }) = ask_all(name, &shop) else {
            assert!(!name.starts_with("own"), "{name} is missing");
            println!("{name}: there is none");
            continue;
        };
        let all = right + declined.len() + wrong.len();
        let share = |count: usize| 100.0 * count as f64 / all.max(1) as f64;
        println!(
            "{name}: {all} questions, {:.1} % right, {:.1} % declined, {:.1} % wrong",
            share(right),
            share(declined.len()),
            share(wrong.len())
        );
        println!("declined:\n  {}\nwrong:\n  {}", declined.join("\n  "), wrong.join("\n  "));
        if right * 100 < RIGHT * all || !wrong.is_empty() || all == 0 {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn what_is_offered_instead_is_understood() {
    let shop = world();
    let texts = [
        "how many visitors did we have",
        "profit last month",
        "stock of party bunting",
        "sales by category",
        "jumbo bag sales",
        "sales to Canada",
        "worst products",
        "best salesperson",
        "gibberish",
        "what sells together",
        "what will they buy next",
        "customers who spent more than 100",
        "sales except France",
        "сколько было посетителей",
        "прибыль за год",
        "остатки на складе",
        "продажи по категориям",
        "худшие товары",
        "продажи в Канаду",
        "абракадабра",
        "что покупают вместе",
        "погода",
        "отзывы",
        "доставка",
        "план продаж",
    ];
    for text in texts {
        let Outcome::Declined(declined) = understand(text, &shop, None, None).unwrap() else {
            panic!("{text} is answered");
        };
        assert!(!declined.why.is_empty() && declined.examples.len() >= 2, "{text}: {declined:?}");
        for example in &declined.examples {
            let outcome = understand(example, &shop, None, None).unwrap();
            assert!(matches!(outcome, Outcome::Understood(_)), "{text} -> {example}: {outcome:?}");
        }
    }
    for language in [Language::English, Language::Russian] {
        assert_eq!(beginnings(&shop, language).len(), 3);
        // A workspace in which nothing was sold has questions to begin with as well.
        let empty = Shop { today: shop.today, ..Shop::default() };
        assert!(beginnings(&empty, language).len() >= 2);
    }
}

#[test]
fn a_text_that_is_too_long_is_told_how_long_it_may_be() {
    let shop = world();
    let long = "sales ".repeat(MOST_CHARACTERS);
    let error = understand(&long, &shop, None, None).unwrap_err();
    assert_eq!(error.to_string(), "a question has at most 500 characters, 3000 given");
    // The longest there may be, of what takes longest, is read in bounded time.
    for word in ["jumbo ", "с ", "1 ", "по ", "зонт ", "between ", "\"", "2011-", "in the "]
    {
        let text: String = word.chars().cycle().take(MOST_CHARACTERS).collect();
        let begun = Instant::now();
        understand(&text, &shop, None, None).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(10), "{word}: {:?}", begun.elapsed());
    }
}

/// Words of questions, names, and what is neither.
fn any_words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "sales",
            "last",
            "month",
            "by",
            "country",
            "France",
            "why",
            "will",
            "and",
            "from",
            "to",
            "top",
            "10",
            "2011",
            "november",
            "customer",
            "c-1",
            "party",
            "bunting",
            "jumbo",
            "not",
            "between",
            "Q3",
            "5",
            "half",
            "ago",
            "продажи",
            "за",
            "прошлый",
            "месяц",
            "по",
            "странам",
            "с",
            "до",
            "почему",
            "клиент",
            "чая",
            "Франции",
            "и",
            "в",
            "году",
            "топ",
            "прогноз",
            "на",
            "недель",
            "end",
            "of",
            "the",
            "year",
            "начала",
            "следующий",
            "через",
            "«",
            "»",
            "31",
            "30",
            "february",
            "99999999999999999999",
            "-",
            "/",
            ".",
            "05.11.2011",
            "2011-13-45",
            "order",
            "заказ",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,12}",
        any::<String>().prop_map(|text| text.chars().take(20).collect()),
    ];
    prop::collection::vec(word, 0..40).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered_or_declined(text in any_words(), before in any_words()) {
        let shop = world();
        let before: String = before.chars().take(MOST_CHARACTERS).collect();
        let before = match understand(&before, &shop, None, None).unwrap() {
            Outcome::Understood(understood) => Some(understood.asked),
            Outcome::Declined(_) => None,
        };
        match understand(&text, &shop, None, before.as_ref()) {
            Ok(Outcome::Understood(understood)) => {
                // What was understood can be asked.
                let question = &understood.asked.question;
                match question {
                    Question::Report(report) => prop_assert_eq!(report.check(), Ok(())),
                    Question::Forecast(forecast) => prop_assert_eq!(forecast.check(), Ok(())),
                    _ => {}
                }
                let written = serde_json::to_string(question).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Question>(&written).unwrap(), question);
                prop_assert!(!understood.as_understood.is_empty());
            }
            Ok(Outcome::Declined(declined)) => prop_assert!(!declined.why.is_empty()),
            Err(_) => prop_assert!(text.chars().count() > MOST_CHARACTERS),
        }
    }

    #[test]
    fn a_text_of_any_length_is_answered_declined_or_too_long(text in "(\\PC|\\pC){0,10000}") {
        let long = text.chars().count() > MOST_CHARACTERS;
        prop_assert_eq!(understand(&text, &world(), None, None).is_err(), long);
    }
}

fn sale(number: usize, country: &str, day: &str, price: &str) -> Value {
    json!({ "purchase_id": format!("o-{number}"), "customer_id": format!("c-{}", number % 3),
        "currency": "EUR", "country": country, "channel": "web", "occurred_at": format!("{day}T10:00:00Z"),
        "items": [{ "sku": "MUG", "name": "Stoneware Mug", "quantity": 2, "unit_price": price }] })
}

async fn open() -> OpenShop {
    let mut shop = OpenShop::open().await;
    let sales = [
        sale(1, "France", "2026-01-05", "10.00"),
        sale(2, "Germany", "2026-02-05", "20.00"),
        sale(3, "France", "2026-02-06", "30.00"),
    ];
    shop.accept(&sales).await;
    shop
}

async fn ask(app: &TestApp, key: &str, body: Value) -> Value {
    app.post("/v1/ask", body).key(key).send().await.expect(200).json()
}

#[tokio::test]
async fn a_question_in_words_is_answered_as_its_own_path_answers_it() {
    let shop = open().await;
    let (app, key) = (&shop.app, &shop.key);
    let asked =
        ask(app, key, json!({ "text": "How much did we sell in France last month?" })).await;
    assert_eq!(asked["understood"], "Net sales, France, last month");
    assert_eq!(asked["question"]["name"], "countries");
    assert_eq!(asked["says"], "France: €60 net sales, 60.0\u{202f}% of the whole (€100).");
    assert_eq!(asked["command"], "crm-collector report countries --range last-month");
    let address = asked["address"].as_str().unwrap();
    assert_eq!(address, "/v1/reports/countries?range=last-month");
    let direct = app.get(address).key(key).send().await.expect(200).json();
    assert_eq!(asked["answer"], direct);

    let before = json!({ "question": asked["question"], "focus": asked["focus"] });
    let more = json!({ "text": "а в Германии?", "before": before });
    let more = ask(app, key, more).await;
    assert_eq!(
        more["says"],
        "Germany: 40\u{a0}€ (чистая выручка), 40,0\u{202f}% от всего (100\u{a0}€)."
    );

    let named = ask(app, key, json!({ "text": "who bought the stonware mug in february" })).await;
    assert_eq!(named["question"]["sku"], "MUG");
    assert_eq!(named["answer"]["purchases"].as_array().unwrap().len(), 2);
    let order = ask(app, key, json!({ "text": "заказ o-2" })).await;
    assert_eq!(order["answer"]["purchase"]["total"], "40.00");
    let customer = ask(app, key, json!({ "text": "how much did customer c-2 spend?" })).await;
    assert_eq!(customer["answer"]["worth"][0]["net"], "40.00");

    let declined = ask(app, key, json!({ "text": "how many visitors last week?" })).await;
    assert!(declined["declined"].as_str().unwrap().starts_with("I can't see visits"));
    assert_eq!(declined["examples"].as_array().unwrap().len(), 3);
    let in_russian = json!({ "text": "how many visitors last week?", "language": "ru" });
    let declined = ask(app, key, in_russian).await;
    assert!(declined["declined"].as_str().unwrap().starts_with("Посещений"));
}

#[tokio::test]
async fn what_is_no_question_is_refused_with_its_field() {
    let shop = open().await;
    let send = |body: Value| shop.app.post("/v1/ask", body).key(&shop.key).send();
    let long = send(json!({ "text": "sales ".repeat(100) })).await.problem(400, "too_long");
    assert_eq!(long["field"], "text", "{long}");
    let language = json!({ "text": "sales", "language": "de" });
    let language = send(language).await.problem(400, "invalid_field");
    assert!(language.to_string().contains("one of en, ru"), "{language}");
    send(json!({})).await.problem(400, "missing_field");
    let before = json!({ "text": "and last year?", "before": { "question": { "question": "x" } } });
    send(before).await.problem(400, "invalid_field");
}
