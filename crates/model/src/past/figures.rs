//! Running figures: how many, and of a field the sum, least and greatest, without the events themselves.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use segue_document::{Document, Kind, Value, Writer};

use super::Seen;
use crate::time::Timestamp;

/// The most keys of one [`Running`]; over it, the one that was added to least recently goes.
pub const KEYS_MAX: usize = 1_000;
/// Whole doubles up to here are whole numbers exactly.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// The figures of events that agree on some paths, by what they agree on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Running {
    /// The paths; none: all events are counted together.
    pub same: Vec<Vec<String>>,
    /// The figures by what stands at those paths, as [`key`] has it.
    pub keys: BTreeMap<String, Figures>,
    /// The paths whose values are added up; true where they are timestamps.
    pub paths: BTreeMap<Vec<String>, bool>,
    /// True if the latest events are kept.
    pub keeps_latest: bool,
}

/// The figures of all events of one key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// How many events.
    pub count: u64,
    /// When the last was added, by the log.
    pub touched: Timestamp,
    /// The two latest events, the later one last; an event asks for the latest one but itself.
    pub latest: Vec<Arc<Seen>>,
    /// What is added up, by path.
    pub paths: BTreeMap<Vec<String>, PathFigures>,
}

/// The figures of the values at one path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathFigures {
    /// How many of the values are numbers.
    pub count: u64,
    /// The sum of those that are whole.
    pub whole: i128,
    /// The sum of the others.
    pub part: f64,
    /// The least value.
    pub min: Option<Datum>,
    /// The greatest value.
    pub max: Option<Datum>,
}

/// A value that has an order.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// Any other number.
    Part(f64),
    /// A text.
    Text(String),
    /// An instant: seconds since the epoch, and nanoseconds.
    Time(i64, u32),
}

impl Datum {
    /// What stands there; `None` if it is nothing that has an order. A text is an instant where `is_time`.
    pub fn of(value: Value<'_>, is_time: bool) -> Option<Datum> {
        match value.kind() {
            Kind::Bool => value.as_bool().map(Datum::Bool),
            Kind::Number => match value.as_i64() {
                Some(whole) => Some(Datum::Whole(whole)),
                None => value.as_f64().map(|part| {
                    let is_whole = part.fract() == 0.0 && part.abs() <= WHOLE_MAX;
                    if is_whole { Datum::Whole(part as i64) } else { Datum::Part(part) }
                }),
            },
            Kind::String if is_time => {
                let instant: jiff::Timestamp = value.as_str()?.parse().ok()?;
                let nanos = instant.as_nanosecond();
                let second = nanos.div_euclid(1_000_000_000);
                Some(Datum::Time(second as i64, nanos.rem_euclid(1_000_000_000) as u32))
            }
            Kind::String => value.as_str().map(|text| Datum::Text(text.to_owned())),
            Kind::Null | Kind::Array | Kind::Object => None,
        }
    }

    /// Which comes first; `None` for values of different kinds. Numbers compare across their kinds.
    pub fn order(&self, other: &Datum) -> Option<Ordering> {
        match (self, other) {
            (Datum::Bool(a), Datum::Bool(b)) => Some(a.cmp(b)),
            (Datum::Whole(a), Datum::Whole(b)) => Some(a.cmp(b)),
            (Datum::Whole(a), Datum::Part(b)) => (*a as f64).partial_cmp(b),
            (Datum::Part(a), Datum::Whole(b)) => a.partial_cmp(&(*b as f64)),
            (Datum::Part(a), Datum::Part(b)) => a.partial_cmp(b),
            (Datum::Text(a), Datum::Text(b)) => Some(a.cmp(b)),
            (Datum::Time(a, b), Datum::Time(c, d)) => Some((a, b).cmp(&(c, d))),
            _ => None,
        }
    }
}

/// What stands at a path of an event, in its data or its journey, as JSON text; `None` if nothing does, or `null`.
/// Numbers that mean the same give the same text.
pub fn field<'e>(path: &[String], journey: &'e str, data: &'e Document) -> Option<Cow<'e, str>> {
    let (root, names) = path.split_first()?;
    if root == "journey" && names.is_empty() {
        return Some(Cow::Owned(quoted(journey)));
    }
    let value = data.root().at_path(names.iter().map(String::as_str)).filter(|_| root == "data")?;
    match value.kind() {
        Kind::Null => None,
        Kind::Number => Some(match Datum::of(value, false)? {
            Datum::Whole(whole) => Cow::Owned(whole.to_string()),
            // A whole number beyond what is counted in keeps every digit.
            Datum::Part(part) if value.raw().contains(['.', 'e', 'E']) => Cow::Owned(format!("{part:?}")),
            _ => Cow::Borrowed(value.raw()),
        }),
        Kind::String => Some(Cow::Owned(quoted(value.as_str()?))),
        Kind::Bool | Kind::Array | Kind::Object => Some(Cow::Borrowed(value.raw())),
    }
}

fn quoted(text: &str) -> String {
    let mut writer = Writer::new();
    let _ = writer.string(text);
    writer.finish()
}

/// What an event has at these paths, as one text; `None` if one of them is missing: it agrees with nothing then.
pub fn key(same: &[Vec<String>], journey: &str, data: &Document) -> Option<String> {
    let fields: Option<Vec<_>> = same.iter().map(|path| field(path, journey, data)).collect();
    Some(fields?.join(","))
}

impl Running {
    /// Adds an event. One that lacks a path on which it would have to agree agrees with nothing, and is not counted.
    pub fn add(&mut self, seen: &Arc<Seen>) {
        let Some(key) = key(&self.same, &seen.journey, &seen.data) else { return };
        let figures = self.keys.entry(key).or_default();
        figures.count += 1;
        figures.touched = figures.touched.max(seen.logged_at);
        if self.keeps_latest {
            figures.keep_latest(seen);
        }
        for (path, is_time) in &self.paths {
            let Some(value) = value_at(seen, path) else { continue };
            figures.paths.entry(path.clone()).or_default().add(value, *is_time);
        }
        self.bound();
    }

    /// Takes an event out of what is counted. The latest event, least and greatest stay as they are: whoever takes an
    /// event back is about to merge with one who has counted it too.
    pub(super) fn take_back(&mut self, seen: &Seen) {
        let Some(key) = key(&self.same, &seen.journey, &seen.data) else { return };
        let Some(figures) = self.keys.get_mut(&key) else { return };
        figures.count = figures.count.saturating_sub(1);
        for path in self.paths.keys() {
            if let (Some(value), Some(figures)) = (value_at(seen, path), figures.paths.get_mut(path)) {
                figures.take_back(value);
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Running) {
        self.keeps_latest |= other.keeps_latest;
        for (path, is_time) in &other.paths {
            let _ = self.paths.entry(path.clone()).or_insert(*is_time);
        }
        for (key, theirs) in &other.keys {
            let mine = self.keys.entry(key.clone()).or_default();
            mine.count += theirs.count;
            mine.touched = mine.touched.max(theirs.touched);
            theirs.latest.iter().for_each(|seen| mine.keep_latest(seen));
            for (path, theirs) in &theirs.paths {
                mine.paths.entry(path.clone()).or_default().merge(theirs);
            }
        }
        self.bound();
    }

    fn bound(&mut self) {
        while self.keys.len() > KEYS_MAX {
            let oldest = self.keys.iter().min_by_key(|(_, figures)| figures.touched);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else { return };
            let _ = self.keys.remove(&oldest);
        }
    }
}

impl Figures {
    fn keep_latest(&mut self, seen: &Arc<Seen>) {
        if self.latest.iter().any(|other| {
            let (mine, theirs) = ((seen.time, seen.logged_at), (other.time, other.logged_at));
            mine == theirs && other.is(seen.namespace(), &seen.id)
        }) {
            return;
        }
        let at = self.latest.partition_point(|other| other.order() <= seen.order());
        self.latest.insert(at, seen.clone());
        if self.latest.len() > 2 {
            let _ = self.latest.remove(0);
        }
    }
}

impl PathFigures {
    /// Adds a value.
    pub fn add(&mut self, value: Value<'_>, is_time: bool) {
        let Some(datum) = Datum::of(value, is_time) else { return };
        match datum {
            Datum::Whole(whole) => {
                (self.count, self.whole) = (self.count + 1, self.whole + i128::from(whole))
            }
            Datum::Part(part) => (self.count, self.part) = (self.count + 1, self.part + part),
            _ => {}
        }
        self.bound(&datum);
    }

    fn take_back(&mut self, value: Value<'_>) {
        match Datum::of(value, false) {
            Some(Datum::Whole(whole)) => self.whole -= i128::from(whole),
            Some(Datum::Part(part)) => self.part -= part,
            _ => return,
        }
        self.count = self.count.saturating_sub(1);
    }

    /// Adds all that others are made of.
    pub fn merge(&mut self, other: &PathFigures) {
        self.count += other.count;
        self.whole += other.whole;
        self.part += other.part;
        other.min.iter().chain(&other.max).for_each(|datum| self.bound(datum));
    }

    /// Makes sure that the value lies between the least and the greatest.
    fn bound(&mut self, datum: &Datum) {
        if self.min.as_ref().is_none_or(|min| datum.order(min) == Some(Ordering::Less)) {
            self.min = Some(datum.clone());
        }
        if self.max.as_ref().is_none_or(|max| datum.order(max) == Some(Ordering::Greater)) {
            self.max = Some(datum.clone());
        }
    }
}

/// The value at a path of an event's data.
pub fn value_at<'s>(seen: &'s Seen, path: &[String]) -> Option<Value<'s>> {
    let (root, names) = path.split_first()?;
    seen.data.root().at_path(names.iter().map(String::as_str)).filter(|_| root == "data")
}
