//! Random expressions on random facts come to the same here as with the interpreter of the `cel` crate: the same value
//! of the same type, or an error in both.
//!
//! In the gate some thousands; with `SEGUE_SCALE=full` a hundred thousand. The seed is fixed.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

mod convert;
mod generate;
mod interpreter;
mod speed;
mod world;

use segue_document::Document;
use segue_expr::{Expression, Scope, Slots};
use segue_index::{Index, Scratch, Seen};

use generate::Choices;
use world::World;

const CASES: usize = 2_000;
const CASES_FULL: usize = 100_000;

/// Where the two differ, and why that is right. A source that holds all of these parts is not compared.
const KNOWN: &[(&[&str], &str)] = &[
    (
        &["+01:00", ".get"],
        "the parts of an instant are those of UTC, where no zone is given; the interpreter takes the zone that it was written in",
    ),
    (&["18446744073709551615u", "double("], ROUNDED),
    (&["free.big", "double("], ROUNDED),
    (&["9223372036854775807", "double("], ROUNDED),
];

const ROUNDED: &str = "whole numbers and doubles are compared exactly; the interpreter rounds beyond 2^53";

#[test]
fn random_expressions_come_to_what_the_interpreter_says() {
    let is_full = std::env::var("SEGUE_SCALE").is_ok_and(|scale| scale == "full");
    let cases = if is_full { CASES_FULL } else { CASES };
    let mut random = Random(7);
    let mut counts = [0; 4];
    let mut different = Vec::new();
    for _ in 0..cases {
        let (source, facts) = (random.bytes(160), random.bytes(16));
        match compare(&source, &facts) {
            Ok(came_to) => counts[came_to as usize] += 1,
            Err(told) => different.push(smallest(&source, &facts).unwrap_or(told)),
        }
    }
    let [values, errors, refused, known] = counts;
    println!("{values} values, {errors} errors, {refused} refused, {known} known to differ");
    different.sort_by_key(String::len);
    assert!(
        different.is_empty(),
        "{} differ, such as\n{}",
        different.len(),
        different[..different.len().min(5)].join("\n")
    );
    assert!(values > cases / 3 && errors > cases / 20, "{values} values, {errors} errors");
}

/// Splitmix: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let byte = |_| {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed >> 56) as u8
        };
        (0..length).map(byte).collect()
    }
}

/// What differs still with the fewest choices made.
fn smallest(source: &[u8], facts: &[u8]) -> Option<String> {
    (0..source.len()).find_map(|length| compare(&source[..length], facts).err())
}

#[derive(Clone, Copy, Debug)]
enum CameTo {
    Value,
    Error,
    Refused,
    Known,
}

/// Compares what the source comes to that these choices make; what differs is said.
fn compare(source: &[u8], facts: &[u8]) -> Result<CameTo, String> {
    let source = &Choices::new(source).expression();
    let (data, who) = Choices::new(facts).facts();
    if KNOWN.iter().any(|(parts, _)| parts.iter().all(|part| source.contains(part))) {
        return Ok(CameTo::Known);
    }
    let world = World::new(&data, &who);
    let mut slots = Slots::new();
    // What the guard and the checker refuse is never evaluated.
    let Ok(expression) = Expression::compile(source, &world.names, &mut slots) else {
        return Ok(CameTo::Refused);
    };
    let layout = slots.finish();
    let scope = world.scope(&layout);
    let ours = expression.evaluate_json(&scope);
    let theirs = interpreter::evaluate(source, &world.roots());
    let told = |what: &str| {
        format!("{what}: {source}\n data {data}\n who {who}\n ours {ours:?}\n theirs {theirs:?}")
    };
    normal_form_admits(&expression, &scope).map_err(|()| told("the normal form leaves it out"))?;
    match (&ours, &theirs) {
        (Err(_), Err(_) | Ok((_, None))) => return Ok(CameTo::Error),
        (Ok(ours), Ok((kind, Some(theirs)))) => {
            let document = |text: &str| Document::parse_own(text).unwrap();
            if document(ours) != document(theirs) {
                return Err(told("different values"));
            }
            is_of_type(source, kind, &world).map_err(|()| told("different types"))?;
            if kind == "bool" && expression.truth(&scope).ok() != Some(ours == "true") {
                return Err(told("a truth that is not the value"));
            }
        }
        _ => return Err(told("a value and an error")),
    }
    Ok(CameTo::Value)
}

fn is_of_type(source: &str, kind: &str, world: &World) -> Result<(), ()> {
    let mut slots = Slots::new();
    let source = format!("type({source}) == {kind}");
    // One more bracket may be one too many.
    let Ok(expression) = Expression::compile(&source, &world.names, &mut slots) else { return Ok(()) };
    let layout = slots.finish();
    if expression.truth(&world.scope(&layout)) == Ok(true) { Ok(()) } else { Err(()) }
}

/// A condition that is true or an error is among those that its normal form leaves over.
fn normal_form_admits(expression: &Expression, scope: &Scope<'_>) -> Result<(), ()> {
    let Some(form) = expression.normal_form() else { return Ok(()) };
    if expression.truth(scope) == Ok(false) {
        return Ok(());
    }
    let index = Index::build(&[form]);
    let mut scratch = Scratch::default();
    let seen = |slot| scope.slot(slot).map_or(Seen::Unknown, Seen::Value);
    let survives = index.survivors(seen, &mut scratch).next().is_some();
    if survives { Ok(()) } else { Err(()) }
}
