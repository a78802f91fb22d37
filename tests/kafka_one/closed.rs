//! A destination whose topic goes away under the router, and an outage in which noon becomes night.

use segue_log::{Append, Place};
use segue_testkit::checker::AtLeast;
use segue_testkit::router::Router;
use segue_testkit::topics::{produce, read_all, wait_for};
use serde_json::{Value, json};

use crate::records::{cart, failed_payment};
use crate::world::{PARTITIONS, World};

/// The tasks on a topic.
fn tasks(world: &World, topic: &str) -> usize {
    read_all(world.brokers(), topic).len()
}

#[test]
fn a_destination_that_goes_away_holds_its_own_tasks_only_and_gets_each_once_it_is_back() {
    let Some(world) = World::begin() else { return };
    world.create_sources();
    // By the system's clock: the timers of what is written joined are due by themselves.
    let setup = world.setup();
    setup.apply_topics();
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    let persons = |prefix: &str| (0..12).map(move |number| format!("{prefix}-{number}")).collect::<Vec<_>>();
    world.kafka.delete_topic("care.tasks");
    // Both go through the same partitions; those of one destination cannot be written.
    let both = |prefix: &str| {
        produce(world.brokers(), persons(prefix).iter().map(|id| failed_payment(&format!("pay-{id}"), id)));
        produce(world.brokers(), persons(prefix).iter().map(|id| cart(&format!("cart-{id}"), id, 80.0)));
    };
    both("first");
    wait_for("the other destination to go on", || (tasks(&world, "sales.tasks") == 12).then_some(()));
    wait_for("the closed topic to be told", || {
        let (status, text) = router.readyz()?;
        (status == 200 && text.contains("care.tasks")).then_some(())
    });
    assert_eq!(router.metric("segue_topic_closed", &["care.tasks"]), Some(1.0));
    let undone = || router.metric("segue_steps_undone_total", &["closed"]).unwrap_or(0.0);
    let before = undone();
    both("second");
    wait_for("the other destination to go on at once", || (tasks(&world, "sales.tasks") == 24).then_some(()));
    assert_eq!(undone(), before, "a destination that is known to be closed undoes nothing");

    world.kafka.create_topic("care.tasks", PARTITIONS, &[]);
    wait_for("all that waited to leave", || (tasks(&world, "care.tasks") == 24).then_some(()));
    wait_for("the topic to be told open", || {
        let (_, text) = router.readyz()?;
        (!text.contains("care.tasks")).then_some(())
    });
    let mut follower = world.follow();
    world.wait_until_done(&mut follower);
    let evidence = world.check(AtLeast { inputs: 48, tasks: 48 });
    let held = evidence.decisions.iter().flat_map(|record| {
        let decision: Value = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
        decision["candidates"].as_array().cloned().unwrap_or_default()
    });
    let held = held.filter(|candidate| candidate["by"] == json!("destination-closed")).count();
    assert_eq!(held, 24, "each waited once");
}

#[test]
fn a_destination_that_may_not_be_written_waits_until_it_may() {
    let Some(world) = World::begin() else { return };
    world.create_sources();
    let setup = world.setup();
    setup.apply_topics();
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    world.kafka.deny_writing("care.tasks");
    let persons: Vec<String> = (0..8).map(|number| format!("p-{number}")).collect();
    produce(world.brokers(), persons.iter().map(|id| failed_payment(&format!("pay-{id}"), id)));
    produce(world.brokers(), persons.iter().map(|id| cart(&format!("cart-{id}"), id, 80.0)));
    wait_for("the other destination to go on", || (tasks(&world, "sales.tasks") == 8).then_some(()));
    wait_for("the closed topic to be told", || {
        let (status, text) = router.readyz()?;
        (status == 200 && text.contains("care.tasks")).then_some(())
    });
    assert_eq!(tasks(&world, "care.tasks"), 0);
    world.kafka.allow_writing("care.tasks");
    wait_for("all that waited to leave", || (tasks(&world, "care.tasks") == 8).then_some(()));
    let mut follower = world.follow();
    world.wait_until_done(&mut follower);
    let _ = world.check(AtLeast { inputs: 16, tasks: 16 });
}

#[test]
fn what_was_logged_at_noon_and_read_in_the_night_leaves_as_of_the_night() {
    let Some(world) = World::begin() else { return };
    world.create_sources();
    let setup = world.setup_by_hand().with("behind: 1m");
    setup.apply_topics();
    world.set_clock("2026-03-02T12:00:00Z");
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    produce(world.brokers(), [cart("noon", "p1", 80.0)]);
    wait_for("the first task", || (tasks(&world, "sales.tasks") == 1).then_some(()));
    let (status, ..) = router.stop();
    assert!(status.success());

    // What intake has logged while nobody decided: the same once more, as of another event.
    let log = read_all(world.brokers(), "segue.log");
    let logged = log.iter().find(|record| record.key.is_some()).unwrap();
    let mut value: Value = serde_json::from_slice(logged.value.as_deref().unwrap()).unwrap();
    value["id"] = json!("lost");
    value["origin"]["offset"] = json!(1_000);
    produce(
        world.brokers(),
        [Append {
            topic: "segue.log".into(),
            place: Place::Partition(logged.partition),
            key: logged.key.clone(),
            value: Some(as_logged(&value).into_bytes()),
            headers: Vec::new(),
        }],
    );
    world.set_clock("2026-03-03T03:00:00Z");
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    wait_for("the second task", || (tasks(&world, "sales.tasks") == 2).then_some(()));
    let texts = |topic: &str| {
        let all = read_all(world.brokers(), topic);
        all.iter().map(|record| String::from_utf8(record.value.clone().unwrap()).unwrap()).collect::<Vec<_>>()
    };
    let released = |at: &str| texts("sales.tasks").iter().filter(|task| task.contains(at)).count();
    assert_eq!(released("\"released_at\":\"2026-03-02T12:00:00Z\""), 1);
    assert_eq!(released("\"released_at\":\"2026-03-03T03:00:00Z\""), 1);
    let held =
        texts("segue.decisions").iter().filter(|decision| decision.contains("\"by\":\"behind\"")).count();
    assert_eq!(held, 1, "it was held at noon's record, and decided again");
}

/// A record of the log in the order of its format: the stamp stands at the beginning and the data at the end.
fn as_logged(value: &Value) -> String {
    let head = ["v", "kind", "at"];
    let rest = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .filter(|name| !head.contains(name) && *name != "data");
    let names = head.into_iter().chain(rest).chain(["data"]);
    let members: Vec<String> = names.map(|name| format!("\"{name}\":{}", value[name])).collect();
    format!("{{{}}}", members.join(","))
}
