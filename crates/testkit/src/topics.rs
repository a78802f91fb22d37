//! Topic tools: make a topic, fill it and read it back, with a client that shares nothing with the adapter's.
//!
//! They serve tests only, so what goes wrong is a panic that says what was asked.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use segue_log::{Append, Header, Place, Record};

use crate::kafka::Kafka;

/// How long one tool may take.
const LIMIT: Duration = Duration::from_secs(60);

impl Kafka {
    /// Makes a topic, replicated as the cluster has it.
    ///
    /// # Panics
    /// When the topic cannot be made, for example because it exists.
    pub fn create_topic(&self, name: &str, partitions: u32, settings: &[(&str, &str)]) {
        let partitions = i32::try_from(partitions).expect("tests use few partitions");
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(-1));
        let topic = settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value));
        let options = AdminOptions::new().operation_timeout(Some(LIMIT));
        let made = block_on(admin(self.brokers()).create_topics([&topic], &options));
        let made = made.expect("the broker answers").remove(0);
        assert!(made.is_ok(), "topic {name} cannot be made: {made:?}");
        wait_for(&format!("topic {name} to have leaders"), || {
            has_leaders(self.brokers(), name, partitions).then_some(())
        });
    }

    /// Adds partitions to a topic, so that it has as many as said.
    ///
    /// # Panics
    /// When they cannot be added.
    pub fn grow_topic(&self, name: &str, partitions: u32) {
        let count = usize::try_from(partitions).expect("tests use few partitions");
        let options = AdminOptions::new().operation_timeout(Some(LIMIT));
        let grown =
            block_on(admin(self.brokers()).create_partitions([&NewPartitions::new(name, count)], &options));
        let grown = grown.expect("the broker answers").remove(0);
        assert!(grown.is_ok(), "topic {name} cannot be grown: {grown:?}");
        wait_for(&format!("topic {name} to have more leaders"), || {
            let partitions = i32::try_from(partitions).expect("tests use few partitions");
            has_leaders(self.brokers(), name, partitions).then_some(())
        });
    }

    /// Lets nobody write to a topic any more; it can be read and described as before.
    ///
    /// # Panics
    /// When the broker does not take it.
    pub fn deny_writing(&self, name: &str) {
        let reading = ["--allow-principal", "User:*", "--operation", "Read", "--operation", "Describe"];
        self.change_rights(name, &[&["--add"][..], &reading].concat());
        self.change_rights(name, &["--add", "--deny-principal", "User:*", "--operation", "Write"]);
    }

    /// Lets everyone write to a topic again.
    ///
    /// # Panics
    /// When the broker does not take it.
    pub fn allow_writing(&self, name: &str) {
        self.change_rights(name, &["--remove", "--force"]);
    }

    fn change_rights(&self, topic: &str, change: &[&str]) {
        let at = ["--bootstrap-server", self.brokers(), "--topic", topic];
        let mut command = self.java("org.apache.kafka.tools.AclCommand", &[&at[..], change].concat());
        let output = command.output().expect("java runs: it runs the broker");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && !said.contains("Error"), "rights of {topic}: {said}");
    }

    /// Has a topic kept in another way; what is not named is as the broker has it.
    ///
    /// # Panics
    /// When the broker does not take it.
    pub fn keep_topic(&self, name: &str, settings: &[(&str, &str)]) {
        let wanted = AlterConfig::new(ResourceSpecifier::Topic(name));
        let wanted = settings.iter().fold(wanted, |wanted, (key, value)| wanted.set(key, value));
        let options = AdminOptions::new().operation_timeout(Some(LIMIT));
        let kept = block_on(admin(self.brokers()).alter_configs([&wanted], &options));
        let kept = kept.expect("the broker answers").remove(0);
        assert!(kept.is_ok(), "topic {name} cannot be kept so: {kept:?}");
    }

    /// Drops all records that a topic holds now, as its retention would.
    ///
    /// # Panics
    /// When they cannot be dropped.
    pub fn lose_records(&self, name: &str) {
        let mut until = TopicPartitionList::new();
        for (number, end) in (0..).zip(end_offsets(self.brokers(), name)) {
            let end = Offset::Offset(i64::try_from(end).expect("an offset of Kafka's"));
            until.add_partition_offset(name, number, end).expect("a concrete offset can be represented");
        }
        let options = AdminOptions::new().operation_timeout(Some(LIMIT));
        let lost = block_on(admin(self.brokers()).delete_records(&until, &options));
        let lost = lost.expect("the broker answers");
        assert!(lost.elements().iter().all(|one| one.error().is_ok()), "records of {name} stay: {lost:?}");
    }

    /// Deletes a topic and returns when it is gone.
    ///
    /// # Panics
    /// When the topic cannot be deleted.
    pub fn delete_topic(&self, name: &str) {
        let options = AdminOptions::new().operation_timeout(Some(LIMIT));
        let gone = block_on(admin(self.brokers()).delete_topics(&[name], &options));
        let gone = gone.expect("the broker answers").remove(0);
        assert!(gone.is_ok(), "topic {name} cannot be deleted: {gone:?}");
        wait_for(&format!("topic {name} to be gone"), || {
            let metadata = plain_consumer(self.brokers()).fetch_metadata(Some(name), LIMIT).ok()?;
            metadata.topics().iter().all(|topic| topic.error().is_some()).then_some(())
        });
    }
}

/// Reads a whole topic as a reader sees it who wants committed records only: from the first record of each partition
/// to the last that no open transaction hides. Ordered by partition, then offset; the incarnation is always 0.
///
/// # Panics
/// When the topic cannot be read within a minute.
#[must_use]
pub fn read_all(brokers: &str, topic: &str) -> Vec<Record> {
    read(brokers, topic, "read_committed")
}

/// Returns the places, partition and offset, of the records of a topic that readers of committed records never get to
/// see, because the transaction that they were written in was aborted. The topic must be at rest.
///
/// # Panics
/// As [`read_all`].
#[must_use]
pub fn hidden(brokers: &str, topic: &str) -> BTreeSet<(u32, u64)> {
    let places = |isolation| -> BTreeSet<(u32, u64)> {
        read(brokers, topic, isolation).iter().map(|record| (record.partition, record.offset)).collect()
    };
    &places("read_uncommitted") - &places("read_committed")
}

fn read(brokers: &str, topic: &str, isolation: &str) -> Vec<Record> {
    let reader: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "testkit-reader")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", isolation)
        .set("fetch.wait.max.ms", "10")
        .set("check.crcs", "true")
        .create()
        .expect("the settings are right");
    let partitions = partition_count(brokers, topic);
    let mut places = TopicPartitionList::new();
    for partition in 0..partitions {
        places.add_partition_offset(topic, partition, Offset::Beginning).expect("the offset is a legal one");
    }
    reader.assign(&places).expect("the partitions can be assigned");
    let mut unread: BTreeSet<i32> = (0..partitions).collect();
    let mut records = Vec::new();
    let began = Instant::now();
    while !unread.is_empty() {
        assert!(began.elapsed() < LIMIT, "{topic}: no end of partitions {unread:?} within {LIMIT:?}");
        match reader.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => records.push(record(&message)),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                let _ = unread.remove(&partition);
            }
            Some(Err(error)) => eprintln!("testkit: reading {topic}: {error}"),
            None => {}
        }
    }
    records.sort_by_key(|record| (record.partition, record.offset));
    records
}

/// Returns the end of each partition of a topic: the offset after its last record, markers of transactions counted.
///
/// # Panics
/// When the broker does not answer.
#[must_use]
pub fn end_offsets(brokers: &str, topic: &str) -> Vec<u64> {
    let client = plain_consumer(brokers);
    // A partition may be between two leaders for a moment.
    let end = |partition| {
        let end = || client.fetch_watermarks(topic, partition, LIMIT).ok();
        let (_, end) = wait_for(&format!("the end of {topic} [{partition}]"), end);
        u64::try_from(end).expect("offsets are not negative")
    };
    (0..partition_count(brokers, topic)).map(end).collect()
}

/// Asks where partitions end and how far a group has come. It keeps its connections, so it may be asked again and again.
pub struct Ends {
    committed: BaseConsumer,
    written: BaseConsumer,
}

impl Ends {
    /// Connects; what a group has committed is that of `group`.
    ///
    /// # Panics
    /// When the addresses make no sense.
    #[must_use]
    pub fn of(brokers: &str, group: &str) -> Ends {
        let connect = |isolation: &str| {
            let config = ClientConfig::new()
                .set("bootstrap.servers", brokers)
                .set("group.id", group)
                .set("isolation.level", isolation)
                .create::<BaseConsumer>();
            config.expect("the settings are right")
        };
        Ends { committed: connect("read_committed"), written: connect("read_uncommitted") }
    }

    /// Returns the end of each partition of a topic: the offset after its last record.
    ///
    /// # Panics
    /// When the broker does not answer.
    #[must_use]
    pub fn written(&self, topic: &str, partitions: u32) -> Vec<u64> {
        (0..partitions).map(|partition| end(&self.written, topic, partition)).collect()
    }

    /// Returns the partitions of a topic in which a transaction is open that has written there, each with the offset
    /// that it begins at.
    ///
    /// # Panics
    /// When the broker does not answer.
    #[must_use]
    pub fn open(&self, topic: &str, partitions: u32) -> BTreeSet<(u32, u64)> {
        // In this order: the end of what is committed is asked for first, so a difference can be one that is over by
        // now, but one that lasts is never missed.
        let asked = (0..partitions).map(|partition| {
            (partition, end(&self.committed, topic, partition), end(&self.written, topic, partition))
        });
        let open = asked.filter(|(_, committed, written)| committed < written);
        open.map(|(partition, committed, _)| (partition, committed)).collect()
    }

    /// Returns how far the group has committed each partition of a topic; 0 where it never has.
    ///
    /// # Panics
    /// When the broker does not answer.
    #[must_use]
    pub fn group(&self, topic: &str, partitions: u32) -> Vec<u64> {
        let mut places = TopicPartitionList::new();
        for partition in 0..i32::try_from(partitions).expect("tests use few partitions") {
            let _ = places.add_partition(topic, partition);
        }
        let committed = self.written.committed_offsets(places, LIMIT).expect("the group has a coordinator");
        let elements = committed.elements();
        let offsets = elements.iter().map(|element| match element.offset() {
            Offset::Offset(next) => u64::try_from(next).unwrap_or(0),
            _ => 0,
        });
        offsets.collect()
    }
}

/// Writes records with a plain producer: outside of any transaction, acknowledged by all replicas.
///
/// # Panics
/// When they are not all written within a minute.
pub fn produce(brokers: &str, appends: impl IntoIterator<Item = Append>) {
    let producer = producer(brokers, "5");
    for append in appends {
        send(&producer, &append);
    }
    producer.flush(LIMIT).expect("the broker takes the records");
}

/// Writes these records one after the other, with a pause between each and the next, so that who reads them is at work all
/// the while.
///
/// # Panics
/// When they are not all written within a minute after the last.
pub fn trickle(brokers: &str, appends: impl IntoIterator<Item = Append>, pause: Duration) {
    let producer = producer(brokers, "0");
    for append in appends {
        send(&producer, &append);
        let next = Instant::now() + pause;
        while let Some(left) = next.checked_duration_since(Instant::now()) {
            producer.poll(left);
        }
    }
    producer.flush(LIMIT).expect("the broker takes the records");
}

fn producer(brokers: &str, linger_ms: &str) -> BaseProducer {
    ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("acks", "all")
        .set("message.max.bytes", "10000000")
        .set("linger.ms", linger_ms)
        .set("partitioner", "murmur2_random")
        .create()
        .expect("the settings are right")
}

fn send(producer: &BaseProducer, append: &Append) {
    let headers = append.headers.iter().fold(OwnedHeaders::new(), |headers, header| {
        headers.insert(rdkafka::message::Header { key: &header.name, value: header.value.as_ref() })
    });
    let mut record = BaseRecord::<[u8], [u8]>::to(&append.topic).headers(headers);
    record.key = append.key.as_deref();
    record.payload = append.value.as_deref();
    record.partition = match append.place {
        Place::Key => None,
        Place::Partition(partition) | Place::Spread(partition) => i32::try_from(partition).ok(),
    };
    while let Err((error, again)) = producer.send(record) {
        assert_eq!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::QueueFull), "{error}");
        producer.poll(Duration::from_millis(10));
        record = again;
    }
}

/// Calls `ready` until it returns something, and returns that.
///
/// # Panics
/// When it has returned nothing within a minute; `what` says what was waited for.
pub fn wait_for<T>(what: &str, ready: impl FnMut() -> Option<T>) -> T {
    wait_within(LIMIT, what, ready)
}

/// As [`wait_for`], with a limit of one's own.
///
/// # Panics
/// When `ready` has returned nothing within the limit.
pub fn wait_within<T>(limit: Duration, what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(began.elapsed() < limit, "waited {limit:?} in vain for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn record(message: &BorrowedMessage<'_>) -> Record {
    let headers = message.headers().map(|headers| {
        headers
            .iter()
            .map(|header| Header { name: header.key.to_owned(), value: header.value.map(<[u8]>::to_vec) })
    });
    Record {
        topic: Arc::from(message.topic()),
        partition: u32::try_from(message.partition()).expect("partitions are not negative"),
        incarnation: 0,
        offset: u64::try_from(message.offset()).expect("offsets are not negative"),
        appended_at_ms: message.timestamp().to_millis().unwrap_or(0),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.into_iter().flatten().collect(),
    }
}

fn end(client: &BaseConsumer, topic: &str, partition: u32) -> u64 {
    let partition = i32::try_from(partition).expect("tests use few partitions");
    let (_, end) = client.fetch_watermarks(topic, partition, LIMIT).expect("the partition has a leader");
    u64::try_from(end).expect("offsets are not negative")
}

/// Returns how many partitions a topic has.
///
/// # Panics
/// When there is no such topic.
#[must_use]
pub fn partitions_of(brokers: &str, topic: &str) -> u32 {
    u32::try_from(partition_count(brokers, topic)).expect("it is not negative")
}

fn partition_count(brokers: &str, topic: &str) -> i32 {
    let metadata = plain_consumer(brokers).fetch_metadata(Some(topic), LIMIT).expect("the broker answers");
    let count = metadata.topics().first().map_or(0, |topic| topic.partitions().len());
    assert!(count > 0, "there is no topic {topic}");
    i32::try_from(count).expect("tests use few partitions")
}

fn has_leaders(brokers: &str, topic: &str, partitions: i32) -> bool {
    let Ok(metadata) = plain_consumer(brokers).fetch_metadata(Some(topic), LIMIT) else { return false };
    metadata.topics().iter().all(|topic| {
        topic.partitions().iter().filter(|partition| partition.leader() >= 0).count()
            == usize::try_from(partitions).unwrap_or(usize::MAX)
    })
}

fn plain_consumer(brokers: &str) -> BaseConsumer {
    ClientConfig::new().set("bootstrap.servers", brokers).create().expect("the settings are right")
}

fn admin(brokers: &str) -> AdminClient<DefaultClientContext> {
    ClientConfig::new().set("bootstrap.servers", brokers).create().expect("the settings are right")
}

/// Waits for a future on this thread: the admin client answers from a thread of its own, so no executor is needed.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
