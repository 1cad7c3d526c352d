//! What a workspace calls its things, for whoever reads a question in words.

use chrono_tz::Tz;
use crm_api::{PageSize, question};
use crm_models::{Currency, Timestamp};

use super::Clients;
use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::facts::ProductName;
use crate::store::{CustomerQuery, LabelKind, ReadTx, Result, WorkspaceId};

/// Products at the most, the first that were sold: each takes some hundred bytes while a question is read.
const MOST_PRODUCTS: usize = 50_000;
/// Words that are looked up at the most, and customers who have one of them.
const MOST_WORDS: usize = 16;
const MOST_CUSTOMERS: usize = 20;
/// Customers who are named where no word is one's name: examples are about them.
const EXAMPLES: usize = 2;
/// Letters of a name that are looked for at the least.
const LETTERS: usize = 3;

/// Names of a workspace, as far as some words may mean them.
pub struct Known {
    /// The currency of its reports.
    pub currency: Currency,
    /// The zone of its days.
    pub timezone: Tz,
    /// Its products.
    pub products: Vec<ProductName>,
    /// The countries that it sells to.
    pub countries: Vec<String>,
    /// The channels that it sells through.
    pub channels: Vec<String>,
    /// Customers, by id and name.
    pub customers: Vec<(String, Option<String>)>,
    /// Orders, by source and number.
    pub orders: Vec<(Option<String>, String)>,
}

impl Clients {
    /// What the workspace calls its things; of its customers and orders those that some words may name, and the
    /// customers with some ids.
    pub fn known(
        &self,
        access: &Access<Read>,
        words: &[String],
        ids: &[&str],
        now: Timestamp,
    ) -> std::result::Result<Known, AskError> {
        let workspace = access.workspace();
        let words: Vec<_> = words.iter().take(MOST_WORDS).collect();
        let mut known = self.store.read::<_, AskError>(|tx| {
            let about = tx.known_workspace(workspace)?;
            let labels = |kind| -> Result<Vec<String>> {
                Ok(tx.labels(workspace, kind)?.into_values().collect())
            };
            let mut customers = Vec::new();
            for word in &words {
                named(tx, workspace, word, &mut customers)?;
            }
            for id in ids {
                by_id(tx, workspace, id, &mut customers)?;
            }
            if customers.is_empty() {
                let few = CustomerQuery { limit: EXAMPLES, ..CustomerQuery::default() };
                add(tx, workspace, &few, &mut customers)?;
            }
            Ok(Known {
                currency: about.currency,
                timezone: about.timezone,
                products: tx.first_products(workspace, MOST_PRODUCTS)?,
                countries: labels(LabelKind::Country)?,
                channels: labels(LabelKind::Channel)?,
                customers,
                orders: Vec::new(),
            })
        })?;
        for word in words.iter().filter(|word| word.bytes().any(|byte| byte.is_ascii_digit())) {
            let asked = question::Purchases {
                purchase_id: Some((*word).clone()),
                limit: PageSize::at_most(MOST_CUSTOMERS),
                ..question::Purchases::default()
            };
            for purchase in self.purchases(access, &asked, now)?.purchases {
                let order = (purchase.source, purchase.purchase_id.unwrap_or_default());
                if !known.orders.contains(&order) {
                    known.orders.push(order);
                }
            }
        }
        Ok(known)
    }
}

/// Customers who have a word for an id, or in one of its forms for a name.
fn named(
    tx: &ReadTx<'_>,
    workspace: WorkspaceId,
    word: &str,
    customers: &mut Vec<(String, Option<String>)>,
) -> Result<()> {
    by_id(tx, workspace, word, customers)?;
    let letters = word.chars().count();
    if letters < LETTERS {
        return Ok(());
    }
    let of = |name: String| CustomerQuery {
        name: Some(name),
        limit: MOST_CUSTOMERS,
        ..CustomerQuery::default()
    };
    add(tx, workspace, &of(word.to_owned()), customers)?;
    // A Russian name in another case has other letters at its end.
    let is_russian = word.chars().all(|letter| matches!(letter, '\u{400}'..='\u{4ff}'));
    for cut in [1, 2] {
        if is_russian && letters >= LETTERS + cut {
            let beginning = word.chars().take(letters - cut).collect();
            add(tx, workspace, &of(beginning), customers)?;
        }
    }
    Ok(())
}

fn by_id(
    tx: &ReadTx<'_>,
    workspace: WorkspaceId,
    id: &str,
    customers: &mut Vec<(String, Option<String>)>,
) -> Result<()> {
    for id in [id.to_owned(), id.to_lowercase(), id.to_uppercase()] {
        let query = CustomerQuery { customer_id: Some(id), limit: 1, ..CustomerQuery::default() };
        add(tx, workspace, &query, customers)?;
    }
    Ok(())
}

fn add(
    tx: &ReadTx<'_>,
    workspace: WorkspaceId,
    query: &CustomerQuery,
    customers: &mut Vec<(String, Option<String>)>,
) -> Result<()> {
    for number in tx.find_customers(workspace, query)? {
        let Some(profile) = tx.customer(workspace, number)? else { continue };
        let customer = (profile.customer_id, profile.name);
        if !customers.contains(&customer) {
            customers.push(customer);
        }
    }
    Ok(())
}
