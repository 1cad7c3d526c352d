//! Finds which column of a file is what, by their names and by what stands in them.

use std::collections::{BTreeMap, HashMap};

use crm_models::PurchaseKind;
use csv::ByteRecord;

use super::names::{self, EITHER_TOTAL};
use super::presets::Preset;
use super::states::Standing;
use crate::import::field::Field;
use crate::import::kind::kind;
use crate::import::mapping::Mapping;
use crate::import::moment::{has_clock, is_clock, is_time};
use crate::import::number::is_number;

/// Why a column was taken for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::import) enum Why {
    /// Somebody said so.
    Told,
    /// The file is one of a kind that is known.
    Preset,
    /// Its name says so.
    Name,
    /// What stands in it says so, beside its name or without.
    Content(&'static str),
}

/// What a file was taken for.
#[derive(Debug, Default)]
pub(in crate::import) struct Recognised {
    pub(in crate::import) preset: Option<Preset>,
    pub(in crate::import) mapping: Mapping,
    /// Why each field has its column, by the field's name.
    pub(in crate::import) why: BTreeMap<&'static str, Why>,
    /// What is unsure: field, column and why.
    pub(in crate::import) unsure: Vec<(Field, String, &'static str)>,
}

/// Finds the meaning of columns. `sample` are some lines from the beginning.
pub(in crate::import) fn recognise(header: &[String], sample: &[ByteRecord]) -> Recognised {
    if let Some(preset) = Preset::of(header) {
        let mapping = preset.mapping_for(header);
        let mapped = Field::ALL.iter().filter(|field| mapping.column(**field).is_some());
        let why = mapped.map(|field| (field.as_str(), Why::Preset)).collect();
        return Recognised { preset: Some(preset), mapping, why, unsure: Vec::new() };
    }
    let mut search = Search::new(header, sample);
    search.by_names();
    search.times();
    search.kinds();
    search.customers();
    search.totals();
    search.finish()
}

struct Search<'f> {
    header: &'f [String],
    sample: &'f [ByteRecord],
    /// Names as they are compared.
    plain: Vec<String>,
    found: HashMap<Field, usize>,
    why: BTreeMap<&'static str, Why>,
    unsure: Vec<(Field, String, &'static str)>,
}

impl<'f> Search<'f> {
    fn new(header: &'f [String], sample: &'f [ByteRecord]) -> Self {
        let plain = header.iter().map(|name| names::plain(name)).collect();
        let (found, why, unsure) = (HashMap::new(), BTreeMap::new(), Vec::new());
        Self { header, sample, plain, found, why, unsure }
    }

    fn take(&mut self, field: Field, column: usize, why: Why) {
        self.found.insert(field, column);
        self.why.insert(field.as_str(), why);
    }

    fn has(&self, field: Field) -> bool {
        self.found.contains_key(&field)
    }

    fn name(&self, column: usize) -> String {
        self.header.get(column).cloned().unwrap_or_default()
    }

    /// What stands in a column, without blanks and placeholders.
    fn cells(&self, column: usize) -> impl Iterator<Item = &'f [u8]> + use<'f> {
        let is_told = |cell: &&[u8]| {
            !cell.is_empty() && !std::str::from_utf8(cell).is_ok_and(crm_models::is_placeholder)
        };
        let cells = self.sample.iter().filter_map(move |record| record.get(column));
        cells.map(<[u8]>::trim_ascii).filter(is_told)
    }

    /// Whether most of what stands in a column, which is something, is such.
    fn most(&self, column: usize, is_such: impl Fn(&[u8]) -> bool) -> bool {
        let (mut all, mut such) = (0, 0);
        for cell in self.cells(column) {
            all += 1;
            such += u32::from(is_such(cell));
        }
        all > 0 && such * 10 >= all * 8
    }

    /// Whether what stands in a column can be what it is called.
    fn fits(&self, field: Field, column: usize) -> bool {
        if self.sample.is_empty() {
            return true;
        }
        let is_empty = self.cells(column).next().is_none();
        match field {
            Field::OccurredAt => self.most(column, is_time),
            Field::CancelledAt => is_empty || self.most(column, is_time),
            Field::Time => self.most(column, is_clock),
            // Also of signs and words that are no currency's: a line of one is told, and none is taken for
            // another's.
            Field::Currency => !is_empty && !self.most(column, is_number),
            Field::State => self.cells(column).any(|cell| {
                std::str::from_utf8(cell).is_ok_and(|word| Standing::of(word).is_some())
            }),
            Field::Name => !is_empty && !self.most(column, is_number),
            field if Field::NUMBERS.contains(&field) => self.most(column, is_number),
            _ => !is_empty,
        }
    }

    /// What a column may be by its name, with how far down the list of names it is.
    fn meanings(&self, column: usize) -> Vec<(Field, usize)> {
        let (Some(plain), Some(name)) = (self.plain.get(column), self.header.get(column)) else {
            return Vec::new();
        };
        let without_rate =
            plain.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
        let is_rate = name.contains('%') && without_rate != plain;
        if name.contains('%') && !is_rate {
            // How much of a hundred, and no money.
            return Vec::new();
        }
        let plain = if is_rate { without_rate } else { plain };
        names::field_of(plain).collect()
    }

    fn by_names(&mut self) {
        let mut best: HashMap<Field, (usize, usize)> = HashMap::new();
        for column in 0..self.header.len() {
            let is_twice =
                self.header.iter().filter(|name| **name == self.name(column)).count() > 1;
            for (field, rank) in self.meanings(column) {
                let is_better = best.get(&field).is_none_or(|(known, _)| rank < *known);
                if is_better && !is_twice && self.fits(field, column) {
                    best.insert(field, (rank, column));
                }
            }
        }
        let mut best: Vec<_> = best.into_iter().collect();
        best.sort_by_key(|(field, _)| *field as usize);
        for (field, (_, column)) in best {
            self.take(field, column, Why::Name);
        }
    }

    /// A time in a column of its own, and a date that no name tells.
    fn times(&mut self) {
        if !self.has(Field::OccurredAt) {
            let taken: Vec<_> = self.found.values().copied().collect();
            let is_date = |column: &usize| {
                let is_it = |cell: &[u8]| is_time(cell) && !is_number(cell);
                !taken.contains(column) && self.most(*column, is_it)
            };
            let found: Vec<_> = (0..self.header.len()).filter(is_date).collect();
            if let Some(first) = found.first() {
                self.take(Field::OccurredAt, *first, Why::Content("it holds dates"));
                let why = if found.len() > 1 {
                    "the first of several that hold dates"
                } else {
                    "as it holds dates"
                };
                self.unsure.push((Field::OccurredAt, self.name(*first), why));
            }
        }
        let date = self.found.get(&Field::OccurredAt).copied();
        if date.is_none_or(|date| self.most(date, has_clock)) {
            self.found.remove(&Field::Time);
            self.why.remove(Field::Time.as_str());
        }
        if !self.has(Field::Time) {
            self.found.remove(&Field::Zone);
            self.why.remove(Field::Zone.as_str());
        }
    }

    /// Which lines were given back: a column of words for sales and refunds, whatever it is called.
    fn kinds(&mut self) {
        let taken: Vec<_> = self.found.values().copied().collect();
        let of = |cell: &[u8]| kind(Some(cell)).ok().flatten();
        let tells = |column: &usize| {
            !taken.contains(column)
                && self.most(*column, |cell| of(cell).is_some())
                && self.cells(*column).any(|cell| of(cell) == Some(PurchaseKind::Refund))
        };
        if !self.has(Field::Kind)
            && let Some(column) = (0..self.header.len()).find(tells)
        {
            self.take(Field::Kind, column, Why::Content("it tells sales from refunds"));
        }
    }

    /// Who bought: by an id, or else by an address, a number, a name.
    fn customers(&mut self) {
        let is_name = |cell: &[u8]| {
            let text = String::from_utf8_lossy(cell);
            text.contains(' ') && !text.bytes().any(|byte| byte.is_ascii_digit())
        };
        if let Some(column) = self.found.get(&Field::CustomerId).copied()
            && self.most(column, is_name)
        {
            if !self.has(Field::CustomerName) {
                self.take(Field::CustomerName, column, Why::Content("it holds names"));
            }
            if self.has(Field::Email) || self.has(Field::Phone) {
                self.found.remove(&Field::CustomerId);
            }
        }
        if self.has(Field::CustomerId) {
            return;
        }
        self.why.remove(Field::CustomerId.as_str());
        let known = [
            (Field::Email, "customers are told apart by their addresses"),
            (Field::Phone, "customers are told apart by their numbers"),
            (Field::CustomerName, "customers are told apart by their names"),
        ];
        for (field, why) in known {
            if let Some(column) = self.found.get(&field).copied() {
                self.take(Field::CustomerId, column, Why::Content(why));
                return;
            }
        }
    }

    /// What "total" and the like are of: a line or an order. What stands in them says it.
    fn totals(&mut self) {
        if self.has(Field::Total)
            && self.has(Field::UnitPrice)
            && self.is_product_of_both(Field::Total) == Some(false)
        {
            // With a discount or a tax in it, say; then each line has a share of what was paid.
            if let Some(column) = self.found.remove(&Field::Total) {
                self.why.remove(Field::Total.as_str());
                if !self.has(Field::OrderTotal) {
                    self.take(
                        Field::OrderTotal,
                        column,
                        Why::Content("it is not quantity times price"),
                    );
                }
            }
        }
        let candidates: Vec<usize> = EITHER_TOTAL
            .split(", ")
            .filter_map(|name| self.plain.iter().position(|plain| plain == name))
            .filter(|column| self.sample.is_empty() || self.most(*column, is_number))
            .collect();
        let has_products = [Field::Sku, Field::Name, Field::Quantity, Field::UnitPrice]
            .into_iter()
            .any(|field| self.has(field));
        for column in candidates {
            if self.has(Field::OrderTotal) && (self.has(Field::Total) || self.has(Field::UnitPrice))
            {
                return;
            }
            if !has_products {
                if !self.has(Field::OrderTotal) {
                    self.take(Field::OrderTotal, column, Why::Name);
                }
                return;
            }
            let is_of_line = !self.has(Field::Total)
                && match self.has(Field::UnitPrice) {
                    true => self.product(column) == Some(true),
                    false => !self.is_repeated(column),
                };
            if is_of_line {
                let why = if self.has(Field::UnitPrice) {
                    "it is quantity times price"
                } else {
                    "it differs by line"
                };
                self.take(Field::Total, column, Why::Content(why));
            } else if !self.has(Field::OrderTotal) {
                let why = match self.is_repeated(column) {
                    true => "it is the same on each line of an order",
                    false => "it is not quantity times price",
                };
                self.take(Field::OrderTotal, column, Why::Content(why));
            }
        }
        if !self.has(Field::UnitPrice) && !self.has(Field::Total) && !self.has(Field::OrderTotal) {
            self.unsure_money();
        }
    }

    /// The one column of numbers with decimals that nothing else is known of.
    fn unsure_money(&mut self) {
        let taken: Vec<_> = self.found.values().copied().collect();
        let has_decimals = |cell: &[u8]| {
            is_number(cell) && cell.iter().any(|byte| matches!(byte, b'.' | b',')) && !is_time(cell)
        };
        let is_money = |column: &usize| !taken.contains(column) && self.most(*column, has_decimals);
        let found: Vec<_> = (0..self.header.len()).filter(is_money).collect();
        if let [column] = found.as_slice() {
            self.take(Field::OrderTotal, *column, Why::Content("it holds numbers with decimals"));
            let why = "as it is the only one with decimals";
            self.unsure.push((Field::OrderTotal, self.name(*column), why));
        }
    }

    fn is_product_of_both(&self, field: Field) -> Option<bool> {
        self.product(*self.found.get(&field)?)
    }

    /// Whether a column is quantity times price; `None` where that cannot be said.
    fn product(&self, column: usize) -> Option<bool> {
        let price = *self.found.get(&Field::UnitPrice)?;
        let count = self.found.get(&Field::Quantity).copied();
        let (mut all, mut such) = (0_u32, 0_u32);
        for record in self.sample {
            let of = |column: usize| record.get(column).and_then(rough);
            let (Some(total), Some(price)) = (of(column), of(price)) else { continue };
            let count = match count {
                Some(count) => match of(count) {
                    Some(count) => count,
                    None => continue,
                },
                None => 1.0,
            };
            all += 1;
            such += u32::from((total.abs() - (count * price).abs()).abs() < 0.005);
        }
        (all > 0).then_some(such * 20 >= all * 19)
    }

    /// Whether a column says the same on all lines of an order, of which some have several.
    fn is_repeated(&self, column: usize) -> bool {
        let Some(id) = self.found.get(&Field::PurchaseId).copied() else { return false };
        let (mut several, mut differ) = (0_u32, 0_u32);
        for pair in self.sample.windows(2) {
            let [one, other] = pair else { continue };
            if one.get(id) == other.get(id) {
                let told = other.get(column).unwrap_or_default().trim_ascii();
                several += 1;
                differ += u32::from(!told.is_empty() && one.get(column) != other.get(column));
            }
        }
        several > 0 && differ * 20 <= several
    }

    fn finish(mut self) -> Recognised {
        let header = self.header;
        // A number of lines is none of orders.
        if let Some(column) = self.found.get(&Field::PurchaseId).copied() {
            let is_bare = self
                .plain
                .get(column)
                .is_some_and(|name| matches!(name.as_str(), "id" | "no" | "номер"));
            let has_products = self.has(Field::Sku) || self.has(Field::Name);
            let repeats = self.sample.windows(2).any(|pair| match pair {
                [one, other] => one.get(column) == other.get(column),
                _ => false,
            });
            if is_bare && has_products && !repeats && self.sample.len() > 20 {
                let why = "though each line has another, as where lines are numbered";
                self.unsure.push((Field::PurchaseId, self.name(column), why));
            }
        }
        let pairs = self.found.iter();
        let pairs =
            pairs.filter_map(|(field, column)| Some((*field, header.get(*column)?.clone())));
        Recognised { preset: None, mapping: Mapping::of(pairs), why: self.why, unsure: self.unsure }
    }
}

/// A number by any style, to compare it with others.
fn rough(cell: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(cell).ok()?;
    let mark = text.rfind(['.', ',']);
    let kept = text.char_indices().filter_map(|(at, letter)| match letter {
        '0'..='9' => Some(letter),
        '-' | '−' => Some('-'),
        _ if Some(at) == mark => Some('.'),
        _ => None,
    });
    kept.collect::<String>().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields with their columns, of a text with commas.
    fn found(text: &str) -> Vec<String> {
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let sample: Vec<ByteRecord> = reader.byte_records().map(Result::unwrap).collect();
        let mapping = recognise(&header, &sample).mapping;
        let of = |field: &Field| Some(format!("{}={}", field.as_str(), mapping.column(*field)?));
        Field::ALL.iter().filter_map(of).collect()
    }

    #[test]
    fn columns_are_known_by_their_names_in_six_languages() {
        let cases = [
            (
                "Order ID;Order Date;Customer;SKU;Qty;Unit Price\n1;2026-07-01;c1;A;2;1.5\n",
                "purchase_id=Order ID,occurred_at=Order Date,customer_id=Customer,sku=SKU,quantity=Qty,unit_price=Unit Price",
            ),
            (
                "№ заказа;Дата;Покупатель;Артикул;Наименование;Кол-во;Цена, руб.;Скидка %\n1;01.07.2026;c1;A;Чай;2;1,5;10%\n",
                "purchase_id=№ заказа,occurred_at=Дата,customer_id=Покупатель,sku=Артикул,name=Наименование,quantity=Кол-во,unit_price=Цена, руб.",
            ),
            (
                "Bestellnummer;Bestelldatum;Kundennummer;Artikel;Menge;Einzelpreis\n1;01.07.2026;7;Tee;2;1,5\n",
                "purchase_id=Bestellnummer,occurred_at=Bestelldatum,customer_id=Kundennummer,name=Artikel,quantity=Menge,unit_price=Einzelpreis",
            ),
            (
                "Número de pedido;Fecha;Cliente;Producto;Cantidad;Precio unitario\n1;2026-07-01;c1;Té;2;1,5\n",
                "purchase_id=Número de pedido,occurred_at=Fecha,customer_id=Cliente,name=Producto,quantity=Cantidad,unit_price=Precio unitario",
            ),
            (
                "Número do pedido;Data;E-mail;Produto;Quantidade;Preço\n1;2026-07-01;a@b.br;Chá;2;1,5\n",
                "purchase_id=Número do pedido,occurred_at=Data,customer_id=E-mail,email=E-mail,name=Produto,quantity=Quantidade,unit_price=Preço",
            ),
            (
                "N° de commande;Date;Client;Désignation;Quantité;Prix unitaire;Remise\n1;2026-07-01;c1;Thé;2;1,5;0\n",
                "purchase_id=N° de commande,occurred_at=Date,customer_id=Client,name=Désignation,quantity=Quantité,unit_price=Prix unitaire,discount=Remise",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(found(text).join(","), expected, "{text}");
        }
    }

    #[test]
    fn what_a_total_is_of_is_seen_by_what_stands_in_it() {
        let head = "order;date;sku;quantity;price;total\n";
        let of = |lines: &str| found(&format!("{head}{lines}")).pop().unwrap();
        assert_eq!(
            of("1;2026-07-01;A;2;1.50;3.00\n1;2026-07-01;B;1;4.00;4.00\n"),
            "line_total=total"
        );
        assert_eq!(
            of("1;2026-07-01;A;2;1.50;7.00\n1;2026-07-01;B;1;4.00;7.00\n"),
            "order_total=total"
        );
        assert_eq!(
            of("1;2026-07-01;A;2;1.50;3.15\n2;2026-07-01;B;1;4.00;4.20\n"),
            "order_total=total"
        );
        assert_eq!(found("id;at;sum\n1;2026-07-01;5\n").pop().unwrap(), "order_total=sum");
    }

    #[test]
    fn names_beside_an_address_are_names_and_a_time_beside_a_date_is_one() {
        let text = "id;date;time;customer;email;total\n1;2026-07-01;10:00;Ann Lee;a@b.de;5\n";
        let expected = "purchase_id=id,occurred_at=date,time=time,customer_id=email,customer_name=customer,\
                        email=email,order_total=total";
        assert_eq!(found(text).join(","), expected);
        let whole = "id;date;time;total\n1;2026-07-01 08:00;10:00;5\n";
        assert_eq!(found(whole).join(","), "purchase_id=id,occurred_at=date,order_total=total");
    }
}
