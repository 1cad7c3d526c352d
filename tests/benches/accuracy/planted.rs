//! The grid of planted shops: what is told of each kind of change, by how long the shop is known, and
//! what is told of shops in which nothing changed. Once of the shops that thresholds were looked at
//! with, and once of others.

use std::ops::Range;
use std::time::Instant;

use crm_stats::parallel;
use crm_stats::trend::{Kind, Of, Settings, find};
use crm_tests::bench::table::Table;

use crate::shops::{self, Cell, Score};

/// Seeds of each cell: those at hand while the finder was made, and others.
const LOOKED_AT: Range<u64> = 0..5;
const OTHERS: Range<u64> = 1_000..1_010;

/// In at most this share of the shops without a change anything is told.
const MOST_ALARMS: f64 = 0.05;

/// A shop of the grid, and what was told of it.
struct Judged {
    cell: Cell,
    score: Score,
    /// What was told that was not planted, in short.
    alarms: Vec<String>,
}

pub(crate) fn run() {
    score("the seeds that the finder was made with", LOOKED_AT);
    score("seeds that nothing was chosen on", OTHERS);
    launches();
}

/// Launches and ends, by week and by month: that they are told, and their first period exactly.
fn launches() {
    let plants = [shops::Plant::Launch, shops::Plant::Delisting];
    let cells: Vec<Cell> = shops::grid(OTHERS)
        .into_iter()
        .filter(|cell| plants.contains(&cell.plant) && cell.weeks > 60)
        .collect();
    let mut table = Table::new(["launches and ends", "shops", "told", "in their first period"]);
    for (name, by_month) in [("by week", false), ("by month", true)] {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let told = parallel::map(&cells, cores, |cell| {
            let mut made = shops::made(*cell);
            if by_month {
                made = shops::by_month(&made);
            }
            let money = &made.shop.dimensions[shops::PRODUCT][made.product].money;
            let sold = |money: &f64| *money > 0.0;
            let (kind, since) = match cell.plant {
                shops::Plant::Launch => (Kind::Launch, money.iter().position(sold)),
                _ => (Kind::End, money.iter().rposition(sold).map(|last| last + 1)),
            };
            let found = find(&made.shop, &Settings::default());
            let of = Of::Part(shops::PRODUCT, made.product);
            let one = found.findings.iter().find(|one| one.of == of && one.kind == kind);
            (one.is_some(), one.map(|one| one.since) == since)
        });
        let count = |of: fn(&(bool, bool)) -> bool| told.iter().filter(|told| of(told)).count();
        let (all, exactly) = (count(|told| told.0), count(|told| told.1));
        let cells = [told.len(), all, exactly].map(|count| count.to_string());
        table.row(std::iter::once(name.to_owned()).chain(cells));
    }
    println!("{table}");
}

fn score(title: &str, seeds: Range<u64>) {
    println!(
        "Shops with one thing planted, each with and without a season, {} seeds a cell: {title}.",
        seeds.end - seeds.start
    );
    println!("Of those with a change: found, right sign, within 2 weeks, cause, led by it;");
    println!("and rows that are not it, a shop. Of those without: shops that show anything.\n");
    let started = Instant::now();
    let judged = judged(&shops::grid(seeds));
    let head =
        ["planted", "weeks", "found", "sign", "date", "cause", "first", "other rows", "alarms"];
    let mut table = Table::new(head.map(str::to_owned));
    for plant in shops::Plant::ALL {
        for weeks in shops::WEEKS {
            let of = |cell: &Cell| cell.plant == plant && cell.weeks == weeks;
            table.row(row(format!("{plant:?}"), weeks, &judged, of));
        }
    }
    for (name, changed) in [("all changes", true), ("no change", false)] {
        for weeks in shops::WEEKS {
            let of = |cell: &Cell| cell.plant.is_change() == changed && cell.weeks == weeks;
            table.row(row(name.to_owned(), weeks, &judged, of));
        }
    }
    println!("{table}");
    let quiet: Vec<&Judged> =
        judged.iter().filter(|one| !one.cell.plant.is_change() && one.cell.weeks > 100).collect();
    let alarmed: Vec<&&Judged> = quiet.iter().filter(|one| one.score.others > 0).collect();
    let share = alarmed.len() as f64 / quiet.len() as f64;
    let verdict = if share <= MOST_ALARMS { "met" } else { "SHORT" };
    for one in &alarmed {
        let Cell { plant, weeks, season, seed } = one.cell;
        println!("{plant:?}, {weeks} weeks, season {season}, seed {seed}: {:?}", one.alarms);
    }
    println!(
        "wanted: anything told of at most {MOST_ALARMS} of the shops of two and three years without a \
         change; told of {} of {} ({share:.3}, {verdict})",
        alarmed.len(),
        quiet.len()
    );
    println!("{} shops made and looked at in {:.1?}\n", judged.len(), started.elapsed());
}

fn judged(cells: &[Cell]) -> Vec<Judged> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    parallel::map(cells, cores, |cell| {
        let made = shops::made(*cell);
        let found = find(&made.shop, &Settings::default());
        let score = shops::judged(&made, &found);
        let name = |of: Of| match of {
            Of::Whole => "all sales".to_owned(),
            Of::Part(shops::PRODUCT, place) => format!("product {place}"),
            Of::Part(shops::COUNTRY, place) => format!("country {place}"),
            Of::Part(_, place) => format!("channel {place}"),
        };
        let alarms = found.findings.iter().map(|one| {
            let share = 100.0 * one.per_period() / one.before;
            format!("{} of {} {share:+.0} %, week {}", one.kind.name(), name(one.of), one.since)
        });
        Judged { cell: *cell, score, alarms: alarms.collect() }
    })
}

fn row(name: String, weeks: usize, judged: &[Judged], of: impl Fn(&Cell) -> bool) -> [String; 9] {
    let of: Vec<&Score> = judged.iter().filter(|one| of(&one.cell)).map(|one| &one.score).collect();
    let count = of.len() as f64;
    let share = |told: fn(&Score) -> bool| {
        format!("{:.2}", of.iter().filter(|score| told(score)).count() as f64 / count)
    };
    let others = of.iter().map(|score| score.others).sum::<usize>() as f64 / count;
    [
        name,
        weeks.to_string(),
        share(|score| score.found),
        share(|score| score.sign),
        share(|score| score.date),
        share(|score| score.cause),
        share(|score| score.leads),
        format!("{others:.2}"),
        share(|score| score.others > 0),
    ]
}
