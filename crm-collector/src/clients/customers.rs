//! Customers: finding them, and what each is worth.

use std::collections::BTreeMap;

use crm_api::answer::{Customer, CustomerDetail, CustomerPage, Worth};
use crm_api::{Total, question};
use crm_models::{Currency, PurchaseKind, Timestamp};

use super::{Clients, json_bytes, no_such};
use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::facts::{HistoryEntry, HistoryKind, List, Page, Place, Sums, Units};
use crate::store::{CustomerNumber, CustomerQuery, Profile, ReadTx, Result, WorkspaceId};

impl Clients {
    /// Finds customers, page by page.
    pub fn find(
        &self,
        access: &Access<Read>,
        asked: &question::FindCustomers,
    ) -> std::result::Result<CustomerPage, AskError> {
        let (workspace, limit) = (access.workspace(), asked.limit.get());
        let query = CustomerQuery {
            search: asked.q.clone(),
            customer_id: asked.customer_id.as_deref().map(|id| id.trim().to_owned()),
            email: asked.email.clone(),
            phone: asked.phone.clone(),
            name: asked.name.clone(),
            after: after(asked.after.as_deref())?,
            // One more tells whether there is a next page.
            limit: limit + 1,
        };
        self.store.read(|tx| {
            let mut page = Page::new(List::Customers, limit);
            for number in tx.find_customers(workspace, &query)? {
                let Some(customer) = customer(tx, workspace, number)? else { continue };
                let place = Place::number(number.0.into());
                if page.take(place, json_bytes(&customer)?, customer).is_break() {
                    break;
                }
            }
            let (customers, next_after) = page.finish();
            Ok(CustomerPage { customers, next_after })
        })
    }

    /// When each of some customers bought for the first time. All of them at once take a fraction of what
    /// they take one by one.
    pub fn first_purchases(
        &self,
        access: &Access<Read>,
        customers: &[Customer],
    ) -> std::result::Result<Vec<Option<Timestamp>>, AskError> {
        let workspace = access.workspace();
        self.store.read_at_length(|tx| {
            let known = tx.known_workspace(workspace)?;
            let number = |customer: &Customer| tx.customer_number(workspace, &customer.customer_id);
            let numbers: Vec<_> = customers.iter().map(number).collect::<Result<_>>()?;
            let wanted = numbers.iter().flatten().map(|number| number.0).collect();
            let mut first: BTreeMap<u32, Timestamp> = BTreeMap::new();
            tx.derived(&known)?.each_entry_of_all(&wanted, |entry| {
                if let HistoryKind::Sale(..) = entry.kind {
                    let at = first.entry(entry.customer).or_insert(entry.occurred_at);
                    *at = entry.occurred_at.min(*at);
                }
            })?;
            let first = |number: Option<CustomerNumber>| first.get(&number?.0).copied();
            Ok(numbers.into_iter().map(first).collect())
        })
    }

    /// One customer.
    pub fn customer(
        &self,
        access: &Access<Read>,
        asked: &question::Customer,
    ) -> std::result::Result<CustomerDetail, AskError> {
        let workspace = access.workspace();
        self.store.read(|tx| {
            let known = tx.workspace(workspace)?;
            let number = tx.customer_number(workspace, asked.customer_id.trim())?;
            let (Some(known), Some(number)) = (known, number) else {
                return Err(no_such("customer"));
            };
            let customer = customer(tx, workspace, number)?.ok_or_else(|| no_such("customer"))?;
            let mut past = Past::default();
            tx.derived(&known)?.each_entry_of(number, |entry| past.add(&entry))?;
            Ok(CustomerDetail { customer, worth: past.worth(), interactions: past.interactions })
        })
    }
}

/// The number behind which a page of customers begins.
fn after(token: Option<&str>) -> std::result::Result<u32, AskError> {
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
    Ok(row.map(|row| {
        let Profile { customer_id, name, email, phone, country, .. } = row;
        let Profile { attributes, consent, created_at, updated_at, .. } = row;
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

/// What happened with a customer, added up entry by entry.
#[derive(Default)]
struct Past {
    interactions: i64,
    bought: BTreeMap<Currency, Bought>,
}

/// What was bought in one currency.
#[derive(Default)]
struct Bought {
    sums: Sums,
    /// Times of the first and the last sale.
    sales: Option<(Timestamp, Timestamp)>,
}

impl Past {
    fn add(&mut self, entry: &HistoryEntry) {
        let (kind, currency, amount) = match entry.kind {
            HistoryKind::Sale(currency, amount) => (PurchaseKind::Sale, currency, amount),
            HistoryKind::Refund(currency, amount) => (PurchaseKind::Refund, currency, amount),
            HistoryKind::Unpaid => return,
            HistoryKind::Interaction => {
                self.interactions += 1;
                return;
            }
        };
        let Bought { sums, sales } = self.bought.entry(currency).or_default();
        sums.add_amount(kind, amount.ten_thousandths(), 0, Units::default());
        sums.add_order(kind);
        if kind == PurchaseKind::Sale {
            let time = entry.occurred_at;
            let (first, last) = sales.unwrap_or((time, time));
            *sales = Some((first.min(time), last.max(time)));
        }
    }

    /// A row a currency, the largest net first.
    fn worth(&self) -> Vec<Worth> {
        let row = |(currency, Bought { sums, sales }): (&Currency, &Bought)| Worth {
            currency: *currency,
            sold: Total::from_ten_thousandths(sums.sold()),
            refunds: Total::from_ten_thousandths(sums.refunds),
            net: Total::from_ten_thousandths(sums.net()),
            orders: sums.orders,
            refund_orders: sums.refund_orders,
            average_order: Total::from_ten_thousandths(sums.sold()).mean_of(sums.orders),
            first_order: sales.map(|(first, _)| first),
            last_order: sales.map(|(_, last)| last),
        };
        let mut worth: Vec<_> = self.bought.iter().map(row).collect();
        worth.sort_by_key(|row| (std::cmp::Reverse(row.net), row.currency));
        worth
    }
}
