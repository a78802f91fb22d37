//! What concerns everyone reaches the decisions of every partition.

use std::collections::BTreeSet;

use segue_log::partition_of;
use segue_testkit::checker::AtLeast;
use segue_testkit::router::Router;
use segue_testkit::topics::{produce, read_all};
use serde_json::Value;

use crate::records::{cart, tariff};
use crate::world::{PARTITIONS, World};

/// So many persons that each partition has some.
const PERSONS: u32 = 40;

#[test]
fn a_row_of_everyone_that_changes_is_seen_by_later_decisions_in_every_partition() {
    let Some(world) = World::begin() else { return };
    world.create_sources();
    let setup = world.setup_by_hand();
    setup.apply_topics();
    let partitions: BTreeSet<u32> =
        (0..PERSONS).map(|person| partition_of(format!("p{person}").as_bytes(), PARTITIONS)).collect();
    assert_eq!(partitions.len() as u32, PARTITIONS, "each partition has a person");
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    let mut follower = world.follow();

    for (round, price) in [10.0, 25.5].into_iter().enumerate() {
        produce(world.brokers(), [tariff(&format!("tariff-{round}"), price)]);
        world.wait_until_done(&mut follower);
        produce(
            world.brokers(),
            (0..PERSONS).map(|person| cart(&format!("cart-{round}-{person}"), &format!("p{person}"), 80.0)),
        );
        world.wait_until_done(&mut follower);
    }
    // A row that says nothing new stops where it came in.
    produce(world.brokers(), [tariff("tariff-again", 25.5)]);
    world.wait_until_done(&mut follower);

    let tasks = read_all(world.brokers(), "sales.tasks");
    let values: Vec<(String, f64)> =
        tasks.iter().map(|task| value_of(task.value.as_deref().unwrap())).collect();
    for (round, value) in [(0, 90.0), (1, 105.5)] {
        let of_round: Vec<_> =
            values.iter().filter(|(event, _)| event.starts_with(&format!("cart-{round}-"))).collect();
        assert_eq!(of_round.len(), PERSONS as usize);
        assert!(of_round.iter().all(|(_, found)| *found == value), "{of_round:?}, expected {value}");
    }
    let evidence = world.check(AtLeast { inputs: 2 * PERSONS as usize + 3, tasks: 2 * PERSONS as usize });
    let rows = evidence.log.iter().filter(|record| {
        record.value.as_deref().is_some_and(|value| value.starts_with(br#"{"v":1,"kind":"row""#))
    });
    assert_eq!(
        rows.count() as u32,
        2 * PARTITIONS,
        "two changes reach each partition, and the third is none"
    );
}

/// The event that a task came from, and the value in its priority.
fn value_of(task: &[u8]) -> (String, f64) {
    let task: Value = serde_json::from_slice(task).unwrap();
    let data = &task["data"];
    (data["cause"]["event"].as_str().unwrap().to_owned(), data["priority"]["value"].as_f64().unwrap())
}
