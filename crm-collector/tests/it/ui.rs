//! The pages, over HTTP: what they show is what the API says, whoever may not do something neither sees
//! it nor can, and no name is more than a name.

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use crate::harness::{Login, PASSWORD, TestApp, email_of};
use crate::shop::Shop;

/// Every page that somebody who is signed in can open without more.
const PAGES: [&str; 21] = [
    "/home",
    "/ask",
    "/ask?q=sales+by+country+this+year",
    "/reports/summary",
    "/reports/sales?bucket=week",
    "/reports/products",
    "/reports/customers",
    "/reports/countries",
    "/reports/channels",
    "/reports/cohorts",
    "/forecast",
    "/trends",
    "/customers",
    "/orders",
    "/connect",
    "/settings",
    "/settings/people",
    "/settings/keys",
    "/settings/rejected",
    "/settings/audit",
    "/settings/about",
];

/// A page as a browser has it.
struct Page {
    status: u16,
    headers: HeaderMap,
    html: String,
}

impl Page {
    #[track_caller]
    fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.html);
        self
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// What stands between the tags, without what does not show.
    fn text(&self) -> String {
        let mut text = String::new();
        for part in self.html.split('<').skip(1) {
            text.push_str(part.split_once('>').map_or("", |(_, text)| text));
        }
        unescaped(&text)
    }

    #[track_caller]
    fn shows(&self, wanted: &str) {
        assert!(self.text().contains(wanted), "no {wanted:?} in {}", self.text());
    }

    /// The cookie that came with it.
    fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }
}

/// What a browser reads where characters are escaped, each once.
fn unescaped(text: &str) -> String {
    const ENTITIES: [(&str, &str); 9] = [
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
        ("&#38;", "&"),
    ];
    let (mut read, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('&') {
        read.push_str(&rest[..at]);
        rest = &rest[at..];
        let (entity, character) =
            ENTITIES.into_iter().find(|(entity, _)| rest.starts_with(entity)).unwrap_or(("&", "&"));
        read.push_str(character);
        rest = &rest[entity.len()..];
    }
    read.push_str(rest);
    read
}

/// A browser: it follows nothing by itself, so that redirects can be seen.
struct Browser<'a> {
    app: &'a TestApp,
    client: reqwest::Client,
    headers: HeaderMap,
    csrf: String,
}

impl<'a> Browser<'a> {
    fn new(app: &'a TestApp) -> Self {
        let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        Self { app, client, headers: HeaderMap::new(), csrf: String::new() }
    }

    fn of(app: &'a TestApp, login: &Login) -> Self {
        Self { csrf: login.csrf.clone(), ..Self::new(app) }.with("cookie", &login.cookie)
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
        self
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Page {
        let response = request.headers(self.headers.clone()).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Page { status, headers, html: response.text().await.unwrap() }
    }

    async fn get(&self, path: &str) -> Page {
        self.ask(self.client.get(format!("http://{}{path}", self.app.address))).await
    }

    /// Sends a form with the token of the session.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut all = vec![("csrf", self.csrf.as_str())];
        all.extend(fields);
        self.post_raw(path, &all).await
    }

    /// Sends a form as it is.
    async fn post_raw(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let encode =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let body: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let request = self.client.post(format!("http://{}{path}", self.app.address));
        let kind = "application/x-www-form-urlencoded";
        self.ask(request.header("content-type", kind).body(body.join("&"))).await
    }
}

/// Somebody who reads and changes nothing.
async fn analyst(shop: &Shop) -> Login {
    let invited = json!({ "email": email_of("Grace"), "role": "analyst" });
    let answer = shop.app.post("/v1/invitations", invited).by(&shop.owner).send().await;
    let token = answer.expect(201).json()["token"].clone();
    let accept = json!({ "token": token, "name": "Grace", "password": PASSWORD });
    shop.app.post("/v1/invitations/accept", accept).send().await.expect(201);
    shop.app.log_in("Grace").await
}

async fn customer(shop: &Shop, id: &str, name: &str) {
    let body = json!({ "customer_id": id, "name": name });
    shop.app.post("/v1/customers", body).key(&shop.key).send().await.expect(201);
}

fn sale(number: &str, customer: &str, day: &str, price: &str) -> Value {
    json!({ "purchase_id": number, "customer_id": customer, "currency": "EUR",
        "occurred_at": format!("{day}T10:00:00Z"),
        "items": [{ "sku": "MUG", "name": "Mug", "quantity": 2, "unit_price": price }] })
}

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_sign_in_and_comes_back() {
    let app = TestApp::start().await;
    app.owner().await;
    let browser = Browser::new(&app);
    let page = browser.get("/customers?q=ada&by=spent").await.expect(303);
    assert_eq!(page.header("location"), "/signin?next=%2Fcustomers%3Fq%3Dada%26by%3Dspent");
    let form = browser.get(page.header("location")).await.expect(200);
    assert!(form.html.contains(r#"name="next" value="/customers?q=ada"#), "{}", form.html);

    let email = email_of("Ada");
    let fields = [("email", email.as_str()), ("password", "wrong"), ("next", "/orders")];
    let wrong = browser.post_raw("/signin", &fields).await.expect(401);
    wrong.shows("The email address or the password is wrong.");
    assert!(!wrong.html.contains("value=\"wrong\""), "{}", wrong.html);

    let fields = [("email", email.as_str()), ("password", PASSWORD), ("next", "/orders")];
    let done = browser.post_raw("/signin", &fields).await.expect(303);
    assert_eq!(done.header("location"), "/orders");
    let signed_in = Browser::new(&app).with("cookie", &done.cookie());
    signed_in.get("/orders").await.expect(200).shows("No orders yet");

    let elsewhere = [("email", email.as_str()), ("password", PASSWORD), ("next", "//evil.example")];
    let done = browser.post_raw("/signin", &elsewhere).await.expect(303);
    assert_eq!(done.header("location"), "/");
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let app = TestApp::start().await;
    let browser = Browser::of(&app, &app.owner().await);
    browser.get("/customers").await.expect(200);
    let page = browser.post("/signout", &[]).await.expect(303);
    assert_eq!(page.cookie(), "crm_session=");
    browser.get("/customers").await.expect(303);
}

#[tokio::test]
async fn a_form_without_the_token_of_its_session_changes_nothing() {
    let shop = Shop::open().await;
    let browser = Browser::of(&shop.app, &shop.owner);
    let forms = [
        "/signout",
        "/connect",
        "/preferences",
        "/settings/password",
        "/settings/sessions",
        "/settings/people",
        "/settings/people/1/withdraw",
        "/settings/keys",
        "/settings/keys/1/replace",
        "/settings/keys/1/revoke",
        "/settings/rejected/replay",
        "/settings/rejected/1/replay",
    ];
    for form in forms {
        let fields = [("name", "x"), ("email", "x@example.com"), ("theme", "dark")];
        let page = browser.post_raw(form, &fields).await;
        assert_eq!(page.status, 403, "{form}: {}", page.html);
        page.shows("This form was not taken");
        let forged = [("csrf", "0".repeat(64)), ("name", "x".into())];
        let forged: Vec<_> = forged.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(browser.post_raw(form, &forged).await.status, 403, "{form}");
    }
    // Nor one with the token, sent from another site.
    let other = Browser::of(&shop.app, &shop.owner).with("sec-fetch-site", "cross-site");
    other.post("/settings/keys/1/revoke", &[]).await.expect(403);
    let stranger = Browser::new(&shop.app).with("origin", "https://evil.example");
    let (email, fields) = (email_of("Ada"), PASSWORD);
    let page = stranger.post_raw("/signin", &[("email", &email), ("password", fields)]).await;
    assert_eq!(page.expect(403).header("set-cookie"), "");
    // The key that was there still works, and the session too.
    shop.app.get("/v1/connection").key(&shop.key).send().await.expect(200);
    browser.get("/customers").await.expect(200);
}

#[tokio::test]
async fn every_page_allows_nothing_from_elsewhere_and_is_not_kept() {
    let mut shop = Shop::open().await;
    shop.accept(&[sale("o-1", "c-1", "2026-01-05", "6.95")]).await;
    let browser = Browser::of(&shop.app, &shop.owner);
    let more = ["/signin", "/customers/c-1", "/orders/-/o-1", "/customers/nobody", "/welcome/x"];
    for path in PAGES.into_iter().chain(more) {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        for inline in [" style=", "<style", " onclick=", "javascript:"] {
            assert!(!page.html.contains(inline), "{path}: {inline}");
        }
        let scripts = page.html.matches("<script").count();
        assert_eq!(scripts, page.html.matches("<script type=\"module\" src=\"/assets/").count());
    }
}

#[tokio::test]
async fn pages_of_figures_show_what_the_api_says_in_each_language() {
    let mut shop = Shop::open().await;
    let sales: Vec<_> = (0..40)
        .map(|n| {
            let day = format!("2026-0{}-{:02}", 1 + n / 20, 1 + n % 20);
            sale(&format!("o-{n}"), &format!("c-{}", n % 7), &day, &format!("{}.95", 1_000 + n))
        })
        .collect();
    shop.accept(&sales).await;
    let english = Browser::of(&shop.app, &shop.owner);
    let russian = Browser::of(&shop.app, &shop.owner).with("accept-language", "ru");
    for (report, column) in
        [("sales", "net"), ("products", "gross"), ("customers", "net"), ("cohorts", "net")]
    {
        let answer = shop.app.get(&format!("/v1/reports/{report}")).by(&shop.owner).send().await;
        let answer = answer.expect(200).json();
        let page = english.get(&format!("/reports/{report}")).await.expect(200);
        let in_russian = russian.get(&format!("/reports/{report}")).await.expect(200);
        let rows = answer["rows"].as_array().unwrap();
        assert!(!rows.is_empty(), "{report}");
        for row in rows {
            let figure = row[column].as_str().unwrap();
            let grouped = crm_collector::words::grouped(figure);
            page.shows(&format!("€{grouped}"));
            let grouped = grouped.replace(',', "\u{a0}").replace('.', ",");
            in_russian.shows(&format!("{grouped}\u{a0}€"));
        }
        assert!(page.html.contains(&format!("/v1/reports/{report}?format=html")), "{}", page.html);
    }
    in_two_languages(&english, &russian).await;
    // Home has the month of the last purchase, beside the same days of the month before.
    let summary = |days: &str| format!("/v1/reports/summary?{days}");
    let month = summary("from=2026-02-01&to=2026-02-21");
    let month = shop.app.get(&month).by(&shop.owner).send().await.expect(200).json();
    let net = month["rows"][0]["net"].as_str().unwrap();
    let home = english.get("/home").await.expect(200);
    home.shows("February 2026: ");
    let whole = crm_collector::words::grouped(&format!("{:.0}", net.parse::<f64>().unwrap()));
    home.shows(&format!("€{whole} net"));
    home.shows("after 20 days.");
    home.shows("2.0");
    let orders = month["rows"][0]["orders"].to_string();
    assert!(home.html.contains(&format!("<div class=\"v\">{orders}</div>")), "{}", home.html);
    // What makes no sense is a page that says so, and a report that there is not is none.
    english.get("/reports/sales?from=yesterday").await.expect(400);
    english.get("/forecast?bucket=decade").await.expect(400);
    english.get("/reports/nosuch").await.expect(404);
    let stranger = shop.app.owner_of("Eve", "Another").await;
    let empty = Browser::of(&shop.app, &stranger).get("/home").await.expect(200);
    empty.shows("Nothing was bought yet");
}

async fn in_two_languages(english: &Browser<'_>, russian: &Browser<'_>) {
    for (path, en, ru) in [
        ("/reports/sales", "Net sales", "Чистая выручка"),
        ("/forecast", "Forecast", "Прогноз"),
        ("/trends", "Trends", "Тренды"),
        ("/home", "Bought last", "Последние покупки"),
        ("/ask", "best products this year", "лучшие товары за этот год"),
        ("/ask?q=sales+in+2026", "Net sales, 2026, beside", "Чистая выручка, 2026 год, рядом с"),
        ("/ask?q=profit", "I can't tell its profit", "прибыль не посчитать"),
    ] {
        english.get(path).await.expect(200).shows(en);
        russian.get(path).await.expect(200).shows(ru);
    }
}

#[tokio::test]
async fn assets_are_kept_for_ever_under_the_hash_of_what_they_are() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    let page = browser.get("/signin").await.expect(200);
    let mut seen = 0;
    for rest in page.html.split("\"/assets/").skip(1) {
        let name = rest.split(['"', '#']).next().unwrap();
        let asset = browser.get(&format!("/assets/{name}")).await.expect(200);
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
        let packed = Browser::new(&app).with("accept-encoding", "br, gzip");
        let packed = packed.get(&format!("/assets/{name}")).await.expect(200);
        assert_eq!(packed.header("content-encoding"), "gzip", "{name}");
        seen += 1;
    }
    assert!(seen >= 3, "{seen}");
    browser.get("/assets/pages.0000.css").await.expect(404);
}

/// Names as hosts and customers write them who mean no good.
fn hostile() -> Vec<(&'static str, String)> {
    vec![
        ("script", "<script>alert(1)</script>".into()),
        ("quotes", "\"' onmouseover=alert(1) x='\"".into()),
        ("entity", "&lt;b&gt; &amp; </title></textarea>".into()),
        ("direction", "abc\u{202e}cba".into()),
        ("four-bytes", "👩‍👩‍👧‍👦 𝕏".into()),
        ("zero-width", "a\u{200b}b\u{feff}".into()),
        ("marks", "⟦bold⟧ {$x} {{ s }}".into()),
    ]
}

#[tokio::test]
async fn a_name_is_never_more_than_a_name() {
    let mut shop = Shop::open().await;
    let mut paths: Vec<String> = PAGES.iter().map(|page| (*page).to_owned()).collect();
    for (place, (id, name)) in hostile().into_iter().enumerate() {
        let about = json!({ "customer_id": id, "name": name, "email": format!("{id}@example.com"),
            "country": name, "attributes": { "note": name, (name.clone()): 1 } });
        shop.app.post("/v1/customers", about).key(&shop.key).send().await.expect(201);
        let number = format!("o-{place}");
        shop.accept(&[json!({ "purchase_id": number, "number": name, "customer_id": id,
            "currency": "EUR", "occurred_at": "2026-01-05T10:00:00Z", "channel": name,
            "country": name, "items": [{ "sku": name, "name": name, "category": name,
            "quantity": 1, "unit_price": "1" }] })])
            .await;
        let key = json!({ "name": name, "scopes": ["ingest"] });
        shop.app.create_key(&shop.owner, key).await;
        let bad = json!({ "events": [{ "type": name, "id": name, "x": name }] });
        shop.app.post("/v1/events", bad).key(&shop.key).send().await.expect(200);
        let search: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        paths.push(format!("/customers/{id}"));
        paths.push(format!("/orders/-/{number}"));
        paths.push(format!("/customers?q={search}"));
        paths.push(format!("/orders?channel={search}&sku={search}&from={search}"));
    }
    let browser = Browser::of(&shop.app, &shop.owner);
    for path in &paths {
        let page = browser.get(path).await.expect(200);
        assert_eq!(page.html.matches("<script").count(), 1, "{path}: {}", page.html);
        assert!(!page.html.contains("onmouseover=alert(1) x='\""), "{path}");
        assert_eq!(page.html.matches("</title>").count(), 1, "{path}");
        assert!(!page.html.contains("<b>bold"), "{path}: {}", page.html);
    }
    for (id, name) in hostile() {
        let page = browser.get(&format!("/customers/{id}")).await;
        page.shows(&name);
        let search: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
        browser.get(&format!("/customers?q={search}")).await.shows(&name);
    }
}

#[tokio::test]
async fn a_page_takes_a_name_as_long_as_the_api_does() {
    let shop = Shop::open().await;
    // As long as a name may be, whatever that is; of a longer one the API keeps nothing.
    let mut longest = String::new();
    for characters in [10_000, 1_000, 500, 200] {
        let name = "ы".repeat(characters);
        let about = json!({ "customer_id": "long", "name": name });
        shop.app.post("/v1/customers", about).key(&shop.key).send().await;
        let kept = shop.app.get("/v1/customers/long").key(&shop.key).send().await;
        if kept.status == 200 && kept.json()["name"] == name.as_str() {
            longest = name;
            break;
        }
    }
    assert!(!longest.is_empty());
    let browser = Browser::of(&shop.app, &shop.owner);
    browser.get("/customers/long").await.expect(200).shows(&longest);
    browser.get("/customers?q=long").await.expect(200).shows(&longest);
}

#[tokio::test]
async fn figures_on_pages_are_those_of_the_api() {
    let mut shop = Shop::open().await;
    customer(&shop, "c-1", "Grace Hopper").await;
    for (place, day) in ["2025-11-03", "2025-12-01", "2026-01-05", "2026-02-02"].iter().enumerate()
    {
        shop.accept(&[sale(&format!("o-{place}"), "c-1", day, "617.25")]).await;
    }
    shop.accept(&[
        json!({ "kind": "refund", "refund_of": "o-3", "customer_id": "c-1", "currency": "EUR",
        "occurred_at": "2026-02-10T10:00:00Z", "total": "34.50" }),
    ])
    .await;
    let browser = Browser::of(&shop.app, &shop.owner);
    let api = async |path: &str| shop.app.get(path).by(&shop.owner).send().await.expect(200).json();

    let detail = api("/v1/customers/c-1").await;
    assert_eq!(detail["worth"][0]["net"], "4903.50");
    let page = browser.get("/customers/c-1").await.expect(200);
    for figure in ["Grace Hopper", "€4,903.50", "€4,938.00", "€1,234.50", "€34.50", "Order o-3"]
    {
        page.shows(figure);
    }
    let value = api("/v1/customers/c-1/value").await;
    let chance = value["customers"][0]["p_alive"].as_f64().unwrap();
    page.shows(&format!("{:.0}\u{202f}%", chance * 100.0).replace("100\u{202f}%", ">99\u{202f}%"));
    page.shows("Bought about every 30 days");

    let list = browser.get("/customers").await.expect(200);
    let values = api("/v1/customer-values?limit=25").await;
    assert_eq!(values["customers"][0]["spent"], "4903.50");
    for figure in ["1 customer has bought", "€4,903.50", "Grace Hopper"] {
        list.shows(figure);
    }
    // The same figure in Russian.
    let russian = Browser::of(&shop.app, &shop.owner).with("accept-language", "ru");
    let list = russian.get("/customers").await.expect(200);
    list.shows("4\u{a0}903,50\u{a0}€");
    assert!(list.html.starts_with("<!doctype html>\n<html lang=\"ru\""), "{}", &list.html[..60]);

    let orders = browser.get("/orders").await.expect(200);
    for figure in ["Order o-0", "−€34.50", "€1,234.50", "Grace Hopper"] {
        orders.shows(figure);
    }
    let order = browser.get("/orders/-/o-3").await.expect(200);
    for figure in ["Mug", "€617.25", "€1,234.50", "Given back for it", "−€34.50"] {
        order.shows(figure);
    }
}

#[tokio::test]
async fn customers_are_sorted_filtered_and_paged_as_they_are_asked_for() {
    let mut shop = Shop::open().await;
    for place in 0..30 {
        let (number, id) = (format!("o-{place:02}"), format!("c-{place:02}"));
        shop.accept(&[sale(&number, &id, "2026-02-02", &format!("{}", 10 + place))]).await;
    }
    let browser = Browser::of(&shop.app, &shop.owner);
    let ids = |page: &Page| -> Vec<String> {
        let parts = page.html.split("href=\"/customers/").skip(1);
        parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
    };
    let first = browser.get("/customers?by=spent").await.expect(200);
    let shown = ids(&first);
    assert_eq!((shown.len(), shown[0].as_str(), shown[24].as_str()), (25, "c-29", "c-05"));
    let next = first.html.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    let second = browser.get(&next).await.expect(200);
    assert_eq!(ids(&second), ["c-04", "c-03", "c-02", "c-01", "c-00"]);
    assert!(!second.html.contains("rel=\"next\""), "{}", second.html);

    let values = "/v1/customer-values?by=spent&limit=3";
    let values = shop.app.get(values).by(&shop.owner).send().await.expect(200).json();
    assert_eq!(values["customers"][0]["customer_id"], "c-29");
    assert_eq!(values["omitted"], 27);
    let stage = values["customers"][0]["stage"].as_str().unwrap().to_owned();
    let other = ["lost", "new"].into_iter().find(|one| *one != stage).unwrap();
    let of_stage = browser.get(&format!("/customers?stage={stage}")).await.expect(200);
    assert_eq!(ids(&of_stage).len(), 25);
    assert!(ids(&browser.get(&format!("/customers?stage={other}")).await).is_empty());

    let found = browser.get("/customers?q=c-07").await.expect(200);
    assert_eq!(ids(&found), ["c-07"]);
    browser.get("/customers?q=nobody").await.expect(200).shows("Nobody matches");
    browser.get("/customers?after=x").await.expect(400);
}

#[tokio::test]
async fn a_session_of_another_workspace_sees_nothing_of_this_one() {
    let mut shop = Shop::open().await;
    customer(&shop, "c-1", "Grace Hopper").await;
    shop.accept(&[sale("o-1", "c-1", "2026-01-05", "6.95")]).await;
    let other = shop.app.owner_of("Mallory", "elsewhere").await;
    let browser = Browser::of(&shop.app, &other);
    browser.get("/customers/c-1").await.expect(404).shows("There is nothing here");
    browser.get("/orders/-/o-1").await.expect(404);
    for path in PAGES {
        let page = browser.get(path).await.expect(200);
        assert!(!page.text().contains("Grace Hopper"), "{path}");
        assert!(!page.text().contains("o-1"), "{path}");
    }
    browser.post("/settings/keys/1/revoke", &[]).await.expect(404);
    shop.app.get("/v1/connection").key(&shop.key).send().await.expect(200);
}

#[tokio::test]
async fn what_an_analyst_may_not_do_is_not_shown_and_refused() {
    let shop = Shop::open().await;
    let grace = analyst(&shop).await;
    let browser = Browser::of(&shop.app, &grace);
    let settings = browser.get("/settings").await.expect(200);
    for hidden in ["/settings/people", "/settings/keys", "/settings/audit"] {
        assert!(!settings.html.contains(hidden), "{hidden}");
        browser.get(hidden).await.expect(403).shows("You may not do this");
    }
    assert!(!browser.get("/connect").await.html.contains("action=\"/connect\""));
    assert!(!browser.get("/settings/rejected").await.html.contains("/replay"));
    for form in
        ["/connect", "/settings/keys", "/settings/keys/1/revoke", "/settings/rejected/replay"]
    {
        browser.post(form, &[("name", "x"), ("scope", "read")]).await.expect(403);
    }
    let keys = shop.app.get("/v1/keys").by(&shop.owner).send().await.json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    assert_eq!(keys["keys"][0]["revoked_at"], Value::Null);
}

#[tokio::test]
async fn language_and_theme_are_a_form_that_works_without_script() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    browser.get("/signin").await.shows("Sign in");
    let page =
        browser.post_raw("/preferences", &[("language", "ru"), ("back", "/signin?next=%2F")]);
    let page = page.await.expect(303);
    assert_eq!(page.header("location"), "/signin?next=%2F");
    let chosen = Browser::new(&app).with("cookie", &page.cookie()).with("accept-language", "en");
    chosen.get("/signin").await.shows("Вход");
    let dark =
        browser.post_raw("/preferences", &[("theme", "dark"), ("back", "https://evil.example")]);
    let dark = dark.await.expect(303);
    assert_eq!(dark.header("location"), "/");
    let page = Browser::new(&app).with("cookie", &dark.cookie()).get("/signin").await;
    assert!(page.html.contains("<html lang=\"en\" data-theme=\"dark\">"), "{}", page.html);
    browser.post_raw("/preferences", &[("theme", "<b>")]).await.expect(400);
}

#[tokio::test]
async fn the_first_run_makes_one_owner_and_no_other() {
    let app = TestApp::start().await;
    let token = app.services.auth.open_first_run().await.unwrap().unwrap();
    let browser = Browser::new(&app);
    let path = format!("/welcome/{token}");
    browser.get(&path).await.expect(200).shows("Who owns this workspace?");
    browser.get("/welcome/0000").await.expect(410).shows("leads nowhere any more");
    let fields = |password: &'static str, zone: &'static str| {
        [
            ("name", "Ada"),
            ("email", "ada@example.com"),
            ("password", password),
            ("workspace", "Mugs & More"),
            ("currency", "gbp"),
            ("timezone", zone),
        ]
    };
    let short = browser.post_raw(&path, &fields("short", "Europe/London")).await.expect(422);
    short.shows("Type 10 characters or more.");
    assert!(short.html.contains("value=\"ada@example.com\""), "{}", short.html);
    let zone = browser.post_raw(&path, &fields(PASSWORD, "Mars/Base")).await.expect(422);
    zone.shows("Type a zone such as Europe/London.");
    let done = browser.post_raw(&path, &fields(PASSWORD, "Europe/London")).await.expect(303);
    assert_eq!(done.header("location"), "/connect");
    let owner = Browser::new(&app).with("cookie", &done.cookie());
    owner.get("/settings").await.expect(200).shows("Mugs & MoreCurrencyGBPTime zoneEurope/London");

    browser.post_raw(&path, &fields(PASSWORD, "UTC")).await.expect(410);
    browser.get(&path).await.expect(410);
    assert_eq!(app.services.auth.open_first_run().await.unwrap(), None);
}

#[tokio::test]
async fn the_address_of_the_first_run_ends() {
    let app = TestApp::start().await;
    let token = app.services.auth.open_first_run().await.unwrap().unwrap();
    let browser = Browser::new(&app);
    browser.get(&format!("/welcome/{token}")).await.expect(200);
    app.clock.advance(61 * 60 * 1_000);
    browser.get(&format!("/welcome/{token}")).await.expect(410);
}

#[tokio::test]
async fn a_key_is_shown_once_and_the_snippet_with_it_sends_a_purchase() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let browser = Browser::of(&app, &owner);
    browser.get("/connect").await.expect(200).shows("Waiting for your first event…");
    let made = browser.post("/connect", &[("name", "shop")]).await.expect(200);
    let text = made.text();
    let key = made.html.split("crm_sk_").nth(1).unwrap();
    let key: String = key.chars().take_while(char::is_ascii_alphanumeric).collect();
    let key = format!("crm_sk_{key}");
    assert_eq!(text.matches(&key).count(), 5, "the key, and each snippet");
    assert!(!browser.get("/connect").await.html.contains(&key));
    assert!(!browser.get("/settings/keys").await.html.contains(&key));

    // What curl sends, as it stands on the page.
    let body = text.split("-d '").nth(1).unwrap().split("'").next().unwrap();
    let call = app.call(reqwest::Method::POST, "/v1/purchases");
    let call = call.header("content-type", "application/json").key(&key).body(body);
    call.send().await.expect(201);
    let page = browser.get("/connect").await.expect(200);
    page.shows("You are connected");
    page.shows("Order first-1");
    page.shows("€13.90");
}

#[tokio::test]
async fn a_form_goes_nowhere_but_where_its_page_is() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let browser = Browser::of(&app, &owner);
    for led in ["..%2Fsettings%2Fkeys%2F1%2Frevoke", "x%3Fy%23z", "%0A%2F%2Fevil.example%2F"] {
        let page = browser.get(&format!("/invitation/{led}")).await.expect(200);
        assert!(page.html.contains(&format!("action=\"/invitation/{led}\"")), "{}", page.html);
    }
}

#[tokio::test]
async fn a_long_page_is_whole() {
    let shop = Shop::open().await;
    let items: Vec<_> = (0..1_000)
        .map(|line| json!({ "name": format!("<{line}>"), "quantity": 1, "unit_price": "1.00" }))
        .collect();
    let order = json!({ "purchase_id": "long", "currency": "EUR", "items": items });
    shop.app.post("/v1/purchases", order).key(&shop.key).send().await.expect(201);
    let page = Browser::of(&shop.app, &shop.owner).get("/orders/-/long").await.expect(200);
    page.shows("<999>");
    assert!(page.html.trim_end().ends_with("</html>"), "{}", page.html.len());
}

#[tokio::test]
async fn an_invitation_is_taken_on_its_page() {
    let shop = Shop::open().await;
    let browser = Browser::of(&shop.app, &shop.owner);
    let wrong = browser.post("/settings/people", &[("email", "nobody"), ("role", "owner")]).await;
    wrong.expect(422).shows("Type an address such as ada@example.com.");
    let fields = [("email", "grace@example.com"), ("role", "analyst")];
    let made = browser.post("/settings/people", &fields).await.expect(200);
    let path = made.html.split("/invitation/").nth(1).unwrap();
    let token: String =
        path.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let path = format!("/invitation/{token}");
    let guest = Browser::new(&shop.app);
    guest.get(&path).await.expect(200).shows("You are invited");
    let taken = guest.post_raw(&path, &[("name", "Grace"), ("password", PASSWORD)]).await;
    let grace = Browser::new(&shop.app).with("cookie", &taken.expect(303).cookie());
    grace.get("/settings").await.expect(200).shows("grace@example.com");
    guest.post_raw(&path, &[("name", "Eve"), ("password", PASSWORD)]).await.expect(410);
    let people = browser.get("/settings/people").await;
    people.shows("Grace");
    people.shows("analyst");
}

#[tokio::test]
async fn keys_are_replaced_and_revoked_on_their_page() {
    let shop = Shop::open().await;
    let browser = Browser::of(&shop.app, &shop.owner);
    let wrong = browser
        .post(
            "/settings/keys",
            &[
                ("name", "web"),
                ("kind", "browser"),
                ("scope", "ingest"),
                ("origins", "https://shop.example/cart"),
            ],
        )
        .await;
    wrong.expect(422).shows("An origin has no path.");
    let page = browser.post("/settings/keys/1/replace", &[]).await.expect(200);
    page.shows("being replaced");
    shop.app.get("/v1/connection").key(&shop.key).send().await.expect(200);
    browser.post("/settings/keys/1/revoke", &[]).await.expect(303);
    shop.app.get("/v1/connection").key(&shop.key).send().await.expect(401);
    browser.get("/settings/audit").await.expect(200).shows("revoked a key");
}

#[tokio::test]
async fn what_was_rejected_is_shown_with_its_reason_and_tried_again() {
    let shop = Shop::open().await;
    let bad = json!({ "purchase_id": "o-1", "currency": "EUR", "total": "5.00",
        "items": [{ "sku": "MUG", "quantity": 1, "unit_price": "4.00", "x": 1 }] });
    let bad = json!({ "events": [{ "type": "purchase",
        "id": "01960000-0000-7000-8000-000000000001", "purchase": bad }] });
    shop.app.post("/v1/events", bad).key(&shop.key).send().await.expect(200);
    let browser = Browser::of(&shop.app, &shop.owner);
    let page = browser.get("/settings/rejected").await.expect(200);
    page.shows("1 event waits.");
    page.shows("o-1");
    let done = browser.post("/settings/rejected/replay", &[]).await.expect(303);
    assert_eq!(done.header("location"), "/settings/rejected?stored=0&rejected=1");
    let page = browser.get(done.header("location")).await.expect(200);
    page.shows("0 events are stored now; 1 was rejected again.");
    browser.get("/connect").await.shows("1 event was not taken.");
}
