//! What columns are called, in English, Russian, German, Spanish, Portuguese and French: the likelier
//! name of a field first.

use unicode_normalization::UnicodeNormalization;

use crate::import::field::Field;

/// The names of each field, as [`plain`] writes them, one behind the other.
pub(super) const NAMES: &[(Field, &str)] = &[
    (
        Field::PurchaseId,
        "order id, order number, order no, order nr, order, orderid, purchase id, invoice no, \
         invoice number, invoice id, invoice, receipt number, receipt no, receipt id, \
         receipt, transaction id, sale id, sales order, order code, increment id, номер \
         заказа, заказ, id заказа, код заказа, заказ номер, номер документа, номер чека, чек, \
         номер отправления, номер продажи, документ, номер, bestellnummer, bestell nr, \
         bestellnr, bestellung, auftragsnummer, auftrag, rechnungsnummer, belegnummer, numero \
         de pedido, numero de orden, n de pedido, no de pedido, pedido, orden, id de pedido, \
         id pedido, numero de factura, factura, numero do pedido, pedido id, codigo do \
         pedido, numero de commande, n de commande, no de commande, commande, reference \
         commande, numero de facture, facture, payment id, transaction, no, id",
    ),
    (
        Field::OccurredAt,
        "order date, created at, date created, order created, purchase date, purchased at, \
         sale date, sold at, sold on, order placed, order time, ordered at, order datetime, \
         invoice date, transaction date, date added, created date, created, created on, date \
         time, datetime, timestamp, date, occurred at, at, paid at, дата заказа, дата \
         оформления, дата создания, дата продажи, дата покупки, дата и время, дата документа, \
         принят в обработку, дата чека, период, дата, bestelldatum, auftragsdatum, kaufdatum, \
         rechnungsdatum, belegdatum, erstellt am, datum, fecha de pedido, fecha del pedido, \
         fecha de compra, fecha de venta, fecha de creacion, fecha, data do pedido, data da \
         compra, data da venda, data de criacao, data, date de commande, date de la commande, \
         date commande, date d achat, date de creation, date facture, cree le, cree a, creee \
         le",
    ),
    (Field::Time, "time, время, uhrzeit, zeit, hora, heure"),
    (Field::Zone, "time zone, timezone, zone, часовой пояс, zeitzone, zona horaria"),
    (
        Field::CustomerId,
        "customer id, customer number, customer no, customer code, client id, user id, buyer \
         user id, buyer id, buyer username, account id, customer, client, buyer, user, id \
         клиента, id покупателя, код клиента, номер клиента, клиент, покупатель, контрагент, \
         заказчик, kundennummer, kunden nr, kundennr, kunden id, kunde, id cliente, id del \
         cliente, id do cliente, codigo cliente, cliente, comprador, id client, numero \
         client, code client, acheteur, loyalty card, card number, customer reference id",
    ),
    (
        Field::CustomerName,
        "customer name, full name, billing name, billing full name, buyer name, client name, \
         bill to name, shipping name, ship name, recipient name, имя клиента, имя покупателя, \
         фио, фио клиента, фио покупателя, имя, получатель, kundenname, nombre del cliente, \
         nombre cliente, nombre del comprador, nome do cliente, nome do comprador, nom du \
         client, nom client",
    ),
    (
        Field::FirstName,
        "first name, billing first name, first name billing, customer first name, vorname, \
         prenom",
    ),
    (
        Field::LastName,
        "last name, billing last name, last name billing, customer last name, surname, \
         nachname, фамилия, apellido, apellidos, sobrenome, nom de famille",
    ),
    (
        Field::Email,
        "email, e mail, email address, e mail address, customer email, buyer email, billing \
         email, email billing, contact email, mail, почта, электронная почта, эл почта, email \
         клиента, email покупателя, e mail adresse, email adresse, correo electronico, \
         correo, adresse email, adresse e mail, courriel",
    ),
    (
        Field::Phone,
        "phone, phone number, customer phone, billing phone, phone billing, telephone, tel, \
         mobile, mobile phone, buyer phone number, телефон, номер телефона, контактный \
         телефон, телефон клиента, телефон покупателя, telefon, telefonnummer, handy, \
         telefono, celular, telefone",
    ),
    (
        Field::Sku,
        "sku, lineitem sku, line item sku, line items sku, items sku, item sku, product sku, \
         variant sku, stock code, stockcode, article number, article no, article id, article, \
         product code, item code, product id, item id, item number, custom label, \
         artikelnummer, artikel nr, art nr, артикул, артикул товара, код товара, id товара, \
         код номенклатуры, sku товара, codigo del producto, codigo de producto, codigo do \
         produto, codigo, referencia, reference produit, reference, ref, code article, asin, \
         ean, barcode",
    ),
    (
        Field::Name,
        "product name, item name, lineitem name, line item name, line items name, line items \
         title, items name, items title, product title, item title, title, product, item, \
         description, product description, goods, название товара, наименование товара, \
         наименование, номенклатура, товар, название, продукт, товары, artikelbezeichnung, \
         artikelname, produktname, bezeichnung, artikel, produkt, nombre del producto, nombre \
         de producto, producto, articulo, descripcion, nome do produto, produto, descricao, \
         nom du produit, nom produit, produit, designation, libelle",
    ),
    (
        Field::Variant,
        "variant, variant title, variation, variations, вариант, модификация, характеристика, \
         variante",
    ),
    (
        Field::Category,
        "category, product category, product type, product line, productline, department, \
         категория, категория товара, группа товаров, раздел, kategorie, warengruppe, \
         produktkategorie, categoria, rubro, categorie",
    ),
    (
        Field::Quantity,
        "quantity, qty, lineitem quantity, line item quantity, line items quantity, items \
         quantity, item quantity, quantity ordered, quantityordered, qty ordered, units, \
         pieces, quantity refund, количество, кол во, количество товара, колво, шт, menge, \
         anzahl, stuckzahl, stuck, cantidad, cantidad del producto, unidades, quantidade, \
         quantidade do produto, qtd, qtde, quantite, qte",
    ),
    (
        Field::UnitPrice,
        "unit price, price each, priceeach, item price, lineitem price, line item price, line \
         items price, items price, product price, price per unit, price, item cost, цена за \
         единицу, цена за, цена товара, ваша цена, цена, цена продажи, einzelpreis, \
         stuckpreis, verkaufspreis, preis, precio unitario, precio del producto, precio, \
         preco unitario, preco do produto, preco, prix unitaire, prix unitaire ttc, prix",
    ),
    (
        Field::Total,
        "line total, item total, line amount, line item total, item subtotal, items total, \
         extended price, line revenue, сумма по позиции, сумма по строке, стоимость товара, \
         сумма товара, стоимость позиции, positionssumme, zeilensumme, gesamtpreis, total \
         linea, total de linea, importe linea, total ligne, montant ligne",
    ),
    (
        Field::LineDiscount,
        "lineitem discount, line item discount, line discount, item discount, скидка на \
         товар, скидка по позиции",
    ),
    (Field::LineTax, "line tax, item tax, lineitem tax, line item tax"),
    (
        Field::Cost,
        "cost of goods, unit cost, cost price, cost per item, cogs, себестоимость, закупочная \
         цена, цена закупки, einkaufspreis, ek preis, costo unitario, custo unitario, prix d \
         achat",
    ),
    (
        Field::OrderTotal,
        "order total, grand total, total paid, amount paid, order amount, order value, total \
         price, total amount, order total amount, total collected, invoice total, сумма \
         заказа, итого по заказу, итого к оплате, стоимость заказа, итоговая стоимость, \
         итоговая сумма, оплачено, сумма чека, bestellsumme, gesamtbetrag, gesamtsumme, \
         rechnungsbetrag, total del pedido, total pedido, total de la orden, importe total, \
         total do pedido, valor total, valor do pedido, total commande, total de la commande, \
         montant total, total ttc",
    ),
    (
        Field::Discount,
        "discount amount, order discount, total discount, discount total, total discounts, \
         cart discount, cart discount amount, discount, discounts, coupon amount, сумма \
         скидки, скидка, скидки, скидка на заказ, rabatt, rabattbetrag, descuento, \
         descuentos, desconto, descontos, remise, remises, reduction",
    ),
    (
        Field::Shipping,
        "shipping cost, shipping amount, shipping price, shipping total, order shipping, \
         shipping, shipping and handling, delivery cost, delivery price, delivery fee, \
         delivery, postage, freight, freight value, стоимость доставки, цена доставки, сумма \
         доставки, доставка, versandkosten, versand, lieferkosten, costo de envio, gastos de \
         envio, envio, custo de frete, valor do frete, frete, frais de livraison, frais de \
         port, livraison",
    ),
    (
        Field::Tax,
        "tax amount, total tax, tax total, taxes, order tax, sales tax, tax, vat, vat amount, \
         gst, сумма ндс, ндс, налог, mwst, mwst betrag, ust, umsatzsteuer, steuer, iva, \
         impuestos, impuesto, impostos, imposto, tva, montant tva, taxe",
    ),
    (Field::Tip, "tip, tips, tip amount, gratuity, чаевые, trinkgeld, propina, pourboire"),
    (
        Field::Refunded,
        "refunded amount, amount refunded, refund amount, total refunded, order refund \
         amount, refunded, сумма возврата, возвращено, возврат, erstattet, erstattungsbetrag, \
         ruckerstattung, reembolsado, monto reembolsado, reembolso, valor reembolsado, \
         montant rembourse, rembourse",
    ),
    (
        Field::State,
        "financial status, payment status, order status, status, state, статус оплаты, статус \
         заказа, статус, состояние, zahlungsstatus, bestellstatus, estado del pago, estado \
         del pedido, estado de la orden, status do pagamento, status do pedido, situacao, \
         estado, statut du paiement, statut de la commande, statut, etat",
    ),
    (
        Field::CancelledAt,
        "cancelled at, canceled at, cancellation date, date cancelled, дата отмены, storniert \
         am, annule le",
    ),
    (
        Field::Currency,
        "currency, currency code, order currency, валюта, код валюты, wahrung, moneda, moeda, \
         devise",
    ),
    (
        Field::Country,
        "country, billing country, shipping country, ship country, country code, ship to \
         country, страна, land, lieferland, pais, pays",
    ),
    (
        Field::Channel,
        "sales channel, channel, канал продаж, канал, vertriebskanal, kanal, canal de venta, \
         canal",
    ),
    (
        Field::PaymentMethod,
        "payment method, payment method title, payment type, payment, способ оплаты, тип \
         оплаты, вид оплаты, zahlungsart, zahlungsmethode, metodo de pago, medio de pago, \
         forma de pago, forma de pagamento, mode de paiement, moyen de paiement",
    ),
    (
        Field::Coupon,
        "coupon code, discount code, coupon, coupons, промокод, купон, gutscheincode, \
         gutschein, cupon, cupon de descuento, cupom, cupom de desconto, code promo",
    ),
];

/// Names that may be a line's or an order's: what stands in the column says which.
pub(super) const EITHER_TOTAL: &str = "total, amount, sum, total sales, sales, revenue, gross sales, gross, paid, сумма, итого, \
     всего, стоимость, выручка, сумма с ндс, betrag, summe, gesamt, umsatz, importe, monto, \
     valor, montant, ca, subtotal";

/// A name as the lists have it: without case, accents, units and signs, its words apart.
pub(super) fn plain(name: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    for letter in name.replace('№', "номер ").nfd() {
        // Accents; but the letter that one makes of и is another letter.
        if ('\u{300}'..='\u{36f}').contains(&letter) {
            if letter == '\u{306}' && before == 'и' {
                words.pop();
                words.push('й');
            }
            continue;
        }
        let is_word = letter.is_alphanumeric();
        let begins = letter.is_uppercase() && before.is_lowercase();
        if (begins || !is_word) && !words.ends_with(' ') && !words.is_empty() {
            words.push(' ');
        }
        if is_word {
            words.extend(letter.to_lowercase());
        }
        before = if letter.is_uppercase() {
            letter
        } else {
            letter.to_lowercase().next().unwrap_or(letter)
        };
        if before == 'И' {
            before = 'и';
        }
    }
    let mut parts: Vec<&str> = words.split_whitespace().collect();
    // What a column counts in is no part of what it is.
    let is_unit = |word: &&str| UNITS.contains(word);
    while parts.len() > 1 && parts.last().is_some_and(is_unit) {
        parts.pop();
    }
    parts.join(" ")
}

const UNITS: &[&str] =
    &["руб", "р", "rub", "eur", "usd", "gbp", "uah", "kzt", "brl", "ars", "utc", "грн", "тг", "шт"];

/// The field that a name stands for, and how far down its list it is.
pub(super) fn field_of(plain: &str) -> impl Iterator<Item = (Field, usize)> + '_ {
    NAMES.iter().filter_map(move |(field, names)| {
        let rank = names.split(", ").position(|name| name == plain)?;
        Some((*field, rank))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_their_words() {
        let cases = [
            ("OrderID", "order id"),
            ("order_id", "order id"),
            ("Сумма, руб.", "сумма"),
            ("Created (UTC)", "created"),
            ("Número de Orden", "numero de orden"),
            ("Währung", "wahrung"),
            ("Принят в обработку", "принят в обработку"),
            ("Чей заказ", "чей заказ"),
            ("SKU", "sku"),
            ("Кол-во", "кол во"),
            ("customer.email", "customer email"),
        ];
        for (name, expected) in cases {
            assert_eq!(plain(name), expected, "{name}");
        }
    }

    #[test]
    fn each_name_is_written_as_it_is_compared_and_stands_for_one_field() {
        let mut seen = std::collections::HashMap::new();
        for (field, names) in NAMES {
            for name in names.split(", ") {
                assert_eq!(plain(name), name);
                let other = seen.insert(name, *field);
                assert_eq!(other, None, "{name}");
            }
        }
        for name in EITHER_TOTAL.split(", ") {
            assert_eq!((plain(name).as_str(), seen.get(name)), (name, None));
        }
    }
}
