//! Follows a run while it goes on: how much the log holds, how much of it has a fate, and when all is done.
//!
//! Reads `segue.log`, `segue.shared`, `segue.decisions` and, of `segue.profiles`, how far each partition's state has
//! come: each record once, as a reader of committed records. That is enough to know when to go on; whether all is right
//! is for the checker to say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;

use crate::checker::{LOG, SHARED};
use crate::topics::{Ends, partitions_of};

const DECISIONS: &str = "segue.decisions";
const PROFILES: &str = "segue.profiles";
/// How long to wait for the next record before the rest is taken to be still to come.
const QUIET: Duration = Duration::from_millis(10);

/// Names a partition of the log: its number, or `None` for the shared one.
type LogPartition = Option<u32>;

/// What is known of a run so far.
pub struct Follower {
    /// One for each topic, because an end of a partition that is told does not say of which topic.
    readers: BTreeMap<&'static str, BaseConsumer>,
    /// The partitions that are read to their end.
    at_end: BTreeSet<(&'static str, i32)>,
    ends: Ends,
    partitions: BTreeMap<&'static str, u32>,
    sources: BTreeMap<String, u32>,
    /// Log records without a fate count 1, fates whose record was not read yet count -1.
    open: BTreeMap<(LogPartition, u64), i32>,
    logged: usize,
    decided: usize,
    /// Of each source partition, the offset after the highest that the log holds.
    taken: BTreeMap<(String, u32), u64>,
    /// Of each log partition, the offset after the highest that was read.
    logged_to: BTreeMap<u32, u64>,
    /// Of each log partition, the offset after the highest that has a decision.
    decided_to: BTreeMap<u32, u64>,
    /// Of each log partition, the offset that its kept state goes on from.
    kept_to: BTreeMap<u32, u64>,
}

impl Follower {
    /// Begins at the first record of a router whose log has so many partitions and that reads these topics; all topics
    /// must be there.
    ///
    /// # Panics
    /// When they are not.
    #[must_use]
    pub fn new(brokers: &str, partitions: u32, sources: &[&str]) -> Follower {
        let partitions =
            BTreeMap::from([(LOG, partitions), (SHARED, 1), (DECISIONS, partitions), (PROFILES, partitions)]);
        let reader = |(topic, count): (&&'static str, &u32)| (*topic, reader(brokers, topic, *count));
        let readers = partitions.iter().map(reader).collect();
        Follower {
            readers,
            at_end: BTreeSet::new(),
            ends: Ends::of(brokers, "segue.intake"),
            partitions,
            sources: sources
                .iter()
                .map(|topic| ((*topic).to_owned(), partitions_of(brokers, topic)))
                .collect(),
            open: BTreeMap::new(),
            logged: 0,
            decided: 0,
            taken: BTreeMap::new(),
            logged_to: BTreeMap::new(),
            decided_to: BTreeMap::new(),
            kept_to: BTreeMap::new(),
        }
    }

    /// Reads what has come since the last time.
    pub fn advance(&mut self) {
        let topics: Vec<&'static str> = self.readers.keys().copied().collect();
        for topic in topics {
            while self.read_one(topic) {}
        }
    }

    /// How many records the log holds, those about everyone and ticks counted.
    #[must_use]
    pub fn logged(&self) -> usize {
        self.logged
    }

    /// How many log records have a fate.
    #[must_use]
    pub fn decided(&self) -> usize {
        self.decided
    }

    /// How many records of the sources intake has taken in, about: those that it ignores count once a later one is in.
    #[must_use]
    pub fn taken_in(&self) -> u64 {
        self.sources
            .keys()
            .flat_map(|topic| self.taken.iter().filter(move |((from, _), _)| from == topic))
            .map(|(_, next)| next)
            .sum()
    }

    /// How far decide has come: places of the log that the kept states are beyond, summed up over its partitions.
    #[must_use]
    pub fn stepped(&self) -> u64 {
        self.kept_to.values().sum()
    }

    /// How many places of the log decide has yet to step over, about.
    #[must_use]
    pub fn behind(&self) -> u64 {
        let behind = self.logged_to.iter().map(|(partition, logged)| {
            logged.saturating_sub(self.kept_to.get(partition).copied().unwrap_or(0))
        });
        behind.sum()
    }

    /// How many log records have no fate yet. What makes no decision of its own gets it ten seconds later at most.
    #[must_use]
    pub fn undecided(&self) -> usize {
        self.open.values().filter(|count| **count > 0).count()
    }

    /// The source partitions of which the log holds more than intake has committed: a step of intake is open there, or
    /// was when its worker died.
    #[must_use]
    pub fn intake_open(&self) -> BTreeSet<(String, u32, u64)> {
        let mut open = BTreeSet::new();
        for (source, count) in &self.sources {
            for (partition, next) in (0u32..).zip(self.ends.group(source, *count)) {
                let taken = self.taken.get(&(source.clone(), partition)).copied().unwrap_or(0);
                if taken > next {
                    let _ = open.insert((source.clone(), partition, taken));
                }
            }
        }
        open
    }

    /// The log partitions of which more was decided than the state that is kept knows of: without transactions, a step
    /// is open there, or was when its worker died.
    #[must_use]
    pub fn decide_open(&self) -> BTreeSet<(u32, u64)> {
        let ahead = self
            .decided_to
            .iter()
            .filter(|(partition, decided)| self.kept_to.get(partition).copied().unwrap_or(0) < **decided);
        ahead.map(|(partition, decided)| (*partition, *decided)).collect()
    }

    /// Says in words how far the run is, for a test that waits in vain.
    ///
    /// # Panics
    /// When the broker does not answer.
    #[must_use]
    pub fn state(&self) -> String {
        let undecided: Vec<_> =
            self.open.iter().filter(|(_, count)| **count > 0).map(|(place, _)| place).take(5).collect();
        let open: Vec<_> =
            self.partitions.iter().map(|(topic, count)| (topic, self.ends.open(topic, *count))).collect();
        let behind: Vec<_> = self
            .sources
            .iter()
            .map(|(topic, count)| (self.ends.written(topic, *count), self.ends.group(topic, *count)))
            .collect();
        format!(
            "{} logged, {} decided, {} undecided, first {undecided:?}; open transactions {open:?}; sources at {behind:?}",
            self.logged,
            self.decided,
            self.undecided()
        )
    }

    /// Says whether all that the sources have published is in the log, and all that is in the log has its fate.
    ///
    /// # Panics
    /// When the broker does not answer.
    pub fn is_done(&mut self) -> bool {
        self.advance();
        if !self.is_taken_in() {
            return false;
        }
        // What concerns everyone is written to the log by a step that gives it its fate, so looking twice finds it.
        let first = self.settled();
        first.is_some() && first == self.settled()
    }

    /// Returns where all partitions end, if they are read to there, nothing is open in them and nothing undecided.
    fn settled(&mut self) -> Option<Vec<Vec<u64>>> {
        let topics = self.partitions.iter();
        let ends = topics.clone().map(|(topic, count)| self.ends.written(topic, *count)).collect();
        let open = topics.clone().any(|(topic, count)| !self.ends.open(topic, *count).is_empty());
        let all: u32 = topics.map(|(_, count)| count).sum();
        self.advance();
        let read = self.at_end.len() == usize::try_from(all).expect("tests use few partitions");
        (read && !open && self.undecided() == 0).then_some(ends)
    }

    fn read_one(&mut self, topic: &'static str) -> bool {
        let (partition, offset, value) = match self.readers[topic].poll(QUIET) {
            Some(Ok(message)) => (message.partition(), message.offset(), read(&message)),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                let _ = self.at_end.insert((topic, partition));
                return true;
            }
            Some(Err(error)) => {
                eprintln!("testkit: following {topic}: {error}");
                return true;
            }
            None => return false,
        };
        let _ = self.at_end.remove(&(topic, partition));
        self.take(topic, partition, offset, value);
        true
    }

    /// Says whether the routers have stepped over all that the sources have published. Fates that are written joined may
    /// be still to come.
    ///
    /// # Panics
    /// When the broker does not answer.
    pub fn is_stepped_over(&mut self) -> bool {
        self.advance();
        let all: u32 = self.partitions.values().sum();
        let read = self.at_end.len() == usize::try_from(all).expect("tests use few partitions");
        read && self.behind() == 0 && self.logged > 0 && self.is_taken_in()
    }

    /// Says whether intake has committed all that the sources have published.
    ///
    /// # Panics
    /// When the broker does not answer.
    #[must_use]
    pub fn is_taken_in(&self) -> bool {
        self.sources.iter().all(|(source, count)| {
            let ends = self.ends.written(source, *count);
            ends.into_iter().zip(self.ends.group(source, *count)).all(|(end, next)| next >= end)
        })
    }

    fn take(&mut self, topic: &str, partition: i32, offset: i64, value: Option<Value>) {
        let (Ok(partition), Ok(offset), Some(value)) =
            (u32::try_from(partition), u64::try_from(offset), value)
        else {
            return;
        };
        match topic {
            LOG | SHARED => {
                self.logged += 1;
                if topic == LOG {
                    let _ = self.logged_to.insert(partition, offset + 1);
                }
                self.count(((topic == LOG).then_some(partition), offset), 1);
                self.taken_from(&value);
            }
            PROFILES => {
                if let Some(next) = value.get("next").and_then(Value::as_u64) {
                    let _ = self.kept_to.insert(partition, next);
                }
            }
            _ if value["decision"].is_null() => self.joined(&value["log"]),
            _ => {
                let log = &value["stimulus"]["log"];
                if let (Some(partition), Some(offset)) = (log["partition"].as_u64(), log["offset"].as_u64()) {
                    let partition = u32::try_from(partition).unwrap_or(u32::MAX);
                    self.count((Some(partition), offset), -1);
                    let to = self.decided_to.entry(partition).or_default();
                    *to = (*to).max(offset + 1);
                }
            }
        }
    }

    fn taken_from(&mut self, value: &Value) {
        let origin = &value["origin"];
        let (Some(topic), Some(partition), Some(offset)) =
            (origin["topic"].as_str(), origin["partition"].as_u64(), origin["offset"].as_u64())
        else {
            return;
        };
        let partition = u32::try_from(partition).unwrap_or(u32::MAX);
        let next = self.taken.entry((topic.to_owned(), partition)).or_default();
        *next = (*next).max(offset + 1);
    }

    /// A joined record names offsets in lists, as `a-b` or alone; without a partition, those of the shared log.
    fn joined(&mut self, log: &Value) {
        let partition = log.get("partition").and_then(Value::as_u64);
        let partition = match log.get("copied") {
            Some(_) => None,
            None => partition.and_then(|partition| u32::try_from(partition).ok()),
        };
        let lists =
            log.as_object().into_iter().flat_map(|members| members.values()).filter_map(Value::as_array);
        for range in lists.flatten().filter_map(Value::as_str) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (Ok(first), Ok(last)) = (first.parse::<u64>(), last.parse::<u64>()) else { continue };
            for offset in first..=last {
                self.count((partition, offset), -1);
            }
        }
    }

    fn count(&mut self, place: (LogPartition, u64), by: i32) {
        self.decided += usize::from(by < 0);
        let count = self.open.entry(place).or_default();
        *count += by;
        if *count == 0 {
            let _ = self.open.remove(&place);
        }
    }
}

fn reader(brokers: &str, topic: &str, partitions: u32) -> BaseConsumer {
    let reader: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "testkit-follower")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", "read_committed")
        .set("fetch.wait.max.ms", "20")
        .create()
        .expect("the settings are right");
    let mut places = TopicPartitionList::new();
    for partition in 0..i32::try_from(partitions).expect("tests use few partitions") {
        places.add_partition_offset(topic, partition, Offset::Beginning).expect("the offset is a legal one");
    }
    reader.assign(&places).expect("the partitions can be assigned");
    reader
}

/// Reads a message's value; of the kept states only that of the partition itself.
fn read(message: &BorrowedMessage<'_>) -> Option<Value> {
    if message.topic() == PROFILES && message.key() != Some(b"p") {
        return None;
    }
    serde_json::from_slice(message.payload()?).ok()
}
