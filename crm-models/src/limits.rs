//! Limits that the SDK and the collector share, so that what one accepts the other does too.

/// Events in one batch.
pub const BATCH_EVENTS: usize = 1_000;
/// Bytes of one request body after decompression, and on the wire.
pub const BODY_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of one event as JSON.
pub const EVENT_BYTES: usize = 1024 * 1024;
/// Bytes of an id, a SKU, a country, a channel, a source or a coupon in UTF-8.
pub const ID_BYTES: usize = 128;
/// Bytes of a name, an email address, a phone number, a category or a subject in UTF-8.
pub const NAME_BYTES: usize = 512;
/// Characters of a product's name.
pub const PRODUCT_NAME_CHARS: usize = 500;
/// Coupons of one purchase.
pub const COUPONS: usize = 32;
/// Bytes of an interaction's text in UTF-8.
pub const TEXT_BYTES: usize = 64 * 1024;
/// Line items of one purchase.
pub const LINE_ITEMS: usize = 5_000;
/// Largest quantity of one line item, either side of zero.
pub const QUANTITY: u32 = 100_000_000;
/// Largest total and unit price, either side of zero, in whole units of currency.
pub const AMOUNT_UNITS: i64 = 1_000_000_000_000;
/// Bytes of free attributes as JSON.
pub const ATTRIBUTES_BYTES: usize = 16 * 1024;
/// Levels of nesting of free attributes.
pub const ATTRIBUTES_DEPTH: usize = 8;
/// Consent flags of one customer.
pub const CONSENT_FLAGS: usize = 32;
/// How far ahead of the collector's clock an event may lie, in milliseconds: one day.
pub const FUTURE_MS: i64 = 24 * 60 * 60 * 1_000;
/// The earliest time of an event, in milliseconds since 1970: the beginning of 1900.
pub const EARLIEST_MS: i64 = -2_208_988_800_000;
