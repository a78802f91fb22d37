//! How far a batch of records has been read.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_log::{Progress, Record};

/// Of each partition that the records come from, the offset after the last.
pub(super) fn of(records: &[Record]) -> Vec<Progress> {
    let mut next: BTreeMap<(Arc<str>, u32), u64> = BTreeMap::new();
    for record in records {
        let place = next.entry((record.topic.clone(), record.partition)).or_default();
        *place = (*place).max(record.offset + 1);
    }
    next.into_iter().map(|((topic, partition), next)| Progress { topic, partition, next }).collect()
}
