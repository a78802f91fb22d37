//! What a client publishes that is not ours becomes tasks that it reads, and everything adds up.

use segue_log::{Append, Record};
use segue_testkit::checker::{AtLeast, check};
use segue_testkit::console::{Shown, is_text};
use segue_testkit::evidence::TASK_TOPICS;
use segue_testkit::load::{Class, Load};
use segue_testkit::router::Router;
use segue_testkit::topics::produce;

use crate::world::World;

const EVENTS: u64 = 10_000;

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
    world.kafka.console_produce(&lines);
    produce(world.brokers(), bytes);
    router.wait_until_ready();
    let mut follower = world.follow();
    world.wait_until_done(&mut follower);

    let evidence = world.check(AtLeast { inputs: EVENTS as usize, tasks: EVENTS as usize / 10 });
    assert_eq!(evidence.inputs.len() as u64, EVENTS);
    let report = check(&evidence);
    for name in ["decisions on signals", "rejected by a cap"] {
        assert!(report.counted(name) > 50, "INVALID: too little happened\n{report}");
    }
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

fn shown(task: &Record) -> Shown {
    let text = |bytes: &Option<Vec<u8>>| String::from_utf8(bytes.clone().unwrap()).unwrap();
    Shown { partition: task.partition, offset: task.offset, key: text(&task.key), value: text(&task.value) }
}
