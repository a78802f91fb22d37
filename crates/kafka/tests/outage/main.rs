//! The adapter on three brokers of which some are killed while it works.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use segue_kafka::{Counts, Delivery, KafkaWorker};
use segue_log::{Error, Record, Worker};
use segue_testkit::{Kafka, kafka_or_skip, topics};

// It serves the other test binary too, so not all of it is used here.
#[allow(dead_code)]
#[path = "../real/harness.rs"]
mod harness;

use harness::{StopAtEnd, close, copy, fill, numbers, poll, transactional, values};

const RECORDS: usize = 20_000;

/// Copies a topic to another until it is told to stop, whatever happens to the brokers.
fn copier(kafka: &str, source: &str, target: &str, delivery: Delivery, stop: &AtomicBool) -> Counts {
    let settings = segue_kafka::Settings {
        brokers: kafka.to_owned(),
        properties: BTreeMap::new(),
        group: target.to_owned(),
        instance: target.to_owned(),
        topics: vec![source.to_owned()],
        delivery,
    };
    let mut worker = KafkaWorker::connect(settings).expect("a broker answers");
    let counters = worker.counters();
    while !stop.load(Ordering::Relaxed) {
        match poll(&mut worker, 50).and_then(|records| worker.commit(copy(&records, target))) {
            Ok(()) | Err(Error::Rewound { .. } | Error::Lost { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    close(worker);
    counters.read()
}

fn written(kafka: &Kafka, topic: &str) -> u64 {
    topics::end_offsets(kafka.brokers(), topic).iter().sum()
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
        kafka.create_topic(name, 3, &[]);
    }
    fill(&kafka, "in", 0..RECORDS);
    let brokers = kafka.brokers().to_owned();
    let stop = AtomicBool::new(false);
    let counts = thread::scope(|scope| {
        let end = StopAtEnd(&stop);
        let copiers = [("once", transactional("once")), ("gapless", Delivery::Idempotent)]
            .map(|(target, delivery)| scope.spawn(|| copier(&brokers, "in", target, delivery, &stop)));
        for node in [1, 2, 3] {
            let so_far = written(&kafka, "once");
            topics::wait_for("some records to be copied", || {
                (written(&kafka, "once") > so_far + 500).then_some(())
            });
            kafka.kill(node);
            kafka.start_again(node).expect("the broker comes back");
        }
        topics::wait_for("all to be copied", || {
            (topics::read_all(&brokers, "once").len() >= RECORDS && kept(&kafka, "gapless") >= RECORDS)
                .then_some(())
        });
        drop(end);
        copiers.map(|copier| copier.join().expect("the copier ends well"))
    });

    assert_eq!(numbers(&kafka, "once"), (0..RECORDS).collect::<Vec<_>>(), "{counts:?}");
    assert_eq!(kept(&kafka, "gapless"), RECORDS, "{counts:?}");
    assert!(counts.iter().any(felt), "no outage was felt: {counts:?}");
}

/// Says whether a worker had more to do than to copy: its three partitions came more than once, or its producer failed
/// or was slow. Much is ridden out by librdkafka itself.
fn felt(counts: &Counts) -> bool {
    counts.assigned > 3 || counts.recycled + counts.rewound + counts.lost > 0
}
