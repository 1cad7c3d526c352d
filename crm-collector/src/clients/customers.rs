//! Customers: finding them, and what each is worth.

use std::collections::BTreeMap;

use crm_models::{Attributes, Currency, PurchaseKind, Timestamp, Total};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Clients, ClientsError, page_size};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::facts::{HistoryEntry, HistoryKind, List, Place, Sums};
use crate::store::{CustomerNumber, CustomerQuery, Profile, ReadTx, Result, WorkspaceId};

/// Which customers to find. Where several conditions are given, all have to hold.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CustomerSearch {
    /// Begins an id, an email address or a name from one of its words on, or begins or ends a phone
    /// number. Names are compared without case, accents and punctuation.
    pub q: Option<String>,
    /// Is the id.
    pub customer_id: Option<String>,
    /// Is the email address, in any case of letters.
    pub email: Option<String>,
    /// Begins or ends the phone number; digits count, and the ways in which a number is dialled. Fewer
    /// than four digits find nobody.
    pub phone: Option<String>,
    /// Begins the name, from one of its words on; without case, accents and punctuation.
    pub name: Option<String>,
    /// The `next_after` of the page before.
    pub after: Option<String>,
    /// Customers a page, 1 to 1000; 50 if left out.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
}

/// A customer as known now.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = StoredCustomer)]
pub struct Customer {
    /// The host's id.
    pub customer_id: String,
    /// Full name.
    pub name: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Country, as the host writes it.
    pub country: Option<String>,
    /// Whatever else the host said.
    #[schema(value_type = Object)]
    pub attributes: Attributes,
    /// What the customer agreed to.
    pub consent: BTreeMap<String, bool>,
    /// When the collector first heard of the customer.
    pub created_at: Timestamp,
    /// When it last heard something new.
    pub updated_at: Timestamp,
}

/// Some customers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CustomerPage {
    /// In order of first acquaintance.
    pub customers: Vec<Customer>,
    /// What to ask for as `after` to get the next page; null on the last one.
    pub next_after: Option<String>,
}

/// A customer with all that is known in sums.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CustomerDetail {
    /// The customer.
    #[serde(flatten)]
    pub customer: Customer,
    /// What was bought, a row a currency, the largest net first.
    pub worth: Vec<Worth>,
    /// Interactions of all kinds.
    pub interactions: i64,
}

/// What a customer bought in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Worth {
    /// The currency.
    pub currency: Currency,
    /// Sales.
    pub gross: Total,
    /// Refunds.
    pub refunds: Total,
    /// Sales less refunds.
    pub net: Total,
    /// Number of sales.
    pub orders: i64,
    /// Number of refunds.
    pub refund_orders: i64,
    /// Gross by sale.
    pub average_order: Option<Total>,
    /// Time of the first sale.
    pub first_order: Option<Timestamp>,
    /// Time of the last sale.
    pub last_order: Option<Timestamp>,
}

impl Clients {
    /// Finds customers, page by page.
    pub fn find(
        &self,
        access: &Access<Read>,
        search: &CustomerSearch,
    ) -> std::result::Result<CustomerPage, ClientsError> {
        let (workspace, limit) = (access.workspace(), page_size(search.limit)?);
        let query = CustomerQuery {
            search: search.q.clone(),
            customer_id: search.customer_id.clone(),
            email: search.email.clone(),
            phone: search.phone.clone(),
            name: search.name.clone(),
            after: after(search.after.as_deref())?,
            // One more tells whether there is a next page.
            limit: limit + 1,
        };
        self.store.read(|tx| {
            let mut found = tx.find_customers(workspace, &query)?;
            let more = found.len() > limit;
            found.truncate(limit);
            let next_after = found
                .last()
                .filter(|_| more)
                .map(|last| Place::number(last.0.into()).token(List::Customers));
            let customers = found
                .into_iter()
                .filter_map(|number| customer(tx, workspace, number).transpose())
                .collect::<Result<_>>()?;
            Ok(CustomerPage { customers, next_after })
        })
    }

    /// One customer by the host's id.
    pub fn customer(
        &self,
        access: &Access<Read>,
        customer_id: &str,
    ) -> std::result::Result<CustomerDetail, ClientsError> {
        let workspace = access.workspace();
        self.store.read(|tx| {
            let known = tx.workspace(workspace)?;
            let number = tx.customer_number(workspace, customer_id)?;
            let (Some(known), Some(number)) = (known, number) else {
                return Err(ClientsError::NoSuchCustomer);
            };
            let customer = customer(tx, workspace, number)?.ok_or(ClientsError::NoSuchCustomer)?;
            let end = (Timestamp::from_millis(i64::MAX), i64::MAX);
            let history = tx.derived(&known)?.history(number, end, usize::MAX)?;
            let interactions =
                history.iter().filter(|entry| entry.kind == HistoryKind::Interaction).count();
            let worth = worth(&history);
            let interactions = i64::try_from(interactions).unwrap_or(i64::MAX);
            Ok(CustomerDetail { customer, worth, interactions })
        })
    }
}

/// The number behind which a page of customers begins.
fn after(token: Option<&str>) -> std::result::Result<u32, ClientsError> {
    let Some(token) = token else { return Ok(0) };
    let place = Place::parse(token, List::Customers)?;
    // Past the last number there is nobody.
    Ok(u32::try_from(place.number).unwrap_or(u32::MAX))
}

fn customer(
    tx: &ReadTx<'_>,
    workspace: WorkspaceId,
    number: CustomerNumber,
) -> Result<Option<Customer>> {
    let row = tx.customer(workspace, number)?;
    Ok(row.map(|(profile, created_at, updated_at)| {
        let Profile { customer_id, name, email, phone, country, attributes, consent, .. } = profile;
        Customer {
            customer_id,
            name,
            email,
            phone,
            country,
            attributes,
            consent,
            created_at,
            updated_at,
        }
    }))
}

fn worth(history: &[HistoryEntry]) -> Vec<Worth> {
    let mut currencies: BTreeMap<Currency, (Sums, Vec<Timestamp>)> = BTreeMap::new();
    for entry in history {
        match entry.kind {
            HistoryKind::Sale(currency, amount) => {
                let (sums, times) = currencies.entry(currency).or_default();
                sums.add_amount(PurchaseKind::Sale, amount.ten_thousandths(), 0);
                sums.add_order(PurchaseKind::Sale);
                times.push(entry.occurred_at);
            }
            HistoryKind::Refund(currency, amount) => {
                let (sums, _) = currencies.entry(currency).or_default();
                sums.add_amount(PurchaseKind::Refund, amount.ten_thousandths(), 0);
                sums.add_order(PurchaseKind::Refund);
            }
            HistoryKind::Interaction => {}
        }
    }
    let mut worth: Vec<_> = currencies
        .into_iter()
        .map(|(currency, (sums, times))| Worth {
            currency,
            gross: Total::from_ten_thousandths(sums.gross),
            refunds: Total::from_ten_thousandths(sums.refunds),
            net: Total::from_ten_thousandths(sums.net()),
            orders: sums.orders,
            refund_orders: sums.refund_orders,
            average_order: Total::from_ten_thousandths(sums.gross).mean_of(sums.orders),
            first_order: times.iter().min().copied(),
            last_order: times.iter().max().copied(),
        })
        .collect();
    worth.sort_by_key(|row| (std::cmp::Reverse(row.net), row.currency));
    worth
}
