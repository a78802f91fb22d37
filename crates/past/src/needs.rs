//! What must be remembered, as the expressions of a bundle ask for it.

use std::collections::{BTreeMap, BTreeSet};

use segue_model::Span;
use segue_value::Shape;

use super::{Function, Of, PastCall};

/// What one call asks for of one type of event, or of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The type of event, or the action, or the name of its outcomes.
    pub name: String,
    /// Of what kind of past.
    pub of: Of,
    /// The fields that are kept: paths from `data` on, `["data"]` alone is all of it; and paths from `where` and `device` on,
    /// for which all of the place or the device is kept.
    pub fields: BTreeSet<Vec<String>>,
    /// How long each event is remembered; `None`: running figures are kept instead.
    pub window: Option<Span>,
    /// Of running figures: the paths on which events must agree.
    pub same: Vec<Vec<String>>,
    /// Of running figures: the path whose values are added up, and whether they are timestamps.
    pub sum: Option<(Vec<String>, bool)>,
    /// Of running figures: the latest events are kept.
    pub latest: bool,
}

/// What all expressions of a bundle ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// By type of event.
    pub events: BTreeMap<String, TypeNeeds>,
    /// By action.
    pub released: BTreeMap<String, TypeNeeds>,
    /// By the name of an action's outcomes of one kind; see [`outcome_name`](super::outcome_name).
    pub outcomes: BTreeMap<String, TypeNeeds>,
}

/// What is asked for of one type of event, or of one action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeNeeds {
    /// The fields that are kept, as [`Need::fields`].
    pub fields: BTreeSet<Vec<String>>,
    /// The longest window; `None`: events are not remembered one by one.
    pub window: Option<Span>,
    /// The running figures, by the paths on which events must agree.
    pub running: BTreeMap<Vec<Vec<String>>, RunningNeed>,
}

/// What running figures are made of, beside the number of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunningNeed {
    /// The paths whose values are added up; true where they are timestamps.
    pub paths: BTreeMap<Vec<String>, bool>,
    /// The latest events are kept.
    pub latest: bool,
}

impl Needs {
    /// Adds what a call asks for.
    pub fn add(&mut self, need: &Need) {
        let by_name = match need.of {
            Of::Events => &mut self.events,
            Of::Released => &mut self.released,
            Of::Outcomes => &mut self.outcomes,
        };
        let of_type = by_name.entry(need.name.clone()).or_default();
        of_type.fields.extend(need.fields.iter().cloned());
        match need.window {
            Some(_) => of_type.window = of_type.window.max(need.window),
            None => {
                let running = of_type.running.entry(need.same.clone()).or_default();
                running.paths.extend(need.sum.clone());
                running.latest |= need.latest;
            }
        }
    }

    /// Adds that tasks of an action are counted over a window.
    pub fn add_released(&mut self, action: &str, window: Span) {
        let of_action = self.released.entry(action.to_owned()).or_default();
        of_action.window = of_action.window.max(Some(window));
    }

    /// Adds that outcomes of that name are counted over a window.
    pub fn add_outcomes(&mut self, name: &str, window: Span) {
        let of_name = self.outcomes.entry(name.to_owned()).or_default();
        of_name.window = of_name.window.max(Some(window));
    }
}

/// The parts of an event that are kept only where something asks for them.
const KEPT: [&str; 3] = ["data", "device", "where"];

impl TypeNeeds {
    /// True if something is asked of that part of an event.
    pub fn asks_for(&self, part: &str) -> bool {
        self.fields.iter().any(|path| path[0] == part)
    }
}

impl PastCall {
    /// What must be remembered for it.
    pub fn needs(&self) -> Vec<Need> {
        let is_last = matches!(self.function, Function::Last | Function::Since);
        let of_last = match (self.function, &self.read) {
            (Function::Last, Some(read)) => read.clone(),
            (Function::Last, None) => KEPT.map(|name| vec![name.to_owned()]).to_vec(),
            _ => Vec::new(),
        };
        let fields: BTreeSet<Vec<String>> = of_last
            .into_iter()
            .chain(self.path.clone())
            .chain(self.same.iter().cloned())
            .filter(|path| KEPT.contains(&path[0].as_str()))
            .collect();
        let sum = self.path.clone().filter(|_| self.window.is_none());
        let need = |name: &String| Need {
            name: name.clone(),
            of: self.of,
            fields: fields.clone(),
            window: self.window,
            same: if self.window.is_none() { self.same.clone() } else { Vec::new() },
            sum: sum.clone().map(|path| (path, self.shape == Shape::Timestamp)),
            latest: is_last,
        };
        self.types.iter().map(need).collect()
    }
}
