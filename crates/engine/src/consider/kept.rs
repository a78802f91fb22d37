//! What was decided, as far as it outlives what it was made from: decisions and tasks are written at once.

use segue_bundle::bundle::released_on;
use segue_decide::{Asked, Made};
use segue_document::Document;
use segue_expr::past::{self, TypeNeeds};
use segue_log::Append;
use segue_model::event::OWN_SOURCE;
use segue_model::id::Id;
use segue_model::{Candidate, Event, Live, Seen, Surroundings, Task};

use super::Run;
use crate::effects::Counted;
use crate::shadow::Acted;

/// What was decided on one stimulus.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) appends: Vec<Append>,
    pub(super) counted: Counted,
    pub(super) asked: Vec<Asked>,
    pub(super) signals: Vec<Event>,
    /// Signals about other subjects.
    pub(super) passed: Vec<Event>,
    /// The tasks that the agenda keeps.
    pub(super) lives: Vec<Live>,
    /// The tasks that have left, where that is of interest later.
    pub(super) left: Vec<Left>,
    pub(super) is_decided: bool,
    /// The control policies that its candidates came as far as, and whether the subject is in control.
    pub(super) met: Vec<(String, bool)>,
    /// True if a task came of it, now or later.
    pub(super) has_acted: bool,
    /// Which ones, where that is compared.
    pub(super) acted: Vec<Acted>,
}

/// A task that has left.
pub(super) struct Left {
    pub(super) id: Id,
    pub(super) action: String,
    pub(super) rule: String,
    pub(super) journey: String,
    pub(super) channel: Option<String>,
    /// What is remembered of it, by the name under which it is.
    pub(super) seen: Vec<(String, Seen)>,
}

impl Run<'_> {
    /// Writes down what was made; `event` gives what a task goes back to.
    pub(super) fn keep<'e>(&self, made: Made<'_>, event: impl Fn(&Task<'_>) -> Option<&'e Event>) -> Kept {
        let Made { decision, tasks, lives, signals, passed, met, erred, asked } = made;
        let is_decided = decision.is_some();
        let met = met.iter().map(|met| (met.policy.to_owned(), met.is_control)).collect();
        let mut kept = Kept { met, asked, signals, passed, lives, is_decided, ..Kept::default() };
        let candidates = decision.iter().flat_map(|decision| &decision.candidates);
        kept.has_acted = candidates.into_iter().any(Candidate::is_kept);
        if let Some(decision) = decision.as_ref().filter(|_| self.around.is_compared) {
            kept.acted = Acted::all(decision);
        }
        self.around.outputs.add(decision.as_ref(), &tasks, self.around.now, &mut kept.appends);
        kept.counted.add(decision.as_ref(), &tasks, &erred);
        let is_told = self.around.outputs.is_told();
        for task in &tasks {
            let seen = self.seen(task, event(task));
            if !seen.is_empty() || is_told {
                kept.left.push(Left {
                    id: task.id,
                    action: task.action.to_owned(),
                    rule: task.rule.to_owned(),
                    journey: task.journey.to_owned(),
                    channel: task.channel.map(str::to_owned),
                    seen,
                });
            }
        }
        kept
    }

    /// What is remembered of a task: among those of its action, and among those on its channel, as far as is asked for.
    fn seen(&self, task: &Task<'_>, event: Option<&Event>) -> Vec<(String, Seen)> {
        let all = &self.around.bundle.needs.released;
        if all.is_empty() {
            return Vec::new();
        }
        let of_action = all.get_key_value(task.action);
        let of_channel = task.channel.and_then(|channel| all.get_key_value(&released_on(channel)));
        let seen = |(name, needs): (&String, &TypeNeeds)| {
            let data = event.map(|event| past::kept(event.data.root(), needs));
            (name.clone(), seen(task, data))
        };
        of_action.into_iter().chain(of_channel).map(seen).collect()
    }
}

/// A task as it is remembered, with the fields of its cause that are kept.
fn seen(task: &Task<'_>, data: Option<Document>) -> Seen {
    Seen {
        source: OWN_SOURCE.to_owned(),
        namespace: None,
        id: task.id.to_string(),
        time: task.released_at,
        logged_at: task.released_at,
        journey: task.journey.to_owned(),
        data: data.unwrap_or_else(Document::empty_object),
        surroundings: Surroundings::default(),
        place: 0,
    }
}
