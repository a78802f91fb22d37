//! A step happens whole or not at all, and reading goes on from the last that happened.

use std::time::Instant;

use segue_kafka::Delivery;
use segue_log::{Error, Happening, Place, Step, Worker};
use segue_testkit::{shared_kafka_or_skip, topics};

use crate::harness::{
    LIMIT, append, begin, close, connect, copy, fill, numbers, partition, read, transactional, values,
};

fn a_restart_goes_on_at_the_last_commit(group: &str, delivery: &Delivery) {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    let (source, target) = (format!("{group}-in"), format!("{group}-out"));
    kafka.create_topic(&source, 1, &[]);
    kafka.create_topic(&target, 2, &[]);
    fill(kafka, &source, 0..10);

    let mut worker = connect(kafka, group, &[&source], delivery.clone());
    let records = read(&mut worker, 4);
    assert_eq!(worker.group_position(&partition(&target, 0)).expect("the broker answers"), None);
    let _ = worker.commit(copy(&records, &target)).expect("the step happens");
    assert_eq!(worker.group_position(&partition(&source, 0)).expect("the broker answers"), Some(4));
    let uncommitted = read(&mut worker, 2);
    assert_eq!(values(&uncommitted), ["4", "5"]);
    close(worker);

    let mut worker = connect(kafka, group, &[&source], delivery.clone());
    let again = read(&mut worker, 6);
    assert_eq!(values(&again), ["4", "5", "6", "7", "8", "9"]);
    assert_eq!(again[0].incarnation, records[0].incarnation, "a restart is not another life of the topic");
    assert!(records[0].incarnation > 0);
    let _ = worker.commit(copy(&again, &target)).expect("the step happens");
    assert_eq!(worker.committed()[0].next, 10);
    assert_eq!(numbers(kafka, &target), (0..10).collect::<Vec<_>>());
    close(worker);
}

#[test]
fn an_idempotent_restart_goes_on_at_the_last_commit() {
    a_restart_goes_on_at_the_last_commit("idempotent", &Delivery::Idempotent);
}

#[test]
fn a_transactional_restart_goes_on_at_the_last_commit() {
    a_restart_goes_on_at_the_last_commit("transactional", &transactional("restarting"));
}

#[test]
fn a_transaction_of_which_one_part_is_refused_leaves_nothing_and_is_read_again() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("parts-in", 1, &[]);
    kafka.create_topic("parts-out", 1, &[]);
    kafka.create_topic("parts-narrow", 1, &[("max.message.bytes", "500")]);
    fill(kafka, "parts-in", 0..3);
    let mut worker = connect(kafka, "parts", &["parts-in"], transactional("parts"));
    let counters = worker.counters();

    let records = read(&mut worker, 3);
    let mut step = copy(&records, "parts-out");
    step.appends.push(append("parts-narrow", Place::Key, vec![b'x'; 2_000]));
    let refused = worker.commit(step).expect_err("the topic takes no such record");
    assert!(
        matches!(&refused, Error::TooLarge { topic, index: 3 } if topic == "parts-narrow"),
        "{refused:?}"
    );

    let records = read(&mut worker, 3);
    let mut step = copy(&records, "parts-out");
    step.appends.push(append("parts-nowhere", Place::Key, "x"));
    let refused = worker.commit(step).expect_err("there is no such topic");
    assert!(matches!(&refused, Error::Unwritable { topic, .. } if topic == "parts-nowhere"), "{refused:?}");

    let records = read(&mut worker, 3);
    let mut step = copy(&records, "parts-out");
    step.appends.push(append("parts-out", Place::Key, vec![b'x'; 2_000_000]));
    let refused = worker.commit(step).expect_err("no topic takes so much");
    assert!(matches!(&refused, Error::TooLarge { index: 3, .. }), "{refused:?}");

    assert!(numbers(kafka, "parts-out").is_empty());
    let records = read(&mut worker, 3);
    assert_eq!(values(&records), ["0", "1", "2"]);
    let mut step = copy(&records, "parts-out");
    step.appends.push(append("parts-narrow", Place::Key, "x"));
    let _ = worker.commit(step).expect("a topic that refused one record takes the next at once");
    assert_eq!(numbers(kafka, "parts-out"), [0, 1, 2]);
    let counts = counters.read();
    assert_eq!((counts.aborts, counts.rewound, counts.commits), (1, 3, 1), "{counts:?}");
    close(worker);
}

#[test]
fn a_topic_deleted_between_two_steps_is_named() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("deleted-in", 1, &[]);
    kafka.create_topic("deleted-out", 1, &[]);
    fill(kafka, "deleted-in", 0..2);
    let mut worker = connect(kafka, "deleted", &["deleted-in"], transactional("deleted"));
    let records = read(&mut worker, 1);
    let _ = worker.commit(copy(&records, "deleted-out")).expect("the step happens");

    kafka.delete_topic("deleted-out");
    let records = read(&mut worker, 1);
    let refused = worker.commit(copy(&records, "deleted-out")).expect_err("the topic is gone");
    assert!(matches!(&refused, Error::Unwritable { topic, .. } if topic == "deleted-out"), "{refused:?}");
    assert_eq!(values(&read(&mut worker, 1)), ["1"]);
    close(worker);
}

#[test]
fn a_step_without_progress_or_without_appends_happens_too() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("ticks-in", 1, &[]);
    fill(kafka, "ticks-in", 0..1);
    let mut worker = connect(kafka, "ticks", &["ticks-in"], transactional("ticks"));
    let mut records = begin(&mut worker);
    let tick = Step { appends: vec![append("ticks-in", Place::Partition(0), "1")], progress: Vec::new() };
    let _ = worker.commit(tick).expect("a tick is appended");
    let missing = 2 - records.len();
    records.extend(read(&mut worker, missing));
    let seen = Step { appends: Vec::new(), progress: copy(&records, "x").progress };
    let _ = worker.commit(seen).expect("progress is committed");
    close(worker);

    let mut worker = connect(kafka, "ticks", &["ticks-in"], transactional("ticks"));
    let _ = begin(&mut worker);
    // Two records and the marker of the tick's transaction: the next record would be the third.
    assert_eq!(worker.committed()[0].next, 2);
    close(worker);
}

#[test]
fn a_small_transaction_does_not_wait_for_the_producers_flush() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("pace", 1, &[]);
    let mut worker = connect(kafka, "pace", &["pace"], transactional("pace"));
    let mut step = |n: usize| {
        let began = Instant::now();
        let appends = vec![append("pace", Place::Key, n.to_string())];
        let _ = worker.commit(Step { appends, progress: Vec::new() }).expect("the step happens");
        began.elapsed()
    };
    let _ = step(0);
    let mut took: Vec<_> = (1..=21).map(&mut step).collect();
    took.sort_unstable();
    // The library's own flush would make each of them take 100 ms.
    assert!(took[10].as_millis() < 80, "{took:?}");
    assert_eq!(numbers(kafka, "pace").len(), 22);
}

#[test]
fn reading_begins_where_the_caller_wants_it() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("wanted", 1, &[]);
    fill(kafka, "wanted", 0..5);
    let mut worker = connect(kafka, "wanted", &["wanted"], Delivery::Idempotent);
    let assigned = topics::wait_for("the partition", || match worker.poll(1, LIMIT) {
        Ok(Happening::Assigned(partitions)) => Some(partitions),
        _ => None,
    });
    worker.start(&[(assigned[0].clone(), Some(3))]).expect("it is owned");
    assert_eq!(values(&read(&mut worker, 2)), ["3", "4"]);
    close(worker);
}
