//! Files in the shape of well-known shops, understood without a word, with their figures by hand.

use std::collections::BTreeSet;
use std::convert::Infallible;

use super::*;

/// What came of a file.
#[derive(Debug, PartialEq)]
struct Figures {
    /// Sums by currency: sales, refunds, net.
    money: String,
    sales: u64,
    refunds: u64,
    /// Different customers.
    customers: usize,
    /// Orders that are pending, and cancelled.
    unsold: (u64, u64),
    /// Lines that are missing.
    short: u64,
}

fn plan(look: &Look) -> Plan {
    Plan {
        mapping: look.mapping.clone(),
        currency: Currency::EUR,
        timezone: chrono_tz::UTC,
        date_order: None,
        decimals: None,
        states: States::new(),
        skip_open: false,
        replace: None,
    }
}

/// Imports what a file is taken for.
fn import(bytes: &[u8]) -> (Summary, Vec<Event>, Look) {
    let mut files = Files::open(&[Source::Bytes(bytes)], &Reading::default()).unwrap();
    let look = look(&files, None, None).unwrap();
    assert_eq!(look.unsure, Vec::<String>::new());
    let plan = plan(&look);
    let mut events = Vec::new();
    let mut sink = |chunk: Vec<Event>| {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let judge = |event: &Event| match event.validate(now) {
            Ok(()) => Outcome::Accepted,
            Err(invalid) => Outcome::Rejected(invalid),
        };
        let outcomes = chunk.iter().map(judge).collect();
        events.extend(chunk);
        Ok::<_, Infallible>(outcomes)
    };
    let mut go_on = |_| ControlFlow::Continue(());
    let summary = run(&mut files, &plan, None, &mut sink, &mut go_on).unwrap();
    assert_eq!(summary.rejected_events(), 0, "{summary}");
    (summary, events, look)
}

fn figures(bytes: &[u8]) -> Figures {
    let (summary, events, _) = import(bytes);
    let customers: BTreeSet<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Purchase(purchase) => purchase.customer_id.as_ref().map(|id| id.as_str()),
            _ => None,
        })
        .collect();
    let money = summary.money.iter().map(|(currency, Sums { gross, refunds, net })| {
        format!("{currency} {gross} {refunds} {net}")
    });
    Figures {
        money: money.collect::<Vec<_>>().join(", "),
        sales: summary.sales,
        refunds: summary.refunds,
        customers: customers.len(),
        unsold: (summary.pending.orders, summary.cancelled.orders),
        short: summary.faulty_lines(),
    }
}

fn all(money: &str, sales: u64, refunds: u64, customers: usize) -> Figures {
    Figures { money: money.to_owned(), sales, refunds, customers, unsold: (0, 0), short: 0 }
}

#[test]
fn orders_of_shopify() {
    // 1001: 2 × 50 less 10, 5 for delivery, tax within the prices. 1002: 15 of 40 given back. 1003 was
    // voided, 1004 is not paid. 1005 is in dollars, with tax on top, and was given back.
    let text = "\
Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Refunded Amount,Cancelled at,Payment Method\n\
#1001,Ann@example.com,paid,EUR,90.00,5.00,15.17,95.00,SPRING,10.00,2026-01-01 21:11:17 +0300,1,Sweater - L,50.00,,0.00,,card\n\
#1001,Ann@example.com,,,,,,,,,2026-01-01 21:11:17 +0300,1,Scarf,50.00,SC-1,,,\n\
#1002,ann@example.com,partially_refunded,EUR,40.00,0.00,0.00,40.00,,0.00,2026-01-02 10:00:00 +0300,2,Cap,20.00,CAP-1,15.00,,card\n\
#1003,eve@example.com,voided,EUR,30.00,0.00,0.00,30.00,,0.00,2026-01-03 10:00:00 +0300,1,Cap,30.00,CAP-1,0.00,2026-01-03 10:05:00 +0300,card\n\
#1004,bob@example.com,pending,EUR,20.00,0.00,0.00,20.00,,0.00,2026-01-04 10:00:00 +0300,1,Cap,20.00,CAP-1,0.00,,bank\n\
#1005,bob@example.com,refunded,USD,10.00,0.00,0.80,10.80,,0.00,2026-01-05 10:00:00 +0300,1,Pin,10.00,,10.80,,card\n";
    let expected =
        Figures { unsold: (1, 1), ..all("USD 10.80 10.80 0.00, EUR 135.00 15.00 120.00", 3, 2, 3) };
    let found = figures(text.as_bytes());
    let sorted = |figures: &Figures| {
        let mut money: Vec<_> = figures.money.split(", ").map(str::to_owned).collect();
        money.sort_unstable();
        money
    };
    assert_eq!(sorted(&found), sorted(&expected));
    assert_eq!(Figures { money: expected.money.clone(), ..found }, expected);
    let (summary, events, look) = import(text.as_bytes());
    let own = "the file's own columns, of all orders: Discount Amount EUR 10.00; Refunded Amount";
    assert!(summary.to_string().contains(own), "{summary}");
    assert_eq!(summary.columns["Total"][&Currency::EUR].to_string(), "185.00");
    assert_eq!(look.preset, Some(Preset::ShopifyOrders));
    let Some(Event::Purchase(first)) =
        events.iter().find(|event| matches!(event, Event::Purchase(_)))
    else {
        panic!("no purchase")
    };
    let parts = first.parts().unwrap();
    let told = [parts.discounts, parts.tax, parts.adjustment].map(|part| part.to_string());
    assert_eq!((told, first.tax_included), (["10.00", "15.17", "0.00"].map(str::to_owned), true));
    assert_eq!(first.coupons, ["SPRING"]);
}

#[test]
fn orders_of_woocommerce_and_its_plugins() {
    let plugin = "\
Order Number,Order Status,Order Date,First Name (Billing),Last Name (Billing),Email (Billing),Payment Method Title,Cart Discount Amount,Order Shipping Amount,Order Refund Amount,Order Total Amount,Order Total Tax Amount,SKU,Item Name,Quantity (- Refund),Item Cost\n\
71,Completed,2026-02-01 10:00,Ann,Lee,ann@example.com,PayPal,5.00,4.00,0.00,39.00,0.00,TEA,Tea,2,10.00\n\
71,Completed,2026-02-01 10:00,Ann,Lee,ann@example.com,PayPal,5.00,4.00,0.00,39.00,0.00,MUG,Mug,1,20.00\n\
72,Cancelled,2026-02-02 10:00,Bob,Ray,bob@example.com,PayPal,0.00,4.00,0.00,14.00,0.00,TEA,Tea,1,10.00\n\
73,Refunded,2026-02-03 10:00,Bob,Ray,bob@example.com,PayPal,0.00,0.00,10.00,10.00,0.00,TEA,Tea,1,10.00\n";
    let expected = Figures { unsold: (0, 1), ..all("EUR 49.00 10.00 39.00", 2, 1, 2) };
    assert_eq!(figures(plugin.as_bytes()), expected);
    let suite = "\
order_id,order_number,order_date,status,shipping_total,tax_total,discount_total,order_total,order_currency,billing_email,item_name,item_sku,item_quantity,item_subtotal\n\
9,9,2026-02-01 10:00:00,processing,5.00,2.00,0.00,27.00,GBP,ann@example.com,Tea,TEA,2,20.00\n";
    assert_eq!(figures(suite.as_bytes()), all("GBP 27.00 0.00 27.00", 1, 0, 1));
    let analytics = "\
Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),N. Revenue,Attribution\n\
2026-02-01 10:00:00,71,€35.00,completed,Ann Lee,new,2× Tea,2,,35.00,Direct\n";
    assert_eq!(figures(analytics.as_bytes()), all("EUR 35.00 0.00 35.00", 1, 0, 1));
}

#[test]
fn sales_of_etsy() {
    let orders = "\
Sale Date,Order ID,Buyer User ID,Full Name,Number of Items,Payment Method,Ship Country,Currency,Order Value,Coupon Code,Discount Amount,Shipping Discount,Shipping,Sales Tax,Order Total,Status\n\
12/31/22,2761,annlee,Ann Lee,1,Credit Card,United States,USD,40.90,,0.00,0.00,5.00,0.00,45.90,\n\
12/30/22,2760,,Bob Ray,2,Credit Card,Canada,USD,20.00,SAVE,1.05,0.00,0.00,0.00,18.95,\n";
    assert_eq!(figures(orders.as_bytes()), all("USD 64.85 0.00 64.85", 2, 0, 1));
    let items = "\
Sale Date,Item Name,Buyer,Quantity,Price,Coupon Code,Discount Amount,Shipping Discount,Order Shipping,Order Sales Tax,Item Total,Currency,Transaction ID,Order ID,Variations,SKU\n\
12/31/22,Candle,annlee,2,10.00,,2.00,0.00,5.00,0.00,20.00,USD,1,77,Red,C-1\n\
12/31/22,Soap,annlee,1,4.00,,0.00,0.00,5.00,0.00,4.00,USD,2,77,,\n";
    // 24 less 2, and 5 for delivery, which stands on each line.
    assert_eq!(figures(items.as_bytes()), all("USD 27.00 0.00 27.00", 1, 0, 1));
}

#[test]
fn sales_of_square_with_their_time_and_zone() {
    let items = "\
Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Gross Sales,Discounts,Net Sales,Tax,Transaction ID,Event Type,Customer ID,Customer Name\n\
10/05/26,10:15:00,Eastern Time (US & Canada),Drinks,Latte,2.0,Large,LAT,$10.00,-$1.00,$9.00,$0.80,tx1,Payment,c1,Ann Lee\n\
10/05/26,10:15:00,Eastern Time (US & Canada),Food,Bagel,1.0,,BAG,$3.00,$0.00,$3.00,$0.25,tx1,Payment,c1,Ann Lee\n\
10/25/26,23:40:00,Eastern Time (US & Canada),Food,Bagel,-1.0,,BAG,-$3.00,$0.00,-$3.00,-$0.25,tx2,Refund,,\n";
    let text = items.replace('$', "€");
    assert_eq!(figures(text.as_bytes()), all("EUR 13.05 3.25 9.80", 1, 1, 1));
    let (_, events, _) = import(text.as_bytes());
    let times: Vec<_> =
        events.iter().filter_map(|event| event.occurred_at().map(|at| at.to_string())).collect();
    assert!(times.contains(&"2026-10-05T14:15:00.000Z".to_owned()), "{times:?}");
}

#[test]
fn the_report_of_an_amazon_seller_and_payments_of_stripe() {
    let amazon = "\
amazon-order-id\tpurchase-date\torder-status\tsales-channel\tproduct-name\tsku\tquantity\tcurrency\titem-price\titem-tax\tshipping-price\titem-promotion-discount\tship-country\n\
701-1\t2026-03-01T10:00:00+00:00\tShipped\tAmazon.de\tTea\tTEA\t2\tEUR\t20.00\t3.20\t4.00\t1.00\tDE\n\
701-1\t2026-03-01T10:00:00+00:00\tShipped\tAmazon.de\tMug\tMUG\t1\tEUR\t8.00\t1.28\t4.00\t0.00\tDE\n\
701-2\t2026-03-02T10:00:00+00:00\tCancelled\tAmazon.de\tMug\tMUG\t0\tEUR\t\t\t\t\tDE\n";
    // 28 less 1, 4.48 tax, 8 for delivery: each line has its share.
    let found = figures(amazon.as_bytes());
    assert_eq!((found.money.as_str(), found.sales, found.short), ("EUR 39.48 0.00 39.48", 1, 0));
    let stripe = "\
id,Created date (UTC),Amount,Amount Refunded,Currency,Status,Customer ID,Customer Email\n\
ch_1,2026-03-01 10:00:00,49.00,0.00,eur,Paid,cus_1,ann@example.com\n\
ch_2,2026-03-02 10:00:00,20.00,5.00,eur,Paid,cus_2,bob@example.com\n\
ch_3,2026-03-03 10:00:00,30.00,0.00,eur,Failed,cus_2,bob@example.com\n";
    let expected = Figures { unsold: (0, 1), ..all("EUR 69.00 5.00 64.00", 2, 1, 2) };
    assert_eq!(figures(stripe.as_bytes()), expected);
}

#[test]
fn orders_of_tiendanube_in_its_own_encoding_and_numbers() {
    let text = "\
Número de orden;Email;Fecha;Estado de la orden;Estado del pago;Moneda;Subtotal de productos;Descuento;Costo de envío;Total;Nombre del comprador;País;Medio de pago;Nombre del producto;Precio del producto;Cantidad del producto;SKU\n\
101;ana@example.com;13/06/2026 10:30:00;Abierta;Recibido;ARS;2.500,00;100,00;350,50;2.750,50;Ana Pérez;Argentina;Tarjeta;Remera;1.250,00;2;REM\n\
102;luz@example.com;02/06/2026 09:00:00;Cancelada;Anulado;ARS;1.250,00;0,00;0,00;1.250,00;Luz Núñez;Argentina;Tarjeta;Remera;1.250,00;1;REM\n";
    let bytes = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let expected = Figures { unsold: (0, 1), ..all("ARS 2750.50 0.00 2750.50", 1, 0, 2) };
    assert_eq!(figures(&bytes), expected);
}

#[test]
fn orders_of_ozon_and_of_insales() {
    let ozon = "\
Номер заказа;Номер отправления;Принят в обработку;Статус;Сумма отправления;Код валюты отправления;Наименование товара;OZON id;Артикул;Ваша цена;Количество\n\
1-1;1-1-1;2026-06-01 10:00:00;Доставлен;500.00;RUB;Чай чёрный;77;TEA;250.00;2\n\
1-2;1-2-1;2026-06-02 10:00:00;Отменён;250.00;RUB;Чай чёрный;77;TEA;250.00;1\n";
    let expected = Figures { unsold: (0, 1), ..all("RUB 500.00 0.00 500.00", 1, 0, 0) };
    assert_eq!(figures(ozon.as_bytes()), expected);
    let insales = "\
Номер заказа;Дата заказа;Имя покупателя;Телефон;Статус;Статус оплаты;Валюта;Артикул;Название товара;Количество;Цена;Скидка;Стоимость доставки;Сумма заказа\n\
1001;13.06.2026 12:00;Иванова Мария;+79150000001;Новый;Оплачен;RUB;TEA;Чай чёрный;2;250,00;50,00;300,00;750,00\n\
;;;;;;;MUG;Кружка;1;0,00;;;\n\
1002;14.06.2026 12:00;Пётр Сергеев;+79150000002;Новый;Не оплачен;RUB;TEA;Чай чёрный;1;250,00;0,00;0,00;250,00\n";
    let bytes = encoding_rs::WINDOWS_1251.encode(insales).0.into_owned();
    let expected = Figures { unsold: (1, 0), ..all("RUB 750.00 0.00 750.00", 1, 0, 2) };
    assert_eq!(figures(&bytes), expected);
}

#[test]
fn sales_of_1c_with_titles_and_a_sum_below() {
    let text = "\
Продажи за период;;;;;;\n\
Июнь 2026 г.;;;;;;\n\
\n\
Номер;Дата;Контрагент;Номенклатура;Количество;Цена;\"Сумма, руб.\"\n\
000001;01.06.2026 10:00:00;ООО Ромашка;Чай;2,000;1 250,50;2 501,00\n\
000001;01.06.2026 10:00:00;ООО Ромашка;Кофе;0,500;800,00;400,00\n\
000002;02.06.2026 11:00:00;ИП Сидоров;Чай;1,000;1 250,50;1 250,50\n\
Итого;;;;3,500;;4 151,50\n";
    let bytes = encoding_rs::WINDOWS_1251.encode(text).0.into_owned();
    let (summary, _, _) = import(&bytes);
    let sums = summary.money[&Currency::EUR];
    assert_eq!((sums.gross.to_string(), summary.sales), ("4151.50".to_owned(), 2));
    // The line that adds up is told, and its sum is what came in.
    assert_eq!((summary.faulty_lines(), summary.lines), (1, 4));
    assert!(summary.notes.iter().any(|note| note.contains("windows-1251")), "{summary}");
}

#[test]
fn a_list_of_payments_without_numbers_makes_orders_of_customer_and_time() {
    let text = "date,email,amount\n2026-01-13,ann@example.com,5\n2026-01-13,ann@example.com,6\n2026-01-14,bob@example.com,7\n";
    // Two amounts of one customer and day are shares of one order.
    assert_eq!(figures(text.as_bytes()), all("EUR 18.00 0.00 18.00", 2, 0, 2));
    let (summary, ..) = import(text.as_bytes());
    assert!(summary.notes[0].contains("lines of one customer and time are one"), "{summary}");
}

#[test]
fn what_a_file_does_not_show_is_asked_and_nothing_is_stored() {
    let asked = |text: &str| {
        let mut files =
            Files::open(&[Source::Bytes(text.as_bytes())], &Reading::default()).unwrap();
        let plan = plan(&look(&files, None, None).unwrap());
        let mut sink = |_: Vec<Event>| -> Result<Vec<Outcome>, Infallible> { panic!("stored") };
        let error = run(&mut files, &plan, None, &mut sink, &mut |_| ControlFlow::Continue(()));
        error.unwrap_err().to_string()
    };
    let dates = asked("order,date,total\n1,4/5/2026,5\n2,4/6/2026,5\n");
    assert!(
        dates.contains("date: \"4/5/2026\" (line 2) may have the day or the month first"),
        "{dates}"
    );
    assert!(dates.ends_with("add --dates day-first or --dates month-first"), "{dates}");
    let numbers = asked("order;date;total\n1;2026-01-01;1.234\n");
    assert!(
        numbers.contains("total: \"1.234\" (line 2) may be a thousand or have decimals"),
        "{numbers}"
    );
    let states = asked("order,date,total,status\n1,2026-01-01,5,paid\n2,2026-01-01,5,Packed\n");
    assert!(states.contains("\"Packed\" (line 3, 1 in all) is no known state"), "{states}");
}

#[test]
fn what_is_skipped_is_told_in_money_with_its_lines() {
    let mut text = "order,date,sku,quantity,price\n".to_owned();
    (0..8).for_each(|order| text += &format!("{order},2026-01-01,A,1,1.25\n"));
    text += "8,soon,A,3,5.00\n9,2026-01-01,A,many,1\n";
    let (summary, ..) = import(text.as_bytes());
    let told = summary.to_string();
    assert!(
        told.contains("1 with a time that cannot be read (EUR 15.00 missing; from line 10)"),
        "{told}"
    );
    assert!(told.contains("(money that cannot be read; from line 11)"), "{told}");
    assert_eq!(summary.money[&Currency::EUR].gross.to_string(), "10.00");
}

#[test]
fn a_preview_shows_each_column_with_examples_and_why() {
    let text = "Order ID;Date;Note;Total\n1;13/6/2026;x;\"1.234,50\"\n2;2/6/2026;y;5,00\n";
    let files = Files::open(&[Source::Bytes(text.as_bytes())], &Reading::default()).unwrap();
    let look = look(&files, None, None).unwrap();
    let shown = preview(&files, &plan(&look), &look).unwrap().to_string();
    let expected = "\
taken for orders without what was bought, a line each
  Order ID  purchase_id, by its name  1; 2
  Date      occurred_at, by its name  13/6/2026 → 2026-06-13 00:00; 2/6/2026 → 2026-06-02 00:00
  Total     order_total, by its name  1.234,50 → 1234.50; 5,00 → 5.00
  not used: Note
";
    assert_eq!(shown, expected);
}
