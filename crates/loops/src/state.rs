//! What decide keeps on local disk: of each partition that it owns a store, which is its changelog made solid.
//!
//! Shape: [`Settings`] say where, and how much memory it may take. A step's changelog records are applied once the step is
//! committed, in one batch with the place in the changelog that follows them; so a store is behind, never ahead, and
//! [`crate::restore`] brings it up to date from there. Profiles are read through a cache of decoded ones.
//!
//! A disk that fails costs time and never a wrong decision: what cannot be read or written is given up, and the partition is
//! restored from the changelog, onto the disk again or into memory.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use segue_engine::changelog;
use segue_log::{Append, Error, Place, Progress, TopicPartition, Worker};
use segue_model::Profile;
use segue_store::{Batch, Cache, Identity, Opened, Store};
use segue_telemetry::{Counter, Gauge, Metrics, ReadFrom};
use segue_wire::profile;
use segue_wire::topics::PROFILES;

use crate::Around;
use crate::disk::{Disk, Forgot, Trouble, is_fresh};

/// The version in which keys and values are written: that of changelog records, and that of profiles in them.
const FORMAT: u32 = changelog::VERSION as u32 * 1_000 + profile::FORMAT as u32;
/// How long a store that another has open is waited for: its former owner may just be closing it.
const IN_USE_MAX: Duration = Duration::from_secs(5);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(50);
/// How often an idle store notes that it is up to date, and how often the disk is measured.
const FRESHEN_EVERY: Duration = Duration::from_secs(300);
const MEASURE_EVERY: Duration = Duration::from_secs(10);
/// How often it is looked for files of partitions that went to other instances, and how long those stay: by then they are too
/// old to be brought up to date, and may hold what was erased elsewhere.
const CLEAR_EVERY: Duration = Duration::from_secs(3_600);
const UNUSED_MAX: Duration = Duration::from_secs(24 * 3_600);
/// How often a partition's store may be given up for damage before the partition stays in memory.
const DAMAGED_MAX: u32 = 3;
/// What a decoded profile is expected to take.
const PROFILE_BYTES: u64 = 2_048;
/// The least and the most that one store takes for blocks it has read, and for what it has yet to write.
const STORE_BYTES: std::ops::RangeInclusive<u64> = (1 << 20)..=(32 << 20);

/// Where state is kept on disk, and how much memory it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The directory: one for each instance.
    pub dir: PathBuf,
    /// What one worker takes, in bytes: half for decoded profiles, the rest for the stores.
    pub cache_bytes: u64,
}

/// What the next use of a store shall suffer, for simulations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suffers {
    /// What is read is found to be damaged.
    DamagedRead,
    /// The machine refuses to read.
    RefusedRead,
    /// The machine refuses to write.
    RefusedWrite,
}

/// The stores of the partitions that a worker owns.
#[derive(Debug)]
pub(crate) struct Stores {
    settings: Option<Settings>,
    cache: Rc<RefCell<Cache<Arc<Profile>>>>,
    /// By the partition of the log.
    open: BTreeMap<TopicPartition, Open>,
    /// The partitions that stay in memory, since the disk refused.
    refused: BTreeSet<TopicPartition>,
    damaged: BTreeMap<TopicPartition, u32>,
    opened: u32,
    freshened_at: Instant,
    measured_at: Option<Instant>,
    cleared_at: Option<Instant>,
}

#[derive(Debug)]
struct Open {
    /// The partition of the changelog.
    number: u32,
    disk: Rc<RefCell<Disk>>,
}

impl Stores {
    /// No store is open yet. Without settings none ever is, and all is kept in memory.
    pub(crate) fn new(settings: Option<Settings>) -> Stores {
        let bytes = settings.as_ref().map_or(0, |settings| settings.cache_bytes / 2);
        Stores {
            settings,
            cache: Rc::new(RefCell::new(Cache::new(bytes, PROFILE_BYTES))),
            open: BTreeMap::new(),
            refused: BTreeSet::new(),
            damaged: BTreeMap::new(),
            opened: 0,
            freshened_at: Instant::now(),
            measured_at: None,
            cleared_at: None,
        }
    }

    /// Opens the store of a partition of the log, whose changelog is one of so many; `None`: the partition is kept in
    /// memory.
    pub(crate) fn open(
        &mut self,
        worker: &mut dyn Worker,
        place: &TopicPartition,
        changelog: &TopicPartition,
        partitions: u32,
        around: &Around,
    ) -> Result<Option<Rc<RefCell<Disk>>>, Error> {
        let Some(settings) = self.settings.clone().filter(|_| !self.refused.contains(place)) else {
            return Ok(None);
        };
        let _ = self.open.remove(place);
        let Some(segue_log::Identity { log, life }) = worker.identity(PROFILES)? else {
            tracing::warn!(
                "the brokers do not say which life a topic is in, so state is kept in memory alone"
            );
            let _ = self.refused.insert(place.clone());
            return Ok(None);
        };
        let identity = Identity {
            format: FORMAT,
            cluster: log,
            topic: PROFILES.to_owned(),
            incarnation: life,
            partition: changelog.partition,
            partitions,
        };
        match open_fresh(&settings, &identity, partitions, around) {
            Ok(store) => {
                self.opened += 1;
                let disk = Disk::new(store, self.cache.clone(), self.opened);
                let disk = Rc::new(RefCell::new(disk));
                let open = Open { number: changelog.partition, disk: disk.clone() };
                let _ = self.open.insert(place.clone(), open);
                Ok(Some(disk))
            }
            Err(error) => {
                let remedy = "an instance needs a state directory of its own, with rights and room";
                tracing::warn!(topic = %place.topic, partition = place.partition, %error, remedy, "state is kept in memory");
                around.metrics.count(Counter::StateGivenUp { reason: "refused" }, 1);
                let _ = self.refused.insert(place.clone());
                Ok(None)
            }
        }
    }

    /// What a step's appends change of the partitions whose stores are open, by the changelog's partition.
    pub(crate) fn gather(&self, appends: &[Append]) -> BTreeMap<u32, Batch> {
        let mut all: BTreeMap<u32, Batch> =
            self.open.values().map(|open| (open.number, Batch::default())).collect();
        if all.is_empty() {
            return all;
        }
        for append in appends.iter().filter(|append| *append.topic == *PROFILES) {
            let Place::Partition(number) = append.place else { continue };
            let (Some(batch), Some(key)) = (all.get_mut(&number), &append.key) else { continue };
            match &append.value {
                Some(value) => batch.put(key.as_slice(), value.as_slice()),
                None => batch.remove(key.as_slice()),
            }
        }
        all.retain(|_, batch| !batch.is_empty());
        all
    }

    /// Applies what a step has changed, now that it is committed and ends there. A store that fails is behind from then on,
    /// and is given up before the next step.
    pub(crate) fn apply(&mut self, mut changes: BTreeMap<u32, Batch>, ends: &[Progress]) {
        for open in self.open.values() {
            let Some(batch) = changes.remove(&open.number) else { continue };
            let its = |end: &&Progress| *end.topic == *PROFILES && end.partition == open.number;
            // Where the end is not known, what is applied is read once more after a restart, and is the same.
            let next = ends.iter().filter(its).map(|end| end.next).max().unwrap_or(0);
            open.disk.borrow_mut().apply(next, batch);
        }
    }

    /// The partition's store, which has failed: why, if it has.
    pub(crate) fn trouble(&self, place: &TopicPartition) -> Option<Trouble> {
        self.open.get(place)?.disk.borrow().trouble().cloned()
    }

    /// Gives up the store of a partition: what was wrong with it says what becomes of its files, and whether there will be
    /// another one.
    pub(crate) fn give_up(&mut self, place: &TopicPartition, trouble: &Trouble, metrics: &Metrics) {
        metrics.count(Counter::StateGivenUp { reason: trouble.reason() }, 1);
        tracing::warn!(topic = %place.topic, partition = place.partition, reason = trouble.reason(), detail = trouble.detail(), "state on disk is given up, and restored from the changelog");
        let damaged = self.damaged.entry(place.clone()).or_default();
        *damaged += u32::from(matches!(trouble, Trouble::Damaged(_)));
        if matches!(trouble, Trouble::Refused(_)) || *damaged >= DAMAGED_MAX {
            let _ = self.refused.insert(place.clone());
        }
        if let Some(open) = self.open.remove(place)
            && let Err(error) = open.disk.borrow_mut().give_up(trouble)
        {
            tracing::warn!(%error, "the files could not be moved away, so state is kept in memory");
            let _ = self.refused.insert(place.clone());
        }
    }

    /// Closes the store of a partition that goes to another; its files stay.
    pub(crate) fn close(&mut self, place: &TopicPartition) {
        let _ = self.refused.remove(place);
        let _ = self.damaged.remove(place);
        if let Some(open) = self.open.remove(place)
            && let Err(error) = open.disk.borrow_mut().close()
        {
            tracing::warn!(topic = %place.topic, partition = place.partition, %error, "state could not be brought to the disk, and is behind");
        }
    }

    /// Arms a fault in each store that is open: the next use of it suffers it, once.
    pub(crate) fn fail_next(&mut self, suffers: Suffers) {
        self.open.values().for_each(|open| open.disk.borrow_mut().fail_next(suffers));
    }

    /// Closes them all.
    pub(crate) fn close_all(&mut self) {
        let all: Vec<TopicPartition> = self.open.keys().cloned().collect();
        all.iter().for_each(|place| self.close(place));
    }

    /// Goes on to have the bytes of those who were erased leave the disk.
    pub(crate) fn forget(&mut self, metrics: &Metrics) {
        for (place, open) in &self.open {
            let (topic, partition) = (&place.topic, place.partition);
            match open.disk.borrow_mut().forget() {
                None => {}
                Some(Forgot::All { took, again }) => {
                    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                    tracing::info!(%topic, partition, took_ms, again, "state on disk was written anew, without what was erased");
                    metrics.count(Counter::StateRewritten, 1);
                }
                Some(Forgot::Aside(directories)) => {
                    tracing::info!(%topic, partition, directories, "what was set aside is removed, since somebody was erased");
                }
                Some(Forgot::Refused(detail)) => {
                    tracing::warn!(%topic, partition, detail, "state on disk cannot be written anew, and holds what was erased until it can");
                }
            }
        }
    }

    /// True while that goes on.
    pub(crate) fn is_forgetting(&self) -> bool {
        self.open.values().any(|open| open.disk.borrow().is_forgetting())
    }

    /// Notes now and then, in stores to which nothing was written, that they are up to date; and shows what there is to see.
    pub(crate) fn look_after(&mut self, metrics: &Metrics) {
        let Some(settings) = &self.settings else { return };
        if self.cleared_at.is_none_or(|at| at.elapsed() > CLEAR_EVERY) {
            self.cleared_at = Some(Instant::now());
            match segue_store::discard_unused(&settings.dir, UNUSED_MAX) {
                Ok(0) => {}
                Ok(partitions) => {
                    tracing::info!(partitions, "state on disk that was of no use for a day is removed");
                }
                Err(error) => tracing::warn!(%error, "state on disk of other partitions cannot be removed"),
            }
        }
        if self.freshened_at.elapsed() > FRESHEN_EVERY {
            self.freshened_at = Instant::now();
            self.open.values().for_each(|open| open.disk.borrow_mut().apply(0, Batch::default()));
        }
        for open in self.open.values() {
            let (from_cache, from_disk) = open.disk.borrow_mut().reads();
            metrics.count(Counter::ProfileReads { from: ReadFrom::Cache }, from_cache);
            metrics.count(Counter::ProfileReads { from: ReadFrom::Disk }, from_disk);
        }
        if self.measured_at.is_none_or(|at| at.elapsed() > MEASURE_EVERY) {
            self.measured_at = Some(Instant::now());
            let bytes: u64 = self.open.values().map(|open| open.disk.borrow().disk_bytes()).sum();
            metrics.set(Gauge::StateDiskBytes, i64::try_from(bytes).unwrap_or(i64::MAX));
        }
    }
}

/// Opens a store that is no older than what it can catch up from.
fn open_fresh(
    settings: &Settings,
    identity: &Identity,
    partitions: u32,
    around: &Around,
) -> Result<Store, segue_store::Error> {
    let share = settings.cache_bytes / 4 / u64::from(partitions.max(1));
    let of_store = segue_store::Settings {
        block_cache_bytes: share.clamp(*STORE_BYTES.start(), *STORE_BYTES.end()),
        // It may be reached twice.
        write_buffer_bytes: (share / 2).clamp(*STORE_BYTES.start(), *STORE_BYTES.end()),
        ..segue_store::Settings::default()
    };
    let (store, opened) = open_waiting(settings, identity, &of_store, around)?;
    match opened {
        Opened::Resumed { .. } if !is_fresh(&store) => {
            tracing::warn!(
                partition = identity.partition,
                "state on disk is too old to be brought up to date"
            );
            around.metrics.count(Counter::StateGivenUp { reason: "too-old" }, 1);
            store.discard()?;
            return open_waiting(settings, identity, &of_store, around).map(|(store, _)| store);
        }
        Opened::SetAside { reason, moved_to } => {
            tracing::warn!(partition = identity.partition, %reason, ?moved_to, "state on disk cannot be used and is set aside");
            around.metrics.count(Counter::StateGivenUp { reason: "set-aside" }, 1);
        }
        Opened::Resumed { .. } | Opened::Fresh => {}
    }
    Ok(store)
}

fn open_waiting(
    settings: &Settings,
    identity: &Identity,
    of_store: &segue_store::Settings,
    around: &Around,
) -> Result<(Store, Opened), segue_store::Error> {
    let began = Instant::now();
    loop {
        around.health.tick();
        match Store::open(&settings.dir, identity, of_store) {
            Err(segue_store::Error::InUse { .. }) if began.elapsed() < IN_USE_MAX => {
                std::thread::sleep(LOOK_AGAIN_AFTER);
            }
            opened => return opened,
        }
    }
}
