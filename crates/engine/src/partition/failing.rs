//! Failed events that arise in deciding, and records that are none of the router's own.

use segue_log::{Place, Record};
use segue_model::{Event, FailureCode};
use segue_wire::{Failed, Origin, failed};

use super::Partition;
use crate::effects::{Effects, Tally};
use crate::outputs::append;

impl Partition {
    pub(super) fn fail(&mut self, copy: Failed, effects: &mut Effects) {
        Tally::count(&mut effects.tally.failed, copy.code.as_str());
        let copy = failed::encode(&copy.bounded());
        effects.appends.push(append(&self.failed, Place::Spread(self.number), copy));
    }

    /// An event that intake let pass and that could not be used after all. Its envelope is in the log; of what came,
    /// the key and the data are kept.
    pub(super) fn fail_event(
        &mut self,
        event: &Event,
        origin: Origin,
        code: FailureCode,
        detail: &str,
        effects: &mut Effects,
    ) {
        let copy = Failed {
            at: self.state.now,
            origin,
            source: Some(event.source.clone()),
            code,
            detail: detail.to_owned(),
            pointer: None,
            key: event.subject.as_ref().map(|subject| subject.key().into_bytes()),
            headers: Vec::new(),
            value: Some(event.data.text().as_bytes().to_vec()),
            left_out: 0,
        };
        self.fail(copy, effects);
    }

    /// A record that is none of the router's own.
    pub(super) fn fail_foreign(&mut self, record: &Record, detail: &str, effects: &mut Effects) {
        let copy = Failed {
            at: self.state.now,
            origin: Origin {
                topic: record.topic.to_string(),
                incarnation: record.incarnation,
                partition: record.partition,
                offset: record.offset,
                n: 0,
            },
            source: None,
            code: FailureCode::Internal,
            detail: format!("not a record of the router's own: {detail}"),
            pointer: None,
            key: record.key.clone(),
            headers: record
                .headers
                .iter()
                .map(|header| (header.name.clone(), header.value.clone()))
                .collect(),
            value: record.value.clone(),
            left_out: 0,
        };
        self.fail(copy, effects);
    }
}
