//! Finds where the subject of an event is and with which device, as far as the event says. Whatever is looked up is looked
//! up here, and stands in the log: what decides never asks a database.

use std::sync::Arc;

use segue_bundle::around::Parts;
use segue_document::{Document, Kind, Value, Writer};
use segue_model::Surroundings;

use crate::recognise::Found;

/// The longest text of a place or of a device, in bytes; a longer one counts as none.
const TEXT_BYTES_MAX: usize = 128;

/// The surroundings of an event. What cannot be one of them, a latitude of 91 say, is left out; the event's data keep it.
pub(crate) fn around(found: &Found<'_>) -> Surroundings {
    let data = found.event.data();
    let of = |parts: Option<&Parts>, read: fn(&Read<'_>) -> Vec<(&'static str, String)>| {
        let members = read(&Read { data: data?, parts: parts? });
        (!members.is_empty()).then(|| Arc::new(object(members)))
    };
    Surroundings {
        place: of(found.source.place_of(found.declared), place),
        device: of(found.source.device_of(found.declared), device),
    }
}

/// The data of an event, and where its parts stand.
struct Read<'r> {
    data: Value<'r>,
    parts: &'r Parts,
}

impl<'r> Read<'r> {
    fn value(&self, part: &str) -> Option<Value<'r>> {
        let path = self.parts.0.get(part)?;
        self.data.at_path(path.iter().skip(1).map(String::as_str))
    }

    /// A text that is there and not empty.
    fn text(&self, part: &str) -> Option<&'r str> {
        let text = self.value(part)?.as_str()?.trim();
        (!text.is_empty() && text.len() <= TEXT_BYTES_MAX).then_some(text)
    }

    /// A number between `-most` and `most`, and its text.
    fn degrees(&self, part: &str, most: f64) -> Option<(f64, &'r str)> {
        let value = self.value(part).filter(|value| value.kind() == Kind::Number)?;
        let degrees = value.as_f64()?;
        (-most..=most).contains(&degrees).then(|| (degrees, value.raw()))
    }
}

/// The parts of a place, as JSON.
fn place(read: &Read<'_>) -> Vec<(&'static str, String)> {
    let mut members = Vec::new();
    if let (Some((_, lat)), Some((_, lon))) = (read.degrees("lat", 90.0), read.degrees("lon", 180.0)) {
        members.extend([("lat", lat.to_owned()), ("lon", lon.to_owned())]);
    }
    if let Some(country) = read.text("country") {
        members.push(("country", json(&code(country))));
    }
    for name in ["region", "city", "timezone"] {
        members.extend(read.text(name).map(|text| (name, json(text))));
    }
    members
}

/// A country's code of two letters is written in capitals; what is none stays as it is.
fn code(country: &str) -> String {
    let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_code { country.to_ascii_uppercase() } else { country.to_owned() }
}

/// The parts of a device, as JSON.
fn device(read: &Read<'_>) -> Vec<(&'static str, String)> {
    let mut members = Vec::new();
    for name in ["kind", "os", "browser"] {
        members.extend(read.text(name).map(|text| (name, json(text))));
    }
    members
}

fn json(text: &str) -> String {
    let mut writer = Writer::new();
    let _ = writer.string(text);
    writer.finish()
}

/// An object of these members, in the order of their names.
fn object(mut members: Vec<(&'static str, String)>) -> Document {
    members.sort_by_key(|(name, _)| *name);
    let mut writer = Writer::new();
    let _ = writer.begin_object();
    for (name, json) in &members {
        let _ = writer.key(name).raw(json);
    }
    let _ = writer.end_object();
    Document::parse_owned(writer.finish()).expect("what was written is JSON")
}
