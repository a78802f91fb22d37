//! Parts that are paused and resumed in the middle of a schedule, and a router that forgets that.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use segue_bundle::Bundle;
use segue_log::{Append, Error, Happening, Identity, Place, Progress, Record, Step, TopicPartition, Worker};
use segue_model::Timestamp;
use segue_testkit::checker::{FaultKind, check};
use segue_testkit::load::bundle_dir;
use segue_wire::command::{Command, Says};
use segue_wire::log_record;
use segue_wire::topics::SHARED;

use crate::run_in;
use crate::world::World;

/// All that is paused now and then: not what has tasks that are reminded of, since a reminder that waits comes late.
fn parts(bundle: &Bundle) -> Vec<String> {
    let reminded: BTreeSet<&str> = bundle
        .actions
        .values()
        .filter(|action| !action.remind.is_empty())
        .map(|action| &*action.id)
        .collect();
    let is_reminded = |action: &str| reminded.contains(action);
    let rules = bundle.rules.values().filter(|rule| !rule.propose.iter().any(|action| is_reminded(action)));
    let actions = bundle.actions.values().filter(|action| !is_reminded(&action.id));
    let has_reminded =
        |to: &str| bundle.actions.values().any(|action| action.to == to && is_reminded(&action.id));
    let destinations = bundle.destinations.keys().filter(|id| !has_reminded(id));
    let sources = bundle.sources.keys().map(|id| format!("source/{id}"));
    sources
        .chain(rules.map(|rule| format!("rule/{}", rule.id)))
        .chain(actions.map(|action| format!("action/{}", action.id)))
        .chain(destinations.map(|id| format!("destination/{id}")))
        .collect()
}

/// Pauses a part, or resumes one that is paused; now and then one that is so already.
pub(crate) fn pause(world: &mut World) {
    let parts = parts(&world.bundle);
    let part = parts[world.seeded.below(parts.len() as u64) as usize].clone();
    let resumes = world.paused.len() > 3 || world.seeded.below(4) == 0;
    if resumes {
        let part = world.paused.pop_first().unwrap_or(part);
        give(world, Says::Resume(part));
    } else {
        let _ = world.paused.insert(part.clone());
        give(world, Says::Pause(part));
    }
    world.faults.paused[0] += 1;
}

/// Resumes all sources, and in every other schedule all else.
pub(crate) fn resume_all(world: &mut World) {
    if world.paused.is_empty() {
        return;
    }
    let all = world.seeded.below(2) == 0;
    for part in std::mem::take(&mut world.paused) {
        if all || part.starts_with("source/") {
            give(world, Says::Resume(part));
        }
    }
}

fn give(world: &World, says: Says) {
    let command = Command { given_at: Timestamp(world.hand.now().0), says, origin: None };
    let append = Append {
        topic: SHARED.into(),
        place: Place::Partition(0),
        key: None,
        value: Some(log_record::encode_command(&command).into_bytes()),
        headers: Vec::new(),
    };
    let _ = world.log.append(vec![append]).unwrap();
}

/// Decide's hold on the log, of a router that does not find in its changelog what is paused.
pub(crate) struct Forgetful(pub(crate) Box<dyn Worker>);

impl Worker for Forgetful {
    fn poll(&mut self, records_max: usize, wait: Duration) -> Result<Happening, Error> {
        self.0.poll(records_max, wait)
    }
    fn start(&mut self, partitions: &[(TopicPartition, Option<u64>)]) -> Result<(), Error> {
        self.0.start(partitions)
    }
    fn commit(&mut self, step: Step) -> Result<Vec<Progress>, Error> {
        self.0.commit(step)
    }
    fn rewind(&mut self) -> Result<(), Error> {
        self.0.rewind()
    }
    fn scan(
        &mut self,
        partition: &TopicPartition,
        from: u64,
        visit: &mut dyn FnMut(Record),
    ) -> Result<Range<u64>, Error> {
        self.0.scan(partition, from, &mut |record| {
            let value = record.value.clone().map(|value| match record.key.as_deref() {
                Some(b"p") => without_pauses(value),
                _ => value,
            });
            visit(Record { value, ..record });
        })
    }
    fn identity(&mut self, topic: &str) -> Result<Option<Identity>, Error> {
        self.0.identity(topic)
    }
    fn partitions(&mut self, topic: &str) -> Result<Option<u32>, Error> {
        self.0.partitions(topic)
    }
    fn group_position(&mut self, partition: &TopicPartition) -> Result<Option<u64>, Error> {
        self.0.group_position(partition)
    }
    fn committed(&self) -> Vec<Progress> {
        self.0.committed()
    }
    fn close(self: Box<Self>) {
        self.0.close();
    }
}

fn without_pauses(state: Vec<u8>) -> Vec<u8> {
    let mut state: serde_json::Map<_, _> = serde_json::from_slice(&state).unwrap();
    let _ = state.remove("paused");
    serde_json::to_vec(&state).unwrap()
}

#[test]
fn a_router_that_forgets_when_it_is_restored_what_is_paused_is_caught() {
    let bundle = Arc::new(segue_bundle::load(&bundle_dir()).unwrap().bundle);
    let forgetting =
        |seed| run_in(World { forgets_pauses: true, ..World::new(seed, &bundle) }, seed).evidence();
    let mut caught = (0..100).map(forgetting).filter(|evidence| {
        let report = check(evidence);
        report.kinds().contains(&FaultKind::PauseWrong) && report.kinds().contains(&FaultKind::ReplayDiffers)
    });
    assert!(caught.next().is_some(), "one of many schedules is restored during a pause");
}
