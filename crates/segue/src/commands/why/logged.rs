//! The log of a router, read once and run again: of a task or a decision the one partition that its id leads to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_document::{Document, Value};
use segue_kafka::admin;
use segue_kafka::{self as kafka, Delivery};
use segue_log::{Record, TopicPartition};
use segue_model::subject::PERSON;
use segue_model::{Timestamp, id};
use segue_why::case::{Case, RECORDS_MAX};
use segue_why::find::{FOUND_MAX, Search, names};
use segue_wire::topics::{BUNDLES, DECISIONS, KEPT, LOG, RETRIED};

use crate::bundles;
use crate::cli::WhyArgs;
use crate::commands::standing::{self, Known};
use crate::erased::Erased;
use crate::exit::{BROKERS_HINT, Failure};
use crate::settings::Settings;
use crate::terminal::{Stop, Terminal, many};
use crate::wiring;

/// The case that the log of a router is, as far as it still keeps it; and the records of the decisions that are asked about, of
/// a task or a decision. These are kept for longer.
///
/// # Errors
/// The settings cannot be used, no broker answers, or the log is too long and there is no such record.
pub(super) fn case(args: &WhyArgs, file: &Path, terminal: &Terminal) -> Result<(Case, Vec<Document>), Stop> {
    let settings = standing::settings(file)?;
    let bundle = bundle(&settings, terminal)?;
    let decisions = match &args.id {
        Some(id) => decisions(&[id.clone()].into(), &settings)?,
        None => Vec::new(),
    };
    let mut records = Vec::new();
    for number in partitions(args, &settings)? {
        match read(&settings, number, &mut records, terminal) {
            // It cannot be run again, but its record says what became of it.
            Err(failure) if failure.code == "events" && !decisions.is_empty() => records.clear(),
            read => read?,
        }
    }
    // Of several partitions, the records of one instant may come in any order: no subject is in two.
    records.sort_by_key(|(_, at)| *at);
    let settings = wiring::engine_settings(&settings);
    let addresses = Arc::default();
    Ok((Case { bundle, settings, addresses, given: Vec::new(), records, until: None }, decisions))
}

/// The bundle that is decided by now: the one that was deployed, else that of the settings. What another decided before does
/// not come out the same, and is told from its record.
fn bundle(settings: &Settings, terminal: &Terminal) -> Result<Arc<Bundle>, Stop> {
    if topics(settings)?.contains_key(BUNDLES) {
        let direct = standing::connect(settings)?;
        let known = Known::read(&direct)?;
        if let Some(digest) = known.bundle() {
            if let Some(bundle) = standing::decided_by(&direct, &known, settings) {
                return Ok(bundle);
            }
            terminal.note(&format!("the bundle {digest}, which is decided by, cannot be read: why is told by that of the settings"));
        }
    }
    Ok(Arc::new(bundles::load_for_running(&settings.bundle, terminal)?))
}

/// What was found of an event, held against the records of the decisions on it. Where another bundle decided then, the run
/// shows otherwise, or nothing at all.
///
/// # Errors
/// No broker answers.
pub(super) fn held_against_records(
    search: Search,
    case: &Case,
    (source, id): (&str, &str),
    file: &Path,
    terminal: &Terminal,
) -> Result<Search, Stop> {
    let settings = standing::settings(file)?;
    let records = decisions(&search.decisions(case, (source, id)), &settings)?;
    let search = search.held_against(records);
    let only_run = search.found.iter().filter(|found| found.is_only_run()).count() as u64;
    if only_run > 0 {
        let many = many(only_run, "decision");
        terminal.note(&format!(
            "of {many} told here there is no record: the bundle that is decided by now would decide so, and another may have decided otherwise then"
        ));
    }
    Ok(search)
}

/// The records of the decisions that name one of these ids, from the partitions that the ids lead to. What of them names none
/// is not even looked into.
fn decisions(wanted: &BTreeSet<String>, settings: &Settings) -> Result<Vec<Document>, Failure> {
    let topics = topics(settings)?;
    let mut records = Records::default();
    for name in [DECISIONS, KEPT] {
        let Some(topic) = topics.get(name) else { continue };
        let mut by_partition: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        for id in wanted {
            let Some(route) = id::route(id) else { continue };
            let id = id.split_once('/').map_or(&**id, |(id, _)| id);
            by_partition.entry(route % topic.partitions.max(1)).or_default().push(id);
        }
        for (partition, ids) in by_partition {
            let partition = TopicPartition { topic: name.into(), partition };
            let mut visit = |record: Record| records.take(record.value.unwrap_or_default(), &ids);
            let _ = kafka::once::read(&client(settings, name), &partition, &mut visit)
                .map_err(|error| Failure::environment("kafka", error.to_string()).hint(BROKERS_HINT))?;
        }
    }
    // What is kept for long is older than the rest, and was read after it.
    records.found.sort_by_key(at);
    Ok(records.found)
}

/// Records of decisions, each once: those on tasks stand on two topics.
#[derive(Default)]
struct Records {
    found: Vec<Document>,
    ids: BTreeSet<String>,
}

impl Records {
    fn take(&mut self, value: Vec<u8>, ids: &[&str]) {
        let is_in = |id: &&str| value.windows(id.len()).any(|part| part == id.as_bytes());
        if self.found.len() > FOUND_MAX || !ids.iter().any(is_in) {
            return;
        }
        let text = String::from_utf8(value).ok();
        let Some(document) = text.and_then(|text| Document::parse_owned(text).ok()) else { return };
        // What a bundle decided beside the one that counts can have the same ids, and nothing came of it.
        let is_real = document.root().get("shadow").is_none() && ids.iter().any(|id| names(&document, id));
        let id = document.root().get("decision").and_then(Value::as_str).unwrap_or_default().to_owned();
        if is_real && self.ids.insert(id) {
            self.found.push(document);
        }
    }
}

fn at(decision: &Document) -> Timestamp {
    let at = decision.root().get("at").and_then(Value::as_str);
    at.and_then(Timestamp::parse).unwrap_or_default()
}

/// Leaves out what is about somebody who was erased since. The topics that it was read from forget it before long.
///
/// # Errors
/// No broker answers.
pub(super) fn without_erased(mut search: Search, case: &Case, file: &Path) -> Result<Search, Stop> {
    let settings = standing::settings(file)?;
    if !topics(&settings)?.contains_key(RETRIED) {
        return Ok(search);
    }
    let mut erased = Erased::default();
    let place = TopicPartition { topic: RETRIED.into(), partition: 0 };
    let mut visit = |record: Record| {
        let key = record.key.as_deref().and_then(|key| std::str::from_utf8(key).ok());
        erased.take(key.unwrap_or_default(), record.value.as_deref());
    };
    let _ = kafka::once::read(&client(&settings, RETRIED), &place, &mut visit)
        .map_err(|error| Failure::environment("kafka", error.to_string()).hint(BROKERS_HINT))?;
    let before = search.found.len();
    search.found.retain(|found| {
        let subject = found.subject(case);
        subject.kind != PERSON || !erased.is_erased(&subject.id, found.at())
    });
    if search.found.is_empty() && before > 0 {
        let failure = Failure::usage("nothing-matched", "whoever that was about was erased since");
        return Err(failure.into());
    }
    Ok(search)
}

fn topics(settings: &Settings) -> Result<BTreeMap<String, admin::Topic>, Failure> {
    admin::topics(&settings.kafka.brokers, settings.kafka.properties.reveal())
        .map_err(|error| Failure::environment("kafka", error.to_string()).hint(BROKERS_HINT))
}

/// A client that reads a topic and leaves no trace.
fn client(settings: &Settings, topic: &str) -> kafka::Settings {
    kafka::Settings {
        brokers: settings.kafka.brokers.clone(),
        properties: settings.kafka.properties.reveal().clone(),
        group: "segue-why".to_owned(),
        instance: "segue-why".to_owned(),
        topics: vec![topic.to_owned()],
        delivery: Delivery::AtLeastOnce,
    }
}

/// The partitions that are read: that of an id, or of an event all.
fn partitions(args: &WhyArgs, settings: &Settings) -> Result<Vec<u32>, Failure> {
    let topics = topics(settings)?;
    let Some(log) = topics.get(LOG) else {
        let failure = Failure::environment("topics", format!("there is no topic {LOG}"));
        return Err(failure.hint("has the router run with these settings?"));
    };
    let all = log.partitions.max(1);
    let of_id = args.id.as_deref().map(|wanted| id::route(wanted).map(|route| route % all));
    match of_id {
        Some(Some(number)) => Ok(vec![number]),
        Some(None) => Err(Failure::usage("usage", "the id is none that a router has made")),
        None => Ok((0..all).collect()),
    }
}

fn read(
    settings: &Settings,
    number: u32,
    records: &mut Vec<(Record, Timestamp)>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let client = client(settings, LOG);
    let partition = TopicPartition { topic: LOG.into(), partition: number };
    let mut left_out = 0_u64;
    let mut visit = |record: Record| match records.len() < RECORDS_MAX {
        true => records.push((record.clone(), Timestamp(record.appended_at_ms))),
        false => left_out += 1,
    };
    let read = kafka::once::read(&client, &partition, &mut visit)
        .map_err(|error| Failure::environment("kafka", error.to_string()).hint(BROKERS_HINT))?;
    if left_out > 0 {
        let message = format!("the log holds more than {RECORDS_MAX} records");
        return Err(Failure::usage("events", message).hint("record a part of it, and use `--events FILE`"));
    }
    if read.start > 0 {
        let gone = many(read.start, "record");
        terminal.note(&format!("the log of partition {number} has lost its first {gone}: what was known from them is not known here"));
    }
    Ok(())
}
