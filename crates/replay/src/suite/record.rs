//! Recorded events -> a `test` document that passes: each event a step, what came of it what is expected.
//!
//! Shape: [`gather`] reads lines as `replay` takes them: records of sources' topics, of `segue.log`, and failed events,
//! which are taken as what they were when they came. [`document`] runs them and writes the test.
//! What cannot be used is left out and named: above all an event that fails still.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_bundle::bundle::{SubjectPath, Test, TestEvent, TestStep, TestTime};
use segue_document::{Document, Limits};
use segue_intake::{Intake, Outcome, Taken};
use segue_log::Record;
use segue_model::{Event, Timestamp};
use segue_wire::topics::{DECISIONS, FAILED, LOG, SHARED};
use segue_wire::{Failed, LogRecord, Origin, log_record};

use super::{StepResult, TestResult, update, write};
use crate::{recording, replay};

/// The longest line of a list of expected tasks.
const LINE_LENGTH_MAX: usize = 120;

/// Recorded events, in the order in which they come in.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The events, each with the line that it came from, from 1.
    pub events: Vec<(u64, Timestamp, TestEvent)>,
    /// Lines that could not be used, and why.
    pub left_out: Vec<(u64, String)>,
    /// How many lines there were, empty ones not counted.
    pub lines: u64,
}

/// A test made of recorded events.
#[derive(Debug)]
pub struct Recorded {
    /// The test's line of text.
    pub name: String,
    /// The document.
    pub text: String,
    /// How many events it has.
    pub events: usize,
    /// How many tasks came.
    pub tasks: usize,
}

/// Reads recorded events.
///
/// # Errors
/// Input that cannot be read, or a line without an end.
pub fn gather(bundle: &Arc<Bundle>, input: &mut dyn BufRead) -> Result<Gathered, replay::Error> {
    let mut intake = Intake::new(bundle.clone(), Limits::CONTRACT);
    let mut gathered = Gathered::default();
    let (mut bytes, mut line, mut clock) = (Vec::new(), 0, Timestamp(i64::MIN));
    // An event about several subjects has a copy in the log for each: by what they were made from, which event they are.
    let mut gathered_at: BTreeMap<Origin, usize> = BTreeMap::new();
    while let Some(text) = replay::next_line(input, &mut bytes, line + 1)? {
        line += 1;
        if text.as_ref().is_ok_and(|text| text.trim().is_empty()) {
            continue;
        }
        gathered.lines += 1;
        let read = text.and_then(|text| recording::read(text.trim_end(), line - 1));
        let copies = match read.and_then(|(record, at)| events(&mut intake, record, at)) {
            Ok(copies) => copies,
            Err(why) => {
                gathered.left_out.push((line, why));
                continue;
            }
        };
        for (origin, event) in copies {
            // A clock does not go back, nor may the steps of a test.
            clock = clock.max(event.logged_at);
            let written = as_written(bundle, &event, clock);
            let at = gathered_at.entry(Origin { n: 0, ..origin }).or_insert(gathered.events.len());
            match gathered.events.get_mut(*at) {
                Some((_, _, known)) => known.subject = known.subject.take().or(written.subject),
                None => gathered.events.push((line, clock, written)),
            }
        }
    }
    Ok(gathered)
}

/// Why an outcome is left out.
const OUTCOME: &str = "an outcome is no event: write a step `outcome` for it";

/// The copies of the event of a record; none of one that holds none and needs none, such as a tick.
fn events(intake: &mut Intake, record: Record, at: Timestamp) -> Result<Vec<(Origin, Event)>, String> {
    match &*record.topic {
        LOG | SHARED => match log_record::decode(record.value.as_deref().unwrap_or_default()) {
            // What goes on to the id that stays comes again when the link is run.
            Ok(LogRecord::Event { origin, .. }) if origin.topic == LOG => Ok(Vec::new()),
            Ok(LogRecord::Event { event, origin }) => Ok(vec![(origin, event)]),
            Ok(LogRecord::Linked(linked)) if linked.origin.topic == LOG => Ok(Vec::new()),
            Ok(LogRecord::Linked(linked)) => Ok(vec![(linked.origin, linked.event)]),
            // Each partition has a copy of what concerns everyone; the event itself is in `segue.shared`.
            // What follows from events comes again when they are run.
            Ok(
                LogRecord::Row { .. }
                | LogRecord::Signal(_)
                | LogRecord::Tick { .. }
                | LogRecord::Note(_)
                | LogRecord::Command(_),
            ) => Ok(Vec::new()),
            Ok(LogRecord::Outcome { .. }) => Err(OUTCOME.to_owned()),
            Ok(LogRecord::Failed(copy)) => took_in(intake, &of_failed(copy)?, at),
            Err(error) => Err(format!("not a record of the router's own: {error}")),
        },
        FAILED => {
            let (record, at) = as_it_came(record, at)?;
            took_in(intake, &record, at)
        }
        DECISIONS => Err("a decision is no event".to_owned()),
        _ => took_in(intake, &record, at),
    }
}

fn took_in(intake: &mut Intake, record: &Record, at: Timestamp) -> Result<Vec<(Origin, Event)>, String> {
    if !intake.topics().any(|topic| topic == &*record.topic) {
        return Err(format!("no source of the bundle reads {}", record.topic));
    }
    let mut taken = Taken::default();
    intake.take(record, at, &mut taken);
    if taken.outcome == Outcome::Ignored {
        return Err("its source does not declare the type, and says that such events are ignored".to_owned());
    }
    let logged = taken.appends.iter().map(|append| append.value.as_deref().unwrap_or_default());
    let copy = |value| match log_record::decode(value) {
        Ok(LogRecord::Event { event, origin }) => Ok((origin, event)),
        Ok(LogRecord::Linked(linked)) => Ok((linked.origin, linked.event)),
        Ok(LogRecord::Failed(copy)) => {
            let place = copy.pointer.map(|pointer| format!("{pointer}: ")).unwrap_or_default();
            Err(format!("it fails: {}: {place}{}", copy.code.as_str(), copy.detail))
        }
        Ok(LogRecord::Outcome { .. }) => Err(OUTCOME.to_owned()),
        _ => Err("intake made nothing of it".to_owned()),
    };
    logged.map(copy).collect()
}

/// The record that became a failed event, from the log's copy.
fn of_failed(copy: Failed) -> Result<Record, String> {
    if copy.left_out > 0 {
        return Err("it was too large to be kept".to_owned());
    }
    let headers = copy.headers.into_iter().map(|(name, value)| segue_log::Header { name, value });
    Ok(Record {
        topic: copy.origin.topic.as_str().into(),
        partition: copy.origin.partition,
        incarnation: copy.origin.incarnation,
        offset: copy.origin.offset,
        appended_at_ms: copy.at.0,
        key: copy.key,
        value: copy.value,
        headers: headers.collect(),
    })
}

/// The record that became a failed event, from `segue.failed`, and when it came.
fn as_it_came(mut record: Record, at: Timestamp) -> Result<(Record, Timestamp), String> {
    let header = |name: &str| {
        let found = record.headers.iter().rfind(|header| header.name == name)?;
        String::from_utf8(found.value.clone()?).ok()
    };
    if header("segue-left-out").is_some() {
        return Err("it was too large to be kept".to_owned());
    }
    let origin = header("segue-origin").ok_or("a failed event has the header `segue-origin`")?;
    let mut parts = origin.splitn(3, '/');
    let topic = parts.next().unwrap_or_default();
    record.topic = topic.into();
    record.partition = parts.next().and_then(|text| text.parse().ok()).unwrap_or(0);
    record.offset = parts.next().and_then(|text| text.parse().ok()).unwrap_or(record.offset);
    let at = header("segue-at").and_then(|text| Timestamp::parse(&text)).unwrap_or(at);
    record.headers.retain(|header| !header.name.starts_with("segue-"));
    Ok((record, at))
}

/// The CloudEvents subject that a copy of an event tells of: of several kinds, one is found there at most.
fn subject(bundle: &Bundle, event: &Event) -> Option<String> {
    let source = bundle.sources.get(&event.source);
    let declared = source.and_then(|source| source.events.get(&event.kind)?.subject.as_ref());
    let subject = event.subject.as_ref()?;
    match declared.or(source.and_then(|source| source.subject.as_ref())) {
        Some(SubjectPath::Kinds(kinds))
            if kinds.get(&subject.kind).is_none_or(|path| *path != ["subject"]) =>
        {
            None
        }
        _ => Some(subject.id.clone()),
    }
}

/// An event as a test says it.
fn as_written(bundle: &Bundle, event: &Event, at: Timestamp) -> TestEvent {
    TestEvent {
        source: event.source.clone(),
        kind: event.kind.clone(),
        subject: subject(bundle, event),
        id: Some(event.id.clone()),
        time: (event.time != at).then(|| event.time.to_string()),
        data: Some(event.data.text().to_owned()).filter(|text| text != "null"),
    }
}

/// Runs the events and writes them down as a test. Those that fail in the run are taken out and named in `left_out`;
/// `None` if none is left.
pub fn document(
    bundle: &Bundle,
    gathered: &mut Gathered,
    mut run: impl FnMut(&Test) -> TestResult,
) -> Option<Recorded> {
    loop {
        let test = Test {
            name: name(bundle, &gathered.events)?,
            file: String::new(),
            line: 1,
            given_who: BTreeMap::new(),
            steps: gathered.events.iter().map(|(_, at, event)| step(*at, event)).collect(),
        };
        let result = run(&test);
        let failed = result.steps.iter().position(|step| !step.failed.is_empty());
        let Some(failed) = failed else { return Some(written(&test, &result)) };
        let (line, _, _) = gathered.events.remove(failed);
        gathered.left_out.push((line, result.steps[failed].failed.join("; ")));
    }
}

fn step(at: Timestamp, event: &TestEvent) -> TestStep {
    TestStep {
        line: 1,
        when: TestTime::At(at),
        event: Some(event.clone()),
        outcome: None,
        expect: Some(Vec::new()),
        rejected: None,
        withdrawn: None,
        status: None,
    }
}

/// A name that no test of the bundle has.
fn name(bundle: &Bundle, events: &[(u64, Timestamp, TestEvent)]) -> Option<String> {
    let (_, at, _) = events.first()?;
    let many = if events.len() == 1 { "1 event".to_owned() } else { format!("{} events", events.len()) };
    let name = format!("recorded: {many} from {at}");
    let is_taken = |name: &str| bundle.tests.iter().any(|test| test.name == name);
    let numbered = (2..).map(|number| format!("{name}, {number}"));
    std::iter::once(name.clone()).chain(numbered).find(|name| !is_taken(name))
}

fn written(test: &Test, result: &TestResult) -> Recorded {
    let mut text = format!(
        "# Written by `segue test --record`: what came is what is expected. It holds the data of the events.\ntest: {}\nsteps:\n",
        write::quoted(&test.name)
    );
    let mut tasks = 0;
    for (step, came) in test.steps.iter().zip(&result.steps) {
        if let (TestTime::At(at), Some(event)) = (step.when, &step.event) {
            text.push_str(&format!("  - at: {at}\n    event: {}\n", event_text(event)));
        }
        let identities = identities(came);
        tasks += identities.len();
        let line = format!("    expect: [{}]\n", identities.join(", "));
        if line.chars().count() <= LINE_LENGTH_MAX + 1 {
            text.push_str(&line);
        } else {
            text.push_str("    expect:\n");
            identities.iter().for_each(|task| text.push_str(&format!("      - {task}\n")));
        }
    }
    Recorded { name: test.name.clone(), text, events: test.steps.len(), tasks }
}

fn identities(step: &StepResult) -> Vec<String> {
    let actual = step.looked.iter().flat_map(|looked| &looked.actual);
    actual.map(|task| update::identity(task.root())).collect()
}

fn event_text(event: &TestEvent) -> String {
    let mut parts = vec![format!("source: {}", write::text(&event.source))];
    let texts = [
        ("type", Some(&event.kind)),
        ("subject", event.subject.as_ref()),
        ("id", event.id.as_ref()),
        ("time", event.time.as_ref()),
    ];
    for (name, value) in texts {
        parts.extend(value.map(|value| format!("{name}: {}", write::text(value))));
    }
    let data = event.data.as_deref().and_then(|data| Document::parse_own(data).ok());
    parts.extend(data.as_ref().map(|data| format!("data: {}", write::flow(data.root()))));
    format!("{{{}}}", parts.join(", "))
}
