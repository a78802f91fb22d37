//! What whoever runs the router tells a partition: it obeys between two records of its log.
//!
//! The shell offers the compiled bundle before the record that names it is stepped. One that was not offered cannot be used
//! here, and the partition goes on as it was.

use std::sync::Arc;

use segue_bundle::Bundle;
use segue_log::{Append, Place};
use segue_model::{Subject, Timestamp};
use segue_wire::bundles::{STANDING, Standing};
use segue_wire::command::{PAUSED_MAX, Says};
use segue_wire::topics::{BUNDLES, SHARED};
use segue_wire::{Command, LogRecord, Origin, log_record};

use super::{Partition, Role};
use crate::effects::Effects;
use crate::joined::Ending;
use crate::outputs::Outputs;
use crate::shared;

/// How many bundles are kept on offer: one is switched to at a time.
const OFFERED_MAX: usize = 4;

impl Partition {
    /// The bundle that it decides by.
    pub fn bundle(&self) -> &Arc<Bundle> {
        &self.bundle
    }

    /// The digest of the bundle that it has been told to decide by, if it ever was. After a restore it may be another than the
    /// one at hand, which then is to be adopted before the first step.
    pub fn told_bundle(&self) -> Option<&str> {
        self.state.bundle.as_deref()
    }

    /// Lets a bundle be switched to by a record of the log that names it.
    pub fn offer(&mut self, bundle: Arc<Bundle>) {
        self.offered.retain(|other| other.digest != bundle.digest);
        self.offered.truncate(OFFERED_MAX - 1);
        self.offered.insert(0, bundle);
    }

    /// Decides by this bundle from now on: the one that what was restored was decided by last. Between two steps.
    pub fn adopt(&mut self, bundle: Arc<Bundle>) {
        self.put_on(bundle);
        self.committed_bundle = self.bundle.clone();
    }

    /// Puts a bundle in the place of the one at hand; what follows from it is made anew.
    pub(super) fn put_on(&mut self, bundle: Arc<Bundle>) {
        let former = std::mem::replace(&mut self.bundle, bundle);
        self.outputs = Outputs::new(&self.bundle);
        self.known.put_on(&former, &self.bundle);
    }

    /// Does what a command says.
    pub(super) fn obey(&mut self, command: Command, offset: u64, effects: &mut Effects) -> Ending {
        if self.outputs.is_shadow() && matches!(command.says, Says::Switch(_) | Says::Shadow(_)) {
            return Ending::Tick;
        }
        let is_news = match &command.says {
            Says::Switch(digest) => self.switch(digest, effects),
            Says::Shadow(digest) => self.cast(digest.as_ref(), effects),
            Says::Pause(part) => {
                self.state.paused.len() < PAUSED_MAX && self.state.paused.insert(part.clone())
            }
            Says::Resume(part) => self.resume(part),
            Says::Erase(id) => self.role != Role::Log || self.erase(id, command.given_at, effects),
        };
        match self.role {
            Role::Shared { .. } if !is_news => Ending::Unchanged,
            Role::Log => Ending::Tick,
            Role::Shared { partitions } => {
                self.pass_on(command, offset, partitions, effects);
                Ending::Copied
            }
        }
    }

    /// Goes over to a bundle; false if nothing comes of it.
    fn switch(&mut self, digest: &String, effects: &mut Effects) -> bool {
        if *digest != self.bundle.digest {
            let Some(bundle) = self.offered.iter().find(|bundle| bundle.digest == *digest).cloned() else {
                effects.tally.refused.push(digest.clone());
                return false;
            };
            // What was gathered before was decided by the former bundle, and says so.
            self.write_joined(self.state.now, effects);
            self.state.former = Some(self.bundle.digest.clone());
            self.put_on(bundle);
        } else if self.state.bundle.as_ref() == Some(digest) {
            return false;
        }
        self.state.bundle = Some(digest.clone());
        if self.state.shadow.as_ref() == Some(digest) {
            // It counts now.
            let _ = self.cast(None, effects);
        }
        true
    }

    /// Lets a part go on; false if it was not paused.
    fn resume(&mut self, part: &str) -> bool {
        let was_paused = self.state.paused.remove(part);
        if was_paused && self.role == Role::Log {
            self.state.resumed = Some(String::new());
        }
        was_paused
    }

    /// What is paused, such as `rule/ID`.
    pub fn paused(&self) -> impl Iterator<Item = &str> {
        self.state.paused.iter().map(String::as_str)
    }

    /// Lets go what waited for a part that was resumed, at `now`, the time of the first record after that which has one, and
    /// subject by subject; false: there are more of them than are `left`, and the record is to be given again.
    pub(super) fn let_go(&mut self, now: Timestamp, left: &mut usize, effects: &mut Effects) -> bool {
        let Some(mut after) = self.state.resumed.take() else { return true };
        self.known.expire(now);
        self.state.now = now;
        while let Some(key) = self.known.shut.after(&after).map(str::to_owned) {
            if *left == 0 {
                self.state.resumed = Some(after);
                return false;
            }
            *left -= 1;
            self.open_for(&Subject::of_inner_key(&key), "resume", effects);
            after = key;
        }
        true
    }

    /// Copies a command to every partition, and says in the same transaction what stands from there on.
    fn pass_on(&self, command: Command, offset: u64, partitions: u32, effects: &mut Effects) {
        let origin = Origin { topic: SHARED.to_owned(), incarnation: 0, partition: 0, offset, n: 0 };
        let given_at = command.given_at;
        let copy = LogRecord::Command(Command { origin: Some(origin), ..command });
        shared::copy_to_all(log_record::encode(&copy), partitions, effects);
        let bundle = self.state.bundle.clone();
        let former = self.state.former.clone().or_else(|| bundle.clone());
        let paused = self.state.paused.iter().cloned().collect();
        let shadow = self.state.shadow.clone();
        let standing = Standing { bundle, former, shadow, paused, given_at };
        effects.appends.push(Append {
            topic: BUNDLES.into(),
            place: Place::Partition(0),
            key: Some(STANDING.as_bytes().to_vec()),
            value: Some(standing.encode().into_bytes()),
            headers: Vec::new(),
        });
    }
}
