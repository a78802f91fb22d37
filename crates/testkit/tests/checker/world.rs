//! A small honest run of an imaginary router, written down as the evidence that it would leave in Kafka.
//!
//! Fifty inputs on three topics: CloudEvents in both modes and plain JSON; four that fail in different ways, one to be
//! ignored, one that comes twice, two about everyone; and an intake that was rewound, so that a stretch of the inputs
//! stands in the log twice. Each failed payment raises a signal, whose decision may look into it only so often.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use segue_log::{Header, Record, partition_of};
use segue_testkit::checker::{Cap, Declared, Envelope, Evidence, LOG, Output, SHARED};
use serde_json::{Value, json};

pub(crate) const INPUTS: usize = 50;
const NOT_JSON: usize = 5;
const TOO_LARGE: usize = 11;
const UNDECLARED: usize = 18;
pub(crate) const IGNORED: usize = 22;
const DUPLICATE: usize = 29;
const LARGE_HEADERS: usize = 33;
const EVERYONE: usize = 35;
const EVERYONE_AGAIN: usize = 38;
/// The intake is rewound after this input, to the one after.
const REWOUND: (usize, usize) = (20, 14);
const LOG_PARTITIONS: u32 = 4;
/// Exactly so long lies between two looks of one subject, and less between any other two tries.
pub(crate) const LOOK_MS: i64 = 42;
/// How many looks are turned down.
pub(crate) const LOOKS_REFUSED: usize = 3;

/// The evidence of an honest run.
pub(crate) fn honest() -> Evidence {
    run(&[])
}

/// The evidence of a run whose intake has dropped these inputs; all that follows is true to its log.
pub(crate) fn run(dropped: &[usize]) -> Evidence {
    let mut world = World::default();
    let inputs: Vec<Record> = (0..INPUTS).map(|index| world.input(index)).collect();
    for index in (0..=REWOUND.0).chain(REWOUND.1..INPUTS).filter(|index| !dropped.contains(index)) {
        world.take(index, &inputs[index]);
    }
    world.evidence.inputs = inputs;
    world.share();
    for partition in 0..LOG_PARTITIONS {
        let tick = json!({"v": 1, "kind": "tick", "at": 2_000});
        world.log(LOG, partition, None, &tick);
    }
    world.decide();
    let tasks = &world.evidence.tasks;
    let output = |task: &Record| Output {
        topic: task.topic.to_string(),
        key: task.key.clone(),
        value: task.value.clone(),
    };
    world.evidence.replayed = Some(tasks.iter().map(output).collect());
    world.declare();
    world.evidence
}

#[derive(Default)]
struct World {
    evidence: Evidence,
    ends: BTreeMap<(String, u32), u64>,
    /// When each subject was last looked at.
    looked: BTreeMap<String, i64>,
    /// The time of the log that is being decided.
    now: i64,
}

impl World {
    fn record(&mut self, topic: &str, partition: u32, key: Option<&str>, value: Option<Vec<u8>>) -> Record {
        let end = self.ends.entry((topic.to_owned(), partition)).or_default();
        *end += 1;
        Record {
            topic: Arc::from(topic),
            partition,
            incarnation: 0,
            offset: *end - 1,
            appended_at_ms: 1_000,
            key: key.map(|key| key.as_bytes().to_vec()),
            value,
            headers: Vec::new(),
        }
    }

    fn keyed(&mut self, topic: &str, partitions: u32, key: &str, value: &Value) -> Record {
        self.record(topic, partition_of(key.as_bytes(), partitions), Some(key), Some(bytes(value)))
    }

    /// The input of that number: by turns a binary CloudEvent, a structured one and a plain message.
    fn input(&mut self, index: usize) -> Record {
        let subject = format!("c{}", index % 7);
        // The one that comes again is three inputs later and of another content: the id alone decides.
        let id = if index == DUPLICATE { DUPLICATE - 3 } else { index };
        let subject = if index == DUPLICATE { format!("c{}", id % 7) } else { subject };
        let id = format!("e{id}");
        let amount = index * 10;
        let data = json!({"amount": amount, "of": subject});
        match index % 3 {
            0 => {
                let kind = if index == UNDECLARED { "case.vanished" } else { "case.opened" };
                let value = Some(bytes(&data));
                let mut record =
                    self.record("crm.events", partition_of(subject.as_bytes(), 2), Some(&subject), value);
                for (name, value) in
                    [("ce_specversion", "1.0"), ("ce_id", &id), ("ce_type", kind), ("ce_source", "/crm")]
                {
                    record.headers.push(header(name, value));
                }
                if index == LARGE_HEADERS {
                    record.headers.push(header("comment", &"x".repeat(70 << 10)));
                    record.value = Some(b"{".to_vec());
                }
                record
            }
            1 => {
                let name = if index == IGNORED { "cart.painted" } else { "cart.left" };
                let message =
                    json!({"name": name, "message_id": id, "of": {"id": subject}, "amount": amount});
                self.record("shop.clicks", 0, None, Some(bytes(&message)))
            }
            _ => {
                let everyone = [EVERYONE, EVERYONE_AGAIN].contains(&index);
                let kind = if everyone { "tariff.changed" } else { "payment.failed" };
                let mut event = json!({"specversion": "1.0", "id": id, "source": "/billing", "type": kind, "subject": subject});
                if everyone {
                    event["data_base64"] = json!("eyJhbW91bnQiOjEsIm9mIjoidCJ9");
                } else {
                    event["data"] = data;
                }
                let value = match index {
                    NOT_JSON => b"{\"specversion\": ".to_vec(),
                    TOO_LARGE => vec![b' '; 600 << 10],
                    _ => bytes(&event),
                };
                self.record("billing.events", (index % 2) as u32, Some(&subject), Some(value))
            }
        }
    }

    /// Writes what intake makes of an input.
    fn take(&mut self, index: usize, input: &Record) {
        if index == IGNORED {
            return;
        }
        let origin = json!({"topic": &*input.topic, "incarnation": 77, "partition": input.partition, "offset": input.offset, "n": 0});
        let code = match index {
            NOT_JSON | LARGE_HEADERS => Some("not-json"),
            TOO_LARGE => Some("too-large"),
            UNDECLARED => Some("undeclared-type"),
            _ => None,
        };
        if let Some(code) = code {
            let failed =
                json!({"v": 1, "kind": "failed", "at": 1_000 + index, "origin": origin, "code": code});
            self.log(LOG, (index % 4) as u32, None, &failed);
            return;
        }
        let everyone = [EVERYONE, EVERYONE_AGAIN].contains(&index);
        let number = if index == DUPLICATE { DUPLICATE - 3 } else { index };
        let subject = format!("c{}", number % 7);
        let amount = index * 10;
        let (source, namespace, kind) = match index % 3 {
            0 => ("crm", Some("/crm"), "case.opened"),
            1 => ("shop", None, "cart.left"),
            _ if everyone => ("billing", Some("/billing"), "tariff.changed"),
            _ => ("billing", Some("/billing"), "payment.failed"),
        };
        let data = match index % 3 {
            1 => {
                json!({"of": {"id": subject}, "amount": amount, "message_id": format!("e{number}"), "name": "cart.left"})
            }
            _ if everyone => json!({"amount": 1, "of": "t"}),
            _ => json!({"amount": amount, "of": subject}),
        };
        let mut event = json!({"v": 1, "kind": "event", "at": 1_000 + index, "origin": origin, "source": source,
            "id": format!("e{number}"), "type": kind, "time": 900, "subject": null, "journey": format!("e{number}")});
        if let Some(namespace) = namespace {
            event["namespace"] = json!(namespace);
        }
        if !everyone {
            event["subject"] = json!(subject);
        }
        event["data"] = data;
        if everyone {
            self.log(SHARED, 0, Some("t"), &event);
        } else {
            self.log(LOG, partition_of(subject.as_bytes(), LOG_PARTITIONS), Some(&subject), &event);
        }
    }

    fn log(&mut self, topic: &str, partition: u32, key: Option<&str>, value: &Value) {
        let record = self.record(topic, partition, key, Some(bytes(value)));
        self.evidence.log.push(record);
    }

    /// Copies the first row of everyone to every partition; the second has not changed it.
    fn share(&mut self) {
        let shared: Vec<Record> =
            self.evidence.log.iter().filter(|record| &*record.topic == SHARED).cloned().collect();
        let (mut copied, mut unchanged) = (Vec::new(), Vec::new());
        for record in shared {
            if !copied.is_empty() {
                unchanged.push(record.offset.to_string());
                continue;
            }
            copied.push(record.offset.to_string());
            let mut row = parsed(&record);
            row["kind"] = json!("row");
            row["origin"] =
                json!({"topic": SHARED, "incarnation": 5, "partition": 0, "offset": record.offset, "n": 0});
            for partition in 0..LOG_PARTITIONS {
                self.log(LOG, partition, None, &row);
            }
        }
        let lists = json!({"partition": 0, "copied": copied, "unchanged": unchanged});
        self.join(SHARED, 0, lists);
    }

    fn join(&mut self, topic: &str, partition: u32, lists: Value) {
        let joined = json!({"decision": null, "at": "2026-03-02T10:00:00Z", "bundle": "b", "log": lists, "result": "no-rule"});
        let record = self.keyed("segue.decisions", 3, &format!("{topic}/{partition}"), &joined);
        self.evidence.decisions.push(record);
    }

    /// Folds each partition of the log; what makes no decision is joined, some offsets at a time.
    fn decide(&mut self) {
        for partition in 0..LOG_PARTITIONS {
            let of_it = |record: &&Record| &*record.topic == LOG && record.partition == partition;
            let copies: Vec<Record> = self.evidence.log.iter().filter(of_it).cloned().collect();
            let (mut seen, mut known) = (BTreeSet::new(), BTreeSet::new());
            self.now = 0;
            for some in copies.chunks(6) {
                let mut lists: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
                for copy in some {
                    let value = parsed(copy);
                    self.now = self.now.max(value["at"].as_i64().unwrap_or_default());
                    let name = (
                        value["namespace"].to_string(),
                        value["id"].to_string(),
                        value["subject"].to_string(),
                    );
                    let list = match value["kind"].as_str() {
                        Some("tick") => "tick",
                        _ if !seen.insert(value["origin"].to_string()) => "seen",
                        Some("failed") => {
                            self.fail(&value);
                            "failed"
                        }
                        Some("event") if !known.insert(name) => "duplicate",
                        Some("event") if value["data"]["amount"].as_u64() > Some(150) => {
                            self.release(copy, &value);
                            self.signal(copy, &value);
                            continue;
                        }
                        _ => {
                            self.signal(copy, &value);
                            "no_rule"
                        }
                    };
                    lists.entry(list).or_default().push(copy.offset);
                }
                let lists: BTreeMap<_, _> =
                    lists.into_iter().map(|(name, list)| (name, ranges(&list))).collect();
                let mut lists = json!(lists);
                lists["partition"] = json!(partition);
                self.join(LOG, partition, lists);
            }
        }
    }

    fn fail(&mut self, value: &Value) {
        let (topic, partition, offset) =
            (text(&value["origin"]["topic"]), &value["origin"]["partition"], &value["origin"]["offset"]);
        let from = format!("{topic}/{partition}/{offset}");
        let same = |input: &&Record| format!("{}/{}/{}", input.topic, input.partition, input.offset) == from;
        let input = self.evidence.inputs.iter().find(same).expect("it failed because it came in").clone();
        let mut record = self.record("segue.failed", 0, None, None);
        let mut left_out = 0;
        let value_length = input.value.as_ref().map_or(0, Vec::len);
        if value_length > 512 << 10 {
            left_out += value_length;
        } else {
            record.value = input.value;
        }
        if input.headers.iter().any(|header| header.name == "comment") {
            let headers = input
                .headers
                .iter()
                .map(|header| header.name.len() + header.value.as_ref().map_or(0, Vec::len));
            left_out += input.key.as_ref().map_or(0, Vec::len) + headers.sum::<usize>();
        } else {
            record.key = input.key;
            record.headers = input.headers;
        }
        for (name, value) in [
            ("segue-error", text(&value["code"])),
            ("segue-detail", "what was wrong"),
            ("segue-origin", &from),
            ("segue-at", "2026-03-02T10:00:00Z"),
        ] {
            record.headers.push(header(name, value));
        }
        if left_out > 0 {
            record.headers.push(header("segue-left-out", &left_out.to_string()));
        }
        self.evidence.failed.push(record);
    }

    /// Two tasks and a rejected candidate.
    fn release(&mut self, copy: &Record, value: &Value) {
        let (id, subject) = (text(&value["id"]), text(&value["subject"]));
        let source = text(&value["source"]);
        let decision = format!("d-{source}-{id}-{subject}");
        let priority = |rank: u32| json!({"score": 10.5 / f64::from(rank), "rank": rank});
        let mut candidates = Vec::new();
        for (rank, action) in [(1, "call"), (2, "write")] {
            let task = format!("t-{source}-{id}-{action}");
            candidates.push(
                json!({"action": action, "rule": "r", "verdict": "released", "stage": "release", "by": null,
                "detail": null, "priority": priority(rank), "channel": null, "task": task}),
            );
            let event = json!({"specversion": "1.0", "id": format!("{task}/released"), "source": "segue",
                "type": "segue.task.released", "subject": subject, "time": instant(self.now), "data": {"task": task, "action": action, "rule": "r",
                "subject": subject, "priority": priority(rank), "what": format!("Do it for {}", value["data"]["amount"]),
                "cause": {"source": source, "event": id, "type": value["type"]}, "decision": decision, "bundle": "b"}});
            let mut record = self.keyed("service.tasks", 2, subject, &event);
            record.headers.push(header("content-type", "application/cloudevents+json; charset=utf-8"));
            self.evidence.tasks.push(record);
        }
        candidates.push(json!({"action": "wait", "rule": "r", "verdict": "rejected", "stage": "eligible", "by": "eligible",
            "detail": null, "priority": null, "channel": null, "task": null}));
        let decided = json!({"decision": decision, "at": instant(self.now), "subject": subject, "per": "person",
            "stimulus": {"source": source, "event": id, "type": value["type"], "log": {"partition": copy.partition, "offset": copy.offset}},
            "bundle": "b", "rules": ["r"], "errors": [], "candidates": candidates, "result": "released"});
        let record = self.keyed("segue.decisions", 3, subject, &decided);
        self.evidence.decisions.push(record);
    }

    /// The signal that a failed payment raises: a look, unless there was one just now, and a note in any case.
    fn signal(&mut self, copy: &Record, value: &Value) {
        if value["type"] != "payment.failed" {
            return;
        }
        let (id, subject, at) =
            (text(&value["id"]), text(&value["subject"]), value["at"].as_i64().expect("it was logged"));
        let has_room = self.looked.get(subject).is_none_or(|last| at - last >= LOOK_MS);
        if has_room {
            let _ = self.looked.insert(subject.to_owned(), at);
        }
        let cause = json!({"source": "billing", "event": id, "type": "payment.failed"});
        let decision = format!("d-segue-{id}-{subject}");
        let mut candidates = Vec::new();
        for (rank, action) in [(1, "look"), (2, "note")] {
            let priority = json!({"score": 3.0 / f64::from(rank), "rank": rank});
            if action == "look" && !has_room {
                candidates.push(json!({"action": action, "rule": "s", "verdict": "rejected", "stage": "cap", "by": "few-looks",
                    "detail": null, "priority": priority, "channel": null, "task": null}));
                continue;
            }
            let task = format!("t-segue-{id}-{action}");
            candidates.push(
                json!({"action": action, "rule": "s", "verdict": "released", "stage": "release", "by": null,
                "detail": null, "priority": priority, "channel": null, "task": task}),
            );
            let event = json!({"specversion": "1.0", "id": format!("{task}/released"), "source": "segue",
                "type": "segue.task.released", "subject": subject, "time": instant(self.now), "data": {"task": task, "action": action, "rule": "s",
                "subject": subject, "priority": priority, "what": "Look", "cause": cause, "decision": decision, "bundle": "b"}});
            let mut record = self.keyed("service.tasks", 2, subject, &event);
            record.headers.push(header("content-type", "application/cloudevents+json; charset=utf-8"));
            self.evidence.tasks.push(record);
        }
        let mut began = cause;
        began["log"] = json!({"partition": copy.partition, "offset": copy.offset});
        let decided = json!({"decision": decision, "at": instant(self.now), "subject": subject, "per": "person",
            "stimulus": {"source": "segue", "event": format!("s-{id}-{subject}"), "type": "again", "cause": began},
            "bundle": "b", "rules": ["s"], "errors": [], "candidates": candidates, "result": "released"});
        let record = self.keyed("segue.decisions", 3, subject, &decided);
        self.evidence.decisions.push(record);
    }

    fn declare(&mut self) {
        let types = |types: &[&str]| types.iter().map(|kind| (*kind).to_owned()).collect();
        let declared = [
            ("crm.events", types(&["case.opened"]), false, None),
            ("billing.events", types(&["payment.failed", "tariff.changed"]), false, None),
            ("shop.clicks", types(&["cart.left"]), true, Some(("/name", "/message_id"))),
        ];
        for (topic, types, ignore_undeclared, envelope) in declared {
            let envelope = envelope.map(|(kind, id)| Envelope { kind: kind.to_owned(), id: id.to_owned() });
            let declared = Declared { types, ignore_undeclared, envelope };
            let _ = self.evidence.declared.insert(topic.to_owned(), declared);
        }
        for (topic, partitions) in [(LOG, LOG_PARTITIONS), ("segue.decisions", 3), ("service.tasks", 2)] {
            let _ = self.evidence.partitions.insert(topic.to_owned(), partitions);
        }
        self.evidence.dedup_ms = Some(86_400_000);
        let actions = BTreeSet::from(["look".to_owned()]);
        let cap = Cap { policy: "few-looks".to_owned(), actions, channel: None, at_most: 1, per_ms: LOOK_MS };
        self.evidence.caps.push(cap);
    }
}

/// An instant of the first minute there was.
fn instant(at_ms: i64) -> String {
    format!("1970-01-01T00:00:{:02}.{:03}Z", at_ms / 1_000, at_ms % 1_000)
}

/// Joins offsets that follow one another.
fn ranges(offsets: &[u64]) -> Vec<String> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for offset in offsets {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *offset => *last = *offset,
            _ => ranges.push((*offset, *offset)),
        }
    }
    ranges
        .into_iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
        .collect()
}

pub(crate) fn parsed(record: &Record) -> Value {
    serde_json::from_slice(record.value.as_deref().expect("it has a value")).expect("it is JSON")
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("it is a text")
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: Some(value.as_bytes().to_vec()) }
}
