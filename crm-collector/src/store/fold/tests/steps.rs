//! What may happen to a log, at random, and the events that it makes.

use crm_models::{
    Amount, Currency, Event, EventId, Interaction, InteractionKind, LineItem, Purchase,
    PurchaseKind, State, Timestamp,
};
use proptest::prelude::*;

/// Days around two ends of months and a change of the clocks.
pub(super) const FIRST_DAY: i64 = 14_900;

#[derive(Clone, Debug)]
pub(super) enum Step {
    Purchase {
        customer: Option<u8>,
        refund: bool,
        euro: bool,
        day: u8,
        minute: u16,
        country: Option<u8>,
        items: Vec<(u16, u8, i32)>,
    },
    /// Something takes the place of an earlier purchase; without a state, it is taken back altogether.
    Correction {
        of: usize,
        by: Box<Step>,
        state: Option<State>,
        discount: i64,
        shipping: i64,
    },
    Interaction {
        customer: u8,
        day: u8,
        minute: u16,
    },
    /// Something takes the place of an earlier interaction, or takes it back.
    Mended {
        of: usize,
        by: Box<Step>,
        void: bool,
    },
    Fold,
    Erasure {
        customer: u8,
    },
}

/// How many random workspaces are tried: so many, or as CRM_CASES says.
pub(super) fn cases(usual: u32) -> u32 {
    std::env::var("CRM_CASES").map_or(usual, |cases| cases.parse().unwrap())
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let items = proptest::collection::vec((0_u16..600, 1_u8..5, 0_i32..99_999), 0..4);
    let purchase =
        (
            proptest::option::of(0_u8..150),
            any::<bool>(),
            proptest::bool::weighted(0.2),
            0_u8..70,
            0_u16..1_440,
            proptest::option::of(0_u8..3),
            items,
        )
            .prop_map(|(customer, refund, euro, day, minute, country, items)| {
                Step::Purchase { customer, refund, euro, day, minute, country, items }
            });
    let states = prop_oneof![
        4 => Just(Some(State::Paid)),
        1 => Just(Some(State::Pending)),
        2 => Just(Some(State::Cancelled)),
        2 => Just(None),
    ];
    let correction =
        (any::<prop::sample::Index>(), purchase.clone(), states, 0_i64..9_999, 0_i64..2).prop_map(
            |(of, by, state, discount, shipping)| Step::Correction {
                of: of.index(10_000),
                by: Box::new(by),
                state,
                discount,
                shipping: shipping * 49_000,
            },
        );
    let interaction = (0_u8..150, 0_u8..70, 0_u16..1_440)
        .prop_map(|(customer, day, minute)| Step::Interaction { customer, day, minute });
    let mended = (any::<prop::sample::Index>(), interaction.clone(), proptest::bool::weighted(0.3))
        .prop_map(|(of, by, void)| Step::Mended { of: of.index(10_000), by: Box::new(by), void });
    let erasure = (0_u8..150).prop_map(|customer| Step::Erasure { customer });
    proptest::collection::vec(
        prop_oneof![8 => purchase, 3 => correction, 2 => interaction, 2 => mended, 1 => Just(Step::Fold),
            1 => erasure],
        1..120,
    )
}

pub(super) fn time(day: u8, minute: u16) -> Timestamp {
    Timestamp::from_millis((FIRST_DAY + i64::from(day)) * 86_400_000 + i64::from(minute) * 60_000)
}

pub(super) fn event_of(index: usize, step: &Step) -> Option<Event> {
    let mut event: Event = match step {
        Step::Fold | Step::Erasure { .. } => return None,
        // Of one of the steps so far, where that was a purchase.
        Step::Correction { of, by, state, discount, shipping } => {
            let Some(Event::Purchase(mut purchase)) = event_of(of % index.max(1), by) else {
                unreachable!("it is made of a purchase")
            };
            purchase.id = None;
            match state {
                Some(state) => (purchase.state, purchase.replace) = (*state, true),
                None => purchase.void = true,
            }
            if !purchase.items.is_empty() {
                purchase.discount = Some(Amount::from_ten_thousandths(*discount));
                purchase.shipping = Some(Amount::from_ten_thousandths(*shipping));
            }
            purchase.into()
        }
        Step::Interaction { customer, day, minute } => {
            let host_id = format!("c{customer}");
            let call = Interaction::new(host_id, InteractionKind::Call);
            call.occurred_at(time(*day, *minute)).subject(format!("call {index}")).into()
        }
        // Of one of the steps so far, whatever that was.
        Step::Mended { of, by, void } => {
            let Some(Event::Interaction(mut mended)) = event_of(of % index.max(1), by) else {
                unreachable!("it is made of an interaction")
            };
            mended.interaction_id = mended.id.take();
            if *void { mended.void().into() } else { mended.replace().into() }
        }
        Step::Purchase { customer, refund, euro, day, minute, country, items } => {
            let currency = if *euro { Currency::EUR } else { Currency::GBP };
            let mut purchase = Purchase::sale(currency)
                .occurred_at(time(*day, *minute))
                .purchase_id(format!("order {index}"));
            purchase.kind = if *refund { PurchaseKind::Refund } else { PurchaseKind::Sale };
            purchase.customer_id = customer.map(|n| format!("c{n}").into());
            purchase.country = country.map(|n| format!("land {n}"));
            for (sku, quantity, price) in items {
                let price = Amount::from_ten_thousandths((*price).into());
                purchase =
                    purchase.item(LineItem::new(format!("p{sku}"), u32::from(*quantity), price));
            }
            if items.is_empty() {
                purchase = purchase.total(Amount::from_ten_thousandths(12_345));
            }
            purchase.into()
        }
    };
    let id = u128::try_from(index).unwrap() + 1;
    event.complete(|| EventId::from_bytes(id.to_be_bytes()), Timestamp::from_millis(0));
    Some(event)
}

/// The interaction that an event is, or is a version of.
pub(super) fn interaction_of(event: &Event) -> Option<EventId> {
    let Event::Interaction(interaction) = event else { return None };
    interaction.interaction_id.or(interaction.id)
}
