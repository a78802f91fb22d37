//! The log of a router, read once and run again: of a task or a decision the one partition that its id leads to.

use std::path::Path;
use std::sync::Arc;

use segue_kafka::admin;
use segue_kafka::{self as kafka, Delivery};
use segue_log::{Record, TopicPartition};
use segue_model::{Timestamp, id};
use segue_why::case::{Case, RECORDS_MAX};
use segue_wire::topics::LOG;

use crate::bundles;
use crate::cli::WhyArgs;
use crate::exit::{BROKERS_HINT, Failure};
use crate::settings::{LogPlace, Purpose, Settings};
use crate::terminal::{Stop, Terminal, many};
use crate::wiring;

/// The case that the log of a router is, as far as it still keeps it.
///
/// # Errors
/// The settings cannot be used, no broker answers, or the log is too long.
pub(super) fn case(args: &WhyArgs, file: &Path, terminal: &Terminal) -> Result<Case, Stop> {
    let settings = Settings::read(file, Purpose::Topics);
    let settings = settings.map_err(|faults| Failure::usage("settings", faults.to_string()))?;
    if matches!(settings.log, LogPlace::Embedded(_)) {
        return Err(Failure::usage("not-built", "an embedded log cannot be asked yet").into());
    }
    let bundle = Arc::new(bundles::load_for_running(&settings.bundle, terminal)?);
    let mut records = Vec::new();
    for number in partitions(args, &settings)? {
        read(&settings, number, &mut records, terminal)?;
    }
    // Of several partitions, the records of one instant may come in any order: no subject is in two.
    records.sort_by_key(|(_, at)| *at);
    Ok(Case { bundle, settings: wiring::engine_settings(&settings), given: Vec::new(), records, until: None })
}

/// The partitions that are read: that of an id, or of an event all.
fn partitions(args: &WhyArgs, settings: &Settings) -> Result<Vec<u32>, Failure> {
    let kafka = &settings.kafka;
    let topics = admin::topics(&kafka.brokers, kafka.properties.reveal())
        .map_err(|error| Failure::environment("kafka", error.to_string()).hint(BROKERS_HINT))?;
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
    let client = kafka::Settings {
        brokers: settings.kafka.brokers.clone(),
        properties: settings.kafka.properties.reveal().clone(),
        group: "segue-why".to_owned(),
        instance: "segue-why".to_owned(),
        topics: vec![LOG.to_owned()],
        delivery: Delivery::AtLeastOnce,
    };
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
