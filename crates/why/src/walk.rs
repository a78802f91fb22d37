//! A run of a case, step by step: a record taken, or what falls due between two. The same case has the same steps.

use segue_log::{Append, Record};
use segue_model::Timestamp;
use segue_replay::pipeline::Pipeline;
use segue_wire::topics::LOG;

use crate::case::Case;

/// What happens at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// This record is taken.
    Record(usize),
    /// The clock goes on to this time, at which something is due.
    Due(Timestamp),
}

/// A run that is somewhere on its way.
#[derive(Debug)]
pub(crate) struct Walk<'c> {
    case: &'c Case,
    pub(crate) pipeline: Pipeline,
    /// The record that comes next.
    next: usize,
    /// How many steps were taken.
    pub(crate) taken: u64,
    /// The time to which the clock was put last, for what is due.
    last_due: Option<Timestamp>,
}

impl<'c> Walk<'c> {
    /// A run at its beginning.
    pub(crate) fn new(case: &'c Case) -> Walk<'c> {
        Walk { case, pipeline: case.pipeline(), next: 0, taken: 0, last_due: None }
    }

    /// A run that has taken so many steps.
    pub(crate) fn at(case: &'c Case, steps: u64) -> Walk<'c> {
        let mut walk = Walk::new(case);
        while walk.taken < steps && walk.next().is_some() {
            drop(walk.take());
        }
        walk
    }

    /// What happens next; `None` at the end.
    pub(crate) fn next(&self) -> Option<Step> {
        let record = self.case.records.get(self.next);
        let until = match record {
            // Of a recorded log, ticks are records too.
            Some((record, _)) if &*record.topic == LOG => return Some(Step::Record(self.next)),
            Some((_, at)) => Some(*at),
            None => self.case.until,
        };
        let due = self.pipeline.due_at().filter(|due| until.is_some_and(|until| *due <= until));
        let due = due.map(|due| due.max(self.pipeline.now()));
        // What is still due after the clock was put there waits for something else.
        match due.filter(|due| self.last_due != Some(*due)) {
            Some(due) => Some(Step::Due(due)),
            None => record.map(|_| Step::Record(self.next)),
        }
    }

    /// Takes the next step, and returns what leaves.
    pub(crate) fn take(&mut self) -> Vec<Append> {
        match self.next() {
            Some(Step::Record(number)) => {
                let record = &self.case.records[number].0;
                self.take_record(record)
            }
            Some(Step::Due(due)) => {
                self.taken += 1;
                self.last_due = Some(due);
                self.pipeline.advance(due)
            }
            None => Vec::new(),
        }
    }

    /// Takes this record in the place of the next.
    pub(crate) fn take_record(&mut self, record: &Record) -> Vec<Append> {
        let at = self.case.records[self.next].1;
        self.next += 1;
        self.taken += 1;
        self.last_due = None;
        if &*record.topic == LOG {
            return self.pipeline.take_logged(record);
        }
        let mut out = self.pipeline.advance(at);
        out.extend(self.pipeline.take(record, at));
        out
    }
}
