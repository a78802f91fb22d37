//! Which of many rules fire on an event: facts looked up, candidates found, conditions evaluated.

use std::hint::black_box;

use crate::facts::Met;
use crate::harness::{Case, run};
use crate::random::Random;
use crate::table::{Aim, head, line};
use crate::{parse, world};

pub fn bench(rounds: usize) {
    let events = parse::events();
    let mut random = Random(2);
    let met: Vec<Met> =
        events.iter().zip(0..).map(|(event, at)| Met::of(event, &world::who(&mut random, at))).collect();
    let few = world::bundle(1_000, false);
    let many = world::bundle(10_000, false);
    let scratch = std::cell::RefCell::new(segue_decide::Scratch::default());
    let fire = |bundle: &segue_bundle::Bundle| -> u64 {
        met.iter()
            .map(|met| {
                let scope = met.scope(bundle);
                segue_decide::rules::fired(
                    &bundle.rules_by_type[&met.event.kind],
                    segue_model::subject::PERSON,
                    &scope,
                    &mut scratch.borrow_mut(),
                    None,
                )
                .rules
                .len() as u64
            })
            .sum()
    };
    println!(
        "\nRules that fire on an event: {:.1} of 1,000, {:.1} of 10,000.\n",
        fire(&few) as f64 / met.len() as f64,
        fire(&many) as f64 / met.len() as f64
    );
    let value = || {
        for event in &events {
            black_box(
                serde_json::from_slice::<serde_json::Value>(event.as_bytes()).expect("an event is JSON"),
            );
        }
        1
    };
    let cases = vec![
        Case::new("value", events.len(), value),
        Case::new("few", met.len(), || fire(&few)),
        Case::new("many", met.len(), || fire(&many)),
    ];
    let figures = run(cases, rounds);
    let (value, few, many) = (figures.of("value"), figures.of("few"), figures.of("many"));
    head();
    line("match 1,000 mixed rules", few, "parse to `serde_json::Value`", value, Aim::AtMost(0.25));
    line("match 10,000 mixed rules", many, "the same", value, Aim::AtMost(0.5));
    line("match 10,000 mixed rules", many, "match 1,000", few, Aim::AtMost(4.0));
}
