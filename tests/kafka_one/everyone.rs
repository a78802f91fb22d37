//! What concerns everyone reaches the decisions of every partition.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use segue_log::partition_of;
use segue_testkit::checker::AtLeast;
use segue_testkit::load::bundle_dir;
use segue_testkit::router::Router;
use segue_testkit::topics::{produce, read_all};
use serde_json::Value;

use crate::records::{cart, tariff, tariff_note};
use crate::world::{PARTITIONS, World};

/// So many persons that each partition has some.
const PERSONS: u32 = 40;

#[test]
fn a_row_of_everyone_that_changes_is_seen_by_later_decisions_in_every_partition() {
    let Some(world) = World::begin_beside() else { return };
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

#[test]
fn a_row_of_everyone_that_would_grow_too_large_fails_its_event_and_the_rest_goes_on() {
    let Some(world) = World::begin_beside() else { return };
    world.create_sources();
    let bundle = tempfile::tempdir().unwrap();
    copy_directory(&bundle_dir(), bundle.path());
    // Rows take in member after member, so that they can become larger than any one event.
    edit(&bundle.path().join("sources.yaml"), "table: tariffs\n", "table: tariffs\nmerge: patch\n");
    let schema = bundle.path().join("schemas/tariff-changed.json");
    edit(&schema, "\"additionalProperties\": false", "\"additionalProperties\": true");
    let mut setup = world.setup_by_hand().with("limits: {bytes_max: 1048576}");
    setup.bundle = bundle.path().to_owned();
    setup.apply_topics();
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    let mut follower = world.follow();

    let note = "x".repeat(500_000);
    let rows = [
        tariff_note("first", "one", &note),
        tariff_note("second", "two", &note),
        // Small again: it is only what the row would become that is too large.
        tariff("third", 25.5),
    ];
    produce(world.brokers(), rows);
    world.wait_until_done(&mut follower);
    produce(world.brokers(), [cart("cart", "p1", 80.0)]);
    world.wait_until_done(&mut follower);

    let failed = read_all(world.brokers(), "segue.failed");
    assert_eq!(failed.len(), 1, "of three events one failed");
    let header = |name: &str| {
        let found = failed[0].headers.iter().find(|header| header.name == name);
        String::from_utf8(found.unwrap().value.clone().unwrap()).unwrap()
    };
    assert_eq!(header("segue-error"), "too-large");
    assert_eq!(header("segue-detail"), "its row would be too large");
    assert!(header("segue-origin").starts_with("billing.events/"), "{}", header("segue-origin"));
    let tasks = read_all(world.brokers(), "sales.tasks");
    let values: Vec<_> = tasks.iter().map(|task| value_of(task.value.as_deref().unwrap())).collect();
    assert_eq!(values, [("cart".to_owned(), 105.5)], "the third event has changed the row");
    let _ = world.check_with(bundle.path(), AtLeast { inputs: 4, tasks: 1 });
    assert!(router.is_running());
}

fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_directory(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{}: {from}", path.display());
    fs::write(path, text.replace(from, to)).unwrap();
}

/// The event that a task came from, and the value in its priority.
fn value_of(task: &[u8]) -> (String, f64) {
    let task: Value = serde_json::from_slice(task).unwrap();
    let data = &task["data"];
    (data["cause"]["event"].as_str().unwrap().to_owned(), data["priority"]["value"].as_f64().unwrap())
}
