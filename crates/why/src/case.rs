//! What is run again: a bundle, what is known of whom before, and recorded events.

use std::sync::Arc;

use segue_bundle::Bundle;
use segue_bundle::bundle::Test;
use segue_document::Limits;
use segue_engine::Settings;
use segue_intake::Addresses;
use segue_log::Record;
use segue_model::{Profile, Subject, Timestamp};
use segue_replay::pipeline::Pipeline;
use segue_replay::suite;
use segue_wire::topics::LOG;

/// The most records of a case: all of them are in memory, since they are run more than once.
pub const RECORDS_MAX: usize = 1_000_000;

/// What is run again.
#[derive(Debug)]
pub struct Case {
    /// The rules of the house.
    pub bundle: Arc<Bundle>,
    /// What the settings say of decisions.
    pub settings: Settings,
    /// Where addresses are looked up: in events that are taken in anew. What a log says stands there.
    pub addresses: Arc<Addresses>,
    /// What is known of whom before the first record, and from when on.
    pub given: Vec<(Subject, Profile, Timestamp)>,
    /// The records, and when each was logged.
    pub records: Vec<(Record, Timestamp)>,
    /// How far the clock goes on after the last of them.
    pub until: Option<Timestamp>,
}

impl Case {
    /// The case that a `test` document is.
    ///
    /// # Errors
    /// What of its `given` or of its steps cannot be used.
    pub fn of_test(
        bundle: Arc<Bundle>,
        settings: Settings,
        addresses: Arc<Addresses>,
        test: &Test,
    ) -> Result<Case, String> {
        let (given, wrong) = suite::given(test);
        let pipeline = Pipeline::new(bundle.clone(), Limits::CONTRACT, settings.clone());
        let result = suite::run(&bundle, test, pipeline.asking(addresses.clone()));
        let failed = result.steps.iter().flat_map(|step| &step.failed);
        if let Some(message) = wrong.iter().chain(failed).next() {
            return Err(message.clone());
        }
        let until = result.steps.last().map(|step| step.at);
        Ok(Case { bundle, settings, addresses, given, records: result.reached.taken, until })
    }

    /// A router that has seen nothing of it yet.
    pub(crate) fn pipeline(&self) -> Pipeline {
        let pipeline = Pipeline::new(self.bundle.clone(), Limits::CONTRACT, self.settings.clone());
        let mut pipeline = pipeline.asking(self.addresses.clone());
        for (subject, profile, at) in &self.given {
            pipeline.give(subject, profile.clone(), *at);
        }
        for (record, _) in self.records.iter().filter(|(record, _)| &*record.topic == LOG) {
            let _ = pipeline.foretell(record);
        }
        pipeline
    }
}
