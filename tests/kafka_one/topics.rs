//! Topics that are missing, come late, or are changed under the router.

use std::collections::BTreeSet;

use segue_log::Record;
use segue_testkit::checker::AtLeast;
use segue_testkit::evidence::SOURCE_TOPICS;
use segue_testkit::router::Router;
use segue_testkit::topics::{Ends, end_offsets, produce, read_all, wait_for};
use serde_json::Value;

use crate::records::{cart, failed_payment};
use crate::world::{PARTITIONS, World};

#[test]
fn source_topics_that_are_missing_are_told_and_each_is_taken_in_once_it_is_there() {
    let Some(world) = World::begin_beside() else { return };
    let setup = world.setup_by_hand();
    let _ = setup.run(&["topics", "apply"]);
    let mut router = Router::start(&setup);
    let told = wait_for("the missing topics to be told", || {
        let (status, text) = router.readyz()?;
        (status == 503 && text.contains("missing")).then_some(text)
    });
    for topic in SOURCE_TOPICS {
        assert!(told.contains(topic), "{topic}: {told}");
        assert_eq!(router.metric("segue_topic_missing", &[topic]), Some(1.0), "{topic}");
    }

    let create = |topic: &str| world.kafka.create_topic(topic, PARTITIONS, &[]);
    create("shop.clicks");
    // It is ready without a restart, although others are missing.
    router.wait_until_ready();
    produce(world.brokers(), [cart("early", "p1", 80.0)]);
    let tasks = |topic: &str| read_all(world.brokers(), topic).len();
    wait_for("the first source to be taken in", || (tasks("sales.tasks") == 1).then_some(()));

    create("billing.events");
    produce(world.brokers(), [failed_payment("late", "p1")]);
    wait_for("the source that came later to be taken in", || (tasks("care.tasks") == 1).then_some(()));
    create("crm.events");
    create("visits.events");
    wait_for("none to be missing", || {
        let missing = SOURCE_TOPICS.map(|topic| router.metric("segue_topic_missing", &[topic]));
        (missing == [Some(0.0); SOURCE_TOPICS.len()]).then_some(())
    });
    let mut follower = world.follow();
    world.wait_until_done(&mut follower);
    let log = router.log();
    assert!(router.is_running(), "{log}");
    assert!(log.contains("billing.events, crm.events"), "what is still missing is logged: {log}");
    let _ = world.check(AtLeast { inputs: 2, tasks: 2 });
}

#[test]
fn a_log_that_is_grown_under_the_router_ends_it_with_the_reason_and_nothing_is_lost() {
    let Some(world) = World::begin_beside() else { return };
    world.create_sources();
    let setup = world.setup_by_hand();
    setup.apply_topics();
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    let carts = |numbers: std::ops::Range<usize>| {
        produce(
            world.brokers(),
            numbers.map(|number| cart(&format!("cart-{number}"), &format!("p{}", number % 50), 80.0)),
        );
    };
    carts(0..200);
    let mut follower = world.follow();
    world.wait_until_done(&mut follower);
    let _ = world.check(AtLeast { inputs: 200, tasks: 200 });

    world.kafka.grow_topic("segue.log", PARTITIONS + 1);
    let mut published = 200;
    wait_for("the router to end", || {
        carts(published..published + 10);
        published += 10;
        (!router.is_running()).then_some(())
    });
    let grown = "segue.log has grown beyond its 4 partitions";
    let status = router.wait_until_ended();
    let log = router.log();
    assert_eq!(status.code(), Some(3), "{log}");
    assert!(log.contains(grown), "{log}");

    // What intake has committed is in the log, where its subject always was.
    let committed: u64 =
        Ends::of(world.brokers(), "segue.intake").group("shop.clicks", PARTITIONS).iter().sum();
    let logged: Vec<Record> = read_all(world.brokers(), "segue.log");
    let events: BTreeSet<String> = logged.iter().filter_map(event).collect();
    assert!(events.len() as u64 >= committed && committed >= 200, "{} of {committed}", events.len());
    let new = logged.iter().filter(|record| record.partition == PARTITIONS).count();
    assert_eq!(new, 0, "no subject has moved to the new partition");
    // And there it stays: a new start is refused as well.
    let decided = end_offsets(world.brokers(), "sales.tasks");
    let refused = setup.run(&["run"]);
    assert_eq!(refused.status.code(), Some(3));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("segue.log has 5"), "{said}");
    assert_eq!(end_offsets(world.brokers(), "sales.tasks"), decided);
}

/// The id of the event that a record of the log holds.
fn event(record: &Record) -> Option<String> {
    let record: Value = serde_json::from_slice(record.value.as_deref()?).ok()?;
    Some(record.get("id")?.as_str()?.to_owned())
}
