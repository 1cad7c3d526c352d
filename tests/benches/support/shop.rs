//! A shop whose purchases can be told from their number alone, in any order and without keeping
//! any: the same seed gives the same purchases to the plain loop and to the collector.

use crm_models::Timestamp;

/// The first instant of the first purchase: 2023-01-01.
pub const START_MS: i64 = 1_672_531_200_000;
/// The three years that purchases are spread over unless told otherwise.
pub const THREE_YEARS_DAYS: u32 = 1_096;

const DAY_MS: i64 = 86_400_000;
/// A shop of one currency has the first.
const CURRENCIES: [&str; 3] = ["GBP", "EUR", "USD"];
const CHANNELS: [&str; 4] = ["web", "app", "store", "marketplace"];
/// The first sells most; each next one a share of it that falls with its rank.
const COUNTRIES: [&str; 40] = [
    "United Kingdom",
    "Germany",
    "France",
    "Ireland",
    "Spain",
    "Netherlands",
    "Belgium",
    "Switzerland",
    "Portugal",
    "Australia",
    "Norway",
    "Italy",
    "Channel Islands",
    "Finland",
    "Cyprus",
    "Sweden",
    "Austria",
    "Denmark",
    "Japan",
    "Poland",
    "United States",
    "Israel",
    "Singapore",
    "Iceland",
    "Canada",
    "Greece",
    "Malta",
    "United Arab Emirates",
    "Lebanon",
    "Lithuania",
    "Brazil",
    "Czech Republic",
    "Bahrain",
    "Saudi Arabia",
    "Hong Kong",
    "Thailand",
    "Nigeria",
    "Bermuda",
    "South Korea",
    "West Indies",
];

/// A shop and the purchases of a stretch of days.
#[derive(Debug)]
pub struct Shop {
    purchases: u64,
    days: u32,
    customers: u64,
    currencies: u8,
    /// Whether its purchases take the place of those of a shop that is not.
    corrected: bool,
    products: Vec<Product>,
    /// `2023-01-01`, and so on for every day.
    dates: Vec<[u8; 10]>,
    /// Country by twelve random bits.
    countries: Vec<usize>,
}

/// Something that the shop sells.
#[derive(Debug)]
pub struct Product {
    /// Its stock-keeping unit.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// The price of one, in 1/10,000.
    pub price_minor: i64,
    /// What stands in JSON before and after the quantity.
    json: [Vec<u8>; 2],
}

/// One purchase. Texts are looked up in its [`Shop`].
#[derive(Clone, Copy, Debug)]
pub struct Purchase {
    /// Its number in the shop, from 0.
    pub number: u64,
    /// A UUID of version 7.
    pub event_id: [u8; 16],
    /// When, in milliseconds since 1970. Never before that of a lower number.
    pub occurred_at_ms: i64,
    /// Who bought.
    pub customer: u64,
    /// Money went back.
    pub refund: bool,
    lines: [Line; 3],
    line_count: usize,
    /// The sum of its lines, in 1/10,000.
    pub total_minor: i64,
    currency: usize,
    channel: usize,
    country: usize,
}

/// One line of a purchase.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line {
    /// Index of the product.
    pub product: usize,
    /// How many.
    pub quantity: u8,
}

impl Shop {
    /// A shop with so many purchases, spread evenly over so many days, by 200,000 customers.
    pub fn new(purchases: u64, days: u32) -> Self {
        Self::with_customers(purchases, days, 200_000)
    }

    /// As [`Shop::new`], with so many customers.
    pub fn with_customers(purchases: u64, days: u32, customers: u64) -> Self {
        Self::with_products(purchases, days, customers, 5_000)
    }

    /// As [`Shop::new`], with so many customers and products.
    pub fn with_products(purchases: u64, days: u32, customers: u64, products: usize) -> Self {
        let dates = (0..=i64::from(days)).map(|day| {
            let text = Timestamp::from_millis(START_MS + day * DAY_MS).to_string();
            text.as_bytes().first_chunk().copied().expect("a time begins with its date")
        });
        Self {
            purchases: purchases.max(1),
            days,
            customers,
            currencies: 1,
            corrected: false,
            products: (0..products).map(Product::numbered).collect(),
            dates: dates.collect(),
            countries: zipf(COUNTRIES.len(), 4_096),
        }
    }

    /// A shop that sells much of little: 20,000 products in three currencies to 50,000 customers.
    pub fn wide(purchases: u64, days: u32) -> Self {
        Self { currencies: 3, ..Self::with_products(purchases, days, 50_000, 20_000) }
    }

    /// The same shop once each of its purchases was corrected: one more was bought of the first product.
    #[must_use]
    pub fn corrected(self) -> Self {
        Self { corrected: true, ..self }
    }

    /// How many purchases there are.
    pub fn purchases(&self) -> u64 {
        self.purchases
    }

    /// A product by its index.
    pub fn product(&self, index: usize) -> &Product {
        &self.products[index]
    }

    /// The purchase of a number.
    pub fn purchase(&self, number: u64) -> Purchase {
        let mut random = Random(number.wrapping_mul(0xD134_2543_DE82_EF95) ^ 0x5EED);
        let span_ms = u128::from(self.days) * DAY_MS.unsigned_abs() as u128;
        let offset_ms = u128::from(number) * span_ms / u128::from(self.purchases);
        let occurred_at_ms = START_MS + i64::try_from(offset_ms).expect("days fit");

        let facts = random.next();
        let customer = random.below(self.customers);
        // Bits 12 and 13 of the facts: half of all purchases have two lines, a quarter one, a
        // quarter three.
        let line_count = [1, 2, 2, 3][usize::from(low_byte(facts >> 12) & 3)];
        let mut lines = [Line::default(); 3];
        let mut total_minor = 0;
        for (index, line) in lines[..line_count].iter_mut().enumerate() {
            let product = random.below(self.products.len() as u64);
            let product = usize::try_from(product).expect("products fit");
            let more = u8::from(self.corrected && index == 0);
            let quantity = 1 + (low_byte(random.next()) & 7) + more;
            *line = Line { product, quantity };
            total_minor += self.products[product].price_minor * i64::from(quantity);
        }
        let (first, second) = (random.next(), random.next() ^ u64::from(self.corrected));
        Purchase {
            number,
            event_id: uuid_v7(occurred_at_ms, first, second),
            occurred_at_ms,
            customer,
            refund: low_byte(facts >> 16) < 5,
            lines,
            line_count,
            total_minor,
            currency: usize::from(low_byte(facts >> 32) % self.currencies),
            channel: [0, 0, 0, 0, 1, 1, 2, 3][usize::from(low_byte(facts >> 24) & 7)],
            country: self.countries[usize::try_from(facts & 4_095).expect("twelve bits fit")],
        }
    }

    /// Writes a purchase as JSON, with its `type` in front as the SDK does it or, for the endpoint
    /// of purchases alone, without.
    pub fn write_json(&self, purchase: &Purchase, typed: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(if typed { br#"{"type":"purchase","id":""# } else { br#"{"id":""# });
        write_uuid(&purchase.event_id, out);
        out.extend_from_slice(br#"","occurred_at":""#);
        self.write_time(purchase.occurred_at_ms, out);
        out.extend_from_slice(br#"","purchase_id":"P"#);
        write_digits(purchase.number, 9, out);
        out.extend_from_slice(br#"","customer_id":"c-"#);
        write_digits(purchase.customer, 7, out);
        out.extend_from_slice(br#"","kind":""#);
        out.extend_from_slice(if purchase.refund { b"refund" } else { b"sale" });
        out.extend_from_slice(br#"","currency":""#);
        out.extend_from_slice(purchase.currency().as_bytes());
        out.extend_from_slice(br#"","total":""#);
        write_money(purchase.total_minor, out);
        out.extend_from_slice(br#"","items":["#);
        for (index, line) in purchase.lines().iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            let [before, after] = &self.products[line.product].json;
            out.extend_from_slice(before);
            write_digits(u64::from(line.quantity), 1, out);
            out.extend_from_slice(after);
        }
        out.extend_from_slice(br#"],"channel":""#);
        out.extend_from_slice(purchase.channel().as_bytes());
        out.extend_from_slice(br#"","country":""#);
        out.extend_from_slice(purchase.country().as_bytes());
        if self.corrected {
            out.extend_from_slice(br#"","updated_at":""#);
            self.write_time(purchase.occurred_at_ms, out);
        }
        out.extend_from_slice(br#""}"#);
    }

    fn write_time(&self, time_ms: i64, out: &mut Vec<u8>) {
        let offset_ms = u64::try_from(time_ms - START_MS).expect("no purchase before the start");
        let day_ms = DAY_MS.unsigned_abs();
        let day = usize::try_from(offset_ms / day_ms).expect("days fit");
        let of_day_ms = offset_ms % day_ms;
        out.extend_from_slice(&self.dates[day]);
        for (before, value, width) in [
            (b'T', of_day_ms / 3_600_000, 2),
            (b':', of_day_ms / 60_000 % 60, 2),
            (b':', of_day_ms / 1_000 % 60, 2),
            (b'.', of_day_ms % 1_000, 3),
        ] {
            out.push(before);
            write_digits(value, width, out);
        }
        out.push(b'Z');
    }
}

impl Purchase {
    /// Its lines, one to three.
    pub fn lines(&self) -> &[Line] {
        &self.lines[..self.line_count]
    }

    /// In what money.
    pub fn currency(&self) -> &'static str {
        CURRENCIES[self.currency]
    }

    /// Where.
    pub fn channel(&self) -> &'static str {
        CHANNELS[self.channel]
    }

    /// To which country.
    pub fn country(&self) -> &'static str {
        COUNTRIES[self.country]
    }
}

impl Product {
    fn numbered(index: usize) -> Self {
        let kinds = ["Glass lantern", "Paper napkins", "Tea towel", "Wooden frame", "Lunch box"];
        let kind = kinds[index % kinds.len()];
        let (sku, name) = (format!("S{index:05}"), format!("{kind} no. {index}"));
        // From 0.29 to 47.29, in whole pence.
        let price_minor = 2_900 + i64::try_from(index * 7_919 % 4_700).expect("it fits") * 100;
        let before = format!(r#"{{"sku":"{sku}","name":"{name}","quantity":"#);
        let mut after = br#","unit_price":""#.to_vec();
        write_money(price_minor, &mut after);
        after.extend_from_slice(br#""}"#);
        Self { sku, name, price_minor, json: [before.into_bytes(), after] }
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): a few instructions a number, from any seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(bound);
        u64::try_from(product >> 64).expect("below a bound of 64 bits")
    }
}

/// A table of `slots` indexes below `count`, each as often as 1 / (its rank) asks for.
fn zipf(count: usize, slots: usize) -> Vec<usize> {
    let rank_sum: f64 = (1..=count).map(|rank| 1.0 / rank as f64).sum();
    let mut table = Vec::with_capacity(slots);
    let mut share = 0.0;
    for index in 0..count {
        share += 1.0 / (index + 1) as f64 / rank_sum;
        while table.len() < slots && (table.len() as f64) < share * slots as f64 {
            table.push(index);
        }
    }
    table.resize(slots, count - 1);
    table
}

fn uuid_v7(time_ms: i64, first: u64, second: u64) -> [u8; 16] {
    let mut id = [0; 16];
    id[..6].copy_from_slice(&time_ms.to_be_bytes()[2..]);
    id[6..8].copy_from_slice(&first.to_be_bytes()[..2]);
    id[8..].copy_from_slice(&second.to_be_bytes());
    id[6] = 0x70 | (id[6] & 0x0F);
    id[8] = 0x80 | (id[8] & 0x3F);
    id
}

fn write_uuid(id: &[u8; 16], out: &mut Vec<u8>) {
    const HEX: [u8; 16] = *b"0123456789abcdef";
    for (index, byte) in id.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.push(HEX[usize::from(byte >> 4)]);
        out.push(HEX[usize::from(byte & 15)]);
    }
}

/// A number with at least `width` digits, of at most twenty.
pub fn write_digits(mut value: u64, width: usize, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    while value > 0 {
        start -= 1;
        digits[start] = b'0' + low_byte(value % 10);
        value /= 10;
    }
    out.extend_from_slice(&digits[start.min(digits.len() - width)..]);
}

fn write_money(minor: i64, out: &mut Vec<u8>) {
    let minor = minor.unsigned_abs();
    write_digits(minor / 10_000, 1, out);
    out.push(b'.');
    // Prices are whole pence.
    write_digits(minor % 10_000 / 100, 2, out);
}

fn low_byte(value: u64) -> u8 {
    value.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crm_models::{Event, PurchaseKind};

    #[test]
    fn a_corrected_purchase_is_another_event_of_the_same_number() {
        let read = |shop: &Shop| {
            let mut json = Vec::new();
            shop.write_json(&shop.purchase(7), false, &mut json);
            serde_json::from_slice::<crm_models::Purchase>(&json).unwrap()
        };
        let (first, then) = (read(&Shop::new(100, 30)), read(&Shop::new(100, 30).corrected()));
        assert_ne!(then.id, first.id);
        assert_eq!(then.updated_at, first.occurred_at);
        let one_more = first.total.unwrap().checked_add(first.items[0].unit_price);
        assert_eq!(then.total, one_more);
        let rest = |of: &crm_models::Purchase| (of.purchase_id.clone(), of.items[1..].to_vec());
        assert_eq!(rest(&then), rest(&first));
    }

    #[test]
    fn purchases_are_valid_events_of_about_four_hundred_bytes() {
        let shop = Shop::new(10_000, THREE_YEARS_DAYS);
        let now = Timestamp::from_millis(START_MS + 2_000 * DAY_MS);
        let (mut bytes, mut refunds, mut last) = (0, 0, None);
        for number in 0..10_000 {
            let purchase = shop.purchase(number);
            let mut json = Vec::new();
            shop.write_json(&purchase, true, &mut json);
            bytes += json.len();
            let event: Event = serde_json::from_slice(&json).unwrap();
            event.validate(now).unwrap();
            assert_eq!(event.id().unwrap().as_bytes(), &purchase.event_id);
            assert_eq!(event.occurred_at().unwrap().millis(), purchase.occurred_at_ms);
            assert!(Some(purchase.event_id) > last, "ids advance with time");
            last = Some(purchase.event_id);
            let Event::Purchase(read) = event else { panic!("no purchase") };
            assert_eq!(read.total.unwrap().ten_thousandths(), purchase.total_minor);
            refunds += u32::from(read.kind == PurchaseKind::Refund);

            json.clear();
            shop.write_json(&purchase, false, &mut json);
            assert_eq!(serde_json::from_slice::<crm_models::Purchase>(&json).unwrap(), read);
        }
        assert!((380..430).contains(&(bytes / 10_000)), "{}", bytes / 10_000);
        assert!((100..400).contains(&refunds), "{refunds}");
    }
}
