//! `test` documents: what a bundle should do, told by its authors.

use std::collections::{BTreeMap, BTreeSet};

use segue_expr::{Rest, Shape};
use segue_model::{Subject, Timestamp};
use segue_yaml::{Node, Place, Report, Value, did_you_mean};

use super::fields::{Fields, Keys, Text, duration, mapping};
use super::{Document, Documents, becomes};
use crate::bundle::{Source, Test, TestEvent, TestStep, TestTime};
use crate::names::Known;

const KEYS: Keys = Keys { known: &["test", "about", "given", "steps"] };
const GIVEN_KEYS: Keys = Keys { known: &["who"] };
const STEP_KEYS: Keys =
    Keys { known: &["at", "after", "event", "outcome", "expect", "rejected", "withdrawn", "status"] };
const EVENT_KEYS: Keys = Keys { known: &["source", "type", "subject", "id", "time", "data"] };
/// What a task says of itself, and the topic that it leaves on, which tells its lane: any of it may be expected.
#[rustfmt::skip]
const TASK_KEYS: Keys = Keys {
    known: &[
        "task", "action", "rule", "subject", "per", "journey", "priority", "what", "how", "tone",
        "assignee", "channel", "address", "question", "answers", "released_at", "due_at", "expires_at",
        "shared", "cause", "decision", "bundle", "topic",
    ] };

/// What the rest of the bundle says that tests name.
pub(crate) struct Names<'n> {
    pub(crate) documents: &'n Documents<'n>,
    /// Those that could be read.
    pub(crate) sources: &'n [Option<Source>],
    /// The attributes of subjects, and their kinds.
    pub(crate) known: &'n Known,
    /// Every topic that tasks leave on; `None` if not all are known.
    pub(crate) topics: Option<BTreeSet<&'n str>>,
}

/// Reads one test.
pub(crate) fn read(report: &mut Report<'_>, names: &Names<'_>, document: &Document<'_>) -> Test {
    let owner = format!("test `{}`", document.id);
    let fields = Fields::new(report, owner, document.place, document.members, &KEYS);
    let _ = fields.about(report);
    let given_who = fields.get("given").map(|node| given(report, names.known, node)).unwrap_or_default();
    let mut steps = Vec::new();
    match fields.required(report, "steps").map(|node| (node, &node.value)) {
        Some((_, Value::List(items))) => {
            let mut clock = None;
            for (index, item) in items.iter().enumerate() {
                steps.extend(step(report, names, item, index == 0, &mut clock));
            }
        }
        Some((node, _)) => {
            let message = format!("`steps` is a list, not {}", node.describe());
            let _ = report.error("wrong-type", node.place, message);
        }
        None => {}
    }
    Test {
        name: document.id.to_owned(),
        file: report.files[document.place.file].path.clone(),
        line: document.place.line,
        given_who,
        steps,
    }
}

fn given(report: &mut Report<'_>, known: &Known, node: &Node) -> BTreeMap<Subject, String> {
    let mut given = BTreeMap::new();
    let Some(fields) = Fields::of_node(report, "`given`".to_owned(), node, &GIVEN_KEYS) else { return given };
    let who = fields.get("who").and_then(|node| mapping(report, "`who`", node)).unwrap_or_default();
    for (key, attributes) in who {
        let Some(subject) = subject(report, known, Text { text: &key.text, place: key.place }) else {
            continue;
        };
        if mapping(report, &format!("what is given of `{}`", key.text), attributes).is_some() {
            check_attributes(report, &known.who_of([&subject.kind]), attributes, true);
            if given.insert(subject, attributes.to_json()).is_some() {
                let _ = report.error("duplicate-key", key.place, format!("`{}` is given twice", key.text));
            }
        }
    }
    given
}

/// The subject that a test names: a person by its id, any other by its kind and its id, with a `/` between them. So a person
/// whose id has one is written with its kind.
pub(super) fn subject(report: &mut Report<'_>, known: &Known, name: Text<'_>) -> Option<Subject> {
    let Some((kind, id)) = name.text.split_once('/') else { return Some(Subject::person(name.text)) };
    if known.kinds.contains(kind) && !id.is_empty() {
        return Some(Subject { kind: kind.to_owned(), id: id.to_owned() });
    }
    let message = format!("`{}` names no subject: nothing is about subjects of the kind `{kind}`", name.text);
    report.error("unknown-name", name.place, message).hint =
        did_you_mean(kind, known.kinds.iter().map(String::as_str))
            .or_else(|| Some(format!("write `person/{}` for a person of that id", name.text)));
    None
}

/// Names every attribute that no schema has.
fn check_attributes(report: &mut Report<'_>, shape: &Shape, node: &Node, is_whole: bool) {
    let (Shape::Map { fields, rest }, Value::Map(members)) = (shape, &node.value) else { return };
    for (key, value) in members {
        match (fields.get(&key.text), &**rest) {
            (Some(shape), _) | (None, Rest::Open(shape)) => check_attributes(report, shape, value, false),
            // What the router itself looks at may be given without a schema that has it.
            (None, Rest::Closed) if is_whole && key.text == "timezone" => {}
            (None, Rest::Closed) => {
                let message = format!("no schema has the field `{}`", key.text);
                let hint = did_you_mean(&key.text, fields.keys().map(String::as_str));
                report.no_field(key.place, message, hint);
            }
        }
    }
}

fn step(
    report: &mut Report<'_>,
    names: &Names<'_>,
    node: &Node,
    is_first: bool,
    clock: &mut Option<Timestamp>,
) -> Option<TestStep> {
    let fields = Fields::of_node(report, "a step".to_owned(), node, &STEP_KEYS)?;
    let when = time(report, &fields, is_first, clock);
    let event = fields.get("event").map(|node| event(report, names, node));
    let outcome = fields.get("outcome").map(|node| becomes::outcome(report, names, node));
    if let (Some(_), Some(both)) = (&event, fields.get("outcome")) {
        let message = "a step has either an `event` or an `outcome`";
        report.error("duplicate-key", both.place, message).hint = Some("write a step for each".to_owned());
    }
    let expect = fields.get("expect").map(|node| expect(report, names, node));
    let rejected = fields.get("rejected").map(|node| becomes::rejected(report, names, node));
    let withdrawn = fields.get("withdrawn").map(|node| becomes::withdrawn(report, names, node));
    let status = fields.get("status").map(|node| becomes::status(report, names, node));
    Some(TestStep {
        line: node.place.line,
        when: when?,
        event: event.flatten(),
        outcome: outcome.flatten(),
        expect: expect.flatten(),
        rejected: rejected.flatten(),
        withdrawn: withdrawn.flatten(),
        status: status.flatten(),
    })
}

fn time(
    report: &mut Report<'_>,
    fields: &Fields<'_>,
    is_first: bool,
    clock: &mut Option<Timestamp>,
) -> Option<TestTime> {
    match (fields.get("at"), fields.get("after")) {
        (Some(_), None) => {
            let at = fields.text(report, "at").and_then(|text| timestamp(report, "at", text))?;
            if clock.is_some_and(|before| at.0 < before) {
                let _ = report.error("bad-time", at.1, "the step is before the one above it");
            }
            *clock = Some(at.0);
            Some(TestTime::At(at.0))
        }
        (None, Some(node)) => {
            let after = duration(report, "after", node)?;
            if is_first {
                let message = "the first step needs `at`: `after` counts from the step before";
                report.error("missing-key", fields.place, message).hint =
                    Some("write `at: 2026-03-02T10:00:00Z`".to_owned());
            }
            *clock = clock.map(|clock| clock.plus(after));
            Some(TestTime::After(after))
        }
        (Some(_), Some(both)) => {
            let _ = report.error("duplicate-key", both.place, "a step has either `at` or `after`");
            None
        }
        (None, None) => {
            let which =
                if is_first { "the first step lacks the key `at`" } else { "a step lacks `at` or `after`" };
            let _ = report.error("missing-key", fields.place, which);
            None
        }
    }
}

fn timestamp(report: &mut Report<'_>, name: &str, text: Text<'_>) -> Option<(Timestamp, Place)> {
    let instant = Timestamp::parse(text.text);
    if instant.is_none() {
        report.error("bad-time", text.place, format!("`{name}` is a time, not `{}`", text.text)).hint =
            Some("write it as `2026-03-02T10:00:00Z`".to_owned());
    }
    Some((instant?, text.place))
}

fn event(report: &mut Report<'_>, names: &Names<'_>, node: &Node) -> Option<TestEvent> {
    let fields = Fields::of_node(report, "`event`".to_owned(), node, &EVENT_KEYS)?;
    let source = fields.required_text(report, "source");
    let source = source.filter(|source| names.documents.check(report, "source", source.text, source.place));
    let kind = fields.required_text(report, "type");
    if let (Some(source), Some(kind)) = (&source, &kind) {
        declared(report, names, source, kind);
    }
    let owned = |text: Text<'_>| text.text.to_owned();
    let subject = fields.text(report, "subject").map(owned);
    let id = fields.text(report, "id").map(owned);
    // Any text: that a bad time makes a failed event may be what the test is about.
    let time = fields.text(report, "time").map(owned);
    Some(TestEvent {
        source: owned(source?),
        kind: owned(kind?),
        subject,
        id,
        time,
        data: fields.get("data").map(Node::to_json),
    })
}

/// Reports an event that its source drops because it is of no declared type: whatever is expected of a test that takes
/// it for another, nothing comes of it, and the test says nothing. Where such an event fails, the test fails too.
fn declared(report: &mut Report<'_>, names: &Names<'_>, source: &Text<'_>, kind: &Text<'_>) {
    let mut sources = names.sources.iter().flatten();
    let Some(of) = sources.find(|of| of.id == source.text && of.ignore_undeclared) else { return };
    // Not all that is written could be read.
    let mut written = names.documents.of("source").iter().filter(|one| one.id == of.id);
    let is_written = |one: &Document<'_>| {
        let events = one.members.iter().find(|(key, _)| key.text == "events").map(|(_, node)| &node.value);
        matches!(events, Some(Value::Map(types)) if types.iter().any(|(key, _)| key.text == kind.text))
    };
    if written.any(is_written) {
        return;
    }
    let message = format!("the event is of no declared type: `{}` drops `{}` unread", of.id, kind.text);
    match did_you_mean(kind.text, of.events.keys().map(String::as_str)) {
        Some(hint) => report.error("unknown-name", kind.place, message).hint = Some(hint),
        None => {
            let _ = report.warning("unknown-name", kind.place, message);
        }
    }
}

fn expect(report: &mut Report<'_>, names: &Names<'_>, node: &Node) -> Option<Vec<String>> {
    becomes::parts(report, "expect", "an expected task", node, &TASK_KEYS, |report, fields| {
        becomes::named(report, names, fields);
        if let (Some(topics), Some(topic)) = (&names.topics, fields.text(report, "topic"))
            && !topics.contains(topic.text)
        {
            let message = format!("no destination has the topic `{}`", topic.text);
            report.error("unknown-name", topic.place, message).hint =
                did_you_mean(topic.text, topics.iter().copied());
        }
    })
}
