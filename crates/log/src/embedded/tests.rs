//! Tests of the embedded log, by what its users see.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::*;
use crate::record::{Place, Step, TopicPartition};
use crate::worker::{Happening, Worker};

mod model;
mod recovery;
mod sharing;

const NO_WAIT: Duration = Duration::ZERO;

fn append(topic: &str, partition: u32, value: &str) -> Append {
    Append {
        topic: topic.into(),
        place: Place::Partition(partition),
        key: None,
        value: Some(value.as_bytes().to_vec()),
        headers: Vec::new(),
    }
}

fn of(topic: &str, partition: u32) -> TopicPartition {
    TopicPartition { topic: topic.into(), partition }
}

fn progress(topic: &str, partition: u32, next: u64) -> Progress {
    Progress { topic: topic.into(), partition, next }
}

/// Returns a partition's values as text.
fn values(log: &Embedded, topic: &str, partition: u32) -> Vec<String> {
    let records = log.read(topic, partition, 0, usize::MAX).unwrap();
    records.iter().map(|record| String::from_utf8(record.value.clone().unwrap()).unwrap()).collect()
}

/// A log with topics `in` of two partitions and `out` of one, and three records in `in/0`.
fn log_with_input() -> Embedded {
    let log = Embedded::in_memory();
    fill(&log);
    log
}

fn fill(log: &Embedded) {
    assert!(log.create_topic("in", 2).unwrap());
    assert!(log.create_topic("out", 1).unwrap());
    let _ = log.append(vec![append("in", 0, "a"), append("in", 0, "b"), append("in", 0, "c")]).unwrap();
}

/// Joins a group, takes what is assigned, and starts all of it.
fn started(log: &Embedded, group: &str) -> EmbeddedWorker {
    let mut worker = log.worker(group, &["in"]);
    let _ = start_assigned(&mut worker);
    worker
}

/// Polls until a happening that is no empty batch of records, and starts what it assigns.
fn start_assigned(worker: &mut EmbeddedWorker) -> Vec<TopicPartition> {
    let Happening::Assigned(assigned) = worker.poll(10, NO_WAIT).unwrap() else {
        panic!("nothing was assigned");
    };
    let all: Vec<_> = assigned.iter().map(|of| (of.clone(), None)).collect();
    worker.start(&all).unwrap();
    assigned
}

fn polled(worker: &mut EmbeddedWorker) -> Vec<String> {
    match worker.poll(10, NO_WAIT).unwrap() {
        Happening::Records(records) => {
            records.into_iter().map(|record| String::from_utf8(record.value.unwrap()).unwrap()).collect()
        }
        other => panic!("not records: {other:?}"),
    }
}

fn copy_first() -> Step {
    Step { appends: vec![append("out", 0, "A")], progress: vec![progress("in", 0, 1)] }
}

#[test]
fn a_step_writes_its_appends_and_its_progress() {
    let log = log_with_input();
    let mut worker = started(&log, "g");
    assert_eq!(polled(&mut worker), ["a", "b", "c"]);
    let _ = worker.commit(copy_first()).unwrap();
    assert_eq!(values(&log, "out", 0), ["A"]);
    assert_eq!(worker.committed(), [progress("in", 0, 1)]);
    assert_eq!(polled(&mut worker), [""; 0], "what was polled is not polled again");

    worker.close_boxed();
    let mut next = started(&log, "g");
    assert_eq!(polled(&mut next), ["b", "c"], "the group goes on where it committed");
}

#[test]
fn a_worker_says_where_its_group_is_in_partitions_that_it_does_not_read() {
    let log = log_with_input();
    let mut worker = started(&log, "g");
    let _ = worker.commit(copy_first()).unwrap();
    let mut bystander = log.worker("g", &["out"]);
    assert_eq!(bystander.group_position(&of("in", 0)).unwrap(), Some(1));
    assert_eq!(bystander.group_position(&of("in", 1)).unwrap(), None);
    assert_eq!(log.worker("other", &["in"]).group_position(&of("in", 0)).unwrap(), None);
    log.expel(worker.id());
    assert_eq!(worker.group_position(&of("in", 0)).unwrap(), Some(1), "an expelled worker may ask");
}

#[test]
fn a_step_with_one_bad_append_changes_nothing_and_is_read_again() {
    let log = log_with_input();
    let mut worker = started(&log, "g");
    let large = "x".repeat((1 << 20) + 1);
    for (bad, expected) in [
        (append("nowhere", 0, "x"), "cannot write to topic nowhere: no such topic"),
        (append("out", 7, "x"), "cannot write to topic out: it has 1 partitions, and no partition 7"),
        (append("out", 0, &large), "append 1 of the step is too large for topic out"),
    ] {
        assert_eq!(polled(&mut worker).len(), 3);
        let mut step = copy_first();
        step.appends.push(bad);
        assert_eq!(worker.commit(step).unwrap_err().to_string(), expected);
        assert_eq!(values(&log, "out", 0), [""; 0]);
        assert_eq!(worker.committed(), []);
    }
}

#[test]
fn a_closed_topic_is_unwritable_until_it_opens() {
    let log = log_with_input();
    let mut worker = started(&log, "g");
    log.set_writable("out", false);
    assert!(matches!(worker.commit(copy_first()), Err(Error::Unwritable { topic, .. }) if topic == "out"));
    assert!(matches!(log.append(vec![append("out", 0, "x")]), Err(Error::Unwritable { .. })));
    log.set_writable("out", true);
    let _ = worker.commit(copy_first()).unwrap();
    assert_eq!(values(&log, "out", 0), ["A"]);
}

#[test]
fn progress_past_the_end_of_a_partition_is_refused() {
    let log = log_with_input();
    let mut worker = started(&log, "g");
    let step = Step { appends: Vec::new(), progress: vec![progress("in", 0, 4)] };
    let error = worker.commit(step).unwrap_err();
    assert_eq!(error.to_string(), "a step has read in/0 up to 4, which is past its end 3");
}

#[test]
fn an_armed_fault_strikes_one_commit_at_the_named_point() {
    for (point, happened) in [(CrashPoint::BeforeWrite, false), (CrashPoint::AfterWrite, true)] {
        let log = log_with_input();
        let mut worker = started(&log, "g");
        assert_eq!(polled(&mut worker).len(), 3);
        log.fail_next_commit(point);
        assert!(matches!(worker.commit(copy_first()), Err(Error::Lost { reason: "unknown-outcome" })));
        assert_eq!(values(&log, "out", 0).len(), usize::from(happened));
        assert_eq!(start_assigned(&mut worker), [of("in", 0), of("in", 1)], "it is assigned anew");
        assert_eq!(polled(&mut worker).len(), if happened { 2 } else { 3 });
        let _ = worker.commit(Step { appends: Vec::new(), progress: vec![progress("in", 0, 3)] }).unwrap();
    }
}

#[test]
fn a_rewound_worker_keeps_its_partitions_and_reads_from_the_last_commit() {
    let log = log_with_input();
    let mut worker = started(&log, "g");
    assert_eq!(polled(&mut worker).len(), 3);
    let _ = worker.commit(copy_first()).unwrap();
    log.fail_next_commit(CrashPoint::Rewound);
    let step = Step { appends: Vec::new(), progress: vec![progress("in", 0, 3)] };
    assert!(matches!(worker.commit(step), Err(Error::Rewound { .. })));
    assert_eq!(polled(&mut worker), ["b", "c"]);
}

#[test]
fn appends_say_where_they_came_to_lie() {
    let log = log_with_input();
    let appends = vec![append("in", 0, "d"), append("in", 1, "z"), append("in", 0, "e")];
    let positions = log.append(appends).unwrap();
    let at = |partition, offset| Position { partition, offset };
    assert_eq!(positions, [at(0, 3), at(1, 0), at(0, 4)]);
    assert_eq!(log.read("in", 0, 4, 10).unwrap()[0].value.as_deref(), Some(&b"e"[..]));
}

#[test]
fn a_key_goes_to_the_partition_that_kafka_would_choose() {
    let log = Embedded::in_memory();
    let _ = log.create_topic("t", 12).unwrap();
    let keyed = |key: Option<&[u8]>, place| Append {
        topic: "t".into(),
        place,
        key: key.map(<[u8]>::to_vec),
        value: None,
        headers: Vec::new(),
    };
    let positions = log.append(vec![
        keyed(Some(b"foobar"), Place::Key),
        keyed(Some(b"abc"), Place::Key),
        keyed(None, Place::Key),
        keyed(Some(b"abc"), Place::Spread(25)),
    ]);
    let partitions: Vec<u32> = positions.unwrap().iter().map(|position| position.partition).collect();
    assert_eq!(partitions, [crate::partition_of(b"foobar", 12), 479_470_107 % 12, 0, 1]);
}

#[test]
fn a_record_is_read_back_as_it_was_appended() {
    let clock = Arc::new(AtomicI64::new(1_700_000_000_123));
    let hands = clock.clone();
    let options = Options { clock: Arc::new(move || hands.load(Ordering::SeqCst)), ..Options::default() };
    let log = Embedded::in_memory_with(options);
    let _ = log.create_topic("t", 1).unwrap();
    let headers = vec![
        crate::Header { name: "h".into(), value: Some(vec![0xff]) },
        crate::Header { name: "h".into(), value: None },
        crate::Header { name: String::new(), value: Some(Vec::new()) },
    ];
    let written = Append {
        topic: "t".into(),
        place: Place::Partition(0),
        key: Some(Vec::new()),
        value: None,
        headers: headers.clone(),
    };
    let _ = log.append(vec![written.clone()]).unwrap();
    clock.store(1_700_000_000_456, Ordering::SeqCst);
    let _ = log.append(vec![written]).unwrap();
    let records = log.read("t", 0, 0, 10).unwrap();
    let times: Vec<i64> = records.iter().map(|record| record.appended_at_ms).collect();
    assert_eq!(times, [1_700_000_000_123, 1_700_000_000_456]);
    assert_eq!((&records[0].key, &records[0].value), (&Some(Vec::new()), &None));
    assert_eq!(records[1].headers, headers);
    assert_eq!(records[1].offset, 1);
}

#[test]
fn a_topic_made_again_has_another_incarnation_and_no_progress() {
    let log = log_with_input();
    let first = log.read("in", 0, 0, 1).unwrap()[0].incarnation;
    let mut worker = started(&log, "g");
    let _ = worker.commit(copy_first()).unwrap();
    assert!(log.delete_topic("in").unwrap());
    assert!(log.create_topic("in", 2).unwrap());
    let _ = log.append(vec![append("in", 0, "anew")]).unwrap();
    assert!(matches!(worker.poll(10, NO_WAIT).unwrap(), Happening::Revoked(gone) if gone.len() == 2));
    assert_eq!(start_assigned(&mut worker).len(), 2);
    assert_eq!(polled(&mut worker), ["anew"]);
    assert_ne!(log.read("in", 0, 0, 1).unwrap()[0].incarnation, first);
    assert_eq!(worker.committed(), []);
}

#[test]
fn a_topic_cannot_change_its_number_of_partitions() {
    let log = log_with_input();
    assert!(!log.create_topic("in", 2).unwrap(), "making it again changes nothing");
    let error = log.create_topic("in", 3).unwrap_err();
    assert_eq!(error.to_string(), "topic in has 2 partitions, not 3");
    assert_eq!(log.topics().get("in"), Some(&2));
}

#[test]
fn a_scan_reads_a_partition_to_its_present_end() {
    let log = log_with_input();
    let mut worker = started(&log, "g");
    let mut seen = Vec::new();
    let extent = worker.scan(&of("in", 0), 0, &mut |record| seen.push(record.offset)).unwrap();
    assert_eq!((extent, seen), (0..3, vec![0, 1, 2]));
    let mut seen = Vec::new();
    for from in [2, 3, 9] {
        let extent = worker.scan(&of("in", 0), from, &mut |record| seen.push(record.offset)).unwrap();
        assert_eq!(extent, 0..3);
    }
    assert_eq!(seen, [2]);
    assert!(worker.scan(&of("nowhere", 0), 0, &mut |_| ()).is_err());
    assert_eq!(worker.partitions("in").unwrap(), Some(2));
    assert_eq!(worker.partitions("nowhere").unwrap(), None);
}

#[test]
fn a_commit_says_where_the_appends_of_its_step_end() {
    let log = log_with_input();
    let mut worker = started(&log, "g");
    let _ = polled(&mut worker);
    let ends = worker.commit(copy_first()).unwrap();
    let expected: Vec<_> = ends
        .iter()
        .map(|end| progress(&end.topic, end.partition, log.end(&end.topic, end.partition).unwrap()))
        .collect();
    assert!(!ends.is_empty());
    assert_eq!(ends, expected);
}

#[test]
fn what_was_polled_comes_again_once_the_worker_goes_back() {
    let log = log_with_input();
    let mut worker = started(&log, "g");
    let first = polled(&mut worker);
    assert!(polled(&mut worker).is_empty());
    worker.rewind().unwrap();
    assert_eq!(polled(&mut worker), first);
}

#[test]
fn two_logs_and_two_lives_of_a_topic_are_told_apart_and_the_same_one_is_known_again() {
    let dir = tempfile::tempdir().unwrap();
    let identity = |log: &Embedded| log.worker("g", &["in"]).identity("in").unwrap();
    let log = Embedded::open(dir.path()).unwrap();
    assert_eq!(identity(&log), None);
    let _ = log.create_topic("in", 1).unwrap();
    let first = identity(&log);
    drop(log);
    let log = Embedded::open(dir.path()).unwrap();
    assert_eq!((identity(&log), first.is_some()), (first.clone(), true));
    let _ = log.delete_topic("in").unwrap();
    let _ = log.create_topic("in", 1).unwrap();
    assert_eq!(identity(&log).unwrap().log, first.clone().unwrap().log);
    assert_ne!(identity(&log), first);
    let other = Embedded::in_memory();
    let _ = other.create_topic("in", 1).unwrap();
    assert_ne!(identity(&other).unwrap().log, first.unwrap().log);
}

#[test]
fn a_poll_wakes_when_another_thread_appends() {
    let log = log_with_input();
    let mut worker = started(&log, "g");
    assert_eq!(polled(&mut worker).len(), 3);
    let producer = log.clone();
    let thread = std::thread::spawn(move || producer.append(vec![append("in", 1, "late")]).unwrap());
    let began = std::time::Instant::now();
    let Happening::Records(records) = worker.poll(10, Duration::from_secs(60)).unwrap() else {
        panic!("the assignment did not change");
    };
    assert_eq!(records.len(), 1);
    assert!(began.elapsed() < Duration::from_secs(30), "it did not wait to the end");
    let _ = thread.join().unwrap();
}

#[test]
fn a_full_partition_does_not_starve_the_others() {
    let log = log_with_input();
    let _ = log.append(vec![append("in", 1, "z")]).unwrap();
    let mut worker = started(&log, "g");
    let mut seen = Vec::new();
    for _ in 0..2 {
        let Happening::Records(records) = worker.poll(1, NO_WAIT).unwrap() else { panic!("not records") };
        seen.extend(records.iter().map(|record| record.partition));
    }
    assert_eq!(seen, [0, 1]);
}

impl EmbeddedWorker {
    fn close_boxed(self) {
        Box::new(self).close();
    }
}
