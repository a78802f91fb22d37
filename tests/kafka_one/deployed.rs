//! Bundles that are deployed under a router at work: all partitions go over, intake follows, and what is bad never gets there.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::thread;
use std::time::Duration;

use segue_log::{Append, Header, Place};
use segue_testkit::checker::{AtLeast, Bundles, Declared, check};
use segue_testkit::evidence::{gather, replay};
use segue_testkit::load::{bundle_dir, scene};
use segue_testkit::router::{Router, Setup};
use segue_testkit::topics::{end_offsets, produce, read_all, trickle, wait_for};
use serde_json::{Value, json};

use crate::records::cart;
use crate::world::{PARTITIONS, World};

/// A source, with a topic of its own, that only the second bundle knows.
const LOUNGE: &str = "
source: lounge
topic: lounge.events
events: {seat.asked: {schema: schemas/seat.json}}
---
rule: seat-asked
on: seat.asked
propose: [offer-seat]
---
action: offer-seat
to: sales
what: Offer a seat
";

/// The load's bundle with one more file.
fn bundle_with(directory: &Path, name: &str, text: &str) {
    copy(&bundle_dir(), directory);
    fs::write(directory.join("schemas/seat.json"), r#"{"type": "object"}"#).unwrap();
    fs::write(directory.join(name), text).unwrap();
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            let _ = fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn digest(directory: &Path) -> String {
    segue_bundle::load(directory).unwrap().bundle.digest
}

fn deploy(setup: &Setup, what: &str) -> Output {
    setup.run(&["deploy", what, "--output", "json"])
}

fn deployed(setup: &Setup, what: &str) -> Value {
    let output = deploy(setup, what);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn seat(id: usize) -> Append {
    let value = format!(
        r#"{{"specversion":"1.0","id":"seat-{id}","source":"/lounge","type":"seat.asked","subject":"p{id}","data":{{}}}}"#
    );
    let value_type = Some(b"application/cloudevents+json".to_vec());
    Append {
        topic: "lounge.events".into(),
        place: Place::Key,
        key: Some(format!("p{id}").into_bytes()),
        value: Some(value.into_bytes()),
        headers: vec![Header { name: "content-type".to_owned(), value: value_type }],
    }
}

/// How many tasks of an action there are by a bundle.
fn tasks(world: &World, action: &str, bundle: &str) -> usize {
    let records = read_all(world.brokers(), "sales.tasks").into_iter();
    let values =
        records.map(|record| serde_json::from_slice::<Value>(record.value.as_deref().unwrap()).unwrap());
    values.filter(|task| task["data"]["action"] == action && task["data"]["bundle"] == bundle).count()
}

/// How many decisions on seats a bundle has made beside the one that counts.
fn beside(world: &World, bundle: &str) -> usize {
    let records = read_all(world.brokers(), "segue.decisions").into_iter();
    let values =
        records.map(|record| serde_json::from_slice::<Value>(record.value.as_deref().unwrap()).unwrap());
    let is_of = |decision: &Value| decision["shadow"] == true && decision["bundle"] == bundle;
    values.filter(|decision| is_of(decision) && decision["stimulus"]["type"] == "seat.asked").count()
}

/// Lets a bundle decide beside the one that counts.
fn cast(setup: &Setup, what: &str) -> Value {
    let output = setup.run(&["deploy", what, "--shadow", "--output", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Lets a third bundle decide beside the second, which would offer tea as well; gives its digest.
fn cast_third(setup: &Setup, directory: &Path, [second, bad]: [&Path; 2]) -> String {
    let third = directory.join("third");
    bundle_with(&third, "lounge.yaml", &LOUNGE.replace("[offer-seat]", "[offer-seat, offer-tea]"));
    fs::write(third.join("tea.yaml"), "action: offer-tea\nto: sales\nwhat: Offer tea\n").unwrap();
    let third_digest = digest(&third);
    let refused = setup.run(&["deploy", bad.to_str().unwrap(), "--shadow"]);
    assert_eq!(refused.status.code(), Some(1));
    let refused = setup.run(&["deploy", second.to_str().unwrap(), "--shadow"]);
    assert_eq!(refused.status.code(), Some(2), "it counts already");
    let said = cast(setup, third.to_str().unwrap());
    assert_eq!(said, json!({"v": 1, "shadow": third_digest, "stands": true}));
    third_digest
}

/// Shows that it decides on what came after the restart, and that nothing else comes of it, until that is ended.
fn beside_until_it_is_ended(world: &World, setup: &Setup, routers: [&Router; 2], [second, third]: [&str; 2]) {
    // What decides beside is there again as well, on both routers.
    wait_for("decisions beside", || (beside(world, third) == 5).then_some(()));
    let added = |router: &Router| router.metric("segue_shadow_differences_total", &["seat-asked", "added"]);
    wait_for("the tea to be counted", || {
        let of_both = routers.into_iter().filter_map(added).sum::<f64>();
        (of_both == 5.0).then_some(())
    });
    assert_eq!(tasks(world, "offer-tea", third), 0);
    assert_eq!(cast(setup, "--back"), json!({"v": 1, "shadow": null, "stands": true}));
    produce(world.brokers(), (25..26).map(seat));
    wait_for("the last task", || (tasks(world, "offer-seat", second) == 26).then_some(()));
    assert_eq!(beside(world, third), 5, "nothing decides beside any more");
    why_goes_by_what_was_deployed(world, setup);
}

/// The settings name another bundle, which has no such rule: why is told by the one that was deployed, and run again.
fn why_goes_by_what_was_deployed(world: &World, setup: &Setup) {
    let records = read_all(world.brokers(), "sales.tasks").into_iter();
    let mut tasks =
        records.map(|record| serde_json::from_slice::<Value>(record.value.as_deref().unwrap()).unwrap());
    let task = tasks.find(|task| task["data"]["action"] == "offer-seat").unwrap();
    let output = setup.run(&["why", task["data"]["task"].as_str().unwrap()]);
    let why = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(why.contains("Rule seat-asked") && !why.contains("told from the record"), "{why}");
    // What the first bundle decided is told from its record, whatever the second would make of the event.
    let output = setup.run(&["why", "--event", "shop/cart-0"]);
    let why = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(why.contains("told from the record of the decision alone"), "{why}");
}

#[test]
fn a_bundle_is_gone_over_to_under_load_a_bad_one_is_refused_and_there_is_a_way_back() {
    let Some(world) = World::begin() else { return };
    world.create_sources();
    world.kafka.create_topic("lounge.events", PARTITIONS, &[]);
    let directory = tempfile::tempdir().unwrap();
    let (second, bad) = (directory.path().join("second"), directory.path().join("bad"));
    bundle_with(&second, "lounge.yaml", LOUNGE);
    bundle_with(&bad, "bad.yaml", "rule: slip\non: cart.lefd\npropose: [offer-seat]\n");
    let (first_digest, second_digest) = (digest(&bundle_dir()), digest(&second));
    let setup = world.setup();
    setup.apply_topics();
    let other = Setup { instance: "router-2".to_owned(), ..setup.clone() };
    let (mut router, mut other_router) = (Router::start(&setup), Router::start(&other));
    router.wait_until_ready();
    other_router.wait_until_ready();

    let brokers = world.brokers().to_owned();
    let load = thread::spawn(move || {
        let carts = (0..300).map(|id| cart(&format!("cart-{id}"), &format!("p{}", id % 40), 80.0));
        trickle(&brokers, carts, Duration::from_millis(40));
    });
    wait_for("tasks by the first bundle", || {
        (read_all(world.brokers(), "sales.tasks").len() > 5).then_some(())
    });
    let kept = end_offsets(world.brokers(), "segue.bundles");
    let refused = deploy(&setup, bad.to_str().unwrap());
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("cart.lefd"), "its findings are said");
    assert_eq!(end_offsets(world.brokers(), "segue.bundles"), kept, "nothing of it is written");

    let said = deployed(&setup, second.to_str().unwrap());
    assert_eq!(said, json!({"v": 1, "bundle": second_digest, "former": null, "stands": true}));
    // A type and a topic that the first bundle did not know: nothing of it fails, once the command stands.
    produce(world.brokers(), (0..20).map(seat));
    wait_for("tasks of the new source", || (tasks(&world, "offer-seat", &second_digest) == 20).then_some(()));
    let said = deployed(&setup, "--back");
    assert_eq!(
        said,
        json!({"v": 1, "bundle": first_digest, "former": second_digest, "stands": true}),
        "the bundle of the settings was kept"
    );
    let said = deployed(&setup, second.to_str().unwrap());
    assert_eq!((&said["bundle"], &said["stands"]), (&json!(second_digest), &json!(true)));
    load.join().unwrap();
    let third_digest = cast_third(&setup, directory.path(), [&second, &bad]);

    // A restart comes back with what stands, and not with what the settings say.
    let (status, ..) = router.stop();
    assert!(status.success());
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    wait_for("the restarted router to decide by what stands", || {
        (router.metric("segue_bundle_info", &["decide", &second_digest]) == Some(1.0)).then_some(())
    });
    produce(world.brokers(), (20..25).map(seat));
    wait_for("tasks after the restart", || (tasks(&world, "offer-seat", &second_digest) == 25).then_some(()));
    beside_until_it_is_ended(&world, &setup, [&router, &other_router], [&second_digest, &third_digest]);
    let mut follower = world.follow();
    world.wait_until_done(&mut follower);

    let mut scene = scene();
    scene.sources.push("lounge.events");
    let types = ["seat.asked".to_owned()].into();
    let _ = scene.declared.insert("lounge.events".to_owned(), Declared { types, ..Declared::default() });
    let mut evidence = gather(world.brokers(), PARTITIONS, &scene);
    evidence.at_least = AtLeast { inputs: 325, tasks: 25 };
    let usable = [first_digest.clone(), second_digest].into();
    evidence.bundles = Some(Bundles { first: first_digest, usable, ..Bundles::default() });
    let with_bundles = [evidence.log.clone(), read_all(world.brokers(), "segue.bundles")].concat();
    evidence.replayed = Some(replay(&bundle_dir(), &with_bundles));
    let report = check(&evidence);
    eprintln!("{report}");
    report.assert_clean();
    assert!(report.counted("switches") >= 3 * PARTITIONS as usize, "{report}");
    assert!(read_all(world.brokers(), "segue.failed").is_empty(), "nothing failed");
}
