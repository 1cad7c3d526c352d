//! Questions about the client base: who is found, which orders there are, one order; and what is bought
//! together with a product.

use crm_api::question::{FindCustomers, Purchase, Purchases, Together};
use crm_api::{Asked, PageSize};

use super::{Composed, Composer, asked};
use crate::assistant::ask::names::Named;
use crate::assistant::ask::refusal::Refusal;
use crate::assistant::ask::sense::{Act, Column, Dim};

/// What takes the place of a source that was not told, as everywhere.
const NO_SOURCE: &str = "-";

impl Composer<'_> {
    /// Whether somebody is searched for.
    pub(super) fn finds(&self) -> bool {
        let frame = self.frame;
        let is_somebody = frame.by.is_empty()
            && frame.dims.iter().all(|dim| *dim == Dim::Customer)
            && frame.columns.is_empty()
            && frame.whens.is_empty()
            && frame.stages.is_empty();
        let is_of_base = frame.named.iter().all(|named| matches!(named, Named::Customer(_)));
        frame.has(Act::Find) && is_somebody && is_of_base && frame.searched.is_some()
    }

    pub(super) fn find(&self) -> Composed {
        self.only(&[Act::Find, Act::Contact])?;
        let limit = self.limit().map_or_else(PageSize::default, PageSize::at_most);
        Ok(asked(FindCustomers {
            q: self.frame.searched.clone(),
            limit,
            ..FindCustomers::default()
        }))
    }

    /// One order.
    pub(super) fn order(&self) -> Composed {
        self.only(&[Act::Find, Act::History, Act::Why, Act::Buy, Act::Contact, Act::Spend])?;
        self.only_columns(&[Column::Orders, Column::Refunds])?;
        self.only_dims(&[Dim::Product, Dim::Customer])?;
        self.no_bucket()?;
        self.no_days(Refusal::Mixed)?;
        let number = self.frame.order.clone().unwrap_or_default();
        let mut known = self.shop.orders.iter().filter(|order| order.number == number);
        Ok(match (known.next(), known.next()) {
            (Some(order), None) => {
                let source = order.source.clone().unwrap_or_else(|| NO_SOURCE.to_owned());
                asked(Purchase { source, purchase_id: number, ..Purchase::default() })
            }
            // None of it, or one of several shops: the list has what there is.
            _ => asked(Purchases { purchase_id: Some(number), ..Purchases::default() }),
        })
    }

    /// Whether orders are wanted one by one.
    pub(super) fn lists_purchases(&self) -> bool {
        let frame = self.frame;
        let counts = frame.has_any(&[
            Act::HowMany,
            Act::HowMuch,
            Act::Share,
            Act::Compare,
            Act::YearBefore,
            Act::PeriodBefore,
            Act::OverTime,
        ]);
        let is_divided = !frame.by.is_empty() || frame.bucket.is_some();
        if counts || is_divided {
            return false;
        }
        let names = |kind: fn(&Named) -> bool| frame.named.iter().any(kind);
        let has_product = names(|named| matches!(named, Named::Product(_)));
        let has_filter = !frame.named.is_empty();
        // Who bought a product stands in the orders that hold it.
        if frame.has(Act::Who) && has_product && frame.has(Act::Buy) && frame.columns.is_empty() {
            return true;
        }
        frame.columns == [Column::Orders]
            && frame.dims.is_empty()
            && (has_filter || frame.has_any(&[Act::Show, Act::List, Act::Which, Act::Last]))
    }

    pub(super) fn purchases(&self) -> Composed {
        self.only(&[Act::Buy, Act::Last, Act::Sell, Act::When])?;
        let mut list = self.listed(&self.days()?);
        for named in &self.frame.named {
            let focus = self.focus_on(named).key;
            let place = match named {
                Named::Product(_) => &mut list.sku,
                Named::Country(_) => &mut list.country,
                Named::Channel(_) => &mut list.channel,
                _ => return Err(Refusal::Parts),
            };
            if place.is_some() {
                return Err(Refusal::Parts);
            }
            *place = focus;
        }
        if let Some(count) = self.limit() {
            list.limit = PageSize::new(count).map_err(|_| Refusal::Mixed)?;
        }
        Ok(asked(list))
    }

    /// What is bought together with a product.
    pub(super) fn together(&self) -> Composed {
        self.only(&[
            Act::Together,
            Act::Buy,
            Act::Sell,
            Act::Top,
            Act::NextItem,
            Act::Often,
            Act::Worth,
        ])?;
        self.only_columns(&[Column::Orders])?;
        self.only_dims(&[Dim::Product, Dim::Customer])?;
        self.no_bucket()?;
        let [named @ Named::Product(_)] = self.frame.named.as_slice() else {
            return Err(match self.frame.named.is_empty() {
                true => Refusal::WhichProduct,
                false => Refusal::Parts,
            });
        };
        self.no_days(Refusal::Mixed)?;
        let focus = self.focus_on(named);
        let mut question = Together {
            sku: focus.key.clone().unwrap_or_default(),
            currency: self.frame.currency,
            ..Together::default()
        };
        if let Some(count) = self.limit() {
            question.limit = count;
        }
        Ok(Asked { question: question.into(), focus })
    }
}
