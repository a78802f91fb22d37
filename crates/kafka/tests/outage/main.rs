//! The adapter on three brokers of which some are killed while it works.
//!
//! It takes about a minute, most of it spent by the brokers: the controllers give up a killed one after six seconds, and
//! only then its partitions get other leaders and the groups and transactions other coordinators; the killed one needs
//! some seconds of its own to be back; and that three times. What each took is printed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use segue_kafka::{Counts, Delivery, KafkaWorker};
use segue_log::{Error, Record, Worker};
use segue_testkit::{Kafka, kafka_or_skip, topics};

// It serves the other test binary too, so not all of it is used here.
#[allow(dead_code)]
#[path = "../real/harness.rs"]
mod harness;

use harness::{StopAtEnd, close, copy, fill, numbers, poll, transactional, values};

/// How many records are written before each kill, and after the last.
const PART: usize = 5_000;
const RECORDS: usize = 4 * PART;
const PARTITIONS: u32 = 3;

/// How long a copier may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(60);
/// What it may be if one does not. A router ends itself then; a test cannot go on.
const STANDS_STILL: &str = "the copier ends well, unless librdkafka has locked itself out (its issue 5476)";

/// A worker of the group that copies to `target`.
fn connect(kafka: &Kafka, target: &str, delivery: Delivery) -> KafkaWorker {
    let settings = segue_kafka::Settings {
        brokers: kafka.brokers().to_owned(),
        properties: BTreeMap::new(),
        group: target.to_owned(),
        instance: target.to_owned(),
        topics: vec!["in".to_owned()],
        delivery,
    };
    KafkaWorker::connect(settings).expect("a broker answers")
}

/// Copies what a worker reads until it is told to stop, whatever happens to the brokers.
fn copy_all(mut worker: KafkaWorker, target: &str, stop: &AtomicBool) -> Counts {
    let counters = worker.counters();
    while !stop.load(Ordering::Relaxed) {
        match poll(&mut worker, 50).and_then(|records| worker.commit(copy(&records, target))) {
            Ok(_) | Err(Error::Rewound { .. } | Error::Lost { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    close(worker);
    counters.read()
}

/// Asks how many records a group has committed. `None` while that is not known.
fn committed(group: &BaseConsumer) -> Option<usize> {
    let mut places = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        let _ = places.add_partition("in", i32::try_from(partition).expect("they are few"));
    }
    let committed = group.committed_offsets(places, Duration::from_secs(5)).ok()?;
    let next = |offset| if let Offset::Offset(next) = offset { usize::try_from(next).ok() } else { None };
    committed.elements().iter().map(|element| next(element.offset())).sum()
}

/// Counts the records that a reader keeps who drops, in each partition, what is not above all it has seen: source and
/// target place a key alike, so the numbers of a partition rise. A gap that is filled later would be missing.
fn kept(kafka: &Kafka, topic: &str) -> usize {
    let mut highest: BTreeMap<u32, usize> = BTreeMap::new();
    let mut kept = 0;
    for (record, value) in
        topics::read_all(kafka.brokers(), topic).iter().map(|record| (record, number(record)))
    {
        if highest.get(&record.partition).is_none_or(|highest| value > *highest) {
            let _ = highest.insert(record.partition, value);
            kept += 1;
        }
    }
    kept
}

fn number(record: &Record) -> usize {
    values(std::slice::from_ref(record))[0].parse().expect("a number")
}

#[test]
fn killed_brokers_cost_no_record_and_double_none() {
    let Some(mut kafka) = kafka_or_skip(3) else { return };
    for name in ["in", "once", "gapless"] {
        kafka.create_topic(name, PARTITIONS, &[]);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let workers = [("once", transactional("once")), ("gapless", Delivery::Idempotent)]
        .map(|(target, delivery)| (target, connect(&kafka, target, delivery)));
    let once = workers[0].1.counters();
    let end = StopAtEnd(&stop);
    let copiers = workers.map(|(target, worker)| {
        let (stop, (done, counts)) = (stop.clone(), mpsc::channel());
        let _ = thread::spawn(move || done.send(copy_all(worker, target, &stop)));
        counts
    });
    let copy_more = |kafka: &Kafka, part: usize| {
        // What the worker itself counts, since a question to a broker that was killed may take long.
        let (began, before) = (Instant::now(), once.read().appends);
        fill(kafka, "in", part * PART..(part + 1) * PART);
        topics::wait_for("some records to be copied", || (once.read().appends >= before + 500).then_some(()));
        eprintln!("some of part {part} is copied after {:?}", began.elapsed());
    };
    copy_more(&kafka, 0);
    for node in [1, 2, 3] {
        let killed_at = Instant::now();
        kafka.kill(node);
        kafka.start_again(node).expect("the broker comes back");
        eprintln!("broker {node} is back after {:?}", killed_at.elapsed());
        copy_more(&kafka, node);
    }
    let began = Instant::now();
    for name in ["once", "gapless"] {
        let group = ClientConfig::new()
            .set("bootstrap.servers", kafka.brokers())
            .set("group.id", name)
            .create()
            .expect("the settings are right");
        topics::wait_for("all to be copied", || (committed(&group)? >= RECORDS).then_some(()));
    }
    eprintln!("all is copied after {:?}", began.elapsed());
    drop(end);
    let counts = copiers.map(|copier| copier.recv_timeout(ENDS_WITHIN).expect(STANDS_STILL));
    eprintln!("{counts:#?}");

    assert_eq!(numbers(&kafka, "once"), (0..RECORDS).collect::<Vec<_>>(), "{counts:?}");
    assert_eq!(kept(&kafka, "gapless"), RECORDS, "{counts:?}");
    assert!(counts.iter().any(felt), "no outage was felt: {counts:?}");
}

/// Says whether a worker had more to do than to copy: its three partitions came more than once, or its producer failed
/// or was slow. Much is ridden out by librdkafka itself.
fn felt(counts: &Counts) -> bool {
    counts.assigned > 3 || counts.recycled + counts.rewound + counts.lost > 0
}
