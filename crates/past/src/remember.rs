//! Writes what the needs of a bundle ask for.

use std::sync::Arc;

use segue_document::{Document, Kind, Value, Writer};
use segue_model::past::Running;
use segue_model::{Event, Remembered, Seen, Surroundings, Timestamp};

use super::TypeNeeds;

/// How many events were forgotten that are still asked for, since too many are remembered.
pub type Forgotten = usize;

/// Remembers an event as it is needed, and forgets what no window reaches any more at `now`. What a former bundle asked
/// for and this one does not goes too.
pub fn remember(remembered: &mut Remembered, needs: &TypeNeeds, seen: Seen, now: Timestamp) -> Forgotten {
    fit(remembered, needs);
    remembered.add(Arc::new(seen));
    let until = needs.window.map_or(Timestamp(i64::MAX), |window| Timestamp(now.0.saturating_sub(window.0)));
    remembered.forget(until)
}

/// Makes the running figures those that are needed.
fn fit(remembered: &mut Remembered, needs: &TypeNeeds) {
    remembered.running.retain(|running| needs.running.contains_key(&running.same));
    for (same, need) in &needs.running {
        let at = match remembered.running.binary_search_by(|running| running.same.cmp(same)) {
            Ok(at) => at,
            Err(at) => {
                remembered.running.insert(at, Running { same: same.clone(), ..Running::default() });
                at
            }
        };
        let running = &mut remembered.running[at];
        running.keeps_latest = need.latest;
        if running.paths != need.paths {
            running.paths = need.paths.clone();
        }
    }
}

/// An event as it is remembered: with the fields that are needed, and no others. Its place is still to be given.
pub fn seen(event: &Event, needs: &TypeNeeds) -> Seen {
    Seen {
        source: event.source.clone(),
        namespace: event.namespace.clone(),
        id: event.id.clone(),
        time: event.time,
        logged_at: event.logged_at,
        journey: event.journey.clone(),
        data: kept(event.data.root(), needs),
        surroundings: around(event, needs),
        place: 0,
    }
}

/// The place and the device, each if it is needed.
fn around(event: &Event, needs: &TypeNeeds) -> Surroundings {
    let Surroundings { place, device } = &event.surroundings;
    if place.is_none() && device.is_none() {
        return Surroundings::default();
    }
    Surroundings {
        place: place.clone().filter(|_| needs.asks_for("where")),
        device: device.clone().filter(|_| needs.asks_for("device")),
    }
}

/// The needed fields of an event's data: an object, nested by path.
pub fn kept(data: Value<'_>, needs: &TypeNeeds) -> Document {
    let paths: Vec<&[String]> =
        needs.fields.iter().filter(|path| path[0] == "data").map(|path| &path[1..]).collect();
    if paths.iter().any(|path| path.is_empty()) {
        return data.to_document();
    }
    if paths.is_empty() || data.kind() != Kind::Object {
        return Document::empty_object();
    }
    let mut writer = Writer::new();
    write(&mut writer, data, &paths);
    Document::parse_owned(writer.finish()).expect("what was written is JSON")
}

fn write(writer: &mut Writer, data: Value<'_>, paths: &[&[String]]) {
    let _ = writer.begin_object();
    for (name, value) in data.members() {
        let below: Vec<&[String]> =
            paths.iter().filter(|path| path[0] == name).map(|path| &path[1..]).collect();
        if below.iter().any(|path| path.is_empty()) {
            let _ = writer.key(name).value(value);
        } else if !below.is_empty() && value.kind() == Kind::Object {
            write(writer.key(name), value, &below);
        }
    }
    let _ = writer.end_object();
}
