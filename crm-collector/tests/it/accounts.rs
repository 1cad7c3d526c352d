//! Registering, logging in and out, passwords.

use serde_json::json;

use crate::harness::{PASSWORD, TestApp, email_of, stable};
use crm_collector::auth::Registration;
use crm_collector::store::WorkspaceId;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[tokio::test]
async fn somebody_registers_logs_in_and_logs_out() {
    let app = TestApp::start().await;
    let registered = app.register("Ada").await.expect(201).json();
    let expected = json!({
        "user": { "id": 1, "name": "Ada", "email": "ada@example.com" },
        "workspace": { "id": 1, "name": "default", "currency": "EUR", "timezone": "UTC" },
        "role": "owner",
    });
    assert_eq!(registered, expected);

    let answer = app.log_in_with("Ada", PASSWORD).await.expect(200);
    let cookie = answer.header("set-cookie").unwrap().to_owned();
    let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
    assert_eq!(attributes, ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"]);
    assert_eq!(answer.json()["user"], expected["user"]);
    let ada = answer.login();

    let me = app.get("/v1/me").by(&ada).send().await.expect(200).json();
    assert_eq!(me["user"], expected["user"]);
    assert_eq!(me["csrf_token"], ada.csrf);
    assert_eq!(me["workspaces"][0]["role"], "owner");

    let out = app.post("/v1/auth/logout", json!({})).by(&ada).send().await.expect(204);
    assert_eq!(
        out.header("set-cookie"),
        Some("crm_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0")
    );
    app.get("/v1/me").by(&ada).send().await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let app = TestApp::start().await;
    app.register("Ada").await.expect(201);
    let wrong = app.log_in_with("Ada", "not the password").await.problem(401, "unauthorized");
    let unknown = app.log_in_with("Bob", PASSWORD).await.problem(401, "unauthorized");
    assert_eq!(stable(wrong), stable(unknown));
}

#[tokio::test]
async fn what_is_wrong_with_a_registration_is_named() {
    let app = TestApp::start().await;
    let register = async |change: serde_json::Value| {
        let mut body = json!({ "name": "Ada", "email": "ada@example.com", "password": PASSWORD });
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        let problem = app.post("/v1/auth/register", body).send().await.expect(400).json();
        let text = |key: &str| problem[key].as_str().unwrap_or("none").to_owned();
        format!("{} {}: {}", text("code"), text("field"), text("detail"))
    };
    assert_eq!(register(json!({ "name": " " })).await, "missing_field name: may not be empty");
    assert_eq!(
        register(json!({ "email": "ada" })).await,
        "invalid_field email: is an email address such as ada@example.com"
    );
    assert_eq!(
        register(json!({ "password": "short" })).await,
        "invalid_field password: has at least 10 bytes, 5 given"
    );
    assert_eq!(
        register(json!({ "timezone": "Mars/Base" })).await,
        "invalid_field timezone: is an IANA time zone such as Europe/London"
    );
    let currency = register(json!({ "currency": "Euros" })).await;
    assert!(currency.starts_with("invalid_field currency: "), "{currency}");
}

#[tokio::test]
async fn an_address_registers_once_and_each_account_has_its_own_workspace() {
    let app = TestApp::start_with(|config| config.registration = Registration::Open).await;
    app.register("Ada").await.expect(201);
    app.register("Ada").await.problem(409, "conflict");
    let bob = app.register("Bob").await.expect(201).json();
    assert_eq!(bob["workspace"]["id"], 2);
}

#[tokio::test]
async fn only_the_first_user_registers_unless_the_settings_say_otherwise() {
    let app = TestApp::start().await;
    app.register("Ada").await.expect(201);
    app.register("Bob").await.problem(403, "registration_closed");
}

#[tokio::test]
async fn nobody_learns_from_names_who_else_has_a_workspace() {
    let app = TestApp::start_with(|config| config.registration = Registration::Open).await;
    let register = async |name: &str, workspace: &str| {
        let body = json!({ "name": name, "email": email_of(name), "password": PASSWORD,
            "workspace": workspace });
        app.post("/v1/auth/register", body).send().await.expect(201).json()
    };
    register("Ada", "Acme").await;
    for (name, title) in [("Bob", "Acme"), ("Eve", "acme"), ("Joe", "Other")] {
        assert_eq!(register(name, title).await["workspace"]["name"], title);
    }
    // The command line tells them apart.
    let names: Vec<_> = app.store.read(|tx| tx.workspaces()).unwrap();
    let names: Vec<_> = names.iter().map(|workspace| workspace.name.as_str()).collect();
    assert_eq!(names, ["Acme", "Acme-2", "acme-3", "Other"]);

    let log_in = async |workspace: &str| {
        let body =
            json!({ "email": email_of("Bob"), "password": PASSWORD, "workspace": workspace });
        app.post("/v1/auth/login", body).send().await
    };
    assert_eq!(log_in("acme").await.expect(200).json()["workspace"]["id"], 2);
    let (others, nobodys) = (log_in("Other").await, log_in("Nowhere").await);
    assert_eq!(stable(others.problem(403, "forbidden")), stable(nobodys.problem(403, "forbidden")));
}

#[tokio::test]
async fn nobody_registers_where_registration_is_closed() {
    let app = TestApp::start_with(|config| config.registration = Registration::Closed).await;
    app.register("Ada").await.problem(403, "registration_closed");
}

#[tokio::test]
async fn a_changing_request_by_session_needs_its_own_csrf_token() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let other = app.log_in("Ada").await;
    let about = || json!({ "name": "shop", "scopes": ["ingest"] });
    let without = app.post("/v1/keys", about()).header("cookie", &ada.cookie);
    without.send().await.problem(403, "csrf_required");
    let foreign = app.post("/v1/keys", about()).by(&ada).header("x-csrf-token", &other.csrf);
    foreign.send().await.problem(403, "csrf_required");
    app.get("/v1/keys").header("cookie", &ada.cookie).send().await.expect(200);
    app.post("/v1/keys", about()).by(&ada).send().await.expect(201);
}

#[tokio::test]
async fn a_session_ends_after_its_days() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    app.clock.advance(30 * DAY_MS - 1);
    app.get("/v1/me").by(&ada).send().await.expect(200);
    app.clock.advance(1);
    app.get("/v1/me").by(&ada).send().await.problem(401, "expired");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let elsewhere = app.log_in("Ada").await;
    let change =
        |current: &str| json!({ "current_password": current, "new_password": "another long one" });
    let wrong = app.post("/v1/auth/password", change("a wrong password")).by(&ada);
    wrong.send().await.problem(401, "unauthorized");
    app.post("/v1/auth/password", change(PASSWORD)).by(&ada).send().await.expect(204);

    app.get("/v1/me").by(&elsewhere).send().await.problem(401, "unauthorized");
    app.get("/v1/me").by(&ada).send().await.expect(200);
    app.log_in_with("Ada", PASSWORD).await.problem(401, "unauthorized");
    app.log_in_with("Ada", "another long one").await.expect(200);
}

#[tokio::test]
async fn guessing_passwords_of_an_account_is_slowed_down() {
    let app = TestApp::start_with(|config| config.auth.attempts_per_account = 2).await;
    app.register("Ada").await.expect(201);
    for _ in 0..2 {
        app.log_in_with("Ada", "a wrong password").await.problem(401, "unauthorized");
    }
    let slowed = app.log_in_with("Ada", PASSWORD).await;
    let wait: u64 = slowed.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    slowed.problem(429, "quota_exceeded");
    app.log_in_with("Bob", PASSWORD).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn who_guesses_elsewhere_locks_no_owner_out() {
    let app = TestApp::start_with(|config| config.http.trust_forwarded_for = true).await;
    app.register("Ada").await.expect(201);
    let log_in = async |from: &str, password: &str| {
        let body = json!({ "email": email_of("Ada"), "password": password });
        app.post("/v1/auth/login", body).header("x-forwarded-for", from).send().await
    };
    // A minute of two attempts a second; and not one of them by the owner.
    let mut slowed = 0;
    for _ in 0..120 {
        slowed += u32::from(log_in("198.51.100.1", "a wrong password").await.status == 429);
    }
    assert!(slowed > 100, "{slowed}");
    for _ in 0..12 {
        log_in("198.51.100.2", PASSWORD).await.expect(200);
    }
}

#[tokio::test]
async fn a_known_session_is_not_slowed_down_by_others_at_its_address() {
    let app = TestApp::start_with(|config| config.auth.attempts_per_address = 3).await;
    let ada = app.owner().await;
    let body = || json!({ "email": email_of("Ada"), "password": PASSWORD });
    for _ in 0..2 {
        app.log_in_with("Bob", "a wrong password").await.problem(401, "unauthorized");
    }
    app.log_in_with("Ada", PASSWORD).await.problem(429, "quota_exceeded");
    let known = app.post("/v1/auth/login", body()).header("cookie", &ada.cookie);
    known.send().await.expect(200);
    app.get("/v1/me").by(&ada).send().await.expect(200);
    let change = json!({ "current_password": PASSWORD, "new_password": PASSWORD });
    app.post("/v1/auth/password", change).by(&ada).send().await.expect(204);
    // Somebody else's session is none of theirs.
    let other = json!({ "email": email_of("Bob"), "password": PASSWORD });
    let other = app.post("/v1/auth/login", other).header("cookie", &ada.cookie);
    other.send().await.problem(429, "quota_exceeded");
}

#[tokio::test]
async fn guessing_from_one_address_is_slowed_down() {
    let app = TestApp::start_with(|config| config.auth.attempts_per_address = 2).await;
    for name in ["Ada", "Bob"] {
        app.log_in_with(name, "a wrong password").await.problem(401, "unauthorized");
    }
    app.log_in_with("Eve", "a wrong password").await.problem(429, "quota_exceeded");
}

#[tokio::test]
async fn the_address_a_proxy_tells_counts_only_where_the_proxy_is_trusted() {
    for (trusted, second) in [(true, 401), (false, 429)] {
        let app = TestApp::start_with(|config| {
            config.auth.attempts_per_address = 1;
            config.http.trust_forwarded_for = trusted;
        })
        .await;
        for (client, expected) in [("198.51.100.1", 401), ("198.51.100.2", second)] {
            let body = json!({ "email": email_of("Ada"), "password": "a wrong password" });
            let attempt = app.post("/v1/auth/login", body);
            // What the client itself claims comes first, and counts for nothing.
            let forwarded = format!("203.0.113.9, {client}");
            attempt.header("x-forwarded-for", &forwarded).send().await.expect(expected);
        }
    }
}

#[tokio::test]
async fn behind_https_the_cookie_is_sent_over_nothing_else() {
    let app = TestApp::start_with(|config| config.public_url = "https://crm.example".into()).await;
    app.register("Ada").await.expect(201);
    let answer = app.log_in_with("Ada", PASSWORD).await.expect(200);
    assert!(answer.header("set-cookie").unwrap().ends_with("; Secure"));
}

#[tokio::test]
async fn account_changes_are_in_the_audit_log_without_personal_data() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let key = app.create_key(&ada, json!({ "name": "shop", "scopes": ["ingest"] })).await;
    app.delete(&format!("/v1/keys/{}", key["id"])).by(&ada).send().await.expect(204);
    let entries = app.store.read(|tx| tx.audit_entries(WorkspaceId(1), 10)).unwrap();
    let lines: Vec<String> = entries
        .iter()
        .map(|entry| format!("{} {} {}", entry.actor, entry.action, entry.subject))
        .collect();
    assert_eq!(
        lines,
        ["user:1 key.revoke key:1", "user:1 key.create key:1", "user:1 user.register workspace:1"]
    );
    assert!(!lines.concat().contains(&email_of("Ada")));
}
