//! What flows through a log: records read, appends written, and the step that joins them.

use std::sync::Arc;

/// Names one partition of one topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition, counted from 0.
    pub partition: u32,
}

/// One header of a record. Names may repeat; order is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The header's name.
    pub name: String,
    /// The header's bytes; `None` is Kafka's null, which is not the empty value.
    pub value: Option<Vec<u8>>,
}

/// A record as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The topic it was read from.
    pub topic: Arc<str>,
    /// The partition it was read from.
    pub partition: u32,
    /// Tells one life of a topic from the next: it changes when a topic is deleted and made again, so that offsets
    /// that begin anew are not taken for ones already seen.
    pub incarnation: u64,
    /// Its place in the partition. Places only grow; some may be missing.
    pub offset: u64,
    /// When the log (or the writer) says it was appended, in milliseconds since the epoch, UTC.
    pub appended_at_ms: i64,
    /// The record's key, if it has one.
    pub key: Option<Vec<u8>>,
    /// The record's value; `None` is Kafka's null.
    pub value: Option<Vec<u8>>,
    /// The record's headers, as they came.
    pub headers: Vec<Header>,
}

/// Where an append goes within its topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// By the key: murmur2 of the key, sign bit cleared, modulo the topic's partitions, as Kafka's Java client does.
    /// An append without a key goes to partition 0.
    Key,
    /// To exactly this partition.
    Partition(u32),
    /// To this number modulo the topic's partitions.
    Spread(u32),
}

/// A record to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The topic it goes to.
    pub topic: Arc<str>,
    /// Where in the topic.
    pub place: Place,
    /// Its key, if any.
    pub key: Option<Vec<u8>>,
    /// Its value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Vec<Header>,
}

/// How far a partition has been read: everything below `next` is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: u32,
    /// The offset that is read next.
    pub next: u64,
}

/// Which log a topic is of, and which life of the topic it is: what is kept beside the log belongs to it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The log: the cluster's id, or that of an embedded log.
    pub log: String,
    /// The topic's life: it changes when the topic is deleted and made again.
    pub life: String,
}

/// Everything that one step changes. All of it happens, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What is written, in order.
    pub appends: Vec<Append>,
    /// How far the worker has read, for each partition that the step read from.
    pub progress: Vec<Progress>,
}
