//! The official SDK of CloudEvents posts to a running router, and reads what it writes.

use std::path::{Path, PathBuf};
use std::process::Command;

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
fn the_official_sdk_posts_in_every_mode_and_reads_every_task_and_status() {
    let Some(module) = sdk_or_skip() else { return };
    let log = tempfile::tempdir().unwrap();
    let router = started(log.path());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/http/sdk.mjs");
    let output = Command::new("node").arg(script).arg(module).arg(router.url()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({
        "causes": ["batch-1", "batch-2", "binary", "structured"],
        "types": ["segue.task.released"],
        "statuses": 8,
    });
    assert_eq!(told, expected);
}
