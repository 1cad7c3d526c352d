//! What the command line refuses instead of ignoring it, and what it says where nothing is found.

use std::path::Path;

use crate::cli::run_with;

fn run(data: &Path, args: &[&str]) -> (i32, String) {
    let ran = run_with(data, args, "");
    (ran.code, ran.err)
}

/// A folder with a workspace, a customer who bought, and one who did not.
fn shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    let lines = "order,date,who,sku,qty,price\n\
                 1,2026-01-05,c-1,MUG,1,9.50\n2,2026-02-05,c-1,POT,2,20\n";
    std::fs::write(&file, lines).unwrap();
    let map =
        "purchase_id=order,occurred_at=date,customer_id=who,sku=sku,quantity=qty,unit_price=price";
    let import = ["import", file.to_str().unwrap(), "--map", map, "--currency", "EUR"];
    let imported = run_with(folder.path(), &import, "");
    assert_eq!(imported.code, 0, "{}", imported.err);
    folder
}

#[test]
fn what_is_not_there_is_named_and_is_a_failure() {
    let shop = shop();
    let cases: [(&[&str], &str); 12] = [
        (&["customers", "nosuch"], "there is no customer \"nosuch\""),
        (&["customers", "nosuch", "--with", "value"], "there is no customer \"nosuch\""),
        (&["next", "nosuch"], "there is no customer \"nosuch\""),
        (&["together", "nosuch"], "there is no product \"nosuch\""),
        (&["rejected", "show", "7"], "there is no rejected event 7"),
        (&["rejected", "show", "--", "-9223372036854775808"], "there is no rejected event -9"),
        (&["rejected", "replay", "7"], "there is no rejected event 7"),
        (&["key", "revoke", "7"], "there is no such key "),
        (&["key", "rotate", "7"], "there is no such key "),
        (
            &["user", "password", "--email", "no@example.com", "--password-stdin"],
            "there is no such user in this workspace",
        ),
        (&["user", "list", "--workspace", "other"], "there is no workspace \"other\""),
        (&["analyze", "next", "--input", "/nosuch.csv"], "/nosuch.csv"),
    ];
    for (args, message) in cases {
        let ran = run_with(shop.path(), args, "a long password\n");
        assert!(ran.err.contains(message), "{args:?}: {}", ran.err);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{args:?}");
    }
}

#[test]
fn a_second_workspace_stops_no_command_of_the_first() {
    let shop = shop();
    let add = [
        "user",
        "add",
        "--email",
        "eve@example.com",
        "--name",
        "Eve",
        "--password-stdin",
        "--workspace",
        "elsewhere",
    ];
    let added = run_with(shop.path(), &add, "a long password\n");
    assert_eq!(added.code, 0, "{}", added.err);
    let report =
        |args: &[&str]| run_with(shop.path(), &[&["report", "products"], args].concat(), "");
    let (first, named) = (report(&[]), report(&["--workspace", "default"]));
    assert_eq!((first.code, &first.out), (0, &named.out));
    assert!(first.err.contains("workspace default, the first of 2"), "{}", first.err);
    assert!(named.out.contains("MUG") && !named.err.contains("first of"), "{}", named.err);
    assert!(!report(&["--workspace", "elsewhere"]).out.contains("MUG"));
}

#[test]
fn an_option_that_would_do_nothing_is_refused() {
    let shop = shop();
    let add = ["user", "add", "--email", "a@example.com", "--name", "A", "--currency", "USD"];
    let cases: [(&[&str], &str); 17] = [
        (&add, "the workspace default has its currency and time zone already"),
        (&["report", "sales", "--limit", "3"], "--limit: cuts the reports products, customers"),
        (&["report", "summary", "--bucket", "day"], "--bucket: divides the time of the report sal"),
        (&["report", "heatmap", "--limit", "0"], "leave it out for heatmap"),
        (&["report", "cohorts", "--bucket", "month"], "leave it out for cohorts"),
        (&["forecast", "--limit", "3"], "--limit: cuts the parts of a forecast by something"),
        (&["forecast", "--by", "segment", "--limit", "3"], "leave it out for segments"),
        (
            &["forecast", "--holidays", "2026-12-25"],
            "--holidays: holidays count for a bucket of a day",
        ),
        (&["customers", "c-1", "--limit", "3"], "cannot be used with"),
        (&["customers", "--horizon-days", "30"], "--with"),
        (&["customers", "--currency", "USD"], "--with value"),
        (&["customers", "--as-of", "2026-01-01"], "--with value"),
        (&["workspace", "set"], "--currency"),
        (&["check", "--workspace", "default"], "--workspace has no effect"),
        (&["--workspace", "default", "backup", "x.db"], "--workspace has no effect"),
        (&["openapi", "--data", "elsewhere"], "leave --data and --config out"),
        (&["report", "sales", "--bukket", "day"], "a similar argument exists: '--bucket'"),
    ];
    for (args, message) in cases {
        let (code, err) = run(shop.path(), args);
        assert!(err.contains(message), "{args:?}: {err}");
        assert_eq!(code, 2, "{args:?}: {err}");
    }
    for args in [["report", "sales", "--bucket", "day"], ["report", "products", "--limit", "1"]] {
        assert_eq!(run(shop.path(), &args).0, 0, "{args:?}");
    }
}

#[test]
fn a_workspace_that_changes_says_what_it_means_for_the_reports() {
    let shop = shop();
    let set = |options: &[&str]| run(shop.path(), &[&["workspace", "set"], options].concat()).1;
    assert_eq!(
        set(&["--currency", "GBP"]),
        "default: currency GBP instead of EUR; no amount is converted\n\
         reports count the 0 purchases made in GBP\n\
         2 purchases in EUR: `report … --currency EUR`\n"
    );
    assert_eq!(
        set(&["--currency", "EUR", "--timezone", "Asia/Tokyo"]),
        "default: time zone Asia/Tokyo instead of UTC; all sums are made anew\n\
         default: currency EUR instead of GBP; no amount is converted\n\
         reports count the 2 purchases made in EUR\n"
    );
    assert_eq!(set(&["--currency", "EUR"]), "default has EUR, Asia/Tokyo already\n");
}

#[test]
fn the_workspace_can_be_chosen_by_a_variable_and_unknown_variables_are_told() {
    let shop = shop();
    let listed = |variables: &[(&str, &str)]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_crm-collector"));
        command.args(["user", "list"]).env("CRM_DATA", shop.path());
        let output = command.envs(variables.iter().copied()).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let other = listed(&[("CRM_WORKSPACE", "other")]);
    assert_eq!(other, (1, "error: there is no workspace \"other\"; there are: default\n".into()));
    assert_eq!(listed(&[("CRM_WORKSPACE", "DEFAULT")]), (0, String::new()));
    let (code, err) = listed(&[("CRM_WORKSPCE", "other"), ("CRM_SERVICE_PORT", "80")]);
    assert_eq!(
        err,
        "warning: CRM_SERVICE_PORT: is no setting; serve --check-config lists those there are \
         (ignored)\n\
         warning: CRM_WORKSPCE: is no setting; did you mean CRM_WORKSPACE? (ignored)\n"
    );
    assert_eq!(code, 0);
}
