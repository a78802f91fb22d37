//! Several workers: a rebalance neither loses nor doubles, and who was fenced learns it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use segue_kafka::{Counts, KafkaWorker, Settings};
use segue_log::{Error, Place, Step, Worker};
use segue_testkit::{shared_kafka_or_skip, topics};

use crate::harness::{
    StopAtEnd, append, begin, close, connect, copy, fill, numbers, poll, read, settings, transactional,
};

const RECORDS: usize = 3_000;

/// Copies from topic to topic until it is told to stop.
fn copier(settings: Settings, target: &str, stop: &AtomicBool) -> Counts {
    let mut worker = KafkaWorker::connect(settings).expect("the broker answers");
    let counters = worker.counters();
    while !stop.load(Ordering::Relaxed) {
        let copied = poll(&mut worker, 20).and_then(|records| worker.commit(copy(&records, target)));
        match copied {
            Ok(_) | Err(Error::Rewound { .. } | Error::Lost { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    close(worker);
    counters.read()
}

#[test]
fn workers_that_come_and_go_copy_each_record_once() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("group-in", 6, &[]);
    kafka.create_topic("group-out", 3, &[]);
    fill(kafka, "group-in", 0..RECORDS);
    let settings = |id: &str| settings(kafka, "group", &["group-in"], transactional(id));
    let (first_stops, second_stops) = (AtomicBool::new(false), AtomicBool::new(false));
    let copied = || topics::read_all(kafka.brokers(), "group-out").len();

    let (first, second) = thread::scope(|scope| {
        let (first_ends, second_ends) = (StopAtEnd(&first_stops), StopAtEnd(&second_stops));
        let first = scope.spawn(|| copier(settings("group-1"), "group-out", &first_stops));
        topics::wait_for("the first worker to copy", || (copied() > 100).then_some(()));
        let second = scope.spawn(|| copier(settings("group-2"), "group-out", &second_stops));
        topics::wait_for("the first records to be copied", || (copied() >= RECORDS).then_some(()));
        // The second is there by now or comes now; give both something to do.
        fill(kafka, "group-in", RECORDS..2 * RECORDS);
        topics::wait_for("more records to be copied", || (copied() >= RECORDS + RECORDS / 2).then_some(()));
        drop(first_ends);
        let first = first.join().expect("the first worker ends well");
        fill(kafka, "group-in", 2 * RECORDS..3 * RECORDS);
        topics::wait_for("all to be copied", || (copied() >= 3 * RECORDS).then_some(()));
        drop(second_ends);
        (first, second.join().expect("the second worker ends well"))
    });

    assert_eq!(numbers(kafka, "group-out"), (0..3 * RECORDS).collect::<Vec<_>>());
    assert!(first.revoked > 0 && second.assigned == 6, "there was no rebalance: {first:?} {second:?}");
    assert!(first.commits > 0 && second.commits > 0, "one of them did nothing: {first:?} {second:?}");
}

#[test]
fn a_worker_whose_id_was_taken_over_gives_up_what_it_holds() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("fenced-in", 1, &[]);
    kafka.create_topic("fenced-out", 1, &[]);
    fill(kafka, "fenced-in", 0..2);
    let mut former = connect(kafka, "fenced", &["fenced-in"], transactional("fenced"));
    let records = read(&mut former, 1);
    let _ = former.commit(copy(&records, "fenced-out")).expect("the step happens");

    let mut newcomer = connect(kafka, "fenced-other", &["fenced-out"], transactional("fenced"));
    let records = read(&mut former, 1);
    let lost = former.commit(copy(&records, "fenced-out")).expect_err("the newcomer has the id");
    assert!(matches!(lost, Error::Lost { reason: "fenced" }), "{lost:?}");
    assert_eq!(numbers(kafka, "fenced-out"), [0]);
    let counts = former.counters().read();
    assert_eq!((counts.fenced, counts.lost, counts.recycled), (1, 1, 1), "{counts:?}");
    assert!(former.committed().is_empty());

    // The partition is still its own, so it is assigned anew; and it fences in turn.
    let records = read(&mut former, 1);
    let _ = former.commit(copy(&records, "fenced-out")).expect("the step happens");
    assert_eq!(numbers(kafka, "fenced-out"), [0, 1]);
    let step = Step { appends: vec![append("fenced-out", Place::Key, "9")], progress: Vec::new() };
    let lost = newcomer.commit(step).expect_err("the former has the id again");
    assert!(matches!(lost, Error::Lost { reason: "fenced" }), "{lost:?}");
}

#[test]
fn a_third_fencing_within_a_minute_is_an_id_used_twice() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("twice", 1, &[]);
    let mut one = connect(kafka, "twice-1", &["twice"], transactional("twice"));
    let _ = begin(&mut one);
    let step = || Step { appends: vec![append("twice", Place::Key, "1")], progress: Vec::new() };
    let mut ends = Vec::new();
    for _ in 0..3 {
        let other = connect(kafka, "twice-2", &["twice"], transactional("twice"));
        ends.push(one.commit(step()).expect_err("the other has the id"));
        close(other);
        if let Some(Error::Lost { .. }) = ends.last() {
            let _ = begin(&mut one);
        }
    }
    assert!(matches!(&ends[..], [Error::Lost { .. }, Error::Lost { .. }, Error::Environment(_)]), "{ends:?}");
}

#[test]
fn a_worker_that_slept_past_its_time_cannot_commit_what_it_had_read() {
    let Some(kafka) = shared_kafka_or_skip() else { return };
    kafka.create_topic("sleeper-in", 1, &[]);
    kafka.create_topic("sleeper-out", 1, &[]);
    fill(kafka, "sleeper-in", 0..10);
    let impatient = |id: &str| {
        let mut settings = settings(kafka, "sleeper", &["sleeper-in"], transactional(id));
        for name in ["max.poll.interval.ms", "session.timeout.ms"] {
            let _ = settings.properties.insert(name.to_owned(), "2000".to_owned());
        }
        KafkaWorker::connect(settings).expect("the broker answers")
    };
    let mut sleeper = impatient("sleeper-1");
    let stale = read(&mut sleeper, 5);

    // The sleeper is not polled from here on, so the group takes it for dead and gives its partition away.
    let mut heir = impatient("sleeper-2");
    let records = read(&mut heir, 5);
    let _ = heir.commit(copy(&records, "sleeper-out")).expect("the step happens");
    let refused = sleeper.commit(copy(&stale, "sleeper-out")).expect_err("its time is over");
    assert!(matches!(refused, Error::Rewound { .. } | Error::Lost { .. }), "{refused:?}");
    let tick = Step { appends: vec![append("sleeper-out", Place::Key, "99")], progress: Vec::new() };
    let _ = sleeper.commit(tick).expect_err("without a partition there is nothing to tick for");
    let records = read(&mut heir, 5);
    let _ = heir.commit(copy(&records, "sleeper-out")).expect("the step happens");

    assert_eq!(numbers(kafka, "sleeper-out"), (0..10).collect::<Vec<_>>());
    close(heir);
    close(sleeper);
}
