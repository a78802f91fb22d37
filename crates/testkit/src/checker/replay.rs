//! A replay of the log gives the same tasks and statuses, byte for byte, and each subject's in the same order.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{FaultKind, Report};
use super::{Evidence, Output};

/// The values of one key in one topic, in order.
type Streams<'e> = BTreeMap<(&'e str, Option<&'e [u8]>), Vec<Option<&'e [u8]>>>;

pub(super) fn check(evidence: &Evidence, report: &mut Report) {
    let Some(replayed) = &evidence.replayed else { return };
    report.count("replayed tasks", replayed.len());
    // Where the replay was asked for statuses, they are compared as well.
    let topics: BTreeSet<&str> = replayed.iter().map(|output| output.topic.as_str()).collect();
    let statuses = evidence.statuses.iter().filter(|status| topics.contains(&*status.topic));
    let mut tasks: Vec<_> = evidence.tasks.iter().chain(statuses).collect();
    tasks.sort_by_key(|task| (task.partition, task.offset));
    let mut original = Streams::new();
    for task in tasks {
        original.entry((&task.topic, task.key.as_deref())).or_default().push(task.value.as_deref());
    }
    let mut again = Streams::new();
    for Output { topic, key, value } in replayed {
        again.entry((topic, key.as_deref())).or_default().push(value.as_deref());
    }
    for (stream, values) in &original {
        compare(stream, values, again.remove(stream).unwrap_or_default(), report);
    }
    for (stream, values) in again {
        compare(&stream, &[], values, report);
    }
}

fn compare(
    (topic, key): &(&str, Option<&[u8]>),
    original: &[Option<&[u8]>],
    again: Vec<Option<&[u8]>>,
    report: &mut Report,
) {
    let place = || format!("{topic}, key {}", String::from_utf8_lossy(key.unwrap_or_default()));
    if original.len() != again.len() {
        let detail = format!("{} tasks, and {} in the replay", original.len(), again.len());
        report.fault(FaultKind::ReplayDiffers, place(), detail);
        return;
    }
    if let Some(index) = original.iter().zip(&again).position(|(one, other)| one != other) {
        report.fault(FaultKind::ReplayDiffers, place(), format!("task {index} of this key is not the same"));
    }
}
