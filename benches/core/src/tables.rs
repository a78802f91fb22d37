//! A decision table of a thousand rows: what a row gives, built, beside compiled zen-engine.

use segue_decision_table::{DecisionTable, Hit, Scratch};
use segue_value::Value;

use crate::harness::{Case, run};
use crate::random::Random;
use crate::table::{Aim, head, line};

pub const ROWS: usize = 1_000;
pub const INPUTS: [&str; 5] = ["amount", "country", "segment", "channel", "score"];
pub const OUTPUTS: [&str; 3] = ["tone", "offer", "urgent"];
const COUNTRIES: [&str; 8] = ["FR", "DE", "IT", "ES", "PT", "NL", "BE", "AT"];
const SEGMENTS: [&str; 5] = ["retail", "student", "family", "senior", "business"];
const CHANNELS: [&str; 4] = ["web", "app", "phone", "shop"];
const TONES: [&str; 4] = ["warm", "plain", "apologetic", "brisk"];

/// A row: what its cells ask for, and what it gives.
pub struct Row {
    pub amount: Option<(u64, u64)>,
    pub countries: Vec<&'static str>,
    pub segment: Option<&'static str>,
    pub channel: Option<&'static str>,
    /// The least score, in hundredths.
    pub score: Option<u64>,
    pub tone: &'static str,
    pub offer: u64,
    pub urgent: bool,
}

/// What is looked up.
pub struct Asked {
    pub amount: f64,
    pub country: &'static str,
    pub segment: &'static str,
    pub channel: &'static str,
    pub score: f64,
}

fn rows(random: &mut Random) -> Vec<Row> {
    (0..ROWS)
        .map(|at| {
            let low = random.below(90) * 10;
            let first = random.below(8) as usize;
            // The last rows ask for little, so that most of what is looked up is found, and late.
            let is_broad = at + 20 >= ROWS;
            Row {
                amount: (!is_broad).then_some((low, low + 100)),
                countries: if is_broad {
                    Vec::new()
                } else {
                    vec![COUNTRIES[first], COUNTRIES[(first + 3) % 8]]
                },
                segment: Some(*random.of(&SEGMENTS)),
                channel: random.percent(80).then(|| *random.of(&CHANNELS)),
                score: random.percent(30).then(|| random.below(90)),
                tone: *random.of(&TONES),
                offer: at as u64,
                urgent: random.percent(10),
            }
        })
        .collect()
}

fn asked(random: &mut Random) -> Vec<Asked> {
    (0..256)
        .map(|_| Asked {
            amount: random.below(100_000) as f64 / 100.0,
            country: *random.of(&COUNTRIES),
            segment: *random.of(&SEGMENTS),
            channel: *random.of(&CHANNELS),
            score: random.below(1_000) as f64 / 1_000.0,
        })
        .collect()
}

fn ours(hit: Hit, rows: &[Row]) -> DecisionTable {
    let texts: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.amount.map(|(low, high)| format!("[{low}..{high})")).unwrap_or_default(),
                row.countries.join(" | "),
                row.segment.unwrap_or_default().to_owned(),
                row.channel.unwrap_or_default().to_owned(),
                row.score.map(|least| format!(">= 0.{least:02}")).unwrap_or_default(),
                row.tone.to_owned(),
                row.offer.to_string(),
                row.urgent.to_string(),
            ]
        })
        .collect();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    DecisionTable::new(hit, &names(&INPUTS), &names(&OUTPUTS), &texts).expect("the table is right")
}

pub fn bench(rounds: usize) {
    let mut random = Random(11);
    let rows = rows(&mut random);
    let asked = asked(&mut random);
    let inputs: Vec<[Value<'_>; 5]> = asked
        .iter()
        .map(|asked| {
            [
                Value::Double(asked.amount),
                Value::text(asked.country),
                Value::text(asked.segment),
                Value::text(asked.channel),
                Value::Double(asked.score),
            ]
        })
        .collect();
    let (first, collect) = (ours(Hit::First, &rows), ours(Hit::Collect, &rows));
    let (mut scratch, mut other_scratch) = (Scratch::default(), Scratch::default());
    let found: Vec<Vec<u64>> = inputs.iter().map(|inputs| offers(&collect, inputs, &mut scratch)).collect();
    let hits: usize = found.iter().map(Vec::len).sum();
    println!("\nRows hit: {:.1} of {ROWS} on average.\n", hits as f64 / asked.len() as f64);
    let mut cases = vec![
        Case::new("first", asked.len(), || decide(&first, &inputs, &mut scratch)),
        Case::new("collect", asked.len(), || decide(&collect, &inputs, &mut other_scratch)),
    ];
    #[cfg(feature = "zen")]
    {
        cases.push(crate::zen::table("zen first", "first", &rows, &asked, &found));
        cases.push(crate::zen::table("zen collect", "collect", &rows, &asked, &found));
    }
    let figures = run(std::mem::take(&mut cases), rounds);
    head();
    let against = |name: &str| if cfg!(feature = "zen") { figures.of(name) } else { f64::NAN };
    let (first, collect) = (figures.of("first"), figures.of("collect"));
    line(
        "a decision table of 1,000 rows, first hit",
        first,
        "zen-engine, compiled",
        against("zen first"),
        Aim::Faster(20.0),
    );
    line("the same, all hits", collect, "zen-engine, compiled", against("zen collect"), Aim::Faster(20.0));
}

/// The offers of all rows that are hit.
fn offers(table: &DecisionTable, inputs: &[Value<'_>], scratch: &mut Scratch) -> Vec<u64> {
    let found = table.decide_with(inputs, scratch).expect("it is not unique");
    let offer =
        |row: &Value<'_>| row.field("offer").expect("an output").as_number().expect("a number") as u64;
    if found.is_null() { Vec::new() } else { found.walk().expect("a list").map(|row| offer(&row)).collect() }
}

fn decide(table: &DecisionTable, inputs: &[[Value<'_>; 5]], scratch: &mut Scratch) -> u64 {
    inputs
        .iter()
        .map(|inputs| u64::from(!table.decide_with(inputs, scratch).expect("it is not unique").is_null()))
        .sum()
}
