//! Why, on the decisions of the examples: what is said of each is a text file beside this one, read by people when it
//! changes. `SEGUE_UPDATE=1` writes them anew.

#![allow(clippy::unwrap_used, reason = "this file is all tests")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

use segue_bundle::Bundle;
use segue_engine::Settings;
use segue_model::Span;
use segue_why::case::Case;
use segue_why::change::{Goal, Turn, turns};
use segue_why::explain::{Options, Why, explain};
use segue_why::find::{Found, Wanted, find};
use segue_why::{human, json};

/// The bundles of the examples, by the names of their snapshots.
const BUNDLES: [&str; 11] = [
    "analytics",
    "contact",
    "care",
    "clickstream",
    "demo",
    "finance",
    "governance",
    "sales",
    "service",
    "trade",
    "travel",
];
/// How many decisions are explained at least, and how many smallest changes found.
const DECISIONS_MIN: usize = 20;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn load(path: &Path) -> Arc<Bundle> {
    Arc::new(segue_bundle::load(path).unwrap().bundle)
}

fn settings() -> Settings {
    Settings { dedup: Span(86_400_000), profile_bytes_max: 512 * 1024, zone: "UTC".to_owned() }
}

/// Every test of a bundle, with what was decided in it.
fn decided(bundle: &Arc<Bundle>) -> Vec<(String, Case, Vec<Found>)> {
    let of = |test: &segue_bundle::bundle::Test| {
        let case = Case::of_test(bundle.clone(), settings(), Arc::default(), test).unwrap();
        let search = find(&case, &Wanted::All);
        (test.name.clone(), case, search.found)
    };
    bundle.tests.iter().map(of).collect()
}

fn whys(case: &Case, found: &[Found]) -> Vec<Why> {
    let options = Options { has_changes: true, ..Options::default() };
    found.iter().map(|one| explain(case, one, &options)).collect()
}

#[test]
fn what_is_said_of_the_examples_is_what_people_have_read() {
    let mut decisions = 0;
    for name in BUNDLES {
        let mut text = String::new();
        for (test, case, found) in decided(&load(&root().join("examples").join(name))) {
            let _ = writeln!(text, "# {test}\n");
            for why in whys(&case, &found) {
                decisions += 1;
                // The digest changes with every word of the bundle.
                let lines = human::lines(&why).join("\n").replace(&case.bundle.digest, "...");
                let _ = writeln!(text, "{lines}\n");
            }
        }
        let path = root().join("crates/why/tests/examples").join(format!("{name}.txt"));
        if env::var_os("SEGUE_UPDATE").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let known = fs::read_to_string(&path).unwrap_or_default();
        for (number, (now, before)) in text.lines().zip(known.lines()).enumerate() {
            assert_eq!(now, before, "{name}.txt, line {}", number + 1);
        }
        assert_eq!(text.lines().count(), known.lines().count(), "{name}.txt");
    }
    assert!(decisions >= DECISIONS_MIN, "only {decisions} decisions");
}

/// Each smallest change is applied once more, and so is each part of it: the whole turns it, and no part does.
#[test]
fn a_smallest_change_turns_and_no_part_of_it_does() {
    let (mut singles, mut pairs) = (0, 0);
    for name in BUNDLES {
        for (_, case, found) in decided(&load(&root().join("examples").join(name))) {
            for (one, why) in found.iter().zip(whys(&case, &found)) {
                for (goal, turn) in goals(&why) {
                    let Turn::By(changes) = turn else { continue };
                    let subject = one.subject(&case);
                    let all: Vec<_> = changes.iter().map(|change| &change.alteration).collect();
                    assert!(turns(&case, one, &subject, &goal, &all), "{goal:?} by {changes:?}");
                    assert!(!turns(&case, one, &subject, &goal, &[]), "{goal:?} of itself");
                    if let [a, b] = all[..] {
                        pairs += 1;
                        assert!(!turns(&case, one, &subject, &goal, &[a]), "{goal:?} by {a:?} alone");
                        assert!(!turns(&case, one, &subject, &goal, &[b]), "{goal:?} by {b:?} alone");
                    } else {
                        singles += 1;
                    }
                }
            }
        }
    }
    assert!(singles >= DECISIONS_MIN && pairs >= 1, "{singles} single changes and {pairs} pairs");
}

fn goals(why: &Why) -> Vec<(Goal, &Turn)> {
    let rules = why.rules.iter().filter_map(|rule| {
        Some((Goal::Fires(rule.id.clone(), rule.fired != Some(true)), rule.turn.as_ref()?))
    });
    let candidates = why.candidates.iter().filter_map(|one| {
        Some((Goal::Kept(one.action.clone(), one.verdict == "rejected"), one.turn.as_ref()?))
    });
    rules.chain(candidates).collect()
}

#[test]
fn what_programs_read_is_what_its_schema_says() {
    let schema = fs::read_to_string(root().join("schemas/why.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    for name in BUNDLES {
        for (test, case, found) in decided(&load(&root().join("examples").join(name))) {
            let document = json::document(&whys(&case, &found), false);
            let value = serde_json::from_str(&document).unwrap();
            let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
            assert_eq!(errors, Vec::<String>::new(), "{name}: {test}");
        }
    }
}
