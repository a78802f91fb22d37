//! A topic that is deleted and made again is another topic, though its offsets look alike.

use std::time::Instant;

use segue_kafka::Delivery;
use segue_log::Worker;
use segue_testkit::{shared_kafka_or_skip, topics};

use crate::harness::{LIMIT, close, connect, copy, fill, poll, read, values};

#[test]
fn a_topic_made_anew_while_nobody_reads_has_a_new_incarnation() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("remade", 1, &[]);
    kafka.create_topic("remade-out", 1, &[]);
    fill(kafka, "remade", 0..5);
    let mut worker = connect(kafka, "remade", &["remade"], Delivery::Idempotent);
    let before = read(&mut worker, 5);
    worker.commit(copy(&before, "remade-out")).expect("the step happens");
    close(worker);

    kafka.delete_topic("remade");
    topics::wait_for("the name to be free", || {
        std::panic::catch_unwind(|| kafka.create_topic("remade", 1, &[])).ok()
    });
    fill(kafka, "remade", 10..20);
    let mut worker = connect(kafka, "remade", &["remade"], Delivery::Idempotent);
    let after = read(&mut worker, 10);
    assert_eq!(values(&after)[0], "10");
    assert_eq!(after[0].offset, 0);
    assert!(after[0].incarnation > before[0].incarnation);
    close(worker);
}

#[test]
fn a_topic_made_anew_under_a_reader_has_a_new_incarnation() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("swapped", 1, &[]);
    kafka.create_topic("swapped-out", 1, &[]);
    fill(kafka, "swapped", 0..5);
    let mut settings = crate::harness::settings(kafka, "swapped", &["swapped"], Delivery::Idempotent);
    let _ = settings.properties.insert("topic.metadata.refresh.interval.ms".to_owned(), "500".to_owned());
    let mut worker = segue_kafka::KafkaWorker::connect(settings).expect("the broker answers");
    let before = read(&mut worker, 5);
    worker.commit(copy(&before, "swapped-out")).expect("the step happens");

    kafka.delete_topic("swapped");
    topics::wait_for("the name to be free", || {
        std::panic::catch_unwind(|| kafka.create_topic("swapped", 1, &[])).ok()
    });
    fill(kafka, "swapped", 10..13);
    let began = Instant::now();
    let mut after = Vec::new();
    while after.len() < 3 {
        assert!(began.elapsed() < LIMIT, "the new topic was not read");
        // Going back is an error that a worker expects.
        after.extend(poll(&mut worker, 10).unwrap_or_default());
    }
    assert_eq!(values(&after), ["10", "11", "12"]);
    assert!(after[0].incarnation > before[0].incarnation);
    close(worker);
}
