//! Interactions that take the place of what is stored, and those that are taken back.

use serde_json::{Value, json};

use crate::shop::Shop;

fn id(number: u32) -> String {
    format!("01960000-0000-7000-a000-{number:012}")
}

fn note(number: u32, hour: u32, subject: &str) -> Value {
    json!({ "type": "interaction", "id": id(number), "customer_id": "c", "kind": "note",
        "occurred_at": format!("2025-09-01T{hour:02}:00:00Z"), "subject": subject })
}

fn with(mut event: Value, told: Value) -> Value {
    let Value::Object(told) = told else { panic!("fields") };
    event.as_object_mut().unwrap().extend(told);
    event
}

/// Sends a batch; how many were accepted, updated, superseded and duplicate, and what was rejected.
async fn send(shop: &Shop, events: &[Value]) -> ([u64; 4], Vec<Value>) {
    let batch = json!({ "events": events });
    let verdict = shop.app.post("/v1/events", batch).key(&shop.key).send().await.expect(200).json();
    let counts = ["accepted", "updated", "superseded", "duplicate"]
        .map(|name| verdict[name].as_u64().unwrap_or_default());
    let rejected = verdict["rejected"].as_array().unwrap().iter();
    let told = rejected.map(|one| json!([one["index"], one["code"], one["field"]]));
    (counts, told.collect())
}

async fn timeline(shop: &Shop, customer: &str) -> Vec<String> {
    let path = format!("/v1/customers/{customer}/timeline");
    let page = shop.app.get(&path).key(&shop.key).send().await.expect(200).json();
    let entries = page["entries"].as_array().unwrap().iter();
    entries.map(|entry| entry["subject"].as_str().unwrap().to_owned()).collect()
}

async fn shown(shop: &Shop, number: u32) -> Value {
    let path = format!("/v1/interactions/{}", id(number));
    shop.app.get(&path).key(&shop.key).send().await.expect(200).json()
}

/// Subjects and actors of all versions, the oldest first.
async fn versions(shop: &Shop, number: u32) -> Vec<(Value, Value)> {
    let shown = shown(shop, number).await;
    let versions = shown["versions"].as_array().unwrap().iter();
    versions.map(|one| (one["interaction"]["subject"].clone(), one["actor"].clone())).collect()
}

#[tokio::test]
async fn a_corrected_interaction_stands_in_the_timeline_at_its_time_and_keeps_its_past() {
    let shop = Shop::open().await;
    let three = [note(1, 8, "first"), note(2, 9, "second"), note(3, 10, "third")];
    assert_eq!(send(&shop, &three).await, ([3, 0, 0, 0], vec![]));
    let path = format!("/v1/interactions/{}", id(2));
    let put = async |body: Value| {
        let answer = shop.app.put(&path, body).by(&shop.owner).send().await;
        (answer.status.as_u16(), answer.json()["status"].clone())
    };
    // At the same time it stays where it was; at another it moves.
    assert_eq!(put(note(20, 9, "second, mended")).await, (200, json!("updated")));
    assert_eq!(timeline(&shop, "c").await, ["third", "second, mended", "first"]);
    assert_eq!(put(note(20, 9, "second, mended")).await, (200, json!("duplicate")));
    assert_eq!(put(note(21, 11, "second, later")).await, (200, json!("updated")));
    assert_eq!(timeline(&shop, "c").await, ["second, later", "third", "first"]);
    // It may have been with somebody else.
    let moved = with(note(22, 11, "of d"), json!({ "customer_id": "d" }));
    assert_eq!(put(moved).await, (200, json!("updated")));
    assert_eq!(timeline(&shop, "c").await, ["third", "first"]);
    assert_eq!(timeline(&shop, "d").await, ["of d"]);
    let person = json!("user:1");
    let expected = [
        (json!("second"), Value::Null),
        (json!("second, mended"), person.clone()),
        (json!("second, later"), person.clone()),
        (json!("of d"), person.clone()),
    ];
    assert_eq!(versions(&shop, 2).await, expected);
    let now = shown(&shop, 2).await["interaction"].clone();
    assert_eq!((&now["id"], &now["customer_id"]), (&json!(id(2)), &json!("d")));

    shop.app.delete(&path).by(&shop.owner).send().await.expect(204);
    shop.app.delete(&path).by(&shop.owner).send().await.problem(404, "not_found");
    assert_eq!(timeline(&shop, "d").await, [""; 0]);
    assert_eq!(shown(&shop, 2).await["interaction"], Value::Null);
    assert_eq!(versions(&shop, 2).await[4], (Value::Null, person));
    // Sent again, it does not come back; corrected, it does.
    assert_eq!(send(&shop, &[note(2, 9, "second")]).await, ([0, 0, 0, 1], vec![]));
    assert_eq!(put(note(23, 9, "second, after all")).await, (201, json!("accepted")));
    assert_eq!(timeline(&shop, "c").await, ["third", "second, after all", "first"]);
    let path = format!("/v1/interactions/{}?limit=2", id(2));
    let page = shop.app.get(&path).key(&shop.key).send().await.expect(200).json();
    let next = page["next_after"].as_str().unwrap();
    let page = shop.app.get(&format!("{path}&after={next}")).key(&shop.key).send().await.json();
    let subjects: Vec<_> = page["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["interaction"]["subject"])
        .collect();
    assert_eq!(subjects, ["second, later", "of d"]);
    for nobody in [id(9), "no-id".to_owned()] {
        let path = format!("/v1/interactions/{nobody}");
        shop.app.get(&path).key(&shop.key).send().await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn which_version_of_an_interaction_counts_its_sender_says() {
    let shop = Shop::open().await;
    let of = |number: u32, event: u32, subject: &str, told: Value| {
        with(with(note(event, 9, subject), json!({ "interaction_id": id(number) })), told)
    };
    let at = |hour: u32| json!({ "updated_at": format!("2025-09-02T{hour:02}:00:00Z") });
    let replace = || json!({ "replace": true });
    let void = |more: Value| with(more, json!({ "void": true }));
    let events = [
        note(1, 9, "a"),
        of(1, 2, "b", at(9)),
        of(1, 3, "late", at(8)),
        of(1, 3, "late", at(8)),
        of(1, 4, "other", at(9)),
        of(1, 5, "b", replace()),
        of(1, 6, "c", replace()),
        // An id stands for one event: sent again it changes nothing, and something else under it is told.
        of(1, 2, "b", at(9)),
        of(1, 2, "d", replace()),
        // The same event once more, changed, says when.
        with(note(1, 9, "e"), json!({ "updated_at": "2030-01-01T00:00:00Z" })),
    ];
    let (counts, rejected) = send(&shop, &events).await;
    assert_eq!(counts, [1, 2, 2, 2]);
    let told = [
        json!([4, "conflict", "updated_at"]),
        json!([8, "conflict", "id"]),
        json!([9, "out_of_range", "updated_at"]),
    ];
    assert_eq!(rejected, told);
    assert_eq!(timeline(&shop, "c").await, ["c"]);

    // The same with the id of the first event, as whoever sends all that has changed does.
    let again = [
        with(note(30, 9, "a"), at(7)),
        with(note(30, 9, "b"), at(9)),
        with(note(30, 9, "a"), at(7)),
        with(note(30, 9, "b"), at(9)),
        note(30, 9, "whatever"),
    ];
    assert_eq!(send(&shop, &again).await, ([1, 1, 0, 3], vec![]));
    assert_eq!(timeline(&shop, "c").await, ["b", "c"]);

    // A correction that comes first is the first version, and what it corrects comes too late.
    assert_eq!(
        send(&shop, &[of(40, 41, "mended", at(9)), note(40, 9, "first")]).await,
        ([1, 0, 0, 1], vec![])
    );
    let taken_back = [
        of(40, 42, "", void(at(8))),
        of(40, 43, "", void(at(10))),
        of(40, 43, "", void(at(10))),
        of(40, 44, "earlier", at(9)),
        of(40, 45, "", void(json!({}))),
        of(99, 46, "", void(json!({}))),
        // Of another kind of event.
        of(47, 48, "", replace()),
    ];
    let customer = json!({ "type": "customer", "id": id(47), "customer_id": "c" });
    send(&shop, &[customer]).await;
    let (counts, rejected) = send(&shop, &taken_back).await;
    assert_eq!(counts, [0, 1, 2, 2]);
    let told =
        [json!([5, "not_found", "interaction_id"]), json!([6, "conflict", "interaction_id"])];
    assert_eq!(rejected, told);
    assert_eq!(timeline(&shop, "c").await, ["b", "c"]);
    let unnamed = with(note(50, 9, "x"), json!({ "interaction_id": id(1) }));
    let told = [json!([0, "invalid_field", "interaction_id"])];
    assert_eq!(send(&shop, &[unnamed]).await.1, told);
}

#[tokio::test]
async fn what_takes_an_interaction_back_before_it_comes_can_be_tried_again() {
    let shop = Shop::open().await;
    let void = with(note(2, 9, "x"), json!({ "interaction_id": id(1), "void": true }));
    assert_eq!(send(&shop, &[void]).await.1, [json!([0, "not_found", "interaction_id"])]);
    assert_eq!(send(&shop, &[note(1, 9, "first")]).await.0, [1, 0, 0, 0]);
    let replayed = shop.app.post("/v1/rejected/replay", json!({})).by(&shop.owner).send().await;
    assert_eq!(replayed.expect(200).json()["updated"], 1);
    assert_eq!(timeline(&shop, "c").await, [""; 0]);
}

#[tokio::test]
async fn a_browser_key_corrects_no_interaction() {
    let shop = Shop::open().await;
    let about = json!({ "name": "page", "kind": "browser", "scopes": ["ingest"], "origins": ["https://shop.example"] });
    let made = shop.app.create_key(&shop.owner, about).await;
    let key = made["key"].as_str().unwrap();
    assert_eq!(send(&shop, &[note(1, 9, "first")]).await.0, [1, 0, 0, 0]);
    for (number, field) in [(2, "replace"), (3, "void")] {
        let told = json!({ "interaction_id": id(1), field: true });
        let event = with(note(number, 9, "other"), told);
        let sent = shop.app.post("/v1/interactions", event).key(key);
        let problem =
            sent.header("origin", "https://shop.example").send().await.problem(403, "forbidden");
        assert_eq!(problem["field"], field);
    }
    assert_eq!(timeline(&shop, "c").await, ["first"]);
}

#[tokio::test]
async fn what_is_sent_again_under_an_interactions_own_id_undoes_nothing() {
    let shop = Shop::open().await;
    let of = |number: u32, own: u32, told: Value| {
        let told = with(told, json!({ "interaction_id": id(own) }));
        with(note(number, 8, "two"), told)
    };
    let replace = json!({ "replace": true });
    // Taken back by another event after it said when it was changed.
    let dated = with(note(1, 8, "one"), json!({ "updated_at": "2025-09-02T00:00:00Z" }));
    let void = of(11, 1, json!({ "void": true, "replace": true }));
    // Replaced by another event, and by its own with another content.
    let first = with(note(2, 8, "one"), replace.clone());
    let second = of(12, 2, replace.clone());
    for again in [false, true] {
        let (counts, rejected) = send(&shop, &[dated.clone(), void.clone()]).await;
        assert_eq!((counts, rejected), (if again { [0, 0, 0, 2] } else { [1, 1, 0, 0] }, vec![]));
        assert_eq!(timeline(&shop, "c").await, if again { vec!["two"] } else { vec![] });
        let (counts, rejected) = send(&shop, &[first.clone(), second.clone()]).await;
        assert_eq!((counts, rejected), (if again { [0, 0, 0, 2] } else { [1, 1, 0, 0] }, vec![]));
        assert_eq!(timeline(&shop, "c").await, ["two"]);
    }
    // What is new under the own id still counts.
    let later = with(note(2, 8, "three"), replace.clone());
    assert_eq!(send(&shop, std::slice::from_ref(&later)).await.0, [0, 1, 0, 0]);
    assert_eq!(send(&shop, &[first.clone(), later]).await.0, [0, 0, 0, 2]);
    assert_eq!(timeline(&shop, "c").await, ["three"]);
    // Taken back by its own event, and back again: the first taking back was one.
    let own_void = with(note(2, 8, "one"), json!({ "void": true }));
    assert_eq!(send(&shop, std::slice::from_ref(&own_void)).await.0, [0, 1, 0, 0]);
    assert_eq!(send(&shop, &[of(13, 2, replace)]).await.0, [1, 0, 0, 0]);
    assert_eq!(send(&shop, &[own_void]).await.0, [0, 0, 0, 1]);
    assert_eq!(timeline(&shop, "c").await, ["two"]);
    // Deleted, it does not come back by the event that brought it.
    let path = format!("/v1/interactions/{}", id(2));
    shop.app.delete(&path).by(&shop.owner).send().await.expect(204);
    assert_eq!(send(&shop, &[first]).await.0, [0, 0, 0, 1]);
    assert_eq!(timeline(&shop, "c").await, [""; 0]);
}

#[tokio::test]
async fn a_key_of_some_types_corrects_those() {
    let shop = Shop::open().await;
    send(&shop, &[note(1, 8, "one"), note(2, 9, "two")]).await;
    for (number, of, allowed) in [(1, "purchase", false), (2, "interaction", true)] {
        let about = json!({ "name": of, "scopes": ["ingest"], "event_types": [of] });
        let made = shop.app.create_key(&shop.owner, about).await;
        let key = made["key"].as_str().unwrap().to_owned();
        let path = format!("/v1/interactions/{}", id(number));
        let put = shop.app.put(&path, note(30 + number, 8, "mended")).key(&key).send().await;
        let delete = shop.app.delete(&path).key(&key).send().await;
        let expected = if allowed { [200, 204] } else { [403, 403] };
        assert_eq!([put.status.as_u16(), delete.status.as_u16()], expected, "{of}");
    }
    assert_eq!(timeline(&shop, "c").await, ["one"]);
}

#[tokio::test]
async fn an_interaction_goes_with_the_customer_whose_it_was_last_and_whoever_asks_is_told_the_same()
{
    for (erased, is_taken_back) in [("a", false), ("a", true), ("b", false), ("b", true)] {
        let shop = Shop::open().await;
        let path = format!("/v1/interactions/{}", id(1));
        let of = |customer: &str, text: &str| json!({ "customer_id": customer, "kind": "note", "text": text });
        let first = with(note(1, 8, "told"), of("a", "hers, they said"));
        assert_eq!(send(&shop, &[first]).await, ([1, 0, 0, 0], vec![]));
        shop.app.put(&path, of("b", "his after all")).by(&shop.owner).send().await.expect(200);
        if is_taken_back {
            shop.app.delete(&path).by(&shop.owner).send().await.expect(204);
        }
        let erase = format!("/v1/customers/{erased}");
        shop.app.delete(&erase).by(&shop.owner).send().await.expect(200);
        let case = format!("{erased} is erased, {is_taken_back}");
        let get = async || shop.app.get(&path).key(&shop.key).send().await;
        let put = async || {
            let put = shop.app.put(&path, of("c", "somebody else's")).by(&shop.owner).send().await;
            put.status.as_u16()
        };
        let delete = async || shop.app.delete(&path).by(&shop.owner).send().await.status.as_u16();
        let shown = get().await;
        if erased == "b" {
            // It is as if there had never been one, and what comes late brings it back under no name.
            assert_eq!(shown.status.as_u16(), 404, "{case}");
            assert_eq!((delete().await, put().await), (404, 409), "{case}");
            continue;
        }
        let shown = shown.expect(200).json();
        assert!(!shown.to_string().contains("hers, they said"), "{shown}");
        let text = if is_taken_back { Value::Null } else { "his after all".into() };
        assert_eq!(shown["interaction"]["text"], text, "{case}");
        let expected = if is_taken_back { (404, 201) } else { (204, 201) };
        assert_eq!((delete().await, put().await), expected, "{case}");
    }
}

#[tokio::test]
async fn an_id_of_zeros_is_that_of_no_interaction() {
    let shop = Shop::open().await;
    let zeros = "00000000-0000-0000-0000-000000000000";
    let told = json!({ "customer_id": "c", "kind": "note", "text": "t" });
    let path = format!("/v1/interactions/{zeros}");
    let answer = shop.app.put(&path, told).by(&shop.owner).send().await;
    assert_eq!(answer.problem(400, "missing_field")["field"], "interaction_id");
    let batch = [
        with(note(1, 8, "a"), json!({ "interaction_id": zeros, "replace": true })),
        with(note(2, 9, "b"), json!({ "id": zeros })),
    ];
    let rejected =
        vec![json!([0, "missing_field", "interaction_id"]), json!([1, "missing_field", "id"])];
    assert_eq!(send(&shop, &batch).await, ([0, 0, 0, 0], rejected));
}
