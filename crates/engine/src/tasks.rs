//! Whose each task is, so that what a destination says of it reaches its subject without a search.

use std::collections::BTreeMap;

use segue_model::Profile;
use segue_model::id::Id;

/// The subjects' keys by task. It follows the profiles, which alone are kept.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    of: BTreeMap<Id, String>,
    /// What the step that is not committed yet has changed, as it was before.
    undo: Vec<(Id, Option<String>)>,
}

impl Tasks {
    /// The key of the subject whose task it is.
    pub(crate) fn subject(&self, task: &str) -> Option<&str> {
        self.of.get(&Id::parse(task)?).map(String::as_str)
    }

    /// Says what a subject's agenda has become.
    pub(crate) fn set(&mut self, key: &str, before: Option<&Profile>, after: &Profile) {
        for (task, is_new) in changed(before, after) {
            let known = if is_new { self.of.insert(task, key.to_owned()) } else { self.of.remove(&task) };
            self.undo.push((task, known));
        }
    }

    /// The same, for a profile that is restored.
    pub(crate) fn restore(&mut self, key: &str, before: Option<&Profile>, after: &Profile) {
        for (task, is_new) in changed(before, after) {
            let _ = if is_new { self.of.insert(task, key.to_owned()) } else { self.of.remove(&task) };
        }
    }

    /// The step is committed.
    pub(crate) fn settle(&mut self) {
        self.undo.clear();
    }

    /// The step is undone.
    pub(crate) fn undo(&mut self) {
        for (task, known) in std::mem::take(&mut self.undo).into_iter().rev() {
            let _ = match known {
                Some(key) => self.of.insert(task, key),
                None => self.of.remove(&task),
            };
        }
    }
}

/// The tasks that have come, and those that have gone.
fn changed(before: Option<&Profile>, after: &Profile) -> Vec<(Id, bool)> {
    let gone = before.into_iter().flat_map(known).filter(|task| !is_in(after, *task));
    let is_new = |task: &Id| before.is_none_or(|before| !is_in(before, *task));
    gone.map(|task| (task, false)).chain(known(after).filter(is_new).map(|task| (task, true))).collect()
}

/// Those of a subject, and those that have gone elsewhere with it: what is said of them comes here first.
fn known(profile: &Profile) -> impl Iterator<Item = Id> {
    let gone = profile.forward.iter().flat_map(|forward| &forward.tasks);
    profile.agenda.tasks.iter().map(|task| task.id).chain(gone.map(|(task, _)| *task))
}

fn is_in(profile: &Profile, task: Id) -> bool {
    known(profile).any(|known| known == task)
}
