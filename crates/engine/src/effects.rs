//! What a step leads to: what is to be written, and what is to be counted.

use std::collections::BTreeMap;

use segue_decide::Asked;
use segue_log::Append;
use segue_model::{Decision, Task, Timestamp};

/// What a step leads to.
#[derive(Debug, Default)]
pub struct Effects {
    /// What is to be written, in order: all of it, or nothing.
    pub appends: Vec<Append>,
    /// What is to be counted once the step is committed.
    pub tally: Tally,
    /// What every rule said that was asked, where the caller wants it: it then begins as an empty list.
    pub asked: Option<Vec<Asked>>,
}

/// Counts for the metrics.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Log records by what became of them: `decision`, or the ending's name in a joined record.
    pub endings: BTreeMap<&'static str, u64>,
    /// Tasks by action and destination.
    pub tasks: BTreeMap<(String, String), u64>,
    /// When each task was released, by the time of the log.
    pub released: Vec<Timestamp>,
    /// Failed events by code.
    pub failed: BTreeMap<&'static str, u64>,
    /// Conditions that ended in an error, by rule or signal.
    pub rule_errors: BTreeMap<String, u64>,
    /// Remembered events given up while still asked for, since there were too many of one subject, by type; and tasks, by
    /// action.
    pub forgotten: BTreeMap<String, u64>,
    /// Statuses that could not be told, since their topic cannot be written, by topic.
    pub untold: BTreeMap<String, u64>,
    /// Of a bundle that decides beside the one that counts: its decisions, by what became of them, and what went wrong with
    /// it.
    pub shadow: BTreeMap<&'static str, u64>,
    /// How it differs, by rule: `added`, `removed`, `changed`.
    pub differences: BTreeMap<(String, &'static str), u64>,
    /// How many profiles were erased.
    pub erased: u64,
    /// The digests of bundles that were to be switched to and cannot be used.
    pub refused: Vec<String>,
}

/// What one event leads to that is to be counted, once it is sure to happen.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    tasks: Vec<(String, String)>,
    released: Vec<Timestamp>,
    rule_errors: Vec<String>,
    /// As in [`Tally`].
    pub(crate) forgotten: BTreeMap<String, u64>,
    /// As in [`Tally`].
    pub(crate) untold: BTreeMap<String, u64>,
}

impl Counted {
    /// Adds what was counted of another.
    pub(crate) fn join(&mut self, mut other: Counted) {
        append(&mut self.tasks, &mut other.tasks);
        append(&mut self.released, &mut other.released);
        append(&mut self.rule_errors, &mut other.rule_errors);
        add_up(&mut self.forgotten, other.forgotten);
        add_up(&mut self.untold, other.untold);
    }

    /// Counts what was decided on one stimulus.
    pub(crate) fn add(&mut self, decision: Option<&Decision<'_>>, tasks: &[Task<'_>], erred: &[&str]) {
        let errors = decision.iter().flat_map(|decision| &decision.errors).map(|(rule, _)| *rule);
        // An action's texts and numbers count with the rule that proposed it.
        self.rule_errors.extend(errors.chain(erred.iter().copied()).map(str::to_owned));
        self.released.extend(tasks.iter().map(|task| task.released_at));
        let names = tasks.iter().map(|task| (task.action.to_owned(), task.destination.to_owned()));
        self.tasks.extend(names);
    }
}

/// Adds one list to another, without a copy where that is empty, as it mostly is.
pub(crate) fn append<T>(to: &mut Vec<T>, from: &mut Vec<T>) {
    if to.is_empty() {
        std::mem::swap(to, from);
    } else {
        to.append(from);
    }
}

impl Tally {
    /// Counts what one event has led to.
    pub(crate) fn add(&mut self, mut counted: Counted) {
        self.released.append(&mut counted.released);
        counted.rule_errors.into_iter().for_each(|rule| Tally::count(&mut self.rule_errors, rule));
        counted.tasks.into_iter().for_each(|task| Tally::count(&mut self.tasks, task));
        add_up(&mut self.forgotten, counted.forgotten);
        add_up(&mut self.untold, counted.untold);
    }

    /// Counts one more.
    pub fn count<K: Ord>(map: &mut BTreeMap<K, u64>, key: K) {
        *map.entry(key).or_default() += 1;
    }
}

fn add_up(all: &mut BTreeMap<String, u64>, more: BTreeMap<String, u64>) {
    for (name, count) in more {
        *all.entry(name).or_default() += count;
    }
}
