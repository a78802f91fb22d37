//! What follows from the memory of a bundle is checked, too: signals and caps.

use std::collections::BTreeSet;

use segue_testkit::checker::{Evidence, FaultKind, check};
use serde_json::{Value, json};

use crate::world::{LOOK_MS, LOOKS_REFUSED, honest, parsed};
use crate::{again, caught, edit, find};

/// True of a decision on a signal.
fn is_of_signal(value: &Value) -> bool {
    value["stimulus"]["cause"].is_object()
}

#[test]
fn a_signal_that_was_decided_on_twice_is_caught() {
    let mut evidence = honest();
    let index = find(&evidence.decisions, |_, value| is_of_signal(value));
    again(&mut evidence.decisions, index);
    let last = evidence.decisions.len() - 1;
    edit(&mut evidence.decisions[last], |value| value["decision"] = json!("another"));
    let kinds = check(&evidence).kinds();
    assert!(
        kinds.contains(&FaultKind::SignalTwice) && !kinds.contains(&FaultKind::DecisionTwice),
        "{kinds:?}"
    );
}

#[test]
fn a_signal_of_a_record_that_is_not_there_or_was_not_decided_on_is_caught() {
    let evidence = honest();
    let index = find(&evidence.decisions, |_, value| is_of_signal(value));
    let partition = parsed(&evidence.decisions[index])["stimulus"]["cause"]["log"]["partition"].clone();
    let tick =
        find(&evidence.log, |record, value| json!(record.partition) == partition && value["kind"] == "tick");
    for offset in [999, evidence.log[tick].offset] {
        let mut evidence = evidence.clone();
        edit(&mut evidence.decisions[index], |value| {
            value["stimulus"]["cause"]["log"]["offset"] = json!(offset);
        });
        assert!(check(&evidence).kinds().contains(&FaultKind::SignalPhantom), "offset {offset}");
    }
}

#[test]
fn a_signal_that_names_another_cause_is_caught() {
    for (change, kind) in [
        (
            (|value| value["stimulus"]["cause"]["event"] = json!("e1")) as fn(&mut Value),
            FaultKind::ContentChanged,
        ),
        (|value| value["stimulus"]["cause"]["type"] = json!("case.opened"), FaultKind::ContentChanged),
        (|value| value["stimulus"]["source"] = json!("billing"), FaultKind::Unreadable),
        (|value| value["stimulus"]["log"] = json!({"partition": 0, "offset": 0}), FaultKind::Unreadable),
    ] {
        let mut evidence = honest();
        let index = find(&evidence.decisions, |_, value| is_of_signal(value));
        edit(&mut evidence.decisions[index], change);
        assert!(check(&evidence).kinds().contains(&kind), "{kind:?}");
    }
}

#[test]
fn a_signal_decided_on_before_its_event_is_caught() {
    let mut evidence = honest();
    let signal = find(&evidence.decisions, |_, value| {
        is_of_signal(value) && value["stimulus"]["cause"]["event"] == "e23"
    });
    let event = find(&evidence.decisions, |_, value| value["stimulus"]["event"] == "e23");
    let (one, other) = (evidence.decisions[event].offset, evidence.decisions[signal].offset);
    (evidence.decisions[event].offset, evidence.decisions[signal].offset) = (other, one);
    assert!(check(&evidence).kinds().contains(&FaultKind::OrderChanged));
}

#[test]
fn a_cap_that_is_exceeded_is_caught() {
    let mut evidence = honest();
    evidence.caps[0].per_ms = LOOK_MS + 1;
    caught(&evidence, &[FaultKind::CapExceeded]);
    let mut evidence = honest();
    let _ = evidence.caps[0].actions.insert("note".into());
    assert!(check(&evidence).kinds().contains(&FaultKind::CapExceeded));
}

#[test]
fn a_cap_that_is_exceeded_in_the_topics_of_tasks_alone_is_caught() {
    let mut evidence = honest();
    let index = find(&evidence.tasks, |_, value| value["data"]["action"] == "look");
    again(&mut evidence.tasks, index);
    let kinds = check(&evidence).kinds();
    assert!(kinds.contains(&FaultKind::CapExceeded) && kinds.contains(&FaultKind::TaskTwice), "{kinds:?}");
}

#[test]
fn a_cap_that_holds_back_what_it_has_room_for_is_caught() {
    let mut evidence = honest();
    // Exactly so long after the one before, each try that was turned down had room.
    evidence.caps[0].per_ms = LOOK_MS / 2;
    caught(&evidence, &[FaultKind::CapShort]);
    assert_eq!(check(&evidence).faults.len(), LOOKS_REFUSED);
    for change in [
        (|evidence: &mut Evidence| evidence.caps[0].at_most = 2) as fn(&mut Evidence),
        |evidence| evidence.caps[0].actions = BTreeSet::from(["write".into()]),
        |evidence| evidence.caps[0].policy = "another".into(),
    ] {
        let mut evidence = honest();
        change(&mut evidence);
        assert!(check(&evidence).kinds().contains(&FaultKind::CapShort));
    }
}
