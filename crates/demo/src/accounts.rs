//! What became of each event of the story, read from what the router wrote: nothing may be missing.

use std::collections::BTreeMap;

use segue_log::Record;
use segue_wire::topics::{DECISIONS, LOG, SHARED};
use serde_json::Value;

use crate::router::Router;

/// What became of the events: how many, by the words for it, and of how many it is not yet known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// Led to tasks.
    pub released: usize,
    /// A rule looked closely, and no task left.
    pub no_action: usize,
    /// Were taken in, and no rule fired.
    pub taken_in: usize,
    /// Concerned everyone.
    pub everyone: usize,
    /// Had come before.
    pub duplicate: usize,
    /// Became failed events.
    pub failed: usize,
    /// Did not reach the log, as the bundle declares.
    pub ignored: usize,
    /// Are still on their way.
    pub open: usize,
}

/// Reads the books. `published` is the number of events that were sent.
pub fn read(router: &Router, published: usize) -> Accounts {
    let fates = fates(&router.all(DECISIONS));
    let mut accounts = Accounts::default();
    let mut logged = 0;
    for topic in [LOG, SHARED] {
        for record in router.all(topic) {
            if !matches!(json(&record)["kind"].as_str(), Some("event" | "failed")) {
                continue;
            }
            logged += 1;
            let place = (format!("{topic}/{}", record.partition), record.offset);
            *accounts.of(fates.get(&place).map(String::as_str)) += 1;
        }
    }
    accounts.ignored = published.saturating_sub(logged);
    accounts
}

impl Accounts {
    fn of(&mut self, fate: Option<&str>) -> &mut usize {
        match fate {
            Some("released") => &mut self.released,
            Some("no-action") => &mut self.no_action,
            Some("no_rule") => &mut self.taken_in,
            Some("copied" | "unchanged") => &mut self.everyone,
            Some("duplicate" | "seen") => &mut self.duplicate,
            Some("failed") => &mut self.failed,
            _ => &mut self.open,
        }
    }

    /// What became of the events, in words, and how many; without those that never happened.
    pub fn words(&self) -> Vec<(usize, &'static str)> {
        let all = [
            (self.released, "led to tasks"),
            (self.no_action, "met a rule, with no task in the end"),
            (self.taken_in, "taken in, with nothing to be done"),
            (self.everyone, "about everyone: rows of a table that all rules see"),
            (self.duplicate, "sent before, so that nothing changed"),
            (self.failed, "not usable, and kept with the reason"),
            (self.ignored, "not taken in: no source reads their topic, or it drops their type"),
            (self.open, "still on the way"),
        ];
        all.into_iter().filter(|(count, _)| *count > 0).collect()
    }
}

/// What became of each log record, by partition and offset.
fn fates(decisions: &[Record]) -> BTreeMap<(String, u64), String> {
    let mut fates = BTreeMap::new();
    for record in decisions {
        let decision = json(record);
        let result = decision["result"].as_str().unwrap_or_default();
        if result != "no-rule" {
            let log = &decision["stimulus"]["log"];
            if let (Some(partition), Some(offset)) = (log["partition"].as_u64(), log["offset"].as_u64()) {
                let _ = fates.insert((format!("{LOG}/{partition}"), offset), result.to_owned());
            }
            continue;
        }
        let place = String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned();
        for (fate, ranges) in decision["log"].as_object().into_iter().flatten() {
            for offset in ranges.as_array().into_iter().flatten().filter_map(Value::as_str).flat_map(offsets)
            {
                let _ = fates.insert((place.clone(), offset), fate.clone());
            }
        }
    }
    fates
}

/// The offsets of `7` or `3-9`.
fn offsets(range: &str) -> std::ops::Range<u64> {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) => first..last + 1,
        // What cannot be read accounts for nothing.
        _ => 0..0,
    }
}

fn json(record: &Record) -> Value {
    serde_json::from_slice(record.value.as_deref().unwrap_or_default()).unwrap_or_default()
}
