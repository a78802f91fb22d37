//! What the loop finds out before it decides, and notes in the log: that it is behind, that a topic cannot be written.

use segue_engine::{Effects, Partition};
use segue_log::{Append, Error, Record, Step, TopicPartition};
use segue_telemetry::Gauge;
use segue_wire::log_record;
use segue_wire::topics::LOG;

use super::Decide;
use crate::bulkhead::Next;

impl Decide {
    /// Adds the notes that count from this record on, the first of its partition in a batch; `noted` are the partitions
    /// that were looked at already. Not for the whole batch at once: a note must be in one commit with its partition's state.
    pub(super) fn note(&mut self, record: &Record, noted: &mut Vec<u32>, effects: &mut Effects) {
        // Records of one partition mostly stand side by side, so the latest is looked at first.
        if &*record.topic != LOG || noted.iter().rev().any(|partition| *partition == record.partition) {
            return;
        }
        noted.push(record.partition);
        let place = TopicPartition { topic: record.topic.clone(), partition: record.partition };
        let Some(machine) = self.owned.get_mut(&place) else { return };
        let now = self.clock.now();
        // A command has no time that could be late.
        let is_timeless = log_record::command(record.value.as_deref().unwrap_or_default()).is_some();
        if !is_timeless
            && self.rules.behind_after.is_some_and(|after| now.since(machine.next_at(record)) > after)
        {
            machine.note_behind(record, now, effects);
        }
        let new: Vec<&str> =
            self.bulkhead.shut().filter(|topic| !machine.closed().any(|known| known == *topic)).collect();
        for topic in new {
            machine.note_closed(record, topic, now, effects);
            self.around.metrics.set(Gauge::TopicClosed { topic }, 1);
        }
    }

    /// Looks for the topics that are closed, and lets partitions open those that seem to be writable.
    pub(super) fn open_topics(&mut self) -> Result<(), Error> {
        let owned = &self.owned;
        let closed_in = |topic: &str| {
            let has_closed = |machine: &Partition| machine.closed().any(|closed| closed == topic);
            let closed = owned.iter().filter(|(_, machine)| has_closed(machine));
            closed.map(|(place, _)| place.clone()).collect()
        };
        let (next, gone) = self.bulkhead.next(closed_in);
        for topic in &gone {
            tracing::info!(topic, "topic is open");
            self.around.metrics.set(Gauge::TopicClosed { topic }, 0);
        }
        if !gone.is_empty() {
            self.say_ready();
        }
        let mut appends = Vec::new();
        for (topic, next) in next {
            match next {
                Next::Open(partitions) => {
                    appends.extend(partitions.iter().filter_map(|place| self.opening(place, &topic)));
                }
                Next::Try(place) => {
                    let is_there = self.worker.partitions(&topic)?.is_some();
                    if is_there {
                        appends.extend(self.opening(&place, &topic));
                    }
                    self.bulkhead.looked(&topic, is_there.then_some(place));
                }
            }
        }
        if appends.is_empty() {
            return Ok(());
        }
        let _ = self.worker.commit(Step { appends, progress: Vec::new() })?;
        Ok(())
    }

    fn opening(&mut self, place: &TopicPartition, topic: &str) -> Option<Append> {
        let now = self.clock.now();
        self.owned.get(place).map(|machine| machine.opening(topic, now))
    }

    /// Says that the loop works, and what does not.
    pub(super) fn say_ready(&self) {
        let closed = match self.bulkhead.all().join(", ") {
            closed if closed.is_empty() => None,
            closed => Some(format!("cannot write to {closed}: its tasks wait, all else goes on")),
        };
        let reasons: Vec<&str> = closed.as_deref().into_iter().chain(self.refused.as_deref()).collect();
        match reasons.as_slice() {
            [] => self.around.health.ready(),
            reasons => self.around.health.ready_but(&reasons.join("; ")),
        }
    }
}
