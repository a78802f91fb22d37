//! What a decision costs by how many candidates it has: 1, 10 or 100 actions proposed by one rule, each scored, held against
//! policies and given a channel. Events seen for the first time, taken by the partition in steps, as in `whole`.

use std::hint::black_box;
use std::sync::Arc;

use segue_document::Limits;
use segue_engine::{Effects, Partition};
use segue_intake::{Intake, Taken};
use segue_log::Record;
use segue_model::Timestamp;
use segue_wire::topics::{DECISIONS, KEPT, LOG, PROFILES};

use crate::harness::median;
use crate::random::Random;
use crate::table::{Aim, head, line};
use crate::whole::{STEP, cool, partition, per_event};
use crate::world::{self, BEGAN_MS};

const CANDIDATES: [u64; 3] = [1, 10, 100];
const PROFILES_COUNT: u64 = 20_000;
const STEPS_PER_ROUND: usize = 2;

/// A partition whose only rule proposes so many actions; with none there is no rule on the event.
struct Case {
    candidates: u64,
    intake: Intake,
    partition: Partition,
    taken: Vec<f64>,
    events: usize,
    tasks: usize,
    decision_bytes: usize,
}

pub fn bench(rounds: usize) {
    let mut cases: Vec<Case> = std::iter::once(0).chain(CANDIDATES).map(Case::new).collect();
    let (mut random, mut number, mut values) = (Random(9), 0u64, Vec::new());
    for round in 0..rounds {
        let first = number;
        let texts: Vec<String> = (0..STEP * STEPS_PER_ROUND)
            .map(|_| {
                number += 1;
                world::event_of(&mut random, number, PROFILES_COUNT, &world::kind(0))
            })
            .collect();
        cool();
        values.push(per_event(texts.len(), || {
            for text in &texts {
                let value = serde_json::from_slice::<serde_json::Value>(text.as_bytes());
                black_box(value.expect("an event is JSON"));
            }
        }));
        for turn in 0..cases.len() {
            let at = (turn + round) % cases.len();
            cases[at].round(&texts, first);
        }
    }
    show(cases, median(values));
}

fn show(cases: Vec<Case>, value: f64) {
    println!();
    for case in cases.iter().filter(|case| case.candidates > 0) {
        let per = |count: usize| count as f64 / case.events as f64;
        println!(
            "With {} candidates: {:.2} tasks and {:.0} bytes of decision for each event.",
            case.candidates,
            per(case.tasks),
            per(case.decision_bytes)
        );
        assert!(case.tasks > 0, "a bench in which nothing is released measures nothing");
    }
    println!();
    let steps: Vec<(u64, f64)> =
        cases.into_iter().map(|case| (case.candidates, median(case.taken))).collect();
    head();
    let name = "parse to `serde_json::Value`, cold";
    let without = steps[0].1;
    line("a step without a rule on the event", without, name, value, Aim::Shown);
    for (candidates, step) in &steps[1..] {
        line(&format!("a step that decides among {candidates}"), *step, name, value, Aim::Shown);
    }
    for (candidates, step) in &steps[1..] {
        let each = (step - without) / *candidates as f64;
        line(&format!("of that for each of {candidates} candidates"), each, name, value, Aim::Shown);
    }
}

impl Case {
    fn new(candidates: u64) -> Case {
        let bundle = world::bundle_of_candidates(candidates);
        Case {
            candidates,
            intake: Intake::new(bundle.clone(), Limits::CONTRACT),
            partition: partition(&bundle, PROFILES_COUNT),
            taken: Vec::new(),
            events: 0,
            tasks: 0,
            decision_bytes: 0,
        }
    }

    fn round(&mut self, texts: &[String], first: u64) {
        let log: Arc<str> = LOG.into();
        let (mut logged, mut taken) = (Vec::new(), Taken::default());
        for (text, offset) in texts.iter().zip(first..) {
            self.intake.take(&world::source_record(text, offset), Timestamp(BEGAN_MS), &mut taken);
            logged.extend(taken.appends.drain(..).map(|append| world::log_record(append, offset, &log)));
        }
        assert_eq!(logged.len(), texts.len(), "each event is logged once");
        cool();
        let time = per_event(logged.len(), || logged.chunks(STEP).for_each(|batch| self.step(batch)));
        self.taken.push(time);
        self.events += logged.len();
    }

    fn step(&mut self, batch: &[Record]) {
        let mut effects = Effects::default();
        for record in batch {
            self.partition.step(record, &mut effects);
        }
        self.partition.finish(&mut effects);
        for append in &effects.appends {
            match &*append.topic {
                DECISIONS => self.decision_bytes += append.value.as_ref().map_or(0, Vec::len),
                PROFILES | KEPT => {}
                _ => self.tasks += 1,
            }
        }
        black_box(&effects);
        self.partition.settle();
    }
}
