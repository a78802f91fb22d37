//! `segue topics`: what is missing is shown, then made, and what is there is left alone.

use segue_testkit::router::Setup;
use serde_json::Value;

use crate::world::World;

#[test]
fn topics_are_planned_made_and_then_all_there() {
    let Some(world) = World::begin_beside() else { return };
    let setup = world.setup();
    let before = plan(&setup);
    assert!(before.iter().any(|(topic, state)| topic == "segue.log" && state == "missing"), "{before:?}");
    assert!(before.iter().all(|(_, state)| state.starts_with("missing")), "{before:?}");
    world.create_sources();
    setup.apply_topics();
    let after = plan(&setup);
    assert_eq!(after.len(), before.len());
    assert!(after.iter().all(|(_, state)| state == "exists"), "{after:?}");
    // To apply again changes nothing.
    setup.apply_topics();
    assert_eq!(plan(&setup), after);
}

#[test]
fn a_broker_that_cannot_be_reached_is_the_environments_fault() {
    let setup = Setup::new("127.0.0.1:1", "router-1", 4);
    let give_up = |arguments: &[&str]| {
        let output = setup.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {said}");
        assert!(said.contains("127.0.0.1:1"), "{arguments:?} names the broker: {said}");
    };
    // Each takes its time to give up, so all do it at once.
    std::thread::scope(|scope| {
        for arguments in [&["topics", "plan"][..], &["topics", "apply"], &["run"]] {
            let _ = scope.spawn(|| give_up(arguments));
        }
    });
}

/// The topics with their states, as `topics plan` tells programs.
fn plan(setup: &Setup) -> Vec<(String, String)> {
    let output = setup.run(&["topics", "plan", "--output", "jsonl"]);
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        (row["topic"].as_str().unwrap().to_owned(), row["state"].as_str().unwrap().to_owned())
    };
    text.lines().map(row).collect()
}
