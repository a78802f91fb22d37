//! The state machine: one partition of the log, one record after the other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_decide::{Bars, Scratch};
use segue_log::{Append, Place, Record};
use segue_model::{Agenda, Event, FailureCode, Profile, Span, Subject, Timestamp, id};
use segue_wire::log_record::Passed;
use segue_wire::log_record::RECORD_BYTES_MAX;
use segue_wire::note::Says;
use segue_wire::topics::{DECISIONS, FAILED, LOG};
use segue_wire::{LogRecord, Note, Origin, joined, log_record, profile};

use crate::arms::Arm;
use crate::consider::{Around, Considered, begin, consider};
use crate::effects::{Effects, Tally};
use crate::joined::Ending;
use crate::known::Known;
use crate::marks::Marks;
use crate::outputs::{Outputs, append};
use crate::profiles::{Found, Shelf};
use crate::shadow::Acted;
use crate::state::State;
use crate::{changelog, shared};

mod broadcast;
mod commands;
pub(crate) mod erasing;
mod failing;
mod learning;
mod linking;
mod notes;
mod outcomes;
mod passing;
mod reaching;
mod shadow;
mod sharing;
mod timers;

use shadow::Shadow;
pub use shadow::ShadowLimits;

/// For how many subjects timers fire in one call at most, so that a long queue of them is cut into several commits.
pub const FIRED_MAX: usize = 500;

/// Which log a partition belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// One partition of `segue.log`: the records of its subjects.
    Log,
    /// The one partition of `segue.shared`, copied to so many partitions of `segue.log`.
    Shared {
        /// How many partitions `segue.log` has.
        partitions: u32,
    },
}

/// What the settings say of decisions.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a duplicate is recognised.
    pub dedup: Span,
    /// The largest profile, in bytes of its changelog record.
    pub profile_bytes_max: usize,
    /// The time zone of subjects that have none.
    pub zone: String,
}

/// One partition.
#[derive(Debug)]
pub struct Partition {
    pub(crate) role: Role,
    pub(crate) number: u32,
    pub(crate) bundle: Arc<Bundle>,
    /// The bundle as of the last commit.
    committed_bundle: Arc<Bundle>,
    /// What decides beside it, and what stood when the step began, where that was another.
    shadow: Option<Box<Shadow>>,
    former_shadow: Option<Option<Box<Shadow>>>,
    shadow_limits: ShadowLimits,
    /// What became tasks at the record at hand, where that is compared.
    acted: Vec<Acted>,
    /// Those that a record of the log may switch to.
    offered: Vec<Arc<Bundle>>,
    pub(crate) settings: Settings,
    pub(crate) state: State,
    /// The state as of the last commit.
    pub(crate) committed: State,
    pub(crate) known: Known,
    pub(crate) marks: Marks,
    outputs: Outputs,
    /// The topics' names, made once.
    decisions: Arc<str>,
    failed: Arc<str>,
    /// Memory to find rules in: nothing of it goes from one event to the next.
    scratch: Scratch,
    /// The offset of the record that is being taken.
    at: u64,
    /// Notes of a log that is run again, which count before they are read: the next comes last.
    foretold: Vec<Note>,
    /// True if there is no other partition to tell of anything.
    is_alone: bool,
}

impl Partition {
    /// A partition that has read nothing and knows nothing. What it knew before is put in with
    /// [`Partition::restore`].
    pub fn new(role: Role, number: u32, bundle: Arc<Bundle>, settings: Settings) -> Partition {
        let known = Known::new(&bundle, number);
        Partition {
            role,
            number,
            outputs: Outputs::new(&bundle),
            committed_bundle: bundle.clone(),
            bundle,
            shadow: None,
            former_shadow: None,
            shadow_limits: ShadowLimits::default(),
            acted: Vec::new(),
            offered: Vec::new(),
            settings,
            state: State::default(),
            committed: State::default(),
            known,
            marks: Marks::default(),
            decisions: DECISIONS.into(),
            failed: FAILED.into(),
            scratch: Scratch::default(),
            at: 0,
            foretold: Vec::new(),
            is_alone: false,
        }
    }

    /// The offset that is read next; `None`: the first there is.
    pub fn next(&self) -> Option<u64> {
        self.state.next
    }

    /// The time of this partition's log.
    pub fn now(&self) -> Timestamp {
        self.state.now
    }

    /// How many profiles it keeps.
    pub fn profiles(&self) -> usize {
        self.known.profiles.len()
    }

    /// Keeps the profiles on a shelf, and not all of them in memory. Called before anything is restored.
    pub fn keep_on(&mut self, shelf: Box<dyn Shelf>) {
        self.known.profiles.keep_on(shelf);
    }

    /// Why a profile could not be read from its shelf, if that has happened: what was decided since may be wrong, and
    /// nothing of it may be committed. The partition is of no use any more, and has to be restored.
    pub fn fault(&self) -> Option<&str> {
        self.known.profiles.fault()
    }

    /// What a control policy shows of those in control, or of the others.
    pub fn arm(&self, policy: &str, is_control: bool) -> Arm {
        self.known.arms.get(policy, is_control)
    }

    /// When something falls due. If no record comes by then, the shell appends a tick to this partition.
    pub fn due_at(&self) -> Option<Timestamp> {
        // What a record without a time has begun goes on at the time of the next, which may be hours after that of the last.
        let waits_for_time = self.state.resumed.is_some() || self.state.joined.is_timeless();
        let at_once = waits_for_time.then_some(self.state.now);
        self.own_due_at().into_iter().chain(self.shadow_due_at()).chain(at_once).min()
    }

    /// The same, but for what falls due for a bundle that decides beside its own.
    fn own_due_at(&self) -> Option<Timestamp> {
        let timer = self.known.dues.first().map(|(due, _)| due);
        self.state.joined.due_at().into_iter().chain(timer).chain(self.tells_at()).min()
    }

    /// Lets a subject begin with these attributes at `now`, as a `test` document gives them: the moments that follow from
    /// them are known from then on.
    pub fn give(&mut self, subject: &Subject, profile: Profile, now: Timestamp) {
        self.state.now = self.state.now.max(now);
        self.committed.now = self.state.now;
        let (around, scratch) = self.around(0, &Effects::default());
        let profile = begin(&around, subject, profile, scratch);
        self.known.restore_profile(&self.bundle.sides, subject.inner_key(), Some(profile), 0);
    }

    /// What is known of a subject; `None`: nothing.
    pub fn profile(&mut self, subject: &Subject) -> Option<Arc<Profile>> {
        self.known.profiles.find(&subject.inner_key()).kept()
    }

    /// Takes one log record, the next of its partition, and all that falls due before it.
    pub fn step(&mut self, record: &Record, effects: &mut Effects) {
        while !self.step_some(record, effects) {}
    }

    /// The same, but for no more than [`FIRED_MAX`] timers at once: false says that there are more of them due before the
    /// record, and that it is to be given again, after a commit at best. Where the caller commits changes nothing.
    pub fn step_some(&mut self, record: &Record, effects: &mut Effects) -> bool {
        self.heed_foretold(record.offset);
        self.decide_beside(record, effects);
        let is_done = self.step_slice(record, effects);
        self.compare(is_done, effects);
        self.state.slices = if is_done { 0 } else { self.state.slices + 1 };
        if is_done {
            self.tell_learned(effects);
        }
        is_done
    }

    fn step_slice(&mut self, record: &Record, effects: &mut Effects) -> bool {
        let mut left = FIRED_MAX;
        let decoded = log_record::decode(record.value.as_deref().unwrap_or_default());
        // A record that is none of the router's own does not move time: whoever wrote it may have stamped it as they liked.
        let at = decoded.as_ref().map_or(self.state.now, LogRecord::at);
        let now = self.state.now.max(at);
        self.at = record.offset;
        if !self.fire_timers(now, &mut left, effects) {
            return false;
        }
        let is_timeless = decoded.as_ref().is_ok_and(|decoded| matches!(decoded, LogRecord::Command(_)));
        if !is_timeless && decoded.is_ok() && !self.let_go(now, &mut left, effects) {
            return false;
        }
        if decoded.as_ref().is_ok_and(LogRecord::is_tick)
            && self.state.joined.due_at().is_some_and(|due| due <= now)
        {
            // The tick that a joined record waited for goes into that record.
            self.state.joined.add(record.offset, Ending::Tick, Some(now));
            Tally::count(&mut effects.tally.endings, Ending::Tick.as_str());
            self.write_due(now, effects);
            (self.state.now, self.state.next) = (now, Some(record.offset + 1));
            return true;
        }
        self.write_due(now, effects);
        self.known.expire(now);
        self.state.now = now;
        self.state.next = Some(record.offset + 1);
        let ending = match decoded {
            Err(fault) => {
                self.fail_foreign(record, &fault.to_string(), effects);
                Some(Ending::Failed)
            }
            Ok(LogRecord::Row { event, origin }) if self.bundle.each_by_type.contains_key(&event.kind) => {
                let Some(ending) = self.broadcast(&event, &origin, record.offset, &mut left, effects) else {
                    self.state.next = Some(record.offset);
                    return false;
                };
                Some(ending)
            }
            Ok(LogRecord::Note(Note { says: Says::Open(topic), .. })) => {
                if !self.open(&topic, record.offset, &mut left, effects) {
                    self.state.next = Some(record.offset);
                    return false;
                }
                Some(Ending::Tick)
            }
            Ok(decoded) => self.take(decoded, record, effects),
        };
        match ending {
            None => Tally::count(&mut effects.tally.endings, "decision"),
            Some(ending) => {
                Tally::count(&mut effects.tally.endings, ending.as_str());
                self.state.joined.add(record.offset, ending, (!is_timeless).then_some(now));
                // A tick that called for nothing is written down by itself: nothing else would come to do it.
                if self.state.joined.is_full()
                    || (ending == Ending::Tick && !is_timeless && self.state.joined.since.is_none())
                {
                    self.write_joined(now, effects);
                }
            }
        }
        // What is due as soon as it is set fires now. What is left over fires before the next record, at the same time.
        let _ = self.fire_timers(now, &mut left, effects);
        true
    }

    /// Ends a step: adds what has changed to what is written.
    pub fn finish(&mut self, effects: &mut Effects) {
        self.marks.expire(self.state.now, self.settings.dedup);
        self.known.erased.expire(self.state.now, erasing::ERASED_FOR);
        self.finish_shadow();
        changelog::write(self, effects);
    }

    /// The step is committed: what it changed is kept.
    pub fn settle(&mut self) {
        self.known.settle();
        self.marks.settle();
        self.committed = self.state.clone();
        self.committed_bundle = self.bundle.clone();
        self.settle_shadow();
    }

    /// The step is undone: what it changed is forgotten.
    pub fn undo(&mut self) {
        self.known.undo();
        self.marks.undo();
        self.state = self.committed.clone();
        if !Arc::ptr_eq(&self.bundle, &self.committed_bundle) {
            self.put_on(self.committed_bundle.clone());
        }
        self.undo_shadow();
    }

    /// Writes the joined record if it is due by `now`, at its own time.
    fn write_due(&mut self, now: Timestamp, effects: &mut Effects) {
        if let Some(due) = self.state.joined.due_at().filter(|due| *due <= now) {
            self.write_joined(due, effects);
        }
    }

    /// What becomes of a record that could be read; `None`: a decision of its own.
    fn take(&mut self, decoded: LogRecord, record: &Record, effects: &mut Effects) -> Option<Ending> {
        if decoded.origin().is_some_and(|origin| !self.state.origins.admit(origin)) {
            return Some(Ending::Seen);
        }
        if self.is_erased(&decoded, effects) {
            return Some(Ending::Erased);
        }
        match decoded {
            LogRecord::Note(Note { says: Says::Learned(shares), .. }) => {
                self.hear_learned(shares);
                Some(Ending::Tick)
            }
            LogRecord::Note(Note { says: Says::Reached(said), .. }) => {
                self.hear_reached(*said, effects);
                Some(Ending::Tick)
            }
            // What another note says was heeded where it began to count, which was before.
            LogRecord::Tick { .. } | LogRecord::Note(_) => Some(Ending::Tick),
            LogRecord::Failed(copy) => {
                self.fail(copy, effects);
                Some(Ending::Failed)
            }
            LogRecord::Row { event, .. } => {
                let _ = shared::take_in(&self.bundle, &event, &mut self.known);
                Some(Ending::NoRule)
            }
            LogRecord::Command(command) => Some(self.obey(command, record.offset, effects)),
            LogRecord::Outcome { outcome, origin } => {
                let sent_to = record.key.as_deref().filter(|_| origin.topic == LOG);
                let sent_to = sent_to.map(|key| String::from_utf8_lossy(key).into_owned());
                self.settle_task(&outcome, sent_to, origin, effects)
            }
            LogRecord::Signal(passed) => {
                let Passed { event, cause, steps, origin } = *passed;
                self.take_event(&event, Some((&cause, steps)), origin, effects)
            }
            LogRecord::Linked(linked) => self.link(*linked, effects),
            LogRecord::Event { event, origin } if matches!(self.role, Role::Shared { .. }) => {
                self.share_once(&event, origin, record, effects)
            }
            LogRecord::Event { event, origin } => self.take_event(&event, None, origin, effects),
        }
    }

    /// What becomes of an event; `begun` says of a signal from another subject what began it.
    fn take_event(
        &mut self,
        event: &Event,
        begun: Option<(&Event, u32)>,
        origin: Origin,
        effects: &mut Effects,
    ) -> Option<Ending> {
        let Some(subject) = &event.subject else { return Some(Ending::NoRule) };
        let key = subject.inner_key();
        let mark = id::mark(&key, event.namespace(), &event.id);
        if self.marks.is_duplicate(&mark, self.state.now, self.settings.dedup) {
            return Some(Ending::Duplicate);
        }
        let ending = if let Some(to) = self.gone_to(subject) {
            self.send_on(event, begun, to, effects);
            Some(Ending::NoRule)
        } else {
            self.decide(event, begun, subject, key, origin, effects)
        };
        if ending != Some(Ending::Failed) {
            self.marks.set(mark, self.state.now);
        }
        ending
    }

    fn decide(
        &mut self,
        event: &Event,
        begun: Option<(&Event, u32)>,
        subject: &Subject,
        key: String,
        origin: Origin,
        effects: &mut Effects,
    ) -> Option<Ending> {
        let found = self.known.profiles.find(&key);
        // The profile and the rows are only read below, so that nothing is left half done if a rule's evaluation fails
        // in a way that nobody foresaw: the event then becomes a failed event, and the partition goes on.
        let (around, scratch) = self.around(self.at, effects);
        let decided = catch_unwind(AssertUnwindSafe(|| {
            consider(&around, event, begun, subject, &found.profile, scratch)
        }));
        let (code, detail) = match decided {
            Ok(considered) => match self.keep(key, &found, considered, effects) {
                Ok(true) => return None,
                Ok(false) => return Some(Ending::NoRule),
                Err(detail) => (FailureCode::TooLarge, detail),
            },
            Err(_) => {
                self.scratch = Scratch::default();
                (FailureCode::Internal, "the decision broke off".to_owned())
            }
        };
        self.fail_event(event, origin, code, &detail, effects);
        Some(Ending::Failed)
    }

    /// What a stimulus meets, and memory to consider it with.
    fn around(&mut self, offset: u64, effects: &Effects) -> (Around<'_>, &mut Scratch) {
        let around = Around {
            bundle: &self.bundle,
            everyone: self.known.tables(),
            learned: self.known.learned.totals(),
            outputs: &self.outputs,
            place: (self.number, offset),
            now: self.state.now,
            zone: &self.settings.zone,
            bars: Bars { behind: self.state.behind, closed: &self.state.closed, paused: &self.state.paused },
            is_observed: effects.asked.is_some(),
            is_compared: self.shadow.is_some() || self.outputs.is_shadow(),
        };
        (around, &mut self.scratch)
    }

    /// Keeps what a stimulus led to; true if there is a decision on it.
    ///
    /// # Errors
    /// What would not fit into the log's records: nothing of it is kept then.
    fn keep(
        &mut self,
        key: String,
        found: &Found,
        considered: Considered,
        effects: &mut Effects,
    ) -> Result<bool, String> {
        self.keep_counted(key, found, considered, &Agenda::default(), effects)
    }

    /// The same, where what became of some tasks is counted elsewhere already.
    fn keep_counted(
        &mut self,
        key: String,
        found: &Found,
        considered: Considered,
        counted: &Agenda,
        effects: &mut Effects,
    ) -> Result<bool, String> {
        let elsewhere = counted;
        let Considered { changed, mut appends, passed, is_decided, counted, mut asked, mut acted, .. } =
            considered;
        let counted_passed = self.pass(passed, &mut appends);
        if let Some(all) = &mut effects.asked {
            all.append(&mut asked);
        }
        let written = changed.as_ref().map(profile::encode);
        if let Some(detail) = self.too_large(written.as_deref(), &appends) {
            return Err(detail);
        }
        if let (Some(changed), Some(written)) = (changed, written) {
            self.known.change_counted(&self.bundle.sides, key, found, changed, elsewhere, written);
        }
        self.state.passed = counted_passed;
        self.acted.append(&mut acted);
        effects.tally.add(counted);
        effects.appends.append(&mut appends);
        Ok(is_decided)
    }

    /// What would not fit into the log's records, if anything: it is found before it is written, since one record that
    /// does not fit undoes the whole step, again and again.
    fn too_large(&self, written: Option<&str>, out: &[Append]) -> Option<String> {
        let bytes = written.map_or(0, str::len);
        if bytes > self.settings.profile_bytes_max.min(RECORD_BYTES_MAX) {
            return Some(format!("the profile would grow to {bytes} bytes, over profile_bytes_max"));
        }
        let bytes = out.iter().filter_map(|append| Some(append.value.as_ref()?.len())).max().unwrap_or(0);
        (bytes > RECORD_BYTES_MAX).then(|| format!("a task or its decision would have {bytes} bytes"))
    }

    fn write_joined(&mut self, at: Timestamp, effects: &mut Effects) {
        let gathered = std::mem::take(&mut self.state.joined);
        if gathered.entries.is_empty() || self.outputs.is_shadow() {
            return;
        }
        let record = joined::encode(&gathered.to_record(self.role, self.number), at, &self.bundle.digest);
        effects.appends.push(append(&self.decisions, Place::Key, record));
    }
}
