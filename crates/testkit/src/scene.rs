//! A bundle for tests, and what whoever follows and checks a run on it wants told of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::checker::{Cap, Channel, Declared, Times};

/// A bundle for tests: where it lies, its topics, and what it declares.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Where it lies.
    pub bundle: PathBuf,
    /// The topics of its sources.
    pub sources: Vec<&'static str>,
    /// The topics of its tasks, lanes included.
    pub tasks: Vec<&'static str>,
    /// The topics on which its destinations say what became of tasks.
    pub outcomes: Vec<&'static str>,
    /// The topics on which its sources are told.
    pub statuses: Vec<&'static str>,
    /// What it declares of each source topic.
    pub declared: BTreeMap<String, Declared>,
    /// What it says of time.
    pub times: Times,
    /// Its caps.
    pub caps: Vec<Cap>,
    /// Its channels; none: which one was chosen is not looked at.
    pub channels: Vec<Channel>,
}
