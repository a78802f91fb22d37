//! An event about everyone is told of once: each partition says to `segue.shared` how many subjects it has reached there,
//! and whoever owns that adds up what all say, and lets one partition of the log tell the source.

use segue_log::{Append, Place};
use segue_model::{Event, Status};
use segue_wire::note::{Reached, Says};
use segue_wire::topics::{LOG, SHARED};
use segue_wire::{Note, Origin, log_record};

use super::{Partition, Role};
use crate::effects::Effects;
use crate::state::{Broadcast, Reaching};

/// Of how many events partitions may still be at work at once; of what is over that, the oldest is not told of.
const REACHING_MAX: usize = 256;

impl Partition {
    /// Says how many subjects of this partition an event about everyone has reached, if its source wants to know.
    pub(super) fn say_reached(
        &self,
        event: &Event,
        origin: &Origin,
        done: &Broadcast,
        effects: &mut Effects,
    ) {
        let source = self.bundle.sources.get(&event.source);
        if source.is_none_or(|source| source.status.is_none()) {
            return;
        }
        let reached = Reached {
            source: event.source.clone(),
            event: event.id.clone(),
            traceparent: event.traceparent.clone(),
            row: origin.offset,
            partition: self.number,
            subjects: done.reached,
            has_acted: done.has_acted,
        };
        effects.appends.push(self.saying(SHARED, 0, reached));
    }

    /// Takes in what is said of an event about everyone: in `segue.shared` by one partition, in the log by all together.
    pub(super) fn hear_reached(&mut self, said: Reached, effects: &mut Effects) {
        let Role::Shared { partitions } = self.role else {
            self.tell_reached(said, effects);
            return;
        };
        let reaching = self.state.reaching.entry(said.row).or_default();
        if !reaching.from.insert(said.partition) {
            return;
        }
        reaching.subjects += said.subjects;
        reaching.has_acted |= said.has_acted;
        if reaching.from.len() < partitions as usize {
            while self.state.reaching.len() > REACHING_MAX {
                let _ = self.state.reaching.pop_first();
                *effects.tally.untold.entry(said.source.clone()).or_default() += 1;
            }
            return;
        }
        let Reaching { subjects, has_acted, .. } = self.state.reaching.remove(&said.row).unwrap_or_default();
        let teller = (said.row % u64::from(partitions)) as u32;
        effects.appends.push(self.saying(LOG, teller, Reached { subjects, has_acted, ..said }));
    }

    fn tell_reached(&mut self, said: Reached, effects: &mut Effects) {
        let source = self.bundle.sources.get(&said.source);
        let Some(topic) = source.and_then(|source| source.status.clone()) else { return };
        if self.state.closed.contains_key(&topic) {
            *effects.tally.untold.entry(topic).or_default() += 1;
            return;
        }
        let stage = if said.has_acted { "decided" } else { "no-action" };
        let at = self.state.now;
        let status = Status {
            topic,
            id: format!("{}/{stage}/{}", said.event, at.0),
            event: said.event,
            subject: None,
            stage,
            task: None,
            reason: None,
            subjects: Some(said.subjects),
            at,
            traceparent: said.traceparent,
        };
        effects.appends.push(self.outputs.status(&status));
    }

    fn saying(&self, topic: &str, number: u32, reached: Reached) -> Append {
        let note = Note { at: self.state.now, says: Says::Reached(Box::new(reached)) };
        Append {
            topic: topic.into(),
            place: Place::Partition(number),
            key: None,
            value: Some(log_record::encode_note(&note).into_bytes()),
            headers: Vec::new(),
        }
    }
}
