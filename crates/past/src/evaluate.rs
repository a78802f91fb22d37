//! What a call gives.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use segue_document::{Document, Kind};
use segue_model::past::{self, Datum, Figures, PathFigures, Remembered, Running, Seen};
use segue_model::{Event, Rows, Surroundings, Timestamp};
use segue_value::{Duration, Fault, Map, Shape, Text, Value};

use super::{Function, Of, PastCall, PastFacts};

impl PastCall {
    /// Its value.
    ///
    /// # Errors
    /// [`Fault::NoSuchKey`] for the least, greatest or mean of none, and for the time since what never was;
    /// [`Fault::Overflow`] for a sum that is too large.
    pub fn evaluate<'a>(&'a self, facts: &PastFacts<'a>) -> Result<Value<'a>, Fault> {
        match self.function {
            Function::Count => Ok(Value::Int(self.count(facts) as i64)),
            Function::Distinct => Ok(Value::Int(self.distinct(facts) as i64)),
            Function::Sum | Function::Avg | Function::Min | Function::Max => self.figure(&self.values(facts)),
            Function::Last => {
                self.last(facts).map_or(Ok(Value::Null), |(kind, seen)| self.event(kind, seen, facts))
            }
            Function::Since => {
                let (_, seen) = self.last(facts).ok_or(Fault::NoSuchKey)?;
                Ok(Value::Duration(duration(facts.now.0.saturating_sub(seen.instant().0))))
            }
        }
    }

    /// What is remembered of each type asked for.
    fn remembered<'a>(&'a self, facts: &PastFacts<'a>) -> impl Iterator<Item = (&'a str, &'a Remembered)> {
        let by_name = match self.of {
            Of::Events => &facts.past.events,
            Of::Released => &facts.past.released,
            Of::Outcomes => &facts.past.outcomes,
        };
        let of = move |name: &'a String| Some((name.as_str(), &**by_name.get(name)?));
        self.types.iter().filter_map(of)
    }

    /// The events of the window that agree with this one.
    fn in_window<'a>(&'a self, facts: &PastFacts<'a>, of: &'a Remembered) -> impl Iterator<Item = &'a Seen> {
        let wanted = self.wanted(facts.event);
        // Nothing agrees with what is missing.
        let all = if wanted.is_some() { self.of_window(facts, of) } else { &[] };
        let wanted = wanted.unwrap_or_default();
        let agrees = move |seen: &&'a Seen| {
            self.same
                .iter()
                .zip(&wanted)
                .all(|(path, wanted)| past::field(path, &seen.journey, &seen.data).as_ref() == Some(wanted))
        };
        all.iter().map(|seen| &**seen).filter(agrees)
    }

    /// The events of the window.
    fn of_window<'a>(&self, facts: &PastFacts<'_>, of: &'a Remembered) -> &'a [Arc<Seen>] {
        let window = self.window.map_or(i64::MAX, |window| window.0);
        let until = Timestamp(facts.now.0.saturating_sub(window));
        let seen = &of.seen[first_after(&of.seen, until)..];
        &seen[..first_after(seen, facts.now)]
    }

    /// What events must have at the paths of `same`; `None` if this event lacks one, or there is none.
    fn wanted<'a>(&self, event: Option<&'a Event>) -> Option<Vec<Cow<'a, str>>> {
        let field = |path| event.and_then(|event| past::field(path, &event.journey, &event.data));
        self.same.iter().map(|path: &Vec<String>| field(path)).collect()
    }

    /// The running figures of the events that agree with this one.
    fn running<'a>(
        &'a self,
        facts: &PastFacts<'a>,
        of: &'a Remembered,
    ) -> Option<(&'a Running, &'a Figures)> {
        let running = of.running.iter().find(|running| running.same == self.same)?;
        let key = match facts.event {
            Some(event) => past::key(&self.same, &event.journey, &event.data)?,
            None if self.same.is_empty() => String::new(),
            None => return None,
        };
        Some((running, running.keys.get(&key)?))
    }

    fn count(&self, facts: &PastFacts<'_>) -> u64 {
        self.remembered(facts)
            .map(|(_, of)| match self.window {
                // Without `same`, where the window begins and ends says it all.
                Some(_) if self.same.is_empty() => self.of_window(facts, of).len() as u64,
                Some(_) => self.in_window(facts, of).count() as u64,
                None => self.running(facts, of).map_or(0, |(_, figures)| figures.count),
            })
            .sum()
    }

    fn distinct(&self, facts: &PastFacts<'_>) -> usize {
        let Some(path) = &self.path else { return 0 };
        let values: BTreeSet<Cow<'_, str>> = self
            .remembered(facts)
            .flat_map(|(_, of)| self.in_window(facts, of))
            .filter_map(|seen| self.distinct_value(path, seen))
            .collect();
        values.len()
    }

    fn distinct_value<'s>(&self, path: &[String], seen: &'s Seen) -> Option<Cow<'s, str>> {
        if self.shape == Shape::Timestamp
            && let Some(Datum::Time(seconds, nanos)) =
                past::value_at(seen, path).and_then(|v| Datum::of(v, true))
        {
            // One instant may be written in several zones.
            return Some(Cow::Owned(format!("{seconds}.{nanos}")));
        }
        past::field(path, &seen.journey, &seen.data)
    }

    /// The figures of the values at the path, over all types.
    fn values(&self, facts: &PastFacts<'_>) -> PathFigures {
        let mut all = PathFigures::default();
        let Some(path) = &self.path else { return all };
        for (_, of) in self.remembered(facts) {
            if self.window.is_some() {
                for value in self.in_window(facts, of).filter_map(|seen| past::value_at(seen, path)) {
                    all.add(value, self.shape == Shape::Timestamp);
                }
            } else if let Some(figures) = self.running(facts, of).and_then(|(_, f)| f.paths.get(path)) {
                all.merge(figures);
            }
        }
        all
    }

    fn figure(&self, values: &PathFigures) -> Result<Value<'static>, Fault> {
        let sum = values.whole as f64 + values.part;
        let finite =
            |number: f64| if number.is_finite() { Ok(Value::Double(number)) } else { Err(Fault::Overflow) };
        match self.function {
            Function::Sum if self.shape == Shape::Int => {
                i64::try_from(values.whole).map(Value::Int).map_err(|_| Fault::Overflow)
            }
            Function::Sum => finite(sum),
            Function::Avg if values.count == 0 => Err(Fault::NoSuchKey),
            Function::Avg => finite(sum / values.count as f64),
            Function::Min => values.min.as_ref().map(|min| self.value(min)).ok_or(Fault::NoSuchKey),
            _ => values.max.as_ref().map(|max| self.value(max)).ok_or(Fault::NoSuchKey),
        }
    }

    fn value(&self, datum: &Datum) -> Value<'static> {
        match datum {
            Datum::Bool(truth) => Value::Bool(*truth),
            Datum::Whole(whole) if self.shape == Shape::Double => Value::Double(*whole as f64),
            Datum::Whole(whole) => Value::Int(*whole),
            Datum::Part(part) => Value::Double(*part),
            Datum::Text(text) => Value::Text(Text::Made(text.as_str().into())),
            Datum::Time(seconds, nanos) => {
                Value::Timestamp(segue_value::Timestamp { seconds: *seconds, nanos: *nanos })
            }
        }
    }

    /// The latest event before the stimulus, and its type.
    fn last<'a>(&'a self, facts: &PastFacts<'a>) -> Option<(&'a str, &'a Seen)> {
        let is_this = |seen: &Seen| {
            facts.event.is_some_and(|event| {
                !facts.is_timer && seen.logged_at == event.logged_at && seen.is(event.namespace(), &event.id)
            })
        };
        let latest = self.remembered(facts).filter_map(|(kind, of)| {
            let (_, figures) = self.running(facts, of)?;
            let before = figures.latest.iter().rev().find(|seen| !is_this(seen))?;
            Some((kind, &**before))
        });
        latest.max_by_key(|(_, seen)| seen.order())
    }

    /// A remembered event as a map.
    fn event<'a>(&'a self, kind: &'a str, seen: &'a Seen, facts: &PastFacts<'a>) -> Result<Value<'a>, Fault> {
        let text = |text: &'a str| Value::Text(Text::Borrowed(text));
        let subject = match facts.event.and_then(|event| event.subject.as_ref()) {
            Some(subject) => Value::Text(Text::Borrowed(&subject.id)),
            None => Value::Null,
        };
        let at = moment(seen.instant())?;
        let around = |facts: &'a Option<Arc<Document>>| Some(of_surroundings(facts.as_deref()?, at));
        let Surroundings { place, device } = &seen.surroundings;
        let members = [
            ("data", Some(Value::of_json(seen.data.root(), &self.shape))),
            ("device", around(device)),
            ("id", Some(text(&seen.id))),
            ("journey", Some(text(&seen.journey))),
            ("source", Some(text(&seen.source))),
            ("subject", Some(subject)),
            ("time", Some(Value::Timestamp(moment(seen.time)?))),
            ("type", Some(text(kind))),
            ("where", around(place)),
        ];
        let members = members.into_iter().filter_map(|(name, value)| Some((text(name), value?)));
        Ok(Value::Map(Map::Made(members.collect())))
    }
}

/// A place or a device as a map: what is known of it, and `at`, which says from when.
pub fn of_surroundings(facts: &Document, at: segue_value::Timestamp) -> Value<'_> {
    let text = |text| Value::Text(Text::Borrowed(text));
    let known = facts.root().members().map(|(name, value)| {
        let shape = if value.kind() == Kind::Number { &Shape::Double } else { &Shape::Text };
        (text(name), Value::of_json(value, shape))
    });
    // `at` stands before all other names.
    Value::Map(Map::Made(std::iter::once((text("at"), Value::Timestamp(at))).chain(known).collect()))
}

/// Where the events later than `until` begin.
fn first_after(seen: &[Arc<Seen>], until: Timestamp) -> usize {
    seen.partition_point(|seen| seen.instant() <= until)
}

/// Instants of the router are within the years of CEL, but for what no source can mean.
fn moment(at: Timestamp) -> Result<segue_value::Timestamp, Fault> {
    segue_value::Timestamp::of_millis(at.0).ok_or(Fault::Overflow)
}

fn duration(millis: i64) -> Duration {
    Duration { seconds: millis.div_euclid(1_000), nanos: millis.rem_euclid(1_000) as u32 * 1_000_000 }
}

/// The time since a row was last written by any source; `None` if there is no such row.
pub fn age(rows: Option<&Rows>, key: &str, now: Timestamp) -> Option<Duration> {
    let written = rows?.0.get(key)?.instants.values().max()?;
    Some(duration(now.0.saturating_sub(written.0)))
}
