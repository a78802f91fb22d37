//! Who reads what: the members of each group and the partitions that each owns.
//!
//! Partitions are shared evenly and stay with their owner where that is possible. A partition goes over at once; the
//! former owner hears of it at its next poll, and a step that it commits before is refused. Each hold has a number, so
//! that a partition that went away and came back between two polls is not taken for one that stayed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::record::TopicPartition;

/// Names a worker among all of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MemberId(pub(super) u64);

/// What a member owns: each partition with the number of its hold.
pub(super) type Holds = BTreeMap<TopicPartition, u64>;

/// All groups of a log.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: BTreeMap<String, BTreeMap<MemberId, Member>>,
    members: u64,
    holds: u64,
}

#[derive(Debug)]
struct Member {
    topics: Vec<Arc<str>>,
    owned: Holds,
}

impl Groups {
    /// Returns an id that no worker had before.
    pub(super) fn new_member(&mut self) -> MemberId {
        self.members += 1;
        MemberId(self.members)
    }

    /// Takes a member in, and shares its group's partitions anew.
    pub(super) fn join(
        &mut self,
        group: &str,
        id: MemberId,
        topics: &[Arc<str>],
        existing: &BTreeMap<Arc<str>, u32>,
    ) {
        let member = Member { topics: topics.to_vec(), owned: Holds::new() };
        let _ = self.groups.entry(group.to_owned()).or_default().insert(id, member);
        self.share(existing);
    }

    /// Lets a member go, and shares its partitions among the rest.
    pub(super) fn leave(&mut self, id: MemberId, existing: &BTreeMap<Arc<str>, u32>) {
        for members in self.groups.values_mut() {
            let _ = members.remove(&id);
        }
        self.groups.retain(|_, members| !members.is_empty());
        self.share(existing);
    }

    /// Returns what a member owns; `None` when it is not, or no longer, one of the group.
    pub(super) fn holds(&self, group: &str, id: MemberId) -> Option<&Holds> {
        Some(&self.groups.get(group)?.get(&id)?.owned)
    }

    /// Shares all partitions anew, where topics or members have changed.
    pub(super) fn share(&mut self, existing: &BTreeMap<Arc<str>, u32>) {
        for members in self.groups.values_mut() {
            for member in members.values_mut() {
                let (topics, owned) = (&member.topics, &mut member.owned);
                owned.retain(|of, _| topics.contains(&of.topic) && existing.contains_key(&of.topic));
            }
            give_out(members, existing, &mut self.holds);
            even_out(members, &mut self.holds);
        }
    }
}

/// Gives each partition that nobody owns to the member with the fewest, among those that read its topic.
fn give_out(
    members: &mut BTreeMap<MemberId, Member>,
    existing: &BTreeMap<Arc<str>, u32>,
    last_hold: &mut u64,
) {
    for (topic, partitions) in existing {
        for partition in 0..*partitions {
            let of = TopicPartition { topic: topic.clone(), partition };
            if members.values().any(|member| member.owned.contains_key(&of)) {
                continue;
            }
            let readers = members.values_mut().filter(|member| member.topics.contains(topic));
            if let Some(member) = readers.min_by_key(|member| member.owned.len()) {
                *last_hold += 1;
                let _ = member.owned.insert(of, *last_hold);
            }
        }
    }
}

/// Moves partitions from members with many to members with few, until no move would make it more even.
fn even_out(members: &mut BTreeMap<MemberId, Member>, last_hold: &mut u64) {
    while let Some((from, of, to)) = find_move(members) {
        let giver = members.get_mut(&from).expect("the move names a member");
        let _ = giver.owned.remove(&of);
        *last_hold += 1;
        let taker = members.get_mut(&to).expect("the move names a member");
        let _ = taker.owned.insert(of, *last_hold);
    }
}

/// Finds a partition whose owner has at least two more than another member that reads its topic. Every such move
/// makes the sum of the squares of what members own smaller, so there is an end to them.
fn find_move(members: &BTreeMap<MemberId, Member>) -> Option<(MemberId, TopicPartition, MemberId)> {
    let mut by_load: Vec<(&MemberId, &Member)> = members.iter().collect();
    by_load.sort_by_key(|(_, member)| member.owned.len());
    for (to, few) in &by_load {
        for (from, many) in by_load.iter().rev() {
            if many.owned.len() < few.owned.len() + 2 {
                break;
            }
            if let Some(of) = many.owned.keys().rev().find(|of| few.topics.contains(&of.topic)) {
                return Some((**from, of.clone(), **to));
            }
        }
    }
    None
}
