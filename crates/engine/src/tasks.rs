//! Whose each task is, so that what a destination says of it reaches its subject without a search.

use std::collections::BTreeMap;

use segue_model::id::Id;
use segue_model::{Agenda, Live};

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
    pub(crate) fn set(&mut self, key: &str, before: Option<&Agenda>, after: &Agenda) {
        for (task, is_new) in changed(before, after) {
            let known = if is_new { self.of.insert(task, key.to_owned()) } else { self.of.remove(&task) };
            self.undo.push((task, known));
        }
    }

    /// The same, for a profile that is restored.
    pub(crate) fn restore(&mut self, key: &str, before: Option<&Agenda>, after: &Agenda) {
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
fn changed(before: Option<&Agenda>, after: &Agenda) -> Vec<(Id, bool)> {
    let before: &[Live] = before.map_or(&[], |agenda| &agenda.tasks);
    let is_in = |tasks: &[Live], task: &Live| tasks.iter().any(|other| other.id == task.id);
    let gone = before.iter().filter(|task| !is_in(&after.tasks, task)).map(|task| (task.id, false));
    let new = after.tasks.iter().filter(|task| !is_in(before, task)).map(|task| (task.id, true));
    gone.chain(new).collect()
}
