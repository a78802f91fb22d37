//! A failed event that goes round again: whether it may, and the records that are written for it, which go together or not
//! at all.

use std::collections::BTreeMap;

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
    /// Its topic does not take it.
    Refused,
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
            Kept::Refused => "its topic does not take it: too large for it, or no right to write",
            Kept::LeftOut => "too large to be kept whole: its source has to send it",
            Kept::NoTopic => "from a topic that is gone, or is the router's own",
        }
    }

    /// As a word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Kept::Retried => "retried",
            Kept::Loop => "loop",
            Kept::Refused => "refused",
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
    retried: &Retried,
    once_more: bool,
) -> Result<u32, Kept> {
    let reason = &event.reason;
    if reason.left_out > 0 {
        return Err(Kept::LeftOut);
    }
    if retried.has(event) && !once_more {
        return Err(Kept::Retried);
    }
    if retried.rounds(event) >= RETRIES_MAX && !once_more {
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
pub fn appends(
    event: &FailedEvent,
    partition: u32,
    value: Option<&[u8]>,
    rounds: u32,
    at: Timestamp,
) -> [Append; 2] {
    let is_own = |header: &&Header| [RETRIES, RETRY_OF].contains(&header.name.as_str());
    let came = event.record.headers[..event.reason.came].iter().filter(|header| !is_own(header)).cloned();
    let own = |name: &str, value: String| Header { name: name.to_owned(), value: Some(value.into_bytes()) };
    let rounds = rounds.saturating_add(1);
    let ours = [own(RETRIES, rounds.to_string()), own(RETRY_OF, event.id.to_string())];
    let sent = Append {
        topic: event.reason.topic.as_str().into(),
        place: Place::Partition(partition),
        key: event.record.key.clone(),
        value: value.map(<[u8]>::to_vec).or_else(|| event.record.value.clone()),
        headers: came.chain(ours).collect(),
    };
    let done = json!({"v": 1, "failed": event.id.to_string(), "of": origin(event), "to": event.reason.topic, "at": at.to_string()});
    let done = Append {
        topic: RETRIED.into(),
        place: Place::Partition(0),
        key: Some(event.id.to_string().into_bytes()),
        value: Some(done.to_string().into_bytes()),
        headers: Vec::new(),
    };
    [sent, done]
}

/// Where a failed event came from: with its place it names it also where `segue.failed` was deleted and made anew.
fn origin(event: &FailedEvent) -> String {
    let reason = &event.reason;
    format!("{}/{}/{}", reason.topic, reason.partition, reason.offset)
}

/// Which failed events were sent, as `segue.retried` has it.
#[derive(Debug, Default)]
pub struct Retried(BTreeMap<FailedId, String>);

impl Retried {
    /// Takes in a record of that topic; one that is none of a retry says nothing.
    pub fn add(&mut self, key: Option<&[u8]>, value: Option<&[u8]>) {
        let id = key.and_then(|key| std::str::from_utf8(key).ok()?.parse().ok());
        let note: Option<serde_json::Value> = value.and_then(|value| serde_json::from_slice(value).ok());
        let of = note.and_then(|note| Some(note.get("of")?.as_str()?.to_owned()));
        if let Some((id, of)) = id.zip(of) {
            let _ = self.0.insert(id, of);
        }
    }

    /// True if a failed event was sent.
    pub fn has(&self, event: &FailedEvent) -> bool {
        self.0.get(&event.id).is_some_and(|of| *of == origin(event))
    }

    /// How often an event had been sent round before it failed here. What its headers say is believed only where they name a
    /// failed event that was sent: a source may write what it likes.
    pub fn rounds(&self, event: &FailedEvent) -> u32 {
        let came = &event.record.headers[..event.reason.came];
        let of = came.iter().rev().find(|header| header.name == RETRY_OF).and_then(|of| of.value.as_deref());
        let of: Option<FailedId> = of.and_then(|of| std::str::from_utf8(of).ok()?.parse().ok());
        if of.is_some_and(|of| self.0.contains_key(&of)) { event.reason.retries } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_log::Record;

    fn event(retries: Option<&str>, origin: &str, more: &[(&str, &str)]) -> FailedEvent {
        let header =
            |(name, value): (&str, &str)| Header { name: name.into(), value: Some(value.as_bytes().into()) };
        let sent = retries.map(|count| [(RETRIES, count), (RETRY_OF, "2/9")]).into_iter().flatten();
        let came = [("ce_id", "e-1")].into_iter().chain(sent);
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

    /// What stands on the topic of notes after these.
    fn notes(of: &[&Append]) -> Retried {
        let mut retried = Retried::default();
        of.iter().for_each(|note| retried.add(note.key.as_deref(), note.value.as_deref()));
        retried
    }

    /// The note of the round before.
    fn before() -> Append {
        let [_, mut note] = appends(&event(None, "billing.events/5/1", &[]), 1, None, 0, Timestamp(0));
        note.key = Some(b"2/9".to_vec());
        note
    }

    #[test]
    fn it_is_sent_to_where_it_came_from_as_it_came_and_counts_how_often() {
        let event = event(Some("1"), "billing.events/5/42", &[]);
        let retried = notes(&[&before()]);
        assert_eq!((place(&event, Some(4), &retried, false), retried.rounds(&event)), (Ok(1), 1));
        let [sent, done] = appends(&event, 1, None, 1, Timestamp(0));
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
        assert!(notes(&[&done]).has(&event));
        let [edited, _] = appends(&event, 1, Some(b"[]"), 1, Timestamp(0));
        assert_eq!(edited.value.as_deref(), Some(&b"[]"[..]));
    }

    #[test]
    fn a_note_is_about_one_failed_event_also_where_another_stands_in_its_place() {
        let [_, note] = appends(&event(None, "billing.events/0/1", &[]), 1, None, 0, Timestamp(0));
        let retried = notes(&[&note]);
        let anew = event(None, "billing.events/0/2", &[]);
        assert!(!retried.has(&anew));
        assert_eq!(place(&anew, Some(1), &retried, false), Ok(0));
    }

    #[test]
    fn what_cannot_or_should_not_be_sent_is_kept() {
        let none = Retried::default();
        let plain = event(None, "billing.events/0/1", &[]);
        let [_, note] = appends(&plain, 0, None, 0, Timestamp(0));
        assert_eq!(place(&plain, Some(1), &notes(&[&note]), false), Err(Kept::Retried));
        assert_eq!(place(&plain, Some(1), &notes(&[&note]), true), Ok(0));
        assert_eq!(place(&plain, None, &none, false), Err(Kept::NoTopic));
        let round = event(Some("3"), "billing.events/0/1", &[]);
        assert_eq!(place(&round, Some(1), &notes(&[&before()]), false), Err(Kept::Loop));
        assert_eq!(place(&round, Some(1), &notes(&[&before()]), true), Ok(0));
        assert_eq!(place(&round, Some(1), &none, false), Ok(0), "headers that a source has written itself");
        assert_eq!(place(&event(None, "segue.log/0/1", &[]), Some(1), &none, true), Err(Kept::NoTopic));
        let large = event(None, "billing.events/0/1", &[("segue-left-out", "600000")]);
        assert_eq!(place(&large, Some(1), &none, true), Err(Kept::LeftOut));
    }
}
