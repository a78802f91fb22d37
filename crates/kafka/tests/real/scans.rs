//! A scan shows all that is committed up to the end, and waits for transactions that hide some of it.

use std::thread;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use segue_kafka::Delivery;
use segue_log::Worker;
use segue_testkit::{Kafka, shared_kafka_or_skip, topics};

use crate::harness::{self, close, connect, copy, fill, partition, produce_raw, read, values};

const LIMIT: Duration = Duration::from_secs(20);

fn producer(kafka: &Kafka, id: &str) -> ThreadedProducer<rdkafka::producer::DefaultProducerContext> {
    let mut config = ClientConfig::new();
    let _ = config.set("bootstrap.servers", kafka.brokers()).set("transactional.id", id);
    let producer: ThreadedProducer<_> = config.create().expect("the settings are right");
    producer.init_transactions(LIMIT).expect("the coordinator answers");
    producer
}

fn begin(producer: &ThreadedProducer<rdkafka::producer::DefaultProducerContext>, topic: &str, value: &str) {
    producer.begin_transaction().expect("no transaction is open");
    producer.send(BaseRecord::<[u8], str>::to(topic).payload(value).partition(0)).expect("there is room");
    producer.flush(LIMIT).expect("the broker takes the record");
}

#[test]
fn a_scan_ends_although_the_last_places_are_markers_and_aborted_records() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("scan-markers", 2, &[]);
    let mut worker = connect(kafka, "scan-markers", &["scan-markers"], Delivery::AtLeastOnce);
    let scan = |worker: &mut segue_kafka::KafkaWorker| {
        let mut seen = Vec::new();
        let end = worker.scan(&partition("scan-markers", 0), 0, &mut |record| seen.push(record));
        (values(&seen), end.expect("the scan ends").end)
    };
    assert_eq!(scan(&mut worker), (Vec::new(), 0));

    let other = producer(kafka, "scan-markers");
    begin(&other, "scan-markers", "kept");
    other.commit_transaction(LIMIT).expect("it commits");
    begin(&other, "scan-markers", "dropped");
    other.abort_transaction(LIMIT).expect("it aborts");
    // The broker answers before it has written the markers.
    topics::wait_for("both markers", || {
        (topics::end_offsets(kafka.brokers(), "scan-markers")[0] == 4).then_some(())
    });
    assert_eq!(scan(&mut worker), (vec!["kept".to_owned()], 4));
    assert_eq!(worker.counters().read().scans, 2);
}

#[test]
fn a_scan_waits_for_an_open_transaction_and_shows_what_it_commits() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("scan-open", 1, &[]);
    fill(kafka, "scan-open", 0..3);
    let other = producer(kafka, "scan-open");
    begin(&other, "scan-open", "late");
    fill(kafka, "scan-open", 3..5);

    let mut worker = connect(kafka, "scan-open", &["scan-open"], Delivery::AtLeastOnce);
    let mut seen = Vec::new();
    let end = thread::scope(|scope| {
        let scanning = scope.spawn(|| {
            let mut seen = Vec::new();
            let end = worker.scan(&partition("scan-open", 0), 0, &mut |record| seen.push(record));
            (seen, end.expect("the scan ends").end)
        });
        // Long enough that a scan which does not wait would have ended; the outcome does not depend on it.
        thread::sleep(Duration::from_millis(500));
        assert!(!scanning.is_finished(), "the scan did not wait for the open transaction");
        other.commit_transaction(LIMIT).expect("it commits");
        let (found, end) = scanning.join().expect("the scan does not panic");
        seen = found;
        end
    });
    assert_eq!(values(&seen), ["0", "1", "2", "late", "3", "4"]);
    // The transaction's marker came after the end that the scan had taken for its aim.
    assert_eq!(end, 6);
}

/// Where a step ended is where a reader goes on that has seen it, and going back reads the step's records again.
fn a_step_says_where_it_ended(name: &str, delivery: Delivery) {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    let (source, target) = (format!("{name}-in"), format!("{name}-out"));
    kafka.create_topic(&source, 1, &[]);
    kafka.create_topic(&target, 2, &[]);
    fill(kafka, &source, 0..8);
    let mut worker = connect(kafka, name, &[&source], delivery);
    let records = read(&mut worker, 4);
    worker.rewind().expect("nothing is in the way");
    assert_eq!(values(&read(&mut worker, 4)), values(&records));
    let ends = worker.commit(copy(&records, &target)).expect("the step happens");
    let records = read(&mut worker, 4);
    let _ = worker.commit(copy(&records, &target)).expect("the step happens");
    assert!(!ends.is_empty(), "something was appended somewhere");
    let mut later = Vec::new();
    for number in 0..2 {
        let from = ends.iter().find(|end| end.partition == number).map_or(0, |end| end.next);
        let extent = worker.scan(&partition(&target, number), from, &mut |record| later.push(record));
        assert!(extent.expect("the scan ends").contains(&from.saturating_sub(1)));
        let past = worker.scan(&partition(&target, number), from + 100, &mut |record| later.push(record));
        assert!(past.expect("the scan ends").end < from + 100);
    }
    let mut later = values(&later);
    later.sort();
    assert_eq!(later, ["4", "5", "6", "7"]);
    let identity = worker.identity(&target).expect("the broker answers").expect("it knows its topics");
    assert_eq!(worker.identity(&target).expect("the broker answers"), Some(identity.clone()));
    assert_ne!(worker.identity(&source).expect("the broker answers"), Some(identity));
    assert_eq!(worker.identity("nowhere").expect("the broker answers"), None);
    close(worker);
}

#[test]
fn a_transactional_step_says_where_it_ended() {
    a_step_says_where_it_ended("ended-transactional", harness::transactional("ended"));
}

#[test]
fn a_plain_step_says_where_it_ended() {
    a_step_says_where_it_ended("ended-plain", Delivery::AtLeastOnce);
}

#[test]
fn a_header_whose_name_is_not_utf_8_stops_neither_reading_nor_a_scan() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("raw-names", 1, &[]);
    let headers: [(&[u8], &[u8]); 3] = [(b"kind", b"a"), (b"\xff\xfe", b"b"), (b"tail", b"c")];
    produce_raw(kafka.brokers(), "raw-names", b"0", &headers);
    fill(kafka, "raw-names", 1..3);

    let mut worker = connect(kafka, "raw-names", &["raw-names"], Delivery::Idempotent);
    let records = read(&mut worker, 3);
    let mut scanned = Vec::new();
    let end = worker.scan(&partition("raw-names", 0), 0, &mut |record| scanned.push(record));
    assert_eq!(end.expect("the scan ends"), 0..3);
    for records in [&records, &scanned] {
        assert_eq!(values(records), ["0", "1", "2"]);
        let headers = records[0].headers.iter();
        let headers: Vec<_> = headers.map(|header| (header.name.as_str(), header.value.as_deref())).collect();
        assert_eq!(headers, [("kind", Some(&b"a"[..])), ("\u{fffd}", None), ("tail", Some(&b"c"[..]))]);
    }
    close(worker);
}
