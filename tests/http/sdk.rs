//! The official SDK of CloudEvents posts to a running router, and reads what it writes.

use std::path::{Path, PathBuf};
use std::process::Command;

use segue_log::Record;
use segue_log::embedded::Embedded;
use serde_json::{Value, json};

use crate::started;

/// What is fetched through npm, and named in the cache by.
const SDK: &str = "cloudevents@10.0.0";

/// Where the SDK is; `None`, and a word about it, where there is no node or npm to fetch it with.
fn sdk_or_skip() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = named("SEGUE_CACHE")
        .or_else(|| named("XDG_CACHE_HOME"))
        .or_else(|| named("HOME").map(|home| home.join(".cache")))?;
    let sdk = base.join("segue").join(SDK.replace('@', "-"));
    let module = |root: &Path| root.join("node_modules/cloudevents/dist/index.js");
    if module(&sdk).is_file() {
        return Some(module(&sdk));
    }
    // Filled under another name and renamed, so that what is there is whole.
    std::fs::create_dir_all(sdk.parent()?).ok()?;
    let filling = tempfile::Builder::new().prefix("fetching-").tempdir_in(sdk.parent()?).ok()?;
    let fetched = Command::new("npm")
        .args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
        .arg(filling.path())
        .arg(SDK)
        .status();
    if !fetched.is_ok_and(|status| status.success()) {
        eprintln!("skipped: npm cannot fetch {SDK}");
        return None;
    }
    let _ = std::fs::rename(filling.keep(), &sdk);
    Some(module(&sdk))
}

#[test]
fn the_official_sdk_posts_in_every_mode_and_reads_every_task_status_and_decision() {
    let Some(module) = sdk_or_skip() else { return };
    let log = tempfile::tempdir().unwrap();
    let router = started(log.path());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/http/sdk.mjs");
    let output = Command::new("node").arg(script).arg(&module).arg(router.url()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({
        "causes": ["batch-1", "batch-2", "binary", "structured"],
        "types": ["segue.task.released"],
        "statuses": 8,
    });
    assert_eq!(told, expected);
    let _ = router.stop();
    let records = written(log.path());
    let told = parsed_by_sdk(&module, &records);
    let of = |kind: &str| told[kind].as_u64().unwrap_or_default();
    // A decision on a task stands on two topics.
    assert_eq!((of("segue.task.released"), of("segue.status"), of("segue.decision")), (4, 8, 8), "{told}");
    let all: u64 = told.as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(all, records.len() as u64, "each is an event: {told}");
}

/// Each record of the topics that the router writes for others, as the SDK's binding for Kafka takes it.
fn written(log: &Path) -> Vec<Value> {
    let log = Embedded::open(log).unwrap();
    let mut records = Vec::new();
    for topic in ["crm.tasks", "billing.status", "segue.decisions", "segue.kept-decisions"] {
        let partitions = *log.topics().get(topic).unwrap_or_else(|| panic!("no topic {topic}"));
        for partition in 0..partitions {
            let read = log.read(topic, partition, 0, 1_000).unwrap();
            records.extend(read.into_iter().map(|record| as_message(&record)));
        }
    }
    records
}

fn as_message(record: &Record) -> Value {
    let text = |bytes: &Option<Vec<u8>>| String::from_utf8(bytes.clone().unwrap_or_default()).unwrap();
    let headers: serde_json::Map<String, Value> =
        record.headers.iter().map(|header| (header.name.clone(), text(&header.value).into())).collect();
    json!({"headers": headers, "key": text(&record.key), "value": text(&record.value)})
}

/// How many records the SDK takes for valid events, by their type.
fn parsed_by_sdk(module: &Path, records: &[Value]) -> Value {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), serde_json::to_vec(records).unwrap()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/http/sdk-kafka.mjs");
    let output = Command::new("node").arg(script).arg(module).arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
