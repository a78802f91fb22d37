//! How many events the router gets through for a second of processor time, on a real broker: beside a bare loop of the
//! same client that does nothing but copy the same events from topic to topic in transactions, in the same run.
//!
//! `cargo bench --profile dev --bench pipeline` measures the binary that the tests use; `SEGUE_BINARY` names another one,
//! `SEGUE_BENCH_EVENTS` and `SEGUE_BENCH_ROUNDS` how much is measured.

use std::process;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message, OwnedHeaders};
use rdkafka::producer::DefaultProducerContext;
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use segue_testkit::evidence::SOURCE_TOPICS;
use segue_testkit::follow::Follower;
use segue_testkit::load::Load;
use segue_testkit::router::{Router, Setup, binary, cpu_seconds};
use segue_testkit::topics::{produce, wait_within};
use segue_testkit::{Kafka, kafka_or_skip};

const EVENTS_DEFAULT: u64 = 100_000;
const ROUNDS_DEFAULT: u64 = 3;
const PARTITIONS: u32 = 12;
const SOURCE_PARTITIONS: u32 = 4;
/// As many records as the router takes in one step at most.
const BATCH_MAX: usize = 2_000;
const WITHIN: Duration = Duration::from_secs(600);

/// What one loop took for all events.
#[derive(Clone, Copy, Debug)]
struct Measure {
    wall: f64,
    cpu: f64,
}

fn main() {
    // `cargo test --benches` builds and calls this too; only `cargo bench` says so.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let (events, rounds) =
        (number("SEGUE_BENCH_EVENTS", EVENTS_DEFAULT), number("SEGUE_BENCH_ROUNDS", ROUNDS_DEFAULT));
    println!(
        "{events} events, {rounds} rounds, router: {}",
        binary().file_name().map_or_else(Default::default, |name| name.to_string_lossy())
    );
    println!("| loop | events/s | CPU seconds | events per CPU-second |\n|---|---|---|---|");
    let (mut bare, mut router) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let Some(kafka) = kafka_or_skip(1) else { return };
        let setup = preload(&kafka, events);
        bare.push(bare_loop(kafka.brokers(), events));
        router.push(routed(&kafka, &setup));
        show("bare consume-produce", events, bare[bare.len() - 1]);
        show("segue run", events, router[router.len() - 1]);
    }
    let (bare, router) = (median(bare), median(router));
    show("**bare, median**", events, bare);
    show("**segue run, median**", events, router);
    println!("\nThe router needs {:.1} times the processor time of the bare loop.", router.cpu / bare.cpu);
}

/// Makes the topics and fills those of the sources.
fn preload(kafka: &Kafka, events: u64) -> Setup {
    for topic in SOURCE_TOPICS {
        kafka.create_topic(topic, SOURCE_PARTITIONS, &[]);
    }
    kafka.create_topic("bare.out", PARTITIONS, &[]);
    let setup = Setup::new(kafka.brokers(), "router-1", PARTITIONS);
    setup.apply_topics();
    produce(kafka.brokers(), Load { events, subjects: 5_000, ..Load::default() }.records());
    setup
}

/// Runs the router until it has stepped over all events.
fn routed(kafka: &Kafka, setup: &Setup) -> Measure {
    let mut follower = Follower::new(kafka.brokers(), PARTITIONS, &SOURCE_TOPICS);
    let began = Instant::now();
    let router = Router::start(setup);
    wait_within(WITHIN, "the router to have done all", || follower.is_stepped_over().then_some(()));
    let measure = Measure { wall: began.elapsed().as_secs_f64(), cpu: router.cpu_seconds() };
    let (status, took, log) = router.stop();
    assert!(status.success(), "the router ended with {status} after {took:?}: {log}");
    measure
}

/// Copies all events to one topic, by key, in transactions that commit the offsets too.
fn bare_loop(brokers: &str, events: u64) -> Measure {
    let (began, cpu) = (Instant::now(), cpu_seconds(process::id()));
    let mut config = ClientConfig::new();
    let _ = config.set("bootstrap.servers", brokers);
    let mut reading = config.clone();
    let _ = reading
        .set("group.id", "bare")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = reading.create().expect("the settings are right");
    consumer.subscribe(&SOURCE_TOPICS).expect("the topics can be named");
    let _ = config.set("transactional.id", "bare").set("linger.ms", "1");
    let producer: ThreadedProducer<DefaultProducerContext> = config.create().expect("the settings are right");
    producer.init_transactions(WITHIN).expect("the coordinator answers");
    let mut copied = 0;
    while copied < events {
        assert!(began.elapsed() < WITHIN, "{copied} of {events} copied");
        copied += copy_batch(&consumer, &producer);
    }
    Measure { wall: began.elapsed().as_secs_f64(), cpu: cpu_seconds(process::id()) - cpu }
}

/// Copies what there is, at most [`BATCH_MAX`], in one transaction.
fn copy_batch(consumer: &BaseConsumer, producer: &ThreadedProducer<DefaultProducerContext>) -> u64 {
    let (mut copied, mut wait) = (0, Duration::from_millis(100));
    let mut next = TopicPartitionList::new();
    while copied < BATCH_MAX {
        let Some(polled) = consumer.poll(wait) else { break };
        let message = polled.expect("the broker answers");
        if copied == 0 {
            producer.begin_transaction().expect("none is open");
            wait = Duration::ZERO;
        }
        let headers = message.headers().map(|headers| {
            headers.iter().fold(OwnedHeaders::new(), |headers, header| headers.insert(header))
        });
        let mut record = BaseRecord::<[u8], [u8]>::to("bare.out");
        (record.key, record.payload, record.headers) = (message.key(), message.payload(), headers);
        producer.send(record).map_err(|(error, _)| error).expect("the queue takes a batch");
        let place = Offset::Offset(message.offset() + 1);
        if next.set_partition_offset(message.topic(), message.partition(), place).is_err() {
            next.add_partition_offset(message.topic(), message.partition(), place)
                .expect("the offset is a legal one");
        }
        copied += 1;
    }
    if copied > 0 {
        // The client's own flush inside the commit sleeps where anything is in flight, so it is called before.
        producer.flush(WITHIN).expect("the broker takes the records");
        let group = consumer.group_metadata().expect("it is a member");
        producer
            .send_offsets_to_transaction(&next, &group, WITHIN)
            .expect("the coordinator takes the offsets");
        producer.commit_transaction(WITHIN).expect("the coordinator commits");
    }
    copied as u64
}

fn show(name: &str, events: u64, Measure { wall, cpu }: Measure) {
    let events = events as f64;
    println!("| {name} | {:.0} | {cpu:.2} | {:.0} |", events / wall, events / cpu);
}

/// The one in the middle by processor time.
fn median(mut measures: Vec<Measure>) -> Measure {
    measures.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    measures[measures.len() / 2]
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
