//! Finds where the subject of an event is and with which device, as far as the event says. Whatever is looked up is looked
//! up here, and stands in the log: what decides never asks a database.

use std::sync::Arc;

use segue_bundle::around::Parts;
use segue_document::{Document, Kind, Value, Writer};
use segue_lookup::hints::{Hint, Hints};
use segue_lookup::{Addresses, Agents, addresses, zones};
use segue_model::Surroundings;

use crate::recognise::Found;

/// The longest text of a place or of a device, in bytes; a longer one counts as none.
const TEXT_BYTES_MAX: usize = 128;
/// The most members of a map of client hints that are looked at: a browser sends ten.
const HINTS_MAX: usize = 64;
/// The most brands of a browser that are read from a list.
const BRANDS_MAX: usize = 16;

/// The surroundings of an event. What cannot be one of them, a latitude of 91 say, is left out; the event's data keep it.
pub(crate) fn around(found: &Found<'_>, agents: &Agents, addresses: &Addresses) -> Surroundings {
    let Some(data) = found.event.data() else { return Surroundings::default() };
    let made = |members: Vec<_>| (!members.is_empty()).then(|| Arc::new(object(members)));
    let place = found.source.place_of(found.declared).map(|parts| place(&Read { data, parts }, addresses));
    let device = found.source.device_of(found.declared).map(|parts| device(&Read { data, parts }, agents));
    Surroundings { place: place.and_then(made), device: device.and_then(made) }
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

/// The parts of a place, as JSON: what fields say, and what is known of the address besides.
fn place(read: &Read<'_>, addresses: &Addresses) -> Vec<(&'static str, String)> {
    let own = read.degrees("lat", 90.0).zip(read.degrees("lon", 180.0));
    let [country, region, city, zone] = ["country", "region", "city", "timezone"].map(|name| read.text(name));
    let country = country.map(code);
    let is_told = own.is_some() || region.is_some() || city.is_some();
    let found = if is_told { addresses::Place::default() } else { of_address(read, addresses) };
    // Of the two countries, the one that a field says counts: then the address is elsewhere, and says nothing here.
    let found_country = found.country.map(code);
    let is_elsewhere = country.is_some() && country != found_country;
    let found = if is_elsewhere { addresses::Place::default() } else { found };
    let mut members = Vec::new();
    let degrees = own.map(|((lat, lat_text), (lon, lon_text))| (lat, lat_text.into(), lon, lon_text.into()));
    let of_found = || found.coordinates.map(|(lat, lon)| (lat, lat.to_string(), lon, lon.to_string()));
    let mut zone = zone.or(found.timezone);
    if let Some((lat, lat_text, lon, lon_text)) = degrees.or_else(of_found) {
        members.extend([("lat", lat_text), ("lon", lon_text)]);
        zone = zone.or_else(|| zones::at(lat, lon));
    }
    let country = country.or(found_country);
    members.extend(country.map(|country| ("country", json(&country))));
    for (name, text) in
        [("region", region.or(found.region)), ("city", city.or(found.city)), ("timezone", zone)]
    {
        members.extend(text.map(|text| (name, json(text))));
    }
    members
}

/// Where the event's address is, if it has one.
fn of_address<'a>(read: &Read<'_>, addresses: &'a Addresses) -> addresses::Place<'a> {
    let address = read.value("ip").and_then(|address| address.as_str());
    address.map(|address| addresses.place(address)).unwrap_or_default()
}

/// A country's code of two letters is written in capitals; what is none stays as it is.
fn code(country: &str) -> String {
    let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_code { country.to_ascii_uppercase() } else { country.to_owned() }
}

/// The parts of a device, as JSON: each as a field says it, else as client hints do, else as the user agent does. Browsers
/// freeze what stands in user agents, and tell in hints what is so.
fn device(read: &Read<'_>, agents: &Agents) -> Vec<(&'static str, String)> {
    let hinted = read.value("hints").map(|hints| hints_of(hints).device()).unwrap_or_default();
    let agent = read.value("user_agent").and_then(|agent| agent.as_str());
    let told = agent.map(|agent| agents.device(agent)).unwrap_or_default();
    let mut members = Vec::new();
    let parts = [
        ("kind", hinted.kind, told.kind),
        ("os", hinted.os.as_deref(), told.os.as_deref()),
        ("browser", hinted.browser.as_deref(), told.browser.as_deref()),
    ];
    for (name, hinted, told) in parts {
        let short = |text: &&str| text.len() <= TEXT_BYTES_MAX;
        let text = read.text(name).or(hinted.filter(short)).or(told.filter(short));
        members.extend(text.map(|text| (name, json(text))));
    }
    members
}

/// The client hints in a map: as headers or as a page's script has them.
fn hints_of(map: Value<'_>) -> Hints {
    let mut hints = Hints::default();
    for (name, value) in map.members().take(HINTS_MAX) {
        let Some(hint) = Hint::named(name) else { continue };
        match value.kind() {
            Kind::String => hints.read(hint, value.as_str().unwrap_or_default()),
            Kind::Bool => hints.read(hint, value.raw()),
            Kind::Array => hints.read(hint, &listed(value)),
            _ => {}
        }
    }
    hints
}

/// A list of texts, or of maps with a `brand`, as a header has it.
fn listed(list: Value<'_>) -> String {
    let items = list.items().take(BRANDS_MAX);
    let texts = items.filter_map(|item| item.as_str().or_else(|| item.get("brand")?.as_str()));
    let quoted: Vec<String> = texts.map(|text| format!("\"{}\"", text.replace(['"', '\\'], ""))).collect();
    quoted.join(", ")
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
