//! All that is known of one subject, and the rows of reference tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_document::{Document, Value, Writer, merge_patch};

use crate::agenda::Agenda;
use crate::identity::Forward;
use crate::past::Past;
use crate::time::Timestamp;

/// All that is known of one subject.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// The subject's own attributes: an object. `None` until something is known.
    pub who: Option<Arc<Document>>,
    /// Of each source, the latest instant whose attributes were taken in.
    pub who_instants: BTreeMap<String, Timestamp>,
    /// Of each attribute, the latest instant at which anything was said of it; only where ids of persons may be linked.
    pub who_said: BTreeMap<String, Timestamp>,
    /// The channel that it was last heard on, where rules ask for it.
    pub heard: Option<Heard>,
    /// The place where it was last, where rules ask for it.
    pub place: Option<Latest>,
    /// The device that it was last seen with, where rules ask for it.
    pub device: Option<Latest>,
    /// The subject's rows, by table.
    pub tables: BTreeMap<String, Rows>,
    /// What is remembered of its events and of the tasks released to it.
    pub past: Past,
    /// What is seen of it under control policies, by the policy's id.
    pub trials: BTreeMap<String, Trial>,
    /// What waits for it. Apart by reference, since most events change nothing of it.
    pub agenda: Arc<Agenda>,
    /// Where it has gone, if it goes by another id now: then nothing else is known of it here.
    pub forward: Option<Box<Forward>>,
}

/// Whether a subject reaches the goal of a control policy, from a decision on for as long as the policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// When the decision was made.
    pub since: Timestamp,
    /// True if the subject is in control.
    pub is_control: bool,
    /// True once it has reached the goal.
    pub is_reached: bool,
}

impl Profile {
    /// Merges (RFC 7386) what a source says of the subject's attributes. False if it said something newer before:
    /// then nothing changes.
    pub fn merge_who(&mut self, source: &str, instant: Timestamp, patch: Value<'_>) -> bool {
        if self.who_instants.get(source).is_some_and(|newest| instant < *newest) {
            return false;
        }
        let _ = self.who_instants.insert(source.to_owned(), instant);
        self.who = Some(Arc::new(merge_patch(self.who.as_deref().map(Document::root), patch)));
        true
    }

    /// Says when the attributes of `patch` were said, for profiles that may have to be united.
    pub fn date_who(&mut self, instant: Timestamp, patch: Value<'_>) {
        for (name, _) in patch.members() {
            let said = self.who_said.entry(name.to_owned()).or_insert(instant);
            *said = instant.max(*said);
        }
    }

    /// Takes away the attributes that a source names, which are gone; as [`Profile::merge_who`] otherwise.
    pub fn strip_who(&mut self, source: &str, instant: Timestamp, data: Value<'_>) -> bool {
        self.merge_who(source, instant, nothing_of(data).root())
    }
}

/// The patch that takes away what `data` names.
fn nothing_of(data: Value<'_>) -> Document {
    let mut writer = Writer::new();
    let _ = writer.begin_object();
    for (name, _) in data.members() {
        let _ = writer.key(name).null();
    }
    let _ = writer.end_object();
    Document::parse_own(&writer.finish()).unwrap_or_else(|_| Document::empty_object())
}

/// Where a subject was last heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The channel's id.
    pub channel: String,
    /// The instant of the event that came in there.
    pub at: Timestamp,
}

/// The latest place or device of a subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Latest {
    /// What is known of it: an object.
    pub facts: Arc<Document>,
    /// The instant of the event that it is known from.
    pub at: Timestamp,
}

/// The rows of one table, by key.
#[derive(Clone, Debug, Default)]
pub struct Rows(pub BTreeMap<String, Row>);

impl Rows {
    /// Writes what a source says of a row: as a whole, or merged as a patch. False if that source said something newer
    /// of this row before: then nothing changes.
    pub fn write(
        &mut self,
        key: &str,
        source: &str,
        instant: Timestamp,
        data: Value<'_>,
        patch: bool,
    ) -> bool {
        let row = self.0.get(key);
        if row.and_then(|row| row.instants.get(source)).is_some_and(|newest| instant < *newest) {
            return false;
        }
        let old = row.filter(|_| patch).map(|row| row.document.root());
        let document = if patch { merge_patch(old, data) } else { data.to_document() };
        let mut instants = row.map(|row| row.instants.clone()).unwrap_or_default();
        let _ = instants.insert(source.to_owned(), instant);
        let _ = self.0.insert(key.to_owned(), Row { document: Arc::new(document), instants });
        true
    }
}

impl Rows {
    /// Takes a row away that a source says is gone. False if there is none, or if that source said something newer of it.
    pub fn remove(&mut self, key: &str, source: &str, instant: Timestamp) -> bool {
        let is_older = |row: &Row| row.instants.get(source).is_some_and(|newest| instant < *newest);
        if self.0.get(key).is_none_or(is_older) {
            return false;
        }
        self.0.remove(key).is_some()
    }
}

impl Row {
    /// When a source wrote it last.
    pub fn touched(&self) -> Timestamp {
        self.instants.values().copied().max().unwrap_or(Timestamp(i64::MIN))
    }
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// The row itself.
    pub document: Arc<Document>,
    /// Of each source, the latest instant at which it wrote this row.
    pub instants: BTreeMap<String, Timestamp>,
}
