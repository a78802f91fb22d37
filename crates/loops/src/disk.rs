//! One partition's store, as the shelf that the engine reads profiles from.

mod forgetting;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use segue_engine::{Partition, Shelf, changelog};
use segue_model::Profile;
use segue_store::{Batch, Cache, Store};
use segue_wire::profile;

use forgetting::Forgetting;
pub(crate) use forgetting::Forgot;

use crate::state::Suffers;

/// The key of the time at which the store was last known to be up to date, in milliseconds since the epoch. No changelog
/// record has it.
const STAMP: &[u8] = b"t";
/// The key of what says that the files may hold what was erased. No changelog record has it either.
const WISH: &[u8] = b"w";
/// What the keys of persons' profiles begin with. One is taken away only where the person is erased.
const PERSON: &[u8] = b"s/";
/// How old that may be. A compacted topic forgets that something was taken away a day after (`delete.retention.ms`).
const AGE_MAX_MS: u64 = 22 * 3_600_000;
/// How far ahead of this machine's clock it may be.
const AHEAD_MAX_MS: u64 = 3_600_000;
/// What a decoded profile takes: so much, and so many times its written bytes.
const DECODED_BYTES: u64 = 768;
const DECODED_FACTOR: u64 = 3;

/// Why a store is given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// What was read is not what was written: its files are moved aside, and it begins anew.
    Damaged(String),
    /// It cannot be brought up to date: its files are removed, and it begins anew.
    Useless(String),
    /// The machine refuses: its files stay as they are, and the partition is kept in memory.
    Refused(String),
}

impl Trouble {
    /// A word for counting.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Trouble::Damaged(_) => "damaged",
            Trouble::Useless(_) => "too-old",
            Trouble::Refused(_) => "refused",
        }
    }

    /// What happened.
    pub(crate) fn detail(&self) -> &str {
        match self {
            Trouble::Damaged(detail) | Trouble::Useless(detail) | Trouble::Refused(detail) => detail,
        }
    }

    fn of(error: segue_store::Error) -> Trouble {
        match error {
            segue_store::Error::Damaged { detail } => Trouble::Damaged(detail),
            error => Trouble::Refused(error.to_string()),
        }
    }
}

/// An open store, with what was put in and is not applied yet.
pub(crate) struct Disk {
    /// None once it is closed or given up.
    store: Option<Store>,
    cache: Rc<RefCell<Cache<Arc<Profile>>>>,
    /// The keys of the cache begin with a number that no other store has, and are made here.
    key: Vec<u8>,
    waiting: BTreeMap<String, (Option<Arc<Profile>>, usize)>,
    trouble: Option<Trouble>,
    forgetting: Forgetting,
    suffers: Option<Suffers>,
    from_cache: u64,
    from_disk: u64,
}

/// A handle to an open store, as the engine has it.
#[derive(Debug)]
pub(crate) struct OnDisk(pub(crate) Rc<RefCell<Disk>>);

impl Shelf for OnDisk {
    fn get(&mut self, key: &str) -> Result<Option<Arc<Profile>>, String> {
        self.0.borrow_mut().get(key)
    }

    fn put(&mut self, key: &str, profile: Option<&Arc<Profile>>, bytes: usize) {
        let _ = self.0.borrow_mut().waiting.insert(key.to_owned(), (profile.cloned(), bytes));
    }

    fn each(&mut self, visit: &mut dyn FnMut(&str, &Profile)) -> Result<(), String> {
        self.0.borrow_mut().each(visit)
    }
}

impl Disk {
    pub(crate) fn new(store: Store, cache: Rc<RefCell<Cache<Arc<Profile>>>>, number: u32) -> Disk {
        let mut forgetting = Forgetting::default();
        if store.get(WISH).is_ok_and(|wish| wish.is_some()) {
            forgetting.wish();
        }
        Disk {
            store: Some(store),
            cache,
            key: number.to_le_bytes().to_vec(),
            waiting: BTreeMap::new(),
            trouble: None,
            forgetting,
            suffers: None,
            from_cache: 0,
            from_disk: 0,
        }
    }

    /// From where on the changelog is to be read.
    pub(crate) fn next(&self) -> u64 {
        self.store.as_ref().map_or(0, Store::next)
    }

    /// What has gone wrong, if anything has.
    pub(crate) fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// Arms a fault.
    pub(crate) fn fail_next(&mut self, suffers: Suffers) {
        self.suffers = Some(suffers);
    }

    /// Puts in all that is kept, and makes the indexes beside the profiles.
    pub(crate) fn load(&self, machine: &mut Partition, tick: &mut dyn FnMut()) -> Result<(), Trouble> {
        let Some(store) = &self.store else { return Ok(()) };
        let mut fault = None;
        let scanned = store.scan(b"", &mut |key, value| {
            tick();
            if key != STAMP && key != WISH && fault.is_none() {
                fault = machine.restore_kept(key, value).err();
            }
        });
        scanned.map_err(Trouble::of)?;
        fault.map_or(Ok(()), |detail| Err(Trouble::Damaged(detail)))
    }

    /// Applies changes that lead to a place of the changelog, or leave it where it is; what was put in is applied with them.
    pub(crate) fn apply(&mut self, next: u64, mut changes: Batch) {
        let Some(store) = self.store.as_mut().filter(|_| self.trouble.is_none()) else { return };
        let from = store.next();
        if self.suffers.take_if(|suffers| *suffers == Suffers::RefusedWrite).is_some() {
            self.trouble = Some(Trouble::Refused("a fault was asked for".to_owned()));
            return;
        }
        let erases = |(key, value): (&[u8], Option<&[u8]>)| value.is_none() && key.starts_with(PERSON);
        if changes.iter().any(erases) {
            self.forgetting.wish();
            changes.put(WISH, "");
        }
        changes.put(STAMP, now_ms().to_string());
        if let Err(error) = store.apply(from, next.max(from), &changes) {
            self.trouble = Some(Trouble::of(error));
            return;
        }
        let mut cache = self.cache.borrow_mut();
        for (subject, (profile, bytes)) in std::mem::take(&mut self.waiting) {
            named(&mut self.key, &subject);
            match profile {
                Some(profile) => cache.put(&self.key, profile, decoded_bytes(bytes)),
                None => cache.remove(&self.key),
            }
        }
    }

    /// Goes on, where somebody was erased, to have their bytes leave the disk.
    pub(crate) fn forget(&mut self) -> Option<Forgot> {
        let store = self.store.as_mut().filter(|_| self.trouble.is_none())?;
        let forgot = match self.forgetting.go_on(store) {
            Ok(forgot) => forgot?,
            Err(error) => {
                self.trouble = Some(Trouble::of(error));
                return None;
            }
        };
        if matches!(forgot, Forgot::All { again: false, .. }) {
            let mut granted = Batch::default();
            granted.remove(WISH);
            self.apply(0, granted);
        }
        Some(forgot)
    }

    /// True while that goes on.
    pub(crate) fn is_forgetting(&self) -> bool {
        self.forgetting.is_due() && self.trouble.is_none()
    }

    /// How many profiles were read from the cache and from the disk since this was last asked.
    pub(crate) fn reads(&mut self) -> (u64, u64) {
        (std::mem::take(&mut self.from_cache), std::mem::take(&mut self.from_disk))
    }

    /// How much of the disk the store takes, in bytes.
    pub(crate) fn disk_bytes(&self) -> u64 {
        self.store.as_ref().and_then(|store| store.disk_bytes().ok()).unwrap_or(0)
    }

    /// Gives the store back; its files stay.
    pub(crate) fn close(&mut self) -> Result<(), segue_store::Error> {
        self.apply(0, Batch::default());
        self.store.take().map_or(Ok(()), Store::close)
    }

    /// Gives the store up, for what has gone wrong.
    pub(crate) fn give_up(&mut self, trouble: &Trouble) -> Result<(), segue_store::Error> {
        let Some(store) = self.store.take() else { return Ok(()) };
        match trouble {
            Trouble::Damaged(_) => store.set_aside().map(|_| ()),
            Trouble::Useless(_) => store.discard(),
            Trouble::Refused(_) => Ok(()),
        }
    }

    fn get(&mut self, subject: &str) -> Result<Option<Arc<Profile>>, String> {
        if let Some((profile, _)) = self.waiting.get(subject) {
            return Ok(profile.clone());
        }
        named(&mut self.key, subject);
        if let Some(profile) = self.cache.borrow().get(&self.key) {
            self.from_cache += 1;
            return Ok(Some(profile.clone()));
        }
        self.from_disk += 1;
        let read = match self.suffers.take_if(|suffers| *suffers != Suffers::RefusedWrite) {
            Some(Suffers::DamagedRead) => Err(Trouble::Damaged("a fault was asked for".to_owned())),
            Some(_) => Err(Trouble::Refused("a fault was asked for".to_owned())),
            None => self.read(subject),
        };
        read.map_err(|trouble| {
            let detail = trouble.detail().to_owned();
            self.trouble = Some(trouble);
            detail
        })
    }

    fn each(&mut self, visit: &mut dyn FnMut(&str, &Profile)) -> Result<(), String> {
        let waiting = self.waiting.iter();
        waiting
            .filter_map(|(key, (profile, _))| Some((key, profile.as_ref()?)))
            .for_each(|(key, profile)| visit(key, profile));
        let Some(store) = &self.store else { return Err("the store is closed".to_owned()) };
        let mut fault = None;
        let scanned = store.scan(b"", &mut |key, value| {
            let key = std::str::from_utf8(key).unwrap_or_default();
            let Some(subject) = changelog::subject_of(key).filter(|key| !self.waiting.contains_key(key))
            else {
                return;
            };
            match profile::decode(value) {
                Ok(profile) => visit(&subject, &profile),
                Err(error) => fault = Some(Trouble::Damaged(error.to_string())),
            }
        });
        let fault = scanned.err().map(Trouble::of).or(fault);
        fault.map_or(Ok(()), |trouble| {
            let detail = trouble.detail().to_owned();
            self.trouble = Some(trouble);
            Err(detail)
        })
    }

    fn read(&self, subject: &str) -> Result<Option<Arc<Profile>>, Trouble> {
        let Some(store) = &self.store else { return Err(Trouble::Refused("the store is closed".to_owned())) };
        let Some(written) = store.get(changelog::key_of_profile(subject).as_bytes()).map_err(Trouble::of)?
        else {
            return Ok(None);
        };
        let decoded = profile::decode(&written).map_err(|error| Trouble::Damaged(error.to_string()))?;
        let profile = Arc::new(decoded);
        self.cache.borrow_mut().put(&self.key, profile.clone(), decoded_bytes(written.len()));
        Ok(Some(profile))
    }
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Disk")
            .field("store", &self.store)
            .field("trouble", &self.trouble)
            .finish_non_exhaustive()
    }
}

/// True if a store was up to date not too long ago, so that nothing that was taken away since can have been forgotten.
pub(crate) fn is_fresh(store: &Store) -> bool {
    let stamp = store.get(STAMP).ok().flatten();
    let at = stamp.and_then(|stamp| std::str::from_utf8(&stamp).ok()?.parse::<u64>().ok());
    let now = now_ms();
    store.next() == 0 || at.is_some_and(|at| at + AGE_MAX_MS > now && at < now + AHEAD_MAX_MS)
}

/// Makes the cache's key of a subject in place.
fn named(key: &mut Vec<u8>, subject: &str) {
    key.truncate(size_of::<u32>());
    key.extend_from_slice(subject.as_bytes());
}

fn decoded_bytes(written: usize) -> u64 {
    DECODED_BYTES + DECODED_FACTOR * written as u64
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
