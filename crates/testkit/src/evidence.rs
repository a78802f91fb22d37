//! Gathers what a run has left in Kafka, for the checker.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use segue_log::Record;
use serde_json::value::RawValue;

use crate::checker::{Evidence, LOG, Output, SHARED};
use crate::router::binary;
use crate::scene::Scene;
use crate::topics::read_all;

/// The topics of tasks, lanes included, of the load's bundle.
pub const TASK_TOPICS: [&str; 4] = ["care.tasks", "care.tasks.urgent", "sales.tasks", "visits.tasks"];
/// The topics of its sources.
pub const SOURCE_TOPICS: [&str; 4] = ["billing.events", "crm.events", "shop.clicks", "visits.events"];
/// The topic of the bundles that were deployed.
const BUNDLES: &str = "segue.bundles";
/// The window in which the router recognises a duplicate unless it is told otherwise.
const DEDUP_MS: i64 = 86_400_000;

/// Reads the whole of what a run has left; the log has so many partitions. There is no replay in it yet.
///
/// # Panics
/// When a topic cannot be read.
#[must_use]
pub fn gather(brokers: &str, partitions: u32, scene: &Scene) -> Evidence {
    // Most of the time goes by waiting for the brokers, so all are asked at once.
    let [mut inputs, outcomes, log, decisions, failed, tasks, statuses] = thread::scope(|scope| {
        let sets: [&[&str]; 7] = [
            &scene.sources,
            &scene.outcomes,
            &[LOG, SHARED],
            &["segue.decisions"],
            &["segue.failed"],
            &scene.tasks,
            &scene.statuses,
        ];
        let reading = sets.map(|topics| {
            scope.spawn(move || topics.iter().flat_map(|topic| read_all(brokers, topic)).collect::<Vec<_>>())
        });
        reading.map(|read| read.join().expect("the topics can be read"))
    });
    inputs.extend(outcomes);
    let keyed = scene.tasks.iter().chain(&scene.statuses).chain([&LOG]);
    Evidence {
        inputs,
        log,
        decisions,
        failed,
        tasks,
        statuses,
        outcomes: scene.outcomes.iter().map(|topic| (*topic).to_owned()).collect(),
        times: scene.times.clone(),
        replayed: None,
        declared: scene.declared.clone(),
        partitions: keyed.map(|topic| ((*topic).to_owned(), partitions)).collect(),
        dedup_ms: Some(DEDUP_MS),
        caps: scene.caps.clone(),
        channels: scene.channels.clone(),
        ..Evidence::default()
    }
}

/// Runs `segue replay` over the records of `segue.log`, with those of `segue.bundles` if there are any, and returns the tasks it gives.
///
/// # Panics
/// When the replay fails.
#[must_use]
pub fn replay(bundle: &Path, log: &[Record]) -> Vec<Output> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let events = directory.path().join("log.jsonl");
    let mut file =
        std::io::BufWriter::new(fs::File::create(&events).expect("the directory can be written to"));
    let is_read = |record: &&Record| [LOG, BUNDLES].contains(&&*record.topic);
    for record in log.iter().filter(is_read) {
        file.write_all(line(record).as_bytes()).expect("there is room on the disk");
    }
    file.flush().expect("there is room on the disk");
    let output = Command::new(binary())
        .args(["replay", "--only", "task", "--only", "status", "--output", "jsonl", "--events"])
        .arg(&events)
        .arg(bundle)
        .stdin(Stdio::null())
        .output()
        .expect("the router can be started");
    assert!(output.status.success(), "replay: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("replay writes JSON");
    text.lines().map(read).collect()
}

/// A record of the log as `replay` reads it. Its value is JSON already and stays what it is to the byte.
fn line(record: &Record) -> String {
    let text = |bytes: &Option<Vec<u8>>| {
        bytes
            .as_ref()
            .map(|bytes| String::from_utf8(bytes.clone()).expect("keys and values of the log are text"))
    };
    let key = serde_json::Value::from(text(&record.key));
    let value = match &*record.topic {
        LOG => text(&record.value).unwrap_or_else(|| "null".to_owned()),
        _ => serde_json::Value::from(text(&record.value)).to_string(),
    };
    let topic = &record.topic;
    format!(
        "{{\"topic\":\"{topic}\",\"partition\":{},\"offset\":{},\"key\":{key},\"at\":{},\"value\":{value}}}\n",
        record.partition, record.offset, record.appended_at_ms
    )
}

fn read(line: &str) -> Output {
    let members: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(line).expect("replay writes JSON objects");
    let text = |name: &str| {
        let member = members.get(name).unwrap_or_else(|| panic!("replay left out {name}"));
        serde_json::from_str::<Option<String>>(member.get()).expect("topics and keys are text")
    };
    Output {
        topic: text("topic").expect("each record has a topic"),
        key: text("key").map(String::into_bytes),
        value: members.get("value").map(|value| value.get().as_bytes().to_vec()),
    }
}
