//! Questions in words on the command line.

use crate::cli::{Ran, run_with};

fn ran(data: &std::path::Path, args: &[&str]) -> Ran {
    run_with(data, args, "")
}

/// A shop of two orders, in a database of its own.
fn shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    let lines = "number,date,customer,product,name,quantity,price,country\n\
                 1001,2011-11-05,c-1,MUG,Stoneware Mug,2,10.00,France\n\
                 1002,2011-11-06,c-2,TEA,Green Tea,1,5.00,Germany\n";
    std::fs::write(&file, lines).unwrap();
    let mapping = "purchase_id=number,occurred_at=date,customer_id=customer,sku=product,name=name,\
                   quantity=quantity,unit_price=price,country=country";
    let file = file.to_str().unwrap();
    let args = ["import", file, "--map", mapping, "--currency", "EUR"];
    let imported = ran(folder.path(), &args);
    assert_eq!(imported.code, 0, "{}", imported.err);
    folder
}

#[test]
fn a_question_is_printed_as_it_was_understood_with_its_command_and_its_answer() {
    let folder = shop();
    let asked = ran(folder.path(), &["ask", "sales by country in november 2011"]);
    assert_eq!(asked.code, 0, "{}", asked.err);
    let command = "crm-collector report countries --from 2011-11-01 --to 2011-12-01";
    let says = "Most net sales: France, €20, 80.0\u{202f}% of the whole.";
    let head = format!("Net sales by country, November 2011\n{command}\n\n{says}\n\n");
    // What that command prints follows.
    let args: Vec<_> = command.split(' ').skip(1).collect();
    let same = ran(folder.path(), &args);
    assert!(!same.out.is_empty(), "{}", same.err);
    assert_eq!(asked.out, format!("{head}{}", same.out));
}

#[test]
fn of_one_product_its_row_alone_is_printed() {
    let folder = shop();
    let asked = ran(folder.path(), &["ask", "how did the mug sell in november 2011"]);
    assert_eq!(asked.code, 0, "{}", asked.err);
    let mut lines = asked.out.lines();
    assert_eq!(lines.next(), Some("Gross sales, Stoneware Mug, November 2011"));
    let command = "crm-collector report products --from 2011-11-01 --limit 0 --to 2011-12-01";
    assert_eq!(lines.next(), Some(command));
    assert_eq!(lines.next(), Some(""));
    let says = "Stoneware Mug: €20 gross sales, 80.0\u{202f}% of the whole (€25).";
    assert_eq!(lines.next(), Some(says));
    assert!(asked.out.contains("MUG") && !asked.out.contains("TEA"), "{}", asked.out);
    assert!(asked.out.contains("and 1 more"), "{}", asked.out);
}

#[test]
fn a_question_may_be_taken_up_and_a_list_is_a_table() {
    let folder = shop();
    let args = ["ask", "заказы из Франции за 2011 год", "--then", "а из Германии?"];
    let asked = ran(folder.path(), &args);
    assert_eq!(asked.code, 0, "{}", asked.err);
    assert!(
        asked.out.contains("Заказы, France, 2011 год\nGET /v1/purchases?country=France"),
        "{}",
        asked.out
    );
    assert!(
        asked.out.contains("Заказы, Germany, 2011 год\nGET /v1/purchases?country=Germany"),
        "{}",
        asked.out
    );
    assert!(asked.out.contains("1001") && asked.out.contains("1002"), "{}", asked.out);
}

#[test]
fn what_is_declined_is_a_failure_that_says_what_can_be_asked() {
    let folder = shop();
    let declined = ran(folder.path(), &["ask", "how much stock is left of the mug?"]);
    assert_eq!((declined.code, declined.out.as_str()), (1, ""));
    assert!(declined.err.starts_with("error: I can't see stock"), "{}", declined.err);
    // Both products are among them, in the order in which they became known.
    let offered = declined.err.split_once("You could ask:\n").map_or("", |(_, offered)| offered);
    for name in ["Stoneware Mug", "Green Tea"] {
        let example = format!("  forecast for {name} for next month\n");
        assert!(offered.contains(&example), "{}", declined.err);
    }
    let long = ran(folder.path(), &["ask", &"sales ".repeat(100)]);
    assert_eq!(long.code, 2);
    assert_eq!(long.err, "error: a question has at most 500 characters, 600 given\n");
}
