//! Words for where an order stands, in the languages that shops write them in.

use std::str::FromStr;

/// A text that is no [`Standing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what a state is taken for is paid, pending, cancelled or refunded")]
pub struct UnknownStanding;

impl FromStr for Standing {
    type Err = UnknownStanding;

    fn from_str(text: &str) -> Result<Self, UnknownStanding> {
        match text {
            "paid" => Ok(Self::Paid),
            "pending" => Ok(Self::Pending),
            "cancelled" | "canceled" => Ok(Self::Cancelled),
            "refunded" => Ok(Self::Refunded),
            _ => Err(UnknownStanding),
        }
    }
}

/// What a word says of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was paid.
    Paid,
    /// It is not paid yet.
    Pending,
    /// It was called off before it was paid.
    Cancelled,
    /// It was paid, and all of it was given back.
    Refunded,
    /// It was paid, and some of it was given back.
    PartlyRefunded,
}

impl Standing {
    /// As it is told, and given to `--states`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Pending => "pending",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
            Self::PartlyRefunded => "partly refunded",
        }
    }

    /// What a word stands for, if it is known.
    pub fn of(word: &str) -> Option<Self> {
        let plain = super::names::plain(word);
        let plain = plain.strip_prefix("wc ").unwrap_or(&plain);
        let is_in = |words: &str| words.split(", ").any(|word| word == plain);
        if is_in(PAID) {
            Some(Self::Paid)
        } else if is_in(PENDING) {
            Some(Self::Pending)
        } else if is_in(CANCELLED) {
            Some(Self::Cancelled)
        } else if is_in(REFUNDED) {
            Some(Self::Refunded)
        } else if is_in(PARTLY_REFUNDED) {
            Some(Self::PartlyRefunded)
        } else {
            None
        }
    }
}

const PAID: &str = "\
    paid, complete, completed, processing, processed, fulfilled, shipped, delivered, \
    succeeded, success, successful, captured, settled, closed, approved, invoiced, payment \
    accepted, shipped delivered to buyer, unshipped, partially shipped, ready to ship, in \
    transit, payment, received, dispatched, done, available, оплачен, оплачено, оплачена, \
    оплаченный, выполнен, выполнена, выполнено, завершен, завершена, завершено, доставлен, \
    доставлено, доставлена, доставляется, отгружен, отгружено, отправлен, выдан, получен, в \
    обработке, проведен, продан, выкуплен, успешно, в пути, ожидает отгрузки, bezahlt, \
    abgeschlossen, versendet, versandt, geliefert, pagado, pagada, recibido, completado, \
    completada, enviado, entregado, aprobado, pago, aprovado, concluido, entregue, recebido, \
    paye, payee, terminee, termine, expedie, expediee, livre, livree";

const PENDING: &str = "\
    pending, pending payment, unpaid, open, on hold, authorized, authorised, partially paid, \
    awaiting payment, payment pending, awaiting check payment, new, created, draft, requires \
    capture, requires payment method, requires action, incomplete, новый, новая, ожидает \
    оплаты, не оплачен, не оплачено, неоплачен, ожидание оплаты, в ожидании, принят, создан, \
    частично оплачен, offen, ausstehend, unbezahlt, in bearbeitung, pendiente, pendiente de \
    pago, abierta, abierto, pendente, aguardando pagamento, aberto, en attente, en attente de \
    paiement, impaye";

const CANCELLED: &str = "\
    cancelled, canceled, cancel, voided, void, failed, expired, declined, denied, rejected, \
    abandoned, trash, checkout draft, uncollectible, payment error, отменен, отменено, \
    отменена, отмена, аннулирован, отклонен, отказ, ошибка оплаты, удален, не выкуплен, \
    storniert, abgebrochen, fehlgeschlagen, cancelado, cancelada, anulado, anulada, \
    rechazado, fallido, recusado, annule, annulee, echouee, echoue, refuse";

const REFUNDED: &str = "\
    refunded, refund, fully refunded, returned, chargeback, возврат, возвращен, возвращено, \
    возвращена, полный возврат, erstattet, ruckerstattung, zuruckgezahlt, reembolsado, \
    reembolsada, devuelto, devolvido, estornado, rembourse, remboursee";

const PARTLY_REFUNDED: &str = "\
    partially refunded, partial refund, partly refunded, частичный возврат, частично \
    возвращен, частично возвращено, teilweise erstattet, parcialmente reembolsado, \
    reembolsado parcialmente, partiellement rembourse, partiellement remboursee";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_shops_say_where_an_order_stands() {
        let cases = [
            ("partially_refunded", Some(Standing::PartlyRefunded)),
            ("wc-completed", Some(Standing::Paid)),
            ("Отменён", Some(Standing::Cancelled)),
            ("VOIDED", Some(Standing::Cancelled)),
            ("Pending payment", Some(Standing::Pending)),
            ("Remboursée", Some(Standing::Refunded)),
            ("собран", None),
        ];
        for (word, expected) in cases {
            assert_eq!(Standing::of(word), expected, "{word}");
        }
    }

    #[test]
    fn each_word_is_written_as_it_is_compared_and_says_one_thing() {
        let mut seen = std::collections::HashSet::new();
        for words in [PAID, PENDING, CANCELLED, REFUNDED, PARTLY_REFUNDED] {
            for word in words.split(", ") {
                assert_eq!(super::super::names::plain(word), word);
                assert!(seen.insert(word), "{word}");
            }
        }
    }
}
