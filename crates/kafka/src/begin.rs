//! Decides where the reading of a partition begins, and in which life of its topic. Pure.
//!
//! Kafka deletes a group's offsets with the topic. So the first worker that begins a partition without a committed offset
//! chooses the incarnation, and it travels in the metadata of every commit from then on. With it travels the topic's id
//! (its *life*), where that is known: a commit that was under way while the topic was made anew is Kafka's only way to
//! have an offset of one life for another, and the id tells them apart.

use std::sync::Arc;

/// What the group has committed for a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Committed {
    pub(crate) next: u64,
    /// `None` where someone committed without it, such as an administrator who reset the group.
    pub(crate) incarnation: Option<u64>,
    /// The id of the topic that the offset is of; `None` where it was not known.
    pub(crate) life: Option<Arc<str>>,
}

/// What is known of a partition now.
#[derive(Clone, Debug)]
pub(crate) struct Present {
    /// The offset of the first record.
    pub(crate) low: u64,
    /// The offset of the record that will come next.
    pub(crate) high: u64,
    /// The topic's id, where it is known.
    pub(crate) life: Option<Arc<str>>,
}

/// Where reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Begin {
    pub(crate) at: u64,
    pub(crate) incarnation: u64,
    /// Says that the incarnation is new, so that it is committed before the first record is handed out.
    pub(crate) renewed: bool,
    /// Something that an operator must hear of.
    pub(crate) alarm: Option<&'static str>,
}

/// Decides from what the group has committed, where the caller wants to begin (`wanted`), and what the partition is now.
/// `fresh` is the incarnation to take if a new one is needed.
pub(crate) fn begin(
    committed: Option<&Committed>,
    wanted: Option<u64>,
    present: &Present,
    fresh: u64,
) -> Begin {
    let (low, high) = (present.low, present.high);
    let incarnation = committed.and_then(|committed| committed.incarnation);
    let anew = |alarm| Begin { at: low, incarnation: fresh, renewed: true, alarm: Some(alarm) };
    let committed_life = committed.and_then(|committed| committed.life.as_ref());
    if let (Some(former), Some(life)) = (committed_life, &present.life)
        && former != life
    {
        return anew("the topic was made anew: it is read from its first record");
    }
    let known = |at, alarm| Begin {
        at,
        incarnation: incarnation.unwrap_or(fresh),
        renewed: incarnation.is_none(),
        alarm,
    };
    match wanted.or(committed.map(|committed| committed.next)) {
        None => known(low, None),
        Some(next) if next > high => {
            anew("the committed offset is behind the end: the topic was made anew or has lost records")
        }
        Some(next) if next < low => {
            known(low, Some("records were removed before they were read: the retention is too short"))
        }
        Some(next) => known(next, None),
    }
}

/// Writes the metadata of a commit.
pub(crate) fn metadata(incarnation: u64, life: Option<&str>) -> String {
    match life {
        Some(life) => format!("segue:1:{incarnation}:{life}"),
        None => format!("segue:1:{incarnation}"),
    }
}

/// Reads a commit: its offset and its metadata.
pub(crate) fn committed(next: u64, metadata: &str) -> Committed {
    let ours = metadata.strip_prefix("segue:1:").unwrap_or_default();
    let (incarnation, life) = match ours.split_once(':') {
        Some((incarnation, life)) => (incarnation, Some(Arc::from(life))),
        None => (ours, None),
    };
    Committed { next, incarnation: incarnation.parse().ok(), life }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: u64 = 7_000;

    fn check(metadata: Option<(u64, &str)>, wanted: Option<u64>, expected: (u64, u64, bool, bool)) {
        let committed = metadata.map(|(next, metadata)| committed(next, metadata));
        let present = Present { low: 3, high: 9, life: Some(Arc::from("B")) };
        let begin = begin(committed.as_ref(), wanted, &present, FRESH);
        let found = (begin.at, begin.incarnation, begin.renewed, begin.alarm.is_some());
        assert_eq!(found, expected, "{metadata:?} {wanted:?}");
    }

    #[test]
    fn a_partition_without_commit_begins_at_its_first_record_in_a_new_incarnation() {
        check(None, None, (3, FRESH, true, false));
    }

    #[test]
    fn a_committed_partition_goes_on_in_its_incarnation() {
        check(Some((9, "segue:1:5:B")), None, (9, 5, false, false));
        check(Some((9, "segue:1:5")), None, (9, 5, false, false));
    }

    #[test]
    fn the_callers_wish_goes_before_the_commit() {
        check(Some((9, "segue:1:5:B")), Some(4), (4, 5, false, false));
    }

    #[test]
    fn a_commit_of_another_life_counts_for_nothing_wherever_it_is() {
        check(Some((9, "segue:1:5:A")), None, (3, FRESH, true, true));
        check(Some((4, "segue:1:5:A")), Some(5), (3, FRESH, true, true));
    }

    #[test]
    fn a_commit_beyond_the_end_means_another_life_of_the_topic() {
        check(Some((10, "segue:1:5")), None, (3, FRESH, true, true));
    }

    #[test]
    fn a_commit_before_the_first_record_goes_on_at_that_record_loudly() {
        check(Some((2, "segue:1:5:B")), None, (3, 5, false, true));
    }

    #[test]
    fn a_commit_without_incarnation_gets_one() {
        check(Some((4, "")), None, (4, FRESH, true, false));
        check(Some((4, "someone:1:5")), None, (4, FRESH, true, false));
    }

    #[test]
    fn metadata_is_read_back() {
        for life in [None, Some("AyX-_0")] {
            let read = committed(4, &metadata(42, life));
            assert_eq!((read.next, read.incarnation, read.life.as_deref()), (4, Some(42), life));
        }
        assert_eq!(committed(4, "segue:2:42").incarnation, None);
    }
}
