//! Partitions tell each other how tasks were responded to: through `segue.shared`, and no more often than once a second of
//! the log's time, so that a flood of outcomes is no flood of records.

use segue_bundle::bundle::Propensity;
use segue_log::{Append, Place};
use segue_model::{Share, Span, Timestamp};
use segue_wire::note::Says;
use segue_wire::topics::{LOG, SHARED};
use segue_wire::{Note, log_record};

use super::{Partition, Role};
use crate::effects::Effects;

/// How long after it has told others a partition tells them again.
const TOLD_EVERY: Span = Span(1_000);
/// How many shares one record holds at most.
const SHARES_MAX: usize = 500;

impl Partition {
    /// Has nobody to tell how tasks were responded to: it is the only partition.
    pub fn alone(mut self) -> Partition {
        self.is_alone = true;
        self
    }

    /// When others are to be told, if there is something to tell.
    pub(super) fn tells_at(&self) -> Option<Timestamp> {
        let is_learned = |action: &str| self.is_learned(action);
        let tells = !self.is_alone && self.known.learned.has_untold(is_learned);
        tells.then(|| self.state.told_at.map_or(self.state.now, |at| at.plus(TOLD_EVERY)))
    }

    /// Tells others, if it is time. Asked once after each record, however that was cut.
    pub(super) fn tell_learned(&mut self, effects: &mut Effects) {
        if self.tells_at().is_none_or(|at| at > self.state.now) {
            return;
        }
        let (bundle, role) = (self.bundle.clone(), self.role);
        let told = self.known.learned.tell(|action| is_learned(role, &bundle, action));
        self.state.told_at = Some(self.state.now);
        for some in told.chunks(SHARES_MAX) {
            match self.role {
                Role::Log => effects.appends.push(self.told(SHARED, 0, some.to_vec())),
                Role::Shared { partitions } => {
                    for number in 0..partitions {
                        let others = some.iter().filter(|share| share.partition != number).cloned();
                        let others: Vec<Share> = others.collect();
                        if !others.is_empty() {
                            effects.appends.push(self.told(LOG, number, others));
                        }
                    }
                }
            }
        }
    }

    /// Takes in what another partition has counted.
    pub(super) fn hear_learned(&mut self, shares: Vec<Share>) {
        for share in shares {
            match self.role {
                Role::Log if share.partition == self.number => {}
                Role::Log => self.known.learned.hear(share, false),
                Role::Shared { partitions } => self.known.learned.hear(share, partitions > 1),
            }
        }
    }

    fn is_learned(&self, action: &str) -> bool {
        is_learned(self.role, &self.bundle, action)
    }

    fn told(&self, topic: &str, number: u32, shares: Vec<Share>) -> Append {
        let note = Note { at: self.state.now, says: Says::Learned(shares) };
        Append {
            topic: topic.into(),
            place: Place::Partition(number),
            key: None,
            value: Some(log_record::encode_note(&note).into_bytes()),
            headers: Vec::new(),
        }
    }
}

/// True if anybody is to know of the responses of an action. What partitions tell is passed on as it is.
fn is_learned(role: Role, bundle: &segue_bundle::Bundle, action: &str) -> bool {
    let learns = || {
        let action = bundle.actions.get(action);
        action.is_some_and(|action| matches!(action.priority.propensity, Some(Propensity::Learned(_))))
    };
    role != Role::Log || learns()
}
