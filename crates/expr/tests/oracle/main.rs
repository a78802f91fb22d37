//! Random expressions on random facts come to the same here as with the interpreter of the `cel` crate: the same value
//! of the same type, or an error in both. All that compiles is compared; where the interpreter is at fault, it is put
//! right first (`corrected`).
//!
//! In the gate some thousands; with `SEGUE_SCALE=full` a hundred thousand. `SEGUE_SEED` gives the same run again.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

mod convert;
mod corrected;
mod count;
/// The names that the tests of the checker speak about, too.
#[path = "../../../syntax/src/fixture.rs"]
mod declared;
mod exact;
mod generate;
mod interpreter;
mod speed;
mod world;

use std::io::Write;

use segue_document::Document;
use segue_expr::{DecisionShape, Expression, Names, Scope, Slots};
use segue_index::{Index, Scratch, Seen};

use count::{CameTo, Counts};
use generate::Choices;
use world::World;

const CASES: usize = 2_000;
const CASES_FULL: usize = 100_000;

/// The share that must be compared, in percent: what the checker refuses is not.
const COMPARED_MIN: usize = 97;

#[test]
fn random_expressions_come_to_what_the_interpreter_says() {
    let is_full = std::env::var("SEGUE_SCALE").is_ok_and(|scale| scale == "full");
    let cases = if is_full { CASES_FULL } else { CASES };
    let seed = std::env::var("SEGUE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    println!("SEGUE_SEED={seed}");
    let mut random = Random(seed);
    let mut counts = Counts::default();
    let mut different = Vec::new();
    for _ in 0..cases {
        let (source, facts) = (random.bytes(160), random.bytes(24));
        match compare(&source, &facts, &mut counts) {
            Ok(()) => {}
            Err(told) => different.push(smallest(&source, &facts).unwrap_or(told)),
        }
    }
    println!("{counts}");
    if let Some(path) = std::env::var_os("SEGUE_PROOF") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        let corrected = corrected::CORRECTED.iter().map(|(source, _, why)| format!("- `{source}`: {why}"));
        let corrected = corrected.collect::<Vec<_>>().join("\n");
        let title = "### Random expressions, against the interpreter";
        writeln!(file, "{title}\n\n{counts}\n\nPut right in the interpreter first:\n\n{corrected}\n")
            .unwrap();
    }
    different.sort_by_key(String::len);
    assert!(
        different.is_empty(),
        "{} differ with SEGUE_SEED={seed}, such as\n{}",
        different.len(),
        different[..different.len().min(5)].join("\n")
    );
    counts.assert_wide(cases);
}

/// What is put right in the interpreter is wrong in it still, and right here.
#[test]
fn what_is_corrected_is_a_fault_of_the_interpreter() {
    let world = World::new("{}", "{}");
    for (source, right, why) in corrected::CORRECTED {
        let mut slots = Slots::new();
        let expression = Expression::compile(source, &world.names, &mut slots).unwrap();
        let layout = slots.finish();
        let ours = expression.evaluate_json(&world.scope(&layout)).ok();
        assert_eq!(ours.as_deref(), *right, "{source}");
        let said = |found: Result<(String, Option<String>), String>| found.ok().and_then(|(_, json)| json);
        let corrected = said(interpreter::evaluate(source, &world.roots()));
        assert_eq!(corrected.as_deref(), *right, "{source}: {why}");
        let uncorrected = said(interpreter::evaluate_uncorrected(source, &world.roots()));
        assert_ne!(uncorrected.as_deref(), *right, "{source} needs no correction any more");
    }
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
    (0..source.len()).find_map(|length| compare(&source[..length], facts, &mut Counts::default()).err())
}

/// Compares what the source comes to that these choices make; what differs is said.
fn compare(source: &[u8], facts: &[u8], counts: &mut Counts) -> Result<(), String> {
    let source = &Choices::new(source).expression();
    let (data, who) = Choices::new(facts).facts();
    let mut world = World::new(&data, &who);
    let mut slots = Slots::new();
    let compiled = Expression::compile(source, &world.names, &mut slots).or_else(|faults| {
        // What the checker is against for its kinds can be evaluated all the same.
        world.names.untyped = true;
        counts.against_kinds += 1;
        slots = Slots::new();
        Expression::compile(source, &world.names, &mut slots).map_err(|_| faults)
    });
    let expression = match compiled {
        Ok(expression) => expression,
        // What the guard and the checker refuse for other reasons is never evaluated.
        Err(faults) => {
            counts.refused(&faults);
            return Ok(());
        }
    };
    let layout = slots.finish();
    let scope = world.scope(&layout);
    let ours = expression.evaluate_json(&scope);
    let theirs = interpreter::evaluate(source, &world.roots());
    let told = |what: &str| {
        format!("{what}: {source}\n data {data}\n who {who}\n ours {ours:?}\n theirs {theirs:?}")
    };
    normal_form_admits(&expression, &scope).map_err(|()| told("the normal form leaves it out"))?;
    let came_to = match (&ours, &theirs) {
        (Err(_), Err(_)) => CameTo::Error,
        (Err(_), Ok((kind, None))) => {
            is_of_type(source, kind, &world).map_err(|()| told("different types"))?;
            CameTo::Unsaid
        }
        (Ok(ours), Ok((kind, Some(theirs)))) => {
            let document = |text: &str| Document::parse_own(text).unwrap();
            if document(ours) != document(theirs) {
                return Err(told("different values"));
            }
            is_of_type(source, kind, &world).map_err(|()| told("different types"))?;
            if kind == "bool" && expression.truth(&scope).ok() != Some(ours == "true") {
                return Err(told("a truth that is not the value"));
            }
            let clauses = expression.explain(&scope);
            let absorbs = clauses.len() > 1 && clauses.iter().any(|(_, truth)| truth.is_err());
            CameTo::Value(kind.clone(), absorbs)
        }
        _ => return Err(told("a value and an error")),
    };
    counts.came_to(source, came_to);
    Ok(())
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
