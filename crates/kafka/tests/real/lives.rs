//! A topic that is deleted and made again is another topic, though its offsets look alike.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use segue_kafka::{Delivery, KafkaWorker};
use segue_log::{Place, Step, Worker};
use segue_testkit::{Kafka, shared_kafka_or_skip, topics};

use crate::harness::{LIMIT, append, close, connect, copy, fill, partition, poll, progress, read, values};

#[test]
fn a_topic_made_anew_while_nobody_reads_has_a_new_incarnation() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("remade", 1, &[]);
    kafka.create_topic("remade-out", 1, &[]);
    fill(kafka, "remade", 0..5);
    let mut worker = connect(kafka, "remade", &["remade"], Delivery::Idempotent);
    let before = read(&mut worker, 5);
    let _ = worker.commit(copy(&before, "remade-out")).expect("the step happens");
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
    let _ = worker.commit(copy(&before, "swapped-out")).expect("the step happens");

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

const PARTITIONS: u32 = 2;

fn publish(kafka: &Kafka, topic: &str, numbers: std::ops::Range<usize>) {
    let to = |place, n: usize| append(topic, Place::Partition(place), format!("{n}"));
    let all = (0..PARTITIONS).flat_map(|place| numbers.clone().map(move |n| to(place, n)));
    topics::produce(kafka.brokers(), all);
}

fn make(kafka: &Kafka, topic: &str) {
    topics::wait_for("the name to be free", || {
        std::panic::catch_unwind(|| kafka.create_topic(topic, PARTITIONS, &[])).ok()
    });
}

/// Reads until every partition's numbers have come in an incarnation that is none of `former`; commits them.
fn read_anew(
    worker: &mut KafkaWorker,
    former: &BTreeSet<u64>,
    numbers: std::ops::Range<usize>,
) -> BTreeSet<u64> {
    let expected: Vec<_> = numbers.map(|n| n.to_string()).collect();
    let mut found: BTreeMap<(u64, u32), Vec<_>> = BTreeMap::new();
    let began = Instant::now();
    while found.len() < PARTITIONS as usize || found.values().any(|of| of.len() < expected.len()) {
        let counts: Vec<_> = found.iter().map(|(of, records)| (of, records.len())).collect();
        assert!(began.elapsed() < LIMIT, "the new topic was not read: {counts:?} after {former:?}");
        match poll(worker, 1_000) {
            Ok(records) => {
                for record in records.into_iter().filter(|record| !former.contains(&record.incarnation)) {
                    found.entry((record.incarnation, record.partition)).or_default().push(record);
                }
            }
            // Reading goes on from the last commit.
            Err(_) => found.clear(),
        }
    }
    for records in found.values() {
        assert_eq!(values(records), expected);
    }
    let incarnations = found.keys().map(|(incarnation, _)| *incarnation).collect();
    let progress = found.values().flat_map(|records| progress(records)).collect();
    let _ = worker.commit(Step { appends: Vec::new(), progress }).expect("nothing is in the way");
    incarnations
}

/// Makes a topic anew under its reader, longer than its reader had come. `deleted`, `made` and `filled` are what the
/// reader does just then with the records of a step that it had under way.
fn remake(name: &str, moments: [fn(&mut KafkaWorker, &mut Option<Step>); 3], restarts: bool) {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    make(kafka, name);
    publish(kafka, name, 0..150);
    let mut worker = connect(kafka, name, &[name], Delivery::Idempotent);
    let former = read(&mut worker, 2 * 150);
    let (done, under_way): (Vec<_>, Vec<_>) = former.into_iter().partition(|record| record.offset < 100);
    let step = Step { appends: Vec::new(), progress: progress(&done) };
    let _ = worker.commit(step).expect("the step happens");
    assert_eq!(worker.group_position(&partition(name, 1)).expect("the broker answers"), Some(100));
    let incarnations = done.iter().map(|record| record.incarnation).collect();
    let mut step = Some(Step { appends: Vec::new(), progress: progress(&under_way) });

    kafka.delete_topic(name);
    moments[0](&mut worker, &mut step);
    make(kafka, name);
    moments[1](&mut worker, &mut step);
    publish(kafka, name, 1_000..1_300);
    moments[2](&mut worker, &mut step);
    if restarts {
        close(worker);
        worker = connect(kafka, name, &[name], Delivery::Idempotent);
    }
    let second = read_anew(&mut worker, &incarnations, 1_000..1_300);
    assert!(second.iter().min() > incarnations.iter().max(), "{second:?} after {incarnations:?}");
    for number in 0..PARTITIONS {
        let position = worker.group_position(&partition(name, number)).expect("the broker answers");
        assert_eq!(position, Some(300));
    }
    close(worker);
}

fn nothing(_: &mut KafkaWorker, _: &mut Option<Step>) {}

fn polls(worker: &mut KafkaWorker, _: &mut Option<Step>) {
    let _ = poll(worker, 1);
}

fn commits(worker: &mut KafkaWorker, step: &mut Option<Step>) {
    if let Some(step) = step.take() {
        // Kafka takes it if there is a topic of this name, whichever it is.
        let _ = worker.commit(step);
    }
}

#[test]
fn a_topic_made_anew_and_longer_than_before_is_read_whole() {
    remake("longer-0", [nothing, nothing, nothing], false);
}

#[test]
fn a_poll_while_a_topic_is_gone_or_new_trusts_no_place_of_it() {
    remake("longer-1", [polls, nothing, nothing], false);
    remake("longer-2", [nothing, polls, nothing], false);
    remake("longer-3", [polls, polls, nothing], false);
}

#[test]
fn a_step_that_was_under_way_while_its_topic_was_made_anew_hides_nothing() {
    remake("longer-4", [commits, nothing, nothing], false);
    remake("longer-5", [nothing, commits, nothing], false);
    remake("longer-6", [nothing, nothing, commits], false);
}

#[test]
fn a_commit_of_a_former_life_does_not_survive_a_restart() {
    remake("longer-7", [nothing, nothing, commits], true);
}
