//! Signals about other subjects: they go through the log, to the partition of whom they are about.

use segue_log::{Append, Place};
use segue_model::Subject;
use segue_wire::log_record::Passed as Record;
use segue_wire::topics::LOG;
use segue_wire::{LogRecord, Origin, log_record};

use super::Partition;
use crate::consider::Pass;
use crate::state::Passed;

impl Partition {
    /// Adds the log records of signals about other subjects, and says how many there are by now of the record at hand. The
    /// transaction of the step writes them; should it be written again, each has the origin that it had.
    pub(super) fn pass(&self, passes: Vec<Pass>, appends: &mut Vec<Append>) -> Passed {
        let known = self.state.passed;
        let mut passed =
            Passed { offset: self.at, count: if known.offset == self.at { known.count } else { 0 } };
        if passes.is_empty() {
            return known;
        }
        for Pass { event, cause, steps } in passes {
            let origin = Origin {
                topic: LOG.to_owned(),
                incarnation: 0,
                partition: self.number,
                offset: self.at,
                n: passed.count,
            };
            passed.count += 1;
            let key = event.subject.as_ref().map(Subject::key);
            let record =
                LogRecord::Signal(Box::new(Record { event, cause: (*cause).clone(), steps, origin }));
            appends.push(Append {
                topic: LOG.into(),
                place: Place::Key,
                key: key.map(String::into_bytes),
                value: Some(log_record::encode(&record).into_bytes()),
                headers: Vec::new(),
            });
        }
        passed
    }
}
