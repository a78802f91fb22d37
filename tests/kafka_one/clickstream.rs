//! The click stream of a shop through a real broker: the same tasks, by their ids, as a replay of it gives.
//!
//! Conditions and caps go by the router's clock, and the stream is of another year and much longer than a test may take.
//! So the clock is moved by hand: the stream is published in pieces, each up to the next click on which a rule should
//! fire, and the clock stands at that click's time while its piece is taken in. All other clicks are logged a little
//! late, as in a busy hour; that makes windows see less of what was before them, and never more.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use segue_log::{Append, Place};
use segue_model::Timestamp;
use segue_testkit::evidence::replay;
use segue_testkit::follow::Follower;
use segue_testkit::router::{Router, binary};
use segue_testkit::topics::{produce, read_all, wait_for, wait_within};
use serde_json::Value;

use crate::world::{PARTITIONS, World};

#[path = "../../crates/replay/tests/clickstream/stream.rs"]
pub(crate) mod stream;

use stream::{Click, MINUTE, after_silence, bundle_dir, clicks, help_recounted, interest_recounted};

pub(crate) const TOPIC: &str = "shop.clicks";
/// The types that the example takes in; it ignores all others.
const TAKEN: [&str; 4] = ["payment_details", "product_view", "purchase", "support_chat"];
/// How far the clock is moved each time once all is taken in, so that what is written joined need not be waited for.
pub(crate) const MOVE_MS: i64 = 11_000;

#[test]
fn the_tasks_of_a_click_stream_are_those_that_a_replay_of_it_gives() {
    let Some(world) = World::begin() else { return };
    let clicks = clicks();
    let (bundle, clock) = (bundle_dir(), tempfile::NamedTempFile::new().unwrap());
    world.kafka.create_topic(TOPIC, PARTITIONS, &[]);
    let mut setup = world.setup().with(&format!("clock: {{file: \"{}\"}}", clock.path().display()));
    setup.bundle = bundle.clone();
    setup.apply_topics();
    set(clock.path(), clicks[0].at);
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    let mut follower = Follower::new(world.brokers(), PARTITIONS, &[TOPIC]);

    let helps = help_recounted(&clicks, 10 * MINUTE);
    let views = interest_recounted(&clicks, 4, 5 * MINUTE);
    let mut published = 0;
    let lasts: BTreeSet<usize> = helps.iter().chain(&views).copied().chain([clicks.len() - 1]).collect();
    for last in lasts {
        set(clock.path(), clicks[last].at);
        produce(world.brokers(), clicks[published..=last].iter().map(record));
        wait_for("a piece to be taken in", || follower.is_taken_in().then_some(()));
        published = last + 1;
    }
    let mut now = clicks[clicks.len() - 1].at;
    wait_within(Duration::from_secs(90), "all to be decided", || {
        now += MOVE_MS;
        set(clock.path(), now);
        follower.is_done().then_some(())
    });
    assert!(router.is_running());

    let log = read_all(world.brokers(), "segue.log");
    let is_event = |value: &Option<Vec<u8>>| {
        value.as_ref().is_some_and(|value| value.starts_with(br#"{"v":1,"kind":"event""#))
    };
    let logged = log.iter().filter(|record| is_event(&record.value)).count();
    assert_eq!(logged, clicks.iter().filter(|click| TAKEN.contains(&click.kind.as_str())).count());
    assert!(read_all(world.brokers(), "segue.failed").is_empty());

    let tasks = read_all(world.brokers(), "desk.tasks");
    let ids: BTreeSet<String> = tasks.iter().map(|task| id(task.value.as_deref().unwrap())).collect();
    let recounted = helps.len() + after_silence(&clicks, &views, 60 * MINUTE).len();
    assert_eq!((tasks.len(), ids.len(), recounted), (58 + 56, 58 + 56, 58 + 56));
    assert_eq!(ids, replayed(&bundle, &clicks, now));

    // What the log holds gives the same tasks to the byte.
    let mut written: Vec<_> = tasks.into_iter().map(|task| (task.key, task.value)).collect();
    let mut again: Vec<_> = replay(&bundle, &log).into_iter().map(|task| (task.key, task.value)).collect();
    written.sort();
    again.sort();
    assert!(written == again, "{} and {} tasks", written.len(), again.len());
}

pub(crate) fn record(click: &Click) -> Append {
    Append {
        topic: TOPIC.into(),
        place: Place::Key,
        key: Some(click.user.clone().into_bytes()),
        value: Some(click.message().into_bytes()),
        headers: Vec::new(),
    }
}

/// Sets a clock. It is put in place whole: the router must not read half an instant.
pub(crate) fn set(clock: &Path, at: i64) {
    let next = clock.with_extension("next");
    fs::write(&next, Timestamp(at).to_string()).unwrap();
    fs::rename(&next, clock).unwrap();
}

/// The ids of the tasks that `segue replay` gives for the recorded stream, with the clock going on to `until`.
pub(crate) fn replayed(bundle: &Path, clicks: &[Click], until: i64) -> BTreeSet<String> {
    let mut events = tempfile::NamedTempFile::new().unwrap();
    for click in clicks {
        writeln!(events, "{}", click.line()).unwrap();
    }
    let output = Command::new(binary())
        .args(["replay", "--only", "task", "--until", &Timestamp(until).to_string(), "--events"])
        .args([events.path(), bundle])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["value"]["data"]["task"].as_str().unwrap().to_owned()
    };
    text.lines().map(line).collect()
}

pub(crate) fn id(task: &[u8]) -> String {
    let task: Value = serde_json::from_slice(task).unwrap();
    task["data"]["task"].as_str().unwrap().to_owned()
}
