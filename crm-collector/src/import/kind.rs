//! Sales and refunds by their words.

use crm_models::PurchaseKind;

use super::reason::Reason;

/// What a word says; nothing where none stands.
pub(super) fn kind(bytes: Option<&[u8]>) -> Result<Option<PurchaseKind>, Reason> {
    let Some(bytes) = bytes else { return Ok(None) };
    let word = std::str::from_utf8(bytes).unwrap_or_default().trim().to_lowercase();
    let any = |words: &[&str]| words.contains(&word.as_str());
    if any(&["sale", "purchase", "order", "payment", "charge", "продажа", "реализация"])
    {
        Ok(Some(PurchaseKind::Sale))
    } else if any(&["refund", "return", "credit", "cancellation", "возврат", "сторно"])
    {
        Ok(Some(PurchaseKind::Refund))
    } else {
        Err(Reason::UnknownKind)
    }
}
