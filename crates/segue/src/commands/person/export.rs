//! All that is held of a person, under all their ids, as one JSON document: what is known now, what was decided, what came, and
//! what failed. It stands there as it is kept, personal as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use segue_document::{Document, Value, Writer};
use segue_log::{Record, partition_of};
use segue_model::Timestamp;
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

/// What is held, each list in the order of time.
#[derive(Default)]
struct Held {
    /// What is known, by id.
    profiles: BTreeMap<String, String>,
    decisions: Vec<(Timestamp, String)>,
    events: Vec<(Timestamp, String)>,
    failed: Vec<(Timestamp, String)>,
    /// The decisions and failed events that are there already.
    seen: BTreeSet<String>,
    /// The tasks that came of the decisions.
    tasks: BTreeSet<String>,
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
    held.gather(&broker, &people, &ids)?;
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
    for (name, mut list) in [("decisions", held.decisions), ("events", held.events), ("failed", held.failed)]
    {
        list.sort_by_key(|(at, _)| *at);
        let _ = writer.key(name).begin_array();
        for (_, one) in &list {
            let _ = writer.raw(one);
        }
        let _ = writer.end_array();
    }
    let _ = writer.end_object();
    terminal.data(&writer.finish())?;
    Ok(Exit::Fine)
}

impl Held {
    fn gather(&mut self, broker: &Broker, people: &People, ids: &BTreeSet<String>) -> Result<(), Failure> {
        for id in ids {
            self.profile(broker, id)?;
            for topic in [DECISIONS, KEPT] {
                kept::each(broker, topic, id, &mut |record| self.decision(record, people))?;
            }
            for partition in 0..broker.needs(FAILED)? {
                let _ = broker.read(FAILED, partition, 0, &mut |record| self.failed(record, people, id))?;
            }
            self.is_not_too_much()?;
        }
        // What destinations say has the key of nobody: it is known by the task that it is about.
        let logs = broker.needs(LOG)?;
        let partitions: BTreeSet<u32> = ids.iter().map(|id| partition_of(id.as_bytes(), logs)).collect();
        for partition in partitions {
            let _ = broker.read(LOG, partition, 0, &mut |record| self.logged(record, people, ids))?;
            self.is_not_too_much()?;
        }
        Ok(())
    }

    fn is_not_too_much(&self) -> Result<(), Failure> {
        if self.bytes <= BYTES_MAX {
            return Ok(());
        }
        let what = format!("more than {} MiB are held of that person", BYTES_MAX >> 20);
        Err(Failure::usage("too-large", what).hint("read their partitions of the topics with a Kafka client"))
    }

    /// Keeps a record in a list, up to where it is too much.
    fn keep(&mut self, of: fn(&mut Held) -> &mut Vec<(Timestamp, String)>, at: Timestamp, text: String) {
        if self.bytes <= BYTES_MAX {
            self.bytes += text.len();
            of(self).push((at, text));
        }
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
        let root = document.root();
        let of = |name: &str| root.get(name).and_then(Value::as_str);
        let Some(id) = of("decision").filter(|_| !people.erased.has_decision(root)) else { return };
        if self.seen.insert(id.to_owned()) {
            let candidates = root.get("candidates").into_iter().flat_map(Value::items);
            let tasks = candidates.filter_map(|one| one.get("task")?.as_str().map(str::to_owned));
            self.tasks.extend(tasks);
            let at = of("at").and_then(Timestamp::parse).unwrap_or_default();
            self.keep(|held| &mut held.decisions, at, text.clone());
        }
    }

    fn failed(&mut self, record: Record, people: &People, id: &str) {
        let Some(event) = FailedEvent::read(record) else { return };
        let bare = id.split_once(':').map_or(id, |(_, bare)| bare);
        let is_named = names_any(&event, &|text| text == id || text == bare);
        let at = event.reason.at;
        if is_named && !people.erased.is_erased(id, at) && self.seen.insert(event.id.to_string()) {
            self.keep(|held| &mut held.failed, at, failed::whole(&event, false, true));
        }
    }

    fn logged(&mut self, record: Record, people: &People, ids: &BTreeSet<String>) {
        let key = record.key.and_then(|key| String::from_utf8(key).ok()).filter(|key| ids.contains(key));
        let Some(text) = text(record.value) else { return };
        let Ok(record) = log_record::decode(text.as_bytes()) else { return };
        let is_held = match (&record, &key) {
            (LogRecord::Outcome { outcome, .. }, _) => self.tasks.contains(&outcome.task),
            (_, Some(id)) => !people.erased.is_erased(id, instant(&record)),
            (_, None) => false,
        };
        if is_held {
            self.keep(|held| &mut held.events, record.at(), text);
        }
    }
}

fn text(value: Option<Vec<u8>>) -> Option<String> {
    String::from_utf8(value?).ok()
}

/// When what a record of the log says was so.
fn instant(record: &LogRecord) -> Timestamp {
    match record {
        LogRecord::Event { event, .. } => event.instant(),
        LogRecord::Signal(passed) => passed.event.instant(),
        LogRecord::Linked(linked) => linked.event.instant(),
        other => other.at(),
    }
}
