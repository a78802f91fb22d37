//! Where somebody is and with which device, as the tests of the bundle beside this file tell it.

// Helper functions of tests may fail loudly.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;

use segue_document::Limits;
use segue_engine::Settings;
use segue_model::Span;
use segue_replay::pipeline::Pipeline;
use segue_replay::suite;
use segue_replay::suite::failures::failures;

fn settings() -> Settings {
    Settings { dedup: Span(24 * 60 * 60_000), profile_bytes_max: 1 << 20, zone: "UTC".into() }
}

/// Runs all tests of a bundle, and says how many there were.
fn run(directory: &str) -> usize {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let loaded = segue_bundle::load(&directory).unwrap_or_else(|error| panic!("{error}"));
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let bundle = Arc::new(loaded.bundle);
    for test in &bundle.tests {
        let result = suite::run(&bundle, test, Pipeline::new(bundle.clone(), Limits::CONTRACT, settings()));
        assert!(result.passed(), "{}: {:#?}", test.name, failures(&result));
    }
    bundle.tests.len()
}

#[test]
fn places_and_devices_are_what_the_tests_of_the_bundle_expect() {
    assert!(run("tests/around") > 5);
}

#[test]
fn the_example_of_places_and_devices_does_what_its_tests_say() {
    assert!(run("../../examples/context") > 6);
}
