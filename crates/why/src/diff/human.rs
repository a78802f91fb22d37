//! What differs, for people.

use super::{Diff, Difference, SAMPLES_MAX, Way};
use crate::names::shown;

/// How many groups of one kind are shown.
const GROUPS_MAX: usize = 20;

/// The lines; `this` and `other` name the bundles.
pub fn lines(diff: &Diff, this: &str, other: &str) -> Vec<String> {
    let [added, removed, changed] = Way::ALL.map(|way| diff.count(way));
    let (before, after) = diff.tasks;
    let mut lines = vec![format!(
        "{before} tasks with {this}, {after} with {other}: {added} added, {removed} removed, {changed} changed."
    )];
    if diff.differences.is_empty() {
        return lines;
    }
    for (name, counts) in &diff.by {
        if *name == "channel" && counts.keys().all(|channel| channel == "none") {
            continue;
        }
        lines.push(format!("By {name}:"));
        for (group, [added, removed, changed]) in counts.iter().take(GROUPS_MAX) {
            lines.push(format!("  {group}: {added} added, {removed} removed, {changed} changed"));
        }
        if counts.len() > GROUPS_MAX {
            lines.push(format!("  and {} more", counts.len() - GROUPS_MAX));
        }
    }
    for way in Way::ALL {
        let all = diff.differences.iter().filter(|one| one.way == way);
        lines.extend(all.clone().take(SAMPLES_MAX).flat_map(|one| sample(one, this, other)));
        let count = all.count();
        if count > SAMPLES_MAX {
            lines.push(format!("... and {} more {}", count - SAMPLES_MAX, way.word()));
        }
    }
    lines
}

fn sample(one: &Difference, this: &str, other: &str) -> Vec<String> {
    let what = if one.what == "released" { String::new() } else { format!(" ({})", one.what) };
    let mut lines = vec![format!(
        "{}: {}{what} for {} at {}, task {}",
        one.way.word(),
        one.action,
        one.subject,
        one.at,
        one.task
    )];
    let value = |json: &Option<String>| json.as_deref().map_or_else(|| "missing".to_owned(), shown);
    for (path, before, after) in &one.fields {
        lines.push(format!("  {path}: {} -> {}", value(before), value(after)));
    }
    if let Some((before, after)) = one.whys.as_ref().filter(|_| one.way != Way::Changed) {
        lines.push(format!("  {this}: {before}."));
        lines.push(format!("  {other}: {after}."));
    }
    lines
}
