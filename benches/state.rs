//! What many profiles cost, in memory and on disk: memory and disk for each, how long a restart takes to its first decision,
//! and what an event costs when there are a hundred times as many of them.
//!
//! `cargo bench --profile dev --bench state`; `SEGUE_BENCH_PROFILES` and `SEGUE_BENCH_EVENTS` say how much is measured. Each
//! case is a process of its own, on an embedded log in a directory, with one partition.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use segue::clock::{Clock, Reader};
use segue::loops::decide::{Decide, TOPICS};
use segue::loops::intake::Turns;
use segue::loops::{Around, state};
use segue::wiring;
use segue_bundle::Bundle;
use segue_document::Document;
use segue_intake::Intake;
use segue_log::embedded::{Durability, Embedded, Options};
use segue_log::{Append, Place};
use segue_model::{Profile, Timestamp};
use segue_telemetry::{Health, Metrics};
use segue_testkit::load::{Load, OUTCOME_TOPICS, STATUS_TOPICS, bundle_dir};
use segue_wire::profile;

const PROFILES_DEFAULT: u64 = 1_000_000;
const PROFILES_FEW: u64 = 10_000;
const EVENTS_DEFAULT: u64 = 20_000;
const CACHE_BYTES: u64 = 256 << 20;
/// How many records one append of the preparation has.
const CHUNK: usize = 10_000;
const IDLE_TURNS: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, case, dir, profiles] = &arguments[..]
        && case == "case"
    {
        return measure(Path::new(dir), profiles.parse().expect("a number"));
    }
    // `cargo test --benches` builds and calls this too; only `cargo bench` says so.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    println!(
        "| profiles | state | to the first decision, s (of that, processor) | memory, bytes a profile | disk, bytes a profile | an event, µs of processor |"
    );
    println!("|---|---|---|---|---|---|");
    for profiles in [PROFILES_FEW, number("SEGUE_BENCH_PROFILES", PROFILES_DEFAULT)] {
        let dir = tempfile::tempdir().expect("there is room");
        prepare(dir.path(), profiles);
        let program = std::env::current_exe().expect("this program has a path");
        for state in ["memory", "disk, empty", "disk, warm"] {
            let mut case = Command::new(&program);
            let _ =
                case.arg("case").arg(dir.path()).arg(profiles.to_string()).env("SEGUE_BENCH_STATE", state);
            assert!(case.status().expect("it begins").success());
        }
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

fn open(dir: &Path) -> Embedded {
    let durability = Durability::Batched(Duration::from_secs(1));
    Embedded::open_with(dir.join("log"), Options { durability, ..Options::default() }).expect("it opens")
}

fn bundle() -> Arc<Bundle> {
    Arc::new(segue_bundle::load(&bundle_dir()).expect("it can be read").bundle)
}

/// Makes the topics, and the changelog of so many profiles.
fn prepare(dir: &Path, profiles: u64) {
    let (log, bundle) = (open(dir), bundle());
    let intake = Intake::new(bundle.clone(), segue_document::Limits::CONTRACT);
    let tasks = bundle.destinations.values().flat_map(|to| {
        std::iter::once(to.topic.clone()).chain(to.lanes.iter().map(|lane| lane.topic.clone()))
    });
    let own = ["segue.log", "segue.shared", "segue.decisions", "segue.kept-decisions", "segue.failed"]
        .map(str::to_owned);
    let told = STATUS_TOPICS.iter().chain(&OUTCOME_TOPICS).map(|topic| (*topic).to_owned());
    let all = own.into_iter().chain(tasks).chain(told).chain(intake.topics().map(str::to_owned));
    for topic in all {
        let _ = log.create_topic(&topic, 1).expect("it is made");
    }
    let _ = log.create_topic("segue.profiles", 2).expect("it is made");
    let mut appends = Vec::with_capacity(CHUNK);
    for number in 0..profiles {
        appends.push(kept(number));
        if appends.len() == CHUNK || number + 1 == profiles {
            let _ = log.append(std::mem::take(&mut appends)).expect("it is written");
        }
    }
}

fn kept(number: u64) -> Append {
    let who = format!(
        r#"{{"first_name":"Ada-{number}","last_name":"Lovelace","tier":"gold","segment":"retail","country":"FR","city":"Lyon","debt":{number}.5,"rent_amount":712.25,"on_holiday":false,"phone":"+33 6 12 34 {number}","account_manager":"Mx. Turing","accepts_calls":0.75,"next_flight":"2026-12-01T08:30:00Z","age":41,"main_account":"FR76-{number:012}","email":"ada.{number}@example.org"}}"#
    );
    let who = Document::parse_own(&who).expect("it is JSON");
    let profile = Profile { who: Some(Arc::new(who)), ..Profile::default() };
    Append {
        topic: "segue.profiles".into(),
        place: Place::Partition(0),
        key: Some(format!("s/person-{number:05}").into_bytes()),
        value: Some(profile::encode(&profile).into_bytes()),
        headers: Vec::new(),
    }
}

/// One start, and the events after it.
fn measure(dir: &Path, profiles: u64) {
    let case = std::env::var("SEGUE_BENCH_STATE").expect("it is said");
    let events = number("SEGUE_BENCH_EVENTS", EVENTS_DEFAULT);
    let (log, bundle) = (open(dir), bundle());
    // Other events in each case, of which one is there before the start.
    let seed = case.len() as u64;
    log_events(&log, &bundle, Load { seed, events: 20, subjects: profiles, ..Load::default() });
    let before = resident_bytes();
    let kept = dir.join("state");
    let on_disk = |dir: &PathBuf| state::Settings { dir: dir.clone(), cache_bytes: CACHE_BYTES };
    let state = (case != "memory").then(|| on_disk(&kept));
    let (began, cpu) = (Instant::now(), thread_seconds());
    let mut decide = decide(&log, &bundle, state);
    let decided = log.end("segue.decisions", 0);
    while log.end("segue.decisions", 0) == decided {
        decide.turn().expect("nothing is in the way");
    }
    let (wall, cpu) = (began.elapsed().as_secs_f64(), thread_seconds() - cpu);
    run_out(&log, &mut decide);
    let held = resident_bytes().saturating_sub(before);
    log_events(&log, &bundle, Load { seed: seed + 100, events, subjects: profiles, ..Load::default() });
    let records = log.end("segue.log", 0).unwrap_or(0);
    let busy = thread_seconds();
    run_out(&log, &mut decide);
    let per_event = (thread_seconds() - busy) / events as f64 * 1e6;
    assert!(records >= events / 2, "most of the events are logged");
    decide.close();
    let disk = if case == "memory" { 0 } else { disk_bytes(&kept) };
    let a_profile = |bytes: u64| bytes / profiles;
    println!(
        "| {profiles} | {case} | {wall:.2} ({cpu:.2}) | {} | {} | {per_event:.1} |",
        a_profile(held),
        a_profile(disk)
    );
}

fn decide(log: &Embedded, bundle: &Arc<Bundle>, state: Option<state::Settings>) -> Decide {
    let rules = segue::loops::decide::Rules {
        bundles: segue::loops::bundles::Bundles::new(bundle.clone()),
        settings: wiring::default_engine_settings(),
        partitions: 1,
        behind_after: None,
        try_after: segue::loops::decide::TRY_AFTER,
        pseudonyms: None,
    };
    let worker = Box::new(log.worker("segue.decide", &TOPICS));
    Decide::new(worker, rules, state, Reader::new(clock()), around("decide"))
}

fn clock() -> Clock {
    Clock::Hand(segue::clock::Hand::new(Timestamp(Load::default().started_at_ms + 3_600_000)))
}

fn around(name: &str) -> Around {
    Around {
        stop: Arc::new(AtomicBool::new(false)),
        metrics: Metrics::new(),
        health: Health::new().part(name),
        records_max: 2_000,
        wait: Duration::ZERO,
        said: Default::default(),
    }
}

/// Lets intake take in what a load publishes.
fn log_events(log: &Embedded, bundle: &Arc<Bundle>, load: Load) {
    let load = Load { garbage_per_mille: 0, ..load };
    let records: Vec<Append> =
        load.records().map(|append| Append { place: Place::Partition(0), ..append }).collect();
    let _ = log.append(records).expect("it is written");
    let intake = Intake::new(bundle.clone(), segue_document::Limits::CONTRACT);
    let topics: Vec<String> = intake.topics().map(str::to_owned).collect();
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    let worker = Box::new(log.worker("segue.intake", &topics));
    let mut turns = Turns::new(worker, intake, Reader::new(clock()), around("intake"));
    let (mut still, mut last) = (0, None);
    while still < IDLE_TURNS {
        turns.turn().expect("nothing is in the way");
        let end = log.end("segue.log", 0);
        still = if end == last { still + 1 } else { 0 };
        last = end;
    }
    turns.close();
}

/// Decides until nothing moves any more.
fn run_out(log: &Embedded, decide: &mut Decide) {
    let (mut still, mut last) = (0, None);
    while still < IDLE_TURNS {
        decide.turn().expect("nothing is in the way");
        let end = log.end("segue.profiles", 0);
        still = if end == last { still + 1 } else { 0 };
        last = end;
    }
}

fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this system tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it is there");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1_024
}

/// Processor time of this thread.
fn thread_seconds() -> f64 {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").expect("this system tells");
    let nanoseconds = times.split(' ').next().and_then(|text| text.parse::<u64>().ok());
    nanoseconds.expect("a number") as f64 / 1e9
}

fn disk_bytes(dir: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let entries = std::fs::read_dir(dir).expect("it is there");
    let of = |path: PathBuf| match std::fs::metadata(&path) {
        Ok(found) if found.is_dir() => disk_bytes(&path),
        found => found.map_or(0, |found| found.blocks() * 512),
    };
    entries.map(|entry| of(entry.expect("it is there").path())).sum()
}
