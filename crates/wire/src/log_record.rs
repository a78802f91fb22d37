//! The records of `segue.log` and `segue.shared`: everything that changes a decision, and nothing else.
//!
//! One JSON object on one line, `{"v":1,"kind":...}`; the key of the Kafka record is the subject's key. `data` comes
//! last and keeps the text that the source gave it, so that numbers pass through to the bit.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segue_document::{Document, Value, Writer, member};
use segue_model::subject::PERSON;
use segue_model::{Event, FailureCode, Outcome, OutcomeKind, Subject, Surroundings, Timestamp};

use crate::command::Command;
use crate::failed::Failed;
use crate::linked::{self, Linked};
use crate::note::Note;
use crate::origin::Origin;
use crate::own::{self, DecodeError, VERSION};
use crate::passed;
pub use crate::passed::Passed;

/// The longest value of a record of the router's own, in bytes: key, headers and framing come on top, and all of it is
/// to stay under the 1,000,000 bytes that a producer of default settings takes.
pub const RECORD_BYTES_MAX: usize = 950_000;

/// One record of the log.
#[derive(Clone, Debug)]
pub enum LogRecord {
    /// An event that intake let through.
    Event {
        /// The event.
        event: Event,
        /// Where it comes from.
        origin: Origin,
    },
    /// A row of a table of everyone, on its way to each partition.
    Row {
        /// The event that carries the row.
        event: Event,
        /// Its place in `segue.shared`.
        origin: Origin,
    },
    /// A signal about another subject than that of the event that it is made from.
    Signal(Box<Passed>),
    /// A link of two ids of a person, or what was known of the one that does not stay.
    Linked(Box<Linked>),
    /// What a destination says became of a task.
    Outcome {
        /// What it says.
        outcome: Outcome,
        /// Where it comes from.
        origin: Origin,
    },
    /// An event that could not be used.
    Failed(Failed),
    /// Time has come for a timer.
    Tick {
        /// When it was logged.
        at: Timestamp,
    },
    /// What the owner of the partition has found out.
    Note(Note),
    /// What whoever runs the router tells it.
    Command(Command),
}

impl LogRecord {
    /// When intake (or the owner of the partition) logged it; the earliest time for a command, which has none.
    pub fn at(&self) -> Timestamp {
        match self {
            LogRecord::Event { event, .. } | LogRecord::Row { event, .. } => event.logged_at,
            LogRecord::Signal(passed) => passed.event.logged_at,
            LogRecord::Linked(linked) => linked.event.logged_at,
            LogRecord::Outcome { outcome, .. } => outcome.logged_at,
            LogRecord::Failed(failed) => failed.at,
            LogRecord::Tick { at } => *at,
            LogRecord::Note(note) => note.at,
            LogRecord::Command(_) => Timestamp(0),
        }
    }

    /// True if all that it does is to move the time on. A note that something is so counts before it is read.
    pub fn is_tick(&self) -> bool {
        match self {
            LogRecord::Tick { .. } => true,
            LogRecord::Note(note) => note.from().is_some(),
            _ => false,
        }
    }

    /// Where it comes from; a tick and a note come from nowhere.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            LogRecord::Event { origin, .. } | LogRecord::Row { origin, .. } => Some(origin),
            LogRecord::Outcome { origin, .. } => Some(origin),
            LogRecord::Signal(passed) => Some(&passed.origin),
            LogRecord::Linked(linked) => Some(&linked.origin),
            LogRecord::Failed(failed) => Some(&failed.origin),
            LogRecord::Command(command) => command.origin.as_ref(),
            LogRecord::Tick { .. } | LogRecord::Note(_) => None,
        }
    }
}

/// What a log record says of an event, borrowed from wherever it stands.
#[derive(Clone, Copy, Debug)]
pub struct EventRecord<'e> {
    /// When it is logged.
    pub at: Timestamp,
    /// Where it comes from.
    pub origin: &'e Origin,
    /// The id of the source's document.
    pub source: &'e str,
    /// The CloudEvents `source`.
    pub namespace: Option<&'e str>,
    /// The event's id.
    pub id: &'e str,
    /// The event's type.
    pub kind: &'e str,
    /// When it happened.
    pub time: Timestamp,
    /// Its subject: kind and id; `None` for everyone.
    pub subject: Option<(&'e str, &'e str)>,
    /// The matter it belongs to.
    pub journey: &'e str,
    /// The W3C trace context.
    pub traceparent: Option<&'e str>,
    /// The number of its schema in a registry, where its record was framed so.
    pub schema: Option<u32>,
    /// Where its subject was, and with which device.
    pub surroundings: &'e Surroundings,
    /// Its data; an event without data has `null`.
    pub data: Option<Value<'e>>,
}

/// Within so many bytes of its beginning stands a record's stamp.
const STAMP_WITHIN: usize = 64;

/// Writes the record of an event as intake logs it.
pub fn encode_event(record: &EventRecord<'_>) -> String {
    write_event("event", record, |_| {})
}

/// Writes the record of an event that links the person it is about with another id, as intake logs it.
pub fn encode_link(record: &EventRecord<'_>, with: &str) -> String {
    write_event("link", record, |writer| linked::write(writer, with, None))
}

/// Writes the record of an event that is in the log already: as `Event` to pass it on, as `Row` to hand a row of
/// everyone to a partition. Its origin is where it is passed on from.
pub fn encode(record: &LogRecord) -> String {
    match record {
        LogRecord::Event { event, origin } => {
            write_event("event", &of_event(event, event.subject.as_ref(), origin), |_| {})
        }
        LogRecord::Row { event, origin } => write_event("row", &of_event(event, None, origin), |_| {}),
        LogRecord::Signal(passed) => {
            let Passed { event, cause, steps, origin } = &**passed;
            write_event("signal", &of_event(event, event.subject.as_ref(), origin), |writer| {
                passed::write(writer, cause, *steps);
            })
        }
        LogRecord::Linked(linked) => {
            let Linked { event, with, known, origin } = &**linked;
            write_event(linked.kind(), &of_event(event, event.subject.as_ref(), origin), |writer| {
                linked::write(writer, with, known.as_deref());
            })
        }
        LogRecord::Outcome { outcome, origin } => write_outcome(outcome, origin),
        LogRecord::Failed(failed) => encode_failed(failed),
        LogRecord::Tick { at } => encode_tick(*at),
        LogRecord::Note(note) => encode_note(note),
        LogRecord::Command(command) => encode_command(command),
    }
}

/// Writes a command.
pub fn encode_command(command: &Command) -> String {
    let mut writer = begin(command.kind(), Timestamp(0), 0);
    command.write(&mut writer);
    let _ = writer.end_object();
    writer.finish()
}

/// The command that a record is, if it is one: most are not, which is seen without reading them.
pub fn command(bytes: &[u8]) -> Option<Command> {
    const BEGINS: &[u8] = b"{\"v\":1,\"kind\":\"";
    let rest = bytes.strip_prefix(BEGINS)?;
    let kind = &rest[..rest.iter().position(|byte| *byte == b'"')?];
    if !std::str::from_utf8(kind).is_ok_and(Command::is_kind) {
        return None;
    }
    match decode(bytes) {
        Ok(LogRecord::Command(command)) => Some(command),
        _ => None,
    }
}

/// Writes a note.
pub fn encode_note(note: &Note) -> String {
    let mut writer = begin(note.kind(), note.at, 0);
    note.write(&mut writer);
    let _ = writer.end_object();
    writer.finish()
}

/// The stamp of a record, read without the rest of it; `None` if it does not begin as the router writes one.
pub fn stamp(bytes: &[u8]) -> Option<Timestamp> {
    const AT: &[u8] = b",\"at\":";
    // Before it stand the version and the kind.
    let head = bytes.get(..bytes.len().min(STAMP_WITHIN))?;
    let begin = head.windows(AT.len()).position(|window| window == AT)? + AT.len();
    let digits = head[begin..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'-').count();
    std::str::from_utf8(&head[begin..begin + digits]).ok()?.parse().ok().map(Timestamp)
}

/// Writes a tick.
pub fn encode_tick(at: Timestamp) -> String {
    let mut writer = begin("tick", at, 0);
    let _ = writer.end_object();
    writer.finish()
}

/// Writes the record of a failed event. What is too long is left out of it; see [`Failed::fit`].
pub fn encode_failed(failed: &Failed) -> String {
    let text = write_failed(failed);
    if text.len() <= RECORD_BYTES_MAX {
        return text;
    }
    // Names full of control characters grow sixfold when they are written. Such a record says only that it was.
    write_failed(&failed.without_content())
}

/// Reads a record back.
///
/// # Errors
/// When it is not one that this version writes.
pub fn decode(bytes: &[u8]) -> Result<LogRecord, DecodeError> {
    let text = std::str::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8)?;
    let (head, data) = split(text)?;
    let head = Document::parse_owned(head).map_err(DecodeError::NotJson)?;
    let root = head.root();
    own::check_version(root)?;
    match root.get("kind").and_then(Value::as_str) {
        Some("event") => read_event(root, data).map(|(event, origin)| LogRecord::Event { event, origin }),
        Some("row") => read_event(root, data).map(|(event, origin)| LogRecord::Row { event, origin }),
        Some("signal") => {
            let (event, origin) = read_event(root, data)?;
            passed::read(root, event, origin)
        }
        Some("link" | "handover") => {
            let (event, origin) = read_event(root, data)?;
            linked::read(root, event, origin)
        }
        Some("outcome") => read_outcome(root),
        Some("failed") => read_failed(root).map(LogRecord::Failed),
        Some("tick") => Ok(LogRecord::Tick { at: own::instant(root.get("at"), "at")? }),
        Some(kind @ ("behind" | "closed" | "open" | "learned" | "reached")) => {
            Note::read(kind, root).map(LogRecord::Note)
        }
        Some(kind) if Command::is_kind(kind) => Command::read(kind, root).map(LogRecord::Command),
        _ => Err(DecodeError::Member { member: "kind" }),
    }
}

/// Parts a record into what comes before its data and the data, so that each byte is parsed once.
///
/// The first `,"data":` of the text is that of the record: inside a string its quotes would be escaped, and no member
/// before it is an object with data.
fn split(text: &str) -> Result<(String, Option<&str>), DecodeError> {
    const DATA: &str = ",\"data\":";
    let Some(at) = text.find(DATA) else { return Ok((text.to_owned(), None)) };
    let data = own::required(text[at + DATA.len()..].strip_suffix('}'), "data")?;
    let mut head = String::with_capacity(at + 1);
    head.push_str(&text[..at]);
    head.push('}');
    Ok((head, Some(data)))
}

/// What most records take beside the data of an event and the texts of a failed one, in bytes.
const ROOM: usize = 480;

fn begin(kind: &str, at: Timestamp, data_bytes: usize) -> Writer {
    let mut writer = Writer::with_capacity(ROOM + data_bytes);
    let _ = writer.begin_object().member(member!(v)).integer(VERSION).member(member!(kind)).string(kind);
    let _ = writer.member(member!(at)).integer(at.0);
    writer
}

fn of_event<'e>(event: &'e Event, subject: Option<&'e Subject>, origin: &'e Origin) -> EventRecord<'e> {
    EventRecord {
        at: event.logged_at,
        origin,
        source: &event.source,
        namespace: event.namespace.as_deref(),
        id: &event.id,
        kind: &event.kind,
        time: event.time,
        subject: subject.map(|subject| (subject.kind.as_str(), subject.id.as_str())),
        journey: &event.journey,
        traceparent: event.traceparent.as_deref(),
        schema: None,
        surroundings: &event.surroundings,
        data: Some(event.data.root()),
    }
}

/// Writes an event; `more` adds what records of its kind have beside it.
fn write_event(kind: &str, record: &EventRecord<'_>, more: impl FnOnce(&mut Writer)) -> String {
    let mut writer = begin(kind, record.at, record.data.map_or(0, |data| data.raw().len()));
    record.origin.write(&mut writer);
    more(&mut writer);
    let _ = writer.member(member!(source)).string(record.source);
    if let Some(namespace) = record.namespace {
        let _ = writer.member(member!(namespace)).string(namespace);
    }
    let _ = writer.member(member!(id)).string(record.id).member(member!(type)).string(record.kind);
    let _ = writer.member(member!(time)).integer(record.time.0);
    let _ = writer.member(member!(subject)).optional(record.subject.map(|(_, id)| id));
    if let Some((kind, _)) = record.subject.filter(|(kind, _)| *kind != PERSON) {
        let _ = writer.member(member!(per)).string(kind);
    }
    let _ = writer.member(member!(journey)).string(record.journey);
    if let Some(traceparent) = record.traceparent {
        let _ = writer.member(member!(traceparent)).string(traceparent);
    }
    if let Some(schema) = record.schema {
        let _ = writer.member(member!(schema)).unsigned(schema.into());
    }
    own::write_surroundings(&mut writer, record.surroundings);
    let _ = writer.member(member!(data));
    let _ = match record.data {
        None => writer.null(),
        // A text of several lines would break the rule of one line a record; only its white space goes.
        Some(data) if !data.is_compact() && data.raw().contains(['\n', '\r']) => writer.value(data),
        Some(data) => writer.raw(data.raw()),
    };
    let _ = writer.end_object();
    writer.finish()
}

fn write_outcome(outcome: &Outcome, origin: &Origin) -> String {
    let mut writer = begin("outcome", outcome.logged_at, 0);
    origin.write(&mut writer);
    let _ = writer
        .member(member!(destination))
        .string(&outcome.destination)
        .member(member!(task))
        .string(&outcome.task);
    let _ = writer
        .member(member!(outcome))
        .string(outcome.kind.as_str())
        .member(member!(time))
        .integer(outcome.time.0);
    for (name, text) in [("answer", &outcome.answer), ("reason", &outcome.reason)] {
        if let Some(text) = text {
            let _ = writer.key(name).string(text);
        }
    }
    let _ = writer.end_object();
    writer.finish()
}

fn read_outcome(root: Value<'_>) -> Result<LogRecord, DecodeError> {
    let kind = own::required(root.get("outcome").and_then(Value::as_str), "outcome")?;
    let outcome = Outcome {
        destination: own::string(root.get("destination"), "destination")?,
        task: own::string(root.get("task"), "task")?,
        kind: own::required(OutcomeKind::parse(kind), "outcome")?,
        answer: own::optional(root.get("answer"), "answer")?,
        reason: own::optional(root.get("reason"), "reason")?,
        time: own::instant(root.get("time"), "time")?,
        logged_at: own::instant(root.get("at"), "at")?,
    };
    Ok(LogRecord::Outcome { outcome, origin: Origin::read(root.get("origin"))? })
}

fn write_failed(failed: &Failed) -> String {
    let mut writer = begin("failed", failed.at, failed.value.as_ref().map_or(0, |value| value.len() / 3 * 4));
    failed.origin.write(&mut writer);
    if let Some(source) = &failed.source {
        let _ = writer.member(member!(source)).string(source);
    }
    let _ = writer
        .member(member!(code))
        .string(failed.code.as_str())
        .member(member!(detail))
        .string(&failed.detail);
    if let Some(pointer) = &failed.pointer {
        let _ = writer.member(member!(pointer)).string(pointer);
    }
    let _ = writer.member(member!(key)).optional(base64(failed.key.as_deref()).as_deref());
    let _ = writer.member(member!(headers)).begin_array();
    for (name, value) in &failed.headers {
        let _ = writer.begin_array().string(name).optional(base64(value.as_deref()).as_deref()).end_array();
    }
    let _ = writer.end_array();
    let _ = writer.member(member!(value)).optional(base64(failed.value.as_deref()).as_deref());
    if failed.left_out > 0 {
        let _ = writer.member(member!(left_out)).unsigned(failed.left_out);
    }
    let _ = writer.end_object();
    writer.finish()
}

fn base64(bytes: Option<&[u8]>) -> Option<String> {
    bytes.map(|bytes| STANDARD.encode(bytes))
}

fn read_event(root: Value<'_>, data: Option<&str>) -> Result<(Event, Origin), DecodeError> {
    let data = own::required(data, "data")?;
    let data = Document::parse_own(data).map_err(DecodeError::NotJson)?;
    // The members in one go, each in its place; what is none of them is left alone.
    let mut members = [None; 13];
    let [at, device, id, journey, namespace, origin, per, source, subject, time, traceparent, of_type, place] =
        &mut members;
    for (name, value) in root.members() {
        let place = match name {
            "at" => &mut *at,
            "device" => &mut *device,
            "id" => &mut *id,
            "journey" => &mut *journey,
            "namespace" => &mut *namespace,
            "origin" => &mut *origin,
            "per" => &mut *per,
            "source" => &mut *source,
            "subject" => &mut *subject,
            "time" => &mut *time,
            "traceparent" => &mut *traceparent,
            "type" => &mut *of_type,
            "where" => &mut *place,
            _ => continue,
        };
        *place = Some(value);
    }
    let [at, device, id, journey, namespace, origin, per, source, subject, time, traceparent, of_type, place] =
        members;
    let kind = own::optional(per, "per")?.unwrap_or_else(|| PERSON.to_owned());
    let event = Event {
        source: own::string(source, "source")?,
        namespace: own::optional(namespace, "namespace")?,
        id: own::string(id, "id")?,
        kind: own::string(of_type, "type")?,
        time: own::instant(time, "time")?,
        logged_at: own::instant(at, "at")?,
        subject: own::optional(subject, "subject")?.map(|id| Subject { kind, id }),
        journey: own::string(journey, "journey")?,
        traceparent: own::optional(traceparent, "traceparent")?,
        surroundings: own::surroundings(place, device, "where")?,
        data,
    };
    Ok((event, Origin::read(origin)?))
}

fn read_failed(root: Value<'_>) -> Result<Failed, DecodeError> {
    let headers = own::required(root.get("headers"), "headers")?;
    let headers = headers.items().map(|header| {
        let name = own::string(header.item(0), "headers")?;
        Ok((name, bytes(header.item(1), "headers")?))
    });
    let code = own::required(root.get("code").and_then(Value::as_str), "code")?;
    Ok(Failed {
        at: own::instant(root.get("at"), "at")?,
        origin: Origin::read(root.get("origin"))?,
        source: own::optional(root.get("source"), "source")?,
        code: own::required(FailureCode::parse(code), "code")?,
        detail: own::string(root.get("detail"), "detail")?,
        pointer: own::optional(root.get("pointer"), "pointer")?,
        key: bytes(root.get("key"), "key")?,
        headers: headers.collect::<Result<_, DecodeError>>()?,
        value: bytes(root.get("value"), "value")?,
        left_out: match root.get("left_out") {
            None => 0,
            some => own::unsigned(some, "left_out")?,
        },
    })
}

fn bytes(value: Option<Value<'_>>, member: &'static str) -> Result<Option<Vec<u8>>, DecodeError> {
    let Some(text) = own::optional(value, member)? else { return Ok(None) };
    own::required(STANDARD.decode(text).ok(), member).map(Some)
}

#[cfg(test)]
mod tests;
