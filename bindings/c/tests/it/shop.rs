//! The examples in C and C++, linked both ways, under valgrind beside a real collector: what they
//! tell is found there, and nothing leaks.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use crm_tests::harness::{Collector, Options, free_address};
use serde_json::json;
use tempfile::TempDir;

use crate::kit::{C, CPP, Installed, Language, Linking, folder, run, succeed, valgrind, workspace};

/// The shop, compiled against a library that stays installed as long as the value.
struct Shop {
    program: PathBuf,
    _folder: TempDir,
    _installed: Arc<Installed>,
}

impl Shop {
    fn build(language: Language, linking: Linking) -> Self {
        let source = workspace(&format!("examples/c/shop.{}", language.extension));
        let folder = folder();
        let installed = Installed::get();
        let program = installed.compile(language, &source, linking, folder.path());
        Self { program, _folder: folder, _installed: installed }
    }
}

/// Sells to a collector, under valgrind, and returns what the shop printed.
fn sell(program: &Path, collector: &Collector) -> (String, String) {
    let mut command = valgrind(program);
    command.env("SHOP_CRM_ENDPOINT", collector.url()).env("SHOP_CRM_KEY", collector.key());
    let Output { status, stdout, stderr } = run(&mut command);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (said, complained) = (text(stdout), text(stderr));
    assert!(status.success(), "{status}\n{said}{complained}");
    (said, complained)
}

#[test]
fn what_the_shop_in_c_tells_is_found_in_the_collector() {
    for linking in [Linking::Shared, Linking::Static] {
        let collector = Collector::start(Options::new().workspace_in("GBP", "Europe/London"));
        let shop = Shop::build(C, linking);
        assert_eq!(needs_the_shared_library(&shop.program), linking == Linking::Shared);
        let (said, complained) = sell(&shop.program, &collector);
        assert_eq!(complained, "", "{linking:?}");
        assert!(said.contains("taken 6, stored 6, waiting 0, given up 0"), "{said}");
        let event_id = said.split_once(" is event ").unwrap().1.lines().next().unwrap();
        assert_eq!(event_id.len(), 36, "{said}");

        let customer = collector.get("/v1/customers/customer-7").expect(200).json();
        assert_eq!(customer["name"], "Grace Hopper");
        assert_eq!(customer["consent"]["email_marketing"], true);
        assert_eq!(customer["attributes"]["loyalty_points"], 120);
        assert_eq!(customer["interactions"], 1);
        let worth = &customer["worth"][0];
        let figures = [&worth["currency"], &worth["sold"], &worth["refunds"], &worth["net"]];
        // As it was corrected: a mug and a pot, 31.94 less 3.19, with 5.38 of tax, of which 4.80 is in
        // them and the rest in the postage; of the pot 22.49 came back, with 3.75 of tax.
        assert_eq!(figures, ["GBP", "23.95", "18.74", "5.21"]);
        let summary = collector.get("/v1/reports/summary").expect(200).json();
        let row = &summary["rows"][0];
        let figures = ["gross", "discounts", "net", "shipping", "tax", "total"];
        assert_eq!(
            figures.map(|figure| &row[figure]),
            ["32.14", "3.19", "10.21", "2.92", "1.63", "14.76"]
        );
        assert_eq!((&row["orders"], &row["anonymous_orders"]), (&json!(2), &json!(1)));
    }
}

#[test]
fn what_the_shop_in_cpp_tells_is_found_in_the_collector() {
    for linking in [Linking::Shared, Linking::Static] {
        let collector = Collector::start(Options::new().workspace_in("EUR", "Europe/Berlin"));
        let shop = Shop::build(CPP, linking);
        assert_eq!(needs_the_shared_library(&shop.program), linking == Linking::Shared);
        let (said, complained) = sell(&shop.program, &collector);
        assert!(said.contains("taken 5, stored 5"), "{said}");
        assert_eq!(
            complained,
            "the CRM was not told of an order: CRM_INVALID: the event is invalid: unit_price: \
             an amount is a decimal number such as \"12.50\"\n"
        );
        let customer = collector.get("/v1/customers/customer-8").expect(200).json();
        assert_eq!(customer["name"], "Bjarne Åström");
        // Two pens, 2.50 with 0.42 of tax, as they were corrected, less 1.25 with 0.21.
        let worth = &customer["worth"][0];
        assert_eq!([&worth["sold"], &worth["refunds"], &worth["net"]], ["2.08", "1.04", "1.04"]);
        assert_eq!(customer["interactions"], 1);
    }
}

#[test]
fn a_shop_whose_collector_is_down_says_how_much_is_lost_and_leaks_nothing() {
    let shop = Shop::build(C, Linking::Shared);
    let mut command = valgrind(&shop.program);
    command.env("SHOP_CRM_ENDPOINT", format!("http://{}", free_address()));
    command.env("SHOP_CRM_KEY", "crm_sk_none");
    let output = run(&mut command);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("not yet all: 6 events unsent, "), "{said}");
    assert!(said.contains("the latest request failed: the collector cannot be reached"), "{said}");
    assert!(said.contains("the CRM had it all: 0 events wait on disk, 6 are lost"), "{said}");
    let logged = String::from_utf8(output.stderr).unwrap();
    assert!(logged.contains("Events are kept and sent again"), "{logged}");
}

#[test]
fn a_shop_that_cannot_be_connected_says_what_is_wrong_with_its_settings() {
    for language in [C, CPP] {
        let shop = Shop::build(language, Linking::Shared);
        let mut command = valgrind(&shop.program);
        command.env("SHOP_CRM_ENDPOINT", "ftp://example.com").env("SHOP_CRM_KEY", "a\nb");
        let output = run(&mut command);
        let complained = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{complained}");
        let mistakes = ["CRM_CONFIGURATION: the client is misconfigured: endpoint: ", "; key: "];
        assert!(mistakes.iter().all(|mistake| complained.contains(mistake)), "{complained}");
    }
}

fn needs_the_shared_library(program: &Path) -> bool {
    succeed(Command::new("readelf").arg("-d").arg(program)).contains("libcrm.so")
}
