//! Each chart as text, and what holds of all of them.

use chrono::{Days, NaiveDate};
use crm_models::Currency;

use super::*;

const POUNDS: Unit = Unit::Money(Currency::GBP);

fn about<'a>(id: &'a str, sentence: &str, unit: Unit) -> About<'a> {
    let (sentence, places) = (sentence.to_owned(), "Month".to_owned());
    About { id, sentence, places, unit, locale: Locale::En }
}

fn pounds(value: f64) -> Value {
    Value::new(value, Locale::En.money(&format!("{value:.2}"), Currency::GBP))
}

fn all(values: &[f64]) -> Vec<Option<Value>> {
    values.iter().map(|value| Some(pounds(*value))).collect()
}

fn weeks(count: u64) -> Vec<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(2010, 12, 6).unwrap();
    (0..count).map(|at| first + Days::new(at * 7)).collect()
}

fn months() -> Places {
    let days: Vec<_> =
        (1..=12).map(|month| NaiveDate::from_ymd_opt(2011, month, 1).unwrap()).collect();
    Places::periods(&days, Step::Month, Locale::En)
}

const NET_2010: [f64; 12] = [
    624_032.89,
    533_091.43,
    765_848.76,
    644_174.79,
    615_322.83,
    679_786.61,
    619_268.15,
    656_776.34,
    853_650.43,
    1_084_094.22,
    1_422_654.64,
    1_126_443.10,
];
const NET_2011: [f64; 12] = [
    560_000.26,
    498_062.65,
    683_267.08,
    493_207.12,
    723_333.51,
    691_123.12,
    681_300.11,
    704_804.63,
    1_019_687.62,
    1_070_704.67,
    1_461_756.25,
    433_686.01,
];

/// Half a year of weeks, a quarter ahead, and the year before.
fn forecast() -> LineChart<'static> {
    let sold: Vec<_> = (0..26)
        .map(|week| 150_000.0 + 40_000.0 * f64::from(week % 5) + 6_000.0 * f64::from(week))
        .collect();
    let expected: Vec<_> =
        (26..39).map(|week| 260_000.0 - 8_000.0 * f64::from(week - 26)).collect();
    let band = |name: &str, width: f64| Band {
        name: name.to_owned(),
        ends: vec![None; 26]
            .into_iter()
            .chain(expected.iter().enumerate().map(|(week, value)| {
                #[expect(clippy::cast_precision_loss, reason = "thirteen weeks")]
                let wide = width * (1.0 + week as f64 / 8.0);
                Some((pounds(value - wide), pounds(value + wide)))
            }))
            .collect(),
    };
    LineChart {
        about: about("weeks", "Net sales by week, and what is expected.", POUNDS),
        places: Places::periods(&weeks(39), Step::Week, Locale::En),
        lines: vec![
            Line {
                name: "Sold".into(),
                stroke: Stroke::Sold,
                values: all(&sold),
                bands: Vec::new(),
                is_named_at_end: false,
            },
            Line {
                name: "Expected".into(),
                stroke: Stroke::Expected,
                values: [vec![None; 26], all(&expected)].concat(),
                bands: vec![band("4 times in 5", 40_000.0), band("19 times in 20", 70_000.0)],
                is_named_at_end: true,
            },
            Line {
                name: "A year before".into(),
                stroke: Stroke::Compared,
                values: all(&sold.iter().rev().map(|value| value * 0.9).collect::<Vec<_>>()),
                bands: Vec::new(),
                is_named_at_end: true,
            },
        ],
        uprights: vec![Upright {
            at: 25.5,
            before: "known".into(),
            after: "expected".into(),
            is_change: false,
        }],
        running: Some((Running { place: 26, text: "5 days so far".into() }, pounds(121_000.0))),
    }
}

fn years() -> BarChart<'static> {
    let series = |name: &str, fill, values: &[f64]| BarSeries {
        name: name.into(),
        fill,
        values: all(values),
    };
    BarChart {
        about: about("months", "Net sales by month, 2011 beside 2010.", POUNDS),
        places: months(),
        series: vec![
            series("2010", Fill::Compared, &NET_2010),
            series("2011", Fill::Sold, &NET_2011),
        ],
        is_stacked: false,
        running: Some(Running { place: 11, text: "9 days".into() }),
    }
}

fn negative() -> BarChart<'static> {
    BarChart {
        about: about("negative", "Net sales of a product, below nought in April.", POUNDS),
        places: Places::named(["January", "February", "March", "April"]),
        series: vec![BarSeries {
            name: "Net".into(),
            fill: Fill::Sold,
            values: vec![Some(pounds(160.0)), None, Some(pounds(0.0)), Some(pounds(-60.0))],
        }],
        is_stacked: false,
        running: None,
    }
}

fn stacked() -> BarChart<'static> {
    let count = |values: &[u32]| {
        values.iter().map(|value| Some(Value::new(f64::from(*value), value.to_string()))).collect()
    };
    BarChart {
        about: about("buyers", "Customers by month: returning and new.", Unit::Count),
        places: months(),
        series: vec![
            BarSeries {
                name: "Returning".into(),
                fill: Fill::Sold,
                values: count(&[670, 634, 795, 750, 945, 883, 847, 829, 1077, 1143, 1473, 587]),
            },
            BarSeries {
                name: "New".into(),
                fill: Fill::Second,
                values: count(&[71, 124, 179, 106, 111, 108, 102, 106, 189, 221, 191, 28]),
            },
        ],
        is_stacked: true,
        running: Some(Running { place: 11, text: "9 days".into() }),
    }
}

fn heatmap() -> Heatmap {
    let mut cells: [[Option<Value>; 24]; 7] = Default::default();
    for (day, cells) in cells.iter_mut().enumerate() {
        for (hour, cell) in cells.iter_mut().enumerate() {
            let is_open = (7..=18).contains(&hour) && day != 5;
            let orders = (1_200_u32)
                .saturating_sub(u32::try_from(hour.abs_diff(12) * 190 + day * 70).unwrap());
            *cell = is_open.then(|| Value::new(f64::from(orders), format!("{orders} orders")));
        }
    }
    let sentence = "Orders by weekday and hour: most on Mondays at noon.".to_owned();
    Heatmap { sentence, unit: Unit::Count, locale: Locale::En, cells }
}

fn triangle() -> Triangle {
    let names = ["Jul 2011", "Aug 2011", "Sep 2011", "Oct 2011", "Nov 2011", "Dec 2011"];
    let cohort = |(nth, name): (usize, &&str)| {
        let months = (1..names.len() - nth).map(|month| {
            let percent = 10 + (nth * 13 + month * 7) % 29;
            Some(Value::new(f64::from(u32::try_from(percent).unwrap()), format!("{percent} %")))
        });
        Cohort {
            name: (*name).to_owned(),
            size: Value::new(100.0, (100 + nth).to_string()),
            months: months.collect(),
        }
    };
    Triangle {
        sentence: "Customers by the month of their first purchase, and how many came back.".into(),
        unit: Unit::Percent,
        locale: Locale::En,
        heads: ["First bought".into(), "Buyers".into()],
        cohorts: names.iter().enumerate().map(cohort).collect(),
        last_is_running: true,
    }
}

fn waterfall() -> Waterfall {
    let part = |name: &str, note: &str, value: f64, is_total| Part {
        name: name.into(),
        note: note.into(),
        value: Value::new(value, Locale::En.whole_money(value, Currency::GBP)),
        is_total,
    };
    Waterfall {
        sentence: "From £4,633 to £2,772 a week, most of it by fewer customers.".into(),
        parts: vec![
            part("Before", "15 Mar – 26 Dec 2010", 4_633.0, true),
            part("Customers", "49.8 → 36.3 a week", -1_205.0, false),
            part("Items in an order", "7.5 → 6.4", -635.0, false),
            part("Price", "£12.54 → £12.42", -35.0, false),
            part("Refunds", "£195 → £181 a week", 14.0, false),
            part("Since January", "3 Jan – 4 Dec 2011", 2_772.0, true),
        ],
    }
}

fn ranking() -> Ranking {
    let row = |name: &str, note: &str, value: f64| Ranked {
        name: name.into(),
        note: note.into(),
        value: pounds(value),
    };
    Ranking {
        sentence: "Net sales by country, most in the United Kingdom.".into(),
        rows: vec![
            row("United Kingdom", "84 %", 7_580_912.4),
            row("Netherlands", "3.1 %", 283_443.54),
            row("A country that nobody has heard of, and that has a very long name", "", 19_000.0),
            row("Refunds alone", "", -41_000.0),
        ],
    }
}

fn distribution() -> Distribution<'static> {
    let counts = [310_u32, 270, 350, 420, 290, 180, 120, 90, 60, 40, 20, 10];
    let bin = |(nth, count): (usize, &u32)| Bin {
        name: format!("{} days", nth * 7),
        value: Value::new(f64::from(*count), count.to_string()),
    };
    Distribution {
        about: About {
            places: "Days between orders".into(),
            ..about("days", "Days between orders, most about three weeks.", Unit::Count)
        },
        counts: "Orders".into(),
        bins: counts.iter().enumerate().map(bin).collect(),
        marks: vec![(3.4, "half within 24 days".into())],
    }
}

fn each() -> Vec<(&'static str, String)> {
    let spark = Spark {
        sentence: "Orders of the last days.".into(),
        values: vec![12.0, 14.0, 0.0, 9.0, 17.0, f64::NAN, 21.0],
    };
    let level = Level { at: 4, before: 9.0, after: 18.0 };
    vec![
        ("forecast", forecast().render()),
        ("grouped_bars", years().render()),
        ("negative_bars", negative().render()),
        ("stacked_bars", stacked().render()),
        ("heatmap", heatmap().render()),
        ("triangle", triangle().render()),
        ("waterfall", waterfall().render()),
        ("ranking", ranking().render()),
        ("distribution", distribution().render()),
        ("spark_bars", spark.bars(4)),
        ("spark_line", spark.line(Some(level))),
    ]
}

#[test]
fn each_chart_is_pinned() {
    for (name, chart) in each() {
        // An element a line, so that a difference can be read.
        insta::assert_snapshot!(name, chart.replace("><", ">\n<"));
    }
}

#[test]
fn no_chart_has_an_inline_style_a_script_or_an_address() {
    for (name, chart) in each() {
        for banned in ["style=", "<style", "<script", "href", "http", " on"] {
            let tags: String = chart.split('<').filter_map(|part| part.split('>').next()).collect();
            let tags: String = tags.split('"').step_by(2).collect();
            assert!(!tags.contains(banned), "{name} has {banned}");
        }
    }
}

#[test]
fn every_element_is_closed() {
    for (name, chart) in each() {
        let mut open = Vec::new();
        for tag in chart.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            if let Some(closed) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(closed), "{name}");
            } else if !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap());
            }
        }
        assert_eq!(open, Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn the_table_behind_has_every_figure_as_it_was_written() {
    let chart = years().render();
    for text in ["£1,422,654.64", "£433,686.01", "January 2011", "December 2011"] {
        assert!(chart.contains(text), "{text}");
    }
    let chart = forecast().render();
    assert!(
        chart.contains("£121,000.00") && chart.contains("£220,000.00 to £300,000.00"),
        "{chart}"
    );
}

#[test]
fn hostile_texts_are_shown_and_do_nothing() {
    let hostile = "\"><script>alert('x')</script>\u{0}\u{1b}[2J &amp;";
    let escaped = "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;  [2J &amp;amp;";
    let mut lines = forecast();
    lines.about.id = hostile;
    lines.about.sentence = hostile.into();
    lines.about.places = hostile.into();
    lines.places = Places::named(vec![hostile; 39]);
    for line in &mut lines.lines {
        line.name = hostile.into();
        line.values = vec![Some(Value::new(1.0, hostile)); 39];
    }
    lines.uprights[0].before = hostile.into();
    lines.running.as_mut().unwrap().0.text = hostile.into();
    let mut bars = stacked();
    bars.series[0].name = hostile.into();
    bars.running.as_mut().unwrap().text = hostile.into();
    let mut waterfall = waterfall();
    waterfall.sentence = hostile.into();
    waterfall.parts[1] =
        Part { name: hostile.into(), note: hostile.into(), ..waterfall.parts[1].clone() };
    let mut ranking = ranking();
    ranking.rows[0] = Ranked { name: hostile.into(), note: hostile.into(), value: pounds(1.0) };
    let mut triangle = triangle();
    triangle.cohorts[0].name = hostile.into();
    triangle.heads[0] = hostile.into();
    let mut distribution = distribution();
    distribution.bins[0].name = hostile.into();
    distribution.counts = hostile.into();
    let spark = Spark { sentence: hostile.into(), values: vec![1.0] };
    let mut heatmap = heatmap();
    heatmap.sentence = hostile.into();
    for chart in [
        lines.render(),
        bars.render(),
        waterfall.render(),
        ranking.render(),
        triangle.render(),
        distribution.render(),
        heatmap.render(),
        spark.bars(0),
    ] {
        assert!(!chart.contains("<script") && chart.contains(escaped), "{}", &chart[..200]);
    }
}

#[test]
fn what_cannot_be_drawn_is_left_out_and_nothing_is_not_a_number() {
    let wild = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 5e-324, 0.0, -0.0];
    let values: Vec<_> = wild.map(|value| Some(Value::new(value, "?"))).to_vec();
    for count in [0, 1, 2, wild.len()] {
        let values = values[..count].to_vec();
        let places = Places::named((0..count).map(|place| place.to_string()));
        let line = |stroke| Line {
            name: "line".into(),
            stroke,
            values: values.clone(),
            bands: vec![Band {
                name: "band".into(),
                ends: values.iter().map(|value| value.clone().map(|v| (v.clone(), v))).collect(),
            }],
            is_named_at_end: true,
        };
        let lines = LineChart {
            about: about("lines", "?", Unit::Number),
            places: places.clone(),
            lines: vec![line(Stroke::Sold), line(Stroke::Expected), line(Stroke::Said)],
            uprights: Vec::new(),
            running: values
                .first()
                .cloned()
                .flatten()
                .map(|value| (Running { place: 0, text: "so far".into() }, value)),
        };
        let bars = |is_stacked| BarChart {
            about: about("bars", "?", Unit::Count),
            places: places.clone(),
            series: vec![BarSeries {
                name: "bars".into(),
                fill: Fill::Sold,
                values: values.clone(),
            }],
            is_stacked,
            running: None,
        };
        let spark = Spark { sentence: "?".into(), values: wild[..count].to_vec() };
        let parts = wild[..count].iter().map(|value| Part {
            name: "part".into(),
            note: String::new(),
            value: Value::new(*value, "?"),
            is_total: false,
        });
        let waterfall = Waterfall { sentence: "?".into(), parts: parts.collect() };
        let bins =
            values.iter().flatten().map(|value| Bin { name: "bin".into(), value: value.clone() });
        let distribution = Distribution {
            about: about("bins", "?", Unit::Number),
            counts: "values".into(),
            bins: bins.collect(),
            marks: vec![(f64::NAN, "nowhere".into()), (1e300, "far".into())],
        };
        for chart in [
            lines.render(),
            bars(true).render(),
            bars(false).render(),
            spark.bars(1),
            spark.line(Some(Level { at: 9, before: 1.0, after: 2.0 })),
            waterfall.render(),
            distribution.render(),
        ] {
            assert!(!chart.contains("NaN") && !chart.contains("inf"), "{count}: {chart}");
        }
    }
}
