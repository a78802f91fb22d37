//! What the tests share: workers that are polled until something is so, and appends made in one line.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use segue_kafka::{Delivery, KafkaWorker, Settings};
use segue_log::{Append, Error, Happening, Place, Progress, Record, Step, TopicPartition, Worker};
use segue_testkit::{Kafka, topics};

pub(crate) const LIMIT: Duration = Duration::from_secs(60);
const WAIT: Duration = Duration::from_millis(100);

pub(crate) fn settings(kafka: &Kafka, group: &str, topics: &[&str], delivery: Delivery) -> Settings {
    Settings {
        brokers: kafka.brokers().to_owned(),
        properties: BTreeMap::new(),
        group: group.to_owned(),
        instance: format!("{group}-instance"),
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
        delivery,
    }
}

pub(crate) fn connect(kafka: &Kafka, group: &str, topics: &[&str], delivery: Delivery) -> KafkaWorker {
    KafkaWorker::connect(settings(kafka, group, topics, delivery)).expect("the broker answers")
}

pub(crate) fn transactional(id: &str) -> Delivery {
    Delivery::Transactional { id: id.to_owned() }
}

/// Polls, starts what is assigned, and returns the next records.
pub(crate) fn poll(worker: &mut KafkaWorker, records_max: usize) -> Result<Vec<Record>, Error> {
    match worker.poll(records_max, WAIT)? {
        Happening::Assigned(partitions) => {
            let partitions: Vec<_> = partitions.into_iter().map(|partition| (partition, None)).collect();
            worker.start(&partitions)?;
            Ok(Vec::new())
        }
        Happening::Revoked(_) => Ok(Vec::new()),
        Happening::Records(records) => Ok(records),
    }
}

/// Polls until so many records have come.
pub(crate) fn read(worker: &mut KafkaWorker, count: usize) -> Vec<Record> {
    let mut records = Vec::new();
    let began = Instant::now();
    while records.len() < count {
        assert!(began.elapsed() < LIMIT, "{} of {count} records within {LIMIT:?}", records.len());
        records.extend(poll(worker, count - records.len()).expect("nothing fails"));
    }
    records
}

/// Polls until partitions have been assigned, started and begun; returns the records that came with that.
pub(crate) fn begin(worker: &mut KafkaWorker) -> Vec<Record> {
    let mut records = Vec::new();
    let began = Instant::now();
    while worker.committed().is_empty() {
        assert!(began.elapsed() < LIMIT, "no partition was assigned within {LIMIT:?}");
        records.extend(poll(worker, 1).expect("nothing fails"));
    }
    records
}

pub(crate) fn append(topic: &str, place: Place, value: impl Into<Vec<u8>>) -> Append {
    let value = value.into();
    Append {
        topic: Arc::from(topic),
        place,
        key: Some(value.clone()),
        value: Some(value),
        headers: Vec::new(),
    }
}

/// Fills a topic with numbered records.
pub(crate) fn fill(kafka: &Kafka, topic: &str, numbers: std::ops::Range<usize>) {
    topics::produce(kafka.brokers(), numbers.map(|n| append(topic, Place::Key, n.to_string())));
}

pub(crate) fn progress(records: &[Record]) -> Vec<Progress> {
    let mut next: BTreeMap<(Arc<str>, u32), u64> = BTreeMap::new();
    for record in records {
        let _ = next.insert((record.topic.clone(), record.partition), record.offset + 1);
    }
    next.into_iter().map(|((topic, partition), next)| Progress { topic, partition, next }).collect()
}

/// The step that copies records to a topic.
pub(crate) fn copy(records: &[Record], topic: &str) -> Step {
    let value = |record: &Record| record.value.clone().expect("the test wrote one");
    let appends = records.iter().map(|record| append(topic, Place::Key, value(record)));
    Step { appends: appends.collect(), progress: progress(records) }
}

pub(crate) fn values(records: &[Record]) -> Vec<String> {
    let text = |record: &Record| String::from_utf8(record.value.clone().unwrap_or_default());
    records.iter().map(|record| text(record).expect("the test wrote text")).collect()
}

/// Reads a topic's values as an outsider does, in order of their numbers, once no transaction hides any: a broker
/// answers that a transaction has ended a moment before it shows.
pub(crate) fn numbers(kafka: &Kafka, topic: &str) -> Vec<usize> {
    let reader: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", kafka.brokers())
        .set("isolation.level", "read_committed")
        .create()
        .expect("the settings are right");
    for (partition, end) in topics::end_offsets(kafka.brokers(), topic).into_iter().enumerate() {
        let partition = i32::try_from(partition).expect("tests use few partitions");
        let end = i64::try_from(end).expect("tests write few records");
        topics::wait_for("the end of transactions", || {
            let (_, shown) = reader.fetch_watermarks(topic, partition, LIMIT).ok()?;
            (shown >= end).then_some(())
        });
    }
    let values = values(&topics::read_all(kafka.brokers(), topic));
    let mut numbers: Vec<usize> = values.iter().map(|value| value.parse().expect("a number")).collect();
    numbers.sort_unstable();
    numbers
}

pub(crate) fn partition(topic: &str, partition: u32) -> TopicPartition {
    TopicPartition { topic: Arc::from(topic), partition }
}

pub(crate) fn close(worker: KafkaWorker) {
    Box::new(worker).close();
}

/// Tells threads to stop when the test ends, also when it ends by a panic.
pub(crate) struct StopAtEnd<'a>(pub(crate) &'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Writes one record with headers as bytes to partition 0, by a request of our own: the client library writes no names
/// that are not UTF-8, others do.
pub(crate) fn produce_raw(brokers: &str, topic: &str, value: &[u8], headers: &[(&[u8], &[u8])]) {
    let varint = |number: usize| {
        let mut zigzag = number << 1;
        let mut bytes = Vec::new();
        while zigzag > 127 {
            bytes.push((zigzag & 127 | 128) as u8);
            zigzag >>= 7;
        }
        bytes.push(zigzag as u8);
        bytes
    };
    let sized = |bytes: &[u8]| [varint(bytes.len()), bytes.to_vec()].concat();
    // Attributes, differences of time and offset, no key, the value, the headers.
    let mut record = [vec![0, 0, 0, 1], sized(value), varint(headers.len())].concat();
    headers.iter().for_each(|(name, value)| record.extend([sized(name), sized(value)].concat()));
    let record = sized(&record);
    let now = std::time::UNIX_EPOCH.elapsed().expect("it is later").as_millis() as i64;
    let times = [now.to_be_bytes(), now.to_be_bytes()].concat();
    // Attributes, last offset, first and last time, no producer (id, epoch, sequence), count, record.
    let body = [&[0; 6][..], &times, &[0xff; 14], &1i32.to_be_bytes(), &record].concat();
    // No leader epoch, format 2, checksum.
    let batch = [&[0xff, 0xff, 0xff, 0xff, 2][..], &crc32c(&body).to_be_bytes(), &body].concat();
    let batch = [&[0; 8][..], &(batch.len() as u32).to_be_bytes(), &batch].concat();
    let short = |text: &str| [&(text.len() as i16).to_be_bytes(), text.as_bytes()].concat();
    // Produce, version 3, number and name of the request; no transaction, one replica, ten seconds; one topic, partition 0.
    let start =
        [vec![0, 0, 0, 3, 0, 0, 0, 1], short("raw"), vec![0xff, 0xff, 0, 1, 0, 0, 0x27, 0x10]].concat();
    let place = [vec![0, 0, 0, 1], short(topic), vec![0, 0, 0, 1, 0, 0, 0, 0]].concat();
    let request = [start, place, (batch.len() as u32).to_be_bytes().to_vec(), batch].concat();

    let broker = brokers.split(',').next().expect("there is one");
    let mut stream = TcpStream::connect(broker).expect("the broker listens");
    stream.set_read_timeout(Some(LIMIT)).expect("it is not zero");
    let framed = [(request.len() as u32).to_be_bytes().to_vec(), request].concat();
    stream.write_all(&framed).expect("the broker reads");
    let mut length = [0; 4];
    stream.read_exact(&mut length).expect("the broker answers");
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut answer).expect("the broker answers");
    let error = 4 + 4 + 2 + topic.len() + 4 + 4;
    assert_eq!(answer[error..error + 2], [0, 0], "the broker refused the record");
}

fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
        (0..8).fold(crc ^ u32::from(*byte), step)
    })
}
