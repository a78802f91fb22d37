//! The group's member: it reads what the group gives it, and knows for each partition where to go back to.
//!
//! A partition is *owned* from when the group assigns it, *wanted* from when the worker starts it, and *read* once it
//! has its place. Going back is always the same: the partitions are taken from librdkafka and given to it again at the
//! place of the last commit, so that nothing it had fetched before can come after.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use std::panic::{AssertUnwindSafe, catch_unwind};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{Offset, TopicPartitionList};
use segue_log::{Error, Happening, Header, Progress, Record, TopicPartition};

use crate::begin::{Begin, Committed, begin, incarnation, metadata};
use crate::context::{Change, GroupContext, list, number, offset};
use crate::counters::{Count, Counters};
use crate::lookup::{Lookup, environment};
use crate::settings::Settings;

/// How long a question about committed offsets may take. Offsets in an open transaction are waited for by asking again.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// How long to wait before partitions that could not be begun are tried again.
const BEGIN_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// The member of the group.
pub(crate) struct Group {
    consumer: BaseConsumer<GroupContext>,
    counters: Counters,
    owned: BTreeSet<TopicPartition>,
    wanted: BTreeMap<TopicPartition, Option<u64>>,
    places: BTreeMap<TopicPartition, Place>,
    happenings: VecDeque<Happening>,
    begin_at: Instant,
}

/// Where a partition is.
#[derive(Clone, Copy, Debug)]
struct Place {
    incarnation: u64,
    /// The offset to go back to.
    committed: u64,
}

impl Group {
    /// Joins the group; the partitions come with later polls.
    pub(crate) fn join(settings: &Settings, counters: Counters) -> Result<Self, Error> {
        let consumer = settings.reader().create_with_context(GroupContext::default());
        let consumer: BaseConsumer<GroupContext> = consumer.map_err(environment)?;
        let topics: Vec<&str> = settings.topics.iter().map(String::as_str).collect();
        consumer.subscribe(&topics).map_err(environment)?;
        Ok(Self {
            consumer,
            counters,
            owned: BTreeSet::new(),
            wanted: BTreeMap::new(),
            places: BTreeMap::new(),
            happenings: VecDeque::new(),
            begin_at: Instant::now(),
        })
    }

    /// Notes what the worker wants to read; it begins with the next poll.
    pub(crate) fn start(&mut self, partitions: &[(TopicPartition, Option<u64>)]) {
        for (partition, next) in partitions {
            if self.owned.contains(partition) && !self.places.contains_key(partition) {
                let _ = self.wanted.insert(partition.clone(), *next);
            }
        }
    }

    /// Waits for a change or for records.
    pub(crate) fn poll(
        &mut self,
        records_max: usize,
        wait: Duration,
        lookup: &Lookup,
    ) -> Result<Happening, Error> {
        if let Some(happening) = self.happenings.pop_front() {
            return Ok(happening);
        }
        self.begin_wanted(lookup);
        let wait = if self.wanted.is_empty() { wait } else { wait.min(BEGIN_AGAIN_AFTER) };
        let records = self.read(records_max.max(1), wait)?;
        if records.is_empty()
            && let Some(happening) = self.happenings.pop_front()
        {
            return Ok(happening);
        }
        self.counters.add(Count::Records, records.len());
        Ok(Happening::Records(records))
    }

    fn read(&mut self, records_max: usize, wait: Duration) -> Result<Vec<Record>, Error> {
        let mut records = Vec::new();
        let mut left = wait;
        // Records come in runs of one partition, so it is looked up once a run.
        let mut recent = None;
        while records.len() < records_max {
            let polled = match self.consumer.poll(left) {
                Some(Ok(message)) => {
                    records.extend(record(&message, &self.places, &mut recent));
                    Ok(true)
                }
                Some(Err(error)) => Err(error),
                None => Ok(false),
            };
            let changed = self.take_changes(&mut records);
            match polled {
                Ok(true) if !changed => left = Duration::ZERO,
                Ok(_) => break,
                Err(error) => {
                    self.reading_failed(&error)?;
                    break;
                }
            }
        }
        Ok(records)
    }

    /// Takes in what the group changed, and drops from `records` what no longer belongs to us.
    fn take_changes(&mut self, records: &mut Vec<Record>) -> bool {
        let mut changed = false;
        while let Some(change) = self.consumer.context().next_change() {
            changed = true;
            match change {
                Change::Assigned(partitions) => {
                    self.counters.add(Count::Assigned, partitions.len());
                    self.owned.extend(partitions.iter().cloned());
                    self.happenings.push_back(Happening::Assigned(partitions));
                }
                Change::Revoked(partitions) => {
                    self.counters.add(Count::Revoked, partitions.len());
                    for partition in &partitions {
                        let _ = self.owned.remove(partition);
                        let _ = self.wanted.remove(partition);
                        let _ = self.places.remove(partition);
                    }
                    records.retain(|record| {
                        partitions
                            .iter()
                            .all(|gone| gone.partition != record.partition || gone.topic != record.topic)
                    });
                    self.happenings.push_back(Happening::Revoked(partitions));
                }
            }
        }
        changed
    }

    fn reading_failed(&mut self, error: &KafkaError) -> Result<(), Error> {
        if let KafkaError::MessageConsumptionFatal(code) = error {
            return Err(Error::Environment(format!("the consumer cannot go on: {code}")));
        }
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) {
            // It is not said which partition it was, so each is begun anew and checked against its ends.
            tracing::error!(%error, "a partition's place is gone: the topic was made anew or its retention is too short");
            let all: Vec<_> = self.places.keys().map(|partition| (partition.clone(), None)).collect();
            self.stop_reading().map_err(|_| Error::Lost { reason: "offset-out-of-range" })?;
            self.wanted.extend(all);
            return Err(Error::Rewound { reason: "offset-out-of-range" });
        }
        tracing::warn!(%error, "reading reports an error");
        Ok(())
    }

    /// Finds the places of the partitions that the worker wants, and begins to read them. What fails is tried again
    /// with a later poll; meanwhile the group's heartbeat and rebalances go on.
    fn begin_wanted(&mut self, lookup: &Lookup) {
        if self.wanted.is_empty() || Instant::now() < self.begin_at {
            return;
        }
        if let Err(error) = self.try_begin(lookup) {
            tracing::info!(%error, "partitions cannot be begun yet");
        }
        self.begin_at = Instant::now() + BEGIN_AGAIN_AFTER;
    }

    fn try_begin(&mut self, lookup: &Lookup) -> KafkaResult<()> {
        // Giving librdkafka a partition now would hide that it lost its membership, and with that its fence.
        if self.consumer.assignment_lost() {
            return Ok(());
        }
        let asked = self.consumer.committed_offsets(list(self.wanted.keys()), ANSWER_WITHIN)?;
        let mut renewed = TopicPartitionList::new();
        let mut begins = Vec::new();
        let fresh = now_ms();
        for element in &asked.elements() {
            element.error()?;
            let partition = name(element.topic(), element.partition());
            let wanted = self.wanted.get(&partition).copied().flatten();
            let begin = begin(committed(element), wanted, lookup.ends(&partition)?, fresh);
            if let Some(alarm) = begin.alarm {
                tracing::error!(topic = %partition.topic, partition = partition.partition, begin.at, alarm);
            }
            if begin.renewed {
                add(&mut renewed, &partition, begin.at, begin.incarnation);
            }
            begins.push((partition, begin));
        }
        if renewed.count() > 0 {
            self.consumer.commit(&renewed, CommitMode::Sync)?;
            self.counters.add(Count::Incarnations, renewed.count());
        }
        self.begin_at_places(begins)
    }

    fn begin_at_places(&mut self, begins: Vec<(TopicPartition, Begin)>) -> KafkaResult<()> {
        let places = begins.into_iter().map(|(partition, Begin { at, incarnation, .. })| {
            (partition, Place { incarnation, committed: at })
        });
        let places: BTreeMap<_, _> = places.collect();
        self.consumer.incremental_assign(&with_places(&places))?;
        self.consumer.context().reads(places.keys().cloned());
        for partition in places.keys() {
            let _ = self.wanted.remove(partition);
        }
        self.places.extend(places);
        Ok(())
    }

    /// Goes back to the last commit with every partition that is read.
    pub(crate) fn rewind(&mut self) -> KafkaResult<()> {
        self.counters.add(Count::Rewound, 1);
        let places = self.places.clone();
        self.stop_reading()?;
        if places.is_empty() {
            return Ok(());
        }
        self.consumer.incremental_assign(&with_places(&places))?;
        self.consumer.context().reads(places.keys().cloned());
        self.places = places;
        Ok(())
    }

    /// Gives up every partition that is read, and reports those that are still owned as assigned anew.
    pub(crate) fn lose(&mut self) {
        self.counters.add(Count::Lost, 1);
        if let Err(error) = self.stop_reading() {
            tracing::error!(%error, "partitions could not be given up");
        }
        self.wanted.clear();
        self.happenings.clear();
        if !self.owned.is_empty() {
            self.happenings.push_back(Happening::Assigned(self.owned.iter().cloned().collect()));
        }
    }

    fn stop_reading(&mut self) -> KafkaResult<()> {
        self.places.clear();
        let read = self.consumer.context().reads_nothing();
        if read.is_empty() { Ok(()) } else { self.consumer.incremental_unassign(&list(&read)) }
    }

    /// Says whether every partition of the progress is still read by this member.
    pub(crate) fn holds(&self, progress: &[Progress]) -> bool {
        !self.consumer.assignment_lost()
            && progress
                .iter()
                .all(|progress| self.places.contains_key(&name_of(&progress.topic, progress.partition)))
    }

    /// Returns what to commit: the progress, or, for a step without any, the last commits again, because it is they
    /// that let the broker refuse a member that is none any more.
    pub(crate) fn offsets(&self, progress: &[Progress]) -> TopicPartitionList {
        let mut offsets = TopicPartitionList::new();
        if progress.is_empty() {
            for (partition, place) in &self.places {
                add(&mut offsets, partition, place.committed, place.incarnation);
            }
        }
        for progress in progress {
            let partition = name_of(&progress.topic, progress.partition);
            let incarnation = self.places.get(&partition).map_or(0, |place| place.incarnation);
            add(&mut offsets, &partition, progress.next, incarnation);
        }
        offsets
    }

    /// Returns who this member is, for a transaction; an error if it is a member no more.
    pub(crate) fn membership(&self) -> KafkaResult<ConsumerGroupMetadata> {
        let membership = self.consumer.group_metadata();
        // In this order: what was lost before is seen here, and what is lost later the broker refuses, because the
        // membership then is an old one. Without it a former member would pass for a client without group.
        if self.consumer.assignment_lost() {
            return Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::UnknownMemberId));
        }
        membership.ok_or(KafkaError::ConsumerCommit(RDKafkaErrorCode::UnknownMemberId))
    }

    /// Commits the progress outside of any transaction.
    pub(crate) fn commit(&self, progress: &[Progress]) -> KafkaResult<()> {
        let offsets = self.offsets(progress);
        if offsets.count() == 0 { Ok(()) } else { self.consumer.commit(&offsets, CommitMode::Sync) }
    }

    /// Notes that the progress was committed.
    pub(crate) fn committed_now(&mut self, progress: &[Progress]) {
        for progress in progress {
            if let Some(place) = self.places.get_mut(&name_of(&progress.topic, progress.partition)) {
                place.committed = progress.next;
            }
        }
    }

    /// Asks up to where the group has committed a partition, which need not be this member's.
    pub(crate) fn position(&self, partition: &TopicPartition) -> KafkaResult<Option<u64>> {
        let asked = self.consumer.committed_offsets(list([partition]), ANSWER_WITHIN)?;
        let elements = asked.elements();
        let Some(element) = elements.first() else { return Ok(None) };
        element.error()?;
        Ok(committed(element).map(|committed| committed.next))
    }

    /// Returns the last commit of each partition that is read.
    pub(crate) fn committed(&self) -> Vec<Progress> {
        let progress = |(partition, place): (&TopicPartition, &Place)| Progress {
            topic: partition.topic.clone(),
            partition: partition.partition,
            next: place.committed,
        };
        self.places.iter().map(progress).collect()
    }

    /// Leaves the group. May take long if its coordinator does not answer.
    pub(crate) fn leave(self) {
        self.consumer.unsubscribe();
        drop(self.consumer);
    }
}

/// Copies a message out of librdkafka, if its partition is read. `recent` is where the one before came from.
fn record(
    message: &BorrowedMessage<'_>,
    places: &BTreeMap<TopicPartition, Place>,
    recent: &mut Option<(TopicPartition, Place)>,
) -> Option<Record> {
    let same = |(name, _): &(TopicPartition, Place)| {
        number(name.partition) == message.partition() && *name.topic == *message.topic()
    };
    if !recent.as_ref().is_some_and(same) {
        let found = places.get_key_value(&name(message.topic(), message.partition()));
        *recent = found.map(|(name, place)| (name.clone(), *place));
    }
    let (name, place) = recent.as_ref()?;
    let record = copied(message, name.topic.clone(), place.incarnation)?;
    (record.offset >= place.committed).then_some(record)
}

/// Copies a message out of librdkafka.
pub(crate) fn copied(message: &BorrowedMessage<'_>, topic: Arc<str>, incarnation: u64) -> Option<Record> {
    Some(Record {
        topic,
        partition: u32::try_from(message.partition()).ok()?,
        incarnation,
        offset: u64::try_from(message.offset()).ok()?,
        appended_at_ms: message.timestamp().to_millis().unwrap_or(0),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers(message),
    })
}

/// Reads what the group has committed for a partition.
fn committed(element: &TopicPartitionListElem<'_>) -> Option<Committed> {
    let Offset::Offset(next) = element.offset() else { return None };
    let incarnation = incarnation(element.metadata());
    Some(Committed { next: u64::try_from(next).unwrap_or(0), incarnation })
}

fn with_places(places: &BTreeMap<TopicPartition, Place>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for (partition, place) in places {
        add(&mut list, partition, place.committed, place.incarnation);
    }
    list
}

fn add(list: &mut TopicPartitionList, partition: &TopicPartition, next: u64, incarnation: u64) {
    let mut element = list.add_partition(&partition.topic, number(partition.partition));
    element.set_offset(offset(next)).expect("a concrete offset can be represented");
    element.set_metadata(metadata(incarnation));
}

fn name(topic: &str, partition: i32) -> TopicPartition {
    name_of(&Arc::from(topic), u32::try_from(partition).unwrap_or(u32::MAX))
}

fn name_of(topic: &Arc<str>, partition: u32) -> TopicPartition {
    TopicPartition { topic: topic.clone(), partition }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
/// Copies a message's headers. The client library panics at a name that is not UTF-8, and it must not be in the power of
/// whoever writes to a source to stop its reader: such a header is handed out under the name of the replacement character,
/// without a value. The library's panic leaves nothing half done, and a line on the standard error.
fn headers(message: &BorrowedMessage<'_>) -> Vec<Header> {
    let Some(borrowed) = message.headers() else { return Vec::new() };
    let copied = |index: usize| {
        let header = borrowed.try_get(index)?;
        Some(Header { name: header.key.to_owned(), value: header.value.map(<[u8]>::to_vec) })
    };
    let mut unreadable = 0;
    let mut headers = Vec::with_capacity(borrowed.count());
    for index in 0..borrowed.count() {
        let read = catch_unwind(AssertUnwindSafe(|| copied(index))).ok().flatten();
        headers.push(read.unwrap_or_else(|| {
            unreadable += 1;
            Header { name: char::REPLACEMENT_CHARACTER.to_string(), value: None }
        }));
    }
    if unreadable > 0 {
        let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
        tracing::debug!(topic, partition, offset, unreadable, "names of headers are not UTF-8");
    }
    headers
}

