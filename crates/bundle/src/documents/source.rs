//! `source` documents: systems that publish events.

use std::collections::BTreeMap;

use segue_model::identity::LINKED;
use segue_yaml::{Place, Report, Value, closest};

use super::event_type::{self, Types};
use super::fields::{Fields, Keys, mapping, texts};
use super::topic::Named;
use super::{Document, around, identity, inbound, journey, whose};
use crate::bundle::{Envelope, EventType, Format, Source};
use crate::paths;

const KEYS: Keys = Keys {
    known: &[
        "source",
        "about",
        "topic",
        "topics",
        "format",
        "envelope",
        "subject",
        "identity",
        "status",
        "journey",
        "channel",
        "where",
        "device",
        "undeclared",
        "events",
    ],
};
const ENVELOPE_KEYS: Keys = Keys { known: &["type", "id", "time", "subject"] };

type Events = BTreeMap<String, EventType>;

/// Reads one source.
pub(crate) fn read(
    report: &mut Report<'_>,
    topics_named: &Named<'_>,
    types: &mut Types<'_>,
    document: &Document<'_>,
) -> Option<Source> {
    let owner = format!("source `{}`", document.id);
    let fields = Fields::new(report, owner, document.place, document.members, &KEYS);
    let topics = topics(report, &fields);
    let mut envelope = Vec::new();
    let format = format(report, &fields, &mut envelope);
    let subject = whose::read(report, types, &fields);
    let identity = identity::read(report, &fields);
    let status = fields.text(report, "status").map(|topic| {
        topics_named.check_status(report, topic);
        topic.text.to_owned()
    });
    let journey = fields.get("journey").and_then(|node| journey::read(report, types, node));
    let channel = inbound::read(report, types, &fields);
    let around = around::read(report, types, &fields);
    let undeclared = fields.word(report, "undeclared", &["fail", "ignore"]);
    let mut events = BTreeMap::new();
    if let Some(node) = fields.required(report, "events") {
        let members = mapping(report, "`events`", node);
        types.is_whole &= members.is_some();
        for (key, node) in members.unwrap_or_default() {
            if let Some(event) = event_type::read(report, types, &key.text, key.place, node, subject.as_ref())
            {
                let _ = events.insert(key.text.clone(), event);
            }
        }
    } else {
        types.is_whole = false;
    }
    let inheriting = events.iter().filter(|(_, event)| event.journey.is_none());
    let shapes = inheriting.map(|(kind, event)| (kind, event.schema.shape()));
    journey::check_id(report, journey.as_ref(), shapes);
    if let Some((path, place)) = inbound::path(channel.as_ref()) {
        let inheriting = events.iter().filter(|(_, event)| event.channel.is_none());
        let shapes = inheriting.map(|(kind, event)| (kind, event.schema.shape()));
        journey::check_path(report, path, place, shapes);
    }
    around.check_inherited(report, &events);
    around.mark_private(types, &events);
    check_envelope(report, &envelope, &events);
    whose::check_inherited(report, subject.as_ref(), &events);
    check_subject(report, &fields, &format, subject.is_some(), &events);
    if format == Some(Format::Debezium) {
        check_changes(report, &fields);
        for (_, event) in events.iter_mut().filter(|(kind, _)| kind.ends_with(".deleted")) {
            event.removes = event.into.is_some();
        }
    }
    Some(Source {
        id: document.id.to_owned(),
        about: fields.about(report),
        topics,
        format: format?,
        subject: subject.map(|whose| whose.path),
        identity,
        status,
        channel: channel.map(|(channel, _)| channel),
        place: around.place,
        device: around.device,
        journey: journey.map(|(journey, _)| journey),
        ignore_undeclared: undeclared == Some("ignore"),
        events,
    })
}

fn topics(report: &mut Report<'_>, fields: &Fields<'_>) -> Vec<String> {
    let found = match (fields.get("topic"), fields.get("topics")) {
        (Some(topic), None) => super::fields::text(report, "topic", topic).into_iter().collect(),
        (None, Some(topics)) => texts(report, "topics", topics, false),
        (Some(_), Some(both)) => {
            let message = format!("{} has both `topic` and `topics`", fields.owner);
            let _ = report.error("duplicate-key", both.place, message);
            Vec::new()
        }
        (None, None) => {
            let message = format!("{} lacks the key `topic` or `topics`", fields.owner);
            let _ = report.error("missing-key", fields.place, message);
            Vec::new()
        }
    };
    for topic in &found {
        let _ = super::topic::check(report, *topic);
    }
    found.into_iter().map(|topic| topic.text.to_owned()).collect()
}

/// The format; `paths` takes every path of the envelope with its place.
fn format(
    report: &mut Report<'_>,
    fields: &Fields<'_>,
    paths: &mut Vec<(Vec<String>, Place)>,
) -> Option<Format> {
    let envelope = fields.get("envelope");
    let format = match fields.get("format") {
        None => "cloudevents",
        Some(_) => fields.word(report, "format", &["cloudevents", "json", "debezium", "segment"])?,
    };
    let own = match format {
        "debezium" => Some(Format::Debezium),
        "segment" => Some(Format::Segment),
        "json" => None,
        _ => Some(Format::CloudEvents),
    };
    if let Some(own) = own {
        if let Some(envelope) = envelope {
            let _ = report.error("unknown-key", envelope.place, "only the format `json` has an `envelope`");
        }
        return Some(own);
    }
    let node = fields.required(report, "envelope")?;
    let envelope = Fields::of_node(report, "`envelope`".to_owned(), node, &ENVELOPE_KEYS)?;
    let (kind, id) = (envelope.required(report, "type"), envelope.required(report, "id"));
    let mut path = |name: &str| {
        let (path, place) = envelope.path(report, name)?;
        paths.push((path.clone(), place));
        Some(path)
    };
    let kind = kind.and_then(|_| path("type"));
    let id = id.and_then(|_| path("id"));
    let (time, subject) = (path("time"), path("subject"));
    Some(Format::Json(Envelope { kind: kind?, id: id?, time, subject }))
}

/// Says so if a path of the envelope leads to no field of a type's schema: the data of a plain JSON message are all of it.
/// A schema that names nothing of the envelope leaves it out on purpose.
fn check_envelope(report: &mut Report<'_>, paths: &[(Vec<String>, Place)], events: &Events) {
    let miss = |event: &EventType, path: &[String]| paths::follow(event.schema.shape(), path).err();
    let leaves_out = |event: &EventType| paths.iter().all(|(path, _)| miss(event, path) == Some(None));
    for (path, place) in paths {
        let named = events.iter().filter(|(_, event)| !leaves_out(event));
        let misses = named.filter_map(|(kind, event)| Some((format!("`{kind}`"), miss(event, path)?)));
        let (kinds, hints): (Vec<_>, Vec<_>) = misses.unzip();
        if !kinds.is_empty() {
            let shown = paths::display(path);
            let message = format!("the schema of {} has no field `{shown}`", kinds.join(", "));
            report.no_field(*place, message, hints.into_iter().flatten().next());
        }
    }
}

/// What a change event can be of.
const CHANGES: [&str; 5] = ["created", "read", "updated", "deleted", "truncated"];

/// Warns of types that no change of a database has.
fn check_changes(report: &mut Report<'_>, fields: &Fields<'_>) {
    let Some(Value::Map(types)) = fields.get("events").map(|node| &node.value) else { return };
    for (key, _) in types {
        let (table, verb) = key.text.rsplit_once('.').unwrap_or((&key.text, ""));
        if CHANGES.contains(&verb) {
            continue;
        }
        let message = format!("no change of a database is of the type `{}`", key.text);
        let near = closest(verb, CHANGES).map(|verb| format!("did you mean `{table}.{verb}`?"));
        let hint = near.unwrap_or_else(|| format!("types are `TABLE.` and one of {}", CHANGES.join(", ")));
        report.warning("unused", key.place, message).hint = Some(hint);
    }
}

/// A plain JSON message and a row have no subject of their own, so someone must say where it is.
fn check_subject(
    report: &mut Report<'_>,
    fields: &Fields<'_>,
    format: &Option<Format>,
    has_subject: bool,
    events: &Events,
) {
    let hint = match format {
        Some(Format::Json(Envelope { subject: None, .. })) => {
            "add `subject` to its `envelope`, or `subject: data...` to the source"
        }
        Some(Format::Debezium) => "a row names nobody by itself: add `subject: data...` to the source",
        _ => return,
    };
    let says_whose = |(kind, event): (&String, &EventType)| event.subject.is_some() || kind == LINKED;
    if has_subject || fields.get("subject").is_some() || events.iter().all(says_whose) {
        return;
    }
    let message = format!("{} does not say where the subject is found", fields.owner);
    report.error("missing-key", fields.place, message).hint = Some(hint.to_owned());
}
