//! What is written in the demo shop: questions, answers, newsletters.

use crm_models::InteractionKind;

/// A question that a purchase leads to, and what it is answered.
pub(super) struct Question {
    pub(super) kind: InteractionKind,
    pub(super) channel: &'static str,
    pub(super) subject: &'static str,
    pub(super) text: &'static str,
    pub(super) answer: &'static str,
}

pub(super) const QUESTIONS: &[Question] = &[
    Question {
        kind: InteractionKind::Ticket,
        channel: "web",
        subject: "Parcel has not arrived",
        text: "The tracking page has said \"out for delivery\" since Tuesday.",
        answer: "The carrier has found it; it arrives tomorrow. Sorry for the wait.",
    },
    Question {
        kind: InteractionKind::Ticket,
        channel: "app",
        subject: "Broken on arrival",
        text: "One piece came with a crack along the rim. Photo attached.",
        answer: "A replacement is on its way. No need to send the broken one back.",
    },
    Question {
        kind: InteractionKind::Email,
        channel: "email",
        subject: "Wrong colour",
        text: "I ordered indigo and received grey. Can I exchange it?",
        answer: "Of course. The return label is attached; the right one ships today.",
    },
    Question {
        kind: InteractionKind::Call,
        channel: "phone",
        subject: "Invoice with VAT number",
        text: "Asked for an invoice made out to the company.",
        answer: "The invoice is attached.",
    },
    Question {
        kind: InteractionKind::Chat,
        channel: "web",
        subject: "Can it go in the dishwasher?",
        text: "The page does not say whether the glaze stands a dishwasher.",
        answer: "It does, up to 60 °C. The page now says so.",
    },
    Question {
        kind: InteractionKind::Chat,
        channel: "app",
        subject: "Gift wrapping",
        text: "Could you add a card? It is a present.",
        answer: "Gladly: the card is in the parcel.",
    },
];

/// The subject of a month's newsletter.
pub(super) fn newsletter(month: u32) -> &'static str {
    match month {
        1 => "A quiet January: tea, candles, a new notebook",
        2 => "For two: the small things on a table",
        3 => "Seeds out: the garden wakes up",
        4 => "Pots, gloves, secateurs",
        5 => "Breakfast outside",
        6 => "Long evenings, storm lanterns",
        7 => "Picnic linen",
        8 => "Back to the desk",
        9 => "New on the shelf: speckled stoneware",
        10 => "Wool weather",
        11 => "Black Friday, our way",
        _ => "Last parcels before Christmas",
    }
}
