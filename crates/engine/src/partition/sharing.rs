//! What concerns everyone, at the owner of `segue.shared`.

use segue_log::Record;
use segue_model::{Event, FailureCode, id};
use segue_wire::Origin;

use super::{Partition, Role};
use crate::effects::Effects;
use crate::joined::Ending;
use crate::shared;

impl Partition {
    /// What becomes of an event about everyone.
    pub(super) fn share_once(
        &mut self,
        event: &Event,
        origin: Origin,
        record: &Record,
        effects: &mut Effects,
    ) -> Option<Ending> {
        let Role::Shared { partitions } = self.role else { return Some(Ending::NoRule) };
        let mark = id::mark("", event.namespace(), &event.id);
        if self.marks.is_duplicate(&mark, self.state.now, self.settings.dedup) {
            return Some(Ending::Duplicate);
        }
        let ending = self.share(event, origin, record, partitions, effects);
        if ending != Ending::Failed {
            self.marks.set(mark, self.state.now);
        }
        Some(ending)
    }

    fn share(
        &mut self,
        event: &Event,
        origin: Origin,
        record: &Record,
        partitions: u32,
        effects: &mut Effects,
    ) -> Ending {
        match shared::take_in(&self.bundle, event, &mut self.known) {
            shared::Said::Nothing if !self.bundle.each_by_type.contains_key(&event.kind) => Ending::Unchanged,
            shared::Said::Nothing | shared::Said::News => {
                shared::copy(event, record, partitions, effects);
                Ending::Copied
            }
            shared::Said::TooMuch => {
                self.fail_event(event, origin, FailureCode::TooLarge, "its row would be too large", effects);
                Ending::Failed
            }
        }
    }
}
