//! `import` as a process: what it leaves behind where it fails, and where it is stopped.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cli::run_with;

const PATIENCE: Duration = Duration::from_secs(120);
const MAP: &str = "purchase_id=order,occurred_at=date,customer_id=who,line_total=total";
const HEADER: &str = "order,date,who,total\n";

fn import<'a>(file: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let args = ["import", file.to_str().unwrap(), "--map", MAP, "--currency", "EUR"];
    [&args, more].concat()
}

#[test]
fn a_file_that_cannot_be_imported_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    // Begins well, and is cut in the middle.
    let mut lines = HEADER.to_owned();
    (0..5_000).for_each(|n| writeln!(lines, "{n},2026-01-05,c-{n},{}", n * 7_919 % 977).unwrap());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, lines.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let cases = [
        (folder.path().join("nosuch.csv"), "nosuch.csv: the file cannot be read: No such file"),
        (folder.path().to_owned(), "not a regular file"),
        (write("empty.csv", b""), "the file is empty"),
        (write("other.csv", b"a,b\n1,2\n"), "the file has no column \"order\""),
        (write("cut.csv.gz", &gzip[..gzip.len() / 2]), "the file cannot be read"),
    ];
    let data = folder.path().join("data");
    for (file, said) in cases {
        let rejects = folder.path().join("rejects.csv");
        let ran = run_with(&data, &import(&file, &["--rejects", rejects.to_str().unwrap()]), "");
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{said}");
        assert!(!data.exists(), "{said}: a database was made");
        // What is cut is found only while it is read.
        assert!(said.ends_with("cannot be read") || !rejects.exists(), "{said}");
    }
}

#[test]
fn an_import_that_is_interrupted_says_what_is_in_and_leaves_one_whole_file() {
    const LINES: usize = 400_000;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    let mut text = HEADER.to_owned();
    (0..LINES).for_each(|n| writeln!(text, "{n},2026-01-05,c-{},1", n % 1_000).unwrap());
    std::fs::write(&file, text).unwrap();
    let data = folder.path().join("data");
    let mut command = Command::new(env!("CARGO_BIN_EXE_crm-collector"));
    command.args(import(&file, &[])).env("CRM_DATA", &data);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    let log = data.join("crm.db-wal");
    // Larger than what making the schema takes: events are in.
    while std::fs::metadata(&log).map_or(0, |log| log.len()) < 1 << 20 {
        assert!(began.elapsed() < PATIENCE, "nothing comes in");
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{err}");
    assert!(!log.exists(), "the log stayed: {err}");

    let told = err.lines().last().unwrap();
    let lines: usize = told.split(' ').nth(2).unwrap().parse().unwrap();
    assert_eq!(
        told,
        format!(
            "error: stopped: {lines} lines of the file are in, {lines} events stored; a second run \
             adds the rest"
        )
    );
    assert!((1..LINES).contains(&lines), "{told}");
    let checked = run_with(&data, &["check"], "").out;
    assert!(checked.starts_with(&format!("ok: {lines} events, ")), "{checked} {told}");
}

#[test]
fn a_number_and_its_noun_agree() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    std::fs::write(&file, format!("{HEADER}1,2026-01-05,c-1,5\n")).unwrap();
    let imported = run_with(folder.path(), &import(&file, &[]), "");
    assert_eq!(
        imported.out,
        "1 line read, 0 skipped\n1 sale and 0 refunds\n  EUR: gross 5.00, refunds 0.00, net 5.00\n\
         1 event stored, 0 stored before, 0 rejected\n"
    );
    let checked = run_with(folder.path(), &["check"], "");
    assert_eq!(checked.out, "ok: 1 event, 1 customer, 1 workspace compared\n");
    let segments = run_with(folder.path(), &["segments", "--horizon-days", "1"], "");
    let title = segments.out.lines().next().unwrap();
    assert!(title.starts_with("1 customer as known before "), "{title}");
    assert!(title.ends_with(", values in EUR over 1 day"), "{title}");
    let changed = run_with(folder.path(), &["workspace", "set", "--currency", "GBP"], "");
    let told: Vec<_> = changed.err.lines().skip(1).collect();
    assert_eq!(
        told,
        [
            "reports count the 0 purchases made in GBP",
            "1 purchase in EUR: `report … --currency EUR`"
        ]
    );
}

#[test]
fn an_import_is_listed_and_taken_back_in_one_call_and_what_others_told_stays() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let write = |name: &str, lines: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{HEADER}{lines}")).unwrap();
        path
    };
    let run = |args: &[&str]| {
        let ran = run_with(&data, args, "");
        (ran.code, ran.out, ran.err)
    };
    let (mut first, mut second) = (String::new(), String::new());
    (0..5_000).for_each(|n| writeln!(first, "{n},2026-01-05,c-{n},1").unwrap());
    (5_000..5_010).for_each(|n| writeln!(second, "{n},2026-01-05,c-{n},1").unwrap());
    let (first, second) = (write("first.csv", &first), write("second.csv", &second));
    assert_eq!(run(&import(&first, &[])).0, 0);
    assert_eq!(run(&import(&second, &[])).0, 0);
    // One that brings nothing is none.
    assert_eq!(run(&import(&second, &[])).0, 0);
    let corrected = write("corrected.csv", "7,2026-01-05,c-7,3\n");
    assert_eq!(run(&import(&corrected, &["--replace"])).0, 0);
    let listed = |args: &[&str]| {
        let lines = run(args).1;
        let cells = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let told = |cells: Vec<String>| {
            let [number, events, file] = [0, 5, cells.len() - 1].map(|at| cells[at].clone());
            format!("{number} {events} {file}")
        };
        lines.lines().skip(1).map(cells).map(told).collect::<Vec<_>>()
    };
    let expected = ["3 1 corrected.csv", "2 10 second.csv", "1 5000 first.csv"];
    assert_eq!(listed(&["imports", "list"]), expected);

    let taken_back =
        (0, "4999 purchases and 0 interactions are taken back\n".to_owned(), String::new());
    assert_eq!(run(&["imports", "void", "1"]), taken_back);
    let (_, sales, _) =
        run(&["report", "sales", "--from", "2026-01-05", "--to", "2026-01-06", "--format", "json"]);
    let sales: serde_json::Value = serde_json::from_str(&sales).unwrap();
    assert_eq!(
        (&sales["totals"]["orders"], &sales["totals"]["net"]),
        (&11.into(), &"13.00".into())
    );
    let again = run(&["imports", "void", "1"]).1;
    assert_eq!(again, "0 purchases and 0 interactions are taken back\n");
    assert_eq!(run(&["imports", "void", "4"]).0, 1);
    assert!(run(&["check"]).1.starts_with("ok: "));
    // The same file brings it back with --replace, as an import of its own.
    let (code, _, err) = run(&import(&first, &["--replace"]));
    assert_eq!(code, 0, "{err}");
    assert_eq!(listed(&["imports", "list", "--limit", "1"]), ["4 5000 first.csv"]);
    assert!(run(&["check"]).1.starts_with("ok: "));
}

const LINES: &str = "purchase_id=id,occurred_at=at,customer_id=c,sku=sku,name=name,quantity=q,\
                     unit_price=p,total=t";

/// Imports a file of lines into a folder; what a report of sales says then, as CSV: gross, net, orders,
/// items.
fn sold(folder: &Path, content: &str, more: &[&str]) -> (bool, String, [String; 4]) {
    let file = folder.join("lines.csv");
    std::fs::write(&file, content).unwrap();
    let args = ["import", file.to_str().unwrap(), "--currency", "USD", "--map", LINES];
    let imported = run_with(folder, &[&args, more].concat(), "");
    let report = run_with(folder, &["report", "sales", "--format", "csv"], "").out;
    let mut rows = report.lines().map(|line| line.split(',').map(str::to_owned));
    let (heads, row): (Vec<_>, Vec<_>) =
        (rows.next().unwrap().collect(), rows.next().unwrap().collect());
    let of = |name: &str| row[heads.iter().position(|head| head == name).unwrap()].clone();
    let told = format!("{}{}", imported.out, imported.err);
    (imported.code == 0, told, ["gross", "net", "orders", "items"].map(of))
}

#[test]
fn what_shops_files_have_is_counted_as_it_is() {
    let head = "id,at,c,sku,name,q,p,t\n";
    let long = "Ж".repeat(64) + "!";
    let cases = [
        ("a discount that is a line", "1,2026-07-01,a,MUG,,2,50.00,\n1,2026-07-01,a,DISCOUNT10,,1,-10.00,\n".to_owned(), ["90.00", "90.00", "1", "3"]),
        ("goods by weight", "1,2026-07-01,a,CHEESE,,1.5,20.00,\n1,2026-07-01,a,HAM,,0.250,40.00,\n1,2026-07-01,a,BREAD,,1,3.00,\n".to_owned(), ["43.00", "43.00", "1", "2.75"]),
        ("goods by weight with a total", "1,2026-07-01,a,CHEESE,,1.5,,30.00\n".to_owned(), ["30.00", "30.00", "1", "1.5"]),
        ("a weight that does not divide", "1,2026-07-01,a,CHEESE,,0.3,,10.00\n".to_owned(), ["10.00", "10.00", "1", "0.3"]),
        ("names without a sku", "1,2026-07-01,a,,Scarf,1,50.00,\n1,2026-07-01,a,SW,Sweater,1,150.00,\n".to_owned(), ["200.00", "200.00", "1", "2"]),
        ("a long name in the place of a sku", format!("1,2026-07-01,a,{long},,2,5.00,\n"), ["10.00", "10.00", "1", "2"]),
        ("a price that was divided", "1,2018-10-01,c1,A,,1,146,\n2,2018-10-01,c1,B,,1,124.66666666666667,\n3,2018-10-01,c2,B,,1,100,\n".to_owned(), ["370.6667", "370.6667", "3", "3"]),
        ("no customer", "1,2026-07-01,n/a,MUG,,1,5.00,\n".to_owned(), ["5.00", "5.00", "1", "1"]),
    ];
    for (what, lines, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let (is_well, told, found) = sold(folder.path(), &format!("{head}{lines}"), &[]);
        assert!(is_well, "{what}: {told}");
        assert_eq!(found, expected, "{what}: {told}");
    }
}

#[test]
fn a_mended_file_takes_the_place_of_what_was_stored_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = |cap: &str| {
        let cap = match cap {
            "" => String::new(),
            cap => format!("1,2026-07-01,a,{cap},,1,20.00,\n"),
        };
        format!(
            "id,at,c,sku,name,q,p,t\n1,2026-07-01,a,MUG,,2,50.00,\n{cap}2,2026-07-02,b,MUG,,1,50.00,\n"
        )
    };
    let (is_well, _, found) = sold(folder.path(), &file(""), &[]);
    assert!(is_well);
    assert_eq!(found, ["150.00", "150.00", "2", "3"]);
    // What is not stored is no success, and how to get it is told.
    let rejects = folder.path().join("rejects.csv");
    let rejected = ["--rejects", rejects.to_str().unwrap()];
    let (is_well, told, found) = sold(folder.path(), &file("CAP"), &rejected);
    assert!(!is_well && told.contains("1 conflict") && told.contains("--replace"), "{told}");
    let why = std::fs::read_to_string(&rejects).unwrap();
    let said = "2,conflict,1: purchase_id: a purchase of this number is stored with other content; an \
                import with --replace stores what the file says in its place\n";
    assert!(why.ends_with(said), "{why}");
    assert_eq!(found, ["150.00", "150.00", "2", "3"]);
    for (cap, gross, items, replaced) in
        [("CAP", "170.00", "4", 1), ("CAP", "170.00", "4", 0), ("", "150.00", "3", 1)]
    {
        let (is_well, told, found) = sold(folder.path(), &file(cap), &["--replace"]);
        assert!(is_well, "{told}");
        let (as_it_is, events) = (2 - replaced, if replaced == 1 { "event" } else { "events" });
        let counts = format!("{replaced} {events} stored, {as_it_is} stored before, 0 rejected\n");
        assert!(told.contains(&counts), "{told}");
        let in_place = format!("  {replaced} in the place of what was stored\n");
        assert_eq!(told.contains(&in_place), replaced > 0, "{told}");
        assert_eq!(found, [gross, gross, "2", items], "{told}");
    }
    // The first file once more: what was corrected since is not undone, and that is told.
    let (is_well, told, found) = sold(folder.path(), &file("CAP"), &["--replace"]);
    assert!(is_well && found[0] == "170.00", "{told}");
    let (is_well, told, found) = sold(folder.path(), &file(""), &[]);
    let stays = "0 events stored, 2 stored before, 0 rejected\n  what was corrected or taken back \
                 since stays so; --replace stores what the file says\n";
    assert!(is_well && told.contains(stays), "{told}");
    assert_eq!(found[0], "170.00");
}

#[test]
fn a_contact_field_that_is_none_costs_itself_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    let lines = "id,at,c,name,mail,tel,sum\n1,2026-07-01,a,Ann,n/a,+15550100,5\n\
                 2,2026-07-02,b,\"Bob\nMiller\",bob@example.com,,6\n3,2026-07-03,c,Cleo,at home,none,7\n";
    std::fs::write(&file, lines).unwrap();
    let map = "purchase_id=id,occurred_at=at,customer_id=c,customer_name=name,email=mail,phone=tel,total=sum";
    let args = ["import", file.to_str().unwrap(), "--currency", "USD", "--map", map];
    let imported = run_with(folder.path(), &args, "");
    assert_eq!(imported.code, 0, "{}{}", imported.out, imported.err);
    let listed = run_with(folder.path(), &["customers", "--format", "csv"], "").out;
    let known: Vec<_> =
        listed.lines().skip(1).map(|line| line.rsplit_once(',').unwrap().0).collect();
    assert_eq!(known, ["a,Ann,,'+15550100,", "b,Bob Miller,bob@example.com,,", "c,Cleo,,,"]);
}

#[test]
fn an_order_of_which_a_line_cannot_be_read_is_left_out_whole_and_that_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let rejects = folder.path().join("rejects.csv");
    let lines = "id,at,c,sku,name,q,p,t\n1,2026-07-01,a,MUG,,2,50.00,\n1,2026-07-01,a,CAP,,one,20.00,\n\
                 2,2026-07-02,b,MUG,,1,50.00,\n1,2026-07-01,a,PEN,,1,5.00,\n2,2026-07-02,b,GIFT,,1,0,\n";
    let asked = ["--rejects", rejects.to_str().unwrap()];
    let (is_well, told, found) = sold(folder.path(), lines, &asked);
    assert_eq!(found, ["50.00", "50.00", "1", "1"], "{told}");
    let summary = "5 lines read, 4 skipped\n  1 with a price of 0\n  1 with a quantity that is no decimal \
                   number of up to 4 decimals (money that cannot be read; from line 3)\n  2 with another line \
                   of the same purchase that cannot be read (USD 105.00 missing; from line 2)\n1 sale and 0 \
                   refunds\n";
    assert!(told.starts_with(summary), "{told}");
    let failure = format!("3 lines were not stored; {} has the reasons\n", rejects.display());
    assert!(!is_well && told.ends_with(&failure), "{told}");
    let why = std::fs::read_to_string(&rejects).unwrap();
    let mut reasons: Vec<_> = why.lines().skip(1).collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        [
            "2,incomplete_purchase,1,2026-07-01,a,MUG,,2,50.00,",
            "3,malformed_quantity,1,2026-07-01,a,CAP,,one,20.00,",
            "5,incomplete_purchase,1,2026-07-01,a,PEN,,1,5.00,",
            "6,price_zero,2,2026-07-02,b,GIFT,,1,0,"
        ]
    );
    // Mended, it is stored, and nothing is in its way.
    let (is_well, told, found) = sold(folder.path(), &lines.replace("one", "1"), &[]);
    assert!(is_well, "{told}");
    assert_eq!(found, ["175.00", "175.00", "2", "5"], "{told}");
}

#[test]
fn a_refund_is_tied_to_its_order_where_the_file_tells_which() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    let lines = "id,at,c,sku,q,p,of\n1,2026-07-01,a,MUG,2,5.00,\n1,2026-07-01,a,MUG,-1,5.00,\n\
                 2,2026-07-02,b,MUG,1,5.00,\n3,2026-07-03,b,MUG,-1,5.00,2\n4,2026-07-03,c,MUG,-1,5.00,n/a\n";
    std::fs::write(&file, lines).unwrap();
    let map =
        "purchase_id=id,occurred_at=at,customer_id=c,sku=sku,quantity=q,unit_price=p,refund_of=of";
    let args = ["import", file.to_str().unwrap(), "--currency", "USD", "--map", map];
    let imported = run_with(folder.path(), &args, "");
    assert_eq!(imported.code, 0, "{}{}", imported.out, imported.err);
    for (refund, of) in [("1:refund", Some("1")), ("3", Some("2")), ("4", None)] {
        let shown = run_with(folder.path(), &["purchase", "show", refund], "").out;
        // For people, a field a line, wherever it goes.
        assert!(shown.starts_with("{\n  \""), "{shown}");
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["purchase"]["refund_of"].as_str(), of, "{refund}: {shown}");
    }
}

#[test]
fn columns_that_seem_to_hold_money_and_are_not_used_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    std::fs::write(&file, "order,date,who,total,VAT,Discount,Note\n1,2026-01-05,c-1,5,1,0,x\n")
        .unwrap();
    let imported = run_with(folder.path(), &import(&file, &[]), "");
    assert_eq!(imported.code, 0, "{}", imported.err);
    let told = imported.out.lines().last().unwrap();
    assert!(
        told.starts_with("not used: the columns VAT, Discount. If that is money, map "),
        "{told}"
    );
}

#[test]
fn a_file_is_understood_by_itself_and_what_is_unsure_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let data = folder.path().join("data");
    let run = |args: &[&str], input: &str| {
        let ran = run_with(&data, args, input);
        (ran.code, ran.out, ran.err)
    };
    let open = write("open.csv", "order,date,total\n1,4/5/2026,5\n2,4/6/2026,6\n");
    let euros = ["--currency", "EUR"];
    let (code, out, err) = run(&[&["import", &open], &euros[..]].concat(), "");
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("add --dates day-first or --dates month-first"), "{err}");
    assert!(!data.exists(), "a database was made");
    // A dry run shows what is open; said, it is stored.
    let (code, out, err) = run(&["import", &open, "--currency", "EUR", "--dry-run"], "");
    assert_eq!(code, 4, "{out}{err}");
    assert!(out.contains("to be said: date: \"4/5/2026\" (line 2)"), "{out}");
    assert!(err.contains("purchase_id, by its name"), "{err}");
    let (code, out, err) =
        run(&["import", &open, "--dates", "month-first", "--currency", "EUR"], "");
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("EUR: gross 11.00"), "{out}");
    // Without a currency anywhere it is asked, in a workspace that is new.
    let other = folder.path().join("other");
    let ran = run_with(&other, &["import", &open, "--dates", "month-first"], "");
    assert_eq!((ran.code, other.exists()), (2, false), "{}", ran.err);
    assert!(
        ran.err.contains("no column tells the currency: --currency CODE says it"),
        "{}",
        ran.err
    );
    // Standard input, and several files, which have their columns in any order.
    let input = "order;date;total;status\n3;2026-07-01;7,50;Packed\n4;2026-07-01;1,50;Оплачен\n";
    let (code, _, err) = run(&["import", "-"], input);
    assert!(code == 2 && err.contains("add --states \"Packed=paid\""), "{err}");
    let (code, out, err) = run(&["import", "-", "--states", "Packed=paid"], input);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("EUR: gross 9.00") && out.contains("Packed 1× as paid"), "{out}");
    // What has no lines is known by its header all the same.
    let none = write("none.csv", "order,date,total\n");
    let (code, out, err) = run(&["import", &none], "");
    assert_eq!((code, out.starts_with("0 lines read")), (4, true), "{out}{err}");
    assert!(err.contains("the file has a header and no lines; nothing was stored"), "{err}");
    let one = write("one.csv", "order,date,total\n5,2026-07-02,5\n");
    let two = write("two.csv", "total,order,date\n6,6,2026-07-02\n");
    let (code, out, err) = run(&["import", &one, &two], "");
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("2 sales") && out.contains("EUR: gross 11.00"), "{out}");
}

#[test]
fn the_exit_code_says_what_became_of_a_file_and_strict_stores_all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    let code = |lines: &str, more: &[&str]| {
        std::fs::write(&file, format!("{HEADER}{lines}")).unwrap();
        let ran = run_with(folder.path(), &import(&file, more), "");
        (ran.code, format!("{}{}", ran.out, ran.err))
    };
    let good = "1,2026-01-05,c-1,5\n";
    let bad = "2,2026-01-05,c-1,free\n";
    let both = format!("{good}{bad}");
    let (strict, told) = code(&both, &["--strict"]);
    assert!(strict == 4 && told.contains("1 event would be stored"), "{told}");
    assert!(
        run_with(folder.path(), &["check"], "").err.contains("no database"),
        "something was stored"
    );
    assert_eq!(code(bad, &[]).0, 4);
    assert_eq!(code("", &[]).0, 4);
    assert_eq!(code(&both, &[]).0, 3);
    assert_eq!(code(good, &["--strict"]).0, 0);
}
