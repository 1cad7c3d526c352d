//! Any shop: accounts, orders, refunds and messages, by JSON over HTTP, kept in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use crm_sdk::Currency;
use serde::{Deserialize, Serialize};

use crate::crm::Crm;

/// The currency of every price here.
pub(crate) const CURRENCY: Currency = Currency::GBP;

/// Something to buy.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) sku: &'static str,
    pub(crate) name: &'static str,
    pub(crate) category: &'static str,
    /// With the tax that is in it.
    pub(crate) price_pence: i64,
    pub(crate) cost_pence: i64,
}

static PRODUCTS: [Product; 3] = [
    Product { sku: "MUG-01", name: "Mug", category: "Kitchen", price_pence: 695, cost_pence: 210 },
    Product { sku: "POT-02", name: "Pot", category: "Kitchen", price_pence: 2499, cost_pence: 980 },
    Product { sku: "PEN-03", name: "Pen", category: "Desk", price_pence: 125, cost_pence: 30 },
];

/// The code that takes a tenth off.
pub(crate) const COUPON: &str = "WELCOME";

/// Somebody with an account.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) country: Option<String>,
    pub(crate) newsletter: bool,
}

/// A paid order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) customer_id: Option<String>,
    pub(crate) placed_at: SystemTime,
    pub(crate) lines: Vec<Line>,
    pub(crate) has_coupon: bool,
    refunded: bool,
}

impl Order {
    fn goods_pence(&self) -> i64 {
        self.lines.iter().map(|line| line.product.price_pence * i64::from(line.quantity)).sum()
    }

    /// A tenth, where there is a coupon.
    pub(crate) fn discount_pence(&self) -> i64 {
        if self.has_coupon { (self.goods_pence() + 5) / 10 } else { 0 }
    }

    /// Free from 20 pounds on.
    pub(crate) fn postage_pence(&self) -> i64 {
        if self.goods_pence() - self.discount_pence() < 2_000 { 350 } else { 0 }
    }

    pub(crate) fn total_pence(&self) -> i64 {
        self.goods_pence() - self.discount_pence() + self.postage_pence()
    }

    /// The tax of 20 % that is in the total: a sixth of it.
    pub(crate) fn tax_pence(&self) -> i64 {
        (self.total_pence() + 3) / 6
    }
}

/// So many of a product.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) product: &'static Product,
    pub(crate) quantity: u32,
}

/// What a customer wrote.
#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    pub(crate) customer_id: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

#[derive(Deserialize)]
struct SignUp {
    name: String,
    email: String,
    country: Option<String>,
    #[serde(default)]
    newsletter: bool,
}

#[derive(Deserialize)]
struct Checkout {
    /// Left out by guests.
    customer_id: Option<String>,
    coupon: Option<String>,
    items: Vec<BasketItem>,
}

#[derive(Deserialize)]
struct BasketItem {
    sku: String,
    quantity: u32,
}

#[derive(Serialize)]
struct Created {
    id: String,
}

/// Why the shop refuses, in its own words.
type Refusal = (StatusCode, &'static str);

#[derive(Clone)]
struct Shop {
    crm: Crm,
    books: Arc<Mutex<Books>>,
}

/// What a real shop has in its database.
#[derive(Default)]
struct Books {
    accounts: HashMap<String, Account>,
    orders: HashMap<String, Order>,
    numbers_given: u64,
}

pub(crate) fn routes(crm: Crm) -> Router {
    Router::new()
        .route("/accounts", post(sign_up))
        .route("/orders", post(check_out))
        .route("/orders/{id}", post(change))
        .route("/orders/{id}/refund", post(refund))
        .route("/messages", post(write_message))
        .with_state(Shop { crm, books: Arc::default() })
}

async fn sign_up(
    State(shop): State<Shop>,
    Json(form): Json<SignUp>,
) -> Result<(StatusCode, Json<Created>), Refusal> {
    let SignUp { name, email, country, newsletter } = form;
    if !email.contains('@') {
        return Err((StatusCode::BAD_REQUEST, "that is no email address"));
    }
    let mut books = shop.books();
    let account = Account { id: books.number("customer"), name, email, country, newsletter };
    let id = account.id.clone();
    shop.crm.account(&account);
    books.accounts.insert(id.clone(), account);
    Ok((StatusCode::CREATED, Json(Created { id })))
}

async fn check_out(
    State(shop): State<Shop>,
    Json(basket): Json<Checkout>,
) -> Result<(StatusCode, Json<Created>), Refusal> {
    let mut books = shop.books();
    if let Some(id) = &basket.customer_id
        && !books.accounts.contains_key(id)
    {
        return Err((StatusCode::NOT_FOUND, "there is no such account"));
    }
    let lines = lines(&basket.items)?;
    let id = books.number("order");
    let order = Order {
        id: id.clone(),
        customer_id: basket.customer_id,
        placed_at: SystemTime::now(),
        lines,
        has_coupon: basket.coupon.as_deref() == Some(COUPON),
        refunded: false,
    };
    // Told once the order stands in the shop's own books, so that the CRM never knows of one that
    // the shop does not.
    books.orders.insert(id.clone(), order.clone());
    shop.crm.sold(&order);
    Ok((StatusCode::CREATED, Json(Created { id })))
}

/// Another basket for an order that has not been sent yet.
async fn change(
    State(shop): State<Shop>,
    Path(id): Path<String>,
    Json(items): Json<Vec<BasketItem>>,
) -> Result<StatusCode, Refusal> {
    let mut books = shop.books();
    let order = books.orders.get_mut(&id).ok_or((StatusCode::NOT_FOUND, "no such order"))?;
    order.lines = lines(&items)?;
    shop.crm.changed(order);
    Ok(StatusCode::NO_CONTENT)
}

async fn refund(State(shop): State<Shop>, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    let mut books = shop.books();
    let order = books.orders.get_mut(&id).ok_or((StatusCode::NOT_FOUND, "no such order"))?;
    if order.refunded {
        return Err((StatusCode::CONFLICT, "the order was refunded before"));
    }
    order.refunded = true;
    shop.crm.refunded(order);
    Ok(StatusCode::NO_CONTENT)
}

async fn write_message(
    State(shop): State<Shop>,
    Json(message): Json<Message>,
) -> Result<StatusCode, Refusal> {
    if !shop.books().accounts.contains_key(&message.customer_id) {
        return Err((StatusCode::NOT_FOUND, "there is no such account"));
    }
    shop.crm.message(&message);
    Ok(StatusCode::ACCEPTED)
}

fn lines(items: &[BasketItem]) -> Result<Vec<Line>, Refusal> {
    let lines = items.iter().map(line).collect::<Option<Vec<_>>>();
    let refusal = (StatusCode::BAD_REQUEST, "an order is of 1 or more of what there is");
    lines.filter(|lines| !lines.is_empty()).ok_or(refusal)
}

fn line(item: &BasketItem) -> Option<Line> {
    let product = PRODUCTS.iter().find(|product| product.sku == item.sku)?;
    (1..=1_000).contains(&item.quantity).then_some(Line { product, quantity: item.quantity })
}

impl Shop {
    fn books(&self) -> MutexGuard<'_, Books> {
        // The books are changed in single steps, so a panic elsewhere leaves them in order.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    /// A number that this shop has never given, not before a restart either: to the CRM an order
    /// number is one order for good, and a new order under an old number is a conflict.
    fn number(&mut self, of: &str) -> String {
        self.numbers_given += 1;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        format!("{of}-{}-{}", now.as_millis(), self.numbers_given)
    }
}
