//! All that is held of a person, under all their ids, as one JSON document: what is known now, what was decided, what came, and
//! what failed. It stands there as it is kept, personal as it is.

use std::collections::BTreeMap;
use std::path::Path;

use segue_document::{Document, Writer};
use segue_log::{Record, partition_of};
use segue_wire::topics::{DECISIONS, FAILED, KEPT, LOG, PROFILES};
use segue_wire::{LogRecord, log_record};

use super::held::People;
use super::kept;
use crate::commands::broker::Broker;
use crate::commands::{failed, standing};
use crate::erased::names_any;
use crate::exit::{Exit, Failure};
use crate::failed::FailedEvent;
use crate::terminal::{Done, Terminal};

/// The largest export, in bytes of what is held.
const BYTES_MAX: usize = 256 << 20;

/// What is held, each list in the order of its topic.
#[derive(Default)]
struct Held {
    /// What is known, by id.
    profiles: BTreeMap<String, String>,
    /// Decisions, by their id.
    decisions: BTreeMap<String, String>,
    events: Vec<String>,
    failed: Vec<String>,
    bytes: usize,
}

/// Writes all that is held of whoever has that id.
///
/// # Errors
/// Nothing is, it is too much, or settings or brokers cannot be used.
pub(super) fn run(subject: &str, file: &Path, terminal: &Terminal) -> Done {
    let broker = Broker::connect(&standing::settings(file)?)?;
    let people = People::read(&broker, subject, terminal)?;
    let ids = people.ids(subject);
    let mut held = Held::default();
    for id in &ids {
        held.gather(&broker, &people, id)?;
    }
    if held.bytes == 0 {
        let failure = Failure::usage("nothing-matched", "nothing is held of a person of that id");
        return Err(failure
            .hint("ids are as events have them; that of a namespace is `NAMESPACE:ID`")
            .into());
    }
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("v").integer(1).key("subject").string(subject).key("ids").begin_array();
    for id in &ids {
        let _ = writer.string(id);
    }
    let _ = writer.end_array().key("profiles").begin_object();
    for (id, profile) in &held.profiles {
        let _ = writer.key(id).raw(profile);
    }
    let _ = writer.end_object();
    let decisions: Vec<String> = held.decisions.into_values().collect();
    for (name, list) in [("decisions", &decisions), ("events", &held.events), ("failed", &held.failed)] {
        let _ = writer.key(name).begin_array();
        for one in list {
            let _ = writer.raw(one);
        }
        let _ = writer.end_array();
    }
    let _ = writer.end_object();
    terminal.data(&writer.finish())?;
    Ok(Exit::Fine)
}

impl Held {
    fn gather(&mut self, broker: &Broker, people: &People, id: &str) -> Result<(), Failure> {
        self.profile(broker, id)?;
        for topic in [DECISIONS, KEPT] {
            kept::each(broker, topic, id, &mut |record| self.decision(record, people))?;
        }
        let partition = partition_of(id.as_bytes(), broker.needs(LOG)?);
        let _ = broker.read(LOG, partition, 0, &mut |record| {
            if record.key.as_deref() == Some(id.as_bytes())
                && let Some(text) = text(record.value).filter(|text| is_held(text, people, id))
            {
                self.bytes += text.len();
                self.events.push(text);
            }
        })?;
        for partition in 0..broker.needs(FAILED)? {
            let _ = broker.read(FAILED, partition, 0, &mut |record| self.failed(record, people, id))?;
        }
        if self.bytes > BYTES_MAX {
            let what = format!("more than {} MiB are held of that person", BYTES_MAX >> 20);
            return Err(Failure::usage("too-large", what)
                .hint("read their partitions of the topics with a Kafka client"));
        }
        Ok(())
    }

    fn profile(&mut self, broker: &Broker, id: &str) -> Result<(), Failure> {
        let logs = broker.needs(PROFILES)?.saturating_sub(1).max(1);
        let key = format!("s/{id}");
        let mut latest = None;
        let _ = broker.read(PROFILES, partition_of(id.as_bytes(), logs), 0, &mut |record| {
            if record.key.as_deref() == Some(key.as_bytes()) {
                latest = text(record.value);
            }
        })?;
        if let Some(profile) = latest {
            self.bytes += profile.len();
            let _ = self.profiles.insert(id.to_owned(), profile);
        }
        Ok(())
    }

    fn decision(&mut self, record: Record, people: &People) {
        let Some(text) = text(record.value) else { return };
        let Ok(document) = Document::parse_own(&text) else { return };
        let Some(id) = document.root().get("decision").and_then(|id| id.as_str()) else { return };
        if !people.erased.has_decision(document.root()) && !self.decisions.contains_key(id) {
            self.bytes += text.len();
            let _ = self.decisions.insert(id.to_owned(), text.clone());
        }
    }

    fn failed(&mut self, record: Record, people: &People, id: &str) {
        let Some(event) = FailedEvent::read(record) else { return };
        let bare = id.split_once(':').map_or(id, |(_, bare)| bare);
        let is_named = names_any(&event, &|text| text == id || text == bare);
        if is_named && !people.erased.is_erased(id, event.reason.at) {
            let text = failed::whole(&event, false, true);
            self.bytes += text.len();
            self.failed.push(text);
        }
    }
}

fn text(value: Option<Vec<u8>>) -> Option<String> {
    String::from_utf8(value?).ok()
}

/// True of a record of the log that is from after whatever erasure there was.
fn is_held(text: &str, people: &People, id: &str) -> bool {
    log_record::decode(text.as_bytes()).is_ok_and(|record| {
        let instant = match &record {
            LogRecord::Event { event, .. } => event.instant(),
            LogRecord::Signal(passed) => passed.event.instant(),
            LogRecord::Linked(linked) => linked.event.instant(),
            other => other.at(),
        };
        !people.erased.is_erased(id, instant)
    })
}
