//! Failed events that are listed, shown, corrected and sent round again: each once, also when the command that sends them is
//! killed, and not for ever.

use std::collections::BTreeMap;
use std::process::Output;

use segue_log::Append;
use segue_testkit::checker::AtLeast;
use segue_testkit::router::{Router, Setup};
use segue_testkit::topics::{produce, read_all, wait_for};
use serde_json::{Value, json};

use crate::records::{cart, failed_payment};
use crate::world::World;

/// How many events fail that are sent round while the command is killed.
const MANY: usize = 600;

/// Runs `segue failed`, and returns its exit code and what it wrote.
fn failed(setup: &Setup, arguments: &[&str]) -> (Option<i32>, Value, String) {
    let arguments = [&["failed"], arguments, &["--output", "json"]].concat();
    said(&setup.run(&arguments))
}

/// The same, asked of the router that runs.
fn asked(router: &Router, arguments: &[&str]) -> (Option<i32>, Value, String) {
    said(&router.ask(&[&["failed"], arguments, &["--output", "json"]].concat()))
}

/// A running router says what the command finds by itself, and refuses what it refuses; and what is private, and what it was not
/// told.
fn is_asked_in_either_way(router: &Router, id: &str, (listed, shown): (&Value, &Value)) {
    let list = ["list", "--source", "billing", "--error", "schema", "--error", "no-id"];
    for (question, found) in [(&list[..], listed), (&["show", id], shown)] {
        let (code, said, _) = asked(router, question);
        assert_eq!((code, &said), (Some(0), found));
    }
    let refused = [&["show", id, "--unmask"][..], &["list", "--error", "nonsense"], &["retry"]];
    for question in refused {
        let (code, _, why) = asked(router, question);
        assert_eq!(code, Some(2), "{question:?}: {why}");
    }
}

fn said(output: &Output) -> (Option<i32>, Value, String) {
    let said = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code(), said, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A payment whose amount is a text, which its schema does not have.
fn bad_payment(id: &str, person: &str) -> Append {
    let mut append = failed_payment(id, person);
    let text = String::from_utf8(append.value.unwrap()).unwrap();
    append.value = Some(text.replace("20.5", "\"twenty\"").into_bytes());
    append
}

/// Which failed event each record of the source was sent again for, how often it came, and what its latest one counts.
fn sent_again(world: &World) -> BTreeMap<String, (usize, String)> {
    let mut sent: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for record in read_all(world.brokers(), "billing.events") {
        let header = |name: &str| {
            let header = record.headers.iter().find(|header| header.name == name)?;
            Some(String::from_utf8(header.value.clone().unwrap()).unwrap())
        };
        if let Some(of) = header("segue-retry-of") {
            let one = sent.entry(of).or_default();
            *one = (one.0 + 1, header("segue-retries").unwrap());
        }
    }
    sent
}

#[test]
fn what_failed_is_listed_masked_corrected_and_sent_round_again_once_and_not_for_ever() {
    let Some(world) = World::begin_beside() else { return };
    world.create_sources();
    let setup = world.setup_by_hand();
    setup.apply_topics();
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    produce(world.brokers(), [bad_payment("pay-1", "ada-lovelace")]);
    let count = || read_all(world.brokers(), "segue.failed").len();
    wait_for("the payment to fail", || (count() == 1).then_some(()));

    let (code, listed, _) = failed(&setup, &["list", "--source", "billing"]);
    let group = &listed["groups"][0];
    assert_eq!(
        (code, &listed["events"], &group["error"], &group["retried"]),
        (Some(0), &json!(1), &json!("schema"), &json!(0))
    );
    let id = group["sample"].as_str().unwrap();
    let (code, shown, _) = failed(&setup, &["show", id]);
    assert_eq!((code, &shown["detail"]), (Some(0), &group["detail"]));
    assert_eq!(
        (&shown["value"]["id"], &shown["value"]["data"]["amount"]),
        (&json!("pay-1"), &json!("<string>"))
    );
    assert!(!shown.to_string().contains("ada-lovelace") && !shown.to_string().contains("twenty"), "{shown}");
    is_asked_in_either_way(&router, id, (&listed, &shown));
    let (_, whole, _) = failed(&setup, &["show", id, "--unmask"]);
    assert_eq!(whole["key"], "ada-lovelace");

    // As it is it fails again, three times and no more.
    let latest = || {
        let (_, listed, _) = failed(&setup, &["list"]);
        listed["groups"][0]["sample"].as_str().unwrap().to_owned()
    };
    for round in 1..=3 {
        let (code, dry, _) = failed(&setup, &["retry", &latest(), "--dry-run"]);
        assert_eq!((code, &dry["sent"], &dry["dry_run"]), (Some(0), &json!(1), &json!(true)));
        let retry = ["retry", &latest()];
        let (code, sent, _) = if round == 2 { asked(&router, &retry) } else { failed(&setup, &retry) };
        assert_eq!((code, &sent["to"]), (Some(0), &json!({"billing.events": 1})));
        wait_for("it to fail again", || (count() == 1 + round).then_some(()));
    }
    let (code, kept, _) = failed(&setup, &["retry", "--all"]);
    assert_eq!(
        (code, &kept["sent"], &kept["not_sent"]),
        (Some(4), &json!(0), &json!({"loop": 1, "retried": 3}))
    );
    assert_eq!(sent_again(&world).len(), 3, "nothing was sent that was only to be told");

    // Corrected, it makes its task.
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("event.json");
    std::fs::write(&file, failed_payment("pay-1", "ada-lovelace").value.unwrap()).unwrap();
    let (code, _, _) = failed(&setup, &["retry", &latest(), "--again", "--value", file.to_str().unwrap()]);
    assert_eq!(code, Some(0));
    wait_for("its task", || (read_all(world.brokers(), "care.tasks").len() == 1).then_some(()));

    killed(&world, &setup, count);
    // Behind the last end of a transaction, at which no record stands, so that all can be seen to be read.
    produce(
        world.brokers(),
        (0..50).map(|number| failed_payment(&format!("good-{number}"), &format!("p-{number}"))),
    );
    produce(
        world.brokers(),
        (0..50).map(|number| cart(&format!("small-{number}"), &format!("p-{number}"), 10.0)),
    );
    let mut follower = world.follow();
    world.wait_until_done(&mut follower);
    let _ = world.check(AtLeast { inputs: 111 + 2 * MANY, tasks: 51 });
}

/// Events of two topics, one of which nobody may write: those of the other are sent, and of the rest it is said why not.
fn one_topic_that_takes_nothing_keeps_no_other_from_it(
    world: &World,
    setup: &Setup,
    count: impl Fn() -> usize,
) {
    let before = count();
    let mut cart = cart("cart-1", "ada-lovelace", 80.0);
    cart.value = Some(b"{\"event_name\":\"cart.left\"}".to_vec());
    let also = [bad_payment("more-1", "p-1"), bad_payment("more-2", "p-2")];
    produce(world.brokers(), also.into_iter().chain([cart]));
    wait_for("all three to fail", || (count() == before + 3).then_some(()));
    world.kafka.deny_writing("shop.clicks");
    let since = read_all(world.brokers(), "segue.failed").len();
    assert_eq!(since, before + 3);
    let ids: Vec<String> = latest(world, "more-").into_iter().chain(latest(world, "cart.left")).collect();
    let arguments: Vec<&str> = ["retry"].into_iter().chain(ids.iter().map(String::as_str)).collect();
    let (code, said, told) = failed(setup, &arguments);
    assert_eq!((code, &said["sent"]), (Some(4), &json!(2)), "{said} {told}");
    assert_eq!(said["not_sent"], json!({"refused": 1}));
    world.kafka.allow_writing("shop.clicks");
    let (code, said, told) = failed(setup, &arguments);
    assert_eq!(
        (code, &said["sent"], &said["not_sent"]),
        (Some(0), &json!(1), &json!({"retried": 2})),
        "{told}"
    );
    wait_for("them to fail again", || (count() == before + 6).then_some(()));
}

/// The failed events whose values hold a text.
fn latest(world: &World, text: &str) -> Vec<String> {
    let failed = read_all(world.brokers(), "segue.failed").into_iter();
    let holds = |record: &segue_log::Record| {
        String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).contains(text)
    };
    failed.filter(holds).map(|record| format!("{}/{}", record.partition, record.offset)).collect()
}

/// Sends many round, kills the command meanwhile, and lets another one go on.
fn killed(world: &World, setup: &Setup, count: impl Fn() -> usize) {
    let (before, before_again) = (count(), sent_again(world).len());
    produce(
        world.brokers(),
        (0..MANY).map(|number| bad_payment(&format!("bad-{number}"), &format!("p-{}", number % 50))),
    );
    wait_for("all to fail", || (count() == before + MANY).then_some(()));
    let retry = setup.start(&["failed", "retry", "--all", "--rate", "250"]);
    wait_for("some to be sent", || (sent_again(world).len() > before_again + 100).then_some(()));
    assert!(retry.kill9(), "it was killed before it had ended");
    let at_kill = sent_again(world).len() - before_again;
    assert!(at_kill < MANY, "{at_kill}");
    let first = |name: &str| -> Vec<String> {
        let failed = read_all(world.brokers(), "segue.failed").into_iter();
        let is_first = |record: &segue_log::Record| record.headers.iter().all(|header| header.name != name);
        failed.filter(is_first).map(|record| format!("{}/{}", record.partition, record.offset)).collect()
    };
    let ids = first("segue-retries");
    // What failed anew meanwhile is left alone: only those that were not sent round before.
    let arguments: Vec<&str> =
        ["retry"].into_iter().chain(ids.iter().map(String::as_str)).chain(["--rate", "5000"]).collect();
    let (code, said, told) = failed(setup, &arguments);
    assert_eq!(code, Some(0), "{said} {told}");
    assert_eq!(said["sent"], json!(MANY - at_kill), "{said}: the rest, and nothing twice");
    let sent = sent_again(world);
    assert!(ids.iter().all(|id| sent.get(id).is_some_and(|(count, _)| *count == 1)), "each once");
    wait_for("all to fail again", || (count() == before + 2 * MANY).then_some(()));
    let (code, _, told) = failed(setup, &arguments);
    assert_eq!(code, Some(0), "{told}: nothing is left to send");
    assert_eq!(sent_again(world).len(), sent.len());
    one_topic_that_takes_nothing_keeps_no_other_from_it(world, setup, count);
}
