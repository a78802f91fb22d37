//! Reading an event: our document, and our document held against its schema, beside `serde_json::Value`.

use std::hint::black_box;

use segue_bundle::Schema;
use segue_document::{Document, Limits};

use crate::harness::{Case, run};
use crate::random::Random;
use crate::table::{Aim, line};
use crate::world;

/// Events that fit into the processor's caches.
pub const HOT: usize = 128;

pub fn events() -> Vec<String> {
    let mut random = Random(1);
    (0..HOT as u64).map(|number| world::event(&mut random, number, 5_000)).collect()
}

pub fn bench(rounds: usize) {
    let events = events();
    let bytes: usize = events.iter().map(String::len).sum();
    println!("\nEvents of {} bytes on average.\n", bytes / events.len());
    let schema = Schema::compile(world::EVENT_SCHEMA).expect("the schema is right");
    let each = |mut read: Box<dyn FnMut(&str) -> u64>| {
        let events = &events;
        move || events.iter().map(|event| read(event)).sum()
    };
    let value = each(Box::new(|text| {
        black_box(serde_json::from_slice::<serde_json::Value>(text.as_bytes()).expect("an event is JSON"));
        1
    }));
    let parse = each(Box::new(|text| {
        black_box(Document::parse(text.as_bytes(), &Limits::CONTRACT).expect("an event is JSON"));
        1
    }));
    let check = each(Box::new(move |text| {
        let document = Document::parse(text.as_bytes(), &Limits::CONTRACT).expect("an event is JSON");
        let data = document.root().get("data").expect("an event has data");
        schema.check(data).expect("the data fit");
        1
    }));
    let figures = run(
        vec![Case::new("value", HOT, value), Case::new("parse", HOT, parse), Case::new("check", HOT, check)],
        rounds,
    );
    let value = figures.of("value");
    crate::table::head();
    line("parse an event", figures.of("parse"), "parse to `serde_json::Value`", value, Aim::Shown);
    line(
        "parse an event and hold it against its schema",
        figures.of("check"),
        "the same",
        value,
        Aim::AtMost(0.8),
    );
}
