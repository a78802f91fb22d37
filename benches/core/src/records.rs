//! What it costs that every decision is written down: the whole core as it is, and what of it goes into the records of
//! decisions.
//!
//! The engine cannot leave them out, and is given no way to for the sake of a bench. So the part is measured by itself, in
//! the same rounds: each decision that was written is held as the engine held it, and then its id is made, it is gathered
//! (as a copy of it is: candidates, rules and texts) and encoded into a record, and all of that is given back. "Without" is
//! the whole less that part. The part meets warmer caches than it does within the step, and what a broker takes for the
//! records is not in it.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;

use segue_document::Limits;
use segue_engine::{Effects, Partition};
use segue_intake::{Intake, Taken};
use segue_log::{Append, Header, Place, Record};
use segue_model::{Candidate, Decision, Priority, Stimulus, Subject, Timestamp, Verdict, id};
use segue_wire::topics::{DECISIONS, LOG};
use serde_json::Value;

use crate::harness::median;
use crate::random::Random;
use crate::table::{Aim, head, line};
use crate::whole::{STEP, cool, partition, per_event};
use crate::world::{self, BEGAN_MS};

const PROFILES_COUNT: u64 = 200_000;
const STEPS_PER_ROUND: usize = 4;
/// How much of the throughput writing decisions may cost.
const OVERHEAD_MAX: f64 = 0.15;

pub fn bench(rounds: usize) {
    let bundle = world::bundle(1_000, true);
    let mut partition = partition(&bundle, PROFILES_COUNT);
    let intake = Intake::new(bundle.clone(), Limits::CONTRACT);
    let (mut random, mut number) = (Random(11), 0u64);
    let (mut wholes, mut parts, mut written) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        let records: Vec<Record> = (0..STEP * STEPS_PER_ROUND)
            .map(|_| {
                number += 1;
                world::source_record(&world::event(&mut random, number, PROFILES_COUNT), number)
            })
            .collect();
        cool();
        let mut decided = Vec::new();
        let whole = per_event(records.len(), || {
            for batch in records.chunks(STEP) {
                let effects = run(&intake, &mut partition, batch);
                decided.extend(effects.appends.into_iter().filter(|append| &*append.topic == DECISIONS));
            }
        });
        let texts: Vec<Vec<u8>> = decided.into_iter().filter_map(|append| append.value).collect();
        written += texts.len();
        cool();
        wholes.push(whole);
        parts.push(part(&texts, records.len()));
    }
    show(median(wholes), median(parts), written as f64 / number as f64);
}

fn show(whole: f64, part: f64, per_event: f64) {
    let without = whole - part;
    println!("\n{per_event:.2} records of decisions for each event.\n");
    head();
    line("the whole core, with decisions written", whole, "without", without, Aim::Shown);
    line("of that: the records of decisions", part, "the whole core", whole, Aim::AtMost(OVERHEAD_MAX));
    println!(
        "\nThroughput of one thread: {:.0} events/s with them, {:.0} without: {:.1} % less.",
        1e9 / whole,
        1e9 / without,
        100.0 * part / whole
    );
}

fn run(intake: &Intake, partition: &mut Partition, batch: &[Record]) -> Effects {
    let log: Arc<str> = LOG.into();
    let (mut taken, mut effects) = (Taken::default(), Effects::default());
    for record in batch {
        intake.take(record, Timestamp(BEGAN_MS), &mut taken);
        for append in taken.appends.drain(..) {
            partition.step(&world::log_record(append, record.offset, &log), &mut effects);
        }
    }
    partition.finish(&mut effects);
    black_box(&effects);
    partition.settle();
    effects
}

/// What the records of these decisions take, in nanoseconds for each event.
fn part(texts: &[Vec<u8>], events: usize) -> f64 {
    let values: Vec<Value> =
        texts.iter().map(|text| serde_json::from_slice(text).expect("a decision is JSON")).collect();
    let words = words(&values);
    let subjects: Vec<Subject> = values.iter().map(|value| Subject::person(text(value, "subject"))).collect();
    let held: Vec<Decision<'_>> =
        values.iter().zip(&subjects).map(|(value, subject)| decision(value, subject, &words)).collect();
    let topic: Arc<str> = DECISIONS.into();
    let append = |decision: &Decision<'_>| {
        let out = segue_wire::decision::encode(decision);
        let headers = out.headers.into_iter().map(|(name, value)| Header { name, value }).collect();
        Append { topic: topic.clone(), place: Place::Key, key: out.key, value: out.value, headers }
    };
    for (decision, text) in held.iter().zip(texts) {
        assert!(append(decision).value.as_ref() == Some(text), "what is measured is what was written");
    }
    per_event(events, || {
        for batch in held.chunks(STEP) {
            let mut appends = Vec::new();
            for decision in batch {
                let stimulus = &decision.stimulus;
                let id = id::decision(stimulus.source, stimulus.event, decision.subject);
                appends.push(append(&Decision { id, ..decision.clone() }));
            }
            black_box(&appends);
        }
    })
}

/// The words for stages: those of decisions are never given back.
fn words(values: &[Value]) -> BTreeSet<&'static str> {
    let candidates = values.iter().flat_map(candidates);
    let found: BTreeSet<&str> = candidates.map(|candidate| text(candidate, "stage")).collect();
    found.into_iter().map(|word| &*word.to_owned().leak()).collect()
}

fn decision<'v>(value: &'v Value, subject: &'v Subject, words: &BTreeSet<&'static str>) -> Decision<'v> {
    let stimulus = &value["stimulus"];
    let (source, event) = (text(stimulus, "source"), text(stimulus, "event"));
    let number = |name: &str| stimulus["log"][name].as_u64().expect("a place is in the log");
    Decision {
        id: id::decision(source, event, subject),
        at: Timestamp::parse(text(value, "at")).expect("a decision has its time"),
        subject,
        stimulus: Stimulus {
            source,
            event,
            kind: text(stimulus, "type"),
            partition: number("partition") as u32,
            offset: number("offset"),
            cause: None,
            is_logged: false,
            due: None,
            is_everyones: false,
        },
        bundle: text(value, "bundle"),
        rules: value["rules"].as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
        errors: Vec::new(),
        candidates: candidates(value)
            .map(|value| candidate(value, (source, event), subject, words))
            .collect(),
    }
}

fn candidate<'v>(
    value: &'v Value,
    (source, event): (&str, &str),
    subject: &Subject,
    words: &BTreeSet<&'static str>,
) -> Candidate<'v> {
    let (action, rule) = (text(value, "action"), text(value, "rule"));
    let verdict = match text(value, "verdict") {
        "released" => Verdict::Released,
        "held" => Verdict::Held,
        _ => Verdict::Rejected,
    };
    Candidate {
        action,
        rule,
        verdict,
        stage: words.get(text(value, "stage")).expect("all words were gathered"),
        by: value["by"].as_str(),
        detail: value["detail"].as_str().map(str::to_owned),
        priority: value["priority"].as_object().map(|priority| {
            let of = |name: &str| priority[name].as_f64().expect("a factor is a number");
            Priority {
                score: of("score"),
                rank: of("rank") as u32,
                propensity: of("propensity"),
                context: of("context"),
                value: of("value"),
                lever: of("lever"),
            }
        }),
        channel: value["channel"].as_str(),
        learned: None,
        task: value["task"].as_str().map(|_| id::task(source, event, rule, action, subject)),
    }
}

fn candidates(value: &Value) -> impl Iterator<Item = &Value> {
    value["candidates"].as_array().into_iter().flatten()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("a decision says its {name}"))
}
