//! Decides where the reading of a partition begins, and in which life of its topic. Pure.
//!
//! Kafka names no life of a topic to its clients, but it deletes a group's offsets with the topic. So the first worker
//! that begins a partition without a committed offset chooses the incarnation, and it travels in the metadata of every
//! commit from then on.

/// What the group has committed for a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Committed {
    pub(crate) next: u64,
    /// `None` where someone committed without it, such as an administrator who reset the group.
    pub(crate) incarnation: Option<u64>,
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

/// Decides from what the group has committed, where the caller wants to begin (`wanted`), and the partition's first and
/// last places (`low`, `high`). `fresh` is the incarnation to take if a new one is needed.
pub(crate) fn begin(
    committed: Option<Committed>,
    wanted: Option<u64>,
    (low, high): (u64, u64),
    fresh: u64,
) -> Begin {
    let incarnation = committed.and_then(|committed| committed.incarnation);
    let known = |at, alarm| Begin {
        at,
        incarnation: incarnation.unwrap_or(fresh),
        renewed: incarnation.is_none(),
        alarm,
    };
    match wanted.or(committed.map(|committed| committed.next)) {
        None => known(low, None),
        Some(next) if next > high => Begin {
            at: low,
            incarnation: fresh,
            renewed: true,
            alarm: Some(
                "the committed offset is behind the end: the topic was made anew or has lost records",
            ),
        },
        Some(next) if next < low => {
            known(low, Some("records were removed before they were read: the retention is too short"))
        }
        Some(next) => known(next, None),
    }
}

/// Writes the metadata of a commit.
pub(crate) fn metadata(incarnation: u64) -> String {
    format!("segue:1:{incarnation}")
}

/// Reads the metadata of a commit.
pub(crate) fn incarnation(metadata: &str) -> Option<u64> {
    metadata.strip_prefix("segue:1:")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: u64 = 7_000;

    fn at(next: u64) -> Option<Committed> {
        Some(Committed { next, incarnation: Some(5) })
    }

    #[test]
    fn a_partition_without_commit_begins_at_its_first_record_in_a_new_incarnation() {
        let begin = begin(None, None, (3, 9), FRESH);
        assert_eq!(begin, Begin { at: 3, incarnation: FRESH, renewed: true, alarm: None });
    }

    #[test]
    fn a_committed_partition_goes_on_in_its_incarnation() {
        let begin = begin(at(9), None, (3, 9), FRESH);
        assert_eq!(begin, Begin { at: 9, incarnation: 5, renewed: false, alarm: None });
    }

    #[test]
    fn the_callers_wish_goes_before_the_commit() {
        let begin = begin(at(9), Some(4), (3, 9), FRESH);
        assert_eq!(begin, Begin { at: 4, incarnation: 5, renewed: false, alarm: None });
    }

    #[test]
    fn a_commit_beyond_the_end_means_another_life_of_the_topic() {
        let begin = begin(at(10), None, (0, 9), FRESH);
        assert_eq!((begin.at, begin.incarnation, begin.renewed), (0, FRESH, true));
        assert!(begin.alarm.is_some());
    }

    #[test]
    fn a_commit_before_the_first_record_goes_on_at_that_record_loudly() {
        let begin = begin(at(2), None, (3, 9), FRESH);
        assert_eq!((begin.at, begin.incarnation, begin.renewed), (3, 5, false));
        assert!(begin.alarm.is_some());
    }

    #[test]
    fn a_commit_without_incarnation_gets_one() {
        let reset = Some(Committed { next: 4, incarnation: incarnation("") });
        let begin = begin(reset, None, (3, 9), FRESH);
        assert_eq!(begin, Begin { at: 4, incarnation: FRESH, renewed: true, alarm: None });
    }

    #[test]
    fn metadata_is_read_back() {
        assert_eq!(incarnation(&metadata(42)), Some(42));
        assert_eq!(incarnation("segue:2:42"), None);
    }
}
