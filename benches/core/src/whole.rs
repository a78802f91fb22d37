//! The whole core, cold: the bytes of a source's record in, the bytes of the log record, the decision, the task, the
//! profile and the duplicate mark out; a thousand rules, a million profiles, events that were not seen before.

use std::hint::black_box;
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_document::{Document, Limits};
use segue_engine::{Effects, Partition, Role, Settings};
use segue_intake::{Intake, Outcome, Taken};
use segue_log::Record;
use segue_model::{Profile, Span, Subject, Timestamp};
use segue_wire::topics::{DECISIONS, KEPT, LOG, PROFILES};

use crate::harness::{median, thread_time};
use crate::random::Random;
use crate::table::{Aim, head, line};
use crate::world::{self, BEGAN_MS};

/// How many profiles there are, unless `SEGUE_BENCH_PROFILES` says otherwise, as for a profiler that makes all of it slow.
const PROFILES_COUNT: u64 = 1_000_000;
/// How many records the router takes in one step, as its loop does.
pub const STEP: usize = 500;
const STEPS_PER_ROUND: usize = 10;

/// What left in all.
#[derive(Default)]
struct Left {
    events: usize,
    decisions: usize,
    kept: usize,
    tasks: usize,
    profiles: usize,
    bytes: usize,
}

pub fn bench(rounds: usize) {
    let bundle = world::bundle(1_000, true);
    let profiles = std::env::var("SEGUE_BENCH_PROFILES").ok().and_then(|count| count.parse().ok());
    let profiles = profiles.unwrap_or(PROFILES_COUNT);
    let mut partition = partition(&bundle, profiles);
    let intake = Intake::new(bundle.clone(), Limits::CONTRACT);
    let log: Arc<str> = LOG.into();
    let (mut random, mut number, mut left) = (Random(5), 0u64, Left::default());
    let (mut values, mut takes, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let texts: Vec<String> = (0..STEP * STEPS_PER_ROUND)
            .map(|_| {
                number += 1;
                world::event(&mut random, number, profiles)
            })
            .collect();
        let first = number - texts.len() as u64;
        let records: Vec<Record> =
            texts.iter().zip(first..).map(|(text, offset)| world::source_record(text, offset)).collect();
        cool();
        values.push(per_event(texts.len(), || {
            for text in &texts {
                black_box(
                    serde_json::from_slice::<serde_json::Value>(text.as_bytes()).expect("an event is JSON"),
                );
            }
        }));
        cool();
        let mut logged = Vec::with_capacity(records.len());
        let mut taken = Taken::default();
        takes.push(per_event(texts.len(), || {
            for record in &records {
                intake.take(record, Timestamp(BEGAN_MS), &mut taken);
                assert_eq!(taken.outcome, Outcome::Logged { copies: 1 });
                logged.extend(
                    taken.appends.drain(..).map(|append| world::log_record(append, record.offset, &log)),
                );
            }
        }));
        steps.push(per_event(texts.len(), || {
            for batch in logged.chunks(STEP) {
                let mut effects = Effects::default();
                for record in batch {
                    partition.step(record, &mut effects);
                }
                partition.finish(&mut effects);
                left.count(&effects, batch.len());
                black_box(&effects);
                partition.settle();
            }
        }));
    }
    show(&left);
    let (value, take, step) = (median(values), median(takes), median(steps));
    head();
    line(
        "the whole core, bytes to task bytes",
        take + step,
        "parse to `serde_json::Value`, cold",
        value,
        Aim::AtMost(3.0),
    );
    line("of that: intake", take, "the same", value, Aim::Shown);
    line("of that: the partition's step", step, "the same", value, Aim::Shown);
}

fn show(left: &Left) {
    let per = |count: usize| count as f64 / left.events as f64;
    println!(
        "\nFor each event: {:.2} decision records, {:.2} tasks, {:.2} profiles written, {:.0} bytes out.\n",
        per(left.decisions),
        per(left.tasks),
        per(left.profiles),
        per(left.bytes)
    );
}

impl Left {
    fn count(&mut self, effects: &Effects, events: usize) {
        self.events += events;
        for append in &effects.appends {
            let place = match &*append.topic {
                DECISIONS => &mut self.decisions,
                PROFILES if append.key.as_ref().is_some_and(|key| key.starts_with(b"s/")) => {
                    &mut self.profiles
                }
                PROFILES => continue,
                KEPT => &mut self.kept,
                _ => &mut self.tasks,
            };
            *place += 1;
            self.bytes += append.value.as_ref().map_or(0, Vec::len);
        }
    }
}

/// A partition that knows so many customers.
pub fn partition(bundle: &Arc<Bundle>, profiles: u64) -> Partition {
    let settings =
        Settings { dedup: Span(24 * 3_600_000), profile_bytes_max: 256 * 1024, zone: "Europe/Paris".into() };
    let mut partition = Partition::new(Role::Log, 0, bundle.clone(), settings);
    let mut random = Random(3);
    for customer in 0..profiles {
        let who = Document::parse_own(&world::who(&mut random, customer)).expect("a customer is JSON");
        let profile = Profile { who: Some(Arc::new(who)), ..Profile::default() };
        partition.give(&Subject::person(format!("c{customer}")), profile, Timestamp(BEGAN_MS));
    }
    partition
}

/// Pushes what is in the caches out of them.
pub fn cool() {
    let filler: Vec<u64> = (0..8 << 20).collect();
    black_box(filler.iter().sum::<u64>());
}

/// What it takes for each of so many events, in nanoseconds.
pub fn per_event(events: usize, run: impl FnOnce()) -> f64 {
    let began = thread_time();
    run();
    (thread_time() - began) / events as f64
}
