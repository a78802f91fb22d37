//! The router without a broker: intake and engine joined directly, one input record at a time.
//!
//! `test`, `replay` and the demo's preview run through it. A record takes full effect, for everyone too, before the
//! next. The code that decides is the very same as in `run`: only the log between the two is left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_decide::Asked;
use segue_engine::{Effects, Partition, Role, Settings, ShadowLimits};
use segue_intake::{Addresses, Intake, Taken};
use segue_log::{Append, Place, Record, partition_of};
use segue_model::{Profile, Subject, Timestamp};
use segue_wire::command::Says;
use segue_wire::topics::{LOG, SHARED};
use segue_wire::{LogRecord, log_record};

/// Intake and engine, joined.
#[derive(Debug)]
pub struct Pipeline {
    bundle: Arc<Bundle>,
    settings: Settings,
    intake: Intake,
    /// The log's partitions; all but the first only where a recorded log names them.
    log: BTreeMap<u32, Partition>,
    shared: Partition,
    /// The offset that the next record of each log partition gets.
    log_next: BTreeMap<u32, u64>,
    shared_next: u64,
    now: Timestamp,
    /// What every rule said, if that is wanted.
    asked: Option<Vec<Asked>>,
    /// The bundles that a recorded log may switch to, by digest.
    bundles: BTreeMap<String, Arc<Bundle>>,
    /// The digests of those that it switched to, and that were not there.
    unknown: BTreeSet<String>,
}

impl Pipeline {
    /// A pipeline that has seen nothing.
    pub fn new(bundle: Arc<Bundle>, limits: segue_intake::Limits, settings: Settings) -> Pipeline {
        let partition = |role| Partition::new(role, 0, bundle.clone(), settings.clone());
        Pipeline {
            intake: Intake::new(bundle.clone(), limits),
            log: BTreeMap::from([(0, partition(Role::Log).alone())]),
            shared: partition(Role::Shared { partitions: 1 }),
            log_next: BTreeMap::new(),
            shared_next: 0,
            now: Timestamp(i64::MIN),
            asked: None,
            bundles: BTreeMap::from([(bundle.digest.clone(), bundle.clone())]),
            unknown: BTreeSet::new(),
            bundle,
            settings,
        }
    }

    /// The same, that finds the places of addresses in these databases.
    #[must_use]
    pub fn asking(self, addresses: Arc<Addresses>) -> Pipeline {
        Pipeline { intake: self.intake.asking(addresses), ..self }
    }

    /// Knows another bundle, which a recorded log may switch to.
    pub fn offer(&mut self, bundle: Arc<Bundle>) {
        let _ = self.bundles.insert(bundle.digest.clone(), bundle);
    }

    /// The digests of bundles that the log switched to, and that could not be used: it went on with the former.
    pub fn unknown(&self) -> &BTreeSet<String> {
        &self.unknown
    }

    /// Lets a subject begin with these attributes at `now`.
    pub fn give(&mut self, subject: &Subject, profile: Profile, now: Timestamp) {
        for partition in self.log.values_mut() {
            partition.give(subject, profile.clone(), now);
        }
    }

    /// Gathers from now on what every rule says that is asked.
    pub fn observe(&mut self) {
        self.asked = Some(Vec::new());
    }

    /// Gathers nothing from now on.
    pub fn look_away(&mut self) {
        self.asked = None;
    }

    /// Changes what is known of a subject, as if it had been so: for those who ask what would have become of it. Where
    /// nothing is known of it, it begins with that.
    pub fn alter(&mut self, subject: &Subject, change: impl FnOnce(&mut Profile)) {
        let partitions = self.log.len();
        let route = partition_of(subject.key().as_bytes(), self.log.keys().last().map_or(1, |last| last + 1));
        let now = self.now;
        let is_known = |partition: &mut Partition| partition.profile(subject).is_some();
        let mut found = None;
        for (number, partition) in &mut self.log {
            if is_known(partition) || (*number == route && found.is_none()) || partitions == 1 {
                found = Some(*number);
            }
        }
        let Some(partition) = found.and_then(|number| self.log.get_mut(&number)) else { return };
        let mut profile = partition.profile(subject).map(|known| (*known).clone()).unwrap_or_default();
        change(&mut profile);
        partition.give(subject, profile, now);
    }

    /// What is known of a subject, in whatever partition it is.
    pub fn profile(&mut self, subject: &Subject) -> Option<Profile> {
        let known = self.log.values_mut().find_map(|partition| partition.profile(subject));
        known.map(|known| (*known).clone())
    }

    /// What was gathered so far; the next call gives what came after it.
    pub fn asked(&mut self) -> Vec<Asked> {
        self.asked.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Takes in one record that a source has published, logged at `now`, and returns what leaves because of it.
    pub fn take(&mut self, record: &Record, now: Timestamp) -> Vec<Append> {
        self.now = self.now.max(now);
        let mut taken = Taken::default();
        self.intake.take(record, now, &mut taken);
        let mut out = Vec::new();
        for append in taken.appends {
            if &*append.topic == SHARED {
                self.step_shared(append, &mut out)
            } else {
                self.step_log(append, &mut out)
            }
        }
        out
    }

    /// Heeds a record of a recorded log if it is a note that counts before it stands there; true if it is. Called with all
    /// of them, before the first record of the log is taken.
    pub fn foretell(&mut self, record: &Record) -> bool {
        match log_record::decode(record.value.as_deref().unwrap_or_default()) {
            Ok(LogRecord::Note(note)) if note.from().is_some() => {
                self.partition(record.partition).foretell(&note);
                true
            }
            _ => false,
        }
    }

    /// Takes one record of a recorded log, as it stood there.
    pub fn take_logged(&mut self, record: &Record) -> Vec<Append> {
        let mut out = Vec::new();
        // What it passes to other subjects and partitions stands in the recorded log as well.
        drop(self.step_one(record, &mut out));
        out
    }

    /// Lets the clock go on to `until`: what falls due on the way happens, each at its own time.
    pub fn advance(&mut self, until: Timestamp) -> Vec<Append> {
        let mut out = Vec::new();
        self.now = self.now.max(until);
        while let Some(number) = self.due(until) {
            let tick = log_record::encode(&LogRecord::Tick { at: until }).into_bytes();
            let offset = self.log_next.get(&number).copied().unwrap_or(0);
            self.step(&record(LOG, number, offset, None, tick), &mut out);
        }
        if self.shared.due_at().is_some_and(|due| due <= until) {
            let tick = log_record::encode(&LogRecord::Tick { at: until }).into_bytes();
            self.step_one_shared(&record(SHARED, 0, self.shared_next, None, tick), &mut out);
        }
        out
    }

    /// When something falls due next.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.log.values().chain([&self.shared]).filter_map(Partition::due_at).min()
    }

    /// The topics on which sources are told what became of their events.
    pub fn statuses(&self) -> BTreeSet<String> {
        let sources = self.bundles.values().flat_map(|bundle| bundle.sources.values());
        sources.filter_map(|source| source.status.clone()).collect()
    }

    /// The clock as it stands.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// True if something waits for its time, and would come if the clock went on.
    pub fn waiting(&self) -> bool {
        self.log.values().chain([&self.shared]).any(|partition| partition.due_at().is_some())
    }

    /// True if a source publishes on the topic.
    pub fn reads(&self, topic: &str) -> bool {
        self.intake.topics().any(|known| known == topic)
    }

    fn due(&self, until: Timestamp) -> Option<u32> {
        self.log
            .iter()
            .find(|(_, partition)| partition.due_at().is_some_and(|due| due <= until))
            .map(|(number, _)| *number)
    }

    fn step_shared(&mut self, append: Append, out: &mut Vec<Append>) {
        let record = record(SHARED, 0, self.shared_next, append.key, append.value.unwrap_or_default());
        self.step_one_shared(&record, out);
    }

    fn step_one_shared(&mut self, record: &Record, out: &mut Vec<Append>) {
        self.shared_next = record.offset + 1;
        let mut effects = Effects::default();
        self.shared.step(record, &mut effects);
        self.shared.finish(&mut Effects::default());
        self.shared.settle();
        for append in effects.appends {
            if &*append.topic == LOG { self.step_log(append, out) } else { out.push(append) }
        }
    }

    fn step_log(&mut self, append: Append, out: &mut Vec<Append>) {
        self.go_on(VecDeque::from([append]), out);
    }

    /// Takes what was passed on, and what that passes on in turn, until nothing is left.
    fn go_on(&mut self, mut passed: VecDeque<Append>, out: &mut Vec<Append>) {
        while let Some(append) = passed.pop_front() {
            if &*append.topic == SHARED {
                self.step_shared(append, out);
            } else {
                passed.extend(self.step_log_one(append, out));
            }
        }
    }

    /// Puts one record into the log, and takes it; what it passes on is given back.
    fn step_log_one(&mut self, append: Append, out: &mut Vec<Append>) -> Vec<Append> {
        // Of a recorded log, all partitions are known that it has had.
        let partitions = self.log.keys().last().map_or(1, |last| last + 1);
        let number = match (append.place, &append.key) {
            (Place::Partition(number), _) => number,
            (Place::Key, Some(key)) => partition_of(key, partitions),
            (Place::Key | Place::Spread(_), _) => 0,
        };
        let offset = self.log_next.get(&number).copied().unwrap_or(0);
        self.step_one(&record(LOG, number, offset, append.key, append.value.unwrap_or_default()), out)
    }

    fn partition(&mut self, number: u32) -> &mut Partition {
        let (bundle, settings) = (&self.bundle, &self.settings);
        let new = || {
            let mut new = Partition::new(Role::Log, number, bundle.clone(), settings.clone()).alone();
            // What another bundle would have done beside is of no interest to who runs a log again.
            new.limit_shadow(ShadowLimits { subjects: 0, bytes: 0 });
            new
        };
        self.log.entry(number).or_insert_with(new)
    }

    fn step(&mut self, record: &Record, out: &mut Vec<Append>) {
        let passed = VecDeque::from(self.step_one(record, out));
        self.go_on(passed, out);
    }

    /// Takes one record; what it passes on to the log, and to what is everyone's, is given back.
    fn step_one(&mut self, record: &Record, out: &mut Vec<Append>) -> Vec<Append> {
        let _ = self.log_next.insert(record.partition, record.offset + 1);
        let mut effects = Effects { asked: self.asked.take(), ..Effects::default() };
        let command = log_record::command(record.value.as_deref().unwrap_or_default());
        let offered = command.and_then(|command| match command.says {
            Says::Switch(digest) => self.bundles.get(&digest).cloned(),
            Says::Shadow(_) | Says::Pause(_) | Says::Resume(_) | Says::Erase(_) => None,
        });
        let partition = self.partition(record.partition);
        if let Some(bundle) = offered {
            partition.offer(bundle);
        }
        partition.step(record, &mut effects);
        // The changelog is made and dropped: nothing is restored here, but a fault in making it should show.
        partition.finish(&mut Effects::default());
        partition.settle();
        self.asked = effects.asked.take();
        self.unknown.extend(effects.tally.refused);
        let (passed, mut others): (Vec<_>, Vec<_>) =
            effects.appends.into_iter().partition(|append| [LOG, SHARED].contains(&&*append.topic));
        out.append(&mut others);
        passed
    }
}

fn record(topic: &str, partition: u32, offset: u64, key: Option<Vec<u8>>, value: Vec<u8>) -> Record {
    Record {
        topic: topic.into(),
        partition,
        incarnation: 0,
        offset,
        appended_at_ms: 0,
        key,
        value: Some(value),
        headers: Vec::new(),
    }
}
