//! A bundle that decides beside the one that counts, on the same records: what it would do is written as decisions, and how
//! it differs is counted. Nothing else comes of it, and nothing that it does changes what the first does.
//!
//! It decides as if it had been switched to, for each subject from that subject's first record on: then it begins with the
//! profile that the first has made, and goes on from there by itself. Its timers, held tasks and limits are its own.
//!
//! It is kept in memory only. After a restore, once something breaks off in it, and once it follows too many subjects, it
//! begins anew from what the first knows by then.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_log::{Append, Record};
use segue_model::{Subject, Timestamp};
use segue_wire::topics::{DECISIONS, LOG};
use segue_wire::{LogRecord, log_record};

use super::{Partition, Role};
use crate::effects::{Effects, Tally};
use crate::joined::Joined;
use crate::outputs::Outputs;
use crate::shadow::Unmatched;
use crate::state::State;

/// After how many slices, of so many subjects each as timers fire for in one call, it gives one record up and begins anew.
const SLICES_MAX: usize = 400;

/// How much a bundle may take up that decides beside the one that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShadowLimits {
    /// How many subjects of a partition it follows. With one more it begins anew. With none, none decides beside.
    pub subjects: usize,
    /// How many bytes of decisions one record of the log may lead to. What would be more is not written.
    pub bytes: usize,
}

impl Default for ShadowLimits {
    fn default() -> ShadowLimits {
        ShadowLimits { subjects: 100_000, bytes: 4 << 20 }
    }
}

/// The bundle that decides beside, with all that it knows.
#[derive(Debug)]
pub(crate) struct Shadow {
    second: Partition,
    /// The subjects that it follows, by their inner keys, and those of them that came with the step at hand.
    followed: BTreeSet<String>,
    added: Vec<String>,
    unmatched: Unmatched,
    committed_unmatched: Unmatched,
    /// True if something broke off in it, so that nothing of it can be relied on.
    is_broken: bool,
    /// True since it was not asked, as the router was behind: it begins anew when that is over.
    rests: bool,
    #[cfg(test)]
    breaks: bool,
}

impl Shadow {
    /// Begins with what concerns everyone, and with no subject.
    fn new(first: &Partition, bundle: Arc<Bundle>) -> Box<Shadow> {
        let mut second = Partition::new(first.role, first.number, bundle, first.settings.clone()).alone();
        second.outputs = Outputs::of_shadow(&second.bundle);
        second.state = State {
            broadcast: None,
            slices: 0,
            told_at: None,
            joined: Joined::default(),
            bundle: None,
            former: None,
            shadow: None,
            ..first.state.clone()
        };
        second.committed = second.state.clone();
        second.marks = first.marks.clone();
        second.known.begin_as(&first.known);
        Box::new(Shadow {
            second,
            followed: BTreeSet::new(),
            added: Vec::new(),
            unmatched: Unmatched::default(),
            committed_unmatched: Unmatched::default(),
            is_broken: false,
            rests: false,
            #[cfg(test)]
            breaks: false,
        })
    }

    /// Begins to follow a subject, of whom the first knows this much, with the record that it takes next.
    fn follow(&mut self, key: String, first: &mut Partition) {
        if !self.followed.insert(key.clone()) {
            return;
        }
        self.added.push(key.clone());
        if let Some(profile) = first.known.profiles.known(&key) {
            let known = &mut self.second.known;
            let found = known.profiles.find(&key);
            // What its tasks came to was counted with the first, and is among what it began with.
            let counted = Arc::clone(&profile.agenda);
            let (sides, profile) = (&self.second.bundle.sides, (*profile).clone());
            known.change_counted(sides, key, &found, profile, &counted, String::new());
        }
    }

    /// Takes a record, whatever falls due before it included; `None`: it takes too long.
    fn take(&mut self, record: &Record, first: &State) -> Option<Effects> {
        #[cfg(test)]
        assert!(!self.breaks, "it was told to break off");
        // What the owner of the partition finds out is told to the first alone.
        let state = &mut self.second.state;
        state.behind = first.behind;
        if state.closed != first.closed {
            state.closed.clone_from(&first.closed);
        }
        let mut effects = Effects::default();
        for _ in 0..SLICES_MAX {
            if self.second.step_some(record, &mut effects) {
                self.unmatched = Unmatched::new(std::mem::take(&mut self.second.acted));
                return Some(effects);
            }
        }
        None
    }

    fn settle(&mut self) {
        self.second.settle();
        self.added.clear();
        self.committed_unmatched.clone_from(&self.unmatched);
    }

    fn undo(&mut self) {
        self.second.undo();
        for key in self.added.drain(..) {
            let _ = self.followed.remove(&key);
        }
        self.unmatched.clone_from(&self.committed_unmatched);
    }
}

impl Partition {
    /// The digest of the bundle that it was told to let decide beside its own, if it was. After a restore that is still to be
    /// adopted.
    pub fn told_shadow(&self) -> Option<&str> {
        self.state.shadow.as_deref()
    }

    /// The bundle that decides beside its own.
    pub fn shadow(&self) -> Option<&Arc<Bundle>> {
        self.shadow.as_ref().map(|shadow| &shadow.second.bundle)
    }

    /// Lets a bundle decide beside its own from now on: the one that it was told of before the restore. Between two steps.
    pub fn adopt_shadow(&mut self, bundle: Arc<Bundle>) {
        if self.role == Role::Log {
            self.shadow = Some(Shadow::new(self, bundle));
        }
    }

    /// Sets other limits to a bundle that decides beside its own.
    pub fn limit_shadow(&mut self, limits: ShadowLimits) {
        self.shadow_limits = limits;
    }

    /// Begins or ends to let a bundle decide beside; false if nothing comes of it.
    pub(super) fn cast(&mut self, digest: Option<&String>, effects: &mut Effects) -> bool {
        if self.state.shadow.as_ref() == digest {
            return false;
        }
        let shadow = match digest {
            None => None,
            Some(digest) => {
                let mut known = std::iter::once(&self.bundle).chain(&self.offered);
                let is_allowed = self.shadow_limits.subjects > 0;
                let Some(bundle) = known.find(|bundle| is_allowed && bundle.digest == *digest) else {
                    Tally::count(&mut effects.tally.shadow, "refused");
                    return false;
                };
                (self.role == Role::Log).then(|| Shadow::new(self, bundle.clone()))
            }
        };
        self.replace_shadow(shadow);
        self.state.shadow = digest.cloned();
        true
    }

    /// Puts another in the place of what decides beside. What stood when the step began is kept until it is committed.
    fn replace_shadow(&mut self, shadow: Option<Box<Shadow>>) {
        let former = std::mem::replace(&mut self.shadow, shadow);
        let _ = self.former_shadow.get_or_insert(former);
    }

    fn begin_shadow_anew(&mut self) {
        if let Some(bundle) = self.shadow().cloned() {
            let anew = Shadow::new(self, bundle);
            self.replace_shadow(Some(anew));
        }
    }

    /// Lets the bundle beside take a record, before the first does, and adds its decisions to what is written.
    pub(super) fn decide_beside(&mut self, record: &Record, effects: &mut Effects) {
        // Given again, after a slice of it: it was taken with the first.
        if self.state.slices > 0 {
            return;
        }
        if self.rests_beside(effects) {
            return;
        }
        if self.shadow.as_ref().is_some_and(|shadow| shadow.followed.len() >= self.shadow_limits.subjects) {
            Tally::count(&mut effects.tally.shadow, "full");
            self.begin_shadow_anew();
        }
        let Some(mut shadow) = self.shadow.take() else { return };
        let taken = catch_unwind(AssertUnwindSafe(|| {
            if let Some(key) = self.subject_of(record) {
                shadow.follow(key, self);
            }
            shadow.take(record, &self.state)
        }));
        let is_whole = matches!(taken, Ok(Some(_)));
        shadow.is_broken = !is_whole;
        self.shadow = Some(shadow);
        match taken {
            Ok(Some(made)) => self.write_beside(made, effects),
            Ok(None) | Err(_) => {
                Tally::count(&mut effects.tally.shadow, "broke-off");
                self.begin_shadow_anew();
            }
        }
    }

    /// True while the bundle beside is not asked: the router is behind, and is to catch up. After that it begins anew.
    fn rests_beside(&mut self, effects: &mut Effects) -> bool {
        let is_behind = self.is_behind();
        let Some(shadow) = &self.shadow else { return false };
        match (is_behind, shadow.rests) {
            (true, rests) => {
                Tally::count(&mut effects.tally.shadow, "behind");
                if !rests {
                    // What stood before is kept until the step is committed.
                    self.begin_shadow_anew();
                    if let Some(shadow) = &mut self.shadow {
                        shadow.rests = true;
                    }
                }
                true
            }
            (false, true) => {
                self.begin_shadow_anew();
                false
            }
            (false, false) => false,
        }
    }

    /// The inner key of whom a record is about, if it is about one.
    fn subject_of(&self, record: &Record) -> Option<String> {
        let decoded = log_record::decode(record.value.as_deref().unwrap_or_default()).ok()?;
        let event = match &decoded {
            LogRecord::Event { event, .. } => event,
            LogRecord::Signal(passed) => &passed.event,
            LogRecord::Linked(linked) => &linked.event,
            LogRecord::Outcome { outcome, origin } => {
                let sent_to = record.key.as_deref().filter(|_| origin.topic == LOG);
                let sent_to = sent_to.map(|key| String::from_utf8_lossy(key).into_owned());
                return sent_to.or_else(|| self.known.tasks.subject(&outcome.task).map(str::to_owned));
            }
            _ => return None,
        };
        event.subject.as_ref().map(Subject::inner_key)
    }

    fn write_beside(&self, made: Effects, effects: &mut Effects) {
        let Effects { appends, tally, .. } = made;
        let shadow = &mut effects.tally.shadow;
        let failed: u64 = tally.failed.values().sum();
        if failed > 0 {
            *shadow.entry("failed").or_default() += failed;
        }
        let mut decisions: Vec<Append> =
            appends.into_iter().filter(|append| &*append.topic == DECISIONS).collect();
        let count = decisions.len() as u64;
        if count == 0 {
            return;
        }
        let bytes: usize = decisions.iter().filter_map(|append| Some(append.value.as_ref()?.len())).sum();
        if bytes > self.shadow_limits.bytes {
            *shadow.entry("too-large").or_default() += count;
        } else {
            *shadow.entry("written").or_default() += count;
            effects.appends.append(&mut decisions);
        }
    }

    /// Holds what the first did against what the second did, of the subjects that both know; `is_done`: the first is done
    /// with the record.
    pub(super) fn compare(&mut self, is_done: bool, effects: &mut Effects) {
        let Some(shadow) = &mut self.shadow else { return };
        let acted = std::mem::take(&mut self.acted);
        let differences = &mut effects.tally.differences;
        for first in acted.into_iter().filter(|first| shadow.followed.contains(&first.subject)) {
            if let Some(difference) = shadow.unmatched.differs(&first) {
                Tally::count(differences, (first.rule, difference));
            }
        }
        if is_done {
            shadow.unmatched.added().for_each(|rule| Tally::count(differences, (rule, "added")));
        }
    }

    /// When something falls due for the bundle beside alone.
    pub(super) fn shadow_due_at(&self) -> Option<Timestamp> {
        let shadow = self.shadow.as_ref().filter(|shadow| !shadow.rests)?;
        shadow.second.known.dues.first().map(|(due, _)| due)
    }

    /// A step ends.
    pub(super) fn finish_shadow(&mut self) {
        if let Some(Shadow { second, .. }) = self.shadow.as_deref_mut() {
            second.marks.expire(second.state.now, second.settings.dedup);
        }
    }

    /// The step is committed.
    pub(super) fn settle_shadow(&mut self) {
        self.former_shadow = None;
        if let Some(shadow) = &mut self.shadow {
            shadow.settle();
        }
    }

    /// The step is undone, and so is what the first knows.
    pub(super) fn undo_shadow(&mut self) {
        self.acted.clear();
        if let Some(former) = self.former_shadow.take() {
            self.shadow = former;
        }
        match &mut self.shadow {
            Some(shadow) if shadow.is_broken => {
                let bundle = shadow.second.bundle.clone();
                self.shadow = Some(Shadow::new(self, bundle));
            }
            Some(shadow) => shadow.undo(),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests;
