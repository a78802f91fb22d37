//! Of a wait that goes on under another id, since two ids turned out to be one person.

#![allow(clippy::unwrap_used, reason = "this file is all tests")]

use std::path::Path;
use std::sync::Arc;

use segue_engine::Settings;
use segue_model::{Span, Timestamp};
use segue_why::case::Case;
use segue_why::explain::{Options, explain};
use segue_why::find::{Wanted, find};
use segue_why::human;

/// What is said of the first event of a test of the example, if nothing is known of what came after an instant.
fn said(test: &str, until: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/application");
    let bundle = Arc::new(segue_bundle::load(&path).unwrap_or_else(|found| panic!("{found:?}")).bundle);
    let settings =
        Settings { dedup: Span(86_400_000), profile_bytes_max: 512 * 1024, zone: "UTC".to_owned() };
    let test = bundle.tests.iter().find(|one| one.name.starts_with(test)).unwrap().clone();
    let mut case = Case::of_test(bundle, settings, Arc::default(), &test).unwrap();
    case.until = Timestamp::parse(until);
    let text = String::from_utf8(case.records[0].0.value.clone().unwrap()).unwrap();
    let (_, id) = text.split_once(r#""id":""#).unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    let found = find(&case, &Wanted::Event("portal".to_owned(), id)).found;
    human::lines(&explain(&case, &found[0], &Options::default())).join("\n")
}

#[test]
fn a_wait_goes_on_under_the_id_that_stays_and_is_ended_there() {
    let taken_over = said("a visitor who signs in is one", "2026-03-02T12:00:00Z");
    assert!(
        taken_over.contains("and the recording ends before the time is up at 2026-03-03T10:00:00Z"),
        "{taken_over}"
    );
    let ended = said("what was finished in the branch", "2026-03-04T16:00:00Z");
    assert!(
        ended.contains("and that ended when portal:v7 turned out to be c1: what it waits for had come"),
        "{ended}"
    );
}
