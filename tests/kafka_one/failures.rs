//! What cannot be used becomes a failed event that says why, and the events around it are unharmed.

use std::collections::BTreeMap;

use segue_log::{Append, Record};
use segue_testkit::checker::AtLeast;
use segue_testkit::load::{Class, Garbage, Load, System};
use segue_testkit::router::Router;
use segue_testkit::topics::{produce, read_all};
use serde_json::Value;

use crate::records::failed_payment;
use crate::world::World;

const FIVE_MEBIBYTES: usize = 5 << 20;

/// What `segue-detail` begins with: the JSON Pointer to what is wrong, where there is one.
fn pointer(garbage: Garbage) -> Option<&'static str> {
    match garbage {
        Garbage::NotJson => Some("/oops: "),
        Garbage::DuplicateKey | Garbage::Schema => Some("/data/amount: "),
        Garbage::TooDeep => Some("/data/0"),
        Garbage::TooMany => Some("/data"),
        Garbage::BadTime => Some("/time: "),
        Garbage::NoId => Some("/id: "),
        Garbage::NoType => Some("/type: "),
        Garbage::NoSubject => Some("/subject: "),
        _ => None,
    }
}

#[test]
fn each_kind_of_garbage_fails_with_its_code_and_place_and_harms_no_neighbour() {
    let Some(world) = World::begin_beside() else { return };
    world.create_sources();
    let setup = world.setup_by_hand();
    setup.apply_topics();
    let mut router = Router::start(&setup);
    let garbage = one_of_each();
    let good = |number: usize| failed_payment(&format!("good-{number}"), "person-00000");
    let neighbours = (0..=garbage.len()).map(good);
    let mut bad = garbage.values();
    // A good one first, and one after each that is not.
    let records: Vec<Append> =
        neighbours.flat_map(|good| [Some(good), bad.next().cloned()]).flatten().collect();
    produce(world.brokers(), records);
    router.wait_until_ready();
    let mut follower = world.follow();
    world.wait_until_done(&mut follower);

    let inputs: Vec<Record> = read_all(world.brokers(), "billing.events");
    let failed = read_all(world.brokers(), "segue.failed");
    assert_eq!(failed.len(), garbage.len());
    for (number, ((kind, sent), failed)) in garbage.iter().zip(&failed).enumerate() {
        compare(*kind, sent, &inputs[2 * number + 1], failed);
    }
    let tasks = read_all(world.brokers(), "care.tasks");
    let causes: Vec<String> = tasks.iter().map(cause).collect();
    assert_eq!(causes, (0..=garbage.len()).map(|number| format!("good-{number}")).collect::<Vec<_>>());
    let _ = world.check(AtLeast { inputs: 2 * garbage.len() + 1, tasks: garbage.len() + 1 });
}

/// A record of each kind, all of them about one person, and so of one partition.
fn one_of_each() -> BTreeMap<Garbage, Append> {
    let load = Load {
        events: 10_000,
        subjects: 1,
        systems: vec![System::Billing],
        garbage_per_mille: 500,
        large_bytes: FIVE_MEBIBYTES,
        ..Load::default()
    };
    let mut found = BTreeMap::new();
    for made in load.made() {
        if let Class::Garbage(kind) = made.class {
            let _ = found.entry(kind).or_insert(made.append);
        }
        if found.len() == Garbage::ALL.len() {
            break;
        }
    }
    assert_eq!(found.len(), Garbage::ALL.len());
    found
}

fn compare(kind: Garbage, sent: &Append, input: &Record, failed: &Record) {
    let headers: BTreeMap<&str, &str> = failed
        .headers
        .iter()
        .filter_map(|header| {
            Some((header.name.as_str(), std::str::from_utf8(header.value.as_deref()?).ok()?))
        })
        .collect();
    assert_eq!(headers["segue-error"], kind.code(), "{kind:?}");
    let detail = headers["segue-detail"];
    match pointer(kind) {
        Some(pointer) => assert!(detail.starts_with(pointer), "{kind:?}: {detail}"),
        None => assert!(!detail.starts_with('/'), "{kind:?}: {detail}"),
    }
    assert_eq!(
        headers["segue-origin"],
        format!("{}/{}/{}", input.topic, input.partition, input.offset),
        "{kind:?}"
    );
    assert_eq!(failed.key, sent.key, "{kind:?}");
    assert_eq!(failed.headers[..sent.headers.len()], sent.headers, "{kind:?}");
    if kind == Garbage::TooLarge {
        assert_eq!(failed.value, None);
        assert_eq!(headers["segue-left-out"], sent.value.as_ref().unwrap().len().to_string());
    } else {
        assert_eq!(failed.value, sent.value, "{kind:?}");
        assert_eq!(headers.get("segue-left-out"), None, "{kind:?}");
    }
}

/// The event that a task came from.
fn cause(task: &Record) -> String {
    let task: Value = serde_json::from_slice(task.value.as_deref().unwrap()).unwrap();
    task["data"]["cause"]["event"].as_str().unwrap().to_owned()
}
