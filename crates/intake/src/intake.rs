//! The way of a record through intake.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_document::{Document, Kind, Limits};
use segue_log::{Append, Place, Record, murmur2};
use segue_lookup::{Addresses, Agents};
use segue_model::subject::PERSON;
use segue_model::{FailureCode, Span, Subject, Surroundings, Timestamp, id};
use segue_wire::log_record::{RECORD_BYTES_MAX, encode_event, encode_failed, encode_link};
use segue_wire::{EventRecord, Failed, Failure, Frame, LogRecord, Origin, key, log_record, outcome, topics};

use crate::around::around;
use crate::recognise::{Found, Recognised, recognise};
use crate::whose::{About, about};

/// How far ahead of intake's clock an event may be dated.
const AHEAD_MAX: Span = Span(24 * 60 * 60 * 1_000);

/// Takes in what sources publish.
#[derive(Debug)]
pub struct Intake {
    bundle: Arc<Bundle>,
    limits: Limits,
    /// The ids of the sources that publish on a topic, in their order.
    sources_by_topic: BTreeMap<String, Vec<Arc<str>>>,
    /// The destination that says on a topic what became of its tasks; where several do, the first by id.
    destinations_by_topic: BTreeMap<String, String>,
    log: Arc<str>,
    shared: Arc<str>,
    /// What stands in the log for data that are not there.
    null: Document,
    /// The devices of user agents, with those that were asked for lately.
    agents: Arc<Agents>,
    /// Where addresses are.
    addresses: Arc<Addresses>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the log.
    Logged {
        /// How many copies of it there are.
        copies: u32,
    },
    /// It was dropped, as the bundle says of types that its source does not declare.
    #[default]
    Ignored,
    /// It could not be used; the log has it as a failed event.
    Failed(FailureCode),
}

/// What a record leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What is to be written, in order.
    pub appends: Vec<Append>,
    /// What became of it.
    pub outcome: Outcome,
    /// The id of the source's document; `None` if several sources share the topic and none of them declares the type.
    pub source: Option<Arc<str>>,
}

impl Intake {
    /// An intake for the sources of a bundle.
    pub fn new(bundle: Arc<Bundle>, limits: Limits) -> Intake {
        let mut sources_by_topic: BTreeMap<String, Vec<Arc<str>>> = BTreeMap::new();
        for (id, source) in &bundle.sources {
            for topic in &source.topics {
                let ids = sources_by_topic.entry(topic.clone()).or_default();
                if ids.last().is_none_or(|last| **last != **id) {
                    ids.push(Arc::from(id.as_str()));
                }
            }
        }
        let mut destinations_by_topic = BTreeMap::new();
        for (id, destination) in &bundle.destinations {
            if let Some(topic) = &destination.outcomes {
                let _ = destinations_by_topic.entry(topic.clone()).or_insert_with(|| id.clone());
            }
        }
        let null = Document::parse_own("null").expect("null is JSON");
        Intake {
            bundle,
            limits,
            sources_by_topic,
            destinations_by_topic,
            log: Arc::from(topics::LOG),
            shared: Arc::from(topics::SHARED),
            null,
            agents: Arc::default(),
            addresses: Arc::default(),
        }
    }

    /// An intake for the sources of another bundle, within the same limits and with the same databases.
    pub fn by(&self, bundle: Arc<Bundle>) -> Intake {
        let (agents, addresses) = (self.agents.clone(), self.addresses.clone());
        Intake { agents, addresses, ..Intake::new(bundle, self.limits) }
    }

    /// The same, that finds the places of addresses in these databases. Without any, none is known.
    #[must_use]
    pub fn asking(self, addresses: Arc<Addresses>) -> Intake {
        Intake { addresses, ..self }
    }

    /// Finds the places of addresses in these databases from now on.
    pub fn ask(&mut self, addresses: Arc<Addresses>) {
        self.addresses = addresses;
    }

    /// The bundle that it takes in by.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The topics that are to be read, in their order.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        let outcomes = self.destinations_by_topic.keys();
        let all: BTreeSet<&String> = self.sources_by_topic.keys().chain(outcomes).collect();
        all.into_iter().map(String::as_str)
    }

    /// Takes in one record, at `now` of intake's clock; what `taken` held before is gone.
    pub fn take(&self, record: &Record, now: Timestamp, taken: &mut Taken) {
        let frame = frame_of(record);
        taken.appends.clear();
        if let Some(destination) = self.destinations_by_topic.get(&*record.topic) {
            self.take_outcome(record, &frame, destination, now, taken);
            return;
        }
        let ids = self.sources_by_topic.get(&*record.topic).map_or(&[][..], Vec::as_slice);
        // If several sources share the topic, whose record it is shows only once its type is known.
        taken.source = if let [only] = ids { Some(only.clone()) } else { None };
        let sources: Vec<_> = ids.iter().filter_map(|id| self.bundle.sources.get(&**id)).collect();
        let result = match recognise(&frame, &sources, &self.limits) {
            Ok(Recognised::Ignored) => {
                taken.outcome = Outcome::Ignored;
                return;
            }
            Ok(Recognised::Declared(found)) => {
                taken.source = ids.iter().find(|id| ***id == *found.source.id).cloned();
                self.log_event(record, &found, now)
            }
            Err(failure) => Err(failure),
        };
        match result {
            Ok(appends) => {
                taken.outcome = Outcome::Logged { copies: appends.len() as u32 };
                taken.appends.extend(appends);
            }
            Err(failure) => {
                taken.outcome = Outcome::Failed(failure.code);
                let source = taken.source.as_deref();
                taken.appends.push(self.log_failed(record, &frame, &failure, source, now));
            }
        }
    }

    /// Takes in what a destination says of a task: it goes where the task's id says, to the partition of its subject.
    fn take_outcome(
        &self,
        record: &Record,
        frame: &Frame<'_>,
        destination: &str,
        now: Timestamp,
        taken: &mut Taken,
    ) {
        taken.source = None;
        let read = outcome::decode(frame, destination, now, &self.limits).and_then(|outcome| {
            if outcome.time > now.plus(AHEAD_MAX) {
                return Err(Failure::new(FailureCode::BadTime, "dated more than a day ahead").at("/at"));
            }
            let route = id::route(&outcome.task).ok_or_else(|| {
                Failure::new(FailureCode::UnknownTask, "no id that this router has given").at("/task")
            })?;
            Ok((outcome, route))
        });
        let append = match read {
            Ok((outcome, route)) => {
                taken.outcome = Outcome::Logged { copies: 1 };
                let logged = log_record::encode(&LogRecord::Outcome { outcome, origin: origin_of(record) });
                Append {
                    topic: self.log.clone(),
                    place: Place::Spread(route),
                    key: None,
                    value: Some(logged.into_bytes()),
                    headers: Vec::new(),
                }
            }
            Err(failure) => {
                taken.outcome = Outcome::Failed(failure.code);
                self.log_failed(record, frame, &failure, None, now)
            }
        };
        taken.appends.push(append);
    }

    /// The copies of an event: one for each subject that it is about, in the order of their kinds.
    fn log_event(&self, record: &Record, found: &Found<'_>, now: Timestamp) -> Result<Vec<Append>, Failure> {
        self.check_data(found)?;
        let event = &found.event;
        if event.time.is_some_and(|time| time > now.plus(AHEAD_MAX)) {
            return Err(Failure::new(FailureCode::BadTime, "dated more than a day ahead").at("/time"));
        }
        let around = around(found, &self.agents, &self.addresses);
        match about(&self.bundle, found)? {
            About::Everyone { row } => {
                let text = self.encode(record, found, &around, (None, None, 0), now)?;
                let key = row.map(|row| row.as_bytes().to_vec());
                Ok(vec![append(&self.shared, Place::Partition(0), key, text)])
            }
            About::Subjects(subjects) => {
                let copy = |(n, (kind, id)): (usize, &(&str, Cow<'_, str>))| {
                    let whose = (Some((*kind, &**id)), None, n as u32);
                    let text = self.encode(record, found, &around, whose, now)?;
                    let subject = Subject { kind: (*kind).to_owned(), id: id.to_string() };
                    Ok(append(&self.log, Place::Key, Some(subject.key().into_bytes()), text))
                };
                subjects.iter().enumerate().map(copy).collect()
            }
            About::Linked(id, with) => {
                let text = self.encode(record, found, &around, (Some((PERSON, &id)), Some(&with), 0), now)?;
                Ok(vec![append(&self.log, Place::Key, Some(id.into_bytes()), text)])
            }
        }
    }

    /// The record of one copy; `with`: it links its subject with that id.
    fn encode(
        &self,
        record: &Record,
        found: &Found<'_>,
        surroundings: &Surroundings,
        (subject, with, n): (Option<(&str, &str)>, Option<&str>, u32),
        now: Timestamp,
    ) -> Result<String, Failure> {
        let event = &found.event;
        let origin = Origin { n, ..origin_of(record) };
        let logged = EventRecord {
            at: now,
            origin: &origin,
            source: &found.source.id,
            namespace: event.namespace.as_deref(),
            id: &event.id,
            kind: &event.kind,
            time: event.time.unwrap_or(now),
            subject,
            journey: journey(found),
            traceparent: event.traceparent.as_deref(),
            schema: schema_number(record),
            surroundings,
            data: event.data(),
        };
        let text = with.map_or_else(|| encode_event(&logged), |with| encode_link(&logged, with));
        // The limit of events is a setting; what the log takes is not.
        if text.len() > RECORD_BYTES_MAX {
            return Err(Failure::new(FailureCode::TooLarge, "longer than a record of the log can be"));
        }
        Ok(text)
    }

    /// Checks the data: there if they must be, an object if they fill something, and as the schema says.
    fn check_data(&self, found: &Found<'_>) -> Result<(), Failure> {
        let fills = found.declared.into.is_some();
        let Some(data) = found.event.data().filter(|data| !data.is_null()) else {
            return if fills || found.declared.schema.check(self.null.root()).is_err() {
                Err(Failure::new(FailureCode::NoData, "data are required"))
            } else {
                Ok(())
            };
        };
        if let Err(error) = found.declared.schema.check(data) {
            let pointer = format!("/data{}", error.pointer);
            return Err(Failure::new(FailureCode::Schema, error.detail).at(pointer));
        }
        if fills && data.kind() != Kind::Object {
            return Err(
                Failure::new(FailureCode::Schema, "the data of a data event are an object").at("/data")
            );
        }
        Ok(())
    }

    fn log_failed(
        &self,
        record: &Record,
        frame: &Frame<'_>,
        failure: &Failure,
        source: Option<&str>,
        now: Timestamp,
    ) -> Append {
        let failed = Failed::of(frame, failure, origin_of(record), source, now);
        // Failures of one source partition keep their order by going to one place.
        let place = murmur2(format!("{}/{}", record.topic, record.partition).as_bytes()) & 0x7fff_ffff;
        Append {
            topic: self.log.clone(),
            place: Place::Spread(place),
            key: None,
            value: Some(encode_failed(&failed).into_bytes()),
            headers: Vec::new(),
        }
    }
}

fn append(topic: &Arc<str>, place: Place, key: Option<Vec<u8>>, text: String) -> Append {
    Append { topic: topic.clone(), place, key, value: Some(text.into_bytes()), headers: Vec::new() }
}

/// The matter that an event belongs to: what its type or its source says, else its correlation id, else itself.
fn journey<'e>(found: &'e Found<'_>) -> &'e str {
    let event = &found.event;
    let journey = found.declared.journey.as_ref().or(found.source.journey.as_ref());
    let path = journey.and_then(|journey| journey.id.as_ref());
    let own = path.and_then(|path| key::of_incoming(event, path)).filter(|id| key::is_valid(id));
    own.or(event.correlation.as_deref()).unwrap_or(&event.id)
}

fn frame_of(record: &Record) -> Frame<'_> {
    Frame {
        key: record.key.as_deref(),
        value: record.value.as_deref(),
        headers: record.headers.iter().map(|h| (h.name.as_str(), h.value.as_deref())).collect(),
    }
}

/// The number of a record's schema in a registry; decisions have no use for it, and whoever traces an event has.
fn schema_number(record: &Record) -> Option<u32> {
    Frame { value: record.value.as_deref(), ..Frame::default() }.schema_number()
}

fn origin_of(record: &Record) -> Origin {
    Origin {
        topic: record.topic.to_string(),
        incarnation: record.incarnation,
        partition: record.partition,
        offset: record.offset,
        n: 0,
    }
}

#[cfg(test)]
mod tests;
