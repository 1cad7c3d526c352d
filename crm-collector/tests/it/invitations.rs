//! Bringing a second person into a workspace, and what their role lets them do.

use serde_json::{Value, json};

use crate::harness::{Login, PASSWORD, TestApp, email_of};
use crm_collector::auth::Registration;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

async fn invite(app: &TestApp, owner: &Login, name: &str, role: &str) -> Value {
    let body = json!({ "email": email_of(name), "role": role });
    app.post("/v1/invitations", body).by(owner).send().await.expect(201).json()
}

fn accept(token: &Value, name: &str) -> Value {
    json!({ "token": token, "name": name, "password": PASSWORD })
}

#[tokio::test]
async fn an_invited_analyst_reads_and_changes_nothing() {
    let app = TestApp::start_with(|config| config.registration = Registration::FirstUser).await;
    let ada = app.owner().await;
    let invitation = invite(&app, &ada, "Grace", "analyst").await;
    let joined = app.post("/v1/invitations/accept", accept(&invitation["token"], "Grace"));
    let joined = joined.send().await.expect(201).json();
    assert_eq!((&joined["workspace"]["id"], &joined["role"]), (&json!(1), &json!("analyst")));

    let grace = app.log_in("Grace").await;
    let connection = app.get("/v1/connection").by(&grace).send().await.expect(200).json();
    assert_eq!((&connection["role"], &connection["key"]), (&json!("analyst"), &Value::Null));
    let key = json!({ "name": "mine", "scopes": ["read"] });
    app.post("/v1/keys", key).by(&grace).send().await.problem(403, "forbidden");
    app.get("/v1/keys").by(&grace).send().await.problem(403, "forbidden");
    app.get("/v1/invitations").by(&grace).send().await.problem(403, "forbidden");

    // It was taken once, and that was that.
    let again = app.post("/v1/invitations/accept", accept(&invitation["token"], "Eve"));
    again.send().await.problem(401, "unauthorized");
}

#[tokio::test]
async fn somebody_with_an_account_accepts_when_logged_in() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let bob = app.owner_of("Bob", "elsewhere").await;
    let token = invite(&app, &ada, "Bob", "owner").await["token"].clone();

    let stranger = app.post("/v1/invitations/accept", accept(&token, "Bob"));
    stranger.send().await.problem(409, "conflict");
    let body = json!({ "token": token });
    app.post("/v1/invitations/accept", body.clone()).by(&bob).send().await.expect(201);
    let me = app.get("/v1/me").by(&bob).send().await.expect(200).json();
    let names: Vec<&Value> =
        me["workspaces"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["default", "elsewhere"]);

    let body = json!({ "email": email_of("Bob"), "password": PASSWORD, "workspace": "elsewhere" });
    let login = app.post("/v1/auth/login", body).send().await.expect(200).json();
    assert_eq!(login["workspace"]["id"], 2);
}

#[tokio::test]
async fn an_invitation_is_for_one_address() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let eve = app.owner_of("Eve", "elsewhere").await;
    let token = invite(&app, &ada, "Bob", "owner").await["token"].clone();
    let body = json!({ "token": token });
    app.post("/v1/invitations/accept", body).by(&eve).send().await.problem(403, "forbidden");
}

#[tokio::test]
async fn an_invitation_is_listed_until_it_is_withdrawn_or_expires() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let first = invite(&app, &ada, "Bob", "owner").await;
    let second = invite(&app, &ada, "Grace", "analyst").await;
    let listed = app.get("/v1/invitations").by(&ada).send().await.expect(200).json();
    let emails: Vec<&Value> =
        listed["invitations"].as_array().unwrap().iter().map(|one| &one["email"]).collect();
    assert_eq!(emails, [&json!("grace@example.com"), &json!("bob@example.com")]);
    assert_eq!(listed["invitations"][0]["token"], Value::Null);

    let path = format!("/v1/invitations/{}", first["id"]);
    app.delete(&path).by(&ada).send().await.expect(204);
    app.delete(&path).by(&ada).send().await.problem(404, "not_found");
    let withdrawn = app.post("/v1/invitations/accept", accept(&first["token"], "Bob"));
    withdrawn.send().await.problem(401, "unauthorized");

    app.clock.advance(7 * DAY_MS);
    let expired = app.post("/v1/invitations/accept", accept(&second["token"], "Grace"));
    expired.send().await.problem(401, "expired");
    let listed = app.get("/v1/invitations").by(&ada).send().await.expect(200).json();
    assert_eq!(listed, json!({ "invitations": [], "next_after": null }));

    // A number names one invitation for good, also one that is gone.
    let third = invite(&app, &ada, "Ida", "analyst").await;
    let path = format!("/v1/invitations/{}", third["id"]);
    app.delete(&path).by(&ada).send().await.expect(204);
    let fourth = invite(&app, &ada, "Joan", "analyst").await;
    assert!(fourth["id"].as_i64() > third["id"].as_i64(), "{third} {fourth}");
    app.delete(&path).by(&ada).send().await.problem(404, "not_found");
}

#[tokio::test]
async fn an_owner_of_one_workspace_touches_no_other() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let bob = app.owner_of("Bob", "elsewhere").await;
    let invitation = invite(&app, &ada, "Grace", "owner").await;
    let key = app.create_key(&ada, json!({ "name": "shop", "scopes": ["read"] })).await;
    for path in [format!("/v1/invitations/{}", invitation["id"]), format!("/v1/keys/{}", key["id"])]
    {
        app.delete(&path).by(&bob).send().await.problem(404, "not_found");
    }
    let rotate = format!("/v1/keys/{}/rotate", key["id"]);
    app.post(&rotate, json!({})).by(&bob).send().await.problem(404, "not_found");
}

#[tokio::test]
async fn a_thousand_invitations_wait_at_the_most_and_are_listed_in_pages() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    for number in 0..1_000 {
        invite(&app, &ada, &format!("guest-{number}"), "analyst").await;
    }
    let ask = async |name: &str| {
        let body = json!({ "email": email_of(name), "role": "analyst" });
        app.post("/v1/invitations", body).by(&ada).send().await
    };
    let problem = ask("late").await.problem(400, "too_many");
    let told = "at most 1000 wait at a time; withdraw one first";
    assert_eq!((&problem["field"], &problem["detail"]), (&json!("invitations"), &json!(told)));
    // Who is invited already takes no more room.
    let again = ask("guest-0").await.expect(201).json()["id"].clone();

    let (mut pages, mut seen, mut path) =
        (Vec::new(), Vec::new(), "/v1/invitations?limit=700".to_owned());
    loop {
        let page = app.get(&path).by(&ada).send().await.expect(200).json();
        let invitations = page["invitations"].as_array().unwrap();
        pages.push(invitations.len());
        seen.extend(invitations.iter().map(|one| one["email"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_after"].as_str() else { break };
        path = format!("/v1/invitations?limit=700&after={next}");
    }
    let latest_first = std::iter::once(0).chain((1..1_000).rev());
    let expected: Vec<_> =
        latest_first.map(|number| email_of(&format!("guest-{number}"))).collect();
    assert_eq!((pages, seen), (vec![700, 300], expected));

    app.delete(&format!("/v1/invitations/{again}")).by(&ada).send().await.expect(204);
    ask("late").await.expect(201);
}
