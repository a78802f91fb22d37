//! The checker is checked on what time brings: whatever is taken away from an honest run, told twice or told otherwise is
//! caught as what it is.

use std::sync::Arc;

use segue_log::Record;
use segue_testkit::checker::{Cap, Evidence, FaultKind, check};
use segue_testkit::load::bundle_dir;
use serde_json::{Value, json};

use crate::run_unbarred;
use crate::world::{CHANNELS, OF_TIME};

/// A change of the first record that it finds something to change of; false: it finds nothing.
type Plant = fn(&mut Value) -> bool;
/// A change of a cap.
type Bend = fn(&mut Cap);
type List = fn(&mut Evidence) -> &mut Vec<Record>;

const DECISIONS: List = |evidence| &mut evidence.decisions;
const TASKS: List = |evidence| &mut evidence.tasks;
const STATUSES: List = |evidence| &mut evidence.statuses;
const LOG: List = |evidence| &mut evidence.log;

/// An honest run with all of it, and without a replay, which would notice anything.
fn honest() -> Evidence {
    let bundle = Arc::new(segue_bundle::load(&bundle_dir()).unwrap().bundle);
    let mut all = (0..500).map(|seed| run_unbarred(seed, &bundle).evidence());
    let has_all = |evidence: &Evidence| {
        let report = check(evidence);
        OF_TIME.iter().chain(&CHANNELS).all(|name| report.counted(name) > 0)
            && withdrawn_by(evidence, "unless")
    };
    let evidence = all.find(has_all).expect("one of many schedules has all that time brings");
    Evidence { replayed: None, ..evidence }
}

fn withdrawn_by(evidence: &Evidence, stage: &str) -> bool {
    evidence.decisions.iter().any(|record| {
        parsed(record)["candidates"]
            .as_array()
            .is_some_and(|candidates| candidates.iter().any(|candidate| candidate["stage"] == stage))
    })
}

fn parsed(record: &Record) -> Value {
    serde_json::from_slice(record.value.as_deref().unwrap()).unwrap()
}

fn is_timer(value: &Value, kind: &str) -> bool {
    value["stimulus"]["type"] == kind && value["stimulus"]["timer"].is_object()
}

fn candidate<'v>(value: &'v mut Value, key: &str, is: &str) -> Option<&'v mut Value> {
    let candidates = value["candidates"].as_array_mut()?;
    candidates.iter_mut().find(|candidate| candidate[key] == is)
}

/// What becomes of the record: it is changed, taken away, or told again.
#[derive(Clone, Copy, Debug)]
enum Done {
    Changed,
    Gone,
    Again,
}

/// Plants a fault, and looks whether it is caught.
fn caught(honest: &Evidence, list: List, done: Done, plant: Plant, kind: FaultKind) {
    let mut evidence = honest.clone();
    let records = list(&mut evidence);
    let mut values = records.iter().map(parsed).enumerate();
    let (index, value) = values
        .find_map(|(index, mut value)| plant(&mut value).then_some((index, value)))
        .unwrap_or_else(|| {
            panic!("INVALID: nothing to plant for {}", kind.as_str());
        });
    match done {
        Done::Changed => records[index].value = Some(value.to_string().into_bytes()),
        Done::Gone => drop(records.remove(index)),
        Done::Again => {
            let mut again = records[index].clone();
            let same =
                |record: &&Record| (&record.topic, record.partition) == (&again.topic, again.partition);
            again.offset = records.iter().filter(same).map(|record| record.offset + 1).max().unwrap();
            records.push(again);
        }
    }
    let report = check(&evidence);
    assert!(report.kinds().contains(&kind), "{done:?}, {} is not caught: {report}", kind.as_str());
}

#[test]
fn whatever_is_changed_of_what_time_brings_is_caught() {
    use Done::{Again, Changed, Gone};
    use FaultKind::{
        AbsenceMissing, AbsencePhantom, ContentChanged, LearnedWrong, LifeWrong, NewsWrong, OutcomeWrong,
        SignalTwice, StatusWrong, TaskPhantom, WrongTime,
    };
    let honest = honest();
    check(&honest).assert_clean();
    let plants: [(List, Done, Plant, FaultKind); 20] = [
        (DECISIONS, Gone, |value| is_timer(value, "absence"), AbsenceMissing),
        (DECISIONS, Again, |value| is_timer(value, "absence"), AbsencePhantom),
        (DECISIONS, Again, |value| is_timer(value, "moment"), SignalTwice),
        (DECISIONS, Changed, |value| is_timer(value, "absence") && earlier(value), AbsencePhantom),
        (DECISIONS, Changed, |value| is_timer(value, "moment") && earlier(value), WrongTime),
        (DECISIONS, Changed, |value| is_timer(value, "release") && earlier(value), LifeWrong),
        (DECISIONS, Gone, |value| is_timer(value, "release"), LifeWrong),
        (DECISIONS, Changed, |value| withheld(value, "stage", "unless"), LifeWrong),
        (DECISIONS, Changed, |value| value["result"] == "held" && sooner(value), LifeWrong),
        (DECISIONS, Gone, |value| value["stimulus"]["type"] == "task.declined", NewsWrong),
        (DECISIONS, Changed, misled, LearnedWrong),
        (LOG, Changed, mistold, LearnedWrong),
        (TASKS, Gone, |value| value["type"] == "segue.task.reminder", LifeWrong),
        (TASKS, Again, |value| value["type"] == "segue.task.reminder", LifeWrong),
        (TASKS, Changed, |value| value["type"] == "segue.task.reminder" && renamed(value), TaskPhantom),
        (STATUSES, Gone, |_| true, StatusWrong),
        (STATUSES, Again, |value| value["data"]["stage"] == "expired", StatusWrong),
        (STATUSES, Changed, |value| value["data"]["stage"] == "decided" && denied(value), StatusWrong),
        (LOG, Changed, |value| value["outcome"] == "declined" && accepted(value), ContentChanged),
        (
            LOG,
            Changed,
            |value| value["kind"] == "outcome" && value["outcome"] == "completed" && of_none(value),
            OutcomeWrong,
        ),
    ];
    for (list, done, plant, kind) in plants {
        caught(&honest, list, done, plant, kind);
    }
}

/// A timer that fired long before it was due.
fn earlier(value: &mut Value) -> bool {
    let before = json!("2026-03-01T00:00:00Z");
    value["at"] = before.clone();
    value["stimulus"]["timer"]["due"] = before;
    true
}

/// A task that is to be held for less long than it must be.
fn sooner(value: &mut Value) -> bool {
    let at = value["at"].as_str().unwrap().to_owned();
    let Some(held) = candidate(value, "stage", "hold") else { return false };
    held["detail"] = json!(format!("until {at}"));
    true
}

/// A candidate that is not told of.
fn withheld(value: &mut Value, key: &str, is: &str) -> bool {
    let Some(candidates) = value["candidates"].as_array_mut() else { return false };
    let before = candidates.len();
    candidates.retain(|candidate| candidate[key] != is);
    candidates.len() < before
}

/// A decision that goes by a response too many.
fn misled(value: &mut Value) -> bool {
    let candidates = value["candidates"].as_array_mut();
    let mut priorities = candidates.into_iter().flatten().map(|candidate| &mut candidate["priority"]);
    let Some(learned) = priorities.find_map(|priority| priority.get_mut("learned")) else { return false };
    learned["responses"] = json!(learned["responses"].as_u64().unwrap() + 1);
    true
}

/// A partition that tells of more than it has counted.
fn mistold(value: &mut Value) -> bool {
    let Some(share) = value.get_mut("shares").and_then(|shares| shares.get_mut(0)) else { return false };
    share[2] = json!(share[2].as_u64().unwrap() + 1);
    true
}

fn renamed(value: &mut Value) -> bool {
    value["id"] = json!("t-none/reminder/1");
    value["data"]["task"] = json!("t-none");
    true
}

fn denied(value: &mut Value) -> bool {
    value["data"]["stage"] = json!("no-action");
    true
}

fn accepted(value: &mut Value) -> bool {
    value["outcome"] = json!("accepted");
    true
}

fn of_none(value: &mut Value) -> bool {
    value["task"] = json!("t-00000000-00");
    true
}

#[test]
fn a_task_on_another_channel_or_withdrawn_though_one_would_do_is_caught() {
    let honest = honest();
    let moved: Plant = |value| {
        let Some(candidate) = candidate(value, "channel", "app") else { return false };
        if candidate["verdict"] != "released" {
            return false;
        }
        candidate["channel"] = json!("phone");
        true
    };
    caught(&honest, DECISIONS, Done::Changed, moved, FaultKind::ChannelWrong);
    let unheld: Plant = |value| {
        let is_alone = value["candidates"].as_array().is_some_and(|candidates| candidates.len() == 1);
        let Some(held) = candidate(value, "stage", "channel") else { return false };
        if held["verdict"] != "held" || !is_alone {
            return false;
        }
        held["verdict"] = json!("rejected");
        value["result"] = json!("no-action");
        true
    };
    caught(&honest, DECISIONS, Done::Changed, unheld, FaultKind::ChannelWrong);
}

#[test]
fn a_cap_on_a_channel_that_counts_too_little_or_by_action_alone_is_caught() {
    let bundle = Arc::new(segue_bundle::load(&bundle_dir()).unwrap().bundle);
    let is_full = |record: &Record| {
        let text = String::from_utf8_lossy(record.value.as_deref().unwrap());
        text.contains("\"by\":\"few-messages\"") && text.contains("phone: few-calls")
    };
    let mut all = (0..500).map(|seed| run_unbarred(seed, &bundle).evidence());
    let honest = all.find(|evidence| evidence.decisions.iter().any(is_full));
    let honest = honest.expect("in one of many schedules no channel has room");
    check(&honest).assert_clean();
    let changes: [(Bend, FaultKind); 3] = [
        (|cap| cap.at_most = 0, FaultKind::CapExceeded),
        (|cap| cap.per_ms = 1, FaultKind::CapShort),
        // Tasks on one channel do not count on another.
        (|cap| cap.channel = None, FaultKind::CapExceeded),
    ];
    for (change, kind) in changes {
        let mut evidence = honest.clone();
        evidence.caps.iter_mut().filter(|cap| cap.channel.is_some()).for_each(change);
        let report = check(&evidence);
        assert!(report.kinds().contains(&kind), "{} is not caught: {report}", kind.as_str());
    }
}
