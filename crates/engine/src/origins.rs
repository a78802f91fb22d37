//! Which input records this partition has seen: intake writes a record again after a crash, and it counts once.

use std::collections::BTreeMap;

use segue_wire::Origin;

/// One life of one partition of a topic: incarnation and partition.
type Life = (u64, u32);

/// Of each life of each input partition, the highest place seen. Intake writes in order and without gaps, so what is
/// not above it has been seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    highest: BTreeMap<String, BTreeMap<Life, (u64, u32)>>,
}

impl Origins {
    /// True the first time that an origin is met; from then on it counts as seen, with all below it.
    pub fn admit(&mut self, origin: &Origin) -> bool {
        let place = (origin.offset, origin.n);
        let life = (origin.incarnation, origin.partition);
        let Some(of_topic) = self.highest.get_mut(&origin.topic) else {
            let _ = self.highest.insert(origin.topic.clone(), BTreeMap::from([(life, place)]));
            return true;
        };
        match of_topic.get_mut(&life) {
            Some(highest) if place <= *highest => return false,
            Some(highest) => *highest = place,
            None => {
                let _ = of_topic.insert(life, place);
            }
        }
        true
    }

    /// Each stream with its highest place, in order.
    pub fn iter(&self) -> impl Iterator<Item = Origin> {
        self.highest.iter().flat_map(|(topic, lives)| {
            lives.iter().map(|((incarnation, partition), (offset, n))| Origin {
                topic: topic.clone(),
                incarnation: *incarnation,
                partition: *partition,
                offset: *offset,
                n: *n,
            })
        })
    }
}
