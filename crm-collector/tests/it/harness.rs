//! A collector on a free port with a data folder of its own, and a client for it.

use std::net::SocketAddr;
use std::sync::Arc;

use crm_collector::app::App;
use crm_collector::auth::{NewUser, NewWorkspace};
use crm_collector::clock::Clock;
use crm_collector::config::Config;
use crm_collector::http::{Drained, Listen, Services};
use crm_collector::store::Store;
use crm_models::{Role, Timestamp};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// What people in tests type.
pub const PASSWORD: &str = "correct horse battery";

/// A running collector. Dropping it stops it.
pub struct TestApp {
    pub address: SocketAddr,
    /// Stands still; expiry is tested by moving it.
    pub clock: Clock,
    pub store: Arc<Store>,
    pub services: Services,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<Drained>,
    folder: tempfile::TempDir,
}

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub struct Login {
    pub cookie: String,
    pub csrf: String,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// With other settings than the default.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { data: folder.path().join("data"), ..Config::default() };
        config.listen = "127.0.0.1:0".parse().unwrap();
        change(&mut config);
        let clock = Clock::fixed("2026-03-01T12:00:00Z".parse::<Timestamp>().unwrap());
        let listener = App::bind(&config).await.unwrap();
        let Listen::Tcp(address) = listener.place().unwrap() else { panic!("{:?}", config.listen) };
        let app = App::build(config, clock.clone()).await.unwrap();
        let (store, services) = (app.store().clone(), app.services().clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(app.run(listener, async {
            // An error means that the test is over.
            drop(stopped.await);
        }));
        let client = reqwest::Client::new();
        Self { address, clock, store, services, client, stop: Some(stop), running, folder }
    }

    /// Tells the collector to stop, and does not wait.
    pub fn tell_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Stops the collector and waits until it has come to rest.
    pub async fn stop(self) -> Drained {
        self.stop_and_keep().await.0
    }

    /// The same, and hands over the folder of its data.
    pub async fn stop_and_keep(mut self) -> (Drained, tempfile::TempDir) {
        self.tell_to_stop();
        (self.running.await.unwrap(), self.folder)
    }

    pub fn call(&self, method: Method, path: &str) -> Call<'_> {
        let url = format!("http://{}{path}", self.address);
        Call { app: self, method, url, headers: HeaderMap::new(), body: Vec::new() }
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str, body: Value) -> Call<'_> {
        self.call(Method::POST, path)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    pub fn put(&self, path: &str, body: Value) -> Call<'_> {
        let call = self.call(Method::PUT, path).header("content-type", "application/json");
        call.body(body.to_string())
    }

    pub fn delete(&self, path: &str) -> Call<'_> {
        self.call(Method::DELETE, path)
    }

    pub async fn register(&self, name: &str) -> Answer {
        let email = email_of(name);
        let body = json!({ "name": name, "email": email, "password": PASSWORD });
        self.post("/v1/auth/register", body).send().await
    }

    pub async fn log_in(&self, name: &str) -> Login {
        self.log_in_with(name, PASSWORD).await.login()
    }

    pub async fn log_in_with(&self, name: &str, password: &str) -> Answer {
        let body = json!({ "email": email_of(name), "password": password });
        self.post("/v1/auth/login", body).send().await
    }

    /// An owner of a new workspace, logged in.
    pub async fn owner(&self) -> Login {
        self.register("Ada").await.expect(201);
        self.log_in("Ada").await
    }

    /// An owner of a workspace of their own, made from the command line, logged in.
    pub async fn owner_of(&self, name: &str, workspace: &str) -> Login {
        let user = NewUser::new(name, &email_of(name), PASSWORD.to_owned()).unwrap();
        let workspace = NewWorkspace::new(Some(workspace), None, None).unwrap();
        self.services.auth.add_user(user, Role::Owner, workspace).await.unwrap();
        self.log_in(name).await
    }

    /// A key as its owner makes it: the answer's JSON.
    pub async fn create_key(&self, owner: &Login, about: Value) -> Value {
        self.post("/v1/keys", about).by(owner).send().await.expect(201).json()
    }

    /// The text of a key with these scopes.
    pub async fn key(&self, owner: &Login, scopes: &[&str]) -> String {
        let about = json!({ "name": "test", "scopes": scopes });
        self.create_key(owner, about).await["key"].as_str().unwrap().to_owned()
    }
}

pub fn email_of(name: &str) -> String {
    format!("{}@example.com", name.to_lowercase())
}

/// A request in the making.
pub struct Call<'a> {
    app: &'a TestApp,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Call<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// By a session, with its CSRF token.
    pub fn by(self, login: &Login) -> Self {
        self.header("cookie", &login.cookie).header("x-csrf-token", &login.csrf)
    }

    /// By an API key.
    pub fn key(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    pub async fn send(self) -> Answer {
        let request = self.app.client.request(self.method, self.url);
        let response = request.headers(self.headers).body(self.body).send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.unwrap().to_vec();
        // Or the prompt of who calls by curl stands behind it.
        assert!(body.is_empty() || body.ends_with(b"\n"), "no line break at the end: {body:?}");
        Answer { status, headers, body }
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// The answer is a problem of this status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.expect(status).json();
        assert_eq!((&problem["status"], &problem["code"]), (&json!(status), &json!(code)));
        problem
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// What the answer to a login holds.
    #[track_caller]
    pub fn login(self) -> Login {
        let answer = self.expect(200);
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let csrf = answer.json()["csrf_token"].as_str().unwrap().to_owned();
        Login { cookie, csrf }
    }
}

/// A problem's body, without what differs each time.
pub fn stable(mut problem: Value) -> Value {
    problem["request_id"] = json!("[id]");
    problem
}
