//! What a client publishes that is not ours becomes tasks that it reads, and everything adds up.

use segue_log::{Append, Record};
use segue_testkit::checker::{AtLeast, Evidence, FaultKind, check};
use segue_testkit::console::{Shown, is_text};
use segue_testkit::evidence::TASK_TOPICS;
use segue_testkit::load::{Class, Load};
use segue_testkit::router::Router;
use segue_testkit::topics::produce;
use serde_json::{Value, json};

use crate::world::World;

const EVENTS: u64 = 10_000;
/// What the checker has counted of channels.
const CHANNELS: [&str; 3] = ["channels chosen", "held by quiet hours", "left without a channel"];

#[test]
fn what_kafkas_own_client_publishes_becomes_tasks_that_it_reads_and_all_adds_up() {
    let Some(world) = World::begin() else { return };
    world.create_sources();
    let setup = world.setup();
    setup.apply_topics();
    let load = Load { events: EVENTS, subjects: 1_000, ..Load::default() };
    let garbage = load.made().filter(|made| matches!(made.class, Class::Garbage(_))).count();
    let (lines, bytes): (Vec<Append>, Vec<Append>) = load.records().partition(is_text);
    // Bytes that are no text are beyond a tool that reads lines.
    assert!(lines.len() as u64 > EVENTS * 99 / 100, "{} of {EVENTS} are lines of text", lines.len());

    let mut router = Router::start(&setup);
    router.wait_until_ready();
    let mut follower = world.follow();
    // What is known of people comes first: else it hangs on which topic is written sooner whether any channel is open.
    let (known, lines): (Vec<Append>, Vec<Append>) =
        lines.into_iter().partition(|line| &*line.topic == "crm.events");
    world.kafka.console_produce(&known);
    world.wait_until_done(&mut follower);
    world.kafka.console_produce(&lines);
    produce(world.brokers(), bytes);
    world.wait_until_done(&mut follower);

    let evidence = world.check(AtLeast { inputs: EVENTS as usize, tasks: EVENTS as usize / 10 });
    assert_eq!(evidence.inputs.len() as u64, EVENTS);
    let report = check(&evidence);
    for name in ["decisions on signals", "rejected by a cap"] {
        assert!(report.counted(name) > 50, "INVALID: too little happened\n{report}");
    }
    a_channel_that_none_would_choose_is_caught(&evidence);
    assert_eq!(evidence.failed.len(), garbage);
    assert!(garbage as u64 > EVENTS / 200, "about one in a hundred is garbage, not {garbage}");
    for (topic, read) in TASK_TOPICS.into_iter().zip(world.kafka.console_consume(&TASK_TOPICS)) {
        let ours: Vec<Shown> =
            evidence.tasks.iter().filter(|task| &*task.topic == topic).map(shown).collect();
        assert!(!ours.is_empty());
        assert_eq!(read, ours, "{topic}");
    }
    let (status, took, _) = router.stop();
    assert!(status.success(), "it ended with {status} after {took:?}");
}

/// Which channel a task goes on is chosen again from the log: one decision that is changed is told from all the others.
fn a_channel_that_none_would_choose_is_caught(honest: &Evidence) {
    let report = check(honest);
    let chosen = CHANNELS.map(|name| report.counted(name));
    assert!(chosen.iter().sum::<usize>() > 50, "INVALID: too few channels were chosen\n{report}");
    let mut evidence = Evidence { replayed: None, ..honest.clone() };
    let planted = evidence.decisions.iter_mut().any(|record| {
        let mut value: Value = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
        let Some([only]) = value["candidates"].as_array_mut().map(Vec::as_mut_slice) else { return false };
        // What there is hangs on the hour: at some all are quiet, at others none.
        match (only["verdict"].as_str(), only["stage"].as_str()) {
            (Some("held"), Some("channel")) => {
                only["verdict"] = json!("rejected");
                value["result"] = json!("no-action");
            }
            (Some("released"), _) if only["channel"] == "app" => only["channel"] = json!("phone"),
            _ => return false,
        }
        record.value = Some(value.to_string().into_bytes());
        true
    });
    assert!(planted, "INVALID: no task was held by quiet hours or went to the app\n{report}");
    let report = check(&evidence);
    assert!(report.kinds().contains(&FaultKind::ChannelWrong), "a planted fault is not caught: {report}");
}

fn shown(task: &Record) -> Shown {
    let text = |bytes: &Option<Vec<u8>>| String::from_utf8(bytes.clone().unwrap()).unwrap();
    Shown { partition: task.partition, offset: task.offset, key: text(&task.key), value: text(&task.value) }
}
