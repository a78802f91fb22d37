//! A failed event that goes round again: whether it may, and the records that are written for it, which go together or not
//! at all.

use segue_log::{Append, Header, Place};
use segue_model::Timestamp;
use segue_wire::failed::{RETRIES, RETRY_OF};
use segue_wire::topics::RETRIED;
use serde_json::json;

use super::{FailedEvent, FailedId};

/// How often an event is sent round at most, so that one that fails each time does not go round for ever.
pub const RETRIES_MAX: u32 = 3;

/// Why a failed event is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// It was sent before.
    Retried,
    /// It was sent round [`RETRIES_MAX`] times and failed each time.
    Loop,
    /// It was too large to be kept whole.
    LeftOut,
    /// It came from a topic of the router itself, or from one that is gone.
    NoTopic,
}

impl Kept {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Kept::Retried => "sent before (`--again` sends it once more)",
            Kept::Loop => "sent round three times, and failed each time (`--again` sends it once more)",
            Kept::LeftOut => "too large to be kept whole: its source has to send it",
            Kept::NoTopic => "from a topic that is gone, or is the router's own",
        }
    }

    /// As a word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Kept::Retried => "retried",
            Kept::Loop => "loop",
            Kept::LeftOut => "left-out",
            Kept::NoTopic => "no-topic",
        }
    }
}

/// Whether a failed event is sent: to the partition that is returned. `partitions` is how many its topic has, `None` where
/// there is none.
///
/// # Errors
/// Why it is not.
pub fn place(
    event: &FailedEvent,
    partitions: Option<u32>,
    is_retried: bool,
    once_more: bool,
) -> Result<u32, Kept> {
    let reason = &event.reason;
    if reason.left_out > 0 {
        return Err(Kept::LeftOut);
    }
    if is_retried && !once_more {
        return Err(Kept::Retried);
    }
    if reason.retries >= RETRIES_MAX && !once_more {
        return Err(Kept::Loop);
    }
    match partitions {
        // The partition that it came from, so that the order of its key is kept.
        Some(count) if count > 0 && !reason.topic.starts_with("segue.") => Ok(reason.partition % count),
        _ => Err(Kept::NoTopic),
    }
}

/// What is written to send it: the event to its own topic, with `value` in the place of what came where one is given, and
/// that this was done.
pub fn appends(event: &FailedEvent, partition: u32, value: Option<&[u8]>, at: Timestamp) -> [Append; 2] {
    let is_own = |header: &&Header| [RETRIES, RETRY_OF].contains(&header.name.as_str());
    let came = event.record.headers[..event.reason.came].iter().filter(|header| !is_own(header)).cloned();
    let own = |name: &str, value: String| Header { name: name.to_owned(), value: Some(value.into_bytes()) };
    let retries = event.reason.retries.saturating_add(1);
    let ours = [own(RETRIES, retries.to_string()), own(RETRY_OF, event.id.to_string())];
    let sent = Append {
        topic: event.reason.topic.as_str().into(),
        place: Place::Partition(partition),
        key: event.record.key.clone(),
        value: value.map(<[u8]>::to_vec).or_else(|| event.record.value.clone()),
        headers: came.chain(ours).collect(),
    };
    let done =
        json!({"v": 1, "failed": event.id.to_string(), "to": event.reason.topic, "at": at.to_string()});
    let done = Append {
        topic: RETRIED.into(),
        place: Place::Partition(0),
        key: Some(event.id.to_string().into_bytes()),
        value: Some(done.to_string().into_bytes()),
        headers: Vec::new(),
    };
    [sent, done]
}

/// Which failed event a record of `segue.retried` is about.
pub fn done(key: Option<&[u8]>) -> Option<FailedId> {
    std::str::from_utf8(key?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_log::Record;

    fn event(retries: Option<&str>, origin: &str, more: &[(&str, &str)]) -> FailedEvent {
        let header =
            |(name, value): (&str, &str)| Header { name: name.into(), value: Some(value.as_bytes().into()) };
        let came = [("ce_id", "e-1")].into_iter().chain(retries.map(|count| (RETRIES, count)));
        let ours =
            [("segue-error", "schema"), ("segue-origin", origin), ("segue-at", "2026-03-02T10:00:00Z")];
        let record = Record {
            topic: "segue.failed".into(),
            partition: 4,
            incarnation: 0,
            offset: 17,
            appended_at_ms: 0,
            key: Some(b"c1".to_vec()),
            value: Some(b"{}".to_vec()),
            headers: came.chain(ours).chain(more.iter().copied()).map(header).collect(),
        };
        FailedEvent::read(record).unwrap()
    }

    #[test]
    fn it_is_sent_to_where_it_came_from_as_it_came_and_counts_how_often() {
        let event = event(Some("1"), "billing.events/5/42", &[]);
        assert_eq!(place(&event, Some(4), false, false), Ok(1));
        let [sent, done] = appends(&event, 1, None, Timestamp(0));
        assert_eq!((&*sent.topic, sent.place), ("billing.events", Place::Partition(1)));
        assert_eq!((sent.key.as_deref(), sent.value.as_deref()), (Some(&b"c1"[..]), Some(&b"{}"[..])));
        let headers: Vec<(&str, &str)> = sent
            .headers
            .iter()
            .map(|header| {
                (header.name.as_str(), std::str::from_utf8(header.value.as_deref().unwrap()).unwrap())
            })
            .collect();
        assert_eq!(headers, [("ce_id", "e-1"), (RETRIES, "2"), (RETRY_OF, "4/17")]);
        assert_eq!(super::done(done.key.as_deref()), Some(event.id));
        let [edited, _] = appends(&event, 1, Some(b"[]"), Timestamp(0));
        assert_eq!(edited.value.as_deref(), Some(&b"[]"[..]));
    }

    #[test]
    fn what_cannot_or_should_not_be_sent_is_kept() {
        let plain = event(None, "billing.events/0/1", &[]);
        assert_eq!(place(&plain, Some(1), true, false), Err(Kept::Retried));
        assert_eq!(place(&plain, Some(1), true, true), Ok(0));
        assert_eq!(place(&plain, None, false, false), Err(Kept::NoTopic));
        let round = event(Some("3"), "billing.events/0/1", &[]);
        assert_eq!(place(&round, Some(1), false, false), Err(Kept::Loop));
        assert_eq!(place(&round, Some(1), false, true), Ok(0));
        assert_eq!(place(&event(None, "segue.log/0/1", &[]), Some(1), false, true), Err(Kept::NoTopic));
        let large = event(None, "billing.events/0/1", &[("segue-left-out", "600000")]);
        assert_eq!(place(&large, Some(1), false, true), Err(Kept::LeftOut));
    }
}
