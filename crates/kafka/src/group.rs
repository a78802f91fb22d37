//! The group's member: it reads what the group gives it, and knows for each partition where to go back to.
//!
//! A partition is *owned* from when the group assigns it, *wanted* from when the worker starts it, and *read* once it
//! has its place. Going back is always the same: the partitions are taken from librdkafka and given to it again at the
//! place of the last commit, so that nothing it had fetched before can come after.
//!
//! A place is *doubted* when its topic may have been made anew. Then all that is read becomes wanted again, and begins
//! where the group has committed, if that commit is still one of the topic that there is now.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{Offset, TopicPartitionList};
use segue_log::{Error, Happening, Header, Progress, Record, TopicPartition};

use crate::begin::{self, Begin, Committed, Present, begin, metadata};
use crate::class::vanished;
use crate::context::{Change, GroupContext, list, number, offset};
use crate::counters::{Count, Counters};
use crate::lives::Lives;
use crate::lookup::{Lookup, environment};
use crate::settings::Settings;

/// How long a question about committed offsets may take. Offsets in an open transaction are waited for by asking again.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// How long to wait before partitions that could not be begun are tried again.
const BEGIN_AGAIN_AFTER: Duration = Duration::from_millis(200);
/// How often it is told that partitions cannot be begun.
const TELL_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// The member of the group.
pub(crate) struct Group {
    consumer: BaseConsumer<GroupContext>,
    counters: Counters,
    owned: BTreeSet<TopicPartition>,
    wanted: BTreeMap<TopicPartition, Option<u64>>,
    places: BTreeMap<TopicPartition, Place>,
    happenings: VecDeque<Happening>,
    begin_at: Instant,
    told_at: Option<Instant>,
    lives: Lives,
    /// How much of what `lives` has learned the places were compared with.
    lives_seen: u64,
}

/// Where a partition is.
#[derive(Clone, Debug)]
struct Place {
    incarnation: u64,
    /// The id of the topic, where it is known.
    life: Option<Arc<str>>,
    /// The offset to go back to.
    committed: u64,
}

impl Group {
    /// Joins the group; the partitions come with later polls. Without topics there is nothing to join.
    pub(crate) fn join(settings: &Settings, counters: Counters, lives: Lives) -> Result<Self, Error> {
        let consumer = settings.reader().create_with_context(GroupContext::new(lives.clone()));
        let consumer: BaseConsumer<GroupContext> = consumer.map_err(environment)?;
        let topics: Vec<&str> = settings.topics.iter().map(String::as_str).collect();
        let joined = if topics.is_empty() { Ok(()) } else { consumer.subscribe(&topics) };
        joined.map_err(environment)?;
        Ok(Self {
            consumer,
            counters,
            owned: BTreeSet::new(),
            wanted: BTreeMap::new(),
            places: BTreeMap::new(),
            happenings: VecDeque::new(),
            begin_at: Instant::now(),
            told_at: None,
            lives,
            lives_seen: 0,
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
            let polled = self.consumer.poll(left);
            // What tells of another life is served before its first record: now is the time to look.
            let lives = self.lives.changes();
            let remade = lives != self.lives_seen && self.some_topic_is_remade();
            let polled = match polled {
                _ if remade => Ok(false),
                Some(Ok(message)) => {
                    records.extend(record(&message, &self.places, &mut recent));
                    Ok(true)
                }
                Some(Err(error)) => Err(error),
                None => Ok(false),
            };
            if remade {
                return Err(self.doubt("topic-remade"));
            }
            self.lives_seen = lives;
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
            return Err(self.doubt("offset-out-of-range"));
        }
        if error.rdkafka_error_code().is_some_and(vanished) && !self.places.is_empty() {
            tracing::warn!(%error, "a topic that is read was gone: its places are asked for again");
            return Err(self.doubt("topic-gone"));
        }
        tracing::warn!(%error, "reading reports an error");
        Ok(())
    }

    /// Says whether a topic that is read is known to be another than the one that its places are of.
    fn some_topic_is_remade(&self) -> bool {
        let remade = self.places.iter().find(|(partition, place)| {
            let present = self.lives.of(&partition.topic);
            place.life.is_some() && present.is_some() && place.life != present
        });
        if let Some((partition, _)) = remade {
            tracing::error!(topic = %partition.topic, "a topic was made anew while it was read");
        }
        remade.is_some()
    }

    /// Trusts no place any more: every partition that is read is begun anew, where the group has committed it.
    pub(crate) fn doubt(&mut self, reason: &'static str) -> Error {
        self.counters.add(Count::Rewound, 1);
        let all: Vec<_> = self.places.keys().map(|partition| (partition.clone(), None)).collect();
        if let Err(error) = self.stop_reading() {
            tracing::error!(%error, "partitions could not be given up");
            return Error::Lost { reason };
        }
        self.wanted.extend(all);
        Error::Rewound { reason }
    }

    /// Finds the places of the partitions that the worker wants, and begins to read them. What fails is tried again
    /// with a later poll; meanwhile the group's heartbeat and rebalances go on.
    fn begin_wanted(&mut self, lookup: &Lookup) {
        if self.wanted.is_empty() || Instant::now() < self.begin_at {
            return;
        }
        let error = self.try_begin(lookup).err().map(|error| error.to_string());
        if self.wanted.is_empty() {
            self.told_at = None;
        } else if self.told_at.is_none_or(|at| at.elapsed() > TELL_AGAIN_AFTER) {
            self.told_at = Some(Instant::now());
            let topics: BTreeSet<_> = self.wanted.keys().map(|partition| &partition.topic).collect();
            tracing::info!(error, count = self.wanted.len(), ?topics, "partitions cannot be begun yet");
        }
        self.begin_at = Instant::now() + BEGIN_AGAIN_AFTER;
    }

    fn try_begin(&mut self, lookup: &Lookup) -> KafkaResult<()> {
        // Giving librdkafka a partition now would hide that it lost its membership, and with that its fence.
        if self.consumer.assignment_lost() {
            return Ok(());
        }
        self.lives_seen = self.lives.changes();
        let led = self.wanted_and_led(lookup)?;
        if led.is_empty() {
            return Ok(());
        }
        // The ids of the topics were asked for before: a commit of a life that ended since is not taken for one of
        // this life, and a life that began since is noticed when its reading begins.
        let asked = self.consumer.committed_offsets(list(&led), ANSWER_WITHIN)?;
        let mut renewed = TopicPartitionList::new();
        let mut places = BTreeMap::new();
        let fresh = now_ms();
        for element in asked.elements().iter().filter(|element| element.error().is_ok()) {
            let partition = name(element.topic(), element.partition());
            let wanted = self.wanted.get(&partition).copied().flatten();
            let Ok((low, high)) = lookup.ends(&partition) else { break };
            let present = Present { low, high, life: self.lives.of(&partition.topic) };
            let begin = begin(committed(element).as_ref(), wanted, &present, fresh);
            if let Some(alarm) = begin.alarm {
                tracing::error!(topic = %partition.topic, partition = partition.partition, begin.at, alarm);
            }
            let Begin { at, incarnation, .. } = begin;
            let place = Place { incarnation, life: present.life, committed: at };
            if begin.renewed {
                add(&mut renewed, &partition, at, &place);
            }
            let _ = places.insert(partition, place);
        }
        if renewed.count() > 0 {
            self.consumer.commit(&renewed, CommitMode::Sync)?;
            self.counters.add(Count::Incarnations, renewed.count());
        }
        self.begin_at_places(places)
    }

    /// Returns the wanted partitions that have a leader now. One that has none keeps no other waiting.
    fn wanted_and_led(&self, lookup: &Lookup) -> KafkaResult<Vec<TopicPartition>> {
        let mut led = BTreeMap::new();
        for partition in self.wanted.keys() {
            if !led.contains_key(&partition.topic) {
                let _ = led.insert(partition.topic.clone(), lookup.led(&partition.topic)?);
            }
        }
        let led = |partition: &&TopicPartition| led[&partition.topic].contains(&partition.partition);
        Ok(self.wanted.keys().filter(led).cloned().collect())
    }

    fn begin_at_places(&mut self, places: BTreeMap<TopicPartition, Place>) -> KafkaResult<()> {
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
                add(&mut offsets, partition, place.committed, place);
            }
        }
        for progress in progress {
            let partition = name_of(&progress.topic, progress.partition);
            // Whoever commits has made sure that the partition is read.
            if let Some(place) = self.places.get(&partition) {
                add(&mut offsets, &partition, progress.next, place);
            }
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
        *recent = found.map(|(name, place)| (name.clone(), place.clone()));
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

/// Reads what the group has committed for a partition.
fn committed(element: &TopicPartitionListElem<'_>) -> Option<Committed> {
    let Offset::Offset(next) = element.offset() else { return None };
    Some(begin::committed(u64::try_from(next).unwrap_or(0), element.metadata()))
}

fn with_places(places: &BTreeMap<TopicPartition, Place>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for (partition, place) in places {
        add(&mut list, partition, place.committed, place);
    }
    list
}

fn add(list: &mut TopicPartitionList, partition: &TopicPartition, next: u64, place: &Place) {
    let mut element = list.add_partition(&partition.topic, number(partition.partition));
    element.set_offset(offset(next)).expect("a concrete offset can be represented");
    element.set_metadata(metadata(place.incarnation, place.life.as_deref()));
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
