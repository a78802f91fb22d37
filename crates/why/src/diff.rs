//! What another bundle would have made of the same events: tasks added, removed and changed.
//!
//! A task is the same in both if its id is: the same rule and action on the same event for the same subject. Tasks that are
//! withdrawn or brought up again are told apart from those that go out.

pub mod human;
pub mod json;

use std::collections::{BTreeMap, BTreeSet};

use segue_document::{Document, Kind, Value};
use segue_replay::recording;

use crate::case::Case;
use crate::explain::{Options, explain};
use crate::find::{decisions, look};
use crate::walk::{Step, Walk};

/// How many differences of each kind are told with both whys.
pub const SAMPLES_MAX: usize = 5;
/// How many fields of a changed task are told.
const FIELDS_MAX: usize = 20;
/// What differs in any case, or follows from what differs.
const NOT_COMPARED: [&str; 2] = ["bundle", "decision"];

/// In what way a task differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Only the other bundle has it.
    Added,
    /// Only this bundle has it.
    Removed,
    /// Both have it, otherwise.
    Changed,
}

impl Way {
    /// All of them, in the order in which they are told.
    pub const ALL: [Way; 3] = [Way::Added, Way::Removed, Way::Changed];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Way::Added => "added",
            Way::Removed => "removed",
            Way::Changed => "changed",
        }
    }
}

/// A task that differs.
#[derive(Clone, Debug)]
pub struct Difference {
    /// In what way.
    pub way: Way,
    /// The task's id.
    pub task: String,
    /// What became of it: `released`, `reminder` or `withdrawn`.
    pub what: String,
    /// Its action.
    pub action: String,
    /// The rule that proposed it.
    pub rule: String,
    /// Whom it is about.
    pub subject: String,
    /// When it left.
    pub at: String,
    /// The destination's id.
    pub destination: String,
    /// The channel, where one was chosen.
    pub channel: Option<String>,
    /// The fields that are otherwise: path, before and after as JSON.
    pub fields: Vec<(String, Option<String>, Option<String>)>,
    /// Why, with this bundle and with the other; of a sample only.
    pub whys: Option<(String, String)>,
    /// The decision that it goes back to.
    decision: String,
}

/// How many tasks differ, by what they have in common.
pub type Counts = BTreeMap<String, [u64; 3]>;

/// What differs.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    /// How many tasks this bundle makes, and how many the other does.
    pub tasks: (u64, u64),
    /// The tasks that differ, in the order in which they left.
    pub differences: Vec<Difference>,
    /// How many, by `rule`, `action`, `destination`, `channel` and `hour`: added, removed, changed.
    pub by: Vec<(&'static str, Counts)>,
}

impl Diff {
    /// How many tasks differ in that way.
    pub fn count(&self, way: Way) -> u64 {
        self.differences.iter().filter(|one| one.way == way).count() as u64
    }
}

/// Compares what a case makes with what it makes with another bundle: `other` has the same records.
pub fn diff(case: &Case, other: &Case) -> Diff {
    let (this, that) = (left(case), left(other));
    let mut diff = Diff { tasks: (this.tasks.len() as u64, that.tasks.len() as u64), ..Diff::default() };
    for (key @ (_, what), task) in &this.tasks {
        match that.tasks.get(key) {
            None => diff.differences.push(difference((Way::Removed, what), task, case, Vec::new())),
            Some(changed) => {
                let fields = fields(task.data.root(), changed.data.root());
                if !fields.is_empty() {
                    diff.differences.push(difference((Way::Changed, what), changed, other, fields));
                }
            }
        }
    }
    let added = that.tasks.iter().filter(|(key, _)| !this.tasks.contains_key(*key));
    diff.differences
        .extend(added.map(|((_, what), task)| difference((Way::Added, what), task, other, Vec::new())));
    diff.differences.sort_by(|a, b| (&a.at, &a.task, &a.what).cmp(&(&b.at, &b.task, &b.what)));
    diff.by = grouped(&diff.differences);
    add_whys(&mut diff.differences, (case, &this), (other, &that));
    diff
}

/// What left in a run.
struct Left {
    /// By id and what became of it.
    tasks: BTreeMap<(String, String), Task>,
    /// The record at which each decision was made.
    decided: BTreeMap<String, usize>,
}

struct Task {
    data: Document,
    at: String,
}

fn left(case: &Case) -> Left {
    let mut left = Left { tasks: BTreeMap::new(), decided: BTreeMap::new() };
    let mut walk = Walk::new(case);
    let statuses = walk.pipeline.statuses();
    while let Some(step) = walk.next() {
        let out = walk.take();
        if let Step::Record(number) = step {
            left.decided.extend(decisions(&out).map(|(id, _)| (id, number)));
        }
        for append in out.iter().filter(|append| recording::kind(&append.topic, &statuses) == Some("task")) {
            let text = std::str::from_utf8(append.value.as_deref().unwrap_or_default()).unwrap_or_default();
            let Ok(document) = Document::parse_own(text) else { continue };
            let Some(data) = document.root().get("data").map(Value::to_document) else { continue };
            let what = text_of(document.root(), "type").unwrap_or_default();
            let what = what.rsplit('.').next().unwrap_or_default().to_owned();
            let at = walk.pipeline.now().to_string();
            let key = (text_of(data.root(), "task").unwrap_or_default(), what);
            let _ = left.tasks.insert(key, Task { data, at });
        }
    }
    left
}

fn text_of(value: Value<'_>, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn difference(
    (way, what): (Way, &str),
    task: &Task,
    case: &Case,
    fields: Vec<(String, Option<String>, Option<String>)>,
) -> Difference {
    let get = |name: &str| text_of(task.data.root(), name).unwrap_or_default();
    let action = get("action");
    let to = case.bundle.actions.get(&action).map(|action| action.to.clone());
    Difference {
        way,
        task: get("task"),
        what: what.to_owned(),
        rule: get("rule"),
        subject: get("subject"),
        at: task.at.clone(),
        destination: to.unwrap_or_default(),
        channel: text_of(task.data.root(), "channel"),
        fields,
        whys: None,
        decision: get("decision"),
        action,
    }
}

/// The fields that are otherwise, each by its path.
fn fields(a: Value<'_>, b: Value<'_>) -> Vec<(String, Option<String>, Option<String>)> {
    let mut found = Vec::new();
    compare("", Some(a), Some(b), &mut found);
    found
}

fn compare(
    path: &str,
    a: Option<Value<'_>>,
    b: Option<Value<'_>>,
    found: &mut Vec<(String, Option<String>, Option<String>)>,
) {
    let raw = |value: Option<Value<'_>>| value.map(|value| value.raw().to_owned());
    if NOT_COMPARED.contains(&path) || raw(a) == raw(b) || found.len() == FIELDS_MAX {
        return;
    }
    match (a, b) {
        (Some(a), Some(b)) if a.kind() == Kind::Object && b.kind() == Kind::Object => {
            let names: BTreeSet<&str> = a.members().chain(b.members()).map(|(name, _)| name).collect();
            for name in names {
                let below = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                compare(&below, a.get(name), b.get(name), found);
            }
        }
        _ => found.push((path.to_owned(), raw(a), raw(b))),
    }
}

fn grouped(differences: &[Difference]) -> Vec<(&'static str, Counts)> {
    let hour = |at: &str| at.get(..13).map_or_else(|| at.to_owned(), |hour| format!("{hour}:00Z"));
    let by = |of: &dyn Fn(&Difference) -> String| {
        let mut counts = Counts::new();
        for one in differences {
            counts.entry(of(one)).or_default()[one.way as usize] += 1;
        }
        counts
    };
    vec![
        ("rule", by(&|one| one.rule.clone())),
        ("action", by(&|one| one.action.clone())),
        ("destination", by(&|one| one.destination.clone())),
        ("channel", by(&|one| one.channel.clone().unwrap_or_else(|| "none".to_owned()))),
        ("hour", by(&|one| hour(&one.at))),
    ]
}

/// Says of the first of each kind why it is so with either bundle.
fn add_whys(differences: &mut [Difference], this: (&Case, &Left), that: (&Case, &Left)) {
    let mut samples: Vec<&mut Difference> = Vec::new();
    let mut taken = [0; 3];
    for one in differences {
        taken[one.way as usize] += 1;
        if taken[one.way as usize] <= SAMPLES_MAX {
            samples.push(one);
        }
    }
    let ids: BTreeSet<String> = samples.iter().map(|one| one.decision.clone()).collect();
    let record =
        |left: &Left| ids.iter().filter_map(|id| left.decided.get(id).copied()).collect::<BTreeSet<_>>();
    let records: BTreeSet<usize> = record(this.1).union(&record(that.1)).copied().collect();
    let found = [look(this.0, &ids, &records), look(that.0, &ids, &records)];
    for one in samples {
        let why = |case: &Case, side: usize| match found[side].get(&one.decision) {
            Some(found) => {
                let options = Options { rule: Some(one.rule.clone()), ..Options::default() };
                crate::human::short(&explain(case, found, &options), &one.action)
            }
            None => "nothing was decided on it".to_owned(),
        };
        one.whys = Some((why(this.0, 0), why(that.0, 1)));
    }
}
