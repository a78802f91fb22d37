//! Which input records this partition has seen: intake writes a record again after a crash, and it counts once.

use std::collections::BTreeMap;

use segue_wire::Origin;

/// Of each life of each input partition, the highest place seen. Intake writes in order and without gaps, so what is
/// not above it has been seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    highest: BTreeMap<(String, u64, u32), (u64, u32)>,
}

impl Origins {
    /// True the first time that an origin is met; from then on it counts as seen, with all below it.
    pub fn admit(&mut self, origin: &Origin) -> bool {
        let place = (origin.offset, origin.n);
        let stream = (origin.topic.clone(), origin.incarnation, origin.partition);
        match self.highest.get_mut(&stream) {
            Some(highest) if place <= *highest => false,
            Some(highest) => {
                *highest = place;
                true
            }
            None => {
                let _ = self.highest.insert(stream, place);
                true
            }
        }
    }

    /// Each stream with its highest place, in order.
    pub fn iter(&self) -> impl Iterator<Item = Origin> {
        self.highest.iter().map(|((topic, incarnation, partition), (offset, n))| Origin {
            topic: topic.clone(),
            incarnation: *incarnation,
            partition: *partition,
            offset: *offset,
            n: *n,
        })
    }
}
