//! Whose each task is, so that what a destination says of it reaches its subject without a search.

use std::collections::BTreeMap;

use segue_model::Profile;
use segue_model::id::Id;

/// The subjects' keys by task. It follows the profiles, which alone are kept, in whatever order they are restored.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    /// Of those who have the tasks, and of those with whom they have gone elsewhere.
    of: [BTreeMap<Id, String>; 2],
    /// What the step that is not committed yet has changed, as it was before.
    undo: Vec<(usize, Id, Option<String>)>,
}

impl Tasks {
    /// The key of the subject whose task it is; or of one with whom it has gone, if none here has it.
    pub(crate) fn subject(&self, task: &str) -> Option<&str> {
        let task = Id::parse(task)?;
        self.of.iter().find_map(|of| of.get(&task)).map(String::as_str)
    }

    /// Says what a subject's profile has become.
    pub(crate) fn set(&mut self, key: &str, before: Option<&Profile>, after: &Profile) {
        for (which, task, is_new) in changed(before, after) {
            let known = self.put(key, which, task, is_new);
            self.undo.push((which, task, known));
        }
    }

    /// The same, for a profile that is restored.
    pub(crate) fn restore(&mut self, key: &str, before: Option<&Profile>, after: &Profile) {
        for (which, task, is_new) in changed(before, after) {
            let _ = self.put(key, which, task, is_new);
        }
    }

    fn put(&mut self, key: &str, which: usize, task: Id, is_new: bool) -> Option<String> {
        let of = &mut self.of[which];
        match is_new {
            true => of.insert(task, key.to_owned()),
            // Somebody else may have it by now.
            false if of.get(&task).is_some_and(|known| known != key) => of.get(&task).cloned(),
            false => of.remove(&task),
        }
    }

    /// The step is committed.
    pub(crate) fn settle(&mut self) {
        self.undo.clear();
    }

    /// The step is undone.
    pub(crate) fn undo(&mut self) {
        for (which, task, known) in std::mem::take(&mut self.undo).into_iter().rev() {
            let _ = match known {
                Some(key) => self.of[which].insert(task, key),
                None => self.of[which].remove(&task),
            };
        }
    }
}

/// The tasks that have come, and those that have gone: which they are, and whether they are new.
fn changed(before: Option<&Profile>, after: &Profile) -> Vec<(usize, Id, bool)> {
    let mut all = Vec::new();
    for (which, known) in [own, gone].into_iter().enumerate() {
        let (before, after) = (before.map(known).unwrap_or_default(), known(after));
        all.extend(before.iter().filter(|task| !after.contains(task)).map(|task| (which, *task, false)));
        all.extend(after.iter().filter(|task| !before.contains(task)).map(|task| (which, *task, true)));
    }
    all
}

fn own(profile: &Profile) -> Vec<Id> {
    profile.agenda.tasks.iter().map(|task| task.id).collect()
}

/// Those that have gone elsewhere with it: what is said of them comes here first.
fn gone(profile: &Profile) -> Vec<Id> {
    profile.forward.iter().flat_map(|forward| &forward.tasks).map(|(task, _)| *task).collect()
}
