//! What a step leads to: what is to be written, and what is to be counted.

use std::collections::BTreeMap;

use segue_decide::Asked;
use segue_log::Append;
use segue_model::Timestamp;
use segue_model::task::Said;

use crate::consider::Out;

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
}

impl Tally {
    /// Counts what is written.
    pub(crate) fn add(&mut self, out: Out) {
        match out {
            Out::Decision(decision) => {
                for (rule, _) in decision.errors {
                    Tally::count(&mut self.rule_errors, rule);
                }
            }
            Out::Task(task) if task.said == Said::Released => {
                self.released.push(task.released_at);
                Tally::count(&mut self.tasks, (task.action, task.destination));
            }
            Out::Task(_) | Out::Status(_) => {}
        }
    }

    /// Counts one more.
    pub fn count<K: Ord>(map: &mut BTreeMap<K, u64>, key: K) {
        *map.entry(key).or_default() += 1;
    }
}
