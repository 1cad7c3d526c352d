//! `analyze`: the statistics on files of one's own, as processes.

use crate::cli::run_with;

#[test]
fn series_of_a_file_are_forecast_with_nested_intervals_alike_on_any_number_of_threads() {
    let data = tempfile::tempdir().unwrap();
    let mut file = "id,values\n".to_owned();
    for shop in 1..=6 {
        let months: Vec<String> =
            (0..48).map(|month| (100 * shop + 2 * month + 30 * (month % 12)).to_string()).collect();
        file += &format!("shop {shop},{}\n", months.join(" "));
    }
    file += "closed,\n";
    let forecast = |more: &[&str]| {
        let mut args =
            vec!["analyze", "forecast", "--input", "-", "--season", "12", "--horizon", "12"];
        args.extend(more);
        run_with(data.path(), &args, &file)
    };
    let one = forecast(&["--levels", "80,95", "--threads", "1"]);
    assert_eq!(one.code, 0, "{}", one.err);
    assert_eq!(forecast(&["--threads", "3"]).out, one.out);
    let mut rows = one.out.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = ["id", "values", "lower_80", "upper_80", "lower_95", "upper_95", "method"];
    assert_eq!(rows.next().unwrap(), header);
    let rows: Vec<Vec<&str>> = rows.collect();
    let numbers = |field: &str| -> Vec<f64> {
        field.split(' ').map(|value| value.parse().unwrap()).collect()
    };
    for (row, shop) in rows.iter().zip(1..=6) {
        assert_eq!(row[0], format!("shop {shop}"));
        let bounds: Vec<Vec<f64>> = [row[4], row[2], row[1], row[3], row[5]].map(numbers).to_vec();
        for step in 0..12 {
            assert!(bounds.windows(2).all(|pair| pair[0][step] <= pair[1][step]), "{row:?}");
            let month = 48 + i32::try_from(step).unwrap();
            let expected = f64::from(100 * shop + 2 * month + 30 * (month % 12));
            assert!((bounds[2][step] / expected - 1.0).abs() < 0.15, "{expected} {row:?}");
        }
    }
    assert_eq!((rows[6][0], rows[6][6]), ("closed", "none"));
    let wrong = forecast(&["--levels", "95,100"]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("a level of 100 is not between 0 and 100 percent"), "{}", wrong.err);
}

/// Runs an analysis of standard input; its rows without the header, each cut at commas.
fn analyse(analysis: &[&str], file: &str, header: &str) -> Vec<Vec<String>> {
    let data = tempfile::tempdir().unwrap();
    let args = [&["analyze"], analysis, &["--input", "-"]].concat();
    let one = run_with(data.path(), &[&args[..], &["--threads", "1"]].concat(), file);
    assert_eq!(one.code, 0, "{}", one.err);
    let three = run_with(data.path(), &[&args[..], &["--threads", "3"]].concat(), file);
    assert_eq!(three.out, one.out, "the result depends on the number of threads");
    let mut lines = one.out.lines();
    assert_eq!(lines.next(), Some(header));
    lines.map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// Values about a level, with noise that is the same each time (splitmix64, Steele et al. 2014).
fn noisy(count: u64, level: impl Fn(u64) -> f64) -> String {
    let noise = |index: u64| {
        let mut bits = index.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from(bits >> 32).unwrap()) / f64::from(u32::MAX) * 2.0 - 1.0
    };
    let value = |index| format!("{:.2}", level(index) + noise(index));
    (0..count).map(value).collect::<Vec<_>>().join(" ")
}

#[test]
fn changes_and_anomalies_of_a_file_are_told_by_their_places() {
    let shift = noisy(120, |index| if index < 70 { 10.0 } else { 16.0 });
    let spike = noisy(120, |index| if index == 44 { 40.0 } else { 10.0 });
    let file = format!("id,values\nshift,{shift}\nspike,{spike}\nshort,1 2\nempty,\n");
    let changes = analyse(&["changepoints"], &file, "id,indexes");
    assert_eq!(changes, [["shift", "70"], ["spike", ""], ["short", ""], ["empty", ""]]);
    let anomalies = analyse(&["anomalies", "--season", "1"], &file, "id,indexes");
    assert_eq!(anomalies[1], ["spike", "44"]);
    assert_eq!((&anomalies[2][1], &anomalies[3][1]), (&String::new(), &String::new()));
}

#[test]
fn customers_of_a_file_have_their_value() {
    let mut file = "customer_id,date,amount\n".to_owned();
    for customer in 0..40 {
        // The first ten never come again after March.
        let months = if customer < 10 { 1..=3 } else { 1..=12 };
        for month in months {
            let day = 1 + (customer * 3 + month * 5) % 27;
            file += &format!("c{customer},2025-{month:02}-{day:02},{}\n", 20 + customer % 7);
        }
    }
    let analysis = ["value", "--as-of", "2025-12-31", "--horizon-days", "90"];
    let header = "customer_id,p_alive,expected_purchases,expected_value,next_purchase";
    let rows = analyse(&analysis, &file, header);
    assert_eq!(rows.len(), 40);
    for row in &rows {
        let gone = row[0].trim_start_matches('c').parse::<u32>().unwrap() < 10;
        let alive: f64 = row[1].parse().unwrap();
        assert!(if gone { alive < 0.3 } else { alive > 0.7 }, "{row:?}");
        let expected: f64 = row[2].parse().unwrap();
        assert!(if gone { expected < 1.0 } else { (1.5..5.0).contains(&expected) }, "{row:?}");
    }
}

#[test]
fn what_customers_of_a_file_buy_next_stands_best_first() {
    let mut file = "customer_id,date,item\n".to_owned();
    for customer in 0..30 {
        for week in 1..=8 {
            let other = ["jam", "mug", "pen"][(customer + week) % 3];
            file += &format!(
                "c{customer},2025-03-{:02},tea\nc{customer},2025-03-{:02},{other}\n",
                week * 3,
                week * 3
            );
        }
    }
    let rows = analyse(&["next", "--top", "2"], &file, "customer_id,items");
    assert_eq!(rows.len(), 30);
    for row in rows {
        let items: Vec<_> = row[1].split(' ').collect();
        assert_eq!((items.len(), items[0]), (2, "tea"), "{row:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_why() {
    let data = tempfile::tempdir().unwrap();
    let cases = [
        ("forecast", "id,values\na,1 x\n", "line 2: value 2 of \"a\" is \"x\", no number"),
        ("changepoints", "name,values\n", "no column \"id\"; its header is name,values"),
        ("value", "customer_id,date,amount\nc,2025-13-01,5\n", "line 2"),
        ("next", "customer_id,date,item\nc,today,tea\n", "line 2"),
    ];
    for (analysis, file, expected) in cases {
        let mut args = vec!["analyze", analysis, "--input", "-"];
        match analysis {
            "forecast" => args.extend(["--season", "1", "--horizon", "2"]),
            "value" => args.extend(["--as-of", "2025-12-31", "--horizon-days", "9"]),
            _ => {}
        }
        let ran = run_with(data.path(), &args, file);
        assert_eq!(ran.code, 1, "{analysis}: {}", ran.err);
        assert!(ran.err.contains(expected), "{analysis}: {}", ran.err);
    }
}
